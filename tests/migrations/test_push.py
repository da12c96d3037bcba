"""push: the newest file of a developer, undone and applied again as it is edited; refused everywhere else."""

from __future__ import annotations

import json
import signal
import subprocess
import threading

import psycopg
import pytest

from tests.migrations.conftest import backends, recorded, tables
from tests.waiting import eventually

NEWEST = "0002.create-notes"


def columns(db, table="notes"):
    query = "SELECT column_name::text FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    return [name for (name,) in db.execute(query, (table,))]


@pytest.fixture
def notes(tree):
    """Write the newest pair, with these columns."""
    tree.table(1)

    def write(*names, rollback="DROP TABLE notes;\n"):
        body = ", ".join(f"{name} text" for name in names)
        return tree.write(NEWEST, f"CREATE TABLE notes ({body});\n", rollback)

    write("a")
    return write


@pytest.fixture
def pushed(notes, command):
    assert command("apply", "--to", "1").returncode == 0
    done = command("push")
    assert (done.returncode, done.stderr) == (0, "")
    return notes


def git(directory, *words):
    settings = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=directory, check=True, capture_output=True)


def test_the_newest_file_is_applied_then_replaced_and_unchanged_when_nothing_was_edited(pushed, command, db):
    assert columns(db) == ["a"]
    pushed("a", "b")
    assert command("push").stdout.split()[:2] == ["replaced", NEWEST]
    assert columns(db) == ["a", "b"]
    assert command("push").stdout.split() == ["unchanged", NEWEST]
    assert recorded(db) == ["0001.create-t1", NEWEST]
    assert command("status", "--exit-code").returncode == 0


def test_the_rollback_that_is_used_is_that_of_the_version_that_was_applied(tree, pushed, command, db):
    tree.write(NEWEST, "CREATE TABLE memos (id int);\n", "DROP TABLE memos;\n")
    done = command("push")
    assert (done.returncode, done.stderr) == (0, "")
    assert tables(db) == {"t1", "memos"}
    assert command("rollback", "--yes").returncode == 0
    assert tables(db) == {"t1"}


def test_an_error_has_its_caret_and_leaves_the_version_before(tree, pushed, command, db):
    tree.write(NEWEST, "CREATE TABLE notes (a text,\n  b textt);\n", "DROP TABLE notes;\n")
    done = command("push")
    assert done.returncode == 1
    assert 'type "textt" does not exist (42704)' in done.stderr
    assert f"{NEWEST}.sql:2:5" in done.stderr
    assert "     2 |   b textt);\n       |     ^" in done.stderr
    assert columns(db) == ["a"]
    assert recorded(db) == ["0001.create-t1", NEWEST]


def test_rows_of_another_table_stay_and_a_foreign_key_into_the_pushed_one_is_told(pushed, command, db):
    db.execute("INSERT INTO t1 VALUES (7)")
    pushed("a", "b")
    assert command("push").returncode == 0
    assert db.execute("SELECT id FROM t1").fetchall() == [(7,)]
    db.execute("CREATE VIEW beside AS SELECT a FROM notes")
    pushed("a", "b", "c")
    done = command("push")
    assert done.returncode == 1
    assert f"rollback of {NEWEST} failed: cannot drop table notes because other objects depend on it" in done.stderr
    assert "view beside depends on table notes" in done.stderr
    assert columns(db) == ["a", "b"]


def test_a_broken_rollback_is_told_with_its_place_and_used_when_it_is_corrected(pushed, command, db):
    pushed("a", "b", rollback="DROP TABLE notess;\n")
    assert command("push").returncode == 0
    pushed("a", "b", "c", rollback="DROP TABLE notess;\n")
    done = command("push")
    assert done.returncode == 1
    assert f'rollback of {NEWEST} failed: table "notess" does not exist' in done.stderr
    assert f"{NEWEST}.rollback.sql:1:" in done.stderr
    assert columns(db) == ["a", "b"]
    pushed("a", "b", "c")
    done = command("push")
    assert done.returncode == 0
    assert "the rollback file as it is now is used instead" in done.stderr
    assert columns(db) == ["a", "b", "c"]


