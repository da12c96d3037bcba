"""Every file down and up again, and all of them a second time beside themselves: the dumps decide."""

import re

import psycopg
import pytest
from psycopg import sql

from tests.schema.files import apply, apply_all, dump, roll_back_all, rollback_of, seed_files
from tests.throwaway import migration_files


@pytest.fixture
def empty_url(bare_server):
    name = "reversible"
    yield bare_server.create_database(name)
    bare_server.drop_database(name)


def people(url):
    """Return how many people each schema has."""
    with psycopg.connect(url) as conn:
        return {
            schema: conn.execute(sql.SQL('SELECT count(*) FROM {}."user"').format(sql.Identifier(schema))).fetchone()[0]
            for schema in ("public", "cell_b")
        }


def test_all_files_are_undone_whole_and_apply_again(bare_server, empty_url):
    empty = dump(bare_server, empty_url)
    apply_all(bare_server, empty_url)
    whole = dump(bare_server, empty_url)
    roll_back_all(bare_server, empty_url)
    assert dump(bare_server, empty_url) == empty
    apply_all(bare_server, empty_url)
    assert dump(bare_server, empty_url) == whole


@pytest.mark.slow
def test_each_file_is_undone_whole_by_its_rollback_with_data_in_it_and_applies_again(bare_server, empty_url):
    files = migration_files()
    before = []
    for path in files:
        before.append(dump(bare_server, empty_url))
        apply(bare_server, empty_url, path)
    whole = dump(bare_server, empty_url)
    # With rows in the tables: what refuses to be dropped, or leaves something behind, does so only then.
    apply(bare_server, empty_url, *seed_files())
    for path in reversed(files):
        apply(bare_server, empty_url, rollback_of(path))
        assert dump(bare_server, empty_url) == before.pop(), path.name
    for path in files:
        apply(bare_server, empty_url, path)
    assert dump(bare_server, empty_url) == whole


def test_the_same_files_build_a_second_schema_that_knows_nothing_of_the_first(bare_server, empty_url):
    apply_all(bare_server, empty_url)
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("CREATE SCHEMA cell_b"))
    apply_all(bare_server, empty_url, "cell_b")
    apply(bare_server, empty_url, *seed_files(), search_path="cell_b")
    assert people(empty_url) == {"public": 0, "cell_b": 4}
    apply(bare_server, empty_url, *seed_files())
    assert people(empty_url) == {"public": 4, "cell_b": 4}
    first = dump(bare_server, empty_url, "--schema=public")
    second = dump(bare_server, empty_url, "--schema=cell_b")
    assert re.findall(r".*\bpublic\b.*", second) == []
    assert re.findall(r".*\bcell_b\b.*", first) == []

    def body(text, schema):
        """Return the dump without what only the schema public has: it is there before, with an owner and rights."""
        renamed = re.sub(rf"\b{schema}\b", "X", text)
        about_the_schema = re.compile(r"^(--.*)?$|SCHEMA X\b")
        return sorted(line for line in renamed.splitlines() if not about_the_schema.search(line))

    assert body(second, "cell_b") == body(first, "public")


def test_people_live_in_the_second_schema_and_the_first_knows_nothing_of_it(bare_server, empty_url):
    apply_all(bare_server, empty_url)
    with psycopg.connect(empty_url) as conn:
        before = counts(conn, "public")
        conn.execute(sql.SQL("CREATE SCHEMA cell_b"))
    apply_all(bare_server, empty_url, "cell_b")
    apply(bare_server, empty_url, *seed_files(), search_path="cell_b")
    with psycopg.connect(empty_url) as conn:
        conn.execute("SET search_path = cell_b")
        conn.execute("SET ROLE avdaily_app")  # what it may is granted in each schema by itself
        wallets = conn.execute(
            """SELECT user_id FROM wallets JOIN "user" ON "user".id = user_id WHERE kyc_tier = 2
               ORDER BY balance DESC LIMIT 2"""
        ).fetchall()
        conn.execute("SELECT post_transfer(%s, %s, 100)", [user for (user,) in wallets])
        conn.execute("RESET ROLE")
        assert conn.execute("SELECT name, sample FROM check_integrity() WHERE count > 0").fetchall() == []
        # Called from anywhere, a function stays in its schema: its path is its own, not the caller's.
        conn.execute("SET search_path = public")
        conn.execute("SELECT cell_b.post_transfer(%s, %s, 100)", [user for (user,) in wallets])
        assert counts(conn, "public") == before
        assert counts(conn, "cell_b")["ledger_entries"] > 0


def counts(conn, schema):
    tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema]).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: conn.execute(count.format(sql.Identifier(schema, name))).fetchone()[0] for (name,) in tables}


def test_the_second_schema_is_undone_without_a_trace_in_the_first(bare_server, empty_url):
    apply_all(bare_server, empty_url)
    first = dump(bare_server, empty_url, "--schema=public")
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("CREATE SCHEMA cell_b"))
    apply_all(bare_server, empty_url, "cell_b")
    roll_back_all(bare_server, empty_url, "cell_b")
    assert dump(bare_server, empty_url, "--schema=public") == first
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("DROP SCHEMA cell_b"))  # without CASCADE: it is empty
