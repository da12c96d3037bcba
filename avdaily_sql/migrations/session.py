"""One connection that runs SQL text as psql would send it: in the simple protocol, cancellable, counting results.

psycopg's cursors use the extended protocol, one statement at a time, and block in C while they wait. A migration needs
the whole file in one message, COPY data streamed between messages, and Ctrl-C to reach Python at once.
"""

from __future__ import annotations

import select
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import sql
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from psycopg.pq.abc import PGconn, PGresult
    from psycopg.rows import TupleRow

# How long to wait for a cancelled statement to end; then the connection is closed, and the server rolls back itself.
_PATIENCE_SECONDS = 3.0


class StatementFailed(Exception):
    """The server refused a statement; becomes an AvDailyError where file and line are known.

    ``completed`` counts the statements of the same message that succeeded before.
    """

    def __init__(self, result: PGresult, completed: int) -> None:
        def field(name: DiagnosticField) -> str | None:
            value = result.error_field(name)
            return None if value is None else value.decode("utf-8", "replace")

        self.message = field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message.decode("utf-8", "replace").strip()
        super().__init__(self.message)
        self.sqlstate = field(DiagnosticField.SQLSTATE) or ""
        self.detail = field(DiagnosticField.MESSAGE_DETAIL)
        self.hint = field(DiagnosticField.MESSAGE_HINT)
        self.context = field(DiagnosticField.CONTEXT)
        position = field(DiagnosticField.STATEMENT_POSITION)
        self.position = None if position is None else int(position)
        self.completed = completed


class Answer(NamedTuple):
    """What came back for one message: the first results that were wanted, and the last."""

    first: list[PGresult]
    last: PGresult | None


class Watch(NamedTuple):
    """Something to do every so many seconds while a statement runs, such as to look who blocks it."""

    look: Callable[[], None]
    every_seconds: float


# What a file finds, whatever the server, the database, the role and the file before it have set.
_SETTINGS = (
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET TimeZone = 'UTC';"
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;"
)
# A killed runner's statement ends within half a second, instead of holding its locks until it is done.
_CHECK = "SET client_connection_check_interval = '500ms';"


