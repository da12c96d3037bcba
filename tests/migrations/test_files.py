"""Bad files: one line with the place, exit code 2, and no SQL sent."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest

from avdaily_sql import sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.migrations import content, directives
from tests.migrations.conftest import Tree, as_nobody, recorded, tables

TABLE = "CREATE TABLE t (id int);\n"


def refused(runner, db) -> UsageError:
    with pytest.raises(UsageError) as caught:
        runner.apply()
    assert (tables(db), recorded(db)) == (set(), [])
    return caught.value


BAD_TEXTS = {
    "a NUL": (b"SELECT 1;\nSELECT '\0';\n", "the text has a NUL byte", 2, 9),
    "latin-1": ("SELECT 'caf\xe9';\n".encode("latin-1"), "byte 0xe9 is not UTF-8", 1, 12),
    "UTF-16": ("SELECT 1;\n".encode("utf-16"), "byte 0xff is not UTF-8", 1, 1),
    "a psql variable": (b"SELECT 1;\n\\set x 1\n", "\\set is a command of psql, not SQL", 2, 1),
    "a psql include": (b"\\i other.sql\n", "\\i is a command of psql, not SQL", 1, 1),
    "a psql command in a line": (b"SELECT 'DROP TABLE t' \\gexec\n", "\\gexec is a command of psql, not SQL", 1, 23),
    "COMMIT": (b"CREATE TABLE t (id int);\n  COMMIT;\n", "COMMIT in a migration", 2, 3),
    "an open string": (b"SELECT 1;\nSELECT 'x;\n", "unterminated string", 2, 8),
    "an open body": (b"DO $$ BEGIN\n", "unterminated $$ body", 1, 4),
    "an open comment": (b"/* x\n", "unterminated comment", 1, 1),
    "COPY data without an end": (b"COPY t FROM stdin;\n1\n", "the data of COPY has no end", 1, 1),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_text_is_refused_for(tree, runner, db, name):
    text, message, line, column = BAD_TEXTS[name]
    tree.table(1)
    tree.write("0002.bad", text)
    error = refused(runner, db)
    assert error.message.startswith(message)
    assert error.location.file.endswith("0002.bad.sql")
    assert (error.location.line, error.location.column) == (line, column)


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_rollback_file_is_refused_for(tree, runner, db, name):
    text, message, line, _ = BAD_TEXTS[name]
    tree.write("0001.good", TABLE, text)
    error = refused(runner, db)
    assert error.message.startswith(message)
    assert error.location.file.endswith("0001.good.rollback.sql")
    assert error.location.line == line


@pytest.mark.parametrize("text", ["", "\n\n", "-- only a comment\n", "/* only\na comment */", ";;\n", "\ufeff"])
@pytest.mark.parametrize("which", ["forward", "rollback"])
def test_a_file_that_says_nothing_is_refused(tree, runner, db, text, which):
    tree.write("0001.empty", *((text, TABLE) if which == "forward" else (TABLE, text)))
    error = refused(runner, db)
    assert error.message == "the file has no statement"
    assert error.location.file.endswith("0001.empty.sql" if which == "forward" else "0001.empty.rollback.sql")


@pytest.mark.parametrize("text", [b"\xef\xbb\xbfCREATE TABLE t (id int);", b"CREATE TABLE t (\r\n  id int\r\n);\r\n"])
def test_a_byte_order_mark_and_crlf_are_fine(tree, runner, db, text):
    tree.write("0001.fine", text)
    runner.apply()
    assert tables(db) == {"t"}


DIRECTIVES = {
    "a misspelt one": ("-- dependss: 0001.a\n", 'unknown directive "dependss"', "Write it as: -- depends: …"),
    "an underscore": ("-- lock_timeout: 5s\n", 'unknown directive "lock_timeout"', "Write it as: -- lock-timeout: …"),
    "one nobody knows": (
        "-- note: x\n",
        'unknown directive "note"',
        "A label such as Why begins with a capital letter.",
    ),
    "a capital letter": ("-- Transactional: false\n", 'unknown directive "Transactional"', "lower case"),
    "no colon": ("-- transactional = false\n", 'the directive "transactional" has no colon', "-- transactional: …"),
    "no value": ("-- irreversible:\n", 'the directive "irreversible" cannot be ""', ""),
    "a wrong word": ("-- transactional: no\n", 'the directive "transactional" cannot be "no": only true or false', ""),
    "a wrong time": ("-- lock-timeout: soon\n", 'the directive "lock-timeout" cannot be "soon"', ""),
    "a wrong phase": (
        "-- phase: later\n",
        'the directive "phase" cannot be "later": only pre, post, or post after a time such as 24h',
        "",
    ),
    "twice": ("-- phase: pre\n-- phase: post\n", 'the directive "phase" is there twice', ""),
    "a dependency nobody knows": ("-- depends: 0001.nothing\n", 'it depends on "0001.nothing"', ""),
    "a dependency on itself": ("-- depends: 0002.bad\n", 'it depends on "0002.bad"', ""),
}


@pytest.mark.parametrize("name", DIRECTIVES)
def test_a_directive_is_refused_for(tree, runner, db, name):
    text, message, hint = DIRECTIVES[name]
    tree.write("0002.bad", f"-- 0002.bad: what is true\n-- Why: to test\n{text}{TABLE}")
    error = refused(runner, db)
    assert error.message.startswith(message)
    assert hint in (error.hint or "")
    assert error.location.line == 2 + text.count("\n")


@pytest.mark.parametrize("directive", ["depends: 0001.a", "transactional: false", "irreversible: x", "phase: pre"])
def test_a_directive_after_the_first_statement_is_refused(tree, runner, db, directive):
    tree.write("0002.bad", f"{TABLE}-- {directive}\nSELECT 1;\n")
    error = refused(runner, db)
    assert "stands after the first statement" in error.message
    assert error.location.line == 2


def test_other_comments_after_the_first_statement_are_free(tree, runner, db):
    tree.write(
        "0001.free", f"{TABLE}-- note: this is fine\n-- https://example.org\nSELECT '-- transactional: false';\n"
    )
    runner.apply()
    assert tables(db) == {"t"}


def test_labels_links_and_prose_in_the_header_are_free(tree, runner, db):
    header = (
        "-- 0001.free: what is true\n-- Why: because of this: that\n--   id uuid DEFAULT app_uuid()\n"
        "-- Locks: none\n-- Runtime: none\n-- Rollback: drops it\n-- https://example.org/x\n-- two words: fine\n"
    )
    tree.write("0001.free", f"{header}{TABLE}")
    runner.apply()
    assert tables(db) == {"t"}


@pytest.mark.parametrize("directive", ["depends: 0001.a", "irreversible: x", "out-of-order: true", "phase: pre"])
def test_a_rollback_file_takes_only_how_to_run_it(tree, runner, db, directive):
    tree.write("0001.a", TABLE, f"-- {directive}\nDROP TABLE t;")
    assert "a rollback file cannot have the directive" in refused(runner, db).message


def test_an_irreversible_file_needs_no_rollback_and_may_not_have_one(tree, runner, db):
    tree.write("0001.one-way", f"-- irreversible: data is gone\n{TABLE}", "DROP TABLE t;")
    assert "says that it is irreversible, and has a rollback file" in refused(runner, db).message
    (tree.migrations / "0001.one-way.rollback.sql").unlink()
    runner.apply()
    assert tables(db) == {"t"}


def test_the_documentation_names_every_directive():
    text = (Path(__file__).resolve().parents[2] / "docs" / "migrations.md").read_text()
    named = re.findall(r"^\| `-- ([a-z-]+):", text, re.MULTILINE)
    assert sorted(named) == sorted(directives.NAMES)


NAMES = {
    "no number": "create-t.sql",
    "too few digits": "001.create-t.sql",
    "no name": "0001.sql",
    "a space": "0001.create t.sql",
    "an accent": "0001.créate.sql",
    "a capital suffix": "0001.create-t.SQL",
    "a Python file": "0001.create-t.py",
    "a rollback of nothing": "0009.gone.rollback.sql",
    "a very long name": f"0001.{'x' * 220}.sql",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_refused_for(tree, runner, db, name):
    tree.table(5)
    (tree.migrations / NAMES[name]).write_text(TABLE)
    error = refused(runner, db)
    assert error.location.file.endswith(NAMES[name])


def test_a_directory_that_looks_like_a_migration_is_refused(tree, runner, db):
    tree.table(1)
    (tree.migrations / "0002.create-t.sql").mkdir()
    assert "is not a file" in refused(runner, db).message


def test_two_files_with_one_number_are_refused(tree, runner, db):
    tree.table(1)
    tree.write("0001.other", TABLE)
    error = refused(runner, db)
    assert error.message == "two migrations have the number 0001: 0001.create-t1 and 0001.other"


def test_a_link_out_of_the_tree_is_refused(tree, runner, db, tmp_path):
    tree.table(1)
    (tmp_path / "outside.sql").write_text(TABLE)
    (tree.migrations / "0002.link.sql").symlink_to(tmp_path / "outside.sql")
    assert "symbolic link out of the SQL directory" in refused(runner, db).message


def test_a_link_within_the_tree_is_followed(tree, runner, db):
    (tree.root / "shared.sql").write_text(TABLE)
    tree.write("0001.link", "x")
    (tree.migrations / "0001.link.sql").unlink()
    (tree.migrations / "0001.link.sql").symlink_to("../shared.sql")
    runner.apply()
    assert tables(db) == {"t"}


def test_files_of_editors_and_other_kinds_are_left_alone(tree, runner, db):
    tree.table(1)
    for name in ("README.md", ".0001.x.sql.swp", "._0002.x.sql", "0001.create-t1.sql~", ".gitkeep"):
        (tree.migrations / name).write_text("nothing")
    runner.apply()
    assert tables(db) == {"t1"}


def test_an_empty_directory_is_a_usage_error(tree, command):
    done = command("apply")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Error: no migrations in sql/migrations"


def test_a_missing_migrations_directory_is_a_usage_error(tree, command):
    tree.migrations.rmdir()
    done = command("apply")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Error: no migrations directory: sql/migrations"


def test_a_missing_sql_directory_is_a_usage_error(avdaily, database_url, tmp_path):
    done = avdaily("--sql-dir", tmp_path / "nothing", "apply", "--json", env={"DATABASE_URL": database_url})
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["error"]["message"] == "no such SQL directory: nothing (flag)"


@pytest.mark.parametrize("what", ["directory", "file"])
def test_what_may_not_be_read_is_a_usage_error(what):
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        tree = Tree(Path(directory) / "sql")
        path = tree.table(1)
        (tree.migrations if what == "directory" else path).chmod(0)
        with as_nobody(), pytest.raises(UsageError, match=r"could not read .*: Permission denied"):
            _read_all(tree)


def _read_all(tree: Tree) -> list[object]:
    return [content.read(pair.path) for pair in sqltree.list_migrations(tree.sql)]


def test_a_usage_error_needs_no_database(tree, avdaily):
    tree.write("0001.rollback-missing.rollback", "SELECT 1;")
    done = avdaily("--sql-dir", tree.root, "apply", env={"DATABASE_URL": "postgresql://u@127.0.0.1:1/d"})
    assert done.returncode == 2
