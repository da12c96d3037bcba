"""What a file does to the whole server: roles, memberships, settings. A scratch database cannot hold that back.

New roles are let through, because files grant to them, and dropped again behind the trace. What would change a role
that is there, a membership or a setting between those that are there, or another database, is never committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

# Locks that say that a row of the server's own catalogs was written.
_WRITTEN = """
SELECT c.relname::text FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.database = 0
    AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')  -- the last is of ANALYZE
    AND c.relname IN ('pg_authid', 'pg_auth_members', 'pg_db_role_setting', 'pg_database', 'pg_tablespace',
        'pg_parameter_acl', 'pg_subscription', 'pg_replication_origin', 'pg_shdescription', 'pg_shseclabel')
"""
_ROLES = "SELECT oid::bigint, rolname::text FROM pg_catalog.pg_roles"
# The rows that were not changed by roles alone that are new; xmin is another one as soon as a row is written.
_ROWS = """
SELECT 'membership', roleid::bigint, member::bigint, grantor::bigint, admin_option::text FROM pg_catalog.pg_auth_members
UNION ALL
SELECT 'setting', setdatabase::bigint, setrole::bigint, 0, setconfig::text FROM pg_catalog.pg_db_role_setting
WHERE setdatabase <> (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
UNION ALL
SELECT 'comment', objoid::bigint, 0, 0, description FROM pg_catalog.pg_shdescription
"""
_OF_ROLES = "SELECT oid::bigint, xmin::text FROM pg_catalog.pg_authid"
_OF_DATABASES = """
SELECT oid::bigint, xmin::text FROM pg_catalog.pg_database WHERE datname <> current_database()
UNION ALL SELECT oid::bigint, xmin::text FROM pg_catalog.pg_tablespace
"""
# The catalogs whose rows are compared below.
_COMPARED = frozenset({"pg_authid", "pg_auth_members", "pg_db_role_setting", "pg_database", "pg_shdescription"})


_LOOKS = 3


class ServerState(NamedTuple):
    """What the whole server has, as one session sees it; of roles that may not be read only the names."""

    roles: dict[int, str]
    rows: frozenset[tuple[Any, ...]]
    versions: frozenset[tuple[Any, ...]] | None
    databases: frozenset[tuple[Any, ...]]


def made_roles(
    conn: psycopg.Connection[Any], observer: psycopg.Connection[Any], catalogs: Collection[str]
) -> set[str] | None:
    """Return the roles that an open transaction made, if all that it did to the server goes away with them; else None.

    :param observer: another session: it sees what others did in the meantime, and nothing of the open transaction.
    :param catalogs: those that the transaction wrote into.
    """
    for _ in range(_LOOKS):
        # The observer looks last: what it does not see yet nobody else has made. Somebody who changes a role between
        # the two looks makes them differ; then both look again.
        after = _look(conn)
        before = _look(observer)
        if _only_adds_roles(before, after, catalogs):
            return {after.roles[oid] for oid in after.roles.keys() - before.roles.keys()}
    return None


def _look(conn: psycopg.Connection[Any]) -> ServerState:
    """Return what a session sees, its own uncommitted changes too."""
    versions = None
    row = conn.execute("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')").fetchone()
    if row and row[0]:
        versions = frozenset(conn.execute(_OF_ROLES).fetchall())
    return ServerState(
        dict(conn.execute(_ROLES).fetchall()),
        frozenset(conn.execute(_ROWS).fetchall()),
        versions,
        frozenset(conn.execute(_OF_DATABASES).fetchall()),
    )


def written(conn: psycopg.Connection[Any]) -> frozenset[str]:
    """Return the server's catalogs that the open transaction of a session wrote into."""
    return frozenset(name for (name,) in conn.execute(_WRITTEN).fetchall())


def _only_adds_roles(before: ServerState, after: ServerState, catalogs: Collection[str]) -> bool:
    """Tell whether all that a transaction did to the server goes away with the roles that it made."""
    if not _COMPARED.issuperset(catalogs):
        return False
    if before.versions is None or after.versions is None:
        # A password can be changed unseen: without the right to look, nothing is let through.
        return "pg_authid" not in catalogs and before[1::2] == after[1::2]
    new = after.roles.keys() - before.roles.keys()
    if not before.versions <= after.versions or before.databases != after.databases:
        return False
    changed = before.rows ^ after.rows
    return all(new & set(row[1:4]) for row in changed)


def drop_roles(conn: psycopg.Connection[Any], names: Collection[str], note: Callable[[str], None]) -> None:
    """Drop roles that a trace made, on a connection to another database than theirs."""
    for name in sorted(names):
        try:
            conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
        except psycopg.Error as error:
            note(f'could not drop role "{name}", which the trace had made: {error.diag.message_primary}')
