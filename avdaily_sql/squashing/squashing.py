"""``squash``: judged, joined, proven in scratch databases, and only then written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import AvDailyError, Failed, Refused, UsageError
from avdaily_sql.migrations import comparison, dump, pairs, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.subset import subset
from avdaily_sql.migrations.workbench import origin, workbench
from avdaily_sql.squashing import filing, joining, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avdaily_sql.migrations.dump import Part
    from avdaily_sql.migrations.files import Migration
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.workbench import Origin
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import MigrationFiles, SqlTree

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SquashResult:
    """What was written, or would be.

    ``replaces`` are the ids that have their place in the new file; ``edited`` are later files whose ``depends`` line
    names it now; ``behind`` are the replaced files that the database has yet to apply one by one.
    """

    database: str
    environment: str
    id: str
    replaces: tuple[str, ...]
    behind: tuple[str, ...]
    reversible: bool
    objects: int
    files: tuple[str, ...] = ()
    moved_to: str | None = None
    edited: tuple[str, ...] = ()


class Order(NamedTuple):
    """What is asked for.

    ``to`` is the last migration of the new file, by its id or its number; ``accept_behind`` goes on although the
    database has only some of them; ``write`` is False to see whether it could be done.
    """

    to: str
    name: str = "squashed"
    accept_behind: bool = False
    write: bool = True


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether a database has what is to be squashed: all of it, or nothing at all."""

    database: str
    environment: str
    replaces: tuple[str, ...]
    behind: tuple[str, ...]


def check(target_url: str, tree: SqlTree, order: Order, options: Options) -> CheckResult:
    """Judge whether the files may be squashed as far as one database is concerned.

    :raises UsageError: there is no such file, or nothing before it.
    :raises Refused: the database has some of them and not the others, or one in part.
    :raises Drift: files and history contradict each other.
    """
    chosen, _ = _chosen(tree, order)
    identifiers = tuple(pair.id for pair in chosen)
    with Run(target_url, tree, options, Observer()) as run:
        found = run.read_history()
        compared = comparison.compare(squashed.for_database(tree, sqltree.list_migrations(tree), found), found)
        comparison.require_agreement(compared)
        for entry in compared.in_state("partial"):
            raise Refused(
                f'{entry.id} is applied in part to "{run.facts.database}"',
                detail="Nothing was written.",
                hint="Complete it first: avdaily-sql apply",
            )
        there = set(squashed.standing_for(compared))
        behind = tuple(each for each in identifiers if each not in there) if compared.applied else ()
        if behind and not order.accept_behind:
            raise Refused(
                f'{behind[0]} is not applied to "{run.facts.database}", which has files from before it',
                detail=f"{_count(len(behind))} would have to be applied to it one by one. Nothing was written.",
                hint=f"avdaily-sql apply --to {identifiers[-1]}; or accept that, and keep them: --accept-behind",
            )
        return CheckResult(run.facts.database, options.environment, identifiers, behind)


