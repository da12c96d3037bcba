"""Who may do what: encryption of the connection, the database roles, and as whom the application connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql import guards
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_ROLES = ("avdaily_ledger", "avdaily_app", "avdaily_readonly")

_POWERS = """
SELECT r.rolname::text, r.rolcanlogin,
  r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
  pg_has_role(r.oid, 'pg_write_all_data', 'MEMBER') OR pg_has_role(r.oid, 'pg_execute_server_program', 'MEMBER')
FROM pg_roles AS r WHERE r.rolname = ANY (%s) ORDER BY r.rolname
"""

# Whoever is avdaily_ledger can write balances by hand; a superuser can do so anyway and is judged elsewhere.
_LEDGER_MEMBERS = """
SELECT m.rolname::text FROM pg_roles AS m
WHERE m.rolcanlogin AND NOT m.rolsuper AND pg_has_role(m.oid, 'avdaily_ledger', 'MEMBER')
  AND m.oid NOT IN (SELECT c.relowner FROM pg_class AS c WHERE c.relname = 'ledger_entries' AND c.relkind IN ('r', 'p'))
ORDER BY m.rolname
"""

# Our own tools, and people at psql, are not the application.
_APPLICATIONS = """
SELECT DISTINCT u.rolname::text, u.rolsuper
FROM pg_stat_activity AS a JOIN pg_roles AS u ON u.oid = a.usesysid
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
  AND NOT (coalesce(a.application_name, '') ~* '^(avdaily|psql|pg_|pgcli|pgadmin|dbeaver|datagrip)')
  AND (
    u.rolsuper
    OR EXISTS (SELECT FROM pg_class AS c WHERE c.relname IN ('wallets', 'ledger_entries') AND c.relkind IN ('r', 'p')
      AND pg_has_role(u.oid, c.relowner, 'MEMBER'))
    OR EXISTS (SELECT FROM pg_roles AS l WHERE l.rolname = 'avdaily_ledger' AND pg_has_role(u.oid, l.oid, 'MEMBER'))
  )
ORDER BY 1
"""


def encryption(conn: psycopg.Connection[Any], environment: Environment) -> Iterator[Finding]:
    """Look at whether somebody on the network can read along, or pretend to be the server."""
    if guards.is_local(conn):
        yield ok("encryption", "the connection stays on this machine")
        return
    if not conn.pgconn.ssl_in_use:
        level = fail if environment is Environment.production else warn
        hint = "Turn ssl on in the server, and add ?sslmode=verify-full to DATABASE_URL."
        yield level("encryption", "the connection is not encrypted", hint)
        return
    mode = conn.info.get_parameters().get("sslmode", "prefer")
    if mode in {"verify-full", "verify-ca"}:
        yield ok("encryption", f"TLS, sslmode={mode}")
    else:
        hint = "Add ?sslmode=verify-full&sslrootcert=system to DATABASE_URL."
        yield warn("encryption", f"TLS, but sslmode={mode} does not check who the server is", hint)


def roles(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at the three roles on which the protection of money rests."""
    found = {name: powers for name, *powers in conn.execute(_POWERS, (list(_ROLES),)).fetchall()}
    missing = [name for name in _ROLES if name not in found]
    if missing:
        hint = f"psql --command 'CREATE ROLE {missing[0]} NOLOGIN', then: avdaily-sql apply"
        yield fail("roles", f"missing: {', '.join(missing)}", hint)
    else:
        yield ok("roles", "avdaily_ledger, avdaily_app and avdaily_readonly are there")
    for name, (may_login, has_power, may_write_all) in found.items():
        if has_power:
            hint = f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;"
            yield fail(f"{name}_powers", f"{name} has rights that go around every rule", hint)
        elif may_write_all:
            hint = f"REVOKE pg_write_all_data, pg_execute_server_program FROM {name};"
            yield fail(f"{name}_powers", f"{name} may write every table, or run programs on the server", hint)
        if name == "avdaily_ledger" and may_login:
            yield fail(
                "ledger_login",
                "avdaily_ledger may log in: a client could write balances",
                "ALTER ROLE avdaily_ledger NOLOGIN;",
            )
    if "avdaily_ledger" in found:
        members = [name for (name,) in conn.execute(_LEDGER_MEMBERS).fetchall()]
        if members:
            hint = f"REVOKE avdaily_ledger FROM {members[0]};"
            yield fail("ledger_members", f"may act as avdaily_ledger: {', '.join(members)}", hint)


def applications(conn: psycopg.Connection[Any], environment: Environment) -> Iterator[Finding]:
    """Look at the sessions of this database: the application must not be its owner or a superuser."""
    found = conn.execute(_APPLICATIONS).fetchall()
    if not found:
        yield ok("application_role", "no application is connected as owner or superuser")
        return
    named = ", ".join(f"{name} (superuser)" if is_super else f"{name} (owner)" for name, is_super in found)
    level = fail if environment is Environment.production else warn
    hint = "Let the application log in as a role of its own: CREATE ROLE app LOGIN; GRANT avdaily_app TO app;"
    yield level("application_role", f"an application is connected as {named}: no rule of rights binds it", hint)


def own_role(conn: psycopg.Connection[Any], environment: Environment) -> Iterator[Finding]:
    """Look at the role of this very connection."""
    row = conn.execute("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    name, is_super = row if row is not None else (conn.info.user, False)
    if is_super and environment is Environment.production:
        hint = "Migrate as the owner of the database, a role without superuser rights."
        yield warn("own_role", f"DATABASE_URL signs in as superuser {name}", hint)
    else:
        yield ok("own_role", f"connected as {name}{' (superuser)' if is_super else ''}")
