"""What is in a database: objects by kind, rows and sums by table; of one snapshot, and compared after a restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

# Of people, not of PostgreSQL, not brought by an extension.
_OWN = """
    n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = {oid} AND d.classid = {catalog}::regclass
        AND d.deptype = 'e')
"""
_RELATION = _OWN.format(oid="c.oid", catalog="'pg_class'")

_OBJECTS = f"""
SELECT kind, count(*) FROM (
    SELECT CASE c.relkind WHEN 'r' THEN 'tables' WHEN 'p' THEN 'partitioned_tables' WHEN 'v' THEN 'views'
        WHEN 'm' THEN 'materialized_views' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'foreign_tables' END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {_RELATION}
    UNION ALL
    SELECT CASE WHEN i.indisvalid THEN 'indexes' ELSE 'invalid_indexes' END
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE {_RELATION}
    UNION ALL
    -- NOT NULL is a constraint since 18 only.
    SELECT CASE WHEN k.convalidated THEN 'constraints' ELSE 'unvalidated_constraints' END
    FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {_RELATION}
    UNION ALL
    SELECT 'triggers'
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND {_RELATION}
    UNION ALL
    SELECT 'functions'
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE {_OWN.format(oid="p.oid", catalog="'pg_proc'")}
) AS object (kind) GROUP BY kind ORDER BY kind
"""  # noqa: S608 (constants only)

# Domains over numeric are money; a sum does not depend on the order of the rows.
_TABLES = f"""
SELECT n.nspname, c.relname, ARRAY(
    SELECT a.attname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND 'numeric'::regtype IN (t.oid, t.typbasetype)
    ORDER BY a.attnum
)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND {_RELATION}
ORDER BY n.nspname, c.relname
"""  # noqa: S608

_MIGRATIONS = """
SELECT max(migration_id),
    encode(sha256(convert_to(string_agg(migration_id, E'\\n' ORDER BY migration_id), 'UTF8')), 'hex')
FROM avdaily_migrations._yoyo_migration
"""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table: how many rows, and the sum of each numeric column, as the server writes it."""

    rows: int
    sums: dict[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """A whole database, as one snapshot sees it. Tables by ``schema.table``."""

    objects: dict[str, int]
    tables: dict[str, TableFacts]
    migration: str | None
    migrations_sha256: str | None


def gather(conn: psycopg.Connection[Any]) -> Facts:
    """Count and add up; the caller's transaction decides what is seen.

    :raises psycopg.Error: the role may not read a table whole.
    """
    # A policy must raise an error rather than hide rows from the count.
    conn.execute("SET row_security = off")
    objects: dict[str, int] = dict(conn.execute(_OBJECTS).fetchall())
    tables = {}
    for schema, table, columns in conn.execute(_TABLES).fetchall():
        tables[f"{schema}.{table}"] = _table(conn, schema, table, columns)
    row = conn.execute("SELECT to_regclass('avdaily_migrations._yoyo_migration') IS NOT NULL").fetchone()
    migration, digest = None, None
    if row is not None and row[0]:
        found = conn.execute(_MIGRATIONS).fetchone()
        migration, digest = found if found is not None else (None, None)
    return Facts(objects, tables, migration, digest)


def _table(conn: psycopg.Connection[Any], schema: str, table: str, columns: list[str]) -> TableFacts:
    sums = [sql.SQL("sum({})::text").format(sql.Identifier(column)) for column in columns]
    query = sql.SQL("SELECT {} FROM ONLY {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), sql.Identifier(schema, table)
    )
    row = conn.execute(query).fetchone()
    if row is None:
        return TableFacts(0, {})
    return TableFacts(
        row[0], {column: value for column, value in zip(columns, row[1:], strict=True) if value is not None}
    )


def differences(expected: Facts, found: Facts) -> list[str]:
    """Return what a restored database lacks or has too much, one line each; none when it is equal."""
    lines = []
    for kind in sorted(expected.objects.keys() | found.objects.keys()):
        wanted, counted = expected.objects.get(kind, 0), found.objects.get(kind, 0)
        # pg_dump leaves an invalid index out.
        if wanted != counted and kind != "invalid_indexes":
            lines.append(f"{kind.replace('_', ' ')}: {counted} instead of {wanted}")
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        lines += _table_differences(name, expected.tables.get(name), found.tables.get(name))
    if expected.migration != found.migration or expected.migrations_sha256 != found.migrations_sha256:
        lines.append(f"last migration: {found.migration} instead of {expected.migration}")
    return lines


def _table_differences(name: str, expected: TableFacts | None, found: TableFacts | None) -> list[str]:
    if expected is None or found is None:
        return [f"table {name} is {'missing' if found is None else 'not in the manifest'}"]
    lines = []
    if expected.rows != found.rows:
        lines.append(f"{name}: {found.rows} rows instead of {expected.rows}")
    lines += [
        f"{name}.{column}: sum {found.sums.get(column)} instead of {expected.sums.get(column)}"
        for column in sorted(expected.sums.keys() | found.sums.keys())
        if expected.sums.get(column) != found.sums.get(column)
    ]
    return lines
