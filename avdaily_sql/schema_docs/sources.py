"""What only the files know: comments above indexes, which file creates what, names of SQLSTATEs, named queries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext, sqltree
from avdaily_sql.queries import library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avdaily_sql.queries.definition import Definition
    from avdaily_sql.schema_docs.catalog import Function
    from avdaily_sql.sqltree import SqlTree

_CREATE = re.compile(
    rb"CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(?P<kind>TABLE|INDEX|FUNCTION|PROCEDURE|VIEW)\s+(?:CONCURRENTLY\s+)?"
    rb'"?(?P<name>\w+)"?',
    re.IGNORECASE,
)
_RAISED = re.compile(r"'(AV\d{3})'")
_CALLED = re.compile(r"\b(\w+)\s*\(")
_ROW = re.compile(r"^\|\s*(AV\d{3})\s*\|\s*(\w+)\s*\|", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LITERAL = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


class Sources(NamedTuple):
    """What the files say; ``created_in`` and ``reasons`` by the name of the table, view, function or index."""

    created_in: Mapping[str, Path]
    reasons: Mapping[str, str]
    sqlstates: Mapping[str, str]
    queries: tuple[Definition, ...]


def read(tree: SqlTree, documentation: Path) -> Sources:
    """Read the migrations, the named queries if there are any, and the table of SQLSTATEs."""
    created: dict[str, Path] = {}
    reasons: dict[str, str] = {}
    for files in sqltree.list_migrations(tree):
        path = Path(files.path)
        _read_file(path, path.read_bytes(), created, reasons)
    states = documentation / "sqlstates.md"
    named = dict(_ROW.findall(states.read_text(encoding="utf-8"))) if states.is_file() else {}
    return Sources(created, reasons, named, tuple(_queries(tree)))


def _read_file(path: Path, text: bytes, created: dict[str, Path], reasons: dict[str, str]) -> None:
    above = _comments_above(text)
    end, reason = -1, ""
    for statement in sqltext.statements(text):
        found = _CREATE.match(text, statement.start)
        if found is None:
            continue
        name = found["name"].decode()
        created[name] = path
        if found["kind"].upper() == b"INDEX":
            # A comment speaks for all the indexes that follow it line by line.
            follows = end >= 0 and text[end : statement.start].strip(b"; \t") == b"\n"
            reason = above.get(statement.start, reason if follows else "")
            end = statement.end
            if reason:
                reasons[name] = reason


def _comments_above(text: bytes) -> dict[int, str]:
    """Return the comment lines that end right above a statement, by the statement's offset."""
    found: dict[int, str] = {}
    block: list[str] = []
    end = -1
    for comment in sqltext.comments(text):
        if end < 0 or text[end : comment.start].strip() or text[end : comment.start].count(b"\n") != 1:
            block = []
        block.append(comment.text)
        end = comment.end
        after = re.compile(rb"\n[ \t]*(?=\S)").match(text, end)
        if after is not None:
            found[after.end()] = " ".join(block)
    return found


def _queries(tree: SqlTree) -> list[Definition]:
    directory = tree.root / "queries"
    if not directory.is_dir() or not any(directory.glob("*.sql")):
        return []
    return sorted(library.read_definitions(directory), key=lambda query: query.name)


def sqlstates_of(functions: tuple[Function, ...]) -> dict[str, list[str]]:
    """Return the codes that each function can answer with, its own and those of the functions that it calls."""
    bodies: dict[str, str] = {}
    for function in functions:
        bodies[function.name] = bodies.get(function.name, "") + _COMMENT.sub(" ", function.body)
    own = {name: set(_RAISED.findall(body)) for name, body in bodies.items()}
    calls = {
        name: {word for word in _CALLED.findall(_LITERAL.sub(" ", body)) if word in bodies}
        for name, body in bodies.items()
    }
    changed = True
    while changed:
        changed = False
        for name, callees in calls.items():
            more = set().union(*(own[callee] for callee in callees)) - own[name]
            own[name] |= more
            changed = changed or bool(more)
    return {name: sorted(codes) for name, codes in own.items()}


def queries_of_table(queries: tuple[Definition, ...], table: str) -> list[str]:
    """Return the names of the queries that read or write a table or view."""
    use = re.compile(
        rf'\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:ONLY\s+)?"?{re.escape(table)}"?(?!\w|\s*\()', re.IGNORECASE
    )
    return [query.name for query in queries if use.search(_code(query))]


def queries_of_function(queries: tuple[Definition, ...], function: str) -> list[str]:
    """Return the names of the queries that call a function."""
    use = re.compile(rf"\b{re.escape(function)}\s*\(", re.IGNORECASE)
    return [query.name for query in queries if use.search(_code(query))]


def _code(query: Definition) -> str:
    return _LITERAL.sub(" ", query.sql.decode(errors="replace"))
