"""One file on its way through a session: in one message where that can be, COPY data streamed behind its statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.migrations.session import StatementFailed
from avdaily_sql.sqltext.windows import chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.errors import Location
    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.migrations.session import Answer, Session
    from avdaily_sql.sqltext import CopyData, Statement

# A longer text is cut between statements: libpq and the server keep a whole message in memory.
_LARGEST_MESSAGE = 4 << 20


class Segment(NamedTuple):
    """Statements that go in one message, by their indexes in the file; COPY data can only follow the last."""

    start: int
    end: int
    first: int
    last: int
    copy: CopyData | None


class FileFailed(Exception):
    """The server refused a statement of a file, at a place in it."""

    def __init__(self, failure: StatementFailed, location: Location) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.location = location


def segments(statements: list[Statement]) -> Iterator[Segment]:
    """Yield the messages that a file is sent in."""
    first = 0
    for number, statement in enumerate(statements):
        start = statements[first].start
        following = statements[number + 1] if number + 1 < len(statements) else None
        if statement.copy or following is None or following.end - start > _LARGEST_MESSAGE:
            yield Segment(start, statement.end, first, number, statement.copy)
            first = number + 1


class Finished(NamedTuple):
    """What is known when all statements of a file were run: the transaction's id, and the server's time for them."""

    transaction: str
    duration_ms: float


class Ending(NamedTuple):
    """What is run between a file and its mark, and the time that the file took."""

    text: str
    duration_ms: float


_TRANSACTION = "SELECT pg_catalog.pg_current_xact_id();"
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {_TRANSACTION}"
_CLOCK = b";\nSELECT extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * 1000"


class Body:
    """All statements of a file, to be run in one transaction, which stays open behind them."""

    _OPENING = _BEGIN

    def __init__(self, session: Session, file: SqlFile, *settings: str) -> None:
        """:param settings: statements that are run first, in the same transaction."""
        self._session = session
        self._file = file
        self._prologue = "".join((self._OPENING, *(f"{setting};" for setting in settings), "\n"))
        self._answers = 2 + len(settings)
        self._segments = list(segments(file.statements))

    def start(self) -> None:
        """Send the first message; the server works on it while we do something else."""
        self._session.send(self._prologue.encode() + self._text(self._segments[0]))

    def finish(self) -> Finished:
        """Wait for the first message, run the rest of the file, and say how it went.

        :raises FileFailed: a statement was refused; the transaction is open and can only be rolled back.
        """
        answer = self._receive(self._segments[0], (len(self._prologue), self._answers))
        transaction = answer.first[1].get_value(0, 0) or b""
        for segment in self._segments[1:]:
            self._session.send(self._text(segment))
            answer = self._receive(segment, (0, 0))
        duration = answer.last.get_value(0, 0) if answer.last else None
        return Finished(transaction.decode(), float(duration or 0))

    def _text(self, segment: Segment) -> bytes:
        text = self._file.text[segment.start : segment.end]
        return text + _CLOCK if segment is self._segments[-1] else text

    def _receive(self, segment: Segment, before: tuple[int, int]) -> Answer:
        try:
            return self._session.receive(copy_data(self._file, segment.copy), keep=before[1])
        except StatementFailed as failure:
            raise FileFailed(failure, locate(self._file, segment, failure, before)) from None


class Sequel(Body):
    """All statements of a file, to be run in the transaction that another one left open."""

    # As many answers as a BEGIN with its question gives.
    _OPENING = f"SET CONSTRAINTS ALL IMMEDIATE; {_TRANSACTION}"


def copy_data(file: SqlFile, copy: CopyData | None) -> Iterator[bytes]:
    """Return the data of a COPY in pieces; of a mapped file no more than a piece stays in memory."""
    return iter(()) if copy is None else chunks(file.text, copy.offset, copy.offset + copy.length)


def locate(file: SqlFile, segment: Segment, failure: StatementFailed, before: tuple[int, int]) -> Location:
    """Return where in the file a failure happened.

    The server tells a position for what it could not parse or resolve; for all else the results that came before are
    counted, and the statement after them is the one.

    :param before: characters and results of the message that are not the file's.
    """
    characters, answers = before
    if failure.position is not None and failure.position > characters:
        text = file.text[segment.start : segment.end].decode("utf-8")
        index = failure.position - 1 - characters
        if index >= len(text):
            # It stumbled over the semicolon that we put behind the file, or over what follows that.
            failure.message = "syntax error at end of input"
        return file.location(segment.start + len(text[:index].encode()))
    statement = file.statements[min(segment.first + max(failure.completed - answers, 0), segment.last)]
    line = re.search(r"^COPY .*, line (\d+)", failure.context or "", re.MULTILINE)
    if statement.copy is not None and line:
        return file.location(_line_offset(file, statement.copy, int(line[1])))
    return file.location(statement.start + _named_offset(file, statement, failure))


def _named_offset(file: SqlFile, statement: Statement, failure: StatementFailed) -> int:
    """Return where in a statement the thing stands that the message complains of, if it is there only once.

    For DDL the server often tells no position, as for the column in the CHECK of an ALTER TABLE.
    """
    named = re.search(r'"([^"]+)"', failure.message)
    if named is None or failure.context or not failure.sqlstate.startswith("42"):
        return 0
    text = file.text[statement.start : statement.end]
    word = re.escape(named[1].encode())
    found = list(
        re.finditer(rb'(?<![\w$\x80-\xff])(?:"' + word + rb'"|' + word + rb")(?![\w$\x80-\xff])", text, re.IGNORECASE)
    )
    return found[0].start() if len(found) == 1 else 0


def _line_offset(file: SqlFile, copy: CopyData, line: int) -> int:
    offset = copy.offset
    for _ in range(line - 1):
        offset = file.text.find(b"\n", offset, copy.offset + copy.length) + 1
    return offset
