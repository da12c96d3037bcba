"""The clearing up after a restore or reset that was killed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.errors import AvDailyError
from avdaily_sql.maintenance.databases import (
    allow_connections,
    comment_of,
    database_name,
    drop_database,
    open_maintenance,
)
from avdaily_sql.maintenance.lock import try_lock
from avdaily_sql.maintenance.notes import Related, digest, list_related, verification_of, write_note

if TYPE_CHECKING:
    from collections.abc import Callable


def recover(url: str, note: Callable[[str], None]) -> None:
    """Clear up what a killed restore or reset of this database left behind, and say so.

    Only what carries this database's name in its comment is touched, and only when nobody holds the lock.

    :param note: told of each thing that was done.
    """
    name = database_name(url)
    try:
        conn = open_maintenance(url)
    except AvDailyError:
        # A role that may not enter the maintenance database never made a side database either.
        return
    with conn:
        for origin in (name, verification_of(name)):
            if not _unfinished(conn, origin) or not try_lock(conn, origin):
                continue
            for left in _unfinished(conn, origin):
                try:
                    _clear(conn, left, note)
                except psycopg.Error as error:
                    what = f'"{left.name}" of an interrupted {left.reason}'
                    note(f"could not clear up {what}: {error.diag.message_primary}")


def _unfinished(conn: psycopg.Connection[Any], origin: str) -> list[Related]:
    noted = [each for each in list_related(conn, origin) if each.kind != "kept"]
    # Killed between CREATE DATABASE and its comment: the name alone says whose it is.
    rows = conn.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s AND shobj_description(oid, 'pg_database') IS NULL",
        (rf"^avdaily_(restore|reset|anonymise|verify)_\d{{8}}_\d{{6}}_{digest(origin)}(_\d+)?$",),
    ).fetchall()
    return [*noted, *(Related(name, "unfinished", origin, "", name.split("_")[1]) for (name,) in rows)]


def _clear(conn: psycopg.Connection[Any], left: Related, note: Callable[[str], None]) -> None:
    row = conn.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", (left.origin,)).fetchone()
    if left.kind in ("swapping", "returning") and row is not None and not row[0]:
        allow_connections(conn, left.origin, allowed=True)
        note(f'an interrupted {left.reason} had closed database "{left.origin}": connections are allowed again')
    if left.kind == "returning":
        allow_connections(conn, left.name, allowed=True)
        write_note(conn, replace(left, kind="kept"), comment_of(conn, left.name))
        return
    drop_database(conn, left.name)
    note(f'dropped "{left.name}", which an interrupted {left.reason} had left unfinished; "{left.origin}" is as it was')
