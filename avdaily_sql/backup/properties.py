"""What a database is besides its contents: owner, grants, settings, locale, limits. A swap must keep all of it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from avdaily_sql import maintenance, marker
from avdaily_sql.errors import Refused

_LIST = re.compile(r'"(?:[^"]|"")*"|[^,\s]+')
# Their values are lists of names, each of which is quoted by itself.
_LISTS = frozenset({"local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces"})


@dataclass(frozen=True, slots=True)
class Properties:
    """What CREATE DATABASE must be told to make a database like this one."""

    name: str
    oid: int
    owner: str
    encoding: str
    provider: str
    collate: str
    ctype: str
    locale: str | None
    icu_rules: str | None
    tablespace: str | None
    connection_limit: int
    bytes: int


def read(conn: psycopg.Connection[Any], name: str) -> Properties | None:
    """Return the properties of a database, None when there is no such database."""
    major = conn.info.server_version // 10000
    locale = "d.datlocale" if major >= 17 else "d.daticulocale"
    rules = "d.daticurules" if major >= 16 else "NULL"
    row = conn.execute(
        f"""
        SELECT d.datname, d.oid, pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding), d.datlocprovider::text,
            d.datcollate, d.datctype, {locale}, {rules},
            -- The default one needs no right to use it, unless it is named.
            CASE WHEN d.dattablespace <> (SELECT dattablespace FROM pg_database WHERE datname = 'template0')
                THEN t.spcname END,
            d.datconnlimit,
            CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END
        FROM pg_database AS d JOIN pg_tablespace AS t ON t.oid = d.dattablespace WHERE d.datname = %s
        """,  # noqa: S608 (column names of the server's version)
        (name,),
    ).fetchone()
    return None if row is None else Properties(*row)


def create_like(conn: psycopg.Connection[Any], name: str, like: Properties | None, encoding: str) -> None:
    """Create an empty database like another; with the server's own defaults when there is none.

    :param encoding: used when there is nothing to be like.
    """
    words: list[tuple[str, str | int | None]]
    if like is None:
        words = [("ENCODING", encoding)]
    else:
        provider = {"c": "libc", "i": "icu", "b": "builtin"}[like.provider]
        specific = {"icu": "ICU_LOCALE", "builtin": "BUILTIN_LOCALE"}.get(provider)
        words = [
            ("ENCODING", like.encoding),
            ("LOCALE_PROVIDER", provider),
            ("LC_COLLATE", like.collate),
            ("LC_CTYPE", like.ctype),
            *([(specific, like.locale)] if specific else []),
            ("ICU_RULES", like.icu_rules),
        ]
    options = [sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in words if value is not None]
    if like is not None and like.tablespace is not None:
        options.append(sql.SQL("TABLESPACE {}").format(sql.Identifier(like.tablespace)))
    conn.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(sql.Identifier(name), sql.SQL(" ").join(options))
    )


def require_copyable(conn: psycopg.Connection[Any], origin: Properties, target: str) -> None:
    """Try :func:`copy`, and undo it: what this role may not copy is known before anything is loaded.

    :raises Refused: a setting, the owner or a grant.
    """
    with conn.transaction(force_rollback=True):
        copy(conn, origin, target)


def copy(conn: psycopg.Connection[Any], origin: Properties, target: str) -> None:
    """Give a database the settings, the marker, the limit, the owner and the grants of another.

    :raises Refused: this role may not; says which statement an administrator can run.
    """
    for role, entry in _settings(conn, origin):
        name, _, value = entry.partition("=")
        if name.lower() != "avdaily.environment":
            _run(conn, _set(target, role, (name, value)), f"GRANT SET ON PARAMETER {name} TO {_me(conn)}")
    limit = sql.SQL("ALTER DATABASE {} WITH CONNECTION LIMIT {}").format(
        sql.Identifier(target), sql.Literal(origin.connection_limit)
    )
    _run(conn, limit, f"ALTER ROLE {_me(conn)} CREATEDB")
    environment = marker.read_marker(conn, origin.name)
    if environment is not None:
        marker.write_marker(conn, environment, target)
    if origin.owner != conn.info.user:
        owner = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(target), sql.Identifier(origin.owner))
        _run(conn, owner, f'GRANT "{origin.owner}" TO {_me(conn)}')
    _copy_grants(conn, origin, target)


def _settings(conn: psycopg.Connection[Any], origin: Properties) -> list[tuple[str | None, str]]:
    rows = conn.execute(
        """
        SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END, entry
        FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS entry WHERE s.setdatabase = %s ORDER BY 1, 2
        """,
        (origin.oid,),
    ).fetchall()
    return [(role, entry) for role, entry in rows]


def _set(target: str, role: str | None, setting: tuple[str, str]) -> sql.Composed:
    name, value = setting
    parts = [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in _LIST.findall(value)]
    values = parts if name.lower() in _LISTS and parts else [value]
    who = sql.SQL("DATABASE {}").format(sql.Identifier(target))
    if role is not None:
        who = sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), sql.Identifier(target))
    return sql.SQL("ALTER {} SET {} TO {}").format(
        who, sql.Identifier(*name.split(".")), sql.SQL(", ").join(map(sql.Literal, values))
    )


def _copy_grants(conn: psycopg.Connection[Any], origin: Properties, target: str) -> None:
    rows = conn.execute(
        """
        SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable
        FROM pg_database AS d CROSS JOIN aclexplode(d.datacl) AS a WHERE d.oid = %s
        """,
        (origin.oid,),
    ).fetchall()
    if not rows:
        return
    database = sql.Identifier(target)
    hint = f'GRANT "{origin.owner}" TO {_me(conn)}'
    _run(conn, sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database), hint)
    for grantee, privilege, grantable in rows:
        statement = sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
            sql.SQL(privilege),
            database,
            sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
            sql.SQL(" WITH GRANT OPTION") if grantable else sql.SQL(""),
        )
        _run(conn, statement, hint)


def _run(conn: psycopg.Connection[Any], statement: sql.Composed, remedy: str) -> None:
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refused(
            f"this role may not make the new database what the old one is: {error.diag.message_primary}",
            detail=f"{statement.as_string()} was refused. Nothing was changed.",
            hint=as_superuser(remedy),
        ) from None


def _me(conn: psycopg.Connection[Any]) -> str:
    return '"' + conn.info.user.replace('"', '""') + '"'


def as_superuser(statement: str) -> str:
    """Return the line with which an administrator can run a statement."""
    return f"psql --username=SUPERUSER --dbname=postgres --command={shlex.quote(statement)}"


def merged_comment(conn: psycopg.Connection[Any], origin: str, target: str) -> str:
    """Return the comment of the origin, and a marker that could only be kept in the target's comment."""
    comment = maintenance.without_note(maintenance.comment_of(conn, origin))
    marked = maintenance.without_note(maintenance.comment_of(conn, target))
    lines = [line for line in marked.splitlines() if line.startswith("avdaily.environment=") and line not in comment]
    return "\n".join(part for part in (comment, *lines) if part)
