"""The texts of many migrations as one file: their statements as they were written, in their order, with their comments.

What a run does between two files is written between them: the search path that a file left, its role and its settings
are given back, and deferred constraints are checked. The file is run on an empty database only, in one transaction, so
CONCURRENTLY and VACUUM are left out: nobody waits, and there is nothing to clean.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import Location
from avdaily_sql.lint.tokens import tokens
from avdaily_sql.migrations import directives
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.lint.tokens import Token
    from avdaily_sql.migrations.files import Migration, SqlFile
    from avdaily_sql.sqltext import Statement

_ROLLBACK = ".rollback.sql"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KEEP_PATH = (
    b"-- Each file begins with the search path that the first one found.\n"
    b"DO $$ BEGIN PERFORM set_config('avdaily.search_path', current_setting('search_path'), true); END $$;\n"
)
_GIVE_PATH_BACK = (
    b"DO $$ BEGIN PERFORM set_config('search_path', current_setting('avdaily.search_path'), true); END $$;\n"
)
# ALTER TABLE is refused while rows of the same transaction wait for their checks.
_CHECK_DEFERRED = b"SET CONSTRAINTS ALL IMMEDIATE;\nSET CONSTRAINTS ALL DEFERRED;\n"
_CALLERS = frozenset({"SELECT", "WITH", "DO", "CALL"})
_WRITERS = _CALLERS | {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"}
_SET_CONFIG = re.compile(rb"set_config\s*\(\s*'([a-z_.]+)'", re.IGNORECASE)
_NO_SETTINGS = frozenset({"ALL", "CONSTRAINTS", "TRANSACTION", "CHARACTERISTICS"})
# Their setting has another name than the word behind SET.
_NAMES = {"TIME": "timezone", "SCHEMA": "search_path", "NAMES": "client_encoding", "AUTHORIZATION": "authorization"}


class Source(NamedTuple):
    """A file in the joined text: where its first line stands there, and which of its lines were left out."""

    path: str
    first_line: int
    left_out: tuple[int, ...]


class Joined(NamedTuple):
    """A text made of many, and where each of them is in it."""

    text: bytes
    sources: tuple[Source, ...]

    def origin(self, line: int | None) -> Location | None:
        """Return the place in a file of its own that a line of the joined text came from."""
        source = next((each for each in reversed(self.sources) if line and each.first_line <= line), None)
        if source is None or line is None:
            return None
        original = line - source.first_line + 1
        for left_out in source.left_out:
            original += left_out <= original
        return Location(shown(source.path), original, 1)


class Pair(NamedTuple):
    """One migration made of many: the file, and the one that undoes it, None if one of the many cannot be undone."""

    id: str
    forward: Joined
    backward: Joined | None

    @property
    def files(self) -> tuple[tuple[str, Joined], ...]:
        """Return each file with the ending of its name."""
        backward = () if self.backward is None else ((_ROLLBACK, self.backward),)
        return ((".sql", self.forward), *backward)

    def origin(self, place: Location) -> Location | None:
        """Return the place in a file of its own that a line of this pair came from."""
        joined = self.backward if place.file.endswith(_ROLLBACK) and self.backward else self.forward
        return joined.origin(place.line)


def join(identifier: str, migrations: Sequence[Migration]) -> Pair:
    """Return the pair that does what all of them do, and undoes it."""
    return Pair(identifier, _forward(identifier, migrations), _backward(identifier, migrations))


def _forward(identifier: str, migrations: Sequence[Migration]) -> Joined:
    first, last = migrations[0].id, migrations[-1].id
    irreversible = [each for each in migrations if each.forward.directives.irreversible]
    head = [
        f"-- {identifier}: what {first} to {last} build, {len(migrations)} files in one",
        f"-- Why: a new database runs one file; those that it replaces are in squashed/{identifier}/, for databases",
        "--   that have some of them. Written and proven equal by: avdaily-sql squash",
        "-- Locks: none that anybody waits for: it is run on an empty database only.",
        f"-- Runtime: that of the {len(migrations)} files together.",
        "-- Rollback: undoes all of them." if not irreversible else "-- Rollback: none, as one of them has none.",
    ]
    head += [f"-- irreversible: {each.id}: {each.forward.directives.irreversible}" for each in irreversible[:1]]
    head += [f"-- replaces: {each.id}" for each in migrations]
    parts = [_Part(each.forward, each.transactional) for each in migrations]
    return _join(head, parts, checks=_has_deferrable(migrations))


def _backward(identifier: str, migrations: Sequence[Migration]) -> Joined | None:
    parts = [_Part(each.backward, each.rollback_transactional) for each in reversed(migrations) if each.backward]
    if len(parts) < len(migrations):
        return None
    head = [f"-- {identifier}: nothing of what {migrations[0].id} to {migrations[-1].id} build is there"]
    return _join(head, parts, checks=_has_deferrable(migrations))


def _has_deferrable(migrations: Sequence[Migration]) -> bool:
    return any(b"DEFERRABLE" in bytes(each.forward.text).upper() for each in migrations)


class _Part(NamedTuple):
    """A file to be joined, and whether it was written to run in a transaction."""

    file: SqlFile
    transactional: bool


def _join(head: list[str], parts: Sequence[_Part], *, checks: bool) -> Joined:
    """:param checks: there are constraints that are checked at the end of a transaction."""
    changed = [_settings(part.file) for part in parts]
    pieces = ["\n".join(head).encode() + b"\n"]
    if any("search_path" in names for names in changed):
        pieces.append(b"\n" + _KEEP_PATH)
    line = sum(piece.count(b"\n") for piece in pieces) + 1
    sources = []
    for part, names in zip(parts, changed, strict=True):
        text, left_out = _body(part)
        # An empty line stands before each.
        sources.append(Source(part.file.path, line + 1, left_out))
        writes = checks and any(_WRITERS.intersection(each.keywords[:1]) for each in part.file.statements)
        pieces.append(b"\n" + text + b"".join(_between(names, writes=writes)))
        line += pieces[-1].count(b"\n")
    return Joined(b"".join(pieces), tuple(sources))


def _between(names: Sequence[str], *, writes: bool) -> Iterator[bytes]:
    """Yield what a run does behind a file: its settings are given back."""
    if writes:
        yield _CHECK_DEFERRED
    for name in names:
        if name == "search_path":
            yield _GIVE_PATH_BACK
        elif name == "authorization":
            yield b"RESET SESSION AUTHORIZATION;\n"
        else:
            yield f"RESET {name};\n".encode()


def _settings(file: SqlFile) -> tuple[str, ...]:
    """Return the settings that a file changes for those behind it, by name."""
    found: dict[str, None] = {}
    for statement in file.statements:
        if statement.keywords[:1] in {("SET",), ("RESET",)}:
            name = _setting(tokens(file.text, statement))
            found |= {} if name is None else {name: None}
        elif _CALLERS.intersection(statement.keywords[:1]):
            text = bytes(file.text[statement.start : statement.end])
            found |= {match[1].decode().lower(): None for match in _SET_CONFIG.finditer(text)}
    return tuple(found)


def _setting(words: Sequence[Token]) -> str | None:
    rest = words[2:] if words[1].key in {"LOCAL", "SESSION"} and len(words) > 2 else words[1:]
    if rest[0].key in _NO_SETTINGS:
        return None
    if rest[0].key in _NAMES:
        return _NAMES[rest[0].key]
    return "".join(token.name for token in takewhile(lambda token: token.key not in {"=", "TO"}, rest))


def _body(part: _Part) -> tuple[bytes, tuple[int, ...]]:
    """Return the text of a file without its directives, and the numbers of the lines that are left out."""
    file = part.file
    text = bytearray(file.text)
    last = file.statements[-1]
    if last.copy is None and not text[last.end :].lstrip().startswith(b";"):
        text[last.end : last.end] = b";"
    for statement in () if part.transactional else file.statements:
        _settle(file, statement, text)
    left_out = tuple(sorted({file.location(each.start).line or 0 for each in directives.lines(file.text)}))
    lines = bytes(text).removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    kept = [line for number, line in enumerate(lines, 1) if number not in left_out]
    return b"\n".join(kept).rstrip() + b"\n", left_out


def _settle(file: SqlFile, statement: Statement, text: bytearray) -> None:
    """Blank what cannot be in a transaction and makes no difference to an empty database; the lines stay."""
    if statement.keywords[:1] == ("VACUUM",):
        end = text.index(b";", statement.end) + 1
        text[statement.start : end] = re.sub(rb"[^\n]", b" ", text[statement.start : end])
        return
    for token in tokens(file.text, statement):
        if token.key == "CONCURRENTLY":
            text[token.start : token.start + len(token.key)] = b" " * len(token.key)
            return
