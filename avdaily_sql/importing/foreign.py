"""A migration as another tool has it, and what its text needs before it can be one of ours. Pure, but for reading."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.migrations import directives
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator


class Foreign(NamedTuple):
    """One migration of another tool.

    :param version: as the tool writes it.
    :param name: its words, without version and suffix; may be empty.
    :param source: what it was made from, as a person names it.
    :param backward: the statements that undo it; None where the tool has none.
    :param backward_transactional: whether those run in a transaction.
    :param repeatable: applied again when its text changes.
    """

    version: str
    name: str
    source: str
    forward: str
    backward: str | None
    transactional: bool = True
    backward_transactional: bool = True
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What lies in the tree and is not taken over, and why."""

    source: str
    reason: str


# Refused by PostgreSQL inside of a transaction: https://www.postgresql.org/docs/current/sql-createindex.html and so on.
_ALONE = re.compile(
    r"(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|REINDEX .*\bCONCURRENTLY"
    r"|REINDEX (?:SCHEMA|DATABASE|SYSTEM)|VACUUM|ALTER SYSTEM|DISCARD ALL"
    r"|(?:CREATE|DROP) (?:DATABASE|TABLESPACE)|ALTER DATABASE \S+ SET TABLESPACE"
    r"|ALTER TABLE .* DETACH PARTITION \S+ CONCURRENTLY)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:BEGIN(?: TRANSACTION| WORK)?|START TRANSACTION)", re.IGNORECASE)
_CLOSES = re.compile(r"(?:COMMIT|END)(?: TRANSACTION| WORK)?", re.IGNORECASE)
_LIKE_A_DIRECTIVE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?:\s*:(?:\s|\Z)|[ =]+(?:true|false|\d{4,}\.))", re.ASCII
)


def files_of(directory: Path) -> list[Path]:
    """Return the files of a directory by name; links to files count, directories and hidden files do not.

    :raises UsageError: the directory cannot be read.
    """
    try:
        with os.scandir(directory) as entries:
            return sorted(Path(each.path) for each in entries if not each.name.startswith(".") and not each.is_dir())
    except OSError as error:
        raise UsageError(f"could not read {shown(directory)}: {error.strerror}") from None


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Return the text of a file without its byte order mark; line endings stay: they may stand in literals.

    :raises UsageError: unreadable, or not in its encoding: with its place.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None
    if encoding != "utf-8":
        try:
            data = data.decode(encoding).encode()
        except UnicodeError:
            raise UsageError(f"the file is not in {encoding}", location=Location(shown(path))) from None
    try:
        sqltext.check_encoding(data)
    except sqltext.SqlTextError as error:
        line, column = sqltext.position(data, error.offset)
        raise UsageError(error.message, hint=error.hint, location=Location(shown(path), line, column)) from None
    return data.decode("utf-8-sig")


def judged(path: Path, text: str, lines_before: int = 0) -> str:
    """Return the text, or refuse what the runner could not run as one file.

    :param lines_before: how many lines of the file stand before it.
    :raises UsageError: not SQL, or with transaction control: with its place in the tool's own file.
    """
    data = text.encode()
    try:
        _refuse_transaction_control(data)
    except sqltext.SqlTextError as error:
        line, column = sqltext.position(data, error.offset)
        where = Location(shown(path), line + lines_before, column, sqltext.line_at(data, error.offset))
        raise UsageError(error.message, detail=error.detail, hint=error.hint, location=where) from None
    return text


def _refuse_transaction_control(data: bytes) -> None:
    for statement in sqltext.statements(data):
        word = sqltext.transaction_control(data, statement)
        if word is not None:
            raise sqltext.SqlTextError(
                f"{word} in a migration: the runner opens and ends the transaction of a file itself",
                statement.start,
                hint="Take it out of a copy of the tree, and take over that.",
            )


def without_transaction(text: str) -> str:
    """Return the text without a BEGIN as its first and a COMMIT as its last statement: the runner opens its own.

    A BEGIN that asks for more, such as an isolation level, stays, and is refused later.
    """
    data = text.encode()
    try:
        statements = sqltext.statements(data)
    except sqltext.SqlTextError:
        return text
    if len(statements) < 2:
        return text
    first, last = statements[0], statements[-1]
    if not (_OPENS.fullmatch(_words(data, first)) and _CLOSES.fullmatch(_words(data, last))):
        return text
    # The lines stay, so that an error names the line of the tool's own file.
    kept = _after_semicolon(data, first.end), last.start
    return (data[: first.start] + data[kept[0] : kept[1]] + data[_after_semicolon(data, last.end) :]).decode()


def without_statements(text: str, unwanted: re.Pattern[str]) -> str:
    """Return the text without the statements whose beginning matches."""
    data = text.encode()
    for statement in reversed(sqltext.statements(data)):
        if unwanted.match(data[statement.start : statement.end].decode()):
            data = data[: statement.start] + data[_after_semicolon(data, statement.end) :]
    return data.decode()


def without_directives(text: str) -> str:
    """Return the text with ``>`` before each comment that the runner would take for a directive of its own."""
    data = text.encode()
    for comment in reversed(list(sqltext.comments(data))):
        match = _LIKE_A_DIRECTIVE.match(comment.text)
        if match is None:
            continue
        name = match["name"]
        # The labels of a header, such as Why, begin with a capital letter.
        if name.lower() in directives.NAMES or (comment.is_header and name == name.lower()):
            data = data[: comment.start] + b"-- > " + comment.text.encode() + data[comment.end :]
    return data.decode()


def _words(data: bytes, statement: sqltext.Statement) -> str:
    """Return how a statement begins, on one line."""
    return " ".join(data[statement.start : min(statement.end, statement.start + 1000)].decode(errors="ignore").split())


def _after_semicolon(data: bytes, end: int) -> int:
    rest = re.compile(rb"\s*;").match(data, end)
    return rest.end() if rest else end


def has_statements(text: str) -> bool:
    """Return whether there is anything to run."""
    return bool(sqltext.statements(text.encode()))


def needs_no_transaction(text: str) -> bool:
    """Return whether a statement cannot run in a transaction, so that the file as a whole must not."""
    data = text.encode()
    return any(
        _ALONE.match(" ".join(statement.keywords)) or _ALONE.match(_words(data, statement))
        for statement in sqltext.statements(data)
    )


def walked(directory: Path) -> Iterator[Path]:
    """Yield the files of a directory and of those below it, links followed, hidden ones left out.

    :raises UsageError: a directory cannot be read, or a link leads back to one above it.
    """

    def refuse(error: OSError) -> None:
        raise UsageError(f"could not read {shown(str(error.filename))}: {error.strerror}")

    seen = {os.path.realpath(directory)}
    for folder, directories, _ in os.walk(directory, onerror=refuse, followlinks=True):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        for name in directories:
            real = os.path.realpath(Path(folder, name))
            if real in seen:
                raise UsageError("the directory is in the tree twice", location=Location(shown(Path(folder, name))))
            seen.add(real)
        yield from files_of(Path(folder))
