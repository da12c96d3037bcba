"""Repeatable files: run behind the numbered ones, again whenever their text changes, with a record of their own."""

from __future__ import annotations

import json
import os

import pytest

from avdaily_sql import migrations, settings
from avdaily_sql.errors import Failed, UsageError
from avdaily_sql.migrations import baseline, verify
from avdaily_sql.migrations.options import Options
from tests.migrations.conftest import Recorder, tables
from tests.waiting import eventually

_SETTINGS = settings.load(environ={"PATH": os.environ["PATH"]})
VIEW = "-- {name}: the view is there\n{more}CREATE OR REPLACE VIEW {view} AS {select};\n"


def put(tree, name: str, text: str | None = None, *, select="SELECT id FROM t1", more="") -> None:
    directory = tree.migrations / "repeatable"
    directory.mkdir(exist_ok=True)
    text = text or VIEW.format(name=name, view=name.replace("-", "_"), select=select, more=more)
    (directory / f"{name}.sql").write_text(text)


def remove(tree, name: str) -> None:
    (tree.migrations / "repeatable" / f"{name}.sql").unlink()


@pytest.fixture
def filled(tree):
    tree.table(1)
    put(tree, "totals")
    return tree


def of(result) -> dict[str, str]:
    return {each.id: each.state for each in result.repeatable}


def ran(runner) -> list[str]:
    recorder = Recorder()
    runner.apply(recorder)
    return [each[1] for each in recorder.told if each[0] == "applied"]


def records(db) -> list[tuple[str, str]]:
    return db.execute("SELECT name, operation FROM avdaily_migrations.avdaily_repeatable ORDER BY id").fetchall()


def views(db) -> set[str]:
    return {name for (name,) in db.execute("SELECT viewname FROM pg_views WHERE schemaname = 'public'")}


def refused(runner, db) -> UsageError:
    with pytest.raises(UsageError) as caught:
        runner.apply()
    assert tables(db) == set()
    return caught.value


def test_a_repeatable_file_runs_behind_the_numbered_ones_and_only_once(filled, runner, db):
    assert of(runner.status()) == {"totals": "pending"}
    assert ran(runner) == ["0001.create-t1", "repeatable/totals"]
    assert views(db) == {"totals"}
    assert of(runner.status()) == {"totals": "applied"}
    assert ran(runner) == []
    assert records(db) == [("totals", "apply")]


def test_it_runs_again_when_its_text_changes_and_not_when_only_line_ends_do(filled, runner, db):
    runner.apply()
    path = filled.migrations / "repeatable" / "totals.sql"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert of(runner.status()) == {"totals": "applied"}
    put(filled, "totals", select="SELECT id, 1 AS one FROM t1")
    assert of(runner.status()) == {"totals": "outdated"}
    assert ran(runner) == ["repeatable/totals"]
    assert db.execute("SELECT one FROM totals").fetchall() == []
    assert records(db) == [("totals", "apply"), ("totals", "apply")]


def test_they_run_behind_what_they_depend_on_and_else_by_name(tree, runner, db):
    tree.table(1)
    put(tree, "a", more="-- depends: z\n", select="SELECT id FROM z")
    put(tree, "c")
    put(tree, "b", more="-- depends: a z\n", select="SELECT id FROM a")
    put(tree, "z")
    assert ran(runner) == ["0001.create-t1", *(f"repeatable/{name}" for name in ("c", "z", "a", "b"))]
    put(tree, "z", more="-- Why: changed\n")
    assert ran(runner) == ["repeatable/z"]


def test_a_new_numbered_file_does_not_run_them_again(filled, runner):
    runner.apply()
    filled.table(2)
    assert ran(runner) == ["0002.create-t2"]


def test_with_to_they_wait_until_nothing_numbered_is_left_out(filled, runner, db):
    filled.table(2)
    put(filled, "totals", select="SELECT id FROM t2")
    result = runner.apply(to="1")
    assert (of(result), views(db)) == ({"totals": "pending"}, set())
    assert of(runner.apply(to="2")) == {"totals": "applied"}


