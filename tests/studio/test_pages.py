"""What a person sees: each page over HTTP, from the real command on a real database with people and savings in it."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
from html import unescape
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.studio.keyset import PAGE_ROWS
from tests.conftest import clean_environment
from tests.studio.conftest import PROGRAM, running


@pytest.fixture(scope="module")
def studio_url(server, template, tmp_path_factory):
    name = f"test_{server.session}_pages_{os.urandom(4).hex()}"
    url = server.create_database(name, template)
    home = tmp_path_factory.mktemp("seed")
    subprocess.run(
        [PROGRAM, "seed", "--env", "development", "--database-url", url],
        check=True,
        capture_output=True,
        env=clean_environment(home),
        cwd=home,
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    yield url
    server.drop_database(name)


@pytest.fixture(scope="module")
def ask(studio_url):
    """The answer of the database itself, to hold pages against."""
    with psycopg.connect(studio_url, autocommit=True) as connection:
        yield lambda query, *values: connection.execute(query, values or None).fetchall()


def words(page: str) -> str:
    """What a person reads of a page's main part."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def hrefs(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def body_rows(page: str) -> int:
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return body.count("<tr")


def test_the_first_page_lists_every_table_under_its_subject(browse, ask):
    page = browse("/")
    assert page.index("<h2") < page.index('href="/table/wallets"')
    assert "Savings plans" in page
    assert "avdaily_readonly" in page
    tables = ask(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p', 'v') AND NOT relispartition "
        "AND has_any_column_privilege('avdaily_readonly', oid, 'SELECT')"
    )
    assert {f"/table/{name}" for (name,) in tables} <= set(hrefs(page))
    ((users,),) = ask('SELECT count(*) FROM "user"')
    assert re.search(rf'href="/table/user">user</a>.*?</th>\s*<td class="number">≈ {users}</td>', page, re.DOTALL)


def test_money_stands_with_its_sign_and_separators_and_times_in_lagos_with_utc_beside(browse, ask):
    ((identity, text, utc, lagos),) = ask(
        "SELECT id::text, to_char(amount, 'FM999,999,990.00'), "
        "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), "
        "to_char(created_at AT TIME ZONE 'Africa/Lagos', 'YYYY-MM-DD HH24:MI:SS') "
        "FROM transactions ORDER BY amount DESC LIMIT 1"
    )
    page = browse("/table/transactions", **{"f.id.eq": identity})
    assert f'<td class="money">₦{text}</td>' in page
    assert re.search(rf'<td class="instant"><span title="{utc}[.0-9]* UTC">{lagos}</span></td>', page)
    row = words(browse("/row/transactions", **{"k.id": identity}))
    assert f"{lagos} Lagos {utc}" in row


def test_pages_go_on_and_back_and_end(browse, ask):
    ((count,),) = ask("SELECT count(*) FROM transactions")
    assert count > PAGE_ROWS
    seen, path = [], "/table/transactions?sort=completed_at&dir=desc"
    while path:
        page = browse(path)
        seen += re.findall(r'class="open" href="([^"]+)"', page)
        path = next(iter(re.findall(r'rel="next" href="([^"]+)"', page)), None)
        path = unescape(path) if path else None
        if path:
            back = None
    assert len(seen) == len(set(seen)) == count
    back = unescape(re.search(r'rel="prev" href="([^"]+)"', page)[1])
    assert re.findall(r'class="open" href="([^"]+)"', browse(back))[-1] in seen


def test_a_sorted_column_says_so_and_turns_round(browse):
    page = browse("/table/user", sort="email")
    assert 'aria-sort="ascending"' in page
    assert "/table/user?sort=email&dir=desc" in hrefs(page)
    assert 'aria-sort="descending"' in browse("/table/user", sort="email", dir="desc")


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        ({"f.status.eq": "completed"}, "status = 'completed'"),
        ({"f.amount.from": "₦1,000", "f.amount.to": "5000.00"}, "amount BETWEEN 1000 AND 5000"),
        ({"f.completed_at.null": "yes"}, "completed_at IS NULL"),
        (
            {"f.completed_at.null": "no", "f.type.eq": "contribution"},
            "completed_at IS NOT NULL AND type = 'contribution'",
        ),
        ({"f.reference.has": "A"}, "reference ILIKE '%a%'"),
        ({"f.reference.starts": "_"}, "reference LIKE '\\_%'"),
        (
            {"f.created_at.from": "2026-03-01", "f.created_at.to": "2026-03-31"},
            "created_at >= '2026-03-01 00:00+01' AND created_at < '2026-04-01 00:00+01'",
        ),
    ],
)
def test_a_filter_finds_what_its_sql_finds(browse, ask, filters, condition):
    ((count,),) = ask(f"SELECT count(*) FROM transactions WHERE {condition}")
    page = browse("/table/transactions", **filters)
    assert body_rows(page) == min(count, PAGE_ROWS) if count else "No row fits the filters" in page
    assert "Filters in force" in page


