"""status and new."""

from __future__ import annotations

import json

import pytest

from avdaily_sql import migrations
from tests.migrations.conftest import tables


def test_json_has_the_keys_of_the_contract(tree, command, db):
    tree.table(1)
    command("apply")
    tree.table(2)
    done = command("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert list(result) == ["database", "environment", "migrations", "counts", "warnings", "repeatable"]
    assert result["counts"] == {"applied": 1, "pending": 1, "changed": 0, "cosmetic": 0, "missing": 0, "partial": 0}
    first, second = result["migrations"]
    keys = ["id", "state", "applied_at", "duration_ms", "by", "checksum", "statements_done", "statements_total"]
    assert list(first) == keys
    assert first["applied_at"].endswith("Z")
    assert "@" in first["by"]
    assert len(first["checksum"]) == 64
    assert (second["id"], second["state"], second["applied_at"]) == ("0002.create-t2", "pending", None)


def change(tree, how: str) -> None:
    if how == "cosmetic":
        tree.write("0002.create-t2", "create table t2 (id bigint); -- x", "DROP TABLE t2;")
    elif how == "pending":
        tree.table(3)
    elif how == "changed":
        tree.write("0002.create-t2", "CREATE TABLE t2 (id int);", "DROP TABLE t2;")
    elif how == "missing":
        tree.remove("0001")
    elif how == "renamed":
        tree.remove("0002")
        tree.write("0002.create-it", "CREATE TABLE t2 (id bigint);\n", "DROP TABLE t2;")


@pytest.mark.parametrize(
    ("how", "state", "code"),
    [
        ("nothing", "applied", 0),
        ("cosmetic", "cosmetic", 0),
        ("pending", "pending", 3),
        ("changed", "changed", 4),
        ("missing", "missing", 4),
        ("renamed", "missing", 4),
    ],
)
def test_the_verdict_of_a_state(tree, runner, how, state, code):
    tree.table(1)
    tree.table(2)
    runner.apply()
    change(tree, how)
    result = runner.status()
    assert migrations.verdict(result) == code
    assert getattr(result.counts, state) >= 1


def test_the_exit_code_is_asked_for_and_stdout_has_the_answer_all_the_same(tree, command):
    tree.table(1)
    command("apply")
    change(tree, "pending")
    assert command("status").returncode == 0
    done = command("status", "--exit-code", "--json")
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout)["counts"]["pending"] == 1


def test_the_text_is_a_table_with_a_sum(tree, command, db):
    tree.table(1)
    command("apply")
    tree.table(2)
    lines = command("status", "-q").stdout.splitlines()
    assert lines[0].split() == ["migration", "state", "applied", "at", "(UTC)", "took", "by"]
    assert lines[1].split()[:2] == ["0001.create-t1", "applied"]
    assert lines[2].split() == ["0002.create-t2", "pending"]
    assert lines[-1] == f"{db.info.dbname}: 1 applied, 1 pending"


def test_status_says_which_files_it_read(tree, command):
    tree.table(1)
    assert "migrations from sql/migrations (flag)" in command("status").stderr.splitlines()


def test_status_reads_a_file_that_is_being_edited(tree, runner):
    tree.table(1)
    runner.apply()
    tree.write("0001.create-t1", "CREATE TABLE 'unterminated")
    tree.write("0002.half", "")
    assert runner.states() == {"0001.create-t1": "changed", "0002.half": "pending"}


def test_new_writes_the_next_pair_which_apply_refuses_until_it_says_something(tree, command, db):
    tree.table(7)
    done = command("new", "add-wallet-notes", "--json")
    assert json.loads(done.stdout) == {
        "files": ["sql/migrations/0008.add-wallet-notes.sql", "sql/migrations/0008.add-wallet-notes.rollback.sql"]
    }
    text = (tree.migrations / "0008.add-wallet-notes.sql").read_text()
    labels = [line.partition(":")[0] for line in text.splitlines() if line.startswith("-- ")]
    assert labels == ["-- 0008.add-wallet-notes", "-- Why", "-- Locks", "-- Runtime", "-- Rollback", "-- depends"]
    assert "-- depends: 0007.create-t7\n" in text
    refused = command("apply")
    assert refused.returncode == 2
    assert "the file has no statement" in refused.stderr
    assert tables(db) == set()
    with (tree.migrations / "0008.add-wallet-notes.sql").open("a") as file:
        file.write("CREATE TABLE notes (id int);\n")
    with (tree.migrations / "0008.add-wallet-notes.rollback.sql").open("a") as file:
        file.write("DROP TABLE notes;\n")
    assert command("apply").returncode == 0
    assert tables(db) == {"t7", "notes"}


def test_the_first_migration_of_a_tree_has_the_number_one(tree, command):
    assert command("new", "create-things").returncode == 0
    text = (tree.migrations / "0001.create-things.sql").read_text()
    assert "depends" not in text


@pytest.mark.parametrize("name", ["Add-Notes", "add notes", "add_notes", "../x", "0008.add", "", "añadir"])
def test_new_takes_lower_case_words_with_hyphens_only(tree, command, name):
    done = command("new", name)
    assert done.returncode == 2
    assert "is no name for a migration" in done.stderr
    assert list(tree.migrations.iterdir()) == []


def test_new_needs_no_database(tree, avdaily):
    done = avdaily("--sql-dir", tree.root, "new", "add-x", env={"DATABASE_URL": "postgresql://u@127.0.0.1:1/d"})
    assert done.returncode == 0
