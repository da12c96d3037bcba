"""Names, values and addresses that were made to break a page: each is shown as what it is, or refused in one line."""

from __future__ import annotations

import os
from html import unescape
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.studio.links import row_url, table_plan_url, table_url, with_query

SCRIPT = "<script>alert(1)</script>"
NAMES = [
    'quo"te',
    "apo'strophe",
    "per%cent %s %(x)s",
    "br{ace}",
    "semi;colon -- comment",
    "sla/sh//two",
    "back\\slash",
    "dot.dot",
    "..",
    "ünïcödé \u202e ₦",
    "SELECT",
    "white space\t",
    "?query=1&x#y",
    SCRIPT,
    "new\nline",
    "name",
]


@pytest.fixture(params=NAMES, ids=repr)
def odd(request, studio_url):
    """A table whose name and columns are odd, with odd values in them, that refers to itself."""
    name = request.param
    words = {"table": sql.Identifier(name), "column": sql.Identifier(f"c {name}"), "role": sql.SQL("avdaily_readonly")}
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            sql.SQL(
                "CREATE TABLE {table} (id text PRIMARY KEY, {column} text REFERENCES {table} (id), data jsonb); "
                "GRANT SELECT ON {table} TO {role}"
            ).format(**words)
        )
        connection.cursor().executemany(
            sql.SQL("INSERT INTO {table} VALUES (%s, %s, %s)").format(table=sql.Identifier(name.replace("%", "%%"))),
            [
                (name, name, f'{{"{SCRIPT}": "</pre>{SCRIPT}"}}'),
                (f"other {SCRIPT}", name, None),
                *((f"{name}{number}", f"other {SCRIPT}", None) for number in range(60)),
            ],
        )
    yield name
    with psycopg.connect(studio_url) as connection:
        connection.execute(sql.SQL("DROP TABLE {table}").format(**words))


def is_clean(page: str) -> bool:
    return SCRIPT not in page and page.count("<script") == 1 and "</pre><" not in page.replace("</pre></", "")


def test_a_table_of_any_name_is_listed_paged_sorted_filtered_and_explained(studio, odd):
    home = studio.get("/").text
    assert odd in unescape(home)
    assert is_clean(home)
    first = studio.get(table_url(odd))
    assert (first.status, is_clean(first.text)) == (200, True), first.text
    assert first.text.count("<tr>") == 51
    assert 'rel="next"' in first.text
    column = f"c {odd}"
    for parameters in (
        {"sort": column},
        {"sort": column, "dir": "desc"},
        {"last": "1"},
        {f"f.{column}.eq": f"other {SCRIPT}"},
    ):
        answer = studio.get(with_query(table_url(odd), parameters.items()))
        assert (answer.status, is_clean(answer.text)) == (200, True), (parameters, answer.text)
    for test in ("has", "starts", "eq"):
        answer = studio.get(with_query(table_url(odd), [(f"f.{column}.{test}", odd)]))
        assert answer.text.count("<tr>") == (51 if odd == SCRIPT and test == "has" else 3), answer.text
    answer = studio.get(with_query(table_plan_url(odd), [("sort", column)]))
    assert (answer.status, is_clean(answer.text)) == (200, True), answer.text


def test_a_row_of_any_key_is_shown_with_what_points_at_it(studio, odd):
    answer = studio.get(row_url(odd, {"id": odd}))
    assert (answer.status, is_clean(answer.text)) == (200, True), answer.text
    assert "Is pointed at by" in answer.text
    assert ": 2</li>" in answer.text
    answer = studio.get(row_url(odd, {"id": f"other {SCRIPT}"}))
    assert (answer.status, ": 60</li>" in answer.text) == (200, True), answer.text


@pytest.mark.parametrize(
    "nasty", ["' OR 1=1 --", '"; DROP TABLE wallets; --', "%s", "{}", "\0", "\ud800", "x" * 60_000]
)
def test_sql_in_a_parameter_is_a_value_and_nothing_else(studio, nasty):
    given = nasty.encode(errors="surrogatepass")
    for path in (
        "/table/user?f.email.eq=",
        "/table/user?f.email.has=",
        "/table/user?f.email.starts=",
        "/table/user?f.id.eq=",
        "/table/user?f.kyc_tier.from=",
        "/table/user?f.created_at.from=",
        "/table/user?f.is_active.eq=",
        "/table/user?f.email.null=",
        "/table/user?sort=",
        "/table/user?sort=email&after=",
        "/table/user?after=%5B%22",
        "/row/user?k.id=",
        "/row/user?k.email=",
        "/search?q=",
        "/table/",
        "/query/",
    ):
        answer = studio.get(path + quote(given))
        assert answer.status in {200, 303, 400, 404}, (path, answer)
        assert "the studio made a mistake" not in answer.text.lower()
    answer = studio.get("/table/user", **{f"f.{'x' if len(nasty) > 100 else quote(given)}.eq": "1"})
    assert answer.status == 400
    assert studio.get("/table/wallets").status == 200


