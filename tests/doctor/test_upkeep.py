"""What grows while nobody looks: each is made on purpose, and told."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from avdaily_sql.doctor import indexes, schema_state, upkeep
from avdaily_sql.sqltree import SqlTree
from tests.doctor.conftest import levels
from tests.throwaway import REPOSITORY


def later(**span):
    return lambda: datetime.now(UTC) + timedelta(**span)


@pytest.mark.parametrize(("minutes", "level"), [(1, "ok"), (10, "warn"), (120, "fail")])
def test_a_transaction_that_stays_open_is_told_with_its_pid(migrated_url, minutes, level):
    with psycopg.connect(migrated_url) as other, psycopg.connect(migrated_url, autocommit=True) as conn:
        other.execute("SELECT 1")
        (found,) = upkeep.transactions(conn, datetime.now(UTC) + timedelta(minutes=minutes))
        assert found.level == level
        assert level == "ok" or str(other.info.backend_pid) in (found.hint or "")


def test_a_prepared_transaction_that_was_forgotten_fails(sick):
    with psycopg.connect(sick.maintenance_url, autocommit=True) as conn:
        conn.execute("BEGIN; CREATE TABLE prepared (id bigint); PREPARE TRANSACTION 'forgotten'")
        try:
            found = levels(upkeep.transactions(conn, datetime.now(UTC) + timedelta(minutes=10)))
        finally:
            conn.execute("ROLLBACK PREPARED 'forgotten'")
    assert found["prepared_transactions"] == "fail"


@pytest.mark.parametrize(("used", "level"), [(100_000_000, "ok"), (700_000_000, "warn"), (1_500_000_000, "fail")])
def test_transaction_ids_that_run_out_are_told(sick, used, level):
    with psycopg.connect(sick.maintenance_url) as conn:
        conn.execute(
            """
            UPDATE pg_database
            SET datfrozenxid = ((pg_current_xact_id()::text::bigint - %s + 4294967296) %% 4294967296)::text::xid
            WHERE datname = 'postgres'
            """,
            (used,),
        )
        (found,) = upkeep.wraparound(conn)
        conn.rollback()
    assert found.level == level


def test_a_table_full_of_dead_rows_is_told(database_url):
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE busy AS SELECT g AS id FROM generate_series(1, 20000) AS g")
        conn.execute("UPDATE busy SET id = id + 1")
        conn.execute("SELECT pg_stat_force_next_flush()")
        conn.execute("SELECT 1")
        (found,) = upkeep.dead_rows(conn)
        assert (found.level, "public.busy" in found.message) == ("warn", True)
        conn.execute(found.hint.partition(";")[0])
        conn.execute("SELECT pg_stat_force_next_flush()")
        conn.execute("SELECT 1")
        assert levels(upkeep.dead_rows(conn)) == {"dead_rows": "ok"}


@pytest.mark.parametrize(("value", "level"), [(1000, "ok"), (1_500_000_000, "warn"), (2_100_000_000, "fail")])
def test_a_sequence_that_comes_to_its_end_is_told(conn, value, level):
    conn.execute("CREATE SEQUENCE tickets AS integer")
    conn.execute("SELECT setval('tickets', %s)", (value,))
    (found,) = upkeep.sequences(conn)
    assert found.level == level


def test_an_index_that_is_there_twice_is_told(conn):
    assert levels(indexes.indexes(conn))["duplicate_indexes"] == "ok"
    conn.execute("CREATE INDEX wallets_again_idx ON wallets (user_id)")
    # A rule and an index on the same column are two things only in name; of another order they are really two.
    conn.execute("CREATE INDEX wallets_backward_idx ON wallets (user_id DESC)")
    found = [each for each in indexes.indexes(conn) if each.name == "duplicate_indexes"]
    assert len(found) == 1
    assert (found[0].level, found[0].hint) == ("warn", "Drop one in a migration: DROP INDEX wallets_again_idx;")


def test_a_large_index_that_no_query_uses_is_told(database_url):
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE UNLOGGED TABLE wide AS SELECT g AS id, g AS used FROM generate_series(1, 400000) AS g")
        conn.execute("CREATE INDEX wide_id_idx ON wide (id)")
        conn.execute("CREATE INDEX wide_used_idx ON wide (used)")
        conn.execute("SET enable_seqscan = off")
        conn.execute("SELECT FROM wide WHERE used = 5")
        conn.execute("SELECT pg_stat_force_next_flush()")
        found = [each for each in indexes.indexes(conn) if each.name == "unused_indexes"]
    assert [(each.level, each.message.split()[0]) for each in found] == [("warn", "public.wide_id_idx")]


def test_an_index_that_was_never_finished_fails(database_url):
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE items AS SELECT 1 AS id FROM generate_series(1, 2)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("CREATE UNIQUE INDEX CONCURRENTLY items_id_key ON items (id)")
        found = {each.name: each for each in indexes.indexes(conn)}
        assert (found["invalid_indexes"].level, "public.items_id_key" in found["invalid_indexes"].message) == (
            "fail",
            True,
        )
        conn.execute("DELETE FROM items WHERE ctid = '(0,1)'")
        conn.execute(found["invalid_indexes"].hint)
        assert levels(indexes.indexes(conn))["invalid_indexes"] == "ok"


def test_a_trigger_that_is_switched_off_fails_with_the_statement_that_switches_it_on(conn):
    assert set(levels(schema_state.guards_on(conn)).values()) == {"ok"}
    conn.execute("ALTER TABLE wallets DISABLE TRIGGER wallets_guard_balance")
    found = {each.name: each for each in schema_state.guards_on(conn)}
    assert found["triggers"].level == "fail"
    conn.execute(found["triggers"].hint)
    assert levels(schema_state.guards_on(conn))["triggers"] == "ok"


def test_a_constraint_that_was_never_checked_fails(conn):
    conn.execute("ALTER TABLE wallets ADD CONSTRAINT wallets_doctor_check CHECK (balance <> 13) NOT VALID")
    found = {each.name: each for each in schema_state.guards_on(conn)}
    assert found["constraints"].level == "fail"
    conn.execute(found["constraints"].hint)
    assert levels(schema_state.guards_on(conn))["constraints"] == "ok"


def test_months_that_run_out_are_told_before_they_do(conn):
    # A moment of its own, so that the test does not depend on what the migrations made.
    names = {"audit_log_partitions", "notifications_partitions"}
    conn.execute("SELECT FROM ensure_partitions(3)")
    assert levels(schema_state.partitions(conn, datetime.now(UTC))) == dict.fromkeys(names, "ok")
    in_a_year = datetime.now(UTC) + timedelta(days=400)
    assert levels(schema_state.partitions(conn, in_a_year)) == dict.fromkeys(names, "warn")


@pytest.fixture
def small_tree(tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    for number, table in ((1, "one"), (2, "two")):
        stem = f"000{number}.create-{table}"
        (directory / f"{stem}.sql").write_text(f"-- {stem}: it is there\nCREATE TABLE {table} (id bigint);\n")
        (directory / f"{stem}.rollback.sql").write_text(f"-- {stem}: it is gone\nDROP TABLE {table};\n")
    return SqlTree(tmp_path / "sql", "flag")


def test_pending_changed_and_missing_migrations_are_told(database_url, small_tree, avdaily):
    def told():
        return {each.name: each for each in schema_state.history(database_url, small_tree)}

    def apply(*words):
        done = avdaily("apply", "--sql-dir", small_tree.root, "--database-url", database_url, *words)
        assert done.returncode == 0, done.stderr

    assert told()["migrations"].message == "2 migrations are pending"
    assert told()["migrations"].level == "warn"
    apply()
    assert levels(told().values()) == {"migrations": "ok"}
    first = small_tree.migrations / "0001.create-one.sql"
    first.write_text(first.read_text().replace("bigint", "integer"))
    assert (told()["drift"].level, told()["drift"].message) == ("fail", "1 applied migrations changed, 0 missing")
    shutil.rmtree(small_tree.migrations)
    assert told()["migrations"].level == "fail"


def test_files_that_cannot_be_read_are_a_finding(examine, database_url, tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    (directory / "0001.x.rollback.sql").write_text("SELECT 1;\n")
    found = {each.name: each for each in examine(database_url, AVDAILY_SQL_DIR=str(tmp_path / "sql"))}
    assert found["package"].level == "fail"
    assert "rollback file without its migration" in found["package"].message


def test_the_whole_answer_takes_the_time_as_its_argument(migrated_url, examine):
    found = levels(examine(migrated_url, now=later(days=400), directory=REPOSITORY))
    assert (found["clock"], found["audit_log_partitions"]) == ("fail", "warn")
