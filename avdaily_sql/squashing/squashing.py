"""``squash``: judged, joined, proven in scratch databases, and only then written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.migrations import comparison, pairs, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.workbench import origin
from avdaily_sql.output import counted
from avdaily_sql.squashing import filing, joining, proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.options import Options
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import MigrationFiles, SqlTree


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
    return _check(target_url, tree, _chosen(tree, order)[0], order, options)


def _check(
    target_url: str, tree: SqlTree, chosen: Sequence[MigrationFiles], order: Order, options: Options
) -> CheckResult:
    identifiers = tuple(pair.id for pair in chosen)
    with Run(target_url, tree, options, Observer()) as run:
        compared = squashed.compare(tree, sqltree.list_migrations(tree), run.read_history())
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
            left = counted(len(behind), "file")
            raise Refused(
                f'{behind[0]} is not applied to "{run.facts.database}", which has files from before it',
                detail=f"{left} would have to be applied to it one by one. Nothing was written.",
                hint=f"Apply them first: avdaily-sql apply --to {identifiers[-1]}; or accept that: --accept-behind",
            )
        return CheckResult(run.facts.database, options.environment, identifiers, behind)


def squash(
    target_url: str,
    tree: SqlTree,
    settings: Settings,
    order: Order,
    *,
    options: Options,
    reports: proof.Reports = proof.NOBODY,
) -> SquashResult:
    """Write one pair that builds what many build, and keep the many beside it. Changes nothing in the database.

    :raises Failed: the one does not build what the many build, or does not undo it; nothing was written.
    :raises AvDailyError: whatever :func:`check` refuses.
    """
    chosen, later = _chosen(tree, order)
    checked = _check(target_url, tree, chosen, order, options)
    identifier = f"{chosen[-1].id.partition('.')[0]}.{order.name}"
    filing.require_free(tree, identifier)
    pair = joining.join(identifier, pairs.load(chosen))
    objects = proof.prove(origin(target_url, tree, options, settings), chosen, pair, reports)
    result = SquashResult(
        checked.database,
        options.environment,
        identifier,
        checked.replaces,
        checked.behind,
        pair.backward is not None,
        objects,
    )
    if not order.write:
        return result
    filed = filing.file(tree, pair, chosen, later)
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
