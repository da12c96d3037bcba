"""``status``: what files and history say, side by side. Takes no lock, creates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.migrations import repeating, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.run import Run

if TYPE_CHECKING:
    from datetime import datetime

    from avdaily_sql.migrations.comparison import Entry
    from avdaily_sql.migrations.history import History
    from avdaily_sql.migrations.repeating import RepeatableState
    from avdaily_sql.sqltree import SqlTree


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
    repeatable: tuple[RepeatableState, ...] = ()


def status(target_url: str, tree: SqlTree, options: Options | None = None) -> StatusResult:
    """Return the state of every migration.

    :raises Drift: the history itself cannot be understood.
    :raises UsageError: the files cannot be read, or their names contradict each other.
    """
    options = options or Options()
    pairs = sqltree.list_migrations(tree)
    with Run(target_url, tree, options, Observer()) as run:
        found = run.read_history()
        repeatable = repeating.states(repeating.look(run))
    compared = squashed.compare(tree, pairs, found)
    states = tuple(_state(entry, found) for entry in compared.entries)
    counts = Counts(**{name: sum(state.state == name for state in states) for name in Counts.__dataclass_fields__})
    warnings = compared.warnings + tuple(
        f"{entry.id} was renamed to {entry.renamed_to}" for entry in compared.entries if entry.renamed_to
    )
    return StatusResult(run.facts.database, options.environment, states, counts, warnings, repeatable)


def verdict(result: StatusResult) -> int:
    """Return the exit code of ``status --exit-code``: 4 for changed or missing, 3 for anything to do, else 0."""
    if result.counts.changed or result.counts.missing:
        return 4
    return 3 if result.counts.pending or result.counts.partial or unsettled(result) else 0


def unsettled(result: StatusResult) -> int:
    """Return how many repeatable files the next apply has something to do with."""
    return sum(each.state != "applied" for each in result.repeatable)


def _state(entry: Entry, found: History) -> MigrationState:
    record = entry.record
    done = total = None
    if entry.state == "partial":
        done = sum(row.finished for row in found.progress if row.id == entry.id)
        total = _statements(entry)
    return MigrationState(
        id=entry.id,
        state=entry.state,
        applied_at=record.applied_at if record else None,
        duration_ms=record.duration_ms if record else None,
        by=record.by if record else None,
        checksum=record.token_checksum if record else None,
        statements_done=done,
        statements_total=total,
    )


def _statements(entry: Entry) -> int | None:
    from avdaily_sql.errors import UsageError
    from avdaily_sql.migrations.files import SqlFile

    if entry.files is None:
        return None
    try:
        return len(SqlFile(entry.files.path).statements)
    except UsageError:
        # It is being edited: status says what is known, apply will say what is wrong.
        return None