def test_an_edited_rollback_is_tried_at_once(pushed, command, db):
    pushed("a", rollback="DROP TABLE notes;\nDROP TABLE more;\n")
    done = command("push")
    assert done.returncode == 1
    assert f"{NEWEST}.rollback.sql:2:" in done.stderr
    assert columns(db) == ["a"]


def test_a_rollback_file_that_is_no_sql_changes_nothing(pushed, command, db):
    pushed("a", "b", rollback="DROP TABLE 'notes;\n")
    done = command("push")
    assert done.returncode == 2
    assert f"{NEWEST}.rollback.sql:1:12" in done.stderr
    assert columns(db) == ["a"]


def test_a_file_that_apply_had_applied_is_taken_over(notes, command, db):
    assert command("apply").returncode == 0
    assert command("push").stdout.split() == ["unchanged", NEWEST]
    notes("b", rollback="DROP TABLE notes;\nSELECT 1;\n")
    done = command("push")
    assert (done.returncode, done.stderr, columns(db)) == (0, "", ["b"])


def test_one_that_was_edited_after_apply_is_undone_by_the_file_as_it_is_and_that_is_said(notes, command, db):
    assert command("apply").returncode == 0
    notes("b")
    done = command("push")
    assert (done.returncode, columns(db)) == (0, ["b"])
    assert "the rollback that belongs to it was not kept" in done.stderr


@pytest.mark.parametrize("word", ["production", "staging", "testing"])
def test_refused_outside_of_development(pushed, command, db, word):
    pushed("z")
    done = command("push", env={"AVDAILY_ENV": word})
    assert done.returncode == 6
    assert f"counts as {word}" in done.stderr
    assert done.stderr.splitlines()[-1] == "avdaily-sql apply"
    assert columns(db) == ["a"]


def test_refused_where_the_database_itself_is_marked(pushed, command, db, database_url):
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    db.execute(f"COMMENT ON DATABASE {name} IS 'avdaily.environment=staging'")
    pushed("z")
    assert command("push").returncode == 6
    assert columns(db) == ["a"]


def test_refused_for_a_file_that_is_committed(tree, pushed, command, db):
    git(tree.root, "init", "-q")
    pushed("b")
    assert command("push").returncode == 0  # in a working copy, and in no commit yet
    git(tree.root, "add", ".")
    pushed("c")
    assert command("push").returncode == 0  # in the index only
    git(tree.root, "commit", "-qm", "x")
    pushed("d")
    done = command("push")
    assert done.returncode == 6
    assert f"{NEWEST} is committed" in done.stderr
    assert columns(db) == ["c"]


def test_refused_when_another_than_the_newest_differs(tree, pushed, command, db):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint, edited int);\n", "DROP TABLE t1;\n")
    pushed("z")
    done = command("push")
    assert (done.returncode, columns(db)) == (4, ["a"])
    assert "0001.create-t1 was changed after it was applied" in done.stderr


def test_refused_while_a_file_before_it_is_pending(tree, pushed, command, db):
    tree.table(3)
    tree.table(4)
    done = command("push")
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == "avdaily-sql apply --to 0003.create-t3"
    assert tables(db) == {"t1", "notes"}