def test_one_that_fails_leaves_nothing_and_is_tried_again(filled, runner, db):
    put(filled, "failing", "-- failing: never true\nCREATE VIEW half AS SELECT 1 AS x;\nSELECT 1 / 0;\n")
    put(filled, "later")
    with pytest.raises(Failed) as caught:
        runner.apply()
    assert caught.value.message == "repeatable/failing failed: division by zero"
    assert (caught.value.location.line, caught.value.location.file.rpartition("/")[2]) == (3, "failing.sql")
    assert "0001 stays applied." in caught.value.detail
    assert (views(db), tables(db)) == (set(), {"t1"})
    assert of(runner.status()) == {"failing": "pending", "later": "pending", "totals": "pending"}
    put(filled, "failing")
    assert ran(runner) == ["repeatable/failing", "repeatable/later", "repeatable/totals"]


def test_a_killed_run_leaves_neither_object_nor_record(filled, runner, db, start):
    runner.apply()
    put(filled, "slow", "-- slow: it is slow\nCREATE OR REPLACE VIEW slow AS SELECT 1 AS x;\nSELECT pg_sleep(60);\n")
    process = start("apply")
    query = "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
    eventually(lambda: db.execute(query + " AND state = 'active'").rowcount)
    process.kill()
    eventually(lambda: not db.execute(query).rowcount)
    assert (views(db), of(runner.status())["slow"]) == ({"totals"}, "pending")
    put(filled, "slow")
    assert ran(runner) == ["repeatable/slow"]


def test_a_file_that_is_gone_closes_its_record_and_leaves_its_objects(filled, runner, db):
    runner.apply()
    remove(filled, "totals")
    assert of(runner.status()) == {"totals": "removed"}
    result = runner.apply()
    assert "repeatable/totals has no file any more" in result.warnings[0]
    assert (views(db), of(runner.status())) == ({"totals"}, {})
    filled.write("0002.drop-totals", "DROP VIEW totals;", "SELECT 1;")
    put(filled, "totals")
    assert ran(runner) == ["0002.drop-totals", "repeatable/totals"]


def test_a_rollback_asks_for_them_again(filled, runner, db):
    runner.apply()
    filled.write("0002.add-x", "ALTER TABLE t1 ADD COLUMN x int;", "DROP VIEW totals; ALTER TABLE t1 DROP COLUMN x;")
    runner.apply()
    runner.rollback()
    assert (views(db), of(runner.status())) == (set(), {"totals": "outdated"})
    assert ran(runner) == ["0002.add-x", "repeatable/totals"]
    assert [operation for _, operation in records(db)] == ["apply", "outdate", "apply"]


def test_a_rollback_that_they_are_in_the_way_of_says_what_to_do_and_never_cascade(filled, runner, db):
    runner.apply()
    with pytest.raises(Failed) as caught:
        runner.rollback()
    assert caught.value.sqlstate == "2BP01"
    assert caught.value.hint.startswith("Drop what depends on it in this file first, by name")
    assert "CASCADE" not in caught.value.hint
    assert (views(db), tables(db)) == ({"totals"}, {"t1"})
    assert of(runner.status()) == {"totals": "applied"}


def test_a_rollback_without_a_transaction_asks_for_them_again_too(filled, runner, db):
    filled.write("0002.index", "-- transactional: false\nCREATE INDEX CONCURRENTLY i ON t1 (id);", "DROP INDEX i;")
    runner.apply()
    runner.rollback()
    assert of(runner.status()) == {"totals": "outdated"}


