"""``apply``: everything is read and judged, then the lock is taken, then file by file is run and committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Drift
from avdaily_sql.migrations import comparison, jobs, repeating, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.comparison import Comparison
    from avdaily_sql.migrations.files import Migration
    from avdaily_sql.migrations.foresight import Planned, PlanResult
    from avdaily_sql.migrations.history import History
    from avdaily_sql.migrations.performer import Operation, Performer
    from avdaily_sql.migrations.repeating import RepeatableState
    from avdaily_sql.sqltree import MigrationFiles, SqlTree


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that was applied and committed; more than one attempt means that it waited for locks."""

    id: str
    duration_ms: int
    attempts: int


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What a run did; ``already_applied`` counts what had been there, ``pending`` is what ``--to`` left out.

    ``marked`` are squashed files that took the place of those that they replace, and were not run.
    """

    database: str
    environment: str
    applied: tuple[Applied, ...]
    already_applied: int
    pending: tuple[str, ...]
    warnings: tuple[str, ...]
    repeatable: tuple[RepeatableState, ...] = ()
    marked: tuple[str, ...] = ()


class _Judged(NamedTuple):
    """What stands where, what is to be applied, and what ``to`` leaves pending."""

    comparison: Comparison
    history: History
    chosen: tuple[Migration, ...]
    left: tuple[str, ...]
    repeatable: repeating.Judged = repeating.Judged()


def apply(
    target_url: str, tree: SqlTree, options: Options | None = None, observer: Observer | None = None
) -> ApplyResult:
    """Apply the pending migrations, each in one transaction together with its record.

    Nothing is changed unless every pending file was judged good. A migration that fails leaves those before it applied,
    and nothing of itself; a file that says ``-- transactional: false`` leaves the statements before the failing one.
    With nothing to do no lock is taken and nothing is written.

    :param target_url: may hold a password; it is never shown.
    :raises UsageError: a file or a name is bad; nothing was sent to the database.
    :raises Drift: files and history contradict each other.
    :raises Refused: the role, the server or the way to it cannot do this.
    :raises Busy: another run, or sessions that hold locks, for longer than ``options.wait_seconds``.
    :raises Failed: the server refused a statement.
    """
    options, observer = options or Options(), observer or Observer()
    pairs = sqltree.list_migrations(tree)
    with Run(target_url, tree, options, observer) as run:
        judged = _judge(run, pairs)
        for text in judged.comparison.warnings:
            run.warn(text)
        if not judged.chosen and not judged.repeatable:
            return _result(run, judged, ())
        with run.locked() as performer:
            # Another run may have applied some of them before we got the lock.
            judged = _judge(run, pairs, judged.chosen)
            to_run = (each.id for each in judged.chosen if not each.files.replaces)
            observer.planned([*to_run, *map(str, judged.repeatable.chosen)])
            applied = _apply_all(performer, judged) if judged.chosen or judged.repeatable else ()
        return _result(run, judged, applied)


def plan(target_url: str, tree: SqlTree, options: Options | None = None) -> PlanResult:
    """Return what :func:`apply` would do; takes no lock, changes nothing.

    :raises AvDailyError: whatever would keep :func:`apply` from starting.
    """
    return prepare(target_url, tree, options or Options()).plan


class Prepared(NamedTuple):
    """A plan, the operations that would carry it out, and what there is already.

    :param applied: the ids of the numbered files that are applied, in their order.
    :param again: those of the repeatable files that are applied as they are now.
    """

    plan: PlanResult
    operations: tuple[Operation, ...]
    applied: tuple[str, ...]
    again: tuple[str, ...]


def prepare(target_url: str, tree: SqlTree, options: Options) -> Prepared:
    """Return a plan with all that is needed to carry it out elsewhere; takes no lock, changes nothing.

    :raises AvDailyError: whatever would keep :func:`apply` from starting.
    """
    from avdaily_sql.migrations.foresight import PlanResult

    pairs = sqltree.list_migrations(tree)
    with Run(target_url, tree, options, Observer()) as run:
        judged = _judge(run, pairs)
        if judged.chosen or judged.repeatable:
            from avdaily_sql.migrations.rights import require_rights

            require_rights(run)
        warnings = judged.comparison.warnings
        steps = (*_planned(judged.chosen), *repeating.planned(judged.repeatable))
        planned = PlanResult(run.facts.database, options.environment, steps, warnings, _marked(judged))
        applied = squashed.standing_for(judged.comparison)
        operations = (*_operations(judged).values(), *repeating.operations(judged.repeatable))
        again = tuple(each.id for each in judged.repeatable.standings if each.state == "applied")
        return Prepared(planned, operations, applied, again)


def _planned(chosen: Sequence[Migration]) -> list[Planned]:
    from avdaily_sql.migrations.foresight import foresee

    return [
        foresee(migration.id, migration.forward, transactional=migration.transactional)
        for migration in chosen
        if not migration.files.replaces
    ]


def _marked(judged: _Judged) -> tuple[str, ...]:
    return tuple(migration.id for migration in judged.chosen if migration.files.replaces)


def _judge(run: Run, pairs: Sequence[MigrationFiles], loaded: Sequence[Migration] = ()) -> _Judged:
    """Compare files with history, and judge every file that is to be run.

    :param loaded: what was read before; it is not read again.
    """
    found = run.read_history()
    compared = squashed.compare(run.tree, pairs, found)
    pairs = compared.pairs
    comparison.require_agreement(compared)
    _require_no_unfinished_rollback(compared, found)
    pending = [entry.files for entry in compared.in_state("pending", "partial") if entry.files]
    last = len(pairs)
    if run.options.to is not None:
        wanted = comparison.resolve(run.options.to, [pair.id for pair in pairs])
        last = next(number for number, pair in enumerate(pairs, start=1) if pair.id == wanted)
    within = {pair.id for pair in pairs[:last]}
    chosen = _load(pairs[:last], {pair.id for pair in pending}, {migration.id: migration for migration in loaded})
    comparison.require_order(compared, chosen)
    left = tuple(pair.id for pair in pending if pair.id not in within)
    return _Judged(compared, found, chosen, left, repeating.judge(run, wait=bool(left)))


def _load(pairs: Sequence[MigrationFiles], pending: set[str], ready: dict[str, Migration]) -> tuple[Migration, ...]:
    """Return the pending migrations, read and judged; each may depend on those before it."""
    if not pending:
        return ()
    from avdaily_sql.migrations import files

    chosen: list[Migration] = []
    before: set[str] = set()
    for pair in pairs:
        if pair.id in pending:
            chosen.append(ready.get(pair.id) or files.load(pair, before))
        before.add(pair.id)
    return tuple(chosen)


def _require_no_unfinished_rollback(compared: Comparison, found: History) -> None:
    undone = found.partial("rollback")
    for entry in compared.in_state("partial"):
        if entry.id in undone:
            raise Drift(
                f"{entry.id} was rolled back in part",
                detail="Its rollback runs without a transaction, and was interrupted. Nothing was applied.",
                hint="Complete it first: avdaily-sql rollback",
            )


def _operations(judged: _Judged) -> dict[str, Operation]:
    """Return what is to be run, by id; a squashed file that takes the place of applied ones is not."""
    from avdaily_sql.migrations.performer import Operation

    begun = judged.history.partial("apply")
    numbers = [entry.files.number for entry in judged.comparison.applied if entry.files]
    operations = {}
    for migration in judged.chosen:
        if migration.files.replaces:
            continue
        operation = Operation(
            "apply",
            migration.id,
            migration.forward,
            migration.transactional,
            checksums_of=migration.forward,
            done=tuple(begun.get(migration.id, ())),
            before=_staying(numbers),
        )
        if operation.done:
            from avdaily_sql.migrations import stepwise

            stepwise.require_frozen(operation)
        operations[operation.id] = operation
        numbers.append(migration.files.number)
    return operations


def _staying(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"{numbers[0]:04} stays applied."
    return f"{min(numbers):04} to {max(numbers):04} stay applied."


def _apply_all(performer: Performer, judged: _Judged) -> tuple[Applied, ...]:
    operations = _operations(judged)
    performer.create_history()
    applied = []
    for migration in judged.chosen:
        if migration.files.replaces:
            _mark(performer, migration, judged.comparison)
            continue
        performed = performer.perform(operations[migration.id])
        applied.append(Applied(migration.id, performed.duration_ms, performed.attempts))
        performer.run.observer.applied(migration.id, performed.duration_ms)
    if judged.repeatable:
        numbers = [entry.files.number for entry in judged.comparison.entries if entry.files]
        ran = repeating.run_all(performer, judged.repeatable, _staying(numbers))
        applied += [Applied(identifier, each.duration_ms, each.attempts) for identifier, each in ran]
    jobs.run_jobs(performer.run)
    return tuple(applied)


def _mark(performer: Performer, migration: Migration, compared: Comparison) -> None:
    from avdaily_sql.migrations import files, succession

    edited = [(entry.id, files.SqlFile(entry.files.path)) for entry in compared.in_state("cosmetic") if entry.files]
    succession.succeed(
        performer, migration, [(each, file) for each, file in edited if migration.id in file.directives.depends]
    )
    performer.run.observer.marked(migration.id, len(migration.files.replaces))


def _result(run: Run, judged: _Judged, applied: tuple[Applied, ...]) -> ApplyResult:
    return ApplyResult(
        run.facts.database,
        run.options.environment,
        applied,
        len(judged.comparison.applied),
        judged.left,
        tuple(run.warnings),
        repeating.states(repeating.look_again(run) if judged.repeatable else judged.repeatable.standings),
        _marked(judged),
    )
