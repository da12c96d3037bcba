"""The commands ``run`` and ``queries``, as a person runs them."""

import json

import jsonschema
import psycopg
import pytest

from tests.queries.conftest import _TABLES, SQL
from tests.throwaway import REPOSITORY

FIRST = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def own(tmp_path):
    """An SQL directory of an application's own, with the tests' small queries that run."""
    directory = tmp_path / "app" / "sql"
    (directory / "queries").mkdir(parents=True)
    (directory / "queries" / "items.sql").write_text((SQL / "items.sql").read_text())
    return directory


@pytest.fixture
def run(avdaily, own, database_url):
    with psycopg.connect(database_url) as connection:
        connection.execute(_TABLES)
    return lambda *words, **options: avdaily("--database-url", database_url, "--sql-dir", own, *words, **options)


def test_a_query_runs_and_shows_its_rows(run):
    done = run("run", "get_item", f"id={FIRST}")
    assert done.returncode == 0, done.stderr
    heading, row, count = done.stdout.splitlines()
    assert heading.split() == ["id", "owner", "label", "price", "tags", "data", "made_at"]
    assert row.endswith('first  1.50   {a,b}  {"a": 1}  2026-01-02T03:04:05Z')
    assert count == "(1 row)"


@pytest.mark.parametrize("words", [("--format", "json"), ("--json",)])
def test_rows_come_as_one_json_object(run, words):
    done = run("run", "get_item", f"id={FIRST}", *words)
    found = json.loads(done.stdout)
    assert found["query"] == "get_item"
    assert found["rows_affected"] is None
    assert found["rows"][0] == {
        "id": FIRST,
        "owner": "00000000-0000-7000-8000-000000000001",
        "label": "first",
        "price": "1.50",
        "tags": "{a,b}",
        "data": {"a": 1},
        "made_at": "2026-01-02T03:04:05Z",
    }


def test_rows_come_as_csv_for_a_spreadsheet(run):
    done = run("run", "list_items", "owner=00000000-0000-7000-8000-000000000001", "--format", "csv")
    assert done.stdout.splitlines() == [
        "id,label,price",
        f"{FIRST},first,1.50",
        f"{FIRST[:-1]}2,second,2.50",
    ]


def test_nothing_is_changed_without_write_and_the_hint_is_the_line_to_run(run, database_url):
    done = run("run", "update_label", f"id={FIRST}", "label=it's new")
    assert (done.returncode, done.stdout) == (6, "")
    hint = f"avdaily-sql run update_label id={FIRST} 'label=it'\"'\"'s new' --write"
    assert done.stderr.splitlines()[-1] == hint
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT label FROM items WHERE id = %s", [FIRST]).fetchone() == ("first",)


def test_with_write_it_is_changed_and_counted(run, database_url):
    assert run("run", "update_label", f"id={FIRST}", "label=new", "--write").stdout == "1 row\n"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT label FROM items WHERE id = %s", [FIRST]).fetchone() == ("new",)