def test_a_form_sends_every_field_and_the_address_keeps_what_says_something(studio):
    answer = studio.get("/table/user", **{"f.email.has": "a", "f.email.eq": "", "f.name.has": "", "sort": "email"})
    assert answer.status == 303
    assert answer.headers["location"] == "/table/user?f.email.has=a&sort=email"


def test_values_that_a_rule_lists_are_chosen_from_a_list(browse):
    page = browse("/table/transactions")
    field = page[page.index('name="f.status.eq"') :]
    assert ">completed</option>" in field[: field.index("</select>")]
    assert 'name="f.created_at.from" value="" autocomplete="off" type="date"' in page


def test_a_foreign_key_leads_to_its_row_and_the_row_back_to_what_points_at_it(browse, ask):
    ((user, wallets, plans),) = ask(
        "SELECT user_id::text, 1, (SELECT count(*) FROM savings_plans AS p WHERE p.user_id = w.user_id) "
        "FROM wallets AS w WHERE EXISTS (SELECT FROM savings_plans AS p WHERE p.user_id = w.user_id) LIMIT 1"
    )
    page = browse("/table/wallets", **{"f.user_id.eq": user})
    link = f"/row/user?k.id={user}"
    assert link in hrefs(page)
    row = browse(link)
    assert f"wallets by user_id: {wallets}" in words(row)
    assert f"savings_plans by user_id: {plans}" in words(row)
    assert body_rows(browse(f"/table/savings_plans?f.user_id.eq={user}")) == plans
    assert f"/table/savings_plans?f.user_id.eq={user}" in hrefs(row)


def test_what_points_at_a_row_is_counted_up_to_a_thousand_only(browse, studio_url):
    name = f"many_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE TABLE {name} (id int PRIMARY KEY, parent int REFERENCES {name}); "
            f"INSERT INTO {name} SELECT n, 1 FROM generate_series(1, 1500) AS n; "
            f"GRANT SELECT ON {name} TO avdaily_readonly"
        )
    assert f"{name} by parent: more than 1,000" in words(browse(f"/row/{name}", **{"k.id": "1"}))


def test_keys_of_several_columns_partitions_and_views_have_their_pages(browse, studio_url, ask):
    log = browse("/table/audit_log")
    assert "Partitioned" in words(log)
    link = next(href for href in hrefs(log) if href.startswith("/row/audit_log?"))
    assert link.count("k.") == 2
    assert "One row of audit_log" in words(browse(link))
    assert "Nothing tells its rows apart" in words(browse("/table/trial_balance"))
    assert "/row/trial_balance" not in browse("/table/trial_balance")


def test_a_table_without_a_key_has_one_page_and_no_rows_of_their_own(browse, studio_url):
    name = f"keyless_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE TABLE {name} (word text); INSERT INTO {name} SELECT 'same' FROM generate_series(1, 70);"
            f"GRANT SELECT ON {name} TO avdaily_readonly"
        )
    page = browse(f"/table/{name}", sort="word")
    assert body_rows(page) == PAGE_ROWS
    assert 'rel="next"' not in page
    assert "Nothing tells its rows apart" in words(page)


def test_the_comment_of_a_column_is_at_its_head(browse, ask):
    ((comment,),) = ask(
        "SELECT col_description('wallets'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'wallets'::regclass AND attname = 'balance'"
    )
    assert f'title="{comment}"' in unescape(browse("/table/wallets"))


def test_json_is_laid_out_and_its_figures_keep_their_digits(browse, studio_url):
    name = f"json_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE TABLE {name} (id int PRIMARY KEY, data jsonb); GRANT SELECT ON {name} TO avdaily_readonly;"
            f'INSERT INTO {name} VALUES (1, \'{{"amount": 1234567890123456789.10, "of": ["₦", null]}}\')'
        )
    page = unescape(browse(f"/row/{name}", **{"k.id": "1"}))
    assert '{\n  "of": [\n    "₦",\n    null\n  ],\n  "amount": 1234567890123456789.10\n}' in page


def test_every_query_has_a_page_with_its_form_or_says_that_it_changes_data(browse):
    page = browse("/queries")
    links = [href for href in hrefs(page) if href.startswith("/query/")]
    assert len(links) > 100
    for link in links[::7]:
        text = browse(link)
        assert ('<form class="parameters"' in text) != ("the studio does not run it" in text), link


def test_a_query_that_reads_runs_with_typed_values(studio, ask):
    ((user, balance),) = ask("SELECT user_id::text, to_char(balance, 'FM999,999,990.00') FROM wallets LIMIT 1")
    form = studio.get("/query/get_wallet").text
    assert '<label for="p.user_id">user_id <small>uuid</small></label>' in form
    page = studio.post("/query/get_wallet", **{"p.user_id": user, "show": "rows"})
    assert page.status == 200
    assert f'<td class="money">₦{balance}</td>' in page.text
    assert f'value="{user}"' in page.text
    refused = studio.post("/query/get_wallet", **{"p.user_id": "nobody", "show": "rows"})
    assert (refused.status, "does not accept a value" in refused.text) == (400, True)


