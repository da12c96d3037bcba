"""Whether a draft is right: run in a scratch database, up and down, and the dumps held against each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import AvDailyError
from avdaily_sql.migrations import backward, dump, forward, live
from avdaily_sql.migrations.subset import subset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.migrations.dump import Difference, Part
    from avdaily_sql.migrations.scratch import Scratch
    from avdaily_sql.migrations.workbench import Origin

Schema = tuple["Part", ...]


class Remains(NamedTuple):
    """What a direction of a draft does not bring about, each as lines for a person; empty when it is proven."""

    forward: tuple[str, ...]
    backward: tuple[str, ...]


class Texts(NamedTuple):
    """The two files of a draft."""

    id: str
    forward: str
    backward: str


def prove(source: Origin, made: Scratch, texts: Texts, wanted: Schema) -> Remains:
    """Apply a draft in a scratch database that has all files, and undo it again.

    :param wanted: the schema of the development database.
    """
    before = dump.take(made.url, source.program, source.options.schema)
    options = replace(source.options, to=None, steps=1, agree=None, after_lock=None)
    pairs = [pair.id for pair in sqltree.list_migrations(source.tree)] if _has_files(source) else []
    with subset(source.tree, pairs) as tree:
        for ending, text in ((".sql", texts.forward), (".rollback.sql", texts.backward)):
            Path(tree.migrations / f"{texts.id}{ending}").write_text(text, encoding="utf-8")
        try:
            forward.apply(made.url, tree, options)
        except AvDailyError as error:
            return Remains((_failed(error),), (f"not tried, because {texts.id} does not run",))
        there = dump.take(made.url, source.program, source.options.schema)
        ahead = _described(live.compare(there, wanted, source.options.schema)[0])
        try:
            backward.rollback(made.url, tree, options)
        except AvDailyError as error:
            return Remains(ahead, (_failed(error),))
    found = dump.take(made.url, source.program, source.options.schema)
    return Remains(ahead, _described(tuple(dump.differences(before, found))))


def _has_files(source: Origin) -> bool:
    return any(source.tree.migrations.glob("*.sql"))


def _failed(error: AvDailyError) -> str:
    line = f" in line {error.location.line}" if error.location and error.location.line else ""
    return f"it does not run: {error.message}{line}"


def _described(found: Iterable[Difference]) -> tuple[str, ...]:
    return tuple(f"{each.object}\n{each.difference}" for each in found if not differs_in_nesting_only(each))


def differs_in_nesting_only(found: Difference) -> bool:
    """Tell whether two texts of an object are the same but for parentheses, and for names of literals in a UNION.

    The server nests what it expands, such as a comparison of rows, otherwise than what it reads: its own text of an
    expression, read again, is not always the same text. A draft has all parentheses of the server's text, so that
    nothing else can be meant.
    """
    lines = found.difference.splitlines()
    sides = [[_bare(line[1:]) for line in lines if line[:1] == sign] for sign in "-+"]
    return sides[0] == sides[1] != []


def _bare(line: str) -> str:
    without_name = re.sub(r"('::[a-z ]+?) AS \"?[\w?]+\"?", r"\1", line)
    return re.sub(r"[()]", "", without_name).strip()