def test_status_plan_and_dry_run_show_them_and_change_nothing(filled, command, db):
    for words in (("plan",), ("apply", "--dry-run")):
        plan = json.loads(command(*words, "--json").stdout)["plan"]
        assert [each["id"] for each in plan] == ["0001.create-t1", "repeatable/totals"]
        assert plan[1]["locks"][0] == "ACCESS EXCLUSIVE"
    assert tables(db) == set()
    command("apply")
    put(filled, "totals", more="-- Why: a reason\n")
    done = command("status", "--exit-code", "--json")
    assert (done.returncode, json.loads(done.stdout)["repeatable"][0]["state"]) == (3, "outdated")
    text = command("status")
    assert "repeatable/totals" in text.stdout
    assert "1 repeatable to apply" in text.stdout
    assert "next: avdaily-sql apply" in text.stderr
    applied = json.loads(command("apply", "--json").stdout)
    assert [(each["id"], each["state"]) for each in applied["repeatable"]] == [("totals", "applied")]
    assert [each["id"] for each in applied["applied"]] == ["repeatable/totals"]
    assert command("status", "--exit-code").returncode == 0
    put(filled, "totals")
    assert "nothing to apply" not in command("apply").stdout
    assert "nothing to apply: 1 applied" in command("apply").stdout


