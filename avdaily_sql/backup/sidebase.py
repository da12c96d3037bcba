"""The side database: made beside the one it will replace, marked as unfinished, gone again when anything fails."""

from __future__ import annotations

import contextlib
from datetime import UTC
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from avdaily_sql import maintenance
from avdaily_sql.backup import properties
from avdaily_sql.backup.properties import Properties
from avdaily_sql.errors import AvDailyError, Failed
from avdaily_sql.maintenance import Related

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@contextlib.contextmanager
def side_database(
    conn: psycopg.Connection[Any], url: str, origin: str, like: Properties | str, *, reason: str, now: datetime
) -> Iterator[str]:
    """Make an empty database for the block, which is given its name.

    :param like: the database to be replaced, or the encoding when there is none.
    :param url: of the server, for a new connection if this one is lost.
    :param reason: ``restore`` or ``reset``.
    :raises Refused: what the old database is could not be copied.
    :raises Failed: the server made none: no room, no such locale; nothing is left.
    """
    name = maintenance.new_name(conn, reason, origin, now)
    template = like if isinstance(like, Properties) else None
    try:
        properties.create_like(conn, name, template, "UTF8" if isinstance(like, Properties) else like)
        at = now.astimezone(UTC).isoformat()
        maintenance.write_note(conn, Related(name, "unfinished", origin, at, reason))
        if template is not None:
            properties.require_copyable(conn, template, name)
        yield name
    except BaseException as error:
        _drop(conn, url, name)
        if isinstance(error, psycopg.Error):
            message = error.diag.message_primary or str(error).strip()
            raise Failed(
                f"could not make the side database: {message}", detail="Nothing was changed.", sqlstate=error.sqlstate
            ) from None
        raise


def _drop(conn: psycopg.Connection[Any], url: str, name: str) -> None:
    # Without a server the next command drops it.
    with contextlib.suppress(psycopg.Error, AvDailyError), usable(conn, url) as working:
        found = maintenance.read_note(name, maintenance.comment_of(working, name))
        if found is None or found.kind in ("unfinished", "swapping"):
            maintenance.drop_database(working, name)


@contextlib.contextmanager
def usable(conn: psycopg.Connection[Any], url: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection for the block: this one if it is idle, else a new one; the old one's statement ends with it."""
    if not conn.closed and conn.info.transaction_status == pq.TransactionStatus.IDLE:
        yield conn
        return
    conn.close()
    with maintenance.open_maintenance(url, "avdaily-sql") as other:
        yield other
