"""Whether the database is the one that the files describe: migrations, switched-off guards, months ahead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from avdaily_sql import migrations
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.errors import AvDailyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from avdaily_sql.sqltree import SqlTree

_DISABLED = """
SELECT format('%I on %I', t.tgname, c.relname), format('ALTER TABLE %I ENABLE TRIGGER %I;', c.relname, t.tgname)
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE t.tgenabled <> 'O' AND NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
"""
_NOT_VALID = """
SELECT format('%I on %I', o.conname, c.relname), format('ALTER TABLE %I VALIDATE CONSTRAINT %I;', c.relname, o.conname)
FROM pg_constraint AS o JOIN pg_class AS c ON c.oid = o.conrelid
WHERE NOT o.convalidated AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
"""
_BOUNDS = """
SELECT p.relname::text, array_agg(pg_get_expr(c.relpartbound, c.oid))
FROM pg_class AS p JOIN pg_inherits AS i ON i.inhparent = p.oid JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE p.relkind = 'p' AND p.relnamespace = 'public'::regnamespace
GROUP BY p.relname ORDER BY p.relname
"""
_UPPER_BOUND = re.compile(r"TO \('(\d{4}-\d\d-\d\d)")
_AHEAD = timedelta(days=7)


def history(url: str, tree: SqlTree) -> Iterator[Finding]:
    """Compare files and history."""
    try:
        found = migrations.status(url, tree)
        counts = found.counts
    except AvDailyError as error:
        yield fail("migrations", error.message, error.hint or "Look closer: avdaily-sql status")
        return
    if counts.changed or counts.missing:
        message = f"{counts.changed} applied migrations changed, {counts.missing} missing"
        yield fail("drift", message, "Put the files back as they were applied. Which ones: avdaily-sql status")
    if counts.partial:
        yield fail("partial", f"{counts.partial} migrations were applied in part", "Go on with it: avdaily-sql apply")
    if counts.pending:
        yield warn("migrations", f"{counts.pending} migrations are pending", "avdaily-sql apply")
    elif again := migrations.unsettled(found):
        yield warn("migrations", f"repeatable files to apply: {again}", "avdaily-sql apply")
    elif not (counts.changed or counts.missing or counts.partial):
        yield ok("migrations", f"all {counts.applied + counts.cosmetic} migrations are applied")


def guards_on(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look for triggers that are switched off and constraints that were never checked."""
    for name, query, danger in (
        ("triggers", _DISABLED, "triggers are switched off"),
        ("constraints", _NOT_VALID, "constraints were never checked on the rows that are there"),
    ):
        found = conn.execute(query).fetchall()
        if found:
            yield fail(name, f"{len(found)} {danger}: {', '.join(each for each, _ in found[:3])}", found[0][1])
        else:
            yield ok(name, f"all {name} are in force")


def partitions(conn: psycopg.Connection[Any], at: datetime) -> Iterator[Finding]:
    """Look at how far ahead the months of the partitioned tables reach.

    :param at: now.
    """
    for table, bounds in conn.execute(_BOUNDS).fetchall():
        ends = [found[1] for bound in bounds if (found := _UPPER_BOUND.search(bound))]
        newest = max(ends, default=None)
        end = None if newest is None else datetime.fromisoformat(newest).replace(tzinfo=UTC)
        if end is None or end < at + _AHEAD:
            shown = "has no month at all" if newest is None else f"ends on {newest}"
            hint = "avdaily-sql db psql -c 'SELECT * FROM ensure_partitions()'; put it into a daily job."
            yield warn(f"{table}_partitions", f"{table} {shown}: later rows pile up in its default partition", hint)
        else:
            yield ok(f"{table}_partitions", f"{table} has its months until {newest}")
