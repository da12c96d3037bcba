"""Files without a transaction: each statement commits by itself, none is run twice, none is undone by itself."""

from __future__ import annotations

import json
import signal

import psycopg
import pytest

from avdaily_sql.errors import Drift, Failed, Refused
from tests.migrations.conftest import Recorder, backends, recorded, tables
from tests.waiting import eventually

HEADER = "-- transactional: false\n"


def progress(db) -> list[tuple]:
    query = "SELECT statement, finished_at IS NOT NULL FROM avdaily_migrations.avdaily_progress ORDER BY 1"
    return db.execute(query).fetchall()


def test_an_index_is_built_concurrently(tree, runner, db):
    tree.table(1)
    text = f"{HEADER}CREATE INDEX CONCURRENTLY t1_id_idx ON t1 (id);\nVACUUM t1;\n"
    tree.write("0002.index", text, "DROP INDEX CONCURRENTLY t1_id_idx;")
    runner.apply()
    assert db.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 't1_id_idx'::regclass").fetchone() == (True,)
    assert progress(db) == []
    assert db.execute("SELECT transactional FROM avdaily_migrations.avdaily_log ORDER BY id DESC").fetchone() == (
        False,
    )
    runner.rollback()
    assert db.execute("SELECT to_regclass('t1_id_idx')").fetchone() == (None,)
    assert recorded(db) == ["0001.create-t1"]


def test_a_failed_file_never_runs_its_rollback(tree, runner, db):
    tree.write("0001.live", "CREATE TABLE live (id int);\nINSERT INTO live VALUES (1);")
    text = f"{HEADER}CREATE TABLE extra (id int);\nSELECT 1/0;\nCREATE TABLE last (id int);"
    tree.write("0002.partial", text, "DROP TABLE live;\nDROP TABLE extra;\nDROP TABLE last;")
    with pytest.raises(Failed) as caught:
        runner.apply()
    assert caught.value.location.line == 3
    assert caught.value.detail == "The statements before it stay done; the next run goes on with this one."
    assert db.execute("SELECT count(*) FROM live").fetchone() == (1,)
    assert tables(db) == {"live", "extra"}
    assert progress(db) == [(1, True), (2, False)]


def test_a_partial_file_is_resumed_behind_what_is_done(tree, runner, db):
    tree.write("0001.partial", f"{HEADER}CREATE TABLE once (id int);\nSELECT 1/0;\nCREATE TABLE last (id int);")
    with pytest.raises(Failed):
        runner.apply()
    assert runner.states() == {"0001.partial": "partial"}
    tree.write("0001.partial", f"{HEADER}CREATE TABLE once (id int);\nSELECT 1;\nCREATE TABLE last (id int);")
    runner.apply()
    assert tables(db) == {"once", "last"}
    assert progress(db) == []
    assert runner.states() == {"0001.partial": "applied"}


def test_what_is_done_may_not_be_edited(tree, runner, db):
    tree.write("0001.partial", f"{HEADER}CREATE TABLE once (id int);\nSELECT 1/0;")
    with pytest.raises(Failed):
        runner.apply()
    tree.write("0001.partial", f"{HEADER}CREATE TABLE once (id bigint);\nSELECT 1;")
    with pytest.raises(Drift, match=r"statement 1 of 0001\.partial was edited after it had run"):
        runner.apply()
    assert recorded(db) == []


def test_status_counts_the_statements_of_a_partial_file(tree, command):
    tree.write("0001.partial", f"{HEADER}CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nSELECT 1/0;")
    assert command("apply").returncode == 1
    done = command("status", "--json")
    (row,) = json.loads(done.stdout)["migrations"]
    assert (row["state"], row["statements_done"], row["statements_total"]) == ("partial", 2, 3)
    assert "partial 2/3" in command("status").stdout


def test_a_partial_file_cannot_be_rolled_back(tree, runner, db):
    tree.table(1)
    tree.write("0002.partial", f"{HEADER}CREATE TABLE a (id int);\nSELECT 1/0;")
    with pytest.raises(Failed):
        runner.apply()
    with pytest.raises(Refused, match=r"0002\.partial is applied in part"):
        runner.rollback()
    assert tables(db) == {"t1", "a"}


def test_a_partial_file_that_is_gone_is_drift(tree, runner):
    tree.table(1)
    tree.write("0002.partial", f"{HEADER}CREATE TABLE a (id int);\nSELECT 1/0;")
    with pytest.raises(Failed):
        runner.apply()
    tree.remove("0002")
    with pytest.raises(Drift, match=r"0002\.partial was applied in part, and its file is missing"):
        runner.apply()


def test_settings_and_role_last_for_the_file_and_do_not_disturb_its_rows(tree, runner, db):
    role = f"stepwise_role_{db.info.dbname}"
    db.execute(f"CREATE ROLE {role}; CREATE SCHEMA elsewhere; GRANT ALL ON SCHEMA elsewhere TO {role}")
    try:
        tree.write(
            "0001.role",
            f"{HEADER}SET ROLE {role};\nSET search_path = elsewhere;\nCREATE TABLE a (id int);\n"
            f"SET SESSION AUTHORIZATION {role};\nCREATE TABLE b (id int);\nRESET SESSION AUTHORIZATION;\n",
        )
        tree.table(2)
        runner.apply()
        query = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'elsewhere' ORDER BY 1"
        assert db.execute(query).fetchall() == [("a", role), ("b", role)]
        assert tables(db) == {"t2"}
        assert len(recorded(db)) == 2
    finally:
        db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_copy_data_works_statement_by_statement(tree, runner, db):
    tree.write("0001.copy", f"{HEADER}CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n\\.\nVACUUM t;\n")
    runner.apply()
    assert db.execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_a_file_that_gives_up_the_lock_stops_before_its_next_statement(tree, runner, db):
    tree.write("0001.unlock", f"{HEADER}SELECT pg_advisory_unlock_all();\nCREATE TABLE t (id int);")
    with pytest.raises(Failed, match="the file gave up the lock"):
        runner.apply()
    assert tables(db) == set()


