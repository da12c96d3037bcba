"""What a caller may ask of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import psycopg

    from avdaily_sql.migrations.foresight import Planned


@dataclass(frozen=True, slots=True)
class Options:
    """How to run; every field has the default of the command line.

    :param schema: where the files' tables go; its history is beside it, in a schema of its own.
    :param environment: shown in the result, nothing else.
    :param to: apply up to this migration, or roll back everything after it: the full id, or its number.
    :param steps: how many to roll back when ``to`` is not given; None for all.
    :param lock_timeout_ms: how long one statement may wait for a lock on a table, in milliseconds; 0 for as long as
        ``wait_seconds`` allows. A file may ask for its own.
    :param wait_seconds: the time that the whole run may spend waiting: for another run, and for locks on tables.
    :param agree: called before the lock is taken, with the connection and what a rollback is about to undo; to ask a
        person, and to refuse by raising.
    :param numbered_only: leaves repeatable files alone, for proofs of the numbered ones.
    :param after_lock: called with the run's connection as soon as it has the lock, to refuse by an exception.
    """

    schema: str = "public"
    environment: str = "development"
    to: str | None = None
    steps: int | None = 1
    lock_timeout_ms: int = 2000
    wait_seconds: float = 60.0
    agree: Callable[[psycopg.Connection[Any], Sequence[Planned]], None] | None = None
    after_lock: Callable[[psycopg.Connection[Any]], None] | None = None
    numbered_only: bool = False
