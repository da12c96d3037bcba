"""What the rows of two databases have in common, column by column, and where sequences stand."""

from __future__ import annotations

from typing import NamedTuple

from psycopg import sql

from avdaily_sql.database import connect

# Not the tables of the history: they say which files were run.
_COLUMNS = """
SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_class AS h WHERE h.relnamespace = n.oid AND h.relname = 'avdaily_format')
GROUP BY n.nspname, c.relname
"""
_SEQUENCES = """
SELECT schemaname, sequencename, last_value FROM pg_sequences
WHERE NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schemaname)) AND relname = 'avdaily_format'
)
"""


class Content(NamedTuple):
    """How many rows a table has, and a checksum of each column's values, whatever the order of the rows."""

    rows: int
    columns: dict[str, str]


Contents = dict[str, Content]


def contents(url: str) -> Contents:
    """Return the content of every table, and of every sequence, by name."""
    found: Contents = {}
    with connect(url) as conn:
        for schema, table, columns in conn.execute(_COLUMNS).fetchall():
            sums = sql.SQL(", ").join(
                sql.SQL("md5(string_agg(h.{0}, ',' ORDER BY h.{0}))").format(sql.Identifier(column))
                for column in columns
            )
            each = sql.SQL(", ").join(
                sql.SQL("coalesce(md5(t.{0}::text), '-') AS {0}").format(sql.Identifier(column)) for column in columns
            )
            query = sql.SQL("SELECT count(*), {} FROM (SELECT {} FROM {} AS t) AS h").format(
                sums, each, sql.Identifier(schema, table)
            )
            row = conn.execute(query).fetchone()
            assert row is not None  # noqa: S101 (an aggregate has one row)
            found[f"table {schema}.{table}"] = Content(row[0], dict(zip(columns, map(str, row[1:]), strict=True)))
        for schema, name, value in conn.execute(_SEQUENCES).fetchall():
            found[f"sequence {schema}.{name}"] = Content(1, {"last_value": str(value)})
    return found


def differences(many: Contents, again: Contents, one: Contents) -> tuple[str, ...]:
    """Return a line for each table and sequence whose content is not the same.

    :param again: the content after the same files ran a second time: a column that differs from the first time holds
        times or drawn ids, and cannot be compared.
    """
    found = []
    for name in sorted(many.keys() & again.keys() & one.keys()):
        expected, there = many[name], one[name]
        if expected.rows != there.rows:
            found.append(f"{name} has {there.rows} rows, and {expected.rows} from the many")
            continue
        fixed = expected.columns.items() & again[name].columns.items()
        columns = sorted(column for column, value in fixed if there.columns.get(column) != value)
        if columns:
            found.append(f"{name} has other values in {', '.join(columns)}")
    return tuple(found)
