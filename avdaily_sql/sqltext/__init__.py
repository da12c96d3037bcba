"""The one lexer of PostgreSQL text: statements, COPY data, comments, checksums, parameters and positions. Pure.

It works on the bytes of a file, or on a read-only mmap of one, and never turns a file into a str: all offsets are byte
offsets. ``standard_conforming_strings`` is on, as in every supported server.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avdaily_sql.sqltext.checksums import raw_checksum, token_checksum
    from avdaily_sql.sqltext.comment import Comment, comments
    from avdaily_sql.sqltext.lexer import SqlTextError, Text
    from avdaily_sql.sqltext.parameter import Parameter, parameters
    from avdaily_sql.sqltext.positions import check_encoding, line_at, position
    from avdaily_sql.sqltext.splitter import statements
    from avdaily_sql.sqltext.statement import CopyData, Statement, transaction_control

# Each part compiles a large regular expression when it is imported, which takes milliseconds: at its first use, then.
_HOMES = {
    "Comment": "comment",
    "CopyData": "statement",
    "Parameter": "parameter",
    "SqlTextError": "lexer",
    "Statement": "statement",
    "Text": "lexer",
    "check_encoding": "positions",
    "comments": "comment",
    "line_at": "positions",
    "parameters": "parameter",
    "position": "positions",
    "raw_checksum": "checksums",
    "statements": "splitter",
    "token_checksum": "checksums",
    "transaction_control": "statement",
}

__all__ = [
    "Comment",
    "CopyData",
    "Parameter",
    "SqlTextError",
    "Statement",
    "Text",
    "check_encoding",
    "comments",
    "line_at",
    "parameters",
    "position",
    "raw_checksum",
    "statements",
    "token_checksum",
    "transaction_control",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
