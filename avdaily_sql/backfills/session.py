"""The session of a backfill: opened, alone on its schema, set up for batches, and ended without a trace."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from avdaily_sql.database import connect, refuse_transaction_pooling
from avdaily_sql.errors import Busy
from avdaily_sql.migrations import lock
from avdaily_sql.migrations.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.backfills.files import Backfill

_PATIENCE_SECONDS = 3.0


@contextmanager
def opened(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a session of its own; whoever ends the block from outside, the statement that runs is cancelled.

    :raises Refused: a connection pooler answers.
    """
    conn = connect(url, prepare_threshold=None)
    # Not as psycopg's own block: it would try to roll back beside the statement that still runs, and say so.
    try:
        refuse_transaction_pooling(conn)
        yield conn
    finally:
        if conn.info.transaction_status == TransactionStatus.ACTIVE:
            with suppress(psycopg.Error):
                conn.cancel_safe(timeout=_PATIENCE_SECONDS)
        conn.close()


@contextmanager
def transaction(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Commit the block, or nothing of it; what is ended from outside goes with its session."""
    conn.execute("BEGIN")
    try:
        yield
    except Exception:
        if conn.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def hold(conn: psycopg.Connection[Any], history_schema: str) -> None:
    """Keep a second backfill of the same schema away: each would take the other's pauses for its own.

    :raises Busy: there is one; it is named.
    """
    name = f"{history_schema}/backfill"
    try:
        lock.acquire(conn, name, lock.Budget(0), Observer())
    except Busy:
        held = "; ".join(map(str, lock.holders(conn, name))) or "it ended just now"
        raise Busy(
            "another backfill runs on this database", detail=f"Held by {held}.", hint="Wait for it to end."
        ) from None


def configure(conn: psycopg.Connection[Any], backfill: Backfill, schema: str) -> None:
    """Give the session what both statements are to find, whatever role and database have set."""
    conn.execute(
        sql.SQL("SET search_path = {}; SET lock_timeout = {}; SET statement_timeout = {}").format(
            sql.Identifier(schema),
            sql.Literal(f"{backfill.lock_timeout_ms}ms"),
            sql.Literal(f"{backfill.statement_timeout_ms}ms"),
        )
    )
    # No batch waits for the disk, and none makes others wait for its flush. A crash of the server may take the last
    # batches, less than a second of them, each with its progress: the next run does them again. No lasting commit of
    # others can rest on a lost one, because the log is written in order.
    # https://www.postgresql.org/docs/current/wal-async-commit.html
    conn.execute("SET synchronous_commit = off")
    # The batch of a killed run ends within half a second, where the server's system can look at a socket.
    with suppress(psycopg.errors.InvalidParameterValue):
        conn.execute("SET client_connection_check_interval = '500ms'")
