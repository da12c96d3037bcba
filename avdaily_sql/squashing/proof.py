"""Whether one pair is as good as the many that it replaces: both are run in scratch databases, and held together."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import AvDailyError, Failed
from avdaily_sql.migrations import dump, pairs
from avdaily_sql.migrations.subset import subset
from avdaily_sql.migrations.workbench import workbench
from avdaily_sql.squashing import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from avdaily_sql.migrations.dump import Difference, Part
    from avdaily_sql.migrations.workbench import Origin
    from avdaily_sql.sqltree import MigrationFiles
    from avdaily_sql.squashing.joining import Pair

_SHOWN = 20


class Reports(NamedTuple):
    """Who is told: ``note`` of scratch databases that a killed run had left, ``progress`` of each step."""

    note: Callable[[str], None] = lambda _: None
    progress: Callable[[str], None] = lambda _: None


NOBODY = Reports()


class _Built(NamedTuple):
    """What the many build: the schema, and the rows after each of two runs."""

    schema: tuple[Part, ...]
    rows: rows.Contents
    rows_again: rows.Contents


def prove(source: Origin, chosen: Sequence[MigrationFiles], pair: Pair, reports: Reports) -> int:
    """Return how many objects the one pair builds, if they are those of the many, and it undoes all of them.

    :param chosen: the many.
    :raises Failed: they are not, or it does not.
    """
    many = _build(source, chosen, reports)
    with subset(source.tree, ()) as tree:
        for ending, joined in pair.files:
            (tree.migrations / f"{pair.id}{ending}").write_bytes(joined.text)
        with _as_one(pair):
            loaded = pairs.load(sqltree.list_migrations(tree))
        with workbench(replace(source, tree=tree), "squash", reports.note) as bench:
            proof = pairs.Proof(bench, loaded, reports.progress)
            with _as_one(pair):
                verdict = proof.run()[0]
            content = rows.contents(bench.url)
    if not verdict.ok:
        raise Failed(
            f"the rollbacks in one file do not undo the whole of {pair.id}",
            detail=f"Nothing was written.\n{verdict.difference}",
            hint="See which one it is: avdaily-sql verify",
        )
    _require_same(dump.differences(many.schema, proof.built[pair.id]), "objects")
    differing = rows.differences(many.rows, many.rows_again, content)
    _require_same([dump.Difference(each, "") for each in differing], "contents")
    return sum(part.type != "SETTINGS" for part in many.schema)


def _build(source: Origin, chosen: Sequence[MigrationFiles], reports: Reports) -> _Built:
    last = chosen[-1].id
    with (
        subset(source.tree, [pair.id for pair in chosen]) as tree,
        workbench(replace(source, tree=tree), "squash", reports.note) as bench,
    ):
        reports.progress(f"up to {last}")
        bench.apply(last)
        schema, first = bench.dump(), rows.contents(bench.url)
        reports.progress(f"up to {last}, again")
        bench.renew(last)
        return _Built(schema, first, rows.contents(bench.url))


@contextmanager
def _as_one(pair: Pair) -> Iterator[None]:
    """Read or run the pair in the block; what is wrong with it is told at the file that its line came from."""
    try:
        yield
    except AvDailyError as error:
        raise Failed(
            f"the files do not run as one: {error.message}",
            detail="Nothing was written.",
            hint="Squash up to the file before it.",
            sqlstate=error.sqlstate,
            location=pair.origin(error.location) if error.location else None,
        ) from None


def _require_same(found: Sequence[Difference], what: str) -> None:
    if not found:
        return
    lines = dump.text_of(list(found[:_SHOWN]))
    raise Failed(
        f"one file does not build what the many build: {len(found)} {what} differ",
        detail=f"Nothing was written. - only from the many, + only from the one:\n{lines}",
        hint="Squash up to the file before the one that makes the first of them.",
    )