def test_production_wants_yes_for_write(run):
    done = run("run", "delete_item", f"id={FIRST}", "--write", env={"AVDAILY_ENV": "production"})
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == f"avdaily-sql run delete_item id={FIRST} --write --yes"
    agreed = run("run", "delete_item", f"id={FIRST}", "--write", "--yes", env={"AVDAILY_ENV": "production"})
    assert (agreed.returncode, agreed.stdout) == (0, "1 row\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("get_itm",), 2, 'no query has the name "get_itm"'),
        (("get_item",), 2, "query get_item needs a value for id"),
        (("get_item", "id"), 2, '"id" is not KEY=VALUE'),
        (("get_item", "ident=1"), 2, "query get_item has no parameter ident"),
        (("get_item", "id=1", "id=2"), 2, "id is given twice"),
        (("add_items", "rows=1"), 2, "query add_items has no parameter rows"),
        (("get_item", "id=x"), 1, 'query get_item: invalid input syntax for type uuid: "x"'),
    ],
)
def test_a_wrong_word_is_one_line_with_what_to_do(run, words, code, message):
    done = run("run", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[0].startswith(f"Error: {message}")
    assert "Traceback" not in done.stderr


def test_a_query_for_many_rows_is_not_for_the_terminal(run):
    done = run("run", "relabel", "id=", "label=", "--write")
    assert done.returncode == 2
    assert "takes many rows at once" in done.stderr


def test_an_empty_value_is_null_and_two_quotes_are_the_empty_text(run):
    assert run("run", "get_item", "id=").stdout.endswith("(0 rows)\n")
    done = run("run", "update_label", f"id={FIRST}", "label=''", "--write")
    assert "items_label_check" in done.stderr


def test_the_list_needs_no_database(avdaily, own):
    done = avdaily(
        "--sql-dir", own, "--json", "queries", "list", env={"DATABASE_URL": "postgresql://nowhere.invalid/x"}
    )
    listed = {each["name"]: each for each in json.loads(done.stdout)["queries"]}
    assert listed["get_item"] == {
        "name": "get_item",
        "domain": "items",
        "operator": "one",
        "gives": "a row or none",
        "parameters": ["id"],
        "file": str(own / "queries" / "items.sql").removeprefix(f"{own.parent.parent}/"),
        "line": 4,
        "summary": "One item, or nothing.",
    }


def test_a_mistake_in_a_file_is_shown_with_its_line(avdaily, own):
    (own / "queries" / "bad.sql").write_text("-- name: bad\nSELECT '")
    done = avdaily("--sql-dir", own, "queries", "list")
    assert done.returncode == 2
    assert done.stderr.splitlines()[:4] == [
        "Error: unterminated string",
        "  app/sql/queries/bad.sql:2:8",
        "     2 | SELECT '",
        "       |        ^",
    ]


def test_show_gives_types_and_plan(run):
    found = json.loads(run("--json", "queries", "show", "list_items").stdout)
    assert found["parameters"] == [{"name": "owner", "type": "uuid", "python": "UUID"}]
    assert [column["python"] for column in found["columns"]] == ["UUID", "str", "Decimal"]
    assert any("Seq Scan on items" in line for line in found["plan"])
    assert "in Python" in run("queries", "show", "list_items").stdout


def test_the_shown_sql_runs_in_psql(run, server, database_url):
    import subprocess

    text = run("queries", "show", "get_item_label", "--sql").stdout
    done = subprocess.run(
        [server.program("psql"), "-X", "-At", "-v", f"id='{FIRST}'", "-f", "-", database_url],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "first\n"


def test_a_stub_is_written_once_and_found_stale_after_a_change(run, own):
    path = own / "queries.pyi"
    assert run("queries", "stubs", "--check").returncode == 3
    assert run("queries", "stubs").stdout.startswith("written  ")
    assert run("queries", "stubs").stdout.startswith("unchanged  ")
    assert run("queries", "stubs", "--check").returncode == 0
    assert "def __call__(self, conn: Connection[Any], id: UUID) -> GetItemRow | None:" in path.read_text()
    with (own / "queries" / "items.sql").open("a") as file:
        file.write("\n-- name: count_all()$\nSELECT count(*) FROM items;\n")
    stale = run("queries", "stubs", "--check")
    assert (stale.returncode, stale.stdout.splitlines()[-1]) == (3, "Write it: avdaily-sql queries stubs")


def test_a_stub_can_be_written_somewhere_else(run, own, tmp_path):
    assert run("queries", "stubs", "--output", tmp_path / "db.pyi").returncode == 0
    assert (tmp_path / "db.pyi").exists()
    assert not (own / "queries.pyi").exists()


def findings(run) -> dict[str, str]:
    found = json.loads(run("--json", "queries", "check").stdout)["findings"]
    return {each["message"].split(":")[0].removeprefix("query "): each["rule"] for each in found}


def test_check_finds_what_would_surprise(run, own):
    (own / "queries" / "items.sql").write_text("""
-- name: bad_column()
SELECT nothing FROM items LIMIT 1;
-- name: two_ids()
SELECT i.id, j.id FROM items AS i JOIN items AS j ON j.id = i.id LIMIT 1;
-- name: no_name()$
SELECT 1 + 1;
-- name: all_rows()!
UPDATE items SET label = 'x';
-- name: gone()!
WITH gone AS (DELETE FROM items RETURNING id) SELECT count(*) FROM gone;
-- name: skipping(n)
SELECT id FROM items ORDER BY id OFFSET :n LIMIT 5;
-- name: text_by_default(a)$
SELECT coalesce(:a, '1') AS a;
-- name: is_text(a)$
SELECT coalesce(:a::text, '1') AS a;
-- name: no_rows(id)^
UPDATE items SET label = label WHERE id = :id;
-- name: unseen(id)!
UPDATE items SET label = label WHERE id = :id RETURNING id;
-- name: odd_name()$
SELECT 1 AS "class";
-- name: endless()
SELECT id FROM items;
-- name: percent(n)$
SELECT :n::int % 2 AS rest;
-- name: fine(id)^
SELECT label FROM items WHERE id = :id;
""")
    run("queries", "stubs")
    assert findings(run) == {
        "bad_column": "prepare",
        "two_ids": "columns",
        "no_name": "columns",
        "all_rows": "where",
        "gone": "where",
        "skipping": "offset",
        "text_by_default": "parameter-type",
        "no_rows": "columns",
        "unseen": "columns",
        "odd_name": "columns",
        "endless": "limit",
        "percent": "portable",
    }
    done = run("queries", "check")
    assert done.returncode == 1
    assert 'items.sql:3:8: prepare: query bad_column: column "nothing" does not exist' in done.stdout


def test_check_finds_a_large_table_that_is_read_from_end_to_end(run, own, database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO items (id, owner, label) SELECT gen_random_uuid(), gen_random_uuid(), 'x'"
            " FROM generate_series(1, 12000)"
        )
        connection.execute("ANALYZE items")
    (own / "queries" / "items.sql").write_text("""
-- name: by_owner(owner)
SELECT id FROM items WHERE owner = :owner ORDER BY id LIMIT 10;
-- name: by_label(label)
-- plan: seq scan, once a month, at night
SELECT id FROM items WHERE label = :label ORDER BY made_at LIMIT 10;
-- name: by_id(id)^
SELECT id FROM items WHERE id = :id;
-- name: counted(owner)$
SELECT count(*) AS n FROM items WHERE owner = :owner;
""")
    run("queries", "stubs")
    assert findings(run) == {"counted": "plan"} or findings(run) == {"counted": "plan", "by_owner": "plan"}


def test_check_is_content_with_queries_that_are_in_order(run, own):
    (own / "queries" / "items.sql").write_text("-- name: fine(id)^\nSELECT label FROM items WHERE id = :id;\n")
    stale = run("--json", "queries", "check")
    assert [each["rule"] for each in json.loads(stale.stdout)["findings"]] == ["stub"]
    run("queries", "stubs")
    done = run("queries", "check")
    assert (done.returncode, done.stdout) == (0, "1 queries, 0 errors, 0 warnings\n")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("run", ("run", "get_item", f"id={FIRST}")),
        ("run", ("run", "delete_item", f"id={FIRST}", "--write")),
        ("queries-list", ("queries", "list")),
        ("queries-show", ("queries", "show", "list_items")),
        ("queries-show-sql", ("queries", "show", "list_items", "--sql")),
        ("queries-stubs", ("queries", "stubs")),
        ("queries-stubs", ("queries", "stubs", "--check")),
        ("queries-check", ("queries", "check")),
    ],
)
def test_json_output_is_what_its_schema_says(run, schema, words):
    found = json.loads(run("--json", *words).stdout)
    jsonschema.validate(found, json.loads((REPOSITORY / "docs" / "json" / f"{schema}.schema.json").read_text()))
