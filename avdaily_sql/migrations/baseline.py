"""``baseline``: adopts a database that was built another way, by marking files that it need not run any more.

First it proves that the live schema is what the files build. Rows are not compared: a file that only writes rows is
believed. A history of stock yoyo is taken over with its times, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from psycopg import sql

from avdaily_sql import sqltree
from avdaily_sql.errors import Drift, Failed, UsageError
from avdaily_sql.migrations import comparison, dump, history, live, pairs, repeatable, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.recording import recording
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.workbench import build, origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.migrations.files import Migration
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.performer import Performer
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

_SHOWN = 20
_PROVEN = "baseline: the live schema is what the files build"
_UNPROVEN = "baseline --force: not proven"


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """What was marked as applied, and whether the live schema was proven to be what the files build."""

    database: str
    environment: str
    marked: tuple[str, ...]
    proven: bool
    warnings: tuple[str, ...]


class _Judged(NamedTuple):
    """What is to be marked, what will count as applied then, in the order of the files; whether that is all."""

    chosen: tuple[Migration, ...]
    applied: tuple[str, ...]
    is_whole: bool


def baseline(
    target_url: str, tree: SqlTree, settings: Settings, options: Options, note: Callable[[str], None] = lambda _: None
) -> BaselineResult:
    """Mark the files up to ``options.to`` as applied, if the live schema is what they build.

    :param note: told of scratch databases that a killed run had left.
    :raises Drift: the live schema is something else, or files and history contradict each other.
    :raises UsageError: there is no such file, or one of them is bad.
    :raises Refused: the role may not create databases, or may not write the history.
    """
    with Run(target_url, tree, options, Observer()) as run:
        judged = _judge(run)
        remarks: tuple[str, ...] = ()
        if judged.chosen:
            source = origin(target_url, tree, options, settings)
            expected = build(source, judged.applied, "baseline", note)
            there = source.dump()
            found, remarks = live.compare(expected, there, options.schema)
            again = [file.id for file in repeatable.list_files(tree)] if judged.is_whole else []
            if found and again:
                # Whoever built it may have made the objects of the repeatable files, too; the next apply runs them.
                expected = build(source, judged.applied, "baseline", note, repeatable=again)
                found, remarks = live.compare(expected, there, options.schema)
            if found:
                _refuse(run, found, judged)
        return _mark(run, judged, _PROVEN, remarks)


def mark_unproven(target_url: str, tree: SqlTree, options: Options) -> BaselineResult:
    """Mark the files up to ``options.to`` as applied without looking at the schema; the history says so.

    :raises Drift: files and history contradict each other.
    """
    with Run(target_url, tree, options, Observer()) as run:
        return _mark(run, _judge(run), _UNPROVEN, ())


def _judge(run: Run) -> _Judged:
    listed = sqltree.list_migrations(run.tree)
    if run.options.to is None:
        raise UsageError("baseline needs the last migration that the database has", hint="Name it with: --to ID")
    known = history.History() if _has_only_stock_history(run) else run.read_history()
    compared = squashed.compare(run.tree, listed, known)
    found = compared.pairs
    last = comparison.resolve(run.options.to, [pair.id for pair in found])
    comparison.require_agreement(compared)
    for entry in compared.in_state("partial"):
        raise Drift(f"{entry.id} is applied in part", hint="Complete it first: avdaily-sql apply")
    within = [pair.id for pair in found[: next(number for number, pair in enumerate(found, 1) if pair.id == last)]]
    _require_known(run, within)
    applied = {entry.id for entry in compared.applied}
    judged = pairs.load(found)
    return _Judged(
        tuple(each for each in judged if each.id in within and each.id not in applied),
        tuple(pair.id for pair in found if pair.id in within or pair.id in applied),
        len(within) == len(found),
    )


def _has_only_stock_history(run: Run) -> bool:
    facts = run.facts
    return facts.has_stock_history and not facts.has_history and "_yoyo_migration" not in facts.history_tables


def _require_known(run: Run, within: list[str]) -> None:
    """Refuse while yoyo has applied what is not among the files that are to be marked."""
    if not _has_only_stock_history(run):
        return
    table = sql.Identifier(run.options.schema, "_yoyo_migration")
    rows = run.conn.execute(sql.SQL("SELECT migration_id FROM {} ORDER BY 1").format(table)).fetchall()
    for (identifier,) in rows:
        if identifier not in within:
            raise Drift(
                f'yoyo has applied "{identifier}", which is no migration up to {within[-1]}',
                detail="Nothing was marked.",
                hint="Give the last migration that the database has, or put its file back.",
            )


def _refuse(run: Run, found: tuple[dump.Difference, ...], judged: _Judged) -> NoReturn:
    shown = dump.text_of(list(found[:_SHOWN]))
    more = f"\n-- and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    count = "1 object differs" if len(found) == 1 else f"{len(found)} objects differ"
    last = judged.chosen[-1].id
    raise Drift(
        f'the schema of database "{run.facts.database}" is not what the files up to {last} build: {count}',
        detail=f"Nothing was marked. - only in the files, + only in the database:\n{shown}{more}",
        hint=f"Make them equal; or accept it unproven: avdaily-sql baseline --to {last} --force",
    )


def _mark(run: Run, judged: _Judged, reason: str, warnings: tuple[str, ...]) -> BaselineResult:
    proven = reason == _PROVEN
    if not judged.chosen:
        return BaselineResult(run.facts.database, run.options.environment, (), proven, warnings)
    with run.locked() as performer:
        again = _judge(run)
        if (again.applied, len(again.chosen)) != (judged.applied, len(judged.chosen)):
            raise Failed("another run changed the history in the meantime", hint="Look again: avdaily-sql status")
        _write(performer, judged, reason)
    marked = tuple(each.id for each in judged.chosen)
    return BaselineResult(run.facts.database, run.options.environment, marked, proven, warnings)


def _write(performer: Performer, judged: _Judged, reason: str) -> None:
    """Create the history if need be, mark and log everything, in one transaction."""
    from avdaily_sql.migrations.engine import Details, SafeMigration

    run, backend = performer.run, performer.backend
    with recording(performer, "Nothing was marked.", opening=_opening(run)) as message:
        for each in judged.chosen:
            details = Details(len(each.forward.statements), each.transactional, 0, each.forward, reason)
            migration = SafeMigration.only_recorded(each.id, details)
            backend.mark_one(migration, log=False)
            backend.log_migration(migration, "mark")
        if run.facts.has_stock_history:
            message.append(_take_over_times(run))


def _opening(run: Run) -> str:
    if run.facts.has_history:
        return "BEGIN"
    creation = history.creation(run.history_schema, schema_exists=run.facts.history_schema_exists)
    return creation.removesuffix("COMMIT;")


def _take_over_times(run: Run) -> str:
    """Return the statement that keeps the times at which stock yoyo applied the files."""
    statement = sql.SQL(
        "UPDATE {ours} AS ours SET applied_at_utc = theirs.applied_at_utc FROM {theirs} AS theirs"
        " WHERE ours.migration_id = theirs.migration_id AND theirs.applied_at_utc IS NOT NULL"
    ).format(
        ours=sql.Identifier(run.history_schema, "_yoyo_migration"),
        theirs=sql.Identifier(run.options.schema, "_yoyo_migration"),
    )
    return statement.as_string(run.conn)
