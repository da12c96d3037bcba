"""What of a query leaves the part of the format that aiosql 15 reads the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.sqltext.mask import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.queries.definition import Definition

_COLON_NAME = re.compile(rb"(?<![:\w]):[A-Za-z_]\w*")
_NUMERIC_SLICE = re.compile(rb"\[[^\[\]:]*:\s*\d")
_BACKSLASH_QUOTE = re.compile(rb"\\'")


def leaves_subset(definition: Definition) -> Iterator[str]:
    """Yield what aiosql would read otherwise; the query works here all the same."""
    sql, plain = definition.sql, masked(definition.sql)
    if b"%" in sql:
        yield "aiosql takes % for a placeholder; use mod() or another operator"
    if _NUMERIC_SLICE.search(plain):
        yield "aiosql takes the number of an array slice for a parameter"
    if _BACKSLASH_QUOTE.search(sql):
        yield "aiosql does not know that \\' stays inside a string; write ''"
    known = {(start, end) for start, end, _ in definition.placeholders}
    if any(
        match.span() not in known and plain[match.start()] != sql[match.start()] for match in _COLON_NAME.finditer(sql)
    ):
        yield "aiosql takes a colon and a name inside a comment, a string or a body for a parameter"
