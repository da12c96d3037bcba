"""The environment marker of a database: how careful the database itself wants us to be.

It is in the catalog, not in the data: no session can override it, it survives a rename, and neither a plain dump nor a
clone carries it, so that a production dump restored into development does not become production.
"""

from __future__ import annotations

import re
import shlex
from typing import Any, Literal

import psycopg
from psycopg import sql

from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.settings import Environment, parse_environment

_PARAMETER = "avdaily.environment"
_COMMENT_LINE = re.compile(r"^[ \t]*avdaily\.environment[ \t]*=[ \t]*(?P<word>.*?)[ \t]*$\n?", re.MULTILINE)

_MARKER = """
SELECT
    ARRAY(
        SELECT substr(entry, strpos(entry, '=') + 1)
        FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS entry
        WHERE s.setdatabase = d.oid AND s.setrole = 0 AND lower(entry) LIKE 'avdaily.environment=%%'
    ),
    coalesce(shobj_description(d.oid, 'pg_database'), '')
FROM pg_database AS d
WHERE d.datname = coalesce(%s, current_database())
"""


def read_marker(conn: psycopg.Connection[Any], database: str | None = None) -> Environment | None:
    """Return a database's marker, None when it has none; a word that nobody knows counts as production.

    :param database: another database of the same server; the connected one when it is left out.
    """
    row = conn.execute(_MARKER, (database,)).fetchone()
    if row is None:
        return None
    words = [*row[0], *(match["word"] for match in _COMMENT_LINE.finditer(row[1]))]
    return max((_parse_marker(word) for word in words), default=None)


def _parse_marker(word: str) -> Environment:
    try:
        return parse_environment(word)
    except UsageError:
        return Environment.production


def write_marker(
    conn: psycopg.Connection[Any], environment: Environment, database: str | None = None
) -> Literal["setting", "comment"]:
    """Mark a database; return where the marker is kept.

    Only a superuser, or a role that may set the parameter, can write it as a setting of the database. For any other
    owner it is a line of the database's comment; the rest of the comment stays.

    :raises Refused: the role may do neither, or a stricter setting stays that it may not change.
    """
    name = database or conn.info.dbname
    try:
        with conn.transaction():
            where = _write_setting(conn, name, environment)
            row = conn.execute(_MARKER, (name,)).fetchone()
            comment = row[1] if row else ""
            wanted = _without_marker(comment) if where == "setting" else _with_marker(comment, environment)
            if wanted != comment:
                conn.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(wanted)))
            found = read_marker(conn, name)
            if found is not None and found is not environment:
                raise _may_not_mark(name, environment, f"The database's setting avdaily.environment says {found.name}.")
    except psycopg.errors.InsufficientPrivilege as error:
        raise _may_not_mark(name, environment, f"{error.diag.message_primary}.") from None
    return where


def _without_marker(comment: str) -> str:
    return _COMMENT_LINE.sub("", comment).rstrip("\n") if _COMMENT_LINE.search(comment) else comment


def _with_marker(comment: str, environment: Environment) -> str:
    kept = _without_marker(comment)
    return "\n".join(part for part in (kept, f"{_PARAMETER}={environment.name}") if part)


def _write_setting(conn: psycopg.Connection[Any], name: str, environment: Environment) -> Literal["setting", "comment"]:
    try:
        with conn.transaction():
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET avdaily.environment = {}").format(
                    sql.Identifier(name), sql.Literal(environment.name)
                )
            )
    except psycopg.errors.InsufficientPrivilege:
        return "comment"
    return "setting"


def _may_not_mark(name: str, environment: Environment, detail: str) -> Refused:
    statement = sql.SQL("ALTER DATABASE {} SET avdaily.environment = {}").format(
        sql.Identifier(name), sql.Literal(environment.name)
    )
    return Refused(
        f'this role may not mark database "{name}" as {environment.name}',
        detail=detail,
        hint=f"psql --username=SUPERUSER --dbname={shlex.quote(name)} --command={shlex.quote(statement.as_string())}",
    )
