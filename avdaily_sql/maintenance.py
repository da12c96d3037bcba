"""The maintenance database: where restore and reset work from, since the database itself is swapped under them.

Here are their lock, the notes in the comments of the databases that they made, and the sweep that clears up after one
that was killed.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import pq, sql

from avdaily_sql.database import connect, parse
from avdaily_sql.errors import AvDailyError, Busy, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

CLASS = 0x4156444D  # "AVDM"
_CANDIDATES = ("postgres", "template1")
_NOTE = re.compile(r"^avdaily\.origin=(?P<json>\{.*\})$\n?", re.MULTILINE)

# "returning" is a kept database on its way back: it is never dropped for being there.
Kind = Literal["unfinished", "swapping", "kept", "returning"]


@dataclass(frozen=True, slots=True)
class Related:
    """A database that belongs to another: being made for it, or kept from before a swap.

    :param at: when it was made or replaced, ``YYYY-MM-DDTHH:MM:SSZ``.
    :param reason: ``restore``, ``reset``, ``undo`` or ``anonymise``.
    """

    name: str
    kind: Kind
    origin: str
    at: str
    reason: str
    bytes: int = 0


def database_name(url: str) -> str:
    """Return the database that a URL means, by libpq's own rules and defaults, without connecting."""
    values: dict[str, str] = {}
    for options in (pq.Conninfo.get_defaults(), parse(url)):
        for option in options:
            if option.val:
                values[option.keyword.decode()] = option.val.decode()
    return values.get("dbname") or values.get("user") or os.environ.get("USER", "postgres")


def with_database(url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part and not part.startswith("dbname=")]
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(name, safe='')}{query}"


def open_maintenance(url: str, application_name: str = "avdaily-sql") -> psycopg.Connection[Any]:
    """Connect to the maintenance database of a URL's server: ``postgres``, else ``template1``.

    :raises Failed: neither lets us in.
    """
    first: AvDailyError | None = None
    for candidate in _CANDIDATES:
        if candidate == database_name(url):
            continue
        try:
            return connect(with_database(url, candidate), application_name=application_name)
        except AvDailyError as error:
            first = first or error
    raise first or Failed("there is no maintenance database")


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


def list_related(conn: psycopg.Connection[Any], origin: str) -> list[Related]:
    """Return the databases that were made for another or kept from it, newest first."""
    rows = conn.execute(
        """
        SELECT datname, shobj_description(oid, 'pg_database'),
            CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END
        FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%%avdaily.origin={%%'
        """
    ).fetchall()
    found = [replace(note, bytes=size) for name, comment, size in rows if (note := read_note(name, comment))]
    return sorted(
        (each for each in found if each.origin == origin), key=lambda each: (each.at, each.name), reverse=True
    )


def read_note(name: str, comment: str | None) -> Related | None:
    """Return what the comment of a database says about its origin, None when it says nothing."""
    match = _NOTE.search(comment or "")
    if match is None:
        return None
    try:
        said = json.loads(match["json"])
        return Related(name, said["kind"], said["origin"], said["at"], said["reason"])
    except (ValueError, KeyError, TypeError):
        return None


def without_note(comment: str | None) -> str:
    """Return a comment without our line."""
    return _NOTE.sub("", comment or "").rstrip("\n")


def write_note(conn: psycopg.Connection[Any], related: Related, comment: str = "") -> None:
    """Write the comment of a database: its own text, and our line under it."""
    said = {"kind": related.kind, "origin": related.origin, "at": related.at, "reason": related.reason}
    line = f"avdaily.origin={json.dumps(said)}"
    set_comment(conn, related.name, "\n".join(part for part in (without_note(comment), line) if part))


def set_comment(conn: psycopg.Connection[Any], name: str, comment: str | None) -> None:
    """Set the comment of a database; an empty one is none."""
    conn.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment or None)))


def allow_connections(conn: psycopg.Connection[Any], name: str, *, allowed: bool) -> None:
    """Let clients in, or nobody at all."""
    conn.execute(
        sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(sql.Identifier(name), sql.Literal(allowed))
    )


def drop_database(conn: psycopg.Connection[Any], name: str) -> None:
    """Drop a database and end whoever is in it."""
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


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


def verification_of(database: str) -> str:
    """Return whose the throwaway databases of ``backup verify --full`` are: they have a lock of their own.

    A backup may be tried while another is taken, so the lock of the database itself says nothing about them.
    """
    return f"{database} (verification)"


def _unfinished(conn: psycopg.Connection[Any], origin: str) -> list[Related]:
    noted = [each for each in list_related(conn, origin) if each.kind != "kept"]
    # Killed between CREATE DATABASE and its comment: the name alone says whose it is.
    rows = conn.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s AND shobj_description(oid, 'pg_database') IS NULL",
        (rf"^avdaily_(restore|reset|anonymise|verify)_\d{{8}}_\d{{6}}_{_digest(origin)}(_\d+)?$",),
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


def comment_of(conn: psycopg.Connection[Any], name: str) -> str:
    """Return the comment of a database, our line and all."""
    row = conn.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
    ).fetchone()
    return (row[0] or "") if row is not None else ""


def _digest(origin: str) -> str:
    return f"{zlib.crc32(origin.encode()):08x}"


def new_name(conn: psycopg.Connection[Any], kind: str, origin: str, now: datetime) -> str:
    """Return a name that no database has: ``avdaily_restore_20261123_030000_DIGEST``, ``avdaily_before_…``.

    :param kind: ``restore``, ``reset``, ``anonymise``, ``before_restore`` or ``before_reset``; the first three
        carry a digest of the origin's name, so that they are known also without a comment.
    """
    stem = f"avdaily_{kind}_{now.astimezone(UTC):%Y%m%d_%H%M%S}"
    stem = stem if kind.startswith("before") else f"{stem}_{_digest(origin)}"
    taken = {row[0] for row in conn.execute("SELECT datname FROM pg_database").fetchall()}
    numbered = (stem if number == 1 else f"{stem}_{number}" for number in itertools.count(1))
    return next(name for name in numbered if name not in taken)
