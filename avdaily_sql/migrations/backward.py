"""``rollback``: the newest first, in the order in which they were applied; all are judged before the first one runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Failed, Location, Refused, UsageError
from avdaily_sql.migrations import comparison, directives, files, repeating, squashed, stepwise
from avdaily_sql.migrations.foresight import PlanResult, foresee
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.performer import Operation
from avdaily_sql.migrations.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.comparison import Comparison, Entry
    from avdaily_sql.migrations.foresight import Planned
    from avdaily_sql.migrations.history import History
    from avdaily_sql.migrations.performer import Performer
    from avdaily_sql.sqltree import SqlTree


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


class _Judged(NamedTuple):
    """What is to be undone, newest first."""

    comparison: Comparison
    operations: tuple[Operation, ...]


def rollback(
    target_url: str, tree: SqlTree, options: Options | None = None, observer: Observer | None = None
) -> RollbackResult:
    """Undo the newest migrations, each in one transaction together with its record.

    ``options.agree`` is called once everything is judged and nothing is changed yet: to ask, and to refuse by raising.

    :raises UsageError: a rollback file is missing or bad.
    :raises Refused: one says that it is irreversible, or was applied in part only.
    :raises Busy: another run, or sessions that hold locks, for longer than ``options.wait_seconds``.
    :raises Failed: the server refused a statement; the steps before it stay undone.
    """
    options, observer = options or Options(), observer or Observer()
    with Run(target_url, tree, options, observer) as run:
        judged = _judge(run)
        if not judged.operations:
            return RollbackResult(run.facts.database, options.environment, (), ())
        for text in judged.comparison.warnings:
            run.warn(text)
        if options.agree is not None:
            options.agree(run.conn, _planned(judged.operations))
        with run.locked() as performer:
            if [operation.id for operation in _judge(run).operations] != [op.id for op in judged.operations]:
                raise Failed(
                    "another run changed the history in the meantime", hint="Look again: avdaily-sql rollback --dry-run"
                )
            rolled_back = _roll_back_all(performer, judged.operations)
        return RollbackResult(run.facts.database, options.environment, rolled_back, tuple(run.warnings))


def plan_rollback(target_url: str, tree: SqlTree, options: Options | None = None) -> PlanResult:
    """Return what :func:`rollback` would do; takes no lock, changes nothing."""
    options = options or Options()
    with Run(target_url, tree, options, Observer()) as run:
        judged = _judge(run)
        return PlanResult(
            run.facts.database, options.environment, tuple(_planned(judged.operations)), judged.comparison.warnings
        )


def _planned(operations: Sequence[Operation]) -> list[Planned]:
    return [foresee(operation.id, operation.file, transactional=operation.transactional) for operation in operations]


def _roll_back_all(performer: Performer, operations: Sequence[Operation]) -> tuple[RolledBack, ...]:
    rolled_back = []
    outdating = repeating.outdating(performer)
    for operation in operations:
        if not operation.transactional:
            repeating.outdate(performer)
        performed = performer.perform(operation._replace(note=outdating))
        rolled_back.append(RolledBack(operation.id, performed.duration_ms))
        performer.run.observer.rolled_back(operation.id, performed.duration_ms)
    return tuple(rolled_back)


def _judge(run: Run) -> _Judged:
    found = run.read_history()
    compared = squashed.compare(run.tree, sqltree.list_migrations(run.tree), found)
    _require_whole(compared, found)
    chosen = _choose(run.options, compared, found)
    return _Judged(compared, tuple(_operation(entry, found) for entry in chosen))


def _require_whole(compared: Comparison, found: History) -> None:
    """Refuse while a migration is applied in part: it is the newest, and has no rollback for a part of it."""
    begun = found.partial("apply")
    for entry in compared.in_state("partial"):
        if entry.id in begun:
            raise Refused(
                f"{entry.id} is applied in part: it has to be completed before anything can be rolled back",
                detail="It runs without a transaction, and was interrupted.",
                hint="avdaily-sql apply",
            )


def _choose(options: Options, compared: Comparison, found: History) -> list[Entry]:
    """Return what is to be undone, newest first, by the order of application."""
    entries = {entry.id: entry for entry in compared.applied}
    newest_first = [entries[record.id] for record in reversed(found.records)]
    if options.to is not None:
        stays = comparison.resolve(options.to, [entry.id for entry in compared.entries])
        if stays not in entries:
            raise UsageError(f"{stays} is not applied", hint="List them with: avdaily-sql status")
        return newest_first[: [entry.id for entry in newest_first].index(stays)]
    if options.steps is None:
        return newest_first
    if newest_first and options.steps > len(newest_first):
        raise UsageError(
            f"cannot roll back {options.steps} migrations: {len(newest_first)} are applied",
            hint="Give a smaller number, or --all.",
        )
    return newest_first[: options.steps]


def _operation(entry: Entry, found: History) -> Operation:
    """Return the operation that undoes one migration.

    :raises UsageError: its rollback file is missing or bad.
    :raises Refused: it cannot be undone, and says why.
    """
    if entry.files is None:
        raise UsageError(
            f"{entry.id} cannot be rolled back: its files are missing",
            detail="Nothing was rolled back.",
            hint="Put them back as they were applied.",
        )
    forward = files.SqlFile(entry.files.path)
    if entry.files.rollback_path is None:
        location = Location(sqltree.shown(entry.files.path))
        if forward.directives.irreversible is not None:
            raise Refused(
                f"{entry.id} is irreversible: {forward.directives.irreversible}",
                detail="Nothing was rolled back.",
                hint=f"avdaily-sql rollback --to {entry.id}",
                location=location,
            )
        raise UsageError(
            f"{entry.id} has no rollback file",
            detail="Nothing was rolled back.",
            hint=f"Write {entry.id}.rollback.sql.",
            location=location,
        )
    backward = files.SqlFile(entry.files.rollback_path, directives.ROLLBACK_NAMES)
    migration = files.Migration(entry.files, forward, backward)
    done = tuple(found.partial("rollback").get(entry.id, ()))
    operation = Operation("rollback", entry.id, backward, migration.rollback_transactional, forward, done)
    stepwise.require_frozen(operation)
    return operation
