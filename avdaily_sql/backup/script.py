"""Reads a dump as psql will: no command of psql may hide in it, and its end must be pg_dump's own end.

A ``\\!`` in the middle of a line runs a shell, and a statement boundary is no end of a dump. The same characters are
harmless in quotes, in comments and in the data of COPY, so this follows psql's own rules for those, in a stream.

https://github.com/postgres/postgres/blob/master/src/fe_utils/psqlscan.l
"""

from __future__ import annotations

import re

from avdaily_sql.backup.boundary import OpenStatement
from avdaily_sql.errors import Damaged
from avdaily_sql.sqltext import SqlTextError
from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    LINE_COMMENT,
    LITERAL,
    MINUS_OR_SLASH,
    NUMBER,
    NUMBERED,
    SPACE,
    STRAY_DOLLAR,
    WORD,
    WORDLIKE,
    after_obstacle,
)

_TOKEN = re.compile(
    rb"|".join(
        (
            rb"(?P<space>[" + SPACE + rb"]++)",
            rb"(?P<comment>" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")",
            rb"(?P<word>" + WORD + rb")",
            rb"(?P<literal>" + LITERAL + rb"|" + NUMBER + rb"|" + NUMBERED + rb"|" + STRAY_DOLLAR + rb")",
            rb"(?P<semicolon>;)",
            rb"(?P<sign>[().]|[^'\"$/\\();.\-" + SPACE + WORDLIKE + rb"]++|" + MINUS_OR_SLASH + rb")",
        )
    )
)
_RESTRICT = re.compile(rb"\\(?:un)?restrict [A-Za-z0-9]+[ \t]*\r?\n")
_LINE = re.compile(rb"[^\n]*")
_COPY_END = re.compile(rb"\n\\\.\r?\n")
_END_MARKER = b"-- PostgreSQL database dump complete"
_VERSION = re.compile(rb"-- Dumped (?P<what>from database|by pg_dump) version (?P<version>\d+[.\w]*)")
# pg_dump writes one of each, and psql's rules for quotes change with the second.
_CONFORMING = re.compile(rb"SET standard_conforming_strings = on", re.IGNORECASE)
_LARGEST_STATEMENT = 256 << 20