def test_two_runners_at_once_apply_each_once(filled, db, start):
    for number in range(5):
        put(filled, f"view-{number}")
    running = [start("apply") for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert sorted(records(db)) == sorted((name, "apply") for name in ["totals", *(f"view-{n}" for n in range(5))])


BAD = {
    "no title": ("CREATE VIEW v AS SELECT 1 AS x;\n", "the first line does not name the file", (1, 1)),
    "another title": ("-- other: x\nSELECT 1;\n", "the first line does not name the file", (1, 1)),
    "a directive with a typo": ("-- bad: x\n-- dependss: a\nSELECT 1;", 'unknown directive "dependss"', (2, 1)),
    "a directive that it cannot have": (
        "-- bad: x\n-- transactional: false\nSELECT 1;",
        'a repeatable file cannot have the directive "transactional"',
        (2, 1),
    ),
    "a directive twice": (
        "-- bad: x\n-- depends: bad\n-- depends: bad\nSELECT 1;",
        'the directive "depends" is there twice',
        (3, 1),
    ),
    "what it depends on is not there": (
        "-- bad: x\n-- depends: nothing\nSELECT 1;",
        'it depends on "nothing", which is no repeatable file',
        (2, 1),
    ),
    "a numbered file": (
        "-- bad: x\n-- depends: 0001.create-t1\nSELECT 1;",
        'it depends on "0001.create-t1", which is no repeatable file',
        (2, 1),
    ),
    "itself": ("-- bad: x\n-- depends: bad\nSELECT 1;", "it depends on itself: bad → bad", (2, 1)),
    "no statement": ("-- bad: x\n", "the file has no statement", (None, None)),
    "transaction control": ("-- bad: x\nSELECT 1;\nCOMMIT;\n", "COMMIT in a migration", (3, 1)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_is_refused_for(tree, runner, db, name):
    text, message, place = BAD[name]
    tree.table(1)
    put(tree, "bad", text)
    error = refused(runner, db)
    assert error.message.startswith(message)
    assert error.location.file.endswith("repeatable/bad.sql")
    assert (error.location.line, error.location.column) == place


def test_a_circle_of_dependencies_is_named_at_its_first_file(tree, runner, db):
    tree.table(1)
    for name, other in (("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")):
        put(tree, name, more=f"-- depends: {other}\n")
    error = refused(runner, db)
    assert error.message == "it depends on itself: b → c → b"
    assert (error.location.file.rpartition("/")[2], error.location.line) == ("b.sql", 2)


@pytest.mark.parametrize("name", ["a.rollback.sql", "a b.sql", "A.py", "depends.sql", "ä.sql", "-a.sql", "a.SQL"])
def test_a_name_is_refused(filled, runner, db, name):
    (filled.migrations / "repeatable" / name).write_text("SELECT 1;")
    assert refused(runner, db).message.startswith(f'"{name}" is no repeatable file')


def test_a_link_out_of_the_tree_is_refused(filled, runner, db, tmp_path):
    (tmp_path / "outside.sql").write_text("SELECT 1;")
    (filled.migrations / "repeatable" / "linked.sql").symlink_to(tmp_path / "outside.sql")
    assert refused(runner, db).message.startswith("symbolic link out of the SQL directory")


def prove(runner):
    return verify.verify(runner.url, runner.tree.sql, _SETTINGS)


def test_verify_proves_that_a_second_time_changes_nothing(filled, runner):
    runner.apply()
    put(filled, "zeroes", "-- zeroes: grows each time\nALTER TABLE t1 ADD CONSTRAINT c CHECK (id > 0);\n")
    put(
        filled,
        "grows",
        "-- grows: more each time\nDO $$BEGIN EXECUTE format('CREATE VIEW v%s AS SELECT 1 AS x',"
        " (SELECT count(*) FROM pg_views)); END$$;\n",
    )
    verdicts = {each.id: each for each in prove(runner).files}
    assert verdicts["repeatable/totals"].ok
    assert "already exists" in verdicts["repeatable/zeroes"].difference
    assert "+ CREATE VIEW public.v" in verdicts["repeatable/grows"].difference


def test_verify_finds_what_live_objects_of_a_repeatable_file_are_not_any_more(filled, runner, db):
    runner.apply()
    assert prove(runner).exit_code == 0
    db.execute("CREATE OR REPLACE VIEW totals AS SELECT id FROM t1 WHERE id > 5")
    result = prove(runner)
    assert (result.exit_code, [each.object for each in result.live]) == (4, ["VIEW public.totals"])


def test_verify_does_not_compare_what_is_to_be_applied_again(filled, runner, db):
    runner.apply()
    put(filled, "totals", select="SELECT id, 2 AS two FROM t1")
    put(filled, "new")
    result = prove(runner)
    assert (result.live, result.exit_code) == ((), 0)
    assert "VIEW public.totals is not compared: repeatable/totals is to be applied again" in result.warnings


@pytest.mark.parametrize("has_view", [True, False])
def test_baseline_believes_a_database_with_or_without_their_objects(filled, runner, db, has_view):
    db.execute("CREATE TABLE t1 (id bigint)")
    if has_view:
        db.execute("CREATE VIEW totals AS SELECT id FROM t1")
    result = baseline.baseline(runner.url, filled.sql, _SETTINGS, Options(to="1"))
    assert (result.marked, result.proven) == (("0001.create-t1",), True)
    assert ran(runner) == ["repeatable/totals"]


def test_lint_judges_them_and_lets_them_drop(filled, command):
    put(filled, "floats", "-- floats: x\nDROP VIEW IF EXISTS floats;\nCREATE TABLE floats (\n  a real\n);\n")
    put(filled, "unreadable", "SELECT 1;\n")
    done = command("lint", "--json")
    found = {
        (each["file"].rpartition("/")[2], each["line"], each["rule"]) for each in json.loads(done.stdout)["findings"]
    }
    assert ("floats.sql", 4, "money-as-float") in found
    assert ("unreadable.sql", 1, "refused") in found
    assert not {rule for file, _, rule in found if file == "totals.sql"}
    assert not {rule for file, line, rule in found if (file, line) == ("floats.sql", 2)}


def test_a_schema_of_its_own_has_their_history_too(filled, runner, db):
    db.execute("CREATE SCHEMA other")
    runner.apply(schema="other")
    assert db.execute("SELECT name FROM other_migrations.avdaily_repeatable").fetchall() == [("totals",)]
    assert of(runner.status(schema="other")) == {"totals": "applied"}
    assert of(runner.status()) == {"totals": "pending"}


def test_a_history_of_theirs_that_was_edited_by_hand_is_refused(filled, runner, command, db):
    runner.apply()
    db.execute("ALTER TABLE avdaily_migrations.avdaily_repeatable DROP COLUMN raw_checksum")
    done = command("status")
    assert (done.returncode, "is not whole: column" in done.stderr) == (4, True)


def test_our_own_tree_has_none():
    from avdaily_sql import sqltree
    from avdaily_sql.migrations import repeatable

    assert repeatable.list_files(sqltree.find(_SETTINGS)) == ()
    assert migrations.Options().numbered_only is False
