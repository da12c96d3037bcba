"""Opens the session of a run, and refuses at once what could only fail later: a pooler, an old server, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from avdaily_sql import database
from avdaily_sql.errors import Drift, Refused, UsageError
from avdaily_sql.migrations.session import Session, StatementFailed

if TYPE_CHECKING:
    from typing import Any

    import psycopg

# What a file finds, whatever the server, the database, the role and the file before it have set.
_SETTINGS = (
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET TimeZone = 'UTC';"
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;"
)
# A killed runner's statement ends within half a second, instead of holding its locks until it is done.
_CHECK = "SET client_connection_check_interval = '500ms';"


class Facts(NamedTuple):
    """What is known of the database before anything is done."""

    database: str
    user: str
    role: str
    is_standby: bool
    may_create_schemas: bool
    schema_exists: bool
    may_create: bool
    history_schema_exists: bool
    may_use_history: bool
    may_create_history: bool
    may_write_history: bool
    history_tables: list[str]
    has_stock_history: bool

    @property
    def has_history(self) -> bool:
        """Return whether an earlier run made the history tables."""
        return "avdaily_format" in self.history_tables


_FACTS = """
    SELECT current_database()::text, current_user::text, current_setting('role'), pg_is_in_recovery(),
      has_database_privilege(current_database(), 'CREATE'),
      target.oid IS NOT NULL, coalesce(has_schema_privilege(target.oid, 'CREATE'), false),
      history.oid IS NOT NULL, coalesce(has_schema_privilege(history.oid, 'USAGE'), false),
      coalesce(has_schema_privilege(history.oid, 'CREATE'), false),
      coalesce((
        SELECT bool_and(has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'DELETE')) FROM pg_class
        WHERE relnamespace = history.oid AND relkind = 'r'
      ), false),
      array(SELECT relname::text FROM pg_class WHERE relnamespace = history.oid AND relkind = 'r'),
      EXISTS (SELECT FROM pg_class WHERE relnamespace = target.oid AND relname = '_yoyo_migration')
    FROM (VALUES (1)) AS one
    LEFT JOIN pg_namespace AS target ON target.nspname = %s
    LEFT JOIN pg_namespace AS history ON history.nspname = %s
"""


def open_session(url: str, schema: str, history_schema: str) -> tuple[Session, Facts]:
    """Connect, look, and give the session its settings.

    :raises Refused: a connection pooler answers.
    :raises Unsupported: the server is too old.
    """
    conn = database.connect(url, prepare_threshold=None)
    try:
        database.require_version(conn)
        # Before the first SET: behind a pooler it would change a session that belongs to others.
        database.refuse_transaction_pooling(conn)
        facts = look(conn, schema, history_schema)
        return Session(conn, _configure(conn, schema)), facts
    except BaseException:
        conn.close()
        raise


def look(conn: psycopg.Connection[Any], schema: str, history_schema: str) -> Facts:
    """Return what there is to know before anything is done, in one question to the catalogs."""
    row = conn.execute(_FACTS, (schema, history_schema)).fetchone()
    assert row is not None  # noqa: S101 (FROM has one row)
    return Facts._make(row)


def _configure(conn: psycopg.Connection[Any], schema: str) -> str:
    path = sql.SQL("SET search_path = {};").format(sql.Identifier(schema)).as_string(conn)
    pristine = _SETTINGS + path
    try:
        Session(conn).exchange((pristine + _CHECK).encode())
    except StatementFailed as failure:
        # Not every operating system of a server can look at a socket without reading from it.
        if failure.sqlstate != "22023":
            raise
        Session(conn).exchange(pristine.encode())
        return pristine
    return pristine + _CHECK


def require_readable_history(facts: Facts, schema: str, history_schema: str) -> None:
    """Refuse a history that is there and cannot be read.

    :raises Refused: the role may not look into the schema.
    :raises Drift: stock yoyo keeps a history here, or the tables are not whole.
    """
    if facts.history_schema_exists and not facts.may_use_history:
        raise _missing_right(
            facts, f'schema "{history_schema}" cannot be read', f"GRANT USAGE ON SCHEMA {history_schema}"
        )
    if facts.has_history:
        return
    if "_yoyo_migration" in facts.history_tables:
        raise Drift(
            f"the history in schema {history_schema} is not whole: its table avdaily_format is missing",
            hint="Restore the history tables from a backup.",
        )
    if facts.has_stock_history:
        raise Drift(
            f"this database was migrated with stock yoyo: its history is in schema {schema}",
            detail="Nothing was applied.",
            hint="Adopt it with: avdaily-sql baseline --to ID",
        )


def require_rights(facts: Facts, schema: str, history_schema: str) -> None:
    """Refuse a role or a server that cannot migrate, before anything is tried.

    :raises Refused: a standby, or a role that may not create what a migration creates.
    :raises UsageError: there is no such schema.
    """
    if facts.is_standby:
        raise Refused(
            f'database "{facts.database}" is on a standby server, which is read-only',
            hint="avdaily-sql --database-url 'postgresql://USER@PRIMARY:5432/DATABASE' apply",
        )
    if not facts.schema_exists:
        raise UsageError(
            f'no schema "{schema}" in database "{facts.database}"', hint=f'Create it: CREATE SCHEMA "{schema}";'
        )
    if not facts.may_create:
        raise _missing_right(
            facts, f'role "{facts.user}" may not create tables in schema "{schema}"', f"GRANT CREATE ON SCHEMA {schema}"
        )
    if facts.has_history:
        if not facts.may_write_history:
            tables = f"ALL TABLES IN SCHEMA {history_schema}"
            raise _missing_right(
                facts,
                f'role "{facts.user}" may not write the history',
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables}",
            )
    elif facts.history_schema_exists:
        if not facts.may_create_history:
            raise _missing_right(
                facts,
                f'role "{facts.user}" may not create tables in schema "{history_schema}"',
                f"GRANT CREATE ON SCHEMA {history_schema}",
            )
    elif not facts.may_create_schemas:
        raise _missing_right(
            facts,
            f'role "{facts.user}" may not create the schema "{history_schema}"',
            f'GRANT CREATE ON DATABASE "{facts.database}"',
        )


def _missing_right(facts: Facts, message: str, grant: str) -> Refused:
    import shlex

    statement = f'{grant} TO "{facts.user}"'
    return Refused(
        message,
        detail="The owner of the database or a superuser can grant it; nothing was changed.",
        hint=f"psql -d {shlex.quote(facts.database)} -c {shlex.quote(statement)}",
    )
