"""Each fault that yoyo 9.0.0 was seen to have, and what happens here instead."""

from __future__ import annotations

import signal

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.errors import Drift, Failed, UsageError
from avdaily_sql.migrations import lock, statements
from tests.migrations.conftest import Recorder, backends, blocked, recorded, tables
from tests.waiting import eventually


def test_a_runner_killed_between_body_and_mark_leaves_neither(tree, runner, db, start, database_url):
    tree.table(1)
    runner.apply()
    tree.table(2)
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE avdaily_migrations._yoyo_migration IN EXCLUSIVE MODE")
        process = start("apply")
        # The body is done, its bookkeeping waits.
        eventually(lambda: blocked(db))
        process.send_signal(signal.SIGKILL)
        process.wait()
        eventually(lambda: not blocked(db))
    assert (tables(db), recorded(db)) == ({"t1"}, ["0001.create-t1"])
    runner.apply()
    assert (tables(db), recorded(db)) == ({"t1", "t2"}, ["0001.create-t1", "0002.create-t2"])


def test_a_killed_runner_leaves_no_lock_and_its_statement_ends(tree, runner, db, start):
    tree.write("0001.slow", "CREATE TABLE t (id int);\nSELECT pg_sleep(600);")
    process = start("apply")
    (pid,) = eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    tree.write("0001.slow", "CREATE TABLE t (id int);")
    recorder = Recorder()
    # The old statement notices within half a second that its client is gone; nothing had to be broken by hand.
    runner.apply(recorder, wait_seconds=10)
    assert not db.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchall()
    assert (tables(db), recorded(db)) == ({"t"}, ["0001.slow"])


def test_a_second_runner_waits_for_the_first(tree, runner, db, start):
    tree.write("0001.slow", "CREATE TABLE t (id int);\nSELECT pg_sleep(1);")
    first = start("apply", "--json")
    eventually(lambda: backends(db, "pg_sleep"))
    recorder = Recorder()
    assert runner.apply(recorder).applied == ()
    assert "waiting" in recorder.words()
    assert first.wait() == 0


def test_a_runner_that_may_not_wait_names_the_holder(tree, command, db, start):
    tree.write("0001.slow", "CREATE TABLE t (id int);\nSELECT pg_sleep(600);")
    start("apply")
    (pid,) = eventually(lambda: backends(db, "pg_sleep"))
    done = command("apply", "--wait", "300ms")
    assert done.returncode == 5
    assert "another run holds the lock of the migrations (waited 0.3 s)" in done.stderr
    assert f'pid {pid} (user postgres, application "avdaily-sql/' in done.stderr
    assert "pg_sleep(600)" in done.stderr
    assert tables(db) == set()


