"""A migration as another tool has it, and what its text needs before it can be one of ours. Pure, but for reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from pathlib import Path


class Foreign(NamedTuple):
    """One migration of another tool.

    :param version: as the tool writes it.
    :param name: its words, without version and suffix; may be empty.
    :param source: what it was made from, as a person names it.
    :param backward: the statements that undo it; None where the tool has none.
    :param repeatable: applied again when its text changes.
    """

    version: str
    name: str
    source: str
    forward: str
    backward: str | None
    transactional: bool = True
    repeatable: bool = False


# Refused by PostgreSQL inside of a transaction: https://www.postgresql.org/docs/current/sql-createindex.html and so on.
_ALONE = re.compile(
    r"(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|VACUUM|(?:CREATE|DROP) DATABASE|ALTER SYSTEM)\b"
)


def read_text(path: Path) -> str:
    """Return the text of a file, its line endings made plain.

    :raises UsageError: unreadable, or not UTF-8: with its place.
    """
    try:
        data = path.read_bytes()
        sqltext.check_encoding(data)
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None
    except sqltext.SqlTextError as error:
        line, column = sqltext.position(data, error.offset)
        raise UsageError(error.message, hint=error.hint, location=Location(shown(path), line, column)) from None
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def without_transaction(text: str) -> str:
    """Return the text without a BEGIN as its first and a COMMIT as its last statement: the runner opens its own."""
    data = text.encode()
    statements = sqltext.statements(data)
    if len(statements) < 2:
        return text
    first, last = statements[0], statements[-1]
    opens = sqltext.transaction_control(data, first) in {"BEGIN", "START"}
    closes = sqltext.transaction_control(data, last) in {"COMMIT", "END"}
    if not (opens and closes):
        return text
    kept = _after_semicolon(data, first.end), last.start
    return (data[: first.start] + data[kept[0] : kept[1]] + data[_after_semicolon(data, last.end) :]).decode()


def without_statements(text: str, unwanted: re.Pattern[str]) -> str:
    """Return the text without the statements whose beginning matches."""
    data = text.encode()
    for statement in reversed(sqltext.statements(data)):
        if unwanted.match(data[statement.start : statement.end].decode()):
            data = data[: statement.start] + data[_after_semicolon(data, statement.end) :]
    return data.decode()


def _after_semicolon(data: bytes, end: int) -> int:
    rest = re.compile(rb"\s*;[ \t]*\n?").match(data, end)
    return rest.end() if rest else end


def has_statements(text: str) -> bool:
    """Return whether there is anything to run."""
    return bool(sqltext.statements(text.encode()))


def needs_no_transaction(text: str) -> bool:
    """Return whether a statement cannot run in a transaction, so that the file as a whole must not."""
    return any(_ALONE.match(" ".join(statement.keywords)) for statement in sqltext.statements(text.encode()))
