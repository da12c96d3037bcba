"""apply: what runs, in which order, and what it leaves."""

from __future__ import annotations

import json
import subprocess

import pytest

from avdaily_sql.errors import Drift, Failed, UsageError
from tests.migrations.conftest import Recorder, recorded, tables


def test_files_are_applied_in_the_order_of_their_numbers(tree, runner, db):
    tree.table(2)
    tree.table(10)
    tree.table(1)
    result = runner.apply()
    assert [each.id for each in result.applied] == ["0001.create-t1", "0002.create-t2", "0010.create-t10"]
    assert tables(db) == {"t1", "t2", "t10"}
    assert recorded(db) == ["0001.create-t1", "0002.create-t2", "0010.create-t10"]


def test_a_second_apply_changes_nothing(tree, runner):
    tree.table(1)
    runner.apply()
    again = runner.apply()
    assert (again.applied, again.already_applied, again.pending) == ((), 1, ())


def test_apply_with_nothing_to_do_issues_no_ddl_and_takes_no_lock(tree, runner, db):
    tree.table(1)
    runner.apply()
    db.execute(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ddl'; END $$;"
        "CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()"
    )
    from avdaily_sql.migrations import lock

    db.execute("SELECT pg_advisory_lock(%s, %s)", (lock.CLASS, lock.object_key("avdaily_migrations")))
    assert runner.apply(wait_seconds=0).applied == ()


