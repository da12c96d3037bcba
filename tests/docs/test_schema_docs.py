"""The pages of the schema: written from a database of their own, alike on every server, stale after a change."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import psycopg
import pytest

from avdaily_sql import schema_docs, settings, sqltree
from avdaily_sql.schema_docs import catalog, domains, pages, sources
from tests import throwaway
from tests.throwaway import REPOSITORY

PAGES = sorted([REPOSITORY / "docs" / "schema.md", *(REPOSITORY / "docs" / "schema").glob("*.md")])
ENTITY = re.compile(r'  "\w+" \{\n(?:    [A-Za-z0-9_\[\]()]+ \w+(?: (?:PK|FK|UK)(?:, (?:PK|FK|UK))*)?\n)+  \}\n')
RELATION = re.compile(r'  "\w+" (?:\|\||\|o)--(?:o\||o\{) "\w+" : "[\w, ]+"\n')


def rendered(url, tree=None):
    found = settings.load({"DATABASE_URL": url}, environ={}, working_directory=REPOSITORY)
    return schema_docs.render(found, tree or sqltree.find(found), lambda _: None)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the SQL of this one, to be changed."""
    root = tmp_path / "checkout"
    shutil.copytree(REPOSITORY / "sql", root / "sql")
    (root / "docs").mkdir()
    shutil.copy2(REPOSITORY / "docs" / "sqlstates.md", root / "docs")
    shutil.copy2(REPOSITORY / "pyproject.toml", root)
    return root


def test_the_committed_pages_are_those_of_the_migrations_and_commands(avdaily, server):
    done = avdaily("docs", "--check", "--database-url", server.maintenance_url, cwd=REPOSITORY)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_check_names_the_stale_page_and_writes_nothing_until_docs_is_run(avdaily, server, checkout):
    def run(*words, expected):
        done = avdaily("docs", "--json", "--database-url", server.maintenance_url, *words, cwd=checkout)
        assert (done.returncode, done.stderr) == (expected, ""), done
        document = json.loads(done.stdout)
        jsonschema.validate(document, json.loads((REPOSITORY / "docs/json/docs.schema.json").read_text()))
        return {page["file"]: page["state"] for page in document["files"]}

    assert set(run(expected=0).values()) == {"written"}
    page = checkout / "docs" / "schema" / "money.md"
    migration = next((checkout / "sql" / "migrations").glob("*.create-wallets.sql"))
    migration.write_text(migration.read_text().replace("One wallet a user:", "One purse a user:"))
    stale = [file for file, state in run("--check", expected=3).items() if state == "stale"]
    assert stale == ["docs/schema.md", "docs/schema/money.md"]
    assert "One purse a user:" not in page.read_text()
    (checkout / "docs" / "schema" / "gone.md").write_text("A subject that there is no more.\n")
    states = run(expected=0)
    assert [file for file, state in states.items() if state == "written"] == stale
    assert states["docs/schema/gone.md"] == "removed"
    assert "One purse a user:" in page.read_text()
    assert set(run("--check", expected=0).values()) == {"unchanged"}


def test_a_migration_that_fails_leaves_no_page_and_no_database(avdaily, server, checkout):
    before = server.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'avdaily\\_docs\\_%%'")
    migration = next((checkout / "sql" / "migrations").glob("*.create-wallets.sql"))
    migration.write_text(migration.read_text() + "\nCREATE TABLE broken (id bigintt);\n")
    done = avdaily("docs", "--database-url", server.maintenance_url, cwd=checkout)
    assert (done.returncode, done.stdout) == (1, "")
    assert 'type "bigintt" does not exist' in done.stderr
    assert not (checkout / "docs" / "schema").exists()
    assert server.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'avdaily\\_docs\\_%%'") == before


def test_a_role_that_may_not_create_databases_is_refused_with_the_line_to_run(avdaily, server):
    server.execute("CREATE ROLE docs_reader LOGIN")
    try:
        url = server.maintenance_url.replace("postgres@", "docs_reader@")
        done = avdaily("docs", "--check", "--database-url", url, cwd=REPOSITORY)
    finally:
        server.execute("DROP ROLE docs_reader")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.splitlines()[-1] == "env -u DATABASE_URL avdaily-sql docs"


def test_what_a_killed_run_left_is_dropped_and_what_a_running_one_uses_is_not(server):
    left, used = "avdaily_docs_00000000dead", "avdaily_docs_0000000alive"
    for name in (left, used):
        server.create_database(name)
    try:
        with psycopg.connect(server.maintenance_url, application_name=used):
            rendered(server.maintenance_url)
            names = {name for (name,) in server.execute("SELECT datname FROM pg_database")}
        assert left not in names
        assert used in names
    finally:
        server.drop_database(left)
        server.drop_database(used)


