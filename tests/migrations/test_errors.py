"""Where an error is said to be: file, line and column of the statement or of the word in it."""

from __future__ import annotations

import pytest

from avdaily_sql.errors import Failed
from tests.migrations.conftest import tables

CASES = {
    "a syntax error": ("CREATE TABLE t (id int);\nSELECT 1 FORM t;\n", 2, 15, "42601"),
    "a column that is not there": ("SELECT 1;\n\n  SELECT 1,\n  nothing;\n", 4, 3, "42703"),
    "a column behind naira signs": ("SELECT '₦₦₦', nothing;\n", 1, 15, "42703"),
    "a run-time error has the statement": ("SELECT 1;\nSELECT 2; SELECT\n  1/0;\nSELECT 3;\n", 2, 11, "22012"),
    "after empty statements": ("SELECT 1;;;\n;\n/* x */ ;\nSELECT 1/0;\n", 4, 1, "22012"),
    "in a DO block": ("SELECT 1;\nDO $$\nBEGIN\n  PERFORM 1/0;\nEND $$;\n", 2, 1, "22012"),
    "in the query of a DO block": ("SELECT 1;\nDO $$\nBEGIN\n  PERFORM nothing;\nEND $$;\n", 2, 1, "42703"),
    "with carriage returns": ("SELECT 1;\r\nSELECT\r\n  nothing;\r\n", 3, 3, "42703"),
    "with a byte order mark": ("\ufeffSELECT nothing;\n", 1, 8, "42703"),
    "in COPY data": ("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\nx\n\\.\n", 5, 1, "22P02"),
    "in a COPY that cannot start": ("CREATE TABLE t (a int);\nCOPY nothing FROM stdin;\n1\n\\.\n", 2, 6, "42P01"),
    "after COPY data": ("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\nSELECT 1;\nSELECT 1/0;\n", 6, 1, "22012"),
    "a syntax error after COPY data": (
        "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\nSELEC 1;\n",
        5,
        1,
        "42601",
    ),
    "in the last statement, without a semicolon": ("SELECT 1;\nSELECT 1/0", 2, 1, "22012"),
    "at the end of the text": ("SELECT 1;\nCREATE TABLE t (", 2, 17, "42601"),
    "a name that is there twice": ("CREATE TABLE t (a int);\nALTER TABLE t ADD CHECK (b > b);", 2, 1, "42703"),
    "after a statement that returns nothing": (
        "CREATE TABLE t (a int);\nUPDATE t SET a = 1;\nSELECT 1/0;",
        3,
        1,
        "22012",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_points_at(tree, runner, db, name):
    text, line, column, state = CASES[name]
    tree.write("0001.wrong", text)
    with pytest.raises(Failed) as caught:
        runner.apply()
    error = caught.value
    assert error.message.startswith("migration 0001.wrong failed: ")
    assert error.sqlstate == state
    assert (error.location.line, error.location.column) == (line, column)
    assert error.location.source == text.removeprefix("\ufeff").splitlines()[line - 1]
    assert tables(db) == set()


def test_the_message_is_the_one_of_the_style_guide(tree, command):
    tree.table(1)
    tree.table(6)
    tree.write(
        "0007.add-wallet-limits",
        "CREATE TABLE wallets (id int);\n\n"
        "ALTER TABLE wallets ADD CONSTRAINT wallets_limit_check CHECK (limit_amount > 0);\n",
    )
    done = command("apply", "-q")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == 'Error: migration 0007.add-wallet-limits failed: column "limit_amount" does not exist (42703)'
    assert lines[1].endswith("0007.add-wallet-limits.sql:3:63")
    assert lines[2] == "     3 | ALTER TABLE wallets ADD CONSTRAINT wallets_limit_check CHECK (limit_amount > 0);"
    assert lines[3] == "       |                                                               ^"
    assert lines[4] == "Detail: The file was rolled back whole. 0001 to 0006 stay applied."
    assert lines[5] == "Hint: Correct the file, then run: avdaily-sql apply"


def test_detail_hint_and_context_of_the_server_are_kept(tree, runner):
    tree.write(
        "0001.refuse",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN\n"
        "RAISE EXCEPTION 'no' USING DETAIL = 'because', HINT = 'do this', ERRCODE = 'AV001'; END $$;\nSELECT f();",
    )
    with pytest.raises(Failed) as caught:
        runner.apply()
    error = caught.value
    assert (error.message, error.sqlstate, error.hint) == ("migration 0001.refuse failed: no", "AV001", "do this")
    assert error.detail == "because. Where: PL/pgSQL function f() line 2 at RAISE. The file was rolled back whole."


def test_a_file_that_stops_too_early_is_told_so(tree, runner):
    tree.write("0001.open", "CREATE TABLE t (")
    with pytest.raises(Failed, match="syntax error at end of input"):
        runner.apply()


def test_a_deferred_constraint_names_the_file(tree, runner, db):
    tree.write(
        "0001.deferred",
        "CREATE TABLE p (id int PRIMARY KEY);\n"
        "CREATE TABLE c (id int CONSTRAINT c_id_fkey REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO c VALUES (1);",
    )
    with pytest.raises(Failed, match="c_id_fkey") as caught:
        runner.apply()
    assert caught.value.location.file.endswith("0001.deferred.sql")
    assert tables(db) == set()


@pytest.mark.parametrize(
    "statement",
    ["CREATE INDEX CONCURRENTLY i ON t (id)", "VACUUM t", "CREATE DATABASE d", "ALTER SYSTEM SET jit = off"],
)
def test_what_cannot_run_in_a_transaction_says_how_it_can(tree, runner, statement):
    tree.write("0001.t", "CREATE TABLE t (id int);")
    tree.write("0002.alone", f"{statement};")
    with pytest.raises(Failed) as caught:
        runner.apply()
    assert caught.value.sqlstate == "25001"
    assert "-- transactional: false" in caught.value.hint


def test_a_large_file_is_sent_in_parts_and_still_points_at_its_error(tree, runner, db):
    row = f"INSERT INTO t VALUES ('{'₦' * 1000}');\n"
    tree.write("0001.large", "CREATE TABLE t (a text);\n" + row * 3000 + "SELECT 1/0;\n")
    with pytest.raises(Failed) as caught:
        runner.apply()
    assert (caught.value.location.line, caught.value.location.column) == (3002, 1)
    assert tables(db) == set()
