"""``push``: the newest file, while it is being written, is undone and applied again in one transaction.

Undone by the rollback that belongs to what was applied, not by what stands in the rollback file by now: each push keeps
its text in ``avdaily_push``, a table of the history that exists only where somebody pushes. Other sessions see the old
version or the new one, never neither; a file that fails leaves the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from avdaily_sql import guards, sqltree
from avdaily_sql.errors import Failed, Location, Refused
from avdaily_sql.migrations import comparison, directives, files, jobs, squashed
from avdaily_sql.migrations.committed import is_committed
from avdaily_sql.migrations.comparison import Comparison
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.performer import Operation
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.session import StatementFailed
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from avdaily_sql.migrations.comparison import Entry
    from avdaily_sql.migrations.files import Migration, SqlFile
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.performer import Performed, Performer
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import MigrationFiles, SqlTree

_TABLE = "avdaily_push"
_CREATE = """CREATE TABLE IF NOT EXISTS {table} (
  migration_id text NOT NULL CONSTRAINT avdaily_push_pkey PRIMARY KEY,
  raw_checksum text NOT NULL,
  rollback text NOT NULL,
  pushed_at timestamptz DEFAULT clock_timestamp() NOT NULL
)"""
_KEEP = """;INSERT INTO {table} (migration_id, raw_checksum, rollback) VALUES ({id}, {checksum}, {rollback})
ON CONFLICT (migration_id) DO UPDATE
SET raw_checksum = excluded.raw_checksum, rollback = excluded.rollback, pushed_at = clock_timestamp()"""
_APPLIED_BY_APPLY = (
    "the rollback that belongs to it was not kept, as apply does not: the rollback file as it is now is used"
)


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of the newest file: ``applied`` for the first time, ``replaced``, or ``unchanged``."""

    database: str
    environment: str
    id: str
    state: str
    duration_ms: int
    attempts: int
    warnings: tuple[str, ...]


class _Newest(NamedTuple):
    """The newest file, read and judged; what the history says of it; the rollback that was kept for it, if any."""

    migration: Migration
    entry: Entry
    kept: str | None

    @property
    def is_new(self) -> bool:
        """Return whether nothing of it is applied."""
        return self.entry.record is None

    @property
    def rollback_now(self) -> str:
        """Return what its rollback file holds."""
        return "" if self.migration.backward is None else _text(self.migration.backward)

    @property
    def is_same(self) -> bool:
        """Return whether it is applied as it stands, with the rollback file as it stands."""
        return self.entry.state == "applied" and self.kept == self.rollback_now


def push(
    target_url: str, tree: SqlTree, settings: Settings, options: Options, observer: Observer | None = None
) -> PushResult:
    """Bring the newest file as it stands into a development database.

    :raises Refused: another environment; the file is committed, irreversible or without a transaction; files before it
        are pending, or others were applied after it.
    :raises Drift: another file was changed after it was applied.
    :raises UsageError: one of its two files is bad; nothing was changed.
    :raises Failed: the server refused a statement; nothing was changed.
    """
    pairs = sqltree.list_migrations(tree)
    newest = pairs[-1]
    _require_uncommitted(newest)
    with Run(target_url, tree, options, observer or Observer()) as run:
        _require_development(run, settings)
        found = _judge(run, pairs)
        if found.is_same:
            return _result(run, found, "unchanged")
        with run.locked() as performer:
            # Another run may have been at work until we got the lock.
            found = _judge(run, pairs)
            performer.create_history()
            _create_table(performer)
            done = _perform(performer, found)
        state = "applied" if found.is_new else "replaced"
        if done is None:
            return _result(run, found, "unchanged")
        jobs.run_jobs(run)
        return _result(run, found, state, done)


def _result(run: Run, found: _Newest, state: str, done: Performed | None = None) -> PushResult:
    duration_ms, attempts = (done.duration_ms, done.attempts) if done else (0, 0)
    return PushResult(
        run.facts.database,
        run.options.environment,
        found.migration.id,
        state,
        duration_ms,
        attempts,
        tuple(run.warnings),
    )


def _require_development(run: Run, settings: Settings) -> None:
    assessment = guards.assess(run.conn, settings)
    if assessment.environment is not Environment.development:
        raise Refused(
            f'push is for development only: database "{assessment.database}" counts as {assessment.environment.name}',
            detail=f"{'; '.join(assessment.reasons)}.",
            hint="avdaily-sql apply",
        )


def _require_uncommitted(newest: MigrationFiles) -> None:
    for path in filter(None, (newest.path, newest.rollback_path)):
        if is_committed(path):
            raise Refused(
                f"{newest.id} is committed: others may have applied it, and a change goes into a new migration",
                hint="avdaily-sql new change-something",
                location=Location(sqltree.shown(path)),
            )


def _judge(run: Run, pairs: tuple[MigrationFiles, ...]) -> _Newest:
    history = run.read_history()
    compared = squashed.compare(run.tree, pairs, history)
    pairs = compared.pairs
    newest = pairs[-1]
    if newest.replaces:
        raise Refused(
            f"{newest.id} takes the place of applied files: it is marked here, and never run",
            detail="Nothing was changed.",
            hint="avdaily-sql apply",
        )
    entry = next(each for each in compared.entries if each.id == newest.id)
    others = Comparison(tuple(each for each in compared.entries if each.id != newest.id))
    comparison.require_agreement(others)
    _require_turn(entry, others)
    if entry.record is not None and history.records[-1].id != newest.id:
        raise _not_the_last(newest.id, history.records[-1].id)
    migration = files.load(newest, {pair.id for pair in pairs[:-1]})
    _require_reversible(migration)
    checksum = entry.record.raw_checksum if entry.record else None
    return _Newest(migration, entry, _kept(run, newest.id, checksum))


