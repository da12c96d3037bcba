"""What a backfill would do: the plans of its first batch, and how many rows the planner expects. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.backfills import batches
from avdaily_sql.backfills.progress import Ledger
from avdaily_sql.backfills.running import Limits, estimated_rows
from avdaily_sql.backfills.session import configure
from avdaily_sql.database import connect
from avdaily_sql.migrations.history import schema_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.backfills.files import Backfill


@dataclass(frozen=True, slots=True)
class Preview:
    """The plans of one batch as the server makes them; ``warnings`` say where each batch would read too much."""

    database: str
    backfill: str
    estimated_rows: int
    batch: int
    resumes_after: tuple[str, ...] | None
    select_plan: tuple[str, ...]
    change_plan: tuple[str, ...]
    warnings: tuple[str, ...]


def preview(url: str, backfill: Backfill, limits: Limits) -> Preview:
    """Return the plans of the next batch, in a transaction that cannot write.

    :raises Failed: the server refuses one of the statements.
    """
    try:
        return _previewed(url, backfill, limits)
    except psycopg.Error as error:
        raise batches.failure(error, backfill, backfill.remaining) from None


def _previewed(url: str, backfill: Backfill, limits: Limits) -> Preview:
    most = limits.batch or backfill.batch
    with connect(url, prepare_threshold=None) as conn:
        configure(conn, backfill, limits.schema)
        conn.execute("SET default_transaction_read_only = on")
        statements = batches.prepare(conn, backfill)
        ledger = Ledger(conn, schema_for(limits.schema))
        known = ledger.read(backfill) if ledger.exists() else None
        after = known.after if known else None
        keys = batches.keys_after(conn, backfill, statements, after, most)
        query = statements.first if after is None else statements.following
        select = _explain(conn, backfill, backfill.remaining, query, [*(after or ()), most])
        change = _explain(conn, backfill, backfill.change, statements.change, batches.arrays_of(keys)) if keys else {}
        return Preview(
            conn.info.dbname,
            backfill.name,
            estimated_rows(conn, statements, after) if keys else 0,
            most,
            after,
            tuple(_lines(select)),
            tuple(_lines(change)) if change else (),
            tuple(_warnings(select, change)),
        )


def _explain(
    conn: psycopg.Connection[Any], backfill: Backfill, statement: Any, query: str, parameters: Sequence[object]
) -> dict[str, Any]:
    try:
        row = psycopg.RawCursor(conn).execute(f"EXPLAIN (FORMAT JSON) {query}".encode(), parameters).fetchone()
    except psycopg.Error as error:
        raise batches.failure(error, backfill, statement) from None
    found: dict[str, Any] = row[0][0]["Plan"] if row else {}
    return found


def _nodes(plan: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    yield depth, plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below, depth + 1)


def _lines(plan: dict[str, Any]) -> Iterator[str]:
    for depth, node in _nodes(plan):
        index = f" using {node['Index Name']}" if "Index Name" in node else ""
        table = f" on {node['Relation Name']}" if "Relation Name" in node else ""
        cost = f"(about {node['Plan Rows']} rows, cost {node['Total Cost']:.0f})"
        yield f"{'  ' * depth}{node['Node Type']}{index}{table}  {cost}"


def _warnings(select: dict[str, Any], change: dict[str, Any]) -> Iterator[str]:
    if any(node["Node Type"] in {"Sort", "Incremental Sort"} for _, node in _nodes(select)):
        yield "each batch sorts all rows that remain: an index on the key, with the condition, would spare it"
    for _, node in _nodes(change) if change else ():
        if node["Node Type"] == "Seq Scan":
            yield f"each batch reads the whole table {node['Relation Name']} to change its rows"
