"""Connects a run and looks around: which database, which history. Refuses at once a pooler and an old server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import database
from avdaily_sql.errors import Drift, Refused

if TYPE_CHECKING:
    from typing import Any

    import psycopg


class Facts(NamedTuple):
    """What is known of the database before anything is done."""

    pid: int
    database: str
    user: str
    role: str
    history_schema_exists: bool
    may_use_history: bool
    history_tables: list[str]
    has_stock_history: bool

    @property
    def has_history(self) -> bool:
        """Return whether an earlier run made the history tables."""
        return "avdaily_format" in self.history_tables


_FACTS = """
    SELECT pg_backend_pid(), current_database()::text, current_user::text, current_setting('role'),
      EXISTS (SELECT FROM pg_namespace WHERE nspname = %(history)s),
      coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %(history)s), false),
      array(SELECT relname::text FROM pg_class WHERE relkind = 'r'
            AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %(history)s)),
      EXISTS (SELECT FROM pg_class WHERE relname = '_yoyo_migration'
              AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s))
"""


def connect(url: str, schema: str, history_schema: str) -> tuple[psycopg.Connection[Any], Facts]:
    """Connect and look; nothing is set yet: behind a pooler that would stay with a session of others.

    :raises Refused: a connection pooler answers.
    :raises Unsupported: the server is too old.
    """
    conn = database.connect(url, prepare_threshold=None)
    try:
        database.require_version(conn)
        facts = look(conn, schema, history_schema)
        if facts.pid != conn.info.backend_pid:
            database.refuse_transaction_pooling(conn)
    except BaseException:
        conn.close()
        raise
    return conn, facts


def look(conn: psycopg.Connection[Any], schema: str, history_schema: str) -> Facts:
    """Return what there is to know before anything is done, in one question to the catalogs."""
    row = conn.execute(_FACTS, {"schema": schema, "history": history_schema}).fetchone()
    assert row is not None  # noqa: S101 (a SELECT without FROM has one row)
    return Facts._make(row)


def require_readable_history(facts: Facts, schema: str, history_schema: str) -> None:
    """Refuse a history that is there and cannot be read.

    :raises Refused: the role may not look into the schema.
    :raises Drift: stock yoyo keeps a history here, or the tables are not whole.
    """
    if facts.history_schema_exists and not facts.may_use_history:
        raise missing_right(facts, f'schema "{history_schema}" cannot be read', f"USAGE ON SCHEMA {history_schema}")
    if facts.has_history:
        return
    if "_yoyo_migration" in facts.history_tables:
        raise not_whole(history_schema, "its table avdaily_format is missing")
    if facts.has_stock_history:
        raise Drift(
            f"this database was migrated with stock yoyo: its history is in schema {schema}",
            detail="Nothing was applied.",
            hint="Adopt it with: avdaily-sql baseline --to ID",
        )


def not_whole(history_schema: str, why: str) -> Drift:
    """Return the refusal of a history that somebody took something away from."""
    return Drift(
        f"the history in schema {history_schema} is not whole: {why}", hint="Restore the history tables from a backup."
    )


def missing_right(facts: Facts, message: str, right: str) -> Refused:
    """Return the refusal of a role that lacks a right, with the line that an administrator runs."""
    import shlex

    statement = f'GRANT {right} TO "{facts.user}"'
    return Refused(
        message,
        detail="The owner of the database or a superuser can grant it; nothing was changed.",
        hint=f"psql -d {shlex.quote(facts.database)} -c {shlex.quote(statement)}",
    )