class Script:
    """The state of the reading. Feed it all pieces, then :meth:`finish`.

    :ivar server_version: of the database that was dumped, from the header; None when it does not say.
    :ivar dump_version: of the pg_dump that wrote it.
    :ivar statements: those that name roles or extensions, as they stand.
    """

    def __init__(self) -> None:
        self.server_version: str | None = None
        self.dump_version: str | None = None
        self.statements: list[bytes] = []
        self.complete = False
        self._buffer = b""
        self._line = 1
        self._offset = 0
        self._in_copy = False

    def feed(self, piece: bytes) -> bytes:
        """Take a piece, and return what psql may be given of all that has come so far.

        ``\\restrict`` and ``\\unrestrict`` are left out: the caller has a restriction of its own.

        :raises Damaged: a command of psql.
        """
        self._buffer += piece
        return self._advance(final=False)

    def finish(self) -> bytes:
        """Take the end of the text.

        :raises Damaged: it is not the end that pg_dump writes.
        """
        rest = self._advance(final=True)
        if self._in_copy:
            raise Damaged("the dump ends in the data of a table", detail=f"Line {self._line}.")
        if not self.complete:
            raise Damaged(
                "the dump has no end marker: it was cut, or something was added",
                detail="A whole dump of pg_dump ends with: -- PostgreSQL database dump complete",
            )
        return rest

    def _advance(self, *, final: bool) -> bytes:
        """Consume what can be understood without knowing what follows; the rest stays in the buffer."""
        out: list[bytes] = []
        offset = 0
        while offset < len(self._buffer):
            self._offset = offset
            taken, text = (
                self._copy_data(offset, final=final) if self._in_copy else self._statement(offset, final=final)
            )
            if taken == 0:
                break
            self._line += self._buffer.count(b"\n", offset, offset + taken)
            out.append(text)
            offset += taken
        self._buffer, self._offset = self._buffer[offset:], 0
        if final and self._buffer:
            raise self._incomprehensible(0)
        if len(self._buffer) > _LARGEST_STATEMENT:
            raise Damaged("the dump has a statement of more than 256 MiB, or a quote that does not end")
        return b"".join(out)

    def _copy_data(self, offset: int, *, final: bool) -> tuple[int, bytes]:
        end = _COPY_END.search(self._buffer, offset)
        if end is not None:
            self._in_copy = False
            stop = end.end()
        else:
            # The last four bytes may be the beginning of the end.
            stop = len(self._buffer) if final else max(offset, len(self._buffer) - 4)
        return stop - offset, self._buffer[offset:stop]

    def _statement(self, offset: int, *, final: bool) -> tuple[int, bytes]:
        """Return how far one statement, or white space and comments before it, reaches, and its text for psql."""
        if self._buffer[offset] == ord("\\"):
            return self._restriction(offset, final=final)
        seen = OpenStatement(offset)
        position, length = offset, len(self._buffer)
        while position < length:
            if seen.empty and position > offset and self._buffer[position] == ord("\\"):
                break
            token = _TOKEN.match(self._buffer, position)
            end = token.end() if token else self._odd_end(position, final=final)
            if end is None or (end == length and not final):
                # It may go on in the next piece; until then nothing of the statement counts.
                return (seen.start - offset, self._buffer[offset : seen.start]) if seen.start > offset else (0, b"")
            kind = token.lastgroup if token else "comment"
            if kind == "comment":
                self._comment(self._buffer[position:end])
            elif kind != "space":
                seen.add(kind or "", self._buffer[position:end])
            position = end
            if seen.empty:
                seen.start = position
            elif seen.ended:
                return self._ended(seen, offset, position, final=final)
        if not seen.empty:
            raise Damaged("the dump ends in the middle of a statement", detail=f"Line {self._line}.")
        return position - offset, self._buffer[offset:position]

    def _ended(self, seen: OpenStatement, offset: int, end: int, *, final: bool) -> tuple[int, bytes]:
        text = self._buffer[seen.start : end]
        if seen.reads_stdin:
            following = self._buffer[end : end + 2]
            if following[:1] != b"\n" and following != b"\r\n":
                if len(following) < 2 and not final:
                    return 0, b""
                raise Damaged("the data of a COPY does not begin on a line of its own", detail=self._where(end))
            self._in_copy = True
            end += following.index(b"\n")
        elif seen.names_roles_or_extensions:
            self.statements.append(text)
        if b"standard_conforming_strings" in text.lower() and not _CONFORMING.fullmatch(text.rstrip(b";")):
            raise Damaged("the dump changes how quotes are read", detail=self._where(seen.start))
        self.complete = False
        return end - offset, self._buffer[offset:end]

    def _restriction(self, offset: int, *, final: bool) -> tuple[int, bytes]:
        found = _RESTRICT.match(self._buffer, offset)
        if found is not None:
            return len(found[0]), b"\n"
        if b"\n" not in self._buffer[offset:] and not final:
            return 0, b""
        raise self._incomprehensible(offset)

    def _odd_end(self, position: int, *, final: bool) -> int | None:
        """Return the end of a nested comment; None where more must be read before anything can be said."""
        if self._buffer[position] == ord("\\"):
            if len(self._buffer) - position < 2 and not final:
                return None
            raise self._incomprehensible(position)
        if self._buffer[position : position + 2] == b"/*":
            try:
                return after_obstacle(self._buffer, position)
            except SqlTextError:
                pass
        if final:
            raise Damaged("the dump ends inside a quote or a comment", detail=self._where(position))
        return None

    def _incomprehensible(self, position: int) -> Damaged:
        if self._buffer[position : position + 1] == b"\\":
            word = re.match(rb"\\\S*", self._buffer[position : position + 40])
            name = word[0].decode(errors="replace") if word else "\\"
            return Damaged(
                f"the dump holds a command of psql ({name}); pg_dump writes none",
                detail=f"{self._where(position)} Such a command can run a program on this machine.",
            )
        return Damaged("the dump cannot be read as SQL", detail=self._where(position))

    def _where(self, position: int) -> str:
        # Only what stands before the statement was counted so far.
        start = self._buffer.rfind(b"\n", 0, position) + 1
        line = self._line + self._buffer.count(b"\n", self._offset, position)
        shown = _LINE.match(self._buffer, start)
        return f"Line {line}: {shown[0][:120].decode(errors='replace') if shown else ''}"

    def _comment(self, text: bytes) -> None:
        if text == _END_MARKER:
            self.complete = True
        version = _VERSION.match(text)
        if version is not None:
            number = version["version"].decode()
            if version["what"] == b"by pg_dump":
                self.dump_version = self.dump_version or number
            else:
                self.server_version = self.server_version or number
