"""Killed or terminated in the middle: what was committed stays, and the next run goes on behind it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backfills.house import CHANGE, HEADER, REMAINING
from tests.conftest import clean_environment
from tests.queries.clusters import eventually


@pytest.mark.fault
def test_killed_again_and_again_it_goes_on_and_changes_every_row_once(house, tmp_path):
    house.fill(4000)
    program = Path(sys.executable).with_name("avdaily-sql")
    command = [program, "--database-url", house.url, "--sql-dir", str(house.root), "-q", "backfill", "channels"]
    command += ["--batch", "40"]
    home = tmp_path / "home"
    home.mkdir()
    before = 0
    for _ in range(6):
        process = subprocess.Popen(command, env=clean_environment(home), stdout=subprocess.DEVNULL)
        before = eventually(lambda before=before: _more_than(house, before))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert dict(house.touched()).keys() <= {0, 1}
    done = subprocess.run([*command, "--json"], env=clean_environment(home), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert (result["rows_in_all"], result["resumed"]) == (4000, True)
    assert house.touched() == [(1, 4000)]


@pytest.mark.fault
def test_terminated_in_the_middle_of_a_batch_it_says_so_in_one_line_and_keeps_the_batches_before(house, tmp_path):
    house.fill(300)
    house.write(
        HEADER + REMAINING + CHANGE.replace("'card'", "CASE WHEN id = 250 THEN pg_sleep(30)::text ELSE 'c' END")
    )
    program = Path(sys.executable).with_name("avdaily-sql")
    command = [program, "--database-url", house.url, "--sql-dir", str(house.root), "backfill", "channels"]
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(command, env=clean_environment(home), stderr=subprocess.PIPE, text=True)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    eventually(lambda: house.value(sleeping))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, len(said.splitlines())) == (143, 1), said
    eventually(lambda: not house.value(sleeping))
    done = dict(house.touched())[1]
    assert 0 < done < 250


def _more_than(house, before):
    done = house.value("SELECT count(*) FROM payments WHERE channel IS NOT NULL")
    return done if done > before else None


@pytest.mark.fault
def test_terminated_at_any_moment_it_says_one_line(house, tmp_path):
    house.fill(20_000)
    program = Path(sys.executable).with_name("avdaily-sql")
    command = [program, "--database-url", house.url, "--sql-dir", str(house.root), "-q", "backfill", "channels"]
    command += ["--batch", "10", "--load", "100"]
    home = tmp_path / "home"
    home.mkdir()
    for _ in range(12):
        before = house.value("SELECT count(*) FROM payments WHERE channel IS NOT NULL")
        process = subprocess.Popen(command, env=clean_environment(home), stderr=subprocess.PIPE, text=True)
        eventually(lambda before=before: _more_than(house, before))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert (process.returncode, said) == (143, "Error: terminated\n")
