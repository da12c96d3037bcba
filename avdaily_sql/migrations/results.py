"""What the functions of this package return; the names of the fields are the keys of the JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that was applied and committed; more than one attempt means that it waited for locks."""

    id: str
    duration_ms: int
    attempts: int


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What a run did; ``already_applied`` counts what had been there, ``pending`` is what ``--to`` left out."""

    database: str
    environment: str
    applied: tuple[Applied, ...]
    already_applied: int
    pending: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One migration that would run: its statements, the strongest locks to expect, the tables it may rewrite."""

    id: str
    statements: int
    transactional: bool
    locks: tuple[str, ...]
    rewrites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What an apply or a rollback would do."""

    database: str
    environment: str
    plan: tuple[Planned, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolledBack:
    """One migration that was undone and committed."""

    id: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """What a rollback did, newest first."""

    database: str
    environment: str
    rolled_back: tuple[RolledBack, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationState:
    """One migration as files and history see it.

    :param state: ``applied``, ``pending``, ``changed``, ``cosmetic``, ``missing`` or ``partial``.
    :param by: who applied it, as ``OS user@host``.
    :param checksum: of the tokens of the file when it was applied; of the file itself while it is pending.
    :param statements_done: of a partial one; the statements of a file without a transaction commit one by one.
    """

    id: str
    state: str
    applied_at: datetime | None = None
    duration_ms: int | None = None
    by: str | None = None
    checksum: str | None = None
    statements_done: int | None = None
    statements_total: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many migrations are in each state."""

    applied: int = 0
    pending: int = 0
    changed: int = 0
    cosmetic: int = 0
    missing: int = 0
    partial: int = 0


@dataclass(frozen=True, slots=True)
class StatusResult:
    """Every migration of the files and of the history, in the order of the numbers."""

    database: str
    environment: str
    migrations: tuple[MigrationState, ...]
    counts: Counts
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftResult:
    """The two files that were written."""

    files: tuple[str, ...]