def test_six_runners_at_once_apply_each_file_once(tree, db, start):
    for number in range(1, 13):
        tree.write(
            f"{number:04}.create-t{number}", f"CREATE TABLE t{number} (id int); INSERT INTO t{number} VALUES (1);"
        )
    processes = [start("apply") for _ in range(6)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6
    applied = [line.split()[1] for output in outputs for line in output.splitlines() if line.startswith("applied")]
    assert sorted(applied) == [f"{number:04}.create-t{number}" for number in range(1, 13)]
    assert len(recorded(db)) == 12


def test_two_runners_on_a_new_database_create_the_history_once(tree, db, start):
    tree.table(1)
    processes = [start("apply") for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert recorded(db) == ["0001.create-t1"]


def test_a_schema_named_like_the_login_role_changes_nothing(tree, runner, db):
    tree.write("0001.create-schema", "CREATE SCHEMA postgres;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);")
    runner.apply()
    tree.table(2)
    assert [each.id for each in runner.apply().applied] == ["0002.create-t2"]
    assert db.execute("SELECT count(*) FROM public.t").fetchone() == (1,)
    assert tables(db) == {"t", "t2"}


def test_another_search_path_of_the_database_changes_nothing(tree, runner, db):
    tree.table(1)
    runner.apply()
    db.execute("CREATE SCHEMA elsewhere")
    db.execute(sql.SQL("ALTER DATABASE {} SET search_path = elsewhere").format(sql.Identifier(db.info.dbname)))
    tree.table(2)
    assert [each.id for each in runner.apply().applied] == ["0002.create-t2"]
    assert tables(db) == {"t1", "t2"}


def test_a_search_path_that_a_file_leaves_behind_does_not_move_the_mark(tree, runner, db):
    tree.write("0001.path", "CREATE SCHEMA elsewhere;\nSET search_path = elsewhere;\nCREATE TABLE t (id int);")
    runner.apply()
    assert runner.apply().already_applied == 1
    assert db.execute("SELECT schemaname FROM pg_tables WHERE tablename = 't'").fetchone() == ("elsewhere",)


def test_a_temporary_table_cannot_stand_in_for_the_history(tree, runner, db):
    tree.table(1)
    runner.apply()
    tree.write("0002.trick", "CREATE TEMP TABLE _yoyo_migration (id int);\nCREATE TEMP TABLE pg_locks (id int);")
    runner.apply()
    assert recorded(db) == ["0001.create-t1", "0002.trick"]


def test_an_edited_file_is_refused(tree, command, db):
    tree.table(1)
    tree.table(2)
    assert command("apply").returncode == 0
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint, extra int);\n")
    tree.table(3)
    done = command("apply")
    assert done.returncode == 4
    assert "0001.create-t1 was changed after it was applied" in done.stderr
    assert "0001.create-t1.sql" in done.stderr
    assert tables(db) == {"t1", "t2"}


@pytest.mark.parametrize(
    "text",
    [
        "-- a comment\ncreate   table t1\n(id bigint);\n",
        "CREATE TABLE t1 (id bigint); -- why",
        "CREATE TABLE t1 (id /* inner */ bigint);\n",
    ],
)
def test_an_edit_of_comments_white_space_and_case_is_a_warning(tree, runner, db, text):
    tree.table(1)
    runner.apply()
    tree.write("0001.create-t1", text)
    tree.table(2)
    result = runner.apply()
    assert result.warnings == (
        "0001.create-t1 was edited since it was applied: comments, white space or keyword case only",
    )
    assert runner.states() == {"0001.create-t1": "cosmetic", "0002.create-t2": "applied"}


@pytest.mark.parametrize("text", [b"CREATE TABLE t1 (id bigint);\r\n", b"\xef\xbb\xbfCREATE TABLE t1 (id bigint);\n"])
def test_another_line_end_or_a_byte_order_mark_is_no_edit_at_all(tree, runner, text):
    tree.table(1)
    runner.apply()
    tree.write("0001.create-t1", text)
    assert runner.states() == {"0001.create-t1": "applied"}


def test_an_edit_inside_a_function_body_is_a_change(tree, runner):
    body = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 -- one\n$$;"
    tree.write("0001.f", body)
    runner.apply()
    tree.write("0001.f", body.replace("one", "uno"))
    assert runner.states() == {"0001.f": "changed"}


def test_a_deleted_file_is_refused(tree, command):
    tree.table(1)
    tree.table(2)
    command("apply")
    tree.remove("0001")
    done = command("apply")
    assert done.returncode == 4
    assert "0001.create-t1 is applied, and its file is missing" in done.stderr


def test_a_renamed_file_is_refused_and_not_applied_again(tree, command, db):
    tree.write("0001.fill", "CREATE TABLE IF NOT EXISTS t (id int);\nINSERT INTO t VALUES (1);")
    command("apply")
    tree.remove("0001")
    tree.write("0001.fill-t", "CREATE TABLE IF NOT EXISTS t (id int);\nINSERT INTO t VALUES (1);")
    done = command("apply")
    assert done.returncode == 4
    assert "0001.fill was renamed to 0001.fill-t after it was applied" in done.stderr
    assert db.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_an_enum_can_be_created_extended_and_used_in_one_file_where_the_server_can(tree, runner, db):
    tree.write(
        "0001.mood",
        "CREATE TYPE mood AS ENUM ('calm');\nALTER TYPE mood ADD VALUE 'glad';\n"
        "CREATE TABLE t (m mood);\nINSERT INTO t VALUES ('glad');",
    )
    if db.info.server_version < 170000:
        # Before 17 not even psql can.
        with pytest.raises(Failed) as caught:
            runner.apply()
        assert caught.value.sqlstate == "55P04"
        assert tables(db) == set()
        return
    runner.apply()
    assert db.execute("SELECT m::text FROM t").fetchone() == ("glad",)


def test_texts_that_other_splitters_break_are_run_as_psql_runs_them(tree, runner, server, db, dump):
    text = (
        "\ufeff/* nested /* comment; */ still; */ CREATE TABLE t (a text, b int);\r\n"
        "COPY t FROM stdin;\none;\\n\t1\n-- two\t2\n\\N\t3\n\\.\n"
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'a;b'; SELECT $x$;$x$; END;\n"
        "INSERT INTO t VALUES (E'it\\'s; ₦5', 4);;\n"
        "COPY t (a) FROM stdin;\n\\.\n"
        "COMMENT ON TABLE t IS 'last, without a semicolon'"
    )
    path = tree.write("0001.traps", text)
    runner.apply()
    ours = dump(runner.url)
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(f"{db.info.dbname}_psql")))
    try:
        import subprocess

        other = server.url(f"{db.info.dbname}_psql")
        psql = [server.program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", path, other]
        subprocess.run(psql, check=True, capture_output=True)
        assert dump(other) == ours
    finally:
        server.drop_database(f"{db.info.dbname}_psql")


def test_a_locale_without_utf8_reads_the_same_file(tree, command, db):
    tree.write("0001.naira", "CREATE TABLE t (a text);\nINSERT INTO t VALUES ('₦1,000');")
    done = command("apply", env={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert done.returncode == 0
    assert db.execute("SELECT a FROM t").fetchone() == ("₦1,000",)


@pytest.mark.parametrize(
    "statement",
    ["BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE TRANSACTION 'x'", "commit and chain"],
)
@pytest.mark.parametrize("header", ["", "-- transactional: false\n"])
def test_transaction_control_in_the_text_is_refused_before_any_sql(tree, command, db, statement, header):
    tree.write("0001.control", f"{header}CREATE TABLE t (id int);\n  {statement};\n")
    done = command("apply", "--json")
    assert done.returncode == 2
    import json

    error = json.loads(done.stderr)["error"]
    assert (error["line"], error["column"]) == (2 + bool(header), 3)
    assert error["message"].startswith(statement.upper().partition(" AND")[0].partition(" '")[0].split()[0])
    assert (tables(db), recorded(db)) == (set(), [])


def test_savepoints_are_allowed(tree, runner, db):
    text = "CREATE TABLE t (id int);\nSAVEPOINT a;\nDROP TABLE t;\nROLLBACK TO a;\nRELEASE SAVEPOINT a;"
    tree.write("0001.savepoints", f"{text}\nROLLBACK TO SAVEPOINT b;")
    with pytest.raises(Failed, match='savepoint "b" does not exist'):
        runner.apply()
    tree.write("0001.savepoints", text)
    runner.apply()
    assert tables(db) == {"t"}


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN COMMIT; END $$",
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$; CALL p()",
        "DISCARD ALL",
        "SELECT pg_advisory_unlock_all()",
        "DO $$ BEGIN EXECUTE 'COMMIT'; END $$",
    ],
)
def test_transaction_control_at_run_time_is_caught_and_rolled_back(tree, command, db, statement):
    tree.write("0001.control", f"CREATE TABLE t (id int);\n{statement};\n")
    done = command("apply")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert (tables(db), recorded(db)) == (set(), [])


def test_a_lost_lock_is_noticed_before_the_commit(tree, runner, db):
    tree.write("0001.unlock", "CREATE TABLE t (id int);\nSELECT pg_advisory_unlock_all();")
    with pytest.raises(Failed, match="the file gave up the lock that keeps other runs away"):
        runner.apply()
    assert tables(db) == set()


def test_a_transaction_that_ended_is_noticed_even_if_the_lock_is_still_held(db):
    """No file is known that gets past the lexer and the server with this; the guard would stop it."""
    keys = (lock.CLASS, lock.object_key("avdaily_migrations"))
    db.execute("SELECT pg_advisory_lock(%s, %s), pg_advisory_lock(%s, %s)", (*keys, *keys))
    begun = "SELECT pg_current_xact_id()::text"
    with db.transaction():
        (first,) = db.execute(begun).fetchone()
        db.execute(statements.guard("avdaily_migrations", first))
    with pytest.raises(psycopg.errors.DivisionByZero), db.transaction():
        db.execute(statements.guard("avdaily_migrations", first))


def test_a_long_reader_is_waited_for_without_stopping_other_readers(tree, runner, db, database_url):
    tree.table(1)
    runner.apply()
    tree.write("0002.alter", "ALTER TABLE t1 ADD COLUMN b int;")
    with psycopg.connect(database_url) as reader, psycopg.connect(database_url, autocommit=True) as other:
        reader.execute("SELECT * FROM t1")
        reader_pid = reader.info.backend_pid
        slowest = 0.0

        class Releasing(Recorder):
            def retrying(self, migration, attempt, holders):
                super().retrying(migration, attempt, holders)
                nonlocal slowest
                slowest = max(slowest, _seconds(lambda: other.execute("SELECT * FROM t1")))
                if attempt == 3:
                    reader.rollback()

        recorder = Releasing()
        result = runner.apply(recorder, lock_timeout_ms=300)
    assert [(each.id, each.attempts) for each in result.applied] == [("0002.alter", 3)]
    assert [each for each in recorder.told if each[0] == "retrying"] == [
        ("retrying", "0002.alter", 2, [reader_pid]),
        ("retrying", "0002.alter", 3, [reader_pid]),
    ]
    assert slowest < 0.3
    query = "SELECT attempts FROM avdaily_migrations.avdaily_log WHERE migration_id = '0002.alter'"
    assert db.execute(query).fetchone() == (3,)


def _seconds(call) -> float:
    import time

    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_a_lock_that_is_never_free_ends_in_busy_with_attempts_and_pid(tree, command, runner, db, database_url):
    tree.table(1)
    runner.apply()
    tree.write("0002.alter", "ALTER TABLE t1 ADD COLUMN b int;")
    with psycopg.connect(database_url) as reader:
        reader.execute("SELECT * FROM t1")
        done = command("apply", "--lock-timeout", "200ms", "--wait", "1s")
        assert done.returncode == 5
        assert "0002.alter did not get its locks in 1 s (" in done.stderr
        assert " attempts)" in done.stderr
        assert f"Blocked by pid {reader.info.backend_pid} (user postgres" in done.stderr
        assert "0002.alter.sql:1:1" in done.stderr
    assert recorded(db) == ["0001.create-t1"]


def test_a_file_may_ask_for_its_own_lock_timeout_and_statement_timeout(tree, runner, db):
    tree.write(
        "0001.timeouts",
        "-- lock-timeout: 5s\n-- statement-timeout: 10min\n"
        "CREATE TABLE t AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;",
    )
    tree.write("0002.none", "CREATE TABLE u AS SELECT current_setting('lock_timeout') AS l;")
    runner.apply(lock_timeout_ms=1500)
    assert db.execute("SELECT l, s FROM t").fetchone() == ("5s", "10min")
    assert db.execute("SELECT l FROM u").fetchone() == ("1500ms",)


def test_directives_for_timeouts_hold_in_files_without_a_transaction_and_in_rollbacks(tree, runner, db):
    asks = "AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;"
    directives = "-- lock-timeout: 7s\n-- statement-timeout: 3min\n"
    tree.write(
        "0001.alone",
        f"-- transactional: false\n{directives}CREATE TABLE t {asks}",
        f"-- transactional: true\n{directives}CREATE TABLE undone {asks} DROP TABLE t;",
    )
    tree.table(2)
    runner.apply()
    assert db.execute("SELECT l, s FROM t").fetchone() == ("7s", "3min")
    runner.rollback(steps=2)
    assert db.execute("SELECT l, s FROM undone").fetchone() == ("7s", "3min")


def test_each_kind_of_operation_leaves_the_same_audit_columns(tree, runner, db):
    tree.write("0001.alone", "-- transactional: false\nCREATE TABLE t (id int);", "DROP TABLE t;")
    runner.apply()
    runner.rollback()
    rows = db.execute(
        "SELECT operation, duration_ms >= 0, attempts, database_user = current_user, os_user <> '', host <> '',"
        " application_version <> '' FROM avdaily_migrations.avdaily_log ORDER BY id"
    ).fetchall()
    assert rows == [("apply", True, 1, *[True] * 4), ("rollback", True, 1, *[True] * 4)]


def test_a_statement_timeout_ends_the_file(tree, runner, db):
    tree.write("0001.slow", "-- statement-timeout: 50ms\nCREATE TABLE t (id int);\nSELECT pg_sleep(10);")
    with pytest.raises(Failed) as caught:
        runner.apply()
    assert caught.value.sqlstate == "57014"
    assert caught.value.location.line == 3
    assert tables(db) == set()


def test_a_deadlock_is_tried_again(tree, runner, db, database_url):
    tree.write("0001.tables", "CREATE TABLE a (id int);\nCREATE TABLE b (id int);")
    runner.apply()
    tree.write("0002.alter", "ALTER TABLE a ADD COLUMN c int;\nSELECT pg_sleep(0.5);\nALTER TABLE b ADD COLUMN c int;")
    import threading

    with psycopg.connect(database_url) as other:
        other.execute("SET deadlock_timeout = '10s'")
        other.execute("LOCK TABLE b")

        def collide():
            eventually(lambda: backends(db, "pg_sleep"))
            other.execute("LOCK TABLE a")
            other.rollback()

        thread = threading.Thread(target=collide)
        thread.start()
        result = runner.apply(lock_timeout_ms=30_000)
        thread.join()
    assert result.applied[0].attempts == 2


def test_no_password_is_kept_anywhere(tree, runner, db, database_url):
    tree.table(1)
    # Trust authentication takes any password.
    runner.url = database_url.replace("postgres@", "postgres:Sup3rSecret@")
    runner.apply()
    everything = "\n".join(
        str(row)
        for table in ("_yoyo_log", "_yoyo_migration", "avdaily_log")
        for row in db.execute(sql.SQL("SELECT * FROM avdaily_migrations.{}").format(sql.Identifier(table)))
    )
    assert "Sup3rSecret" not in everything


def test_a_message_of_the_server_shows_the_password_neither_as_it_is_nor_as_the_url_writes_it(
    tree, command, database_url
):
    tree.write("0001.telltale", "DO $$ BEGIN RAISE EXCEPTION 'it is sup3r@secret, or sup3r%%40secret'; END $$;")
    # Trust authentication takes any password.
    done = command("apply", env={"DATABASE_URL": database_url.replace("postgres@", "postgres:sup3r%40secret@")})
    assert done.returncode == 1
    assert "it is ***, or ***" in done.stderr


def test_a_query_with_a_password_is_not_shown_whole(tree, runner, db, database_url):
    tree.write("0001.slow", "CREATE TABLE t (id int);")
    with psycopg.connect(database_url, autocommit=True) as holder:
        keys = (lock.CLASS, lock.object_key("avdaily_migrations"))
        holder.execute("SELECT pg_advisory_lock(%s, %s)", keys)
        holder.execute("SELECT 'ALTER ROLE x PASSWORD' AS \"PASSWORD 'hunter2'\"")
        from avdaily_sql.errors import Busy

        with pytest.raises(Busy) as caught:
            runner.apply(wait_seconds=0)
    assert "hunter2" not in caught.value.detail
    assert "'***'" in caught.value.detail


def test_a_connection_that_is_ended_by_an_administrator_leaves_nothing(tree, command, start, db):
    tree.write("0001.slow", "CREATE TABLE t (id int);\nSELECT pg_sleep(600);")
    process = start("apply")
    (pid,) = eventually(lambda: backends(db, "pg_sleep"))
    db.execute("SELECT pg_terminate_backend(%s)", (pid,))
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert "terminating connection due to administrator command" in errors
    assert (tables(db), recorded(db)) == (set(), [])


def test_a_missing_rollback_of_a_new_file_is_refused_and_nothing_is_written(tree, runner, db):
    tree.write("0001.one-way", "CREATE TABLE t (id int);", None)
    with pytest.raises(UsageError, match=r"0001\.one-way has no rollback file"):
        runner.apply()
    assert tables(db) == set()


def test_a_history_without_a_checksum_is_drift(tree, runner, db):
    tree.table(1)
    runner.apply()
    db.execute("UPDATE avdaily_migrations.avdaily_log SET raw_checksum = NULL, token_checksum = NULL")
    tree.table(2)
    with pytest.raises(Drift, match="was marked as applied by another program"):
        runner.apply()