def _require_turn(entry: Entry, others: Comparison) -> None:
    for other in others.in_state("partial"):
        raise Refused(f"{other.id} is applied in part", detail="Nothing was changed.", hint="avdaily-sql apply")
    pending = others.in_state("pending")
    if pending:
        raise Refused(
            f"{pending[-1].id} is pending, and push applies only the newest file, {entry.id}",
            detail="Nothing was changed.",
            hint=f"avdaily-sql apply --to {pending[-1].id}",
        )


def _not_the_last(newest: str, last: str) -> Refused:
    return Refused(
        f"{last} was applied after {newest}: push undoes only what was applied last",
        detail="Nothing was changed.",
        hint="avdaily-sql rollback",
    )


def _require_reversible(migration: Migration) -> None:
    location = Location(sqltree.shown(migration.files.path))
    if migration.backward is None:
        raise Refused(
            f"{migration.id} is irreversible: push could not undo it again", hint="avdaily-sql apply", location=location
        )
    if not migration.transactional or not migration.rollback_transactional:
        raise Refused(
            f"{migration.id} runs without a transaction: push replaces a file in one, or not at all",
            hint="avdaily-sql apply",
            location=location,
        )


def _name(run: Run) -> sql.Identifier:
    return sql.Identifier(run.history_schema, _TABLE)


def _kept(run: Run, identifier: str, checksum: str | None) -> str | None:
    """Return the rollback of the version that is applied, None when it was not pushed."""
    if checksum is None or _TABLE not in run.facts.history_tables:
        return None
    query = sql.SQL("SELECT rollback FROM {} WHERE migration_id = %s AND raw_checksum = %s").format(_name(run))
    row = run.conn.execute(query, (identifier, checksum)).fetchone()
    return None if row is None else str(row[0])


def _create_table(performer: Performer) -> None:
    run = performer.run
    if _TABLE in run.facts.history_tables:
        return
    statement = sql.SQL(_CREATE).format(table=_name(run)).as_string(run.conn)
    _exchange(performer, statement)


def _exchange(performer: Performer, statement: str) -> None:
    try:
        performer.session.exchange(statement.encode())
    except StatementFailed as failure:
        raise Failed(
            f"the rollback could not be kept: {failure.message}",
            detail="Nothing was applied.",
            sqlstate=failure.sqlstate or None,
        ) from None


def _perform(performer: Performer, found: _Newest) -> Performed | None:
    """Apply it, in the place of what is there if anything is; None when only its rollback had to be kept."""
    run, migration = performer.run, found.migration
    values = {"id": migration.id, "checksum": migration.forward.raw_checksum, "rollback": found.rollback_now}
    keep = sql.SQL(_KEEP).format(table=_name(run), **{name: sql.Literal(value) for name, value in values.items()})
    operation = Operation(
        "apply", migration.id, migration.forward, transactional=True, checksums_of=migration.forward,
        note=keep.as_string(run.conn),
    )  # fmt: skip
    if found.is_new:
        return performer.perform(operation)
    if found.entry.state == "applied" and found.kept is None:
        # Applied by apply, and not edited since: the rollback file belongs to it.
        _exchange(performer, operation.note)
        return None
    return _replace(performer, found, operation)


def _replace(performer: Performer, found: _Newest, operation: Operation) -> Performed:
    """Undo what is there and apply the file, in one transaction.

    An edited rollback of an unedited file is tried at once. Else the kept one is right; should the server refuse it,
    the file as it is now is the author's correction.
    """
    now = found.migration.backward
    assert now is not None  # noqa: S101 (what has no rollback was refused)
    edited = found.entry.state != "applied"
    if not edited or found.kept is None:
        if edited:
            performer.run.warn(f"{operation.id}: {_APPLIED_BY_APPLY}")
        return performer.perform(operation._replace(instead_of=_undoing(operation, now)))
    kept = _as_it_was(now, found.kept)
    try:
        return performer.perform(operation._replace(instead_of=_undoing(operation, kept)))
    except Failed as error:
        if found.kept == found.rollback_now or error.location is None or error.location.file != kept.path:
            raise
        performer.run.warn(f"{error.message}; the rollback file as it is now is used instead")
        return performer.perform(operation._replace(instead_of=_undoing(operation, now)))


def _undoing(operation: Operation, rollback: SqlFile) -> Operation:
    return Operation("rollback", operation.id, rollback, transactional=True, checksums_of=operation.checksums_of)


def _as_it_was(now: SqlFile, kept: str) -> SqlFile:
    if kept == _text(now):
        return now
    name = f"{sqltree.shown(now.path)} (as it was applied)"
    return files.SqlFile(name, directives.ROLLBACK_NAMES, text=kept.encode())


def _text(file: SqlFile) -> str:
    return bytes(file.text).decode()
