"""rollback: newest first by the order of application, judged before it starts, asked for."""

from __future__ import annotations

import json

import pytest
from psycopg import sql

from avdaily_sql.errors import Failed, Refused, UsageError
from tests.migrations.conftest import Recorder, recorded, tables


@pytest.fixture
def three(tree, runner):
    for number in (1, 2, 3):
        tree.table(number)
    runner.apply()
    return runner


def test_the_newest_is_rolled_back_by_default(three, db):
    result = three.rollback()
    assert [each.id for each in result.rolled_back] == ["0003.create-t3"]
    assert (tables(db), recorded(db)) == ({"t1", "t2"}, ["0001.create-t1", "0002.create-t2"])


def test_several_steps_go_newest_first(three, db):
    recorder = Recorder()
    three.rollback(recorder, steps=2)
    assert recorder.told == [("rolled back", "0003.create-t3"), ("rolled back", "0002.create-t2")]
    assert tables(db) == {"t1"}


@pytest.mark.parametrize("word", ["0001.create-t1", "1"])
def test_to_keeps_the_migration_that_it_names(three, db, word):
    three.rollback(to=word)
    assert tables(db) == {"t1"}


def test_all_leaves_an_empty_schema_and_a_second_time_nothing(three, db):
    assert len(three.rollback(steps=None).rolled_back) == 3
    assert (tables(db), recorded(db)) == (set(), [])
    assert three.rollback(steps=None).rolled_back == ()


def test_up_down_up_is_the_same_schema(tree, runner, dump, database_url):
    tree.write(
        "0001.mixed",
        "CREATE TABLE a (id int PRIMARY KEY);\nCREATE VIEW v AS SELECT * FROM a;\nCREATE INDEX i ON a (id);",
        "DROP INDEX i;\nDROP VIEW v;\nDROP TABLE a;",
    )
    empty = dump(database_url)
    runner.apply()
    first = dump(database_url)
    runner.rollback()
    assert dump(database_url) == empty
    runner.apply()
    assert dump(database_url) == first


def test_the_order_is_that_of_application(tree, runner, db):
    tree.table(2)
    runner.apply()
    tree.write("0001.late", "-- out-of-order: true\nCREATE TABLE late (id int);", "DROP TABLE late;")
    runner.apply()
    assert [each.id for each in runner.rollback().rolled_back] == ["0001.late"]


def test_a_failing_rollback_leaves_its_migration_applied_whole(tree, runner, db):
    tree.table(1)
    tree.write("0002.bad", "CREATE TABLE t2 (id int);", "DROP TABLE t2;\nDROP TABLE nothing;")
    runner.apply()
    with pytest.raises(Failed) as caught:
        runner.rollback()
    assert caught.value.message == 'rollback of 0002.bad failed: table "nothing" does not exist'
    assert caught.value.location.file.endswith("0002.bad.rollback.sql")
    assert caught.value.location.line == 2
    assert caught.value.detail == "Nothing of it was undone: 0002.bad stays applied."
    assert (tables(db), recorded(db)) == ({"t1", "t2"}, ["0001.create-t1", "0002.bad"])


def test_all_steps_are_judged_before_the_first_runs(tree, runner, db):
    tree.write("0001.bad", "CREATE TABLE t1 (id int);", "DROP TABLE t1;")
    tree.table(2)
    runner.apply()
    tree.write("0001.bad", "CREATE TABLE t1 (id int);", "COMMIT;")
    with pytest.raises(UsageError, match="COMMIT in a migration"):
        runner.rollback(steps=None)
    assert tables(db) == {"t1", "t2"}


def test_an_irreversible_migration_is_refused_with_its_reason(tree, command, db):
    tree.write(
        "0001.one-way", "-- irreversible: the old column held what nobody has any more\nCREATE TABLE t (id int);", None
    )
    tree.table(2)
    command("apply")
    done = command("rollback", "--all", "--yes")
    assert done.returncode == 6
    assert "0001.one-way is irreversible: the old column held what nobody has any more" in done.stderr
    assert done.stderr.splitlines()[-1] == "avdaily-sql rollback --to 0001.one-way"
    assert tables(db) == {"t", "t2"}


