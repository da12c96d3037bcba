"""Every file down and up again, and all of them a second time beside themselves: the dumps decide."""

import re

import psycopg
import pytest
from psycopg import sql

from tests.schema.files import apply, dump, rollback_of
from tests.throwaway import migration_files


@pytest.fixture
def empty_url(bare_server):
    name = "reversible"
    yield bare_server.create_database(name)
    bare_server.drop_database(name)


def test_each_file_is_undone_whole_by_its_rollback_and_applies_again(bare_server, empty_url):
    files = migration_files()
    before = []
    for path in files:
        before.append(dump(bare_server, empty_url))
        apply(bare_server, empty_url, path)
    whole = dump(bare_server, empty_url)
    for path in reversed(files):
        apply(bare_server, empty_url, rollback_of(path))
        assert dump(bare_server, empty_url) == before.pop(), path.name
    for path in files:
        apply(bare_server, empty_url, path)
    assert dump(bare_server, empty_url) == whole


def test_the_same_files_build_a_second_schema_that_knows_nothing_of_the_first(bare_server, empty_url):
    apply(bare_server, empty_url, *migration_files())
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("CREATE SCHEMA cell_b"))
    apply(bare_server, empty_url, *migration_files(), search_path="cell_b")
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


def test_the_second_schema_is_undone_without_a_trace_in_the_first(bare_server, empty_url):
    apply(bare_server, empty_url, *migration_files())
    first = dump(bare_server, empty_url, "--schema=public")
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("CREATE SCHEMA cell_b"))
    apply(bare_server, empty_url, *migration_files(), search_path="cell_b")
    apply(bare_server, empty_url, *(rollback_of(path) for path in reversed(migration_files())), search_path="cell_b")
    assert dump(bare_server, empty_url, "--schema=public") == first
    with psycopg.connect(empty_url) as conn:
        conn.execute(sql.SQL("DROP SCHEMA cell_b"))  # without CASCADE: it is empty
