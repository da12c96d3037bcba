"""What became of a statement that commits by itself, when the run that sent it ended before it heard the answer.

A statement that can run in a transaction commits together with its row, so of it there is no doubt. These cannot:
CREATE, DROP and REINDEX INDEX CONCURRENTLY, and DETACH PARTITION CONCURRENTLY. The catalogs tell how far each came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from avdaily_sql.lint.tokens import after, starts_with, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.lint.tokens import Token
    from avdaily_sql.migrations.performer import Operation, Performer

_DETACHING = """
SELECT i.inhdetachpending FROM pg_catalog.pg_inherits AS i
WHERE i.inhparent = pg_catalog.to_regclass(%s) AND i.inhrelid = pg_catalog.to_regclass(%s)
"""
# An index without a name of its own is known by its age: it is younger than the row that says that its building began.
_INDEXES = """
SELECT n.nspname::text, c.relname::text, i.indisvalid
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE i.indrelid = pg_catalog.to_regclass(%(table)s)
    AND CASE WHEN %(name)s::text IS NOT NULL THEN c.relname = %(name)s
        ELSE pg_catalog.age(c.xmin) < (
            SELECT pg_catalog.age(xmin) FROM {history}.avdaily_progress
            WHERE migration_id = %(id)s AND operation = %(operation)s AND statement = %(statement)s) END
"""
# What an interrupted REINDEX CONCURRENTLY leaves, of tables and of their TOAST tables; the manual says to drop it. Into
# pg_toast only a superuser reaches. https://www.postgresql.org/docs/current/sql-reindex.html
_LEFT_BY_REINDEX = r"""
SELECT n.nspname::text, c.relname::text
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_progress_create_index AS p
        JOIN pg_catalog.pg_class AS t ON t.oid = p.relid
        WHERE i.indrelid IN (t.oid, t.reltoastrelid)
    )
"""


class _Build(NamedTuple):
    """The index and the table of a CREATE INDEX CONCURRENTLY; the index may have no name."""

    name: str | None
    table: str


def is_done(current: Performer, operation: Operation, number: int) -> bool:
    """Tell whether a statement whose outcome nobody heard was carried out; complete it if it was nearly.

    :param number: of the statement, from 1.
    """
    found = tokens(operation.file.text, operation.file.statements[number - 1])
    build = _build(found)
    if build is not None:
        return any(valid for _, _, valid in _indexes(current, operation, number, build))
    if starts_with(found, "DROP", "INDEX", "CONCURRENTLY"):
        at = after(found, ("IF", "EXISTS"), at=3)
        names = "".join(token.text for token in found[at:]).removesuffix("CASCADE").removesuffix("RESTRICT")
        query = "SELECT pg_catalog.to_regclass(%s) IS NULL"
        return all(_one(current, query, name) for name in names.split(","))
    if starts_with(found, "ALTER", "TABLE") and found[-1].key == "CONCURRENTLY":
        return _is_detached(current, found)
    return False


def clear(current: Performer, operation: Operation, number: int, *, in_doubt: bool) -> None:
    """Drop the INVALID index that an interrupted build of this statement left behind; nothing uses it."""
    found = tokens(operation.file.text, operation.file.statements[number - 1])
    build = _build(found)
    left: list[tuple[str, str]] = []
    if build is not None and (build.name or in_doubt):
        left = [(space, name) for space, name, valid in _indexes(current, operation, number, build) if not valid]
    elif in_doubt and starts_with(found, "REINDEX"):
        left = current.session.conn.execute(_LEFT_BY_REINDEX).fetchall()
    for space, name in left:
        statement = sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(space, name))
        current.session.exchange(statement.as_string(current.session.conn).encode())
        current.run.warn(f"dropped the invalid index {name} that an interrupted run had left behind")


def _indexes(current: Performer, operation: Operation, number: int, build: _Build) -> list[tuple[str, str, bool]]:
    query = sql.SQL(_INDEXES).format(history=sql.Identifier(current.history_schema))
    values = {
        "table": build.table,
        "name": build.name,
        "id": operation.id,
        "operation": operation.name,
        "statement": number,
    }
    return current.session.conn.execute(query, values).fetchall()


def _build(found: Sequence[Token]) -> _Build | None:
    if not (
        starts_with(found, "CREATE") and starts_with(found, "INDEX", "CONCURRENTLY", at=after(found, ("UNIQUE",), at=1))
    ):
        return None
    at = after(found, ("UNIQUE",), ("INDEX", "CONCURRENTLY"), ("IF", "NOT", "EXISTS"), at=1)
    name = None
    if at < len(found) and found[at].key != "ON":
        name, at = found[at].name, at + 1
    at = after(found, ("ON",), ("ONLY",), at=at)
    return _Build(name, _name(found, at)[0])


def _name(found: Sequence[Token], at: int) -> tuple[str, int]:
    """Return a name as it is spelt, and the index behind it."""
    end = at + 1
    while end + 1 < len(found) and found[end].key == ".":
        end += 2
    return "".join(token.text for token in found[at:end]), end


def _is_detached(current: Performer, found: Sequence[Token]) -> bool:
    at = after(found, ("IF", "EXISTS"), at=2)
    parent, at = _name(found, at)
    if not starts_with(found, "DETACH", "PARTITION", at=at):
        return False
    partition, _ = _name(found, at + 2)
    row = current.session.conn.execute(_DETACHING, (parent, partition)).fetchone()
    if row is None:
        return True
    if row[0]:
        current.session.exchange(f"ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE".encode())
    return bool(row[0])


def _one(current: Performer, query: str, value: str) -> bool:
    row = current.session.conn.execute(query, (value,)).fetchone()
    return bool(row and row[0])
