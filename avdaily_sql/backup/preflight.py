"""What a restore needs of the server and of the role, asked before anything is made there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import guards
from avdaily_sql.backup.properties import as_superuser
from avdaily_sql.errors import Failed, Refused, Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.backup.needs import Needs
    from avdaily_sql.backup.properties import Properties
    from avdaily_sql.backup.verify import Inspected
    from avdaily_sql.programs import Program


def require(
    conn: psycopg.Connection[Any], found: Inspected, program: Program, target: Properties | None
) -> tuple[str, ...]:
    """Check all that can be known before; return the roles that are missing.

    :param target: the database that will be replaced, None when none will.
    :raises Unsupported: the dump is newer than the server or psql, or the server lacks an extension.
    :raises Refused: the role may not do one of the steps; says what to grant.
    :raises Failed: no room, or prepared transactions in the way.
    """
    _require_versions(conn, found, program)
    needs = found.needs
    _require_extensions(conn, needs)
    is_superuser, may_create_roles = require_side_database(conn)
    me = '"' + conn.info.user.replace('"', '""') + '"'
    existing = {name for (name,) in conn.execute("SELECT rolname FROM pg_roles").fetchall()}
    missing = tuple(sorted(needs.roles - existing))
    if missing and not may_create_roles:
        quoted = "; ".join(f'CREATE ROLE "{name}" NOLOGIN' for name in missing)
        raise Refused(
            f"the dump names roles that this server does not have: {', '.join(missing)}", hint=as_superuser(quoted)
        )
    if not is_superuser:
        require_membership(conn, sorted(needs.owners & existing), me)
    if target is not None:
        require_replaceable(conn, target)
    _require_space(conn, found, target)
    return missing


def require_side_database(conn: psycopg.Connection[Any]) -> tuple[bool, bool]:
    """Check that the role may create databases; return whether it is a superuser, and may create roles.

    :raises Refused: it may not; says what to grant.
    """
    row = conn.execute(
        "SELECT rolsuper, rolcreatedb OR rolsuper, rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    is_superuser, may_create, may_create_roles = row or (False, False, False)
    if not may_create:
        me = '"' + conn.info.user.replace('"', '""') + '"'
        raise Refused(
            "this role may not create the side database that a restore or reset is made in",
            detail="In place it could not be undone, so that is never done.",
            hint=as_superuser(f"ALTER ROLE {me} CREATEDB"),
        )
    return is_superuser, may_create_roles


def _major(version: str | None) -> int:
    match = re.match(r"\d+", version or "")
    return int(match[0]) if match else 0


def _require_versions(conn: psycopg.Connection[Any], found: Inspected, program: Program) -> None:
    server = conn.info.server_version // 10000
    dumped = _major(found.server_version)
    if dumped > server:
        raise Unsupported(
            f"the backup is of PostgreSQL {dumped}, and this server is {server}",
            hint=f"Restore into a server of PostgreSQL {dumped} or later.",
        )
    if dumped > program.major:
        raise Unsupported(
            f"the backup is of PostgreSQL {dumped}, and {program.path} is {program.version}",
            hint=f"Install PostgreSQL's client {dumped} or later, or set AVDAILY_PG_BIN.",
        )


def _require_extensions(conn: psycopg.Connection[Any], needs: Needs) -> None:
    available = {name for (name,) in conn.execute("SELECT name FROM pg_available_extensions").fetchall()}
    lacking = sorted(needs.extensions - available)
    if lacking:
        raise Unsupported(
            f"the server does not have the extensions of the backup: {', '.join(lacking)}",
            hint="Install them on the server (Debian: apt-get install postgresql-contrib), then restore.",
        )


def require_membership(conn: psycopg.Connection[Any], owners: Sequence[str], me: str) -> None:
    """:raises Refused: the role could not make one of the owners an owner; says what to grant."""
    for owner in owners:
        row = conn.execute("SELECT pg_has_role(current_user, %s, 'USAGE')", (owner,)).fetchone()
        if row is None or not row[0]:
            quoted = owner.replace('"', '""')
            raise Refused(
                f'this role may not make "{owner}" the owner of what the dump says is theirs',
                hint=as_superuser(f'GRANT "{quoted}" TO {me}'),
            )


def require_replaceable(conn: psycopg.Connection[Any], target: Properties) -> None:
    """Check that the role may rename a database and end its sessions.

    :raises Refused: it may not; says what to grant.
    :raises Failed: prepared transactions are in the way.
    """
    me = '"' + conn.info.user.replace('"', '""') + '"'
    row = conn.execute("SELECT pg_has_role(current_user, %s, 'USAGE')", (target.owner,)).fetchone()
    if row is None or not row[0]:
        quoted = target.owner.replace('"', '""')
        raise Refused(
            f'this role does not own database "{target.name}", and cannot rename it',
            hint=as_superuser(f'GRANT "{quoted}" TO {me}'),
        )
    foreign = conn.execute(
        """
        SELECT DISTINCT usename FROM pg_stat_activity JOIN pg_roles ON rolname = usename
        WHERE datname = %s AND pid <> pg_backend_pid()
            AND NOT pg_has_role(current_user, usesysid, 'USAGE')
            AND (rolsuper OR NOT pg_has_role(current_user, 'pg_signal_backend', 'USAGE'))
        """,
        (target.name,),
    ).fetchall()
    if foreign:
        raise Refused(
            f'this role may not end the sessions of {", ".join(name for (name,) in foreign)} in "{target.name}"',
            detail="The swap needs a database without sessions.",
            hint=as_superuser(f"GRANT pg_signal_backend TO {me}"),
        )
    prepared = conn.execute("SELECT gid FROM pg_prepared_xacts WHERE database = %s", (target.name,)).fetchall()
    if prepared:
        raise Failed(
            f'database "{target.name}" has prepared transactions: {", ".join(gid for (gid,) in prepared)}',
            hint="Commit them or roll them back (COMMIT PREPARED 'ID'), then run the command again.",
        )


def _require_space(conn: psycopg.Connection[Any], found: Inspected, target: Properties | None) -> None:
    """Look at the disk of the server where it is ours to see: on this machine, in a directory that we may read."""
    needed = found.manifest.database_bytes if found.manifest is not None else found.plain_bytes
    if not guards.is_local(conn):
        return
    try:
        with conn.transaction():
            row = conn.execute("SHOW data_directory").fetchone()
        free = shutil.disk_usage(Path(row[0])).free if row is not None else None
    except (psycopg.Error, OSError):
        # Not readable by us: then the server itself will say so when it is full.
        return
    if free is not None and free < needed:
        raise Failed(
            f"not enough room on the server's disk: {free} bytes are free, about {needed} are needed",
            detail="A restore is made beside the database that is there" + (f' ("{target.name}").' if target else "."),
            hint="Make room, for example: avdaily-sql db prune-old --keep 0",
        )
