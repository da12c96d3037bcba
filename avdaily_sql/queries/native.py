"""From ``:name`` to what the server reads, and back from the server's error position to the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.queries.definition import Definition, Placeholder

    # What stands instead of which bytes, in their order.
    Change = tuple[int, int, bytes]

_FIRST_WORD = re.compile(rb"[(\s]*[A-Za-z]+")
_JOINS_NUMBER = re.compile(rb"[A-Za-z0-9_$\x80-\xff]")


def compile_native(sql: bytes, placeholders: Iterable[Placeholder], name: str) -> bytes:
    """Return the statement with ``$n`` for each parameter and the query's name behind its first word."""
    return replaced(sql, _numbered(sql, placeholders), name)


def replaced(sql: bytes, changes: Iterable[Change], name: str) -> bytes:
    """Return a query's text with its name behind the first word, and with some bytes replaced.

    The name stands inside because PostgreSQL 18 drops comments before the first word from pg_stat_statements.
    """
    pieces, done = [], 0
    for start, end, text in (_mark(sql, name), *changes):
        pieces += [sql[done:start], text]
        done = end
    return b"".join([*pieces, sql[done:]])


def _mark(sql: bytes, name: str) -> Change:
    word = _FIRST_WORD.match(sql)
    # Without a first word (a comment stands between parenthesis and SELECT) it is better in front than nowhere.
    place = word.end() if word else 0
    return place, place, b" /* %b */" % name.encode() if word else b"/* %b */ " % name.encode()


def _numbered(sql: bytes, placeholders: Iterable[Placeholder]) -> list[Change]:
    # `select:a` is not `select$1`, which would be one name.
    return [
        (start, end, b" $%d" % number if start and _JOINS_NUMBER.match(sql, start - 1) else b"$%d" % number)
        for start, end, number in placeholders
    ]


def locate(definition: Definition, position: int) -> Location:
    """Return where in the file the server's error is.

    :param position: the server's own, in characters of the native text, from 1.
    """
    offset = _offset_in_file(definition, len(definition.native.decode()[: position - 1].encode()))
    lines = definition.sql[:offset].decode().split("\n")
    column = len(lines[-1]) + (definition.column if len(lines) == 1 else 1)
    return Location(
        shown(definition.path), definition.line + len(lines) - 1, column, _source(definition, len(lines) - 1)
    )


def _offset_in_file(definition: Definition, native: int) -> int:
    """Return the byte of the file's statement that became this byte of the native one."""
    shift = 0
    for start, end, text in (
        _mark(definition.sql, definition.name),
        *_numbered(definition.sql, definition.placeholders),
    ):
        if native < start + shift:
            break
        if native < start + shift + len(text):
            return start
        shift += len(text) - (end - start)
    return native - shift


def _source(definition: Definition, index: int) -> str:
    line = definition.sql.decode().split("\n")[index].rstrip("\r")
    return " " * (definition.column - 1) + line if index == 0 else line
