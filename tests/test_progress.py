"""What lasts says so on a terminal, and nothing of it gets into a pipe.

Every command that can last over two seconds is in one of two rows: it counts how far it is, or it says that it
is still at work. ``apply``, ``rollback``, ``push``, ``up`` and ``reset`` write a line for each file as it is committed;
``db logs -f``, ``db psql`` and ``studio`` are talks and not steps.
"""

from __future__ import annotations

import ast
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from avdaily_sql.cli.main import COMMANDS
from tests.conftest import clean_environment
from tests.throwaway import REPOSITORY

COUNT = {"verify", "seed", "backup", "restore", "reset", "backfill", "plan"}
STILL_AT_WORK = {"check", "docs", "doctor", "baseline", "queries"}
LINES_AS_THEY_HAPPEN = {"up", "apply", "rollback", "push", "db", "studio"}
QUICK = {"status", "new", "lint", "repair", "run", "ops", "metrics", "config", "import", "squash", "deploy"}


@pytest.fixture
def environment(tmp_path, server, migrated_url):
    return clean_environment(tmp_path) | {
        "DATABASE_URL": migrated_url, "BACKUP_DIR": str(tmp_path / "kept"), "BACKUP_ALLOW_PLAINTEXT": "1",
        "AVDAILY_PG_BIN": str(server.bin), "AVDAILY_SQL_DIR": str(REPOSITORY / "sql"), "TERM": "xterm",
    }  # fmt: skip


@pytest.fixture
def verifying(tmp_path, environment, database_url):
    """An empty database and the first three files: ``verify`` draws the same for them as for sixty."""
    folder = tmp_path / "few" / "migrations"
    folder.mkdir(parents=True)
    for path in (REPOSITORY / "sql" / "migrations").glob("000[1-3].*"):
        shutil.copy2(path, folder)
    return environment | {"AVDAILY_SQL_DIR": str(folder.parent), "DATABASE_URL": database_url}


def at_a_terminal(words, environment, until=None):
    """Run a command in a terminal and return what is shown; when ``until`` is shown, its function is called once."""
    leader, follower = pty.openpty()
    program = Path(sys.executable).with_name("avdaily-sql")
    child = subprocess.Popen([program, *words], stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    shown, deadline = b"", time.monotonic() + 120
    while True:
        ready, _, _ = select.select([leader], [], [], max(0, deadline - time.monotonic()))
        assert ready, shown
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        shown += piece
        if until and until[0] in shown:
            until[1]()
            until = None
    os.close(leader)
    return child.wait(), shown


def test_every_command_is_in_one_row():
    rows = (COUNT, STILL_AT_WORK, LINES_AS_THEY_HAPPEN, QUICK)
    assert set(COMMANDS) <= set().union(*rows)
    assert sum(map(len, rows)) == len(set().union(*rows))


@pytest.mark.parametrize("name", sorted(STILL_AT_WORK))
def test_what_cannot_count_says_that_it_is_at_work(name):
    module = COMMANDS[name][0].replace(".", "/") + ".py"
    tree = ast.parse((REPOSITORY / module).read_text())
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "working" in called


def test_a_check_that_waits_says_so_at_a_terminal_and_clears_its_line(environment, migrated_url):
    with psycopg.connect(migrated_url) as other:
        other.execute("LOCK TABLE wallets")
        code, shown = at_a_terminal(["check"], environment, (b"checking the data, ", other.rollback))
    assert code == 0, shown
    # The line is written over: what follows begins with an empty one.
    assert b"\r\x1b[K" in shown.partition(b"checking the data, ")[2]
    assert b"no problem" in shown


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (["backup"], b"[#"),
        pytest.param(["seed", "--env", "demo", "--users", "200"], b"people", marks=pytest.mark.slow),
    ],
    ids=["backup", "seed"],
)
def test_a_long_step_is_counted_at_a_terminal(environment, words, mark):
    code, shown = at_a_terminal(words, environment)
    assert code == 0, shown[-2000:]
    assert mark in shown


def test_each_file_that_verify_is_at_is_shown_at_a_terminal(verifying):
    code, shown = at_a_terminal(["verify"], verifying)
    assert code == 0, shown[-2000:]
    for each in (b"up 0001", b"up 0003", b"down 0003", b"down 0001", b"up again"):
        assert b"\x1b[K" + each in shown


def in_a_pipe(words, environment):
    program = Path(sys.executable).with_name("avdaily-sql")
    return subprocess.run(
        [program, *words], env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("words", [["backup"], ["check"], ["doctor"]], ids=" ".join)
def test_in_a_pipe_nothing_is_drawn(environment, words):
    done = in_a_pipe(words, environment)
    assert done.returncode in {0, 1}
    assert nothing_is_drawn(done)


def test_in_a_pipe_nothing_is_drawn_by_verify(verifying):
    done = in_a_pipe(["verify"], verifying)
    assert done.returncode == 0, done.stderr
    assert nothing_is_drawn(done)


def nothing_is_drawn(done):
    return b"\x1b" not in done.stdout + done.stderr and b"\r" not in done.stdout + done.stderr
