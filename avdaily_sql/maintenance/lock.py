"""The lock of a database for backup, restore and reset: held outside of it, so that it outlives a swap."""

from __future__ import annotations

import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.errors import Busy
from avdaily_sql.maintenance.databases import open_maintenance

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASS = 0x4156444D  # "AVDM"


def key_of(database: str) -> int:
    """Return the lock's second key: a signed number from the database's name, which stays through a swap."""
    number = zlib.crc32(database.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def try_lock(conn: psycopg.Connection[Any], database: str) -> bool:
    """Take the lock of a database for the session; return False when somebody else has it."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s, %s)", (CLASS, key_of(database))).fetchone()
    return bool(row and row[0])


@contextmanager
def locked(url: str, database: str, what: str) -> Iterator[psycopg.Connection[Any]]:
    """Hold the lock of a database for the block, which is given the connection to the maintenance database.

    :param what: ``backup``, ``restore`` or ``reset``: how the message to the next one names us.
    :raises Busy: another backup, restore or reset holds it; this never waits.
    """
    with open_maintenance(url, f"avdaily-sql {what}") as conn:
        conn.execute("SELECT set_config('application_name', %s, false)", (f"avdaily-sql {what}",))
        if not try_lock(conn, database):
            raise _busy(conn, database)
        try:
            yield conn
        finally:
            # The end of the session would do it a moment later, and the next command never waits.
            with suppress(psycopg.Error):
                conn.execute("SELECT pg_advisory_unlock_all()")


def refuse_if_held(conn: psycopg.Connection[Any]) -> None:
    """Refuse while a backup, restore or reset of the connected database is at work.

    :raises Busy: one is; names it.
    """
    database = conn.info.dbname
    if _holder(conn, database) is not None:
        raise _busy(conn, database)


def _holder(conn: psycopg.Connection[Any], database: str) -> str | None:
    row = conn.execute(
        """
        SELECT format('%%s (pid %%s, %%s)', coalesce(nullif(a.application_name, ''), 'a session'), l.pid, a.usename)
        FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
            AND l.classid = %s::bigint::oid AND l.objid = %s::bigint::oid
        """,
        (CLASS, key_of(database) & 0xFFFFFFFF),
    ).fetchone()
    return None if row is None else str(row[0])


def _busy(conn: psycopg.Connection[Any], database: str) -> Busy:
    holder = _holder(conn, database) or "a session that is gone by now"
    return Busy(
        f'a backup, restore or reset of database "{database}" is at work',
        detail=f"Held by {holder}.",
        hint="Wait for it to end, then run the command again.",
    )
