"""Two checksums of a file: one of its bytes, one of what the server makes of it."""

from __future__ import annotations

import hashlib
import re

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    CONTINUATION,
    LINE_COMMENT,
    LITERAL,
    NUMBERED,
    UNQUOTED,
    WORDLIKE,
    Text,
    many,
    matches,
    start_of,
)
from avdaily_sql.sqltext.splitter import sql_ranges
from avdaily_sql.sqltext.windows import normalised_chunks, with_line_feeds

_PIECE = re.compile(
    rb"("
    + many(UNQUOTED, NUMBERED, rb"[:;]")
    + rb")(?:("
    + LITERAL
    + rb")|"
    + LINE_COMMENT
    + rb"|"
    + BLOCK_COMMENT
    + rb")?"
)
_OPERATOR = rb"~!@#^&|`?+\-*/%<>="
_WORD = WORDLIKE + rb"$"
# White space counts only between two tokens that would become one or others without it.
_IDLE_SPACE = re.compile(
    rb" (?!(?<=[" + _WORD + rb"] )[" + _WORD + rb"])"
    rb"(?!(?<=[" + _OPERATOR + rb"] )[" + _OPERATOR + rb"])"
    rb"(?!(?<=: )[:=])"
    rb"(?!(?<=[" + _WORD + rb".] )\.)"
    rb"(?!(?<=\. )[" + _WORD + rb".])"
)  # fmt: skip
# `a . b` is `a.b`, but `1 .5` is not `1.5`.
_QUALIFIED = re.compile(rb"((?<![" + _WORD + rb"])[a-z_\x80-\xff][" + _WORD + rb"]*+|[)\]']) ?\. ?(?![0-9.])")
# The server reads `=-1` as `= -1`: an operator of these signs alone does not end with + or -.
_SIGNED = re.compile(rb"(?<![" + _OPERATOR + rb"])[*/<>=+\-]+[+\-](?![" + _OPERATOR + rb"])")
_MAYBE_SIGNED = re.compile(rb"[+\-](?<=[*/<>=+\-][+\-])")
_CONTINUED = re.compile(rb"('')|" + CONTINUATION)
_CONTINUED_ESCAPED = re.compile(rb"(\\(?s:.)|'')|" + CONTINUATION)


def raw_checksum(text: Text) -> str:
    """Return the sha256 of the bytes in hex, without a byte order mark and with every line end made LF."""
    digest = hashlib.sha256()
    for piece in normalised_chunks(text, start_of(text), len(text)):
        digest.update(piece)
    return digest.hexdigest()


def token_checksum(text: Text) -> str:
    """Return the sha256 in hex of what the server makes of the text.

    Comments, white space and the case of unquoted words do not count; strings, quoted names, function bodies and the
    data of COPY do, but for their line ends.

    :raises SqlTextError: something is unterminated, as for ``statements``.
    """
    digest = hashlib.sha256()
    end_of_data = 0
    for start, end in sql_ranges(text):
        for piece in normalised_chunks(text, end_of_data, start) if end_of_data else ():
            digest.update(piece)
        digest.update(_canonical(text, start, end))
        end_of_data = end
    return digest.hexdigest()


def _canonical(text: Text, start: int, end: int) -> bytes:
    """Return the SQL with a quote in place of each literal, then the literals."""
    unquoted, literals = [], [b""]
    for match in matches(_PIECE, text, start, end):
        sql, literal = match.group(1, 2)
        unquoted.append(sql)
        if literal is not None:
            is_plain = literal[0] in b"'\"$" and b"\n" not in literal and b"\r" not in literal
            literals.append(literal if is_plain else _canonical_literal(literal))
        # No quote is left outside of literals.
        unquoted.append(b" " if literal is None else b"'")
    return _squeezed(b"".join(unquoted)) + with_line_feeds(b"\0".join(literals))


def _squeezed(sql: bytes) -> bytes:
    """Return text without literals in lower case, with single spaces, and only where two tokens need one."""
    sql = b" ".join(sql.lower().split())
    for common, short in ((b", ", b","), (b" (", b"("), (b") ", b")"), (b"; ", b";")):
        sql = sql.replace(common, short)
    if b" ." in sql or b". " in sql:
        sql = _QUALIFIED.sub(rb"\1.", sql)
    sql = _IDLE_SPACE.sub(b"", sql)
    return _SIGNED.sub(_apart, sql) if _MAYBE_SIGNED.search(sql) else sql


def _apart(match: re.Match[bytes]) -> bytes:
    operator = match[0].rstrip(b"+-") or match[0][:1]
    signs = match[0][len(operator) :]
    return b" ".join((operator, *(signs[index : index + 1] for index in range(len(signs)))))


def _canonical_literal(literal: bytes) -> bytes:
    """Return a literal with a small prefix, and with nothing but a line end between the parts of a string."""
    if literal[0] in b'"$':
        return literal
    quote = literal.find(b"'", 0, 3)
    if quote < 0:
        return b"u" + literal[1:]
    continued = _CONTINUED_ESCAPED if literal[:1] in b"eE" else _CONTINUED
    return literal[:quote].lower() + continued.sub(lambda match: match[1] or b"'\n'", literal[quote:])
