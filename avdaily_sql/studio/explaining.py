"""Asks the server for the plan of a statement: measured where it ends in time, estimated where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors, sql

from avdaily_sql.studio.plans import Plan, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from avdaily_sql.studio.database import ReadOnlyDatabase

_MEASURED = "EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS) "
_ESTIMATED = "EXPLAIN (FORMAT JSON) "


def explain(database: ReadOnlyDatabase, statement: sql.Composed, values: Mapping[str, Any]) -> Plan:
    """Return the plan of a statement of our own, measured if it ends within the limit of time."""
    try:
        with database.read() as connection:
            return _plan(connection, sql.SQL(_MEASURED) + statement, values)
    except errors.QueryCanceled:
        with database.read() as connection:
            return _plan(connection, sql.SQL(_ESTIMATED) + statement, values)


def explain_native(database: ReadOnlyDatabase, text: bytes, values: Sequence[str | None]) -> Plan:
    """Return the plan of a named query with values, measured if it ends within the limit of time."""
    try:
        return _native(database, _MEASURED, text, values)
    except errors.QueryCanceled:
        return _native(database, _ESTIMATED, text, values)


def _native(database: ReadOnlyDatabase, prefix: str, text: bytes, values: Sequence[str | None]) -> Plan:
    from psycopg import RawCursor

    with database.read() as connection:
        cursor: psycopg.RawCursor[Any] = RawCursor(connection)
        cursor.execute(prefix.encode() + text, list(values) or None)
        return _answer(cursor)


def _plan(connection: psycopg.Connection[Any], statement: sql.Composed, values: Mapping[str, Any]) -> Plan:
    return _answer(connection.execute(statement, values))


def _answer(cursor: psycopg.Cursor[Any]) -> Plan:
    result = cursor.pgresult
    answer = result.get_value(0, 0) if result is not None else None
    return parse((answer or b"[]").decode())
