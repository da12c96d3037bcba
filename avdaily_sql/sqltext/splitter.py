"""Cuts a file into its statements as the server does, and tells SQL from the data of COPY … FROM STDIN."""

from __future__ import annotations

import re
from functools import lru_cache

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    DULL,
    LINE_COMMENT,
    LITERAL,
    NUMBERED,
    PLAIN_STRING,
    SPACE,
    TRIVIA,
    UNQUOTED,
    WORD,
    Text,
    many,
    start_of,
)
from avdaily_sql.sqltext.scanner import DATA_END, next_statement
from avdaily_sql.sqltext.statement import Statement
from avdaily_sql.sqltext.windows import contains

_WHITE = b" \t\n\r\f\v"
_LEADING_WORDS = WORD + rb"(?:" + TRIVIA + WORD + rb"){0,3}"
# A comment belongs to the statement only if the statement goes on behind it.
_INNER_COMMENT = rb"(?:" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")[" + SPACE + rb"]*+(?=[^;/\-" + SPACE + rb"])"
# Most statements in one step; where it does not match, the scanner goes from token to token.
_SIMPLE = re.compile(
    many(rb"[" + SPACE + rb"]++", LINE_COMMENT, BLOCK_COMMENT)
    + rb"((?>(" + _LEADING_WORDS + rb")?)"
    + many(DULL, PLAIN_STRING, UNQUOTED, LITERAL, NUMBERED, rb":", _INNER_COMMENT)
    + rb")(?:;|\Z)"
)  # fmt: skip
_WORDS = re.compile(LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb"|(" + WORD + rb")")


def statements(text: Text) -> list[Statement]:
    """Return the statements of a file in order; empty ones (``;;``) are none.

    :param text: the bytes of the file, or a read-only mmap of it.
    :raises SqlTextError: unterminated quotes, comments, bodies and COPY data; commands of psql.
    """
    found = []
    offset, end_of_text = start_of(text), len(text)
    while offset < end_of_text:
        match = _SIMPLE.match(text, offset)
        keywords, has_parts = _leading(match[2]) if match else ((), True)
        if match is None or has_parts:
            statement, offset = next_statement(text, offset)
            found += [statement] if statement else []
            continue
        start, end = match.span(1)
        offset = match.end()
        while end > start and text[end - 1] in _WHITE:
            end -= 1
        if end > start:
            found.append(Statement(start, end, keywords))
    return found


# Only these have semicolons inside, or data behind them.
_PARTED = frozenset({"FUNCTION", "PROCEDURE", "RULE"})


@lru_cache(maxsize=512)
def _leading(head: bytes | None) -> tuple[tuple[str, ...], bool]:
    """Return the keywords, and whether more than the next semicolon may end such a statement."""
    words = tuple(word.decode(errors="replace").upper() for word in _WORDS.findall(head or b"") if word)
    return words, words[:1] == ("COPY",) or (words[:1] == ("CREATE",) and not _PARTED.isdisjoint(words))


def sql_ranges(text: Text) -> list[tuple[int, int]]:
    """Return where SQL stands, as (start, end): all but the byte order mark and the data of COPY."""
    ranges, start = [], start_of(text)
    if contains(text, b"\\."):
        for statement in statements(text):
            if statement.copy is not None:
                ranges.append((start, statement.copy.offset))
                line_end = DATA_END.match(text, sum(statement.copy))
                start = line_end.end() if line_end else len(text)
    return [*ranges, (start, len(text))]
