"""Whether a role may migrate at all, judged before the first statement instead of failing in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.migrations.preflight import missing_right

if TYPE_CHECKING:
    from avdaily_sql.migrations.preflight import Facts
    from avdaily_sql.migrations.run import Run


class Rights(NamedTuple):
    """What the role may do where the migrations and their history are to go."""

    is_standby: bool
    schema_exists: bool
    may_create: bool
    may_create_schemas: bool
    may_create_history: bool
    may_write_history: bool


_RIGHTS = """
    SELECT pg_is_in_recovery(), target.oid IS NOT NULL, coalesce(has_schema_privilege(target.oid, 'CREATE'), false),
      has_database_privilege(current_database(), 'CREATE'),
      coalesce(has_schema_privilege(history.oid, 'CREATE'), false),
      coalesce((
        SELECT bool_and(has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'DELETE')) FROM pg_class
        WHERE relnamespace = history.oid AND relkind = 'r'
      ), false)
    FROM (VALUES (1)) AS one
    LEFT JOIN pg_namespace AS target ON target.nspname = %(schema)s
    LEFT JOIN pg_namespace AS history ON history.nspname = %(history)s
"""


def require_rights(run: Run) -> None:
    """Refuse a role or a server that cannot migrate, before anything is tried.

    :raises Refused: a standby, or a role that may not create what a migration creates.
    :raises UsageError: there is no such schema.
    """
    schema, history = run.options.schema, run.history_schema
    row = run.conn.execute(_RIGHTS, {"schema": schema, "history": history}).fetchone()
    assert row is not None  # noqa: S101 (FROM has one row)
    rights, facts = Rights._make(row), run.facts
    if rights.is_standby:
        raise Refused(
            f'database "{facts.database}" is on a standby server, which is read-only',
            hint="avdaily-sql --database-url 'postgresql://USER@PRIMARY:5432/DATABASE' apply",
        )
    if not rights.schema_exists:
        quoted = schema.replace('"', '""')
        raise UsageError(
            f'no schema "{schema}" in database "{facts.database}"', hint=f'Create it: CREATE SCHEMA "{quoted}";'
        )
    if not rights.may_create:
        message = f'role "{facts.user}" may not create tables in schema "{schema}"'
        raise missing_right(facts, message, f"CREATE ON SCHEMA {schema}")
    _require_history(facts, rights, history)


def _require_history(facts: Facts, rights: Rights, history: str) -> None:
    if facts.has_history:
        if not rights.may_write_history:
            right = f"SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {history}"
            raise missing_right(facts, f'role "{facts.user}" may not write the history', right)
    elif facts.history_schema_exists:
        if not rights.may_create_history:
            message = f'role "{facts.user}" may not create tables in schema "{history}"'
            raise missing_right(facts, message, f"CREATE ON SCHEMA {history}")
    elif not rights.may_create_schemas:
        message = f'role "{facts.user}" may not create the schema "{history}"'
        raise missing_right(facts, message, f'CREATE ON DATABASE "{facts.database}"')
