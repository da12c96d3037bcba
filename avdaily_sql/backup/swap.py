"""The swap: two renames in one transaction, while nobody can connect; and back again."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql import maintenance
from avdaily_sql.backup.sidebase import usable
from avdaily_sql.database import connect
from avdaily_sql.errors import AvDailyError, Busy, Failed, Refused
from avdaily_sql.maintenance import Related
from avdaily_sql.migrations import lock
from avdaily_sql.migrations.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Replacement:
    """A finished database, ready to take the place of another.

    :param name: of the finished one.
    :param origin: the name that it will have.
    :param reason: ``restore``, ``reset`` or ``undo``.
    :param comment: what it will say about itself.
    """

    name: str
    origin: str
    reason: str
    comment: str


@dataclass(frozen=True, slots=True)
class Swapped:
    """What the swap did: the name under which the old database stays, and for how long nobody could connect."""

    kept_as: str
    swap_ms: int


def swap(conn: psycopg.Connection[Any], url: str, new: Replacement, now: datetime) -> Swapped:
    """Put a finished database in the place of another, which stays under a new name.

    Clients are refused and ended for the time of the swap; none sees anything but the old or the new database. On any
    error the old one is in its place, and open.

    :param conn: to the maintenance database, holding the lock of the origin.
    :raises Busy: a migration is being applied; nothing was changed.
    :raises Failed: sessions did not end, or the server went away; says which database is in place.
    """
    kept = maintenance.new_name(conn, f"before_{'restore' if new.reason == 'undo' else new.reason}", new.origin, now)
    told = Related(new.name, "returning" if new.reason == "undo" else "swapping", new.origin, _iso(now), new.reason)
    oid = _oid(conn, new.name)
    maintenance.write_note(conn, told, new.comment)
    try:
        with _runner_locks(url, new.origin) as runner:
            started = time.monotonic()
            maintenance.allow_connections(conn, new.name, allowed=False)
            maintenance.allow_connections(conn, new.origin, allowed=False)
            # Nobody can enter any more, so no migration can start: the runner's lock may go with its session.
            runner.close()
            _rename(conn, new, kept, now)
    except BaseException as error:
        if _outcome(conn, url, new, oid) != "swapped":
            if isinstance(error, psycopg.Error):
                message = error.diag.message_primary or str(error).strip().splitlines()[0]
                raise Failed(
                    f"could not swap the databases: {message}",
                    detail=f'"{new.origin}" is as it was, and open.',
                    sqlstate=error.sqlstate,
                ) from None
            raise
    return Swapped(kept, round((time.monotonic() - started) * 1000))


def _rename(conn: psycopg.Connection[Any], new: Replacement, kept: str, now: datetime) -> None:
    old_comment = maintenance.comment_of(conn, new.origin)
    note = Related(kept, "kept", new.origin, _iso(now), new.reason)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        _end_sessions(conn, (new.origin, new.name))
        try:
            with conn.transaction():
                for old, name in ((new.origin, kept), (new.name, new.origin)):
                    conn.execute(
                        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(name))
                    )
                maintenance.write_note(conn, note, old_comment)
                maintenance.set_comment(conn, new.origin, maintenance.without_note(new.comment))
                maintenance.allow_connections(conn, kept, allowed=True)
                maintenance.allow_connections(conn, new.origin, allowed=True)
        except psycopg.errors.ObjectInUse:
            # A session that was just ended takes a moment to go.
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


def _end_sessions(conn: psycopg.Connection[Any], names: tuple[str, ...]) -> None:
    conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s) AND pid <> pg_backend_pid()",
        (list(names),),
    )


def _outcome(conn: psycopg.Connection[Any], url: str, new: Replacement, oid: int) -> str:
    """Find out, after an error, which database is in place, and open it; the server may have gone away for a moment."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with usable(conn, url) as working:
                return _settle(working, new, oid)
        except (AvDailyError, psycopg.Error):
            if time.monotonic() > deadline:
                raise Failed(
                    "lost the server in the middle of the swap",
                    detail=f'Either "{new.origin}" is as it was, or the swap is complete; it may be closed.',
                    hint="Run any command when the server is back, such as: avdaily-sql status",
                ) from None
            time.sleep(0.1)


def _settle(conn: psycopg.Connection[Any], new: Replacement, oid: int) -> str:
    if _oid(conn, new.origin) == oid:
        return "swapped"
    maintenance.allow_connections(conn, new.origin, allowed=True)
    if new.reason == "undo":
        found = maintenance.read_note(new.name, maintenance.comment_of(conn, new.name))
        if found is not None:
            maintenance.allow_connections(conn, new.name, allowed=True)
            maintenance.write_note(conn, replace(found, kind="kept"), maintenance.comment_of(conn, new.name))
    return "as it was"


def _oid(conn: psycopg.Connection[Any], name: str) -> int:
    row = conn.execute("SELECT oid FROM pg_database WHERE datname = %s", (name,)).fetchone()
    return 0 if row is None else int(row[0])


@contextlib.contextmanager
def _runner_locks(url: str, origin: str) -> Iterator[psycopg.Connection[Any]]:
    """Hold the locks of all histories of the live database for the block, which is given their session."""
    conn = connect(maintenance.with_database(url, origin), application_name="avdaily-sql swap")
    try:
        rows = conn.execute(
            "SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE c.relname = 'avdaily_log' ORDER BY 1"
        ).fetchall()
        for schema in sorted({"avdaily_migrations", *(row[0] for row in rows)}):
            try:
                lock.acquire(conn, schema, lock.Budget(0), Observer())
            except Busy as error:
                raise Busy("migrations are being applied to this database", detail=error.detail, hint=_WAIT) from None
        yield conn
    finally:
        conn.close()


_WAIT = "Wait for them to end, then run the command again."


def undo(conn: psycopg.Connection[Any], url: str, origin: str, now: datetime) -> Swapped:
    """Bring back the newest kept database of this name; what is there now is kept in turn.

    :raises Refused: nothing is kept.
    """
    kept = newest_kept(conn, origin)
    comment = maintenance.without_note(maintenance.comment_of(conn, kept.name))
    return swap(conn, url, Replacement(kept.name, origin, "undo", comment), now)


def newest_kept(conn: psycopg.Connection[Any], origin: str) -> Related:
    """Return what :func:`undo` would bring back.

    :raises Refused: nothing is kept.
    """
    for each in maintenance.list_related(conn, origin):
        if each.kind == "kept":
            return each
    raise Refused(
        f'there is nothing to undo: no earlier "{origin}" is kept on this server',
        hint="avdaily-sql backup list",
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
