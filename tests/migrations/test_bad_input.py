"""What no run must stumble over: histories that were edited by hand, files that vanish, bytes that a terminal obeys."""

from __future__ import annotations

import json

import pytest

from avdaily_sql import output, sqltree
from avdaily_sql.errors import Drift, UsageError
from avdaily_sql.migrations import comparison, files, history
from tests.migrations.conftest import recorded, tables

CORRUPT = {
    "its row in yoyo's table is gone": (
        "DELETE FROM _yoyo_migration WHERE migration_id = '0001.create-t1'",
        "its log says that 0001.create-t1 is applied, and the row in _yoyo_migration is gone",
    ),
    "its row is there twice": (
        "INSERT INTO _yoyo_migration VALUES ('another', '0001.create-t1', now())",
        "0001.create-t1 is there twice",
    ),
    "a newer program came by": (
        "INSERT INTO avdaily_format VALUES (99, '99.0')",
        "this database was migrated by a newer avdaily-sql (history format 99, known here: 1)",
    ),
    "a table is gone": ("DROP TABLE avdaily_log", 'is not whole: relation "avdaily_migrations.avdaily_log" does not'),
    "another one is gone": ("DROP TABLE avdaily_progress", "is not whole: relation"),
    "a column is gone": ("ALTER TABLE avdaily_log DROP COLUMN raw_checksum", "is not whole: column l.raw_checksum"),
    "yoyo's own table is gone": ("DROP TABLE _yoyo_migration", "is not whole: relation"),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_a_history_is_refused_whose(tree, runner, command, db, name):
    damage, message = CORRUPT[name]
    tree.table(1)
    runner.apply()
    tree.table(2)
    db.execute(f"SET search_path = avdaily_migrations; {damage}; RESET search_path")
    for words in (["apply"], ["status"], ["plan"], ["rollback", "--yes"], ["repair", "1", "--reason", "x"]):
        done = command(*words)
        assert done.returncode == 4, done.stderr
        first = done.stderr.splitlines()[0]
        assert first.startswith("Error: ")
        assert message in first
        assert "Traceback" not in done.stderr
    assert tables(db) == {"t1"}


def test_a_mark_of_another_program_after_our_rollback_has_no_checksum(tree, runner, db):
    tree.table(1)
    runner.apply()
    mark = db.execute("SELECT * FROM avdaily_migrations._yoyo_migration").fetchone()
    runner.rollback()
    db.execute("INSERT INTO avdaily_migrations._yoyo_migration VALUES (%s, %s, %s)", mark)
    with pytest.raises(Drift, match="was marked as applied by another program: its checksum is not known"):
        runner.apply()


def test_a_history_that_may_not_be_read_is_refused_with_the_grant(tree, runner, command, db, database_url):
    tree.table(1)
    runner.apply()
    db.execute("REVOKE SELECT ON avdaily_migrations.avdaily_log FROM CURRENT_USER")
    role = f"reader_of_{db.info.dbname}"
    db.execute(f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA avdaily_migrations TO {role}")
    try:
        done = command("status", env={"DATABASE_URL": database_url.replace("postgres@", f"{role}@", 1)})
        assert done.returncode == 6, done.stderr
        assert 'schema "avdaily_migrations" cannot be read' in done.stderr
        assert "GRANT SELECT ON ALL TABLES IN SCHEMA avdaily_migrations TO" in done.stderr.splitlines()[-1]
    finally:
        db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_file_that_vanishes_after_it_was_listed_is_one_line_with_its_name(tree):
    path = tree.table(1)
    listed = sqltree.list_migrations(tree.sql)
    path.unlink()
    with pytest.raises(UsageError, match=r"^could not read .*0001\.create-t1\.sql: No such file or directory$"):
        files.load(listed[0], ())
    record = history.Record("0001.create-t1", None, 1, "x", "y", 1, "me", "here")
    with pytest.raises(UsageError, match="could not read"):
        comparison.compare(listed, history.History((record,)))


def test_a_rollback_file_that_vanishes_is_one_line_with_its_name(tree):
    path = tree.table(1)
    listed = sqltree.list_migrations(tree.sql)
    path.with_name("0001.create-t1.rollback.sql").unlink()
    with pytest.raises(UsageError, match=r"could not read .*rollback"):
        files.load(listed[0], ())


@pytest.mark.parametrize("name", ["0001.create-t1.sql", "0001.create-t1.rollback.sql"])
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(tree, command, name):
    import os

    path = tree.table(1).with_name(name)
    path.unlink()
    os.mkfifo(path)
    done = command("apply", timeout=20)
    assert (done.returncode, f'"{name}" is not a file' in done.stderr) == (2, True)


def test_control_bytes_of_a_file_are_shown_and_never_sent_to_the_terminal(tree, command, db):
    tree.write("0001.evil", "SELECT 1,\t'\x1b[2J\x07\x9b31m\u202e', nothing;\n")
    done = command("apply")
    assert done.returncode == 1
    shown = done.stderr
    assert not [char for char in shown if ord(char) < 32 and char not in "\n\t"]
    assert not set(shown) & {"\x7f", "\x9b", "\u202e"}
    line, caret = shown.splitlines()[-4:-2]
    assert "␛[2J␇" in line
    assert line[caret.index("^")] == "n"
    assert recorded(db) == []
    found = json.loads(command("apply", "--json").stderr)["error"]
    assert "\x1b" not in json.dumps(found)


def test_a_directive_with_control_bytes_is_shown_without_them(tree, command):
    tree.write("0001.evil", "-- phase: \x1b]0;title\x07\nSELECT 1;\n")
    done = command("apply")
    assert (done.returncode, "\x1b" in done.stderr, "␛]0;title␇" in done.stderr) == (2, False, True)


def test_visible_keeps_the_width_of_a_line_and_its_letters():
    text = "".join(map(chr, range(0x2100)))
    assert len(output.visible(text)) == len(text)
    assert output.visible("äöü → naïve\tline\n") == "äöü → naïve\tline\n"


@pytest.mark.parametrize("words", [("apply", "--to"), ("plan", "--to"), ("rollback", "--to")])
def test_an_option_without_its_value_says_how_it_is_written(command, words):
    done = command(*words)
    assert done.returncode == 2
    assert f"Hint: Write it as: avdaily-sql {words[0]} --to ID" in done.stderr


def test_an_option_that_swallowed_another_one_says_so_and_does_nothing(tree, command, db):
    tree.table(1)
    done = command("apply", "--to", "--dry-run")
    assert done.returncode == 2
    assert '--to needs the id of a migration, or its number, and was given "--dry-run"' in done.stderr
    assert tables(db) == set()
