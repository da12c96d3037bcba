"""A database of our own beside the others, migrated from the files and dropped again: no live one is looked at."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from avdaily_sql import migrations
from avdaily_sql.database import connect
from avdaily_sql.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.sqltree import SqlTree

_PREFIX = "avdaily_docs_"
# Whoever uses one keeps a session of this name: what has no such session was left behind by a kill.
_LEFT_BEHIND = r"""
SELECT datname::text FROM pg_database AS d
WHERE datname LIKE 'avdaily\_docs\_%' AND pg_has_role(datdba, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.application_name = d.datname)
"""


@contextmanager
def migrated(url: str, tree: SqlTree) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a new database with every migration; it is gone afterwards, also after an error.

    :param url: any database of the server.
    :raises Refused: the role may not create databases.
    :raises AvDailyError: whatever apply raises.
    """
    name = f"{_PREFIX}{secrets.token_hex(6)}"
    with connect(url, application_name=name) as keeper:
        # The URL may bring a name of its own.
        keeper.execute("SELECT set_config('application_name', %s, false)", (name,))
        for (old,) in keeper.execute(_LEFT_BEHIND).fetchall():
            keeper.execute(_drop(old))
        try:
            keeper.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise Refused(
                f'role "{keeper.info.user}" may not create a database to migrate',
                detail="The documentation is read from a database of its own, never from a live one.",
                hint="env -u DATABASE_URL avdaily-sql docs",
            ) from None
        try:
            own = _with_database(url, name)
            migrations.apply(own, tree, migrations.Options())
            with connect(own) as conn:
                yield conn
        finally:
            keeper.execute(_drop(name))


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in parts.query.split("&") if part and not part.startswith("dbname="))
    # urlunsplit drops the // of an empty authority.
    return urlunsplit(parts._replace(path=f"/{quote(name)}", query=query, netloc=parts.netloc or "")).replace(
        "postgresql:/" + quote(name), "postgresql:///" + quote(name)
    )