def test_a_missing_rollback_file_is_a_usage_error(three, tree, db):
    (tree.migrations / "0003.create-t3.rollback.sql").unlink()
    with pytest.raises(UsageError, match=r"0003\.create-t3 has no rollback file"):
        three.rollback()
    assert len(recorded(db)) == 3
    # The migration itself is applied: only its rollback is refused.
    assert three.apply().already_applied == 3


def test_missing_files_are_a_usage_error(three, tree, db):
    tree.remove("0003")
    with pytest.raises(UsageError, match="its files are missing"):
        three.rollback()


def test_more_steps_than_there_are_is_a_usage_error(three, db):
    with pytest.raises(UsageError, match="cannot roll back 4 migrations: 3 are applied"):
        three.rollback(steps=4)
    assert len(recorded(db)) == 3


def test_to_a_migration_that_is_not_applied_is_a_usage_error(three, tree):
    tree.table(4)
    with pytest.raises(UsageError, match=r"0004\.create-t4 is not applied"):
        three.rollback(to="4")


def test_without_a_terminal_and_without_yes_it_is_refused(tree, command, db):
    tree.table(1)
    command("apply")
    done = command("rollback", "--all")
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == f"avdaily-sql --sql-dir {tree.root} rollback --all --yes"
    assert tables(db) == {"t1"}
    assert command("rollback", "--all", "--yes").stdout.startswith("rolled back  0001.create-t1  ")
    assert tables(db) == set()


def test_production_asks_for_three_things(tree, command, db):
    tree.table(1)
    command("apply")
    name = db.info.dbname
    production = {"AVDAILY_ENV": "production"}
    refused = command("rollback", "--yes", env=production)
    assert refused.returncode == 6
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("DB_RESET_CONFIRM=1 DB_RESET_ALLOW_PRODUCTION=1 avdaily-sql ")
    assert last.endswith("rollback --confirm DATABASE")
    two = production | {"DB_RESET_CONFIRM": "1", "DB_RESET_ALLOW_PRODUCTION": "1"}
    assert command("rollback", "--confirm", "another", env=two).returncode == 6
    assert command("rollback", "--confirm", name, env=production).returncode == 6
    assert tables(db) == {"t1"}
    assert command("rollback", "--confirm", name, env=two).returncode == 0
    assert tables(db) == set()


def test_a_marked_database_is_production_whatever_the_environment_says(tree, command, db):
    tree.table(1)
    command("apply")
    db.execute(
        sql.SQL("COMMENT ON DATABASE {} IS 'avdaily.environment=production'").format(sql.Identifier(db.info.dbname))
    )
    assert command("rollback", "--yes").returncode == 6
    assert tables(db) == {"t1"}


def test_json_has_the_keys_of_the_contract(tree, command):
    tree.table(1)
    command("apply")
    done = command("rollback", "--yes", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert [list(each) for each in result["rolled_back"]] == [["id", "duration_ms"]]


def test_scopes_exclude_each_other(tree, command):
    tree.table(1)
    done = command("rollback", "--all", "--steps", "2")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Error: --steps, --to and --all exclude each other"


def test_a_changed_file_can_still_be_rolled_back(three, tree, db):
    tree.write("0003.create-t3", "CREATE TABLE t3 (id bigint, b int);", "DROP TABLE t3;")
    three.rollback()
    assert tables(db) == {"t1", "t2"}


def test_the_log_keeps_both_directions(three, db):
    three.rollback()
    rows = db.execute(
        "SELECT l.operation, l.migration_id, y.operation FROM avdaily_migrations.avdaily_log AS l"
        " JOIN avdaily_migrations._yoyo_log AS y ON y.id = l.yoyo_log_id ORDER BY l.id DESC LIMIT 2"
    )
    assert rows.fetchall() == [("rollback", "0003.create-t3", "rollback"), ("apply", "0003.create-t3", "apply")]


def test_refused_by_the_caller_nothing_happens(three, db):
    def refuse(conn, planned):
        raise Refused(", ".join(step.id for step in planned))

    with pytest.raises(Refused, match=r"0003\.create-t3, 0002\.create-t2"):
        three.rollback(steps=2, agree=refuse)
    assert len(recorded(db)) == 3
