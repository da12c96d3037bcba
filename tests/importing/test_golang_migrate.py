"""golang-migrate's trees, as its source reads them (v4, source/parse.go and database/postgres)."""

from __future__ import annotations

import pytest

from avdaily_sql import importing, migrations
from tests.importing.taken_over import left_out, text


def test_golang_migrate_takes_any_ending_and_leaves_a_number_beyond_64_bits(made, tree):
    directory = made(
        **{
            "1_a.up.pgsql": "SELECT 1;",
            "1_a.down.pgsql": "SELECT 1;",
            "18446744073709551615_last.up.sql": "SELECT 1;",
            "18446744073709551616_beyond.up.sql": "SELECT 1;",
            f"{'9' * 200}_far.up.sql": "SELECT 1;",
            "notes.sql": "SELECT 1;",
            "sub/2_b.up.sql": "SELECT 1;",
        }
    )
    (directory / "3_directory.up.sql").mkdir()
    result = importing.import_tree("golang-migrate", directory, tree)
    assert result.migrations == ("0001.a", "18446744073709551615.last")
    assert result.irreversible == ("18446744073709551615.last",)
    assert set(left_out(result)) == {"18446744073709551616_beyond.up.sql", f"{'9' * 200}_far.up.sql", "notes.sql"}


def test_a_down_file_that_drops_concurrently_can_be_rolled_back(database_url, made, tree):
    directory = made(
        **{
            "1_a.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nCREATE INDEX a_id ON a (id);\nCOMMIT;\n",
            "1_a.down.sql": "DROP INDEX CONCURRENTLY a_id;",
        }
    )
    importing.import_tree("golang-migrate", directory, tree)
    migrations.apply(database_url, tree)
    assert len(migrations.rollback(database_url, tree, options=migrations.Options(steps=None)).rolled_back) == 1


def test_a_transaction_that_asks_for_more_than_the_runners_is_refused(made, refused):
    directory = made(**{"1_a.up.sql": "-- x\nBEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;\n"})
    error = refused("golang-migrate", directory)
    assert error.message.startswith("BEGIN in a migration")
    assert str(error.location).endswith("1_a.up.sql:2:1")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX /* now */ CONCURRENTLY i ON a (id)",
        "REINDEX INDEX CONCURRENTLY i",
        "REINDEX (VERBOSE) TABLE CONCURRENTLY a",
        "REINDEX SCHEMA public",
        "ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY",
        "VACUUM (ANALYZE) a",
    ],
)
def test_what_no_transaction_allows_runs_without_one(database_url, made, tree, statement):
    directory = made(
        **{
            "1_a.up.sql": "CREATE TABLE a (id int); CREATE INDEX i ON a (id); CREATE INDEX i2 ON a (id);"
            "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);",
            "2_b.up.sql": statement.replace(" i ON", " j ON"),
        }
    )
    importing.import_tree("golang-migrate", directory, tree)
    assert "-- transactional: false" in text(tree, "0002.b.sql")
    assert len(migrations.apply(database_url, tree).applied) == 2
