"""The database to be dumped: one snapshot of it, exported for pg_dump and counted in by us."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import database
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Source:
    """The database to be dumped, as the exporting session sees it; ``name`` is what its backup says it is of."""

    conn: psycopg.Connection[Any]
    name: str
    encoding: str
    bytes: int
    server_version: str
    snapshot: str


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Source]:
    """Export one snapshot; it is valid for the block."""
    with database.connect(url, autocommit=True) as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("SET idle_in_transaction_session_timeout = 0")
        with contextlib.suppress(psycopg.Error):
            conn.execute("SET transaction_timeout = 0")  # since 17
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = conn.execute(
            "SELECT pg_export_snapshot(), pg_database_size(current_database()), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        if row is None:
            raise Failed("the server gave no snapshot")
        yield Source(conn, conn.info.dbname, row[2], row[1], database.server_version(conn), row[0])