def squash(
    target_url: str,
    tree: SqlTree,
    settings: Settings,
    order: Order,
    *,
    options: Options,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> SquashResult:
    """Write one pair that builds what many build, and keep the many beside it. Changes nothing in the database.

    :param note: told of scratch databases that a killed run had left.
    :param progress: told of each step.
    :raises Failed: the one does not build what the many build, or does not undo it; nothing was written.
    :raises AvDailyError: whatever :func:`check` refuses.
    """
    checked = check(target_url, tree, order, options)
    chosen, later = _chosen(tree, order)
    identifier = f"{chosen[-1].id.partition('.')[0]}.{order.name}"
    filing.require_free(tree, identifier)
    migrations = pairs.load(chosen)
    texts, joined = _join(identifier, migrations)
    source = origin(target_url, tree, options, settings)
    many = _build(source, chosen, note, progress)
    objects = _prove(source, texts, joined, many, note, progress)
    result = SquashResult(
        checked.database,
        options.environment,
        identifier,
        checked.replaces,
        checked.behind,
        texts.backward is not None,
        objects,
    )
    if not order.write:
        return result
    filed = filing.file(tree, texts, chosen, later)
    return replace(result, files=filed.files, moved_to=filed.moved_to, edited=filed.edited)


def _chosen(tree: SqlTree, order: Order) -> tuple[tuple[MigrationFiles, ...], tuple[MigrationFiles, ...]]:
    """Return the files to be squashed, and those behind them."""
    found = sqltree.list_migrations(tree)
    last = comparison.resolve(order.to, [pair.id for pair in found])
    number = next(number for number, pair in enumerate(found, 1) if pair.id == last)
    if number == 1:
        raise UsageError(f"{last} is the first file: there is nothing to squash", hint="Name a later one with --to ID.")
    sqltree.require_name(order.name, f"avdaily-sql squash --to {order.to} --name")
    return found[:number], found[number:]


class _Joined(NamedTuple):
    """The two texts with the places that their lines came from."""

    forward: joining.Joined
    backward: joining.Joined | None


def _join(identifier: str, migrations: Sequence[Migration]) -> tuple[filing.Texts, _Joined]:
    forward = joining.forward(identifier, migrations)
    backward = joining.backward(identifier, migrations)
    return filing.Texts(identifier, forward.text, backward.text if backward else None), _Joined(forward, backward)


class _Many(NamedTuple):
    """What the many files build: the schema, and the rows after each of two runs."""

    schema: tuple[Part, ...]
    rows: rows.Contents
    rows_again: rows.Contents


def _build(
    source: Origin, chosen: Sequence[MigrationFiles], note: Callable[[str], None], progress: Callable[[str], None]
) -> _Many:
    last = chosen[-1].id
    with (
        subset(source.tree, [pair.id for pair in chosen]) as tree,
        workbench(replace(source, tree=tree), "squash", note) as bench,
    ):
        progress(f"up to {last}")
        bench.apply(last)
        schema, first = bench.dump(), rows.contents(bench.url)
        progress(f"up to {last}, again")
        bench.renew(last)
        return _Many(schema, first, rows.contents(bench.url))


def _prove(
    source: Origin,
    texts: filing.Texts,
    joined: _Joined,
    many: _Many,
    note: Callable[[str], None],
    progress: Callable[[str], None],
) -> int:
    """Return how many objects the one builds just as the many do."""
    with subset(source.tree, ()) as tree:
        (tree.migrations / f"{texts.id}.sql").write_bytes(texts.forward)
        if texts.backward is not None:
            (tree.migrations / f"{texts.id}.rollback.sql").write_bytes(texts.backward)
        try:
            loaded = pairs.load(sqltree.list_migrations(tree))
        except AvDailyError as error:
            raise _not_together(error, joined.forward) from None
        with workbench(replace(source, tree=tree), "squash", note) as bench:
            proof = pairs.Proof(bench, loaded, progress)
            try:
                verdict = proof.run()[0]
            except AvDailyError as error:
                raise _not_together(error, joined.forward) from None
            if not verdict.ok:
                raise Failed(
                    f"the rollbacks in one file do not undo the whole of {texts.id}",
                    detail=f"Nothing was written.\n{verdict.difference}",
                    hint="See which one it is: avdaily-sql verify",
                )
            _require_same(dump.differences(many.schema, proof.built[texts.id]), "objects")
            found = rows.differences(many.rows, many.rows_again, rows.contents(bench.url))
            _require_same([dump.Difference(each, "") for each in found], "contents")
    return sum(part.type != "SETTINGS" for part in many.schema)


def _not_together(error: AvDailyError, joined: joining.Joined) -> AvDailyError:
    """Return an error in the one file as one in the file that its line came from."""
    return Failed(
        f"the files do not run as one: {error.message}",
        detail="Nothing was written.",
        hint="Squash up to the file before it.",
        sqlstate=error.sqlstate,
        location=joined.origin(error.location.line if error.location else None),
    )


def _require_same(found: Sequence[dump.Difference], what: str) -> None:
    if not found:
        return
    lines = dump.text_of(list(found[:_SHOWN]))
    raise Failed(
        f"one file does not build what the many build: {len(found)} {what} differ",
        detail=f"Nothing was written. - only from the many, + only from the one:\n{lines}",
        hint="Squash up to the file before the one that makes the first of them.",
    )


def _count(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
