"""Pages by the values at their edges: walked from end to end on real tables, and read as SQL."""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.studio import keyset
from avdaily_sql.studio.catalog import Column, find_table
from avdaily_sql.studio.database import ReadOnlyDatabase
from avdaily_sql.studio.keyset import Order, Place, Run
from avdaily_sql.studio.kinds import Kind
from avdaily_sql.studio.plans import parse
from avdaily_sql.studio.rows import View, order_of, read_page, statements


def column(name: str, *, nullable: bool = False, kind: Kind = Kind.number) -> Column:
    return Column(name, "bigint", "bigint", kind, nullable, None, True, ())


ID, PART, AMOUNT = column("id"), column("part"), column("amount", nullable=True)


def written(order: Order, place: Place) -> list[str]:
    outputs = sql.SQL("*")
    texts = [keyset.statement("t", outputs, order, run, []).as_string() for run in keyset.runs(order, place)]
    return [re.sub(r'"row"\."(\w+)"', r"\1", text).partition(' AS "row"')[2].strip() for text in texts]


@pytest.mark.parametrize(
    ("order", "place", "expected"),
    [
        (Order(None, (ID,)), Place(), ["ORDER BY id LIMIT %(limit)s"]),
        (Order(None, (ID,), descending=True), Place(), ["ORDER BY id DESC LIMIT %(limit)s"]),
        (Order(None, (ID,)), Place(None, backwards=True), ["ORDER BY id DESC LIMIT %(limit)s"]),
        (
            Order(None, (PART, ID)),
            Place(("1", "2")),
            [
                "WHERE (part, id) > (CAST(%(place_0)s AS bigint), CAST(%(place_1)s AS bigint)) "
                "ORDER BY part, id LIMIT %(limit)s"
            ],
        ),
        (
            Order(AMOUNT, (ID,)),
            Place(),
            [
                "WHERE amount IS NOT NULL ORDER BY amount, id LIMIT %(limit)s",
                "WHERE amount IS NULL ORDER BY id LIMIT %(limit)s",
            ],
        ),
        (
            Order(AMOUNT, (ID,), descending=True),
            Place(("5", "1")),
            [
                "WHERE amount IS NOT NULL AND "
                "(amount, id) < (CAST(%(place_0)s AS bigint), CAST(%(place_1)s AS bigint)) "
                "ORDER BY amount DESC, id DESC LIMIT %(limit)s",
                "WHERE amount IS NULL ORDER BY id DESC LIMIT %(limit)s",
            ],
        ),
        (
            Order(AMOUNT, (ID,)),
            Place((None, "1")),
            ["WHERE amount IS NULL AND (id) > (CAST(%(place_1)s AS bigint)) ORDER BY id LIMIT %(limit)s"],
        ),
        (
            Order(AMOUNT, (ID,)),
            Place((None, "1"), backwards=True),
            [
                "WHERE amount IS NULL AND (id) < (CAST(%(place_1)s AS bigint)) ORDER BY id DESC LIMIT %(limit)s",
                "WHERE amount IS NOT NULL ORDER BY amount DESC, id DESC LIMIT %(limit)s",
            ],
        ),
        # Sorting by a part of the key repeats nothing; without a key there is an order, and no place in it.
        (Order(ID, (PART, ID)), Place(), ["ORDER BY id, part LIMIT %(limit)s"]),
        (Order(None, ()), Place(), ["LIMIT %(limit)s"]),
    ],
)
def test_the_statement_of_a_page(order, place, expected):
    assert written(order, place) == expected


@pytest.mark.parametrize("place", [Place(), Place(("1", "2")), Place((None, "2"), backwards=True)])
def test_no_page_is_found_by_counting_rows(place):
    assert not any("OFFSET" in text.upper() for text in written(Order(AMOUNT, (ID,)), place))


@pytest.mark.parametrize(
    "text", ["", "x", "{}", "1", '"1"', "[]", "[1, 2]", '["1"]', '["1", null]', '["1", "2", "3"]', "[" * 100_000]
)
def test_what_is_no_place_of_this_order_is_none(text):
    assert keyset.decode(text, Order(AMOUNT, (ID,))) is None


def test_a_place_goes_through_an_address_unchanged():
    values = (None, 'ünï\u202e"\\\0')
    assert keyset.decode(keyset.encode(values), Order(AMOUNT, (ID,))) == values
    assert keyset.encode(("x" * 5000, "1")) is None


