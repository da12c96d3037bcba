"""The databases of a server, seen from the maintenance database: their names, URLs and comments."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import pq, sql

from avdaily_sql.database import connect, parse
from avdaily_sql.errors import AvDailyError, Failed

_CANDIDATES = ("postgres", "template1")


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


def comment_of(conn: psycopg.Connection[Any], name: str) -> str:
    """Return the comment of a database, our line and all."""
    row = conn.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
    ).fetchone()
    return (row[0] or "") if row is not None else ""


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
