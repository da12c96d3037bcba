"""Ended in the middle: nothing of a fan-out is left at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.conftest import clean_environment
from tests.fanout.cells import several
from tests.queries.clusters import eventually
from tests.test_json_output import held_against

MARK = "AVDAILY_TEST_OF_ENDINGS"
ALONE = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"


def marked(word: str) -> list[int]:
    """Return the processes that carry a word in their environment."""
    needle = f"{MARK}={word}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (path / "environ").read_bytes().split(b"\0") and (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


@pytest.fixture
def slow_tree(tree):
    (tree / "migrations" / "0001.create-one.sql").write_text(
        "-- 0001.create-one: it is there\n\nCREATE TABLE one AS SELECT 1 AS id FROM pg_sleep(60);\n"
    )
    return tree


@pytest.mark.fault
@pytest.mark.needs("linux")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("children", [1, 2, 3, 4])
def test_ended_while_processes_are_being_started_none_is_left(slow_tree, urls, tmp_path, ending, children):
    word = f"{os.getpid()}-{children}-{ending}"
    home = tmp_path / "home"
    home.mkdir()
    program = Path(sys.executable).with_name("avdaily-sql")
    schemas = [name for number in range(8) for name in ("--schema", f"cell_{number}")]
    for url in urls:
        with psycopg.connect(url, autocommit=True) as conn:
            for name in schemas[1::2]:
                conn.execute(f"CREATE SCHEMA {name}".encode())
    process = subprocess.Popen(
        [program, "--sql-dir", str(slow_tree), "apply", *several(urls), *schemas, "--jobs", "24"],
        env=clean_environment(home) | {MARK: word},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: len(marked(word)) > children)
    process.send_signal(ending)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + ending, said
    assert not marked(word)
    assert not said.count("Traceback")
    for url in urls:
        with psycopg.connect(url) as conn:
            eventually(lambda conn=conn: conn.execute(ALONE).fetchone()[0])


@pytest.mark.fault
@pytest.mark.needs("linux")
def test_one_that_is_killed_has_failed_and_hides_no_other(slow_tree, urls, tmp_path):
    word = f"{os.getpid()}-killed"
    home = tmp_path / "home"
    home.mkdir()
    program = Path(sys.executable).with_name("avdaily-sql")
    process = subprocess.Popen(
        [program, "--json", "--sql-dir", str(slow_tree), "status", *several(urls)],
        env=clean_environment(home) | {MARK: word},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    victim = eventually(lambda: next((pid for pid in marked(word) if pid != process.pid), None))
    os.kill(victim, signal.SIGKILL)
    shown, _ = process.communicate(timeout=30)
    found = held_against("databases", shown)["databases"]
    assert process.returncode == 137
    assert sorted(each["exit_code"] for each in found) == [0, 0, 137]
    assert [each["error"]["message"] for each in found if each["exit_code"]] == ["killed by signal 9"]
