"""The studio's connections: of the reading role, read-only, with a limit on everything that can last.

Role and limits are set in each transaction, not in each session: that holds through a pooler as well, and nothing that
a query changes outlives its page.
"""

from __future__ import annotations

import select
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import __version__
from avdaily_sql.database import connect, is_pooled, require_version

if TYPE_CHECKING:
    from collections.abc import Iterator

READING_ROLE = "avdaily_readonly"
STATEMENT_TIMEOUT_MS = 5000
_MOST_CONNECTIONS = 4
_SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT_MS}ms",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "15s",
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    # Pages of a table without a key follow the order of its blocks; a scan that joins another one half way has none.
    "synchronize_seqscans": "off",
    # A browser beside a busy application takes one core for a page, not all.
    "max_parallel_workers_per_gather": "0",
}


class ReadOnlyDatabase:
    """The one database that the studio shows; hands out read-only transactions to the threads that answer requests.

    ``role`` is the role that reads: the reading role, or the login where that one is missing or not granted.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[psycopg.Connection[Any]] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        with connect(url, application_name=f"avdaily-sql/{__version__} studio") as connection:
            require_version(connection)
            self.name = connection.info.dbname
            self._takes_session_settings = not is_pooled(connection)
            self.login = connection.info.user
            self.has_reading_role = _may_become_reader(connection)
        self.role = READING_ROLE if self.has_reading_role else self.login

    @contextmanager
    def read(self) -> Iterator[psycopg.Connection[Any]]:
        """Open a read-only transaction with one snapshot; it is rolled back at the end, whatever it was.

        :raises Failed: no connection could be had.
        """
        with self._places:
            connection = self._take()
            try:
                with connection.transaction(force_rollback=True):
                    self._prepare(connection)
                    yield connection
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Close what is idle; what still answers a request ends with the process."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        settings = _SETTINGS | ({"role": READING_ROLE} if self.has_reading_role else {})
        connection.execute(
            "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS given (name, value)",
            [list(settings), list(settings.values())],
        )

    def _take(self) -> psycopg.Connection[Any]:
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return self._open()
            if _answers(found):
                return found
            found.close()

    def _open(self) -> psycopg.Connection[Any]:
        connection = connect(self._url, application_name=f"avdaily-sql/{__version__} studio")
        if self._takes_session_settings:
            connection.execute("SET default_transaction_read_only = on")
            connection.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            connection.execute("SET lock_timeout = '1s'")
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        # A prepared statement is of one session; the next transaction through a pooler may be in another.
        connection.prepare_threshold = None
        return connection

    def _give_back(self, connection: psycopg.Connection[Any]) -> None:
        if connection.broken or connection.closed:
            return
        with self._lock:
            self._idle.append(connection)


def _answers(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a connection is alive; the server is asked only where something came that nobody asked for."""
    if connection.closed:
        return False
    silent = not select.select([connection.fileno()], [], [], 0)[0]
    if silent:
        return True
    try:
        connection.execute("SELECT")
    except psycopg.Error:
        return False
    return True


def _may_become_reader(connection: psycopg.Connection[Any]) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('role', %s, true)", [READING_ROLE])
            # The role exists, and reads nothing here, where the database is not one of ours.
            row = connection.execute("SELECT has_schema_privilege(current_schema(), 'USAGE')").fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] is True