class Session:
    """The connection of one run, once files are to be run in it."""

    def __init__(self, conn: psycopg.Connection[TupleRow]) -> None:
        self.conn = conn
        # The statements that give the session its settings; a file may change them for itself only.
        self.pristine = ""
        self.watch: Watch | None = None

    def configure(self, schema: str) -> None:
        """Give the session the settings that every file is to find."""
        path = sql.SQL("SET search_path = {};").format(sql.Identifier(schema)).as_string(self.conn)
        self.pristine = _SETTINGS + path + _CHECK
        try:
            self.exchange(self.pristine.encode())
        except StatementFailed as failure:
            # Not every operating system of a server can look at a socket without reading from it.
            if failure.sqlstate != "22023":
                raise
            self.pristine = _SETTINGS + path
            self.exchange(self.pristine.encode())

    @property
    def _pgconn(self) -> PGconn:
        return self.conn.pgconn

    @property
    def status(self) -> TransactionStatus:
        """Return whether a transaction is open, as the server said with its last answer."""
        return TransactionStatus(self._pgconn.transaction_status)

    def send(self, message: bytes) -> None:
        """Hand the server one message of any number of statements; it works while we do something else."""
        self._ensure_open()
        self._pgconn.send_query(message)
        self._flush()

    def receive(self, data: Iterable[bytes] = (), *, keep: int = 0) -> Answer:
        """Wait for the answer to what was sent.

        :param data: what follows a COPY … FROM STDIN, in pieces.
        :param keep: how many of the first results are wanted; of the others only the last is.
        :raises StatementFailed: a statement was refused; those after it were not run.
        """
        kept: list[PGresult] = []
        last: PGresult | None = None
        failed: StatementFailed | None = None
        completed = 0
        pgconn = self._pgconn
        while True:
            if pgconn.is_busy():
                self._wait_for_result()
            result = pgconn.get_result()
            if result is None:
                break
            if result.status == ExecStatus.COPY_IN:
                self._stream(data)
            elif result.status == ExecStatus.COPY_OUT:
                self._discard_copy()
            elif result.status == ExecStatus.FATAL_ERROR:
                failed = failed or StatementFailed(result, completed)
            else:
                completed += 1
                last = result
                if len(kept) < keep:
                    kept.append(result)
        if failed is not None:
            raise failed if self._pgconn.status == ConnStatus.OK else connection_lost(failed.message)
        return Answer(kept, last)

    def exchange(self, message: bytes) -> Answer:
        """Send one message and wait for its answer."""
        self.send(message)
        return self.receive()

    def roll_back(self) -> None:
        """End an open transaction without keeping anything of it."""
        if self.status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            self.exchange(b"ROLLBACK")

    def abandon(self) -> None:
        """Cancel what runs, roll back, and leave the session idle; close it when the server does not answer in time."""
        try:
            if self.status == TransactionStatus.ACTIVE:
                self.conn.cancel_safe(timeout=_PATIENCE_SECONDS)
                self._drain(time.monotonic() + _PATIENCE_SECONDS)
            self.roll_back()
        except (psycopg.Error, StatementFailed, TimeoutError):
            self.conn.close()

    def _ensure_open(self) -> None:
        if self.conn.closed:
            raise connection_lost()

    def _wait_for_result(self, deadline: float | None = None) -> None:
        next_look = time.monotonic() + self.watch.every_seconds if self.watch else None
        while self._pgconn.is_busy():
            limits = [limit for limit in (next_look, deadline) if limit is not None]
            timeout = max(0.0, min(limits) - time.monotonic()) if limits else None
            if self._poll(select.POLLIN, timeout):
                self._consume()
            elif deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError
            elif self.watch and next_look is not None:
                self.watch.look()
                next_look = time.monotonic() + self.watch.every_seconds

    def _poll(self, events: int, timeout_seconds: float | None) -> int:
        poller = select.poll()
        poller.register(self._pgconn.socket, events)
        ready = poller.poll(None if timeout_seconds is None else timeout_seconds * 1000 + 1)
        return ready[0][1] if ready else 0

    def _consume(self) -> None:
        # What the server said before it went away comes as the next result, and says more than this error.
        with suppress(psycopg.OperationalError):
            self._pgconn.consume_input()

    def _flush(self) -> None:
        try:
            while self._pgconn.flush():
                # The server may have to say something before it reads on.
                if self._poll(select.POLLIN | select.POLLOUT, None) & select.POLLIN:
                    self._consume()
        except psycopg.OperationalError as error:
            raise connection_lost(str(error)) from None

    def _stream(self, data: Iterable[bytes]) -> None:
        for piece in data:
            while self._pgconn.put_copy_data(piece) == 0:
                self._flush()
            # Not before all of it is on its way does the next piece come: memory stays at one piece.
            self._flush()
        self._pgconn.put_copy_end()
        self._flush()

    def _discard_copy(self) -> None:
        while (size := self._pgconn.get_copy_data(1)[0]) >= 0:
            if size == 0:
                self._poll(select.POLLIN, None)
                self._consume()

    def _drain(self, deadline: float) -> None:
        while True:
            self._wait_for_result(deadline)
            result = self._pgconn.get_result()
            if result is None:
                return
            if result.status == ExecStatus.COPY_IN:
                self._pgconn.put_copy_end(b"interrupted")
                self._flush()
            elif result.status == ExecStatus.COPY_OUT:
                self._discard_copy()


class ConnectionLost(Failed):
    """The server went away in the middle (exit code 1)."""


def connection_lost(text: str = "") -> ConnectionLost:
    """Return the error for a server that went away in the middle."""
    lines = text.strip().splitlines()
    return ConnectionLost(
        "the connection to the server was lost",
        detail=f"It said: {lines[0]}." if lines else None,
        hint="Look at the server, then run: avdaily-sql status",
    )