def test_an_index_that_was_interrupted_is_dropped_and_built_anew(tree, runner, db, start, database_url):
    tree.table(1)
    runner.apply()
    tree.write("0002.index", f"{HEADER}CREATE INDEX CONCURRENTLY t1_id_idx ON t1 (id);", "DROP INDEX t1_id_idx;")
    with psycopg.connect(database_url) as writer:
        # It waits for this transaction, and is killed while it does.
        writer.execute("INSERT INTO t1 VALUES (1)")
        process = start("apply")
        eventually(lambda: backends(db, "CREATE INDEX CONCURRENTLY") and _index(db) == (False,))
        process.send_signal(signal.SIGKILL)
        process.wait()
        eventually(lambda: not backends(db, "CREATE INDEX"))
    assert _index(db) == (False,)
    recorder = Recorder()
    runner.apply(recorder)
    assert _index(db) == (True,)
    assert ("warning", "dropped the invalid index t1_id_idx that an interrupted run had left behind") in recorder.told


def test_what_an_interrupted_reindex_left_is_dropped_with_what_belongs_to_the_text_beside_the_table(
    tree, runner, db, start, database_url
):
    db.execute("CREATE TABLE words (id int CONSTRAINT words_pkey PRIMARY KEY, body text)")
    tree.write("0001.reindex", f"{HEADER}REINDEX TABLE CONCURRENTLY words;")
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT FROM words")
        process = start("apply")
        # One of the table and one of its TOAST table; in the way of the holder they wait to be exchanged or dropped.
        eventually(lambda: len(_left_by_reindex(db)) == 2)
        process.kill()
        process.wait()
        eventually(lambda: not backends(db, "REINDEX"))
    left = _left_by_reindex(db)
    assert [name.startswith("pg_toast_") for name in left] == [True, False]
    runner.apply()
    assert _left_by_reindex(db) == []
    assert recorded(db) == ["0001.reindex"]


def _left_by_reindex(db):
    query = "SELECT relname::text FROM pg_class WHERE relkind = 'i' AND relname ~ '_cc(new|old)[0-9]*$' ORDER BY 1"
    return [name for (name,) in db.execute(query)]


def _index(db):
    return db.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('t1_id_idx')").fetchone()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_the_finished_statements(tree, start, runner, db, number):
    tree.write("0001.slow", f"{HEADER}CREATE TABLE a (id int);\nSELECT pg_sleep(600);\nCREATE TABLE b (id int);")
    process = start("apply")
    eventually(lambda: backends(db, "SELECT pg_sleep"))
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == 128 + number
    assert progress(db) == [(1, True), (2, False)]
    tree.write("0001.slow", f"{HEADER}CREATE TABLE a (id int);\nSELECT 1;\nCREATE TABLE b (id int);")
    runner.apply()
    assert tables(db) == {"a", "b"}


def test_a_lock_timeout_retries_the_statement_and_not_the_file(tree, runner, db, database_url):
    tree.table(1)
    runner.apply()
    tree.write("0002.alter", f"{HEADER}CREATE TABLE once (id int);\nALTER TABLE t1 ADD COLUMN b int;")
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT * FROM t1")

        class Releasing(Recorder):
            def retrying(self, migration, attempt, holders):
                super().retrying(migration, attempt, holders)
                reader.rollback()

        recorder = Releasing()
        result = runner.apply(recorder, lock_timeout_ms=200)
    assert result.applied[0].attempts == 2
    assert "retrying" in recorder.words()
    assert tables(db) == {"t1", "once"}


def test_a_rollback_without_a_transaction_is_resumed_too(tree, runner, db):
    tree.table(1)
    rollback = "DROP INDEX CONCURRENTLY t1_id_idx;\nSELECT 1/0;\n"
    tree.write("0002.index", f"{HEADER}CREATE INDEX CONCURRENTLY t1_id_idx ON t1 (id);", rollback)
    runner.apply()
    with pytest.raises(Failed):
        runner.rollback()
    assert runner.states()["0002.index"] == "partial"
    with pytest.raises(Drift, match=r"0002\.index was rolled back in part"):
        runner.apply()
    (tree.migrations / "0002.index.rollback.sql").write_text(rollback.replace("1/0", "1"))
    runner.rollback()
    assert runner.states() == {"0001.create-t1": "applied", "0002.index": "pending"}


def test_a_rollback_file_may_say_how_it_runs_itself(tree, runner, db):
    tree.table(1)
    tree.write("0002.index", "CREATE INDEX t1_id_idx ON t1 (id);", f"{HEADER}DROP INDEX CONCURRENTLY t1_id_idx;")
    runner.apply()
    runner.rollback()
    assert _index(db) is None