def test_a_query_that_changes_data_is_shown_and_not_run(studio, ask):
    before = ask('SELECT count(*), max(updated_at) FROM "user"')
    ((user,),) = ask('SELECT id::text FROM "user" LIMIT 1')
    page = studio.get("/query/deactivate_user").text
    assert "avdaily-sql run deactivate_user" in page
    assert "<button name=" not in page
    answer = studio.post("/query/deactivate_user", **{"p.user_id": user, "show": "rows"})
    assert (answer.status, "changes data" in answer.text) == (403, True)
    assert ask('SELECT count(*), max(updated_at) FROM "user"') == before


def test_a_result_is_a_csv_file(studio, ask):
    answer = studio.post("/query/list_table_sizes", show="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="list_table_sizes.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    ((tables,),) = ask("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert len(rows) == tables
    assert rows[0].keys() == {"table_name", "estimated_rows", "table_bytes", "index_bytes", "total_bytes"}


def test_plans_are_trees_with_the_costly_step_marked(studio, browse):
    page = browse("/plan/table/transactions", sort="description")
    assert page.count('class="costly"') == page.count('aria-label="Steps"')
    assert "Seq Scan transactions" in words(page)
    assert "OFFSET" not in page
    answer = studio.post("/query/list_table_sizes", show="plan")
    assert answer.status == 200
    assert answer.text.count('<li class="costly">') == 1
    assert "Ran in" in answer.text


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("wallets", "/table/wallets"), ("GET_WALLET", "/query/get_wallet"), ("ledger_entr", "/table/ledger_entries")],
)
def test_the_search_leads_to_a_table_or_a_query(studio, wanted, place):
    answer = studio.get("/search", q=wanted)
    assert (answer.status, answer.headers["location"]) == (303, place)


def test_the_search_leads_to_a_user_by_email_or_id(studio, ask):
    ((identity, email),) = ask('SELECT id::text, email FROM "user" LIMIT 1')
    for wanted in (identity, identity.upper(), email, email.upper(), f" {email} "):
        answer = studio.get("/search", q=wanted)
        assert answer.status == 303
        assert identity in answer.headers["location"]
    assert "wallet" in words(studio.get("/search", q="wallet").text)
    assert "No table and no query" in studio.get("/search", q="nobody@example.org").text


def test_what_takes_too_long_is_stopped_and_said(studio, studio_url):
    name = f"slow_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(
            f"CREATE VIEW {name} AS SELECT n, pg_sleep(0.05)::text AS nap FROM generate_series(1, 10000) AS n; "
            f"GRANT SELECT ON {name} TO avdaily_readonly"
        )
    answer = studio.get(f"/table/{name}", sort="nap")
    assert answer.status == 504
    assert "did not answer within 5 seconds" in answer.text
    assert studio.get("/").status == 200


def test_a_table_that_is_locked_is_said_at_once(studio, studio_url):
    with psycopg.connect(studio_url) as connection:
        connection.execute("LOCK TABLE push_tokens IN ACCESS EXCLUSIVE MODE")
        answer = studio.get("/table/push_tokens")
    assert (answer.status, "the table is locked" in answer.text) == (503, True)


def test_a_table_that_was_dropped_is_a_page(studio, studio_url):
    name = f"gone_{os.urandom(3).hex()}"
    with psycopg.connect(studio_url) as connection:
        connection.execute(f"CREATE TABLE {name} (id int PRIMARY KEY); GRANT SELECT ON {name} TO avdaily_readonly")
    assert studio.get(f"/table/{name}").status == 200
    with psycopg.connect(studio_url) as connection:
        connection.execute(f"DROP TABLE {name}")
    answer = studio.get(f"/table/{name}")
    assert (answer.status, f'there is no table "{name}"' in unescape(answer.text)) == (404, True)


def test_a_lost_connection_heals_with_the_next_page(server, studio, studio_url):
    assert studio.get("/").status == 200
    ended = sql.SQL(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE datname = {} AND application_name LIKE '%studio'"
    )
    name = urlsplit(studio_url).path.removeprefix("/")
    assert server.execute(ended.format(sql.Literal(name)))[0][0] > 0
    assert studio.get("/table/wallets").status == 200


def test_a_database_that_is_gone_is_a_page_and_not_an_end(server, template, tmp_path):
    name = f"test_{server.session}_gone_{os.urandom(4).hex()}"
    url = server.create_database(name, template)
    with running(tmp_path / "home", "--database-url", url) as found:
        found.enter()
        server.drop_database(name)
        answer = found.get("/")
        assert answer.status == 503
        assert "could not connect" in answer.text
        server.create_database(name, template)
        assert found.get("/").status == 200
    server.drop_database(name)
