"""Indexes that cost and do not help: unused, twice there, or left half-built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.output import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_LARGE_BYTES = 8 << 20

# A unique index is a rule, and one that begins with a foreign key is needed when its target is deleted.
_UNUSED = """
SELECT format('%%I.%%I', s.schemaname, s.indexrelname), pg_relation_size(s.indexrelid)
FROM pg_stat_user_indexes AS s JOIN pg_index AS i ON i.indexrelid = s.indexrelid
WHERE s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid AND pg_relation_size(s.indexrelid) >= %s
  AND NOT EXISTS (
    SELECT FROM pg_constraint AS o
    WHERE o.conrelid = i.indrelid AND o.contype = 'f'
      AND (i.indkey::int2[])[0:cardinality(o.conkey) - 1] @> o.conkey
  )
ORDER BY 2 DESC, 1
"""
_DUPLICATE = """
SELECT array_agg(format('%I.%I', n.nspname, c.relname) ORDER BY i.indisprimary DESC, i.indisunique DESC, c.relname)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND i.indisvalid AND NOT c.relispartition
GROUP BY i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
  pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
HAVING count(*) > 1
ORDER BY 1
"""
_INVALID = """
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i'
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
ORDER BY 1
"""


def indexes(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Judge the indexes of every schema."""
    invalid = [name for (name,) in conn.execute(_INVALID).fetchall()]
    for name in invalid:
        hint = f"REINDEX INDEX CONCURRENTLY {name};"
        yield fail("invalid_indexes", f"{name} was never finished: it is kept up to date and never used", hint)
    if not invalid:
        yield ok("invalid_indexes", "every index is whole")
    duplicates = [names for (names,) in conn.execute(_DUPLICATE).fetchall()]
    for names in duplicates:
        hint = f"Drop one in a migration: DROP INDEX {names[-1].partition('.')[2]};"
        yield warn("duplicate_indexes", f"{' and '.join(names)} are the same index", hint)
    if not duplicates:
        yield ok("duplicate_indexes", "no index is there twice")
    unused = conn.execute(_UNUSED, (_LARGE_BYTES,)).fetchall()
    for name, length in unused:
        hint = "Look for its query on every standby, too; if there is none, drop it in a migration."
        yield warn("unused_indexes", f"{name} ({size(length)}) was never used since the statistics began", hint)
    if not unused:
        yield ok("unused_indexes", f"every index over {size(_LARGE_BYTES)} is used")
