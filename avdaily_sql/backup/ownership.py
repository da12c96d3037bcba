"""What a role that is no superuser needs while a dump loads: the owners in it must be able to own.

A dump says ``OWNER TO`` before its grants, and the server gives an object only to a role that may create in its schema.
So each owner may, for the time of the load; what the dump does not grant itself is taken back afterwards.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql import maintenance
from avdaily_sql.backup.needs import NAME, unquoted
from avdaily_sql.database import connect
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GRANT = re.compile(rb"\AGRANT (?P<rights>[A-Z, ]+) ON SCHEMA " + NAME + rb" TO " + NAME)


@contextlib.contextmanager
def owners_may_own(url: str, side: str, named: frozenset[str]) -> Iterator[list[bytes]]:
    """Let every owner of the dump create in every schema of the side database for the block.

    :param named: the owners that the dump names.
    :return: a list, into which the block puts the dump's statements: what they grant stays.
    :raises Failed: the server refused one of the grants.
    """
    with connect(maintenance.with_database(url, side), application_name="avdaily-sql restore") as conn:
        row = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        owners = sorted(named - {conn.info.user, "pg_database_owner"})
        if (row is not None and row[0]) or not owners:
            yield []
            return
        statements: list[bytes] = []
        try:
            for owner in owners:
                role = sql.Identifier(owner)
                conn.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(role))
                conn.execute(sql.SQL("ALTER DEFAULT PRIVILEGES GRANT USAGE, CREATE ON SCHEMAS TO {}").format(role))
            yield statements
            for owner in owners:
                _take_back(conn, owner, statements)
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error).strip()
            raise Failed(
                f"could not prepare the owners of the dump: {message}", detail="Nothing was changed."
            ) from None


def _take_back(conn: psycopg.Connection[Any], owner: str, statements: Sequence[bytes]) -> None:
    role = sql.Identifier(owner)
    conn.execute(sql.SQL("ALTER DEFAULT PRIVILEGES REVOKE USAGE, CREATE ON SCHEMAS FROM {}").format(role))
    granted = _granted(owner, statements)
    rows = conn.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema'"
        " AND pg_get_userbyid(nspowner) <> %s",
        (owner,),
    ).fetchall()
    for (schema,) in rows:
        surplus = {"USAGE", "CREATE"} - granted.get(schema, set())
        for right in sorted(surplus):
            conn.execute(sql.SQL("REVOKE {} ON SCHEMA {} FROM {}").format(sql.SQL(right), sql.Identifier(schema), role))


def _granted(owner: str, statements: Sequence[bytes]) -> dict[str, set[str]]:
    """Return the rights on each schema that the dump itself gives to an owner."""
    found: dict[str, set[str]] = {}
    for text in statements:
        match = _GRANT.match(text)
        if match is None or unquoted(match[3]) != owner:
            continue
        rights = {word.strip() for word in match["rights"].decode().split(",")}
        if "ALL" in rights:
            rights = {"USAGE", "CREATE"}
        found.setdefault(unquoted(match[2]), set()).update(rights)
    return found
