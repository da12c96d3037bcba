"""Named parameters of a query, written as psql's variables: ``:name``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    INITIAL,
    LINE_COMMENT,
    LITERAL,
    NUMBERED,
    UNQUOTED,
    WORDLIKE,
    SqlTextError,
    Text,
    many,
    matches,
)
from avdaily_sql.sqltext.splitter import sql_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator


class Parameter(NamedTuple):
    """One use of ``:name``; ``text[start:end]`` includes the colon."""

    name: str
    start: int
    end: int


_NAME = rb":[" + INITIAL + rb"][" + WORDLIKE + rb"]*+"
_PSQL = rb":(?:'[" + WORDLIKE + rb"]++'|\"[" + WORDLIKE + rb"]++\"|\{\?[" + WORDLIKE + rb"]++\})"
_UP_TO_PARAMETER = re.compile(
    many(UNQUOTED, rb"::|:=|;", LITERAL, LINE_COMMENT, BLOCK_COMMENT, rb":(?!" + _NAME[1:] + rb"|" + _PSQL[1:] + rb")")
    + rb"(?:(?P<name>"
    + _NAME
    + rb")|(?P<psql>"
    + _PSQL
    + rb")|(?P<number>"
    + NUMBERED
    + rb"))?"
)


def parameters(text: Text) -> list[Parameter]:
    """Return the parameters in the order of the text; a name used twice is there twice.

    A colon in ``::type``, ``:=``, ``a[1:2]``, a string, a comment, a name or a body is none.

    :raises SqlTextError: a form that only psql knows, a written ``$1``, ``:a.b``, a name that Python does not allow.
    """
    return [found for start, end in sql_ranges(text) for found in _between(text, start, end)]


def _between(text: Text, start: int, end: int) -> Iterator[Parameter]:
    for match in matches(_UP_TO_PARAMETER, text, start, end):
        if match["name"] is not None:
            yield _parameter(text, *match.span("name"))
        elif match["psql"] is not None:
            form = match["psql"].decode(errors="replace")
            raise SqlTextError(
                f"{form} is known to psql only", match.start("psql"), hint="Write :name; the value needs no quotes."
            )
        elif match["number"] is not None:
            raise SqlTextError(
                f"{match['number'].decode(errors='replace')} is written out",
                match.start("number"),
                detail="It would take the value of another parameter.",
                hint="Write :name.",
            )


def _parameter(text: Text, start: int, end: int) -> Parameter:
    name = text[start + 1 : end].decode(errors="replace")
    if text[end : end + 1] == b".":
        raise SqlTextError(f":{name}. is ambiguous", start, hint=f"Write (:{name}) before the dot.")
    if not name.isidentifier():
        raise SqlTextError(f"{name!r} cannot be the name of a parameter", start, hint="Use letters, digits and _.")
    return Parameter(name, start, end)