@pytest.mark.parametrize(
    ("header", "rollback", "said"),
    [
        ("-- irreversible: it deletes\n", None, "is irreversible"),
        ("-- transactional: false\n", "DROP TABLE notes;\n", "runs without a transaction"),
    ],
)
def test_refused_for_what_cannot_be_replaced_in_a_transaction(tree, pushed, command, db, header, rollback, said):
    tree.remove(NEWEST)
    tree.write(NEWEST, f"{header}CREATE TABLE other (id int);\n", rollback)
    done = command("push")
    assert (done.returncode, columns(db)) == (6, ["a"])
    assert said in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_interruption_leaves_the_version_before(tree, pushed, start, db, command, number, code):
    tree.write(NEWEST, "CREATE TABLE half (id int);\nSELECT pg_sleep(600);\n", "DROP TABLE half;\n")
    process = start("push")
    eventually(lambda: backends(db, "pg_sleep"))
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == code
    eventually(lambda: not backends(db, "pg_sleep"))
    assert tables(db) == {"t1", "notes"}
    pushed("a", "b")
    assert command("push").returncode == 0
    assert columns(db) == ["a", "b"]


def test_a_session_that_holds_the_table_is_named(pushed, command, database_url, db):
    pushed("a", "b")
    with psycopg.connect(database_url, application_name="psql beside") as other:
        other.execute("SELECT * FROM notes")
        process = command("push", "--json", "--wait", "1s")
    assert process.returncode == 5
    assert 'application \\"psql beside\\"' in process.stderr
    assert columns(db) == ["a"]


def test_the_answer_as_json(pushed, command, db):
    pushed("a", "b")
    answer = json.loads(command("push", "--json").stdout)
    assert (answer["id"], answer["state"], answer["attempts"], answer["warnings"]) == (NEWEST, "replaced", 1, [])
    assert command("push", "--json", "--watch").returncode == 2


def lines_of(process):
    """Read a process's two streams as they come."""
    read = []
    for stream in (process.stdout, process.stderr):
        threading.Thread(target=lambda stream=stream: read.extend(iter(stream.readline, "")), daemon=True).start()
    return read


@pytest.fixture
def watching(pushed, start):
    process = start("push", "--watch")
    read = lines_of(process)
    eventually(lambda: any("unchanged" in line for line in read))
    yield process, read
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)


def test_watch_takes_each_save_until_ctrl_c(pushed, watching, db):
    process, _ = watching
    pushed("a", "b")
    eventually(lambda: columns(db) == ["a", "b"])
    pushed("c")
    eventually(lambda: columns(db) == ["c"])
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130


def test_watch_tells_an_error_and_goes_on(tree, pushed, watching, db):
    _, read = watching
    tree.write(NEWEST, "CREATE TABLE notes (a textt);\n", "DROP TABLE notes;\n")
    eventually(lambda: any("^" in line for line in read))
    assert any('type "textt" does not exist' in line for line in read)
    tree.write(NEWEST, "\n", "DROP TABLE notes;\n")
    eventually(lambda: any("the file has no statement" in line for line in read))
    assert columns(db) == ["a"]
    pushed("good")
    eventually(lambda: columns(db) == ["good"])


def test_watch_ends_up_with_the_last_of_many_quick_saves(pushed, watching, db):
    for number in range(60):
        pushed(f"c{number}")
    eventually(lambda: columns(db) == ["c59"])


def test_watch_takes_the_way_editors_save_by_another_file_and_a_rename(tree, pushed, watching, db):
    path = tree.migrations / f"{NEWEST}.sql"
    for name in ("one", "two", "three"):
        beside = tree.migrations / f".{NEWEST}.sql.swp"
        beside.write_text(f"CREATE TABLE notes ({name} text);\n")
        beside.replace(path)
        eventually(lambda name=name: columns(db) == [name])


def test_watch_follows_to_a_new_pair_and_ends_when_the_file_is_committed(tree, pushed, watching, db):
    process, read = watching
    tree.table(3)
    eventually(lambda: "t3" in tables(db))
    git(tree.root, "init", "-q")
    git(tree.root, "add", ".")
    git(tree.root, "commit", "-qm", "x")
    tree.write("0003.create-t3", "CREATE TABLE t3 (id int);\n", "DROP TABLE t3;\n")
    assert process.wait(timeout=10) == 6
    eventually(lambda: any("0003.create-t3 is committed" in line for line in read))
