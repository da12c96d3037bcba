"""The text with everything quoted blanked out, so that a simple pattern sees only what the server's grammar sees."""

from __future__ import annotations

import re

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    LINE_COMMENT,
    LITERAL,
    NUMBERED,
    UNQUOTED,
    Text,
    many,
    matches,
    start_of,
)

_PLAIN = re.compile(
    rb"(?P<plain>"
    + many(UNQUOTED, NUMBERED, rb"[:;]")
    + rb")(?:"
    + rb"|".join((LITERAL, LINE_COMMENT, BLOCK_COMMENT))
    + rb")?"
)


def masked(text: Text) -> bytes:
    """Return the text, as long as it was, with spaces for strings, bodies, quoted names and comments.

    :raises SqlTextError: something is unterminated.
    """
    blank = bytearray(b" " * len(text))
    for match in matches(_PLAIN, text, start_of(text), len(text)):
        start, end = match.span("plain")
        blank[start:end] = match["plain"]
    return bytes(blank)
