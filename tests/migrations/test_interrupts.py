"""Ctrl-C, SIGTERM and SIGKILL in the middle: nothing half-done, one line, the documented exit code."""

from __future__ import annotations

import json
import signal

import psycopg
import pytest

from tests.migrations.conftest import backends, blocked, recorded, tables
from tests.waiting import eventually

SIGNALS = pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)


@SIGNALS
def test_in_the_middle_of_a_file(tree, start, db, number, code, word):
    tree.table(1)
    tree.write("0002.slow", "CREATE TABLE half (id int);\nSELECT pg_sleep(600);")
    process = start("apply")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == code
    assert [line.split()[:2] for line in output.splitlines()] == [["applied", "0001.create-t1"]]
    assert errors.splitlines()[-1] == f"Error: {word}"
    assert "Traceback" not in errors
    assert not backends(db, "pg_sleep")
    assert (tables(db), recorded(db)) == ({"t1"}, ["0001.create-t1"])


@SIGNALS
def test_while_waiting_for_another_run(tree, start, db, number, code, word):
    tree.write("0001.slow", "SELECT pg_sleep(600);")
    first = start("apply")
    eventually(lambda: backends(db, "pg_sleep"))
    process = start("apply")
    assert "waiting for another run" in process.stderr.readline()
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert first.poll() is None


@SIGNALS
def test_in_the_middle_of_copy_data(tree, start, db, number, code, word):
    lines = "".join(f"{row}\t{'x' * 500}\n" for row in range(40_000))
    slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$"
    trigger = "CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow()"
    tree.write("0001.copy", f"CREATE TABLE t (a int, b text);\n{slow};\n{trigger};\nCOPY t FROM stdin;\n{lines}\\.\n")
    process = start("apply")
    eventually(lambda: backends(db, "COPY t"))
    process.send_signal(number)
    process.communicate(timeout=15)
    assert process.returncode == code
    assert (tables(db), recorded(db)) == (set(), [])


@SIGNALS
def test_in_the_middle_of_the_bookkeeping(tree, runner, start, db, database_url, number, code, word):
    tree.table(1)
    runner.apply()
    tree.table(2)
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE avdaily_migrations._yoyo_log IN EXCLUSIVE MODE")
        process = start("apply")
        eventually(lambda: blocked(db))
        process.send_signal(number)
        process.communicate(timeout=15)
    assert process.returncode == code
    assert (tables(db), recorded(db)) == ({"t1"}, ["0001.create-t1"])


def test_with_json_stdout_stays_empty(tree, start, db):
    tree.write("0001.slow", "SELECT pg_sleep(600);")
    process = start("apply", "--json")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (143, "")
    assert json.loads(errors)["error"]["exit_code"] == 143


def test_in_the_middle_of_a_rollback(tree, runner, start, db):
    tree.table(1)
    tree.write("0002.slow", "CREATE TABLE t2 (id int);", "DROP TABLE t2;\nSELECT pg_sleep(600);")
    runner.apply()
    process = start("rollback", "--all", "--yes")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert (tables(db), recorded(db)) == ({"t1", "t2"}, ["0001.create-t1", "0002.slow"])


def test_the_next_run_after_an_interruption_needs_no_hand(tree, runner, start, db):
    tree.write("0001.slow", "CREATE TABLE t (id int);\nSELECT pg_sleep(600);")
    process = start("apply")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    tree.write("0001.slow", "CREATE TABLE t (id int);")
    assert len(runner.apply(wait_seconds=1).applied) == 1


def test_a_server_that_does_not_answer_the_cancel_is_left_behind(tree, start, db):
    # A statement that ignores cancellation for a while: the runner gives up waiting and goes.
    body = "BEGIN BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(600); END; END"
    tree.write("0001.stubborn", f"CREATE TABLE t (id int);\nDO $$ {body} $$;")
    process = start("apply")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    eventually(lambda: not backends(db, "pg_sleep"))
    assert tables(db) == set()


def test_a_run_that_waited_while_another_did_it_all_says_only_that_nothing_is_left(tree, start, db):
    tree.write("0001.slow", "SELECT pg_advisory_xact_lock(77);")
    db.execute("SELECT pg_advisory_lock(77)")
    first = start("apply", "--lock-timeout", "60s")
    eventually(lambda: backends(db, "pg_advisory_xact_lock"))
    second = start("apply")
    assert "waiting for another run" in second.stderr.readline()
    db.execute("SELECT pg_advisory_unlock(77)")
    first.communicate(timeout=10)
    output, errors = second.communicate(timeout=10)
    assert (second.returncode, output) == (0, "nothing to apply: 1 applied\n")
    assert "to run" not in errors
