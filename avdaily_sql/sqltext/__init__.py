"""The one lexer of PostgreSQL text: statements, COPY data, comments, checksums, parameters and positions. Pure.

It works on the bytes of a file, or on a read-only mmap of one, and never turns a file into a str: all offsets are byte
offsets. ``standard_conforming_strings`` is on, as in every supported server.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from avdaily_sql.sqltext.checksums import raw_checksum, token_checksum
from avdaily_sql.sqltext.comment import Comment, comments
from avdaily_sql.sqltext.lexer import SqlTextError, Text
from avdaily_sql.sqltext.parameter import Parameter, parameters
from avdaily_sql.sqltext.positions import check_encoding, line_at, position
from avdaily_sql.sqltext.splitter import statements
from avdaily_sql.sqltext.statement import CopyData, Statement, transaction_control

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