@pytest.mark.slow
@pytest.mark.needs("postgresql-15")
def test_the_pages_are_the_same_on_the_oldest_server(server):
    oldest = throwaway.Session()
    try:
        other = throwaway.start_server(oldest, Path("/usr/lib/postgresql/15/bin"))
        assert other.execute("SHOW server_version_num")[0][0].startswith("15")
        assert rendered(other.maintenance_url) == rendered(server.maintenance_url)
    finally:
        oldest.close()


def test_partitions_that_time_made_are_on_no_page(conn):
    known = sources.read(sqltree.SqlTree(REPOSITORY / "sql", "flag"), REPOSITORY / "docs")
    before = pages.render(catalog.read(conn), known)
    conn.execute("SELECT count(*) FROM ensure_partitions(7)")
    assert conn.execute("SELECT count(*) FROM pg_class WHERE relispartition").fetchone()[0] > 7
    assert pages.render(catalog.read(conn), known) == before


def test_every_table_view_and_function_has_a_subject(conn):
    found = catalog.read(conn)
    assert [table.name for table in found.tables if domains.domain_of(table.name) == "other"] == []
    assert not (REPOSITORY / "docs" / "schema" / "other.md").exists()
    known = sources.read(sqltree.SqlTree(REPOSITORY / "sql", "flag"), REPOSITORY / "docs")
    text = "".join(pages.render(found, known).values())
    assert [each.name for each in found.functions if f"`{each.name}({each.arguments}"[:40] not in text] == []


def test_every_index_says_which_query_or_foreign_key_it_serves():
    rows = [
        (page.name, row)
        for page in PAGES
        for table in re.findall(r"^\| index \| on \| serves \|\n\|.*\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
        for row in table.splitlines()
    ]
    assert len(rows) > 40
    assert [row for row in rows if row[1].endswith("|  |")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page):
    for target, fragment in re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", page.read_text()):
        file = page.parent / target
        assert file.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert fragment in {heading.lower() for heading in headings}


def test_every_foreign_key_is_a_line_of_a_diagram_that_mermaid_can_read(conn):
    drawn = 0
    for page in PAGES:
        for diagram in re.findall(r"^```mermaid\nerDiagram\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            rest = RELATION.sub("", ENTITY.sub("", diagram))
            assert rest == "", f"{page.name}: {rest[:200]}"
            drawn += len(RELATION.findall(diagram))
    keys = [each for table in catalog.read(conn).tables for each in table.constraints if each.kind == "f"]
    assert drawn == len(keys)


def test_a_function_refuses_with_the_codes_of_the_functions_that_it_calls(conn):
    codes = sources.sqlstates_of(catalog.read(conn).functions)
    assert {"AV001", "AV003", "AV022", "AV023"} <= set(codes["post_transfer"])
    # It only names post_debt_repayment() in the hint of a refusal.
    assert "AV027" not in codes["post_transfer"]
    assert "AV027" in codes["post_debt_repayment"]


def test_named_queries_are_found_by_the_table_that_they_use(tmp_path):
    directory = tmp_path / "sql"
    (directory / "queries").mkdir(parents=True)
    (directory / "migrations").mkdir()
    (directory / "migrations" / "0001.one.sql").write_text(
        "CREATE TABLE wallets (id bigint);\n\n-- list_wallets, by id\n-- and count_wallets.\n"
        "CREATE INDEX a ON wallets (id);\nCREATE INDEX b ON wallets (id);\n\nCREATE INDEX c ON wallets (id);\n"
    )
    (directory / "queries" / "wallets.sql").write_text(
        "-- name: list_wallets()\nSELECT w.id FROM wallets AS w;\n\n"
        "-- name: get_user(id)^\n-- from wallets\nSELECT 'from wallets' FROM \"user\" WHERE id = :id;\n\n"
        "-- name: get_statement(id)\nSELECT * FROM wallets_of(:id);\n"
    )
    known = sources.read(sqltree.SqlTree(directory, "flag"), tmp_path)
    assert sources.queries_of_table(known.queries, "wallets") == ["list_wallets"]
    assert sources.queries_of_table(known.queries, "user") == ["get_user"]
    assert sources.queries_of_function(known.queries, "wallets_of") == ["get_statement"]
    reason = "list_wallets, by id and count_wallets."
    assert known.reasons == {"a": reason, "b": reason}
