"""What every part of the lexer is made of: patterns for PostgreSQL's tokens, and what can go wrong between them.

Each part builds one regular expression of these patterns, so that C code swallows everything that the part does not ask
for; a loop over tokens in Python takes five times as long.

https://github.com/postgres/postgres/blob/master/src/backend/parser/scan.l
"""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING, TypeAlias

from avdaily_sql.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Text: TypeAlias = bytes | mmap.mmap

BOM = b"\xef\xbb\xbf"

# Classes, for use inside brackets. Every byte above 127 belongs to identifiers (also U+00A0, which is no white space in
# SQL), so neither \s nor \w fits.
SPACE = rb" \t\n\r\f\v"
INITIAL = rb"A-Za-z_\x80-\xff"
WORDLIKE = rb"A-Za-z0-9_\x80-\xff"


def many(*branches: bytes) -> bytes:
    """Return a pattern for any number of the branches, none given back.

    The empty last branch is for Python before 3.11.5, whose possessive groups stop in the middle of a branch that did
    not match (https://github.com/python/cpython/issues/106052).
    """
    return b"(?:" + b"|".join(branches) + b"|)*+"


_PREFIX = rb"[eEbBxXnN]'|[uU]&['\"]"
_NO_DULL = rb"'\"$:;/\\\-"
# Starts every loop: runs over everything up to a byte that may begin something else, and from there back to the last
# word, which may be part of it.
DULL = rb"[^" + _NO_DULL + rb"]*(?:[^" + _NO_DULL + WORDLIKE + rb"&]|&(?!['\"]))"
_PLAIN_WORD = rb"[" + WORDLIKE + rb"]++(?!['$&])"
WORD = rb"(?!" + _PREFIX + rb")[" + INITIAL + rb"][" + WORDLIKE + rb"$]*+"
# In `1$$` the digit does not belong to the dollar sign, in `a1$$` it does.
NUMBER = rb"[0-9][" + WORDLIKE + rb"]*+"

LINE_COMMENT = rb"--[^\r\n]*+"
# A comment that holds another one does not match; see `after_obstacle`.
BLOCK_COMMENT = rb"/\*" + many(rb"[^*/]++", rb"\*(?!/)", rb"/(?!\*)") + rb"\*/"
# White space and comments, or nothing.
TRIVIA = rb"[" + SPACE + rb"]*+(?:(?:" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")[" + SPACE + rb"]*+)*"
MINUS_OR_SLASH = rb"-(?!-)|/(?!\*)"

# 'one'
#   'two' is one string; line comments may stand between, but block comments may not.
CONTINUATION = (
    rb"'"
    + many(rb"[ \t\f\v]++", LINE_COMMENT)
    + rb"[\r\n]"
    + many(rb"[" + SPACE + rb"]++", LINE_COMMENT + rb"[\r\n]")
    + rb"'"
)
PLAIN_STRING = rb"'[^']*+" + many(rb"''[^']*+", CONTINUATION + rb"[^']*+") + rb"'"
_ESCAPED = rb"[eE]'[^'\\]*+" + many(rb"''[^'\\]*+", rb"\\(?s:.)[^'\\]*+", CONTINUATION + rb"[^'\\]*+") + rb"'"
_BITS = rb"[bBxX]'[^']*+" + many(CONTINUATION + rb"[^']*+") + rb"'"
_PREFIXED = _ESCAPED + rb"|" + _BITS + rb"|(?:[nN]|[uU]&)" + PLAIN_STRING
_QUOTED_NAME = rb'(?:[uU]&)?"[^"]*+' + many(rb'""[^"]*+') + rb'"'
_TAG = rb"(?:[" + INITIAL + rb"][" + WORDLIKE + rb"]*+)?"
_DOLLAR_QUOTED = rb"\$(?P<tag>" + _TAG + rb")\$" + many(rb"[^$]++", rb"\$(?!(?P=tag)\$)") + rb"\$(?P=tag)\$"
LITERAL = rb"|".join((PLAIN_STRING, _PREFIXED, _QUOTED_NAME, _DOLLAR_QUOTED))
# Letters behind the number are an error of the server's, dollars and all.
NUMBERED = rb"\$[0-9]++(?:[" + INITIAL + rb"][" + WORDLIKE + rb"$]*+)?"
# A dollar sign that opens nothing is an error, but that is the server's to say.
STRAY_DOLLAR = rb"\$(?![0-9]|" + _TAG + rb"\$)"
UNQUOTED = rb"|".join((DULL, _PLAIN_WORD, WORD, rb"&", NUMBER, STRAY_DOLLAR, MINUS_OR_SLASH))

_COMMENT_MARK = re.compile(rb"/\*|\*/")
_OPENING_DOLLAR = re.compile(rb"\$" + _TAG + rb"\$")
_COMMAND = re.compile(rb"\\[" + WORDLIKE + rb"!?]++")


class SqlTextError(UsageError):
    """The text cannot be SQL; ``offset`` is the byte where the trouble begins (:func:`position` makes it a line)."""

    def __init__(self, message: str, offset: int, *, detail: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.offset = offset


def start_of(text: Text) -> int:
    """Return where the SQL begins: behind a byte order mark, which psql drops too."""
    return len(BOM) if text[: len(BOM)] == BOM else 0


def after_obstacle(text: Text, offset: int) -> int:
    """Return the end of the nested comment at this offset, where no pattern matched.

    :raises SqlTextError: it is anything else: unterminated, or a command of psql.
    """
    if text[offset : offset + 2] == b"/*":
        return _block_comment_end(text, offset)
    raise _what_is_wrong(text, offset)


def _block_comment_end(text: Text, offset: int) -> int:
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, offset):
        depth += 1 if mark[0] == b"/*" else -1
        if depth == 0:
            return mark.end()
    raise SqlTextError("unterminated comment", offset, hint="Close it with */, once for every /* inside it.")


def _what_is_wrong(text: Text, offset: int) -> SqlTextError:
    if text[offset] == ord("\\"):
        return _backslash(text, offset)
    opening = _OPENING_DOLLAR.match(text, offset)
    if opening:
        quote = opening[0].decode(errors="replace")
        return SqlTextError(f"unterminated {quote} body", offset, hint=f"Close it with {quote}.")
    if b'"' in text[offset : offset + 3].partition(b"'")[0]:
        return SqlTextError("unterminated quoted identifier", offset, hint='Close it with ".')
    return SqlTextError("unterminated string", offset, hint="Close it with '; a quote inside it is written ''.")


def _backslash(text: Text, offset: int) -> SqlTextError:
    command = _COMMAND.match(text, offset)
    if command:
        name = command[0].decode(errors="replace")
        hint = "Write it in SQL: the file runs without psql too."
        return SqlTextError(f"{name} is a command of psql, not SQL", offset, hint=hint)
    if text[offset : offset + 2] == b"\\.":
        hint = "Remove it, or write COPY … FROM stdin; before the data."
        return SqlTextError("\\. ends the data of COPY, and there is none", offset, hint=hint)
    return SqlTextError("a backslash outside of quotes", offset, hint="In a string, write E'…' around it.")


def matches(pattern: re.Pattern[bytes], text: Text, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """Yield the matches of a pattern one after the other without a gap, and step over nested comments between them.

    :raises SqlTextError: no match and no nested comment follows before the end.
    """
    while start < end:
        for match in pattern.finditer(text, start, end):
            if match.start() != start or match.end() == start:
                break
            yield match
            start = match.end()
        if start < end:
            start = after_obstacle(text, start)
