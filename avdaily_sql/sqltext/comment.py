"""Line comments, which hold the header and the directives of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    LINE_COMMENT,
    LITERAL,
    NUMBERED,
    SPACE,
    UNQUOTED,
    Text,
    after_obstacle,
    many,
    matches,
    start_of,
)
from avdaily_sql.sqltext.splitter import sql_ranges
from avdaily_sql.sqltext.windows import contains

if TYPE_CHECKING:
    from collections.abc import Iterator


class Comment(NamedTuple):
    """A comment from its ``--`` to the end of the line; ``text`` is what follows the dashes, without outer spaces.

    ``is_header``: it stands before the first statement.
    """

    start: int
    end: int
    text: str
    is_header: bool


_BEFORE_STATEMENT = re.compile(many(rb"[;" + SPACE + rb"]++", LINE_COMMENT, BLOCK_COMMENT))
_UP_TO_COMMENT = re.compile(
    many(UNQUOTED, LITERAL, NUMBERED, rb"[:;]", BLOCK_COMMENT) + rb"(?P<comment>" + LINE_COMMENT + rb")?"
)


def comments(text: Text) -> Iterator[Comment]:
    """Yield the line comments of a file in order; those in quotes, bodies and COPY data are none.

    :raises SqlTextError: something is unterminated, as for ``statements``.
    """
    if not contains(text, b"--"):
        return
    first = _first_significant(text)
    for start, end in sql_ranges(text):
        for match in matches(_UP_TO_COMMENT, text, start, end):
            if match["comment"] is not None:
                words = match["comment"][2:].decode(errors="replace").strip(" \t\f\v")
                yield Comment(*match.span("comment"), words, match.start("comment") < first)


def _first_significant(text: Text) -> int:
    start = start_of(text)
    while True:
        match = _BEFORE_STATEMENT.match(text, start)
        start = match.end() if match else start
        if text[start : start + 2] != b"/*":
            return start
        start = after_obstacle(text, start)
