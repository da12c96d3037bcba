"""The generic plan of every query on a database of some size: no large table is read whole unless the file says why."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.queries import own_directory
from avdaily_sql.queries.described import describe_all
from avdaily_sql.queries.library import read_definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = Path(__file__).with_name("large.sql")
# From so many rows on a table is large.
MANY = 4000
DEFINITIONS = {definition.name: definition for definition in read_definitions(own_directory())}


@pytest.fixture(scope="module")
def large(server, template):
    """A connection to a database with 10,000 users; the planner plans each statement once for all values."""
    name = f"test_{server.session}_large_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    subprocess.run(
        [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-f", LARGE, url],
        check=True,
        capture_output=True,
        text=True,
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection
    server.drop_database(name)


@pytest.fixture(scope="module")
def large_tables(large) -> dict[str, int]:
    found = large.execute(
        "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND reltuples >= %s"
        " AND relnamespace = current_schema()::regnamespace",
        (MANY,),
    ).fetchall()
    return dict(found)


@pytest.fixture(scope="module")
def parameter_types(large) -> dict[str, list[str]]:
    return {
        query.definition.name: [parameter.type.sql for parameter in query.parameters]
        for query in describe_all(large, DEFINITIONS.values())
    }


def plan_of(connection: psycopg.Connection, name: str, types: list[str]) -> dict:
    statement = sql.SQL(DEFINITIONS[name].native.decode())
    # A domain is prepared as what it is made of: the planner would otherwise check a null that is no real value.
    declared = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.SQL, types))) if types else sql.SQL("")
    values = sql.SQL("({})").format(sql.SQL(", ").join([sql.NULL] * len(types))) if types else sql.SQL("")
    connection.execute(sql.SQL("PREPARE looked_at {} AS {}").format(declared, statement))
    try:
        row = connection.execute(sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE looked_at {}").format(values)).fetchone()
    finally:
        connection.execute("DEALLOCATE looked_at")
    return row[0][0]["Plan"]


def nodes(plan: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[dict, tuple[str, ...]]]:
    yield plan, above
    for child in plan.get("Plans", []):
        yield from nodes(child, (*above, plan["Node Type"]))


def read_whole(plan: dict, large_tables: dict[str, int]) -> Iterator[str]:
    """Yield the large tables that a plan reads from end to end, by themselves or along an index.

    An index without a condition is fine where it gives the order of a page: a limit stops it.
    """
    for node, above in nodes(plan):
        table, kind = node.get("Relation Name"), node["Node Type"]
        if table not in large_tables or kind == "Bitmap Heap Scan":
            continue
        stops = "Limit" in above and not {"Sort", "Aggregate", "Hash", "Materialize"} & set(above)
        if kind == "Seq Scan" or ("Index Cond" not in node and kind.startswith("Index") and not stops):
            yield f"{kind} of {table}"


def test_the_database_is_large_enough_to_tell(large_tables):
    assert {"user", "session", "wallets", "savings_plans", "transactions", "ledger_entries", "group_members"} <= set(
        large_tables
    )


@pytest.mark.parametrize("name", [name for name in DEFINITIONS if DEFINITIONS[name].domain != "ops"])
def test_no_large_table_is_read_whole(large, large_tables, parameter_types, name):
    plan = plan_of(large, name, parameter_types[name])
    found = list(read_whole(plan, large_tables))
    if DEFINITIONS[name].directives.plan_reason is None:
        assert found == []
    else:
        assert found, "the reason is not needed"


def test_the_test_sees_a_table_that_is_read_whole(large, large_tables):
    plan = large.execute("EXPLAIN (FORMAT JSON) SELECT count(*) FROM transactions WHERE amount > 5").fetchone()[0][0]
    assert list(read_whole(plan["Plan"], large_tables)) == ["Seq Scan of transactions"]
    plan = large.execute("EXPLAIN (FORMAT JSON) SELECT count(id) FROM wallets WHERE balance > 5").fetchone()[0][0]
    assert list(read_whole(plan["Plan"], large_tables)) == ["Seq Scan of wallets"]
