"""One database per checkout: the first checkout gets ``avdaily``, each further one ``avdaily_<hash of its path>``.

Whose ``avdaily`` is, is written into the catalog with it (``ALTER DATABASE … SET avdaily.checkout``), so that it
survives a rename and cannot get lost beside the data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

FIRST = "avdaily"
_CREATION_LOCK = 0x6176_6461_696C_79  # "avdaily"

_LIST = """
SELECT
    d.datname,
    pg_database_size(d.oid),
    (
        SELECT substr(entry, length('avdaily.checkout=') + 1)
        FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS entry
        WHERE s.setdatabase = d.oid AND s.setrole = 0 AND entry LIKE 'avdaily.checkout=%'
    )
FROM pg_database AS d
WHERE NOT d.datistemplate AND d.datname <> 'postgres'
ORDER BY d.datname
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One database of the embedded server; ``checkout`` is the path that it belongs to, if any."""

    name: str
    bytes: int
    checkout: str | None


def list_databases(conn: psycopg.Connection[Any]) -> list[Listed]:
    """Return the databases by name, without PostgreSQL's own."""
    return [Listed(*row) for row in conn.execute(_LIST).fetchall()]


def database_of(conn: psycopg.Connection[Any], checkout: str) -> str | None:
    """Return the name of the checkout's database, None when it has none yet."""
    own = hashed_name(checkout)
    names = {found.name: found.checkout for found in list_databases(conn)}
    if own in names:
        return own
    return FIRST if FIRST in names and names[FIRST] == checkout else None


def ensure_database(conn: psycopg.Connection[Any], checkout: str) -> str:
    """Return the name of the checkout's database; created empty if need be.

    :param conn: a connection to the maintenance database, in autocommit mode.
    """
    found = database_of(conn, checkout)
    if found is not None:
        return found
    conn.execute("SELECT pg_advisory_lock(%s)", (_CREATION_LOCK,))
    try:
        found = database_of(conn, checkout)
        return found if found is not None else _create(conn, checkout)
    finally:
        conn.execute("SELECT pg_advisory_unlock(%s)", (_CREATION_LOCK,))


def _create(conn: psycopg.Connection[Any], checkout: str) -> str:
    claims = {listed.name: listed.checkout for listed in list_databases(conn)}
    # An "avdaily" that nobody claims was made by hand, or its creator was killed: it is the first comer's.
    name = FIRST if claims.get(FIRST) is None else hashed_name(checkout)
    if name not in claims:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    conn.execute(
        sql.SQL("ALTER DATABASE {} SET avdaily.checkout = {}").format(sql.Identifier(name), sql.Literal(checkout))
    )
    return name


def hashed_name(checkout: str) -> str:
    """Return the name that a further checkout's database has."""
    return f"{FIRST}_{hashlib.sha256(checkout.encode(errors='surrogateescape')).hexdigest()[:8]}"