@pytest.fixture
def database(studio_url):
    found = ReadOnlyDatabase(studio_url)
    yield found
    found.close()


@pytest.fixture(scope="module")
def many(studio_url):
    """A table with a key of two columns, and columns with few values, many nulls, NaN, infinities and long texts."""
    name = f"many_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            sql.SQL(
                """
                CREATE TABLE {table} (
                  part text, number int, few text, amount numeric(15, 2), moment timestamptz, real float8, flag boolean,
                  PRIMARY KEY (part, number)
                );
                INSERT INTO {table}
                SELECT chr(97 + n % 3), n, nullif((ARRAY['x', 'y', 'Z', 'é', ''])[n % 5 + 1], ''),
                  CASE WHEN n % 4 > 0 THEN n % 7 END,
                  CASE WHEN n % 50 = 0 THEN 'infinity'::timestamptz WHEN n % 51 = 0 THEN '-infinity'
                    WHEN n % 3 > 0 THEN timestamptz '2026-01-01' + n * interval '1 microsecond' END,
                  CASE WHEN n % 9 = 0 THEN 'NaN'::float8 WHEN n % 2 = 0 THEN n / 3.0 END,
                  CASE WHEN n % 3 > 0 THEN n % 2 = 0 END
                FROM generate_series(1, 237) AS n;
                GRANT SELECT ON {table} TO avdaily_readonly;
                """
            ).format(table=sql.Identifier(name))
        )
    return name


def walk(database, name, sort, *, descending=False, backwards=False):
    seen, place = [], Place(None, backwards)
    while True:
        with database.read() as connection:
            table = find_table(connection, name, guarded=True)
            order = order_of(table, sort, descending=descending)
            page = read_page(connection, View(table, [], order, place))
        keys = [tuple(value for _, (value,) in sorted(parse_qs(urlsplit(row.href).query).items())) for row in page.rows]
        seen = keys + seen if backwards else seen + keys
        onward = page.before if backwards else page.after
        if onward is None:
            return seen
        place = Place(keyset.decode(onward, order), backwards)


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("sort", [None, "number", "part", "few", "amount", "moment", "real", "flag"])
def test_every_row_comes_once_and_in_order_in_either_direction(studio_url, database, many, sort, descending):
    way = "DESC" if descending else "ASC"
    listed = ["part", "number"] if sort is None else [sort, *(key for key in ("part", "number") if key != sort)]
    ordered = ", ".join(f"{name} {way} NULLS LAST" for name in listed)
    with psycopg.connect(studio_url) as connection:
        rows = connection.execute(f"SELECT number::text AS one, part AS two FROM {many} ORDER BY {ordered}").fetchall()
    assert walk(database, many, sort, descending=descending) == rows
    back = walk(database, many, sort, descending=descending, backwards=True)
    # The first page is always full: walking back to it may show rows of the second one again.
    assert back[-50:] == rows[-50:]
    assert list(dict.fromkeys(back)) == rows


def test_a_page_far_back_is_found_by_an_index_and_not_by_reading_up_to_it(studio_url, database):
    name = f"long_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE {name} (id bigint PRIMARY KEY, amount int); "
            f"INSERT INTO {name} SELECT n, n / 10 FROM generate_series(1, 60000) AS n; "
            f"CREATE INDEX ON {name} (amount); GRANT SELECT ON {name} TO avdaily_readonly"
        )
        connection.execute(f"VACUUM ANALYZE {name}")
    with database.read() as connection:
        table = find_table(connection, name, guarded=True)
        for sort, values in ((None, ("55000",)), ("amount", ("5500", "55003"))):
            view = View(table, [], order_of(table, sort, descending=False), Place(values))
            statement, given = statements(view)[0]
            answer = connection.execute(sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ") + statement, given)
            plan = parse(answer.pgresult.get_value(0, 0).decode())
            read = int(re.search(r"Blocks: ([\d,]+)", " ".join(plan.root.details))[1].replace(",", ""))
            assert read < 20, (sort, plan)


def test_only_the_runs_that_a_page_needs_are_in_it():
    assert keyset.runs(Order(AMOUNT, (ID,)), Place((None, "1"))) == [Run(True, Place((None, "1")))]
