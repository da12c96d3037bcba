"""A backfill's file: its header, the SELECT of what remains, and the change. Reads files, never a database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext, sqltree
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.migrations.durations import duration_ms
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from avdaily_sql.sqltree import SqlTree

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_DIRECTIVE = re.compile(r"(?P<name>[a-z][a-z-]*)\s*:\s+(?P<value>.*)", re.ASCII)
_MOST_ROWS = 100_000
_LONGEST_MS = 2**31 - 1


class Backfill(NamedTuple):
    """What a file says.

    :param remaining: the SELECT of the keys of the rows that are still to be changed.
    :param change: the statement that changes the rows whose keys are in ``:column``, one array for each key column.
    :param batch: the most rows of one transaction.
    :param checksum: of both statements; comments and white space do not count.
    """

    name: str
    path: Path
    text: bytes
    remaining: sqltext.Statement
    change: sqltext.Statement
    checksum: str
    batch: int = 1000
    lock_timeout_ms: int = 1000
    statement_timeout_ms: int = 30_000

    def source(self, statement: sqltext.Statement) -> str:
        """Return the text of one of the two statements."""
        return self.text[statement.start : statement.end].decode()

    def at(self, offset: int) -> Location:
        """Return the place of a byte of the file."""
        line, column = sqltext.position(self.text, offset)
        return Location(shown(self.path), line, column, sqltext.line_at(self.text, offset))


def list_names(tree: SqlTree) -> tuple[str, ...]:
    """Return the names of the backfills of a tree, in the order of the alphabet; most trees have none.

    :raises UsageError: the directory cannot be read, a name is wrong, or a link leads out of the tree.
    """
    try:
        entries = list(sqltree.sql_entries(tree, tree.root / "backfills", (".sql",)))
    except FileNotFoundError:
        return ()
    return tuple(sorted(map(_name_of, entries)))


def _name_of(entry: os.DirEntry[str]) -> str:
    name = entry.name.removesuffix(".sql")
    if not entry.is_file() or _NAME.fullmatch(name) is None:
        raise UsageError(
            f"{entry.name} is no backfill's name" if entry.is_file() else f"{entry.name} is not a file",
            hint="Name it such as: fill-channels.sql",
            location=Location(shown(entry.path)),
        )
    return name


def find(tree: SqlTree, name: str) -> Backfill:
    """Read the backfill of a name.

    :raises UsageError: no such file, or not a pair of statements: named by file, line and column.
    """
    path = tree.root / "backfills" / f"{name}.sql"
    names = list_names(tree)
    if name not in names:
        known = f"There are: {', '.join(names)}." if names else f"There is no file in {shown(path.parent)}."
        raise UsageError(f'no backfill "{name}"', hint=known)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None
    try:
        return _parse(name, path, text)
    except sqltext.SqlTextError as error:
        line, column = sqltext.position(text, error.offset)
        where = Location(shown(path), line, column, sqltext.line_at(text, error.offset))
        raise UsageError(error.message, detail=error.detail, hint=error.hint, location=where) from None


def _parse(name: str, path: Path, text: bytes) -> Backfill:
    sqltext.check_encoding(text)
    statements = sqltext.statements(text)
    if len(statements) != 2:
        raise sqltext.SqlTextError(
            f"a backfill is a pair of statements, and here {'is' if len(statements) == 1 else 'are'} {len(statements)}",
            statements[2].start if len(statements) > 2 else max(0, len(text) - 1),
            hint="First the SELECT of the keys that remain, then the change of the rows of those keys.",
        )
    remaining, change = statements
    if remaining.keywords[:1] not in {("SELECT",), ("WITH",), ("TABLE",), ("VALUES",)}:
        raise sqltext.SqlTextError(
            "the first statement is no SELECT", remaining.start, hint="Select the keys of the rows that remain."
        )
    if change.keywords[:1] not in {("UPDATE",), ("INSERT",), ("DELETE",), ("MERGE",), ("WITH",), ("SELECT",)}:
        raise sqltext.SqlTextError(
            "the second statement changes no rows",
            change.start,
            hint="Write an UPDATE, INSERT, DELETE, MERGE, or a SELECT of a function that changes them.",
        )
    used = sqltext.parameters(text[remaining.start : remaining.end])
    if used:
        raise sqltext.SqlTextError(
            f"the SELECT of what remains takes no parameters, and here is :{used[0].name}",
            remaining.start + used[0].start,
            hint="The batches are cut from its rows by their keys.",
        )
    both = text[remaining.start : remaining.end] + b";" + text[change.start : change.end]
    return Backfill(name, path, text, remaining, change, sqltext.token_checksum(both), **_directives(name, text))


def _directives(name: str, text: bytes) -> dict[str, int]:
    """Return what the header asks for; its first line must say what the backfill makes true."""
    found: dict[str, int] = {}
    for number, comment in enumerate(sqltext.comments(text)):
        if number == 0 and comment.is_header and comment.text.startswith(f"{name}: "):
            continue
        if number == 0:
            break
        match = _DIRECTIVE.fullmatch(comment.text)
        if match is None:
            continue
        key = match["name"].replace("-", "_") + ("_ms" if match["name"].endswith("timeout") else "")
        try:
            value = _VALUES[match["name"]](match["value"])
        except KeyError:
            known = ", ".join(_VALUES)
            hint = f"There are: {known}. Begin what is no directive with a capital letter."
            raise sqltext.SqlTextError(f'unknown directive "{match["name"]}"', comment.start, hint=hint) from None
        except ValueError as error:
            raise sqltext.SqlTextError(f"{match['name']}: {error}", comment.start) from None
        if not comment.is_header or key in found:
            raise sqltext.SqlTextError(
                f'the directive "{match["name"]}" {"is there twice" if key in found else "stands outside the header"}',
                comment.start,
                hint="Say it once, before the first statement.",
            )
        found[key] = value
    else:
        if next(iter(sqltext.comments(text)), None) is not None:
            return found
    raise sqltext.SqlTextError(
        "the first line does not say what is true afterwards", 0, hint=f"Begin the file with: -- {name}: …"
    )


def _rows(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_ROWS:
        raise ValueError(f'"{text}" is not a number of rows from 1 to {_MOST_ROWS}')
    return int(text)


def _timeout(text: str) -> int:
    found = duration_ms(text)
    if found > _LONGEST_MS:
        raise ValueError(f'"{text}" is longer than the server can count, 596h')
    return found


_VALUES = {"batch": _rows, "lock-timeout": _timeout, "statement-timeout": _timeout}
