"""The page of the doctor: every finding is on it, every line of it is a finding, and its commands can be run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from avdaily_sql.doctor import access, configuration
from tests.conftest import clean_environment
from tests.doctor.conftest import sick  # noqa: F401 (a fixture: where commands may change settings)
from tests.test_readme import commands_of
from tests.throwaway import REPOSITORY

PAGE = REPOSITORY / "docs" / "troubleshooting.md"
DOCTOR = sorted((REPOSITORY / "avdaily_sql" / "doctor").glob("*.py"))
HEADINGS = re.findall(r"^### (ok|warn|fail) (\w+) (.*)$", PAGE.read_text(), re.MULTILINE)
# What the doctor names after a table, a role, a setting or a program.
NAMED = {
    "psql",
    "pg_dump",
    "disk",
    "backup_disk",
    "triggers",
    "constraints",
    "avdaily_app_powers",
    "audit_log_partitions",
    "notifications_partitions",
    *(name for name, _ in configuration._SWITCHES),
}


def spoken():
    """Return the names that stand in the doctor's code as they are, if they can be bad."""
    for path in DOCTOR:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"warn", "fail", "level"}
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value


def test_every_finding_that_is_not_ok_is_on_the_page_and_nothing_else():
    assert {name for _, name, _ in HEADINGS} == set(spoken()) | NAMED
    assert {f"{name}_powers" for name in access._ROLES} >= {"avdaily_app_powers"}


@pytest.mark.parametrize(("name", "message"), [(name, message) for _, name, message in HEADINGS])
def test_the_words_of_each_heading_are_those_of_the_doctor(name, message):
    code = "".join(
        path.read_text()
        for path in [*DOCTOR, REPOSITORY / "avdaily_sql" / "database.py", REPOSITORY / "avdaily_sql" / "programs.py"]
    )
    for words in message.split("…"):
        # A name that the heading writes out is a variable in the code.
        shown = words.strip().removeprefix(name).removeprefix(name.removesuffix("_partitions")).strip()
        shown = re.sub(r"^no (psql|pg_dump) ", "", shown)
        assert shown in code, words


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_they_say(tmp_path, sick):  # noqa: F811
    """In a real shell, on a server where everything is wrong: what they correct, they may."""
    url = sick.create_database("troubleshooting")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = clean_environment(tmp_path) | {"DATABASE_URL": url, "PATH": path}

    def run(line):
        return subprocess.run(
            ["sh", "-c", line],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    try:
        assert run("avdaily-sql up").returncode == 0
        lines = commands_of(PAGE)
        assert len(lines) > 15
        for line in lines:
            done = run(line)
            # Some of the wrong settings were given on the server's command line and stay.
            expected = 1 if line == "avdaily-sql doctor" else 0
            assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"
    finally:
        sick.drop_database("troubleshooting")
