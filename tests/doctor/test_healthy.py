"""What the doctor says when nothing is wrong, and when there is nothing to look at."""

from __future__ import annotations

import itertools
import json
import re

import jsonschema

from tests.doctor.conftest import parsed
from tests.throwaway import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "docs" / "json" / "doctor.schema.json").read_text())


def test_a_first_run_has_nothing_to_be_told(avdaily, tmp_path):
    env = {"AVDAILY_DATA_DIR": str(tmp_path / "data"), "AVDAILY_SQL_DIR": str(REPOSITORY / "sql"), "TZ": "UTC"}
    try:
        assert avdaily("up", env=env).returncode == 0
        done = avdaily("doctor", "--json", env=env)
    finally:
        avdaily("db", "stop", env=env)
    jsonschema.validate(json.loads(done.stdout), SCHEMA)
    assert (done.returncode, done.stderr) == (0, "")
    found = parsed(done)
    # How full a disk is belongs to the machine, not to the test.
    bad = {name: each for name, each in found.items() if each["level"] != "ok" and not name.endswith("disk")}
    assert bad == {}
    assert {"python", "package", "psql", "pg_dump", "fsync", "clock", "migrations", "wraparound"} <= found.keys()
    assert found["migrations"]["message"].startswith("all ")


def test_a_server_that_is_not_there_is_a_finding_with_what_to_do(avdaily, tmp_path):
    url = f"postgresql://u:secret-word@/d?host={tmp_path}"
    done = avdaily("doctor", "--json", "--database-url", url)
    assert (done.returncode, done.stderr) == (1, "")
    jsonschema.validate(json.loads(done.stdout), SCHEMA)
    found = parsed(done)["connection"]
    assert found["level"] == "fail"
    assert "no server on that socket" in found["message"]
    assert "Start the server" in found["hint"]
    assert "secret-word" not in done.stdout


def test_a_wrong_setting_is_an_error_and_not_a_finding(avdaily):
    done = avdaily("doctor", "--database-url", "mysql://h/d")
    assert (done.returncode, done.stdout) == (2, "")


def test_each_line_has_its_level_and_each_problem_what_to_do(avdaily, database_url):
    done = avdaily("doctor", "--database-url", database_url, cwd=REPOSITORY)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(re.match(r"fail +fsync +fsync is off: ", line) for line in lines)
    for line, following in itertools.pairwise(lines):
        if line.startswith(("warn", "fail")):
            assert following.startswith("      → "), line
    assert re.fullmatch(r"\d+ ok, \d+ to look at, \d+ failed", lines[-1])


def test_the_doctor_changes_nothing(avdaily, server, database_url):
    look = "SELECT count(*) FROM pg_class"
    before = server.execute("SELECT count(*) FROM pg_roles"), server.execute(look)
    avdaily("doctor", "--database-url", database_url, cwd=REPOSITORY)
    assert (server.execute("SELECT count(*) FROM pg_roles"), server.execute(look)) == before
