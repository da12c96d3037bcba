"""The files of a squash are put in their places, all of them or none, however it ends."""

from __future__ import annotations

import json
import subprocess
import sys

import psycopg
import pytest

_KILLED = """
import os, pathlib, sys
from avdaily_sql import sqltree, settings
from avdaily_sql.migrations import Options
from avdaily_sql.squashing import squashing
left = int(sys.argv[3])
rename = pathlib.Path.rename
def dying(self, target):
    global left
    left -= 1
    if left == -1:
        {end}
    return rename(self, target)
pathlib.Path.rename = dying
tree = sqltree.SqlTree(pathlib.Path(sys.argv[1]), "flag")
squashing.squash(sys.argv[2], tree, settings.load(), squashing.Order("4"), options=Options())
"""


@pytest.mark.parametrize("moved", range(0, 8, 3))
def test_a_squash_that_is_killed_while_it_moves_files_leaves_what_every_command_refuses(
    moved, five, tree, database_url, database_in, command
):
    url = database_in(2)
    program = _KILLED.format(end="os.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", program, tree.root, database_url, str(moved)], check=False)
    assert done.returncode == -9
    for target in (url, database_url):
        done = command("apply", env={"DATABASE_URL": target})
        assert done.returncode == 2
        assert "two migrations have the number 0004" in done.stderr
        assert "A squash was interrupted" in done.stderr
    assert migrations_of(url) == five[:2]
    assert migrations_of(database_url) == []


def migrations_of(url):
    with psycopg.connect(url) as conn:
        if conn.execute("SELECT to_regclass('avdaily_migrations._yoyo_migration')").fetchone() == (None,):
            return []
        query = "SELECT migration_id FROM avdaily_migrations._yoyo_migration ORDER BY 1"
        return [identifier for (identifier,) in conn.execute(query)]


@pytest.mark.parametrize("moved", range(0, 8, 3))
def test_a_squash_that_is_interrupted_while_it_moves_files_puts_them_back(moved, five, tree, database_url, unchanged):
    unchanged()
    program = _KILLED.format(end="raise KeyboardInterrupt")
    done = subprocess.run(
        [sys.executable, "-c", program, tree.root, database_url, str(moved)], check=False, capture_output=True
    )
    assert b"KeyboardInterrupt" in done.stderr
    assert not (tree.migrations / "squashed").exists()


def test_a_directory_that_cannot_be_written_to_is_one_line_and_everything_is_as_it_was(five, tree, command, unchanged):
    (tree.migrations / "squashed").write_text("a file in its place")
    unchanged()
    done = command("squash", "--to", "4")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-3].startswith("Error: could not write ")
    assert json.loads(command("status", "--json").stdout)["counts"]["pending"] == 5