@pytest.mark.parametrize(
    ("column", "test", "value", "said"),
    [
        ("id", "eq", "7", '"7" is not a UUID'),
        ("kyc_tier", "from", "many", '"many" is not a number'),
        ("kyc_tier", "from", "1e999999", None),
        ("kyc_tier", "eq", "99999999999999999999", None),
        ("created_at", "from", "yesterday", '"yesterday" is not a date'),
        ("created_at", "to", "9999-12-31", "before the year 9000"),
        ("is_active", "eq", "perhaps", "is not true or false"),
        ("email", "like", "x", "cannot be filtered by"),
        ("nothing", "eq", "x", "shows no column"),
        ("kyc_data", "eq", "x", None),
    ],
)
def test_a_value_that_is_none_of_the_column_is_said_with_its_name(studio, column, test, value, said):
    answer = studio.get("/table/user", **{f"f.{column}.{test}": value})
    assert answer.status == 400
    assert "Traceback" not in answer.text
    if said:
        assert said in answer.text.replace("&#34;", '"')
        assert column in answer.text


def test_a_value_of_ten_million_characters_is_cut_and_its_page_stays_small(studio, studio_url):
    name = f"huge_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE TABLE {name} (id text PRIMARY KEY, body text, data jsonb, raw bytea);"
            f"INSERT INTO {name} VALUES ('one', repeat('x', 10000000), "
            f"  jsonb_build_object('deep', repeat('y', 10000000)), decode(repeat('00', 100000), 'hex')),"
            f"  (repeat('k', 2000), repeat('z', 5000), (repeat('[', 5000) || repeat(']', 5000))::jsonb, NULL);"
            f"GRANT SELECT ON {name} TO avdaily_readonly"
        )
    table = studio.get(f"/table/{name}")
    assert (table.status, len(table.text) < 50_000) == (200, True)
    assert "100000 bytes" in table.text
    row = studio.get(f"/row/{name}", **{"k.id": "one"})
    assert (row.status, len(row.text) < 1_000_000) == (200, True)
    deep = studio.get(f"/row/{name}", **{"k.id": "k" * 2000})
    assert deep.status == 200
    assert studio.get(f"/table/{name}", sort="body").status == 200


def test_moments_outside_of_all_calendars_are_shown_as_the_server_writes_them(studio, studio_url):
    name = f"far_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE TABLE {name} (id int PRIMARY KEY, "
            "moment timestamptz, day date, amount numeric(15, 2), rate float8);"
            f"INSERT INTO {name} VALUES (1, 'infinity', '-infinity', 'NaN', 'Infinity'), "
            f"  (2, '4713-01-01 BC', '5874897-12-31', -1234567.5, '-0'), (3, '294276-12-31', '0001-01-01 BC', 0, NULL);"
            f"GRANT SELECT ON {name} TO avdaily_readonly"
        )
    page = studio.get(f"/table/{name}").text
    for text in ("infinity", "4713-01-01 00:00:00+00 BC", "294276-12-31", "NaN", "-₦1,234,567.50", "5874897-12-31"):
        assert text in page, text
    for sort in ("moment", "day", "amount", "rate"):
        assert studio.get(f"/table/{name}", sort=sort).status == 200


def test_a_form_that_is_too_large_is_refused(studio):
    answer = studio.post("/query/list_table_sizes", show="rows", padding="x" * 2_000_000)
    assert answer.status == 413


@pytest.mark.parametrize(
    "path", ["/plan/table/nope", "/row/user", "/row/nope?k.id=1", "/query/nope", "/table/", "/x/y"]
)
def test_an_address_that_leads_nowhere_is_a_page(studio, path):
    answer = studio.get(path)
    assert answer.status in {400, 404}
    assert "<h1>" in answer.text
