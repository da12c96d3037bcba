"""The lock that keeps runs apart: a session advisory lock, polled, on the connection that does the work.

It ends with its session, however that ends. It is polled because a session that *blocks* on it holds a snapshot, for
which another's CREATE INDEX CONCURRENTLY would wait, and so both for ever.

https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import re
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from avdaily_sql.errors import Busy
from avdaily_sql.migrations.observer import Holder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import psycopg

    from avdaily_sql.migrations.observer import Observer

# "AVDS"; the second key is the history's schema, so that schemas of one database do not wait for each other.
CLASS = 0x41564453
_TRY_TWICE = """
    SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(%(class)s, %(object)s)
                THEN pg_catalog.pg_try_advisory_lock(%(class)s, %(object)s) ELSE false END"""
_POLL_SECONDS = (0.05, 0.25)
_QUERY_SHOWN = 200


class Budget:
    """The time that one run may spend waiting, for its own lock and for locks on tables together."""

    def __init__(self, seconds: float) -> None:
        self.total_seconds = seconds
        self.spent_seconds = 0.0

    @property
    def remaining_seconds(self) -> float:
        """Return what is left; never less than nothing."""
        return max(0.0, self.total_seconds - self.spent_seconds)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time inside the block."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.spent_seconds += time.monotonic() - start

    def pause(self, shortest: float, longest: float) -> None:
        """Sleep for a random time: two that failed together do not try again together."""
        import random

        with self.spending():
            time.sleep(min(random.uniform(shortest, longest), self.remaining_seconds))  # noqa: S311 (no secret)


def object_key(history_schema: str) -> int:
    """Return the second key of the lock, a signed 32-bit number as PostgreSQL wants it."""
    number = zlib.crc32(history_schema.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


@contextmanager
def held(conn: psycopg.Connection[Any], history_schema: str, budget: Budget, observer: Observer) -> Iterator[None]:
    """Hold the lock of a history for the block.

    :raises Busy: somebody else held it until the budget was used up; names the holder.
    """
    acquire(conn, history_schema, budget, observer)
    try:
        yield
    finally:
        if conn.info.transaction_status == TransactionStatus.IDLE:
            # The end of the session would do it a moment later; the next run need not poll for it.
            conn.execute("SELECT pg_catalog.pg_advisory_unlock_all()")


def acquire(conn: psycopg.Connection[Any], history_schema: str, budget: Budget, observer: Observer) -> None:
    """Take the lock, waiting within the budget.

    :raises Busy: see :func:`held`.
    """
    keys = {"class": CLASS, "object": object_key(history_schema)}
    told = False
    while True:
        # Taken twice, for the guard behind each file (statements.guard).
        row = conn.execute(_TRY_TWICE, keys).fetchone()
        if row and row[0]:
            return
        if budget.remaining_seconds <= 0:
            raise _busy(holders(conn, history_schema), budget)
        if not told:
            observer.waiting(holders(conn, history_schema))
            told = True
        budget.pause(*_POLL_SECONDS)


def _busy(found: Sequence[Holder], budget: Budget) -> Busy:
    listed = "; ".join(map(str, found)) or "it was released just now"
    return Busy(
        f"another run holds the lock of the migrations (waited {budget.total_seconds:g} s)",
        detail=f"Held by {listed}.",
        hint="Wait for it to end, or give --wait a longer time.",
    )


def holders(conn: psycopg.Connection[Any], history_schema: str) -> tuple[Holder, ...]:
    """Return who holds the lock of a history."""
    return _described(
        conn,
        """SELECT pid FROM pg_catalog.pg_locks
           WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s AND objid = %s::bigint::oid
             AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())""",
        (CLASS, object_key(history_schema) & 0xFFFFFFFF),
    )


def blockers(conn: psycopg.Connection[Any], pid: int) -> tuple[Holder, ...]:
    """Return who holds, or waits before, what a session waits for."""
    return _described(conn, "SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(%s)) AS pid", (pid,))


def _described(conn: psycopg.Connection[Any], pids: str, parameters: tuple[int, ...]) -> tuple[Holder, ...]:
    rows = conn.execute(
        f"""SELECT pid, a.usename, a.application_name,
              coalesce(a.xact_start, a.backend_start) AT TIME ZONE 'UTC', a.query
            FROM ({pids}) AS found LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid) ORDER BY pid""",  # noqa: S608
        parameters,
    ).fetchall()
    return tuple(Holder(pid, user, application, since, _shown(query)) for pid, user, application, since, query in rows)


def _shown(query: str | None) -> str | None:
    if not query:
        return None
    quoted = r"(password\s+)(?:E?'(?:[^'\\]|''|\\.)*'?)"
    one_line = re.sub(quoted, r"\1'***'", " ".join(query.split()), flags=re.IGNORECASE)
    return one_line if len(one_line) <= _QUERY_SHOWN else one_line[: _QUERY_SHOWN - 1] + "…"