@pytest.mark.parametrize("command_line", [("status",), ("plan",), ("apply", "--dry-run"), ("rollback", "--dry-run")])
def test_looking_creates_nothing_on_a_new_database_and_waits_for_nobody(tree, command, db, command_line):
    from avdaily_sql.migrations import lock

    tree.table(1)
    db.execute("SELECT pg_advisory_lock(%s, %s)", (lock.CLASS, lock.object_key("avdaily_migrations")))
    done = command(*command_line, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["database"] == db.info.dbname
    assert db.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'avdaily_migrations'").fetchone() == (0,)
    assert tables(db) == set()


def test_dry_run_says_what_would_run(tree, command):
    tree.write("0001.create-t", "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\nALTER TABLE t ALTER a TYPE bigint;")
    done = command("apply", "--dry-run", "--json")
    assert json.loads(done.stdout)["plan"] == [
        {
            "id": "0001.create-t",
            "statements": 3,
            "transactional": True,
            "locks": ["ACCESS EXCLUSIVE", "SHARE", "ACCESS SHARE"],
            "rewrites": ["t"],
        }
    ]


@pytest.mark.parametrize("word", ["0002.create-t2", "2", "0002"])
def test_to_applies_everything_up_to_there_and_nothing_after(tree, runner, word):
    for number in (1, 2, 3):
        tree.table(number)
    result = runner.apply(to=word)
    assert [each.id for each in result.applied] == ["0001.create-t1", "0002.create-t2"]
    assert result.pending == ("0003.create-t3",)


def test_to_an_unknown_migration_is_refused(tree, runner):
    tree.table(1)
    with pytest.raises(UsageError, match='no migration "0007"'):
        runner.apply(to="0007")


def test_the_command_prints_one_line_for_each_file_after_its_commit(tree, command):
    tree.table(1)
    tree.write("0002.fail", "SELECT 1/0;")
    done = command("apply")
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith("applied  0001.create-t1  ")
    assert line.endswith(" ms")


def test_json_has_the_keys_of_the_contract(tree, command, db):
    tree.table(1)
    done = command("apply", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    keys = ["database", "environment", "applied", "already_applied", "pending", "warnings", "repeatable", "marked"]
    assert list(result) == keys
    assert result["database"] == db.info.dbname
    assert result["environment"] == "development"
    assert list(result["applied"][0]) == ["id", "duration_ms", "attempts"]
    assert (result["applied"][0]["id"], result["applied"][0]["attempts"]) == ("0001.create-t1", 1)


def test_a_failing_file_leaves_those_before_it_and_nothing_of_itself(tree, runner, db):
    tree.table(1)
    tree.write("0002.fail", "CREATE TABLE half (id int);\nSELECT 1/0;\n")
    tree.table(3)
    with pytest.raises(Failed):
        runner.apply()
    assert tables(db) == {"t1"}
    assert recorded(db) == ["0001.create-t1"]


def test_a_corrected_file_goes_through(tree, runner, db):
    tree.write("0001.fail", "CREATE TABLE t (id nonsense);")
    with pytest.raises(Failed):
        runner.apply()
    tree.write("0001.fail", "CREATE TABLE t (id int);")
    runner.apply()
    assert tables(db) == {"t"}


def test_no_file_is_run_when_a_later_one_is_bad(tree, runner, db):
    tree.table(1)
    tree.write("0002.bad", "SELECT 'unterminated")
    with pytest.raises(UsageError):
        runner.apply()
    assert tables(db) == set()
    assert recorded(db) == []


def test_a_new_file_below_an_applied_one_is_refused(tree, runner, db):
    tree.table(1)
    tree.table(3)
    runner.apply()
    tree.table(2)
    with pytest.raises(Drift, match=r"0002\.create-t2 is new, and 0003\.create-t3 is already applied"):
        runner.apply()
    assert tables(db) == {"t1", "t3"}


def test_a_new_file_below_an_applied_one_may_allow_it(tree, runner, db):
    tree.table(3)
    runner.apply()
    tree.write("0002.create-t2", "-- out-of-order: true\nCREATE TABLE t2 (id int);")
    runner.apply()
    assert tables(db) == {"t2", "t3"}


def test_each_file_starts_with_a_fresh_session(tree, runner, db):
    tree.write(
        "0001.change-everything",
        """
        SET search_path = pg_catalog; SET statement_timeout = '1h'; SET standard_conforming_strings = off;
        SET session_replication_role = replica; SET client_encoding = 'LATIN1';
        CREATE ROLE nobody_in_particular; SET SESSION AUTHORIZATION nobody_in_particular; RESET SESSION AUTHORIZATION;
        CREATE TEMP TABLE left_behind (id int); PREPARE left_behind AS SELECT 1; LISTEN left_behind;
        DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1; DROP ROLE nobody_in_particular;
        """,
    )
    tree.write(
        "0002.look",
        """
        CREATE TABLE seen AS SELECT current_setting('search_path') AS path,
          current_setting('statement_timeout') AS timeout, current_setting('standard_conforming_strings') AS strings,
          current_setting('session_replication_role') AS role,
          current_setting('client_encoding') AS encoding, to_regclass('left_behind') IS NULL AS clean,
          (SELECT count(*) FROM pg_prepared_statements) + (SELECT count(*) FROM pg_cursors) AS kept;
        """,
    )
    runner.apply()
    assert db.execute("SELECT * FROM seen").fetchone() == ("public", "0", "on", "origin", "UTF8", True, 0)


def test_the_role_of_a_file_ends_with_it(tree, runner, db, server):
    role = f"migrating_role_{db.info.dbname}"
    db.execute(f"CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}")
    try:
        tree.write("0001.as-role", f"SET ROLE {role};\nCREATE TABLE of_role (id int);")
        tree.write("0002.as-role", f"SET SESSION AUTHORIZATION {role};\nCREATE TABLE of_session (id int);")
        tree.table(3)
        runner.apply()
        owners = dict(db.execute("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'"))
        assert owners == {"of_role": role, "of_session": role, "t3": "postgres"}
        assert len(recorded(db)) == 3
    finally:
        db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_the_history_says_who_when_and_with_what(tree, runner, db, monkeypatch):
    tree.write("0001.create-t", "CREATE TABLE t (id int);\nCREATE TABLE u (id int);")
    root = tree.root.parent
    subprocess.run(["git", "init", "-q", root], check=True)
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "-C", root, *identity, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    revision = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    runner.apply()
    row = db.execute(
        "SELECT operation, statements, transactional, attempts, database_user, os_user <> '', host <> '',"
        " application_version, git_revision, duration_ms >= 0 FROM avdaily_migrations.avdaily_log"
    ).fetchone()
    from avdaily_sql import __version__

    assert row == ("apply", 2, True, 1, "postgres", True, True, __version__, revision.stdout.strip(), True)


def test_another_schema_has_its_own_history(tree, runner, db):
    db.execute("CREATE SCHEMA cell_1; CREATE SCHEMA cell_2")
    tree.table(1)
    runner.apply(schema="cell_1")
    runner.apply(schema="cell_2")
    assert len(runner.apply(schema="cell_2").applied) == 0
    found = db.execute("SELECT schemaname FROM pg_tables WHERE tablename = 't1' ORDER BY 1").fetchall()
    assert found == [("cell_1",), ("cell_2",)]
    assert db.execute("SELECT count(*) FROM cell_1_migrations._yoyo_migration").fetchone() == (1,)
    assert tables(db) == set()


def test_a_schema_that_is_not_there_is_not_created(tree, runner, db):
    tree.table(1)
    with pytest.raises(UsageError, match='no schema "cel_1"'):
        runner.apply(schema="cel_1")
    assert db.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cel%'").fetchone() == (0,)


def test_partitions_are_ensured_after_new_files_only(tree, runner, db):
    tree.write(
        "0001.create-job",
        """CREATE TABLE calls (months int);
        CREATE FUNCTION ensure_partitions(months integer) RETURNS void LANGUAGE sql
        BEGIN ATOMIC INSERT INTO calls VALUES (months); END;""",
    )
    runner.apply()
    runner.apply()
    assert db.execute("SELECT months FROM calls").fetchall() == [(3,)]


def test_the_observer_hears_of_the_plan_before_and_of_each_file_after(tree, runner):
    tree.table(1)
    tree.table(2)
    recorder = Recorder()
    runner.apply(recorder)
    assert recorder.told == [
        ("planned", ["0001.create-t1", "0002.create-t2"]),
        ("applied", "0001.create-t1"),
        ("applied", "0002.create-t2"),
    ]


def test_notices_of_the_server_reach_the_observer(tree, runner):
    tree.write("0001.notice", "DO $$ BEGIN RAISE NOTICE 'counted % rows', 3; END $$;")
    recorder = Recorder()
    runner.apply(recorder)
    assert ("notice", "NOTICE: counted 3 rows") in recorder.told
