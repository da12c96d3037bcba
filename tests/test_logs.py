"""What programs read: ``--log-format json`` on stderr, and the name of each session in the server's own log."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from avdaily_sql import logline
from tests import throwaway
from tests.conftest import clean_environment

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def lines(done):
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_on_stderr_is_an_object_with_time_level_and_event(avdaily, database_url):
    done = avdaily("apply", "--to", "3", "--log-format", "json", env={"DATABASE_URL": database_url})
    assert done.returncode == 0
    found = lines(done)
    assert all(TIME.fullmatch(each["time"]) and each["level"] in {"info", "warning"} for each in found)
    applied = [each for each in found if each["event"] == "migration_applied"]
    assert [each["migration"][:4] for each in applied] == ["0001", "0002", "0003"]
    assert all(isinstance(each["duration_ms"], int) for each in applied)
    assert done.stdout.splitlines()[0].startswith("applied  0001."), "the result on stdout stays as it is"


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_error_is_a_line_too(avdaily, where):
    words = ["--log-format", "json", "aply"] if where == "before" else ["status", "--exit-cod", "--log-format=json"]
    done = avdaily(*words)
    (found,) = lines(done)
    assert (done.returncode, found["level"], found["event"], found["exit_code"]) == (2, "error", "error", 2)
    assert found["message"]
    assert TIME.fullmatch(found["time"])


def test_with_json_the_rules_of_json_stay(avdaily, database_url):
    done = avdaily("status", "--json", "--log-format", "json", env={"DATABASE_URL": database_url})
    assert (done.returncode, done.stderr) == (0, "")
    failed = avdaily("apply", "--to", "9999", "--json", "--log-format", "json", env={"DATABASE_URL": database_url})
    assert (failed.stdout, list(json.loads(failed.stderr))) == ("", ["error"])


def test_quiet_leaves_warnings_and_errors(avdaily, database_url):
    done = avdaily("apply", "--to", "3", "-q", "--log-format", "json", env={"DATABASE_URL": database_url})
    assert [each for each in lines(done) if each["level"] == "info"] == []


@pytest.mark.parametrize("password", ["pa\\ss\"word'1", "täglich-€5"])
@pytest.mark.parametrize("form", [("--log-format", "json"), ("--json",), ()])
def test_no_password_is_in_any_line_however_json_writes_it(password, form, tmp_path):
    code = (
        "import sys; from avdaily_sql.output import Console; from avdaily_sql.errors import Failed\n"
        f"console = Console(json_output={'--json' in form}); console.log_json = {'--log-format' in form}\n"
        f"console.secrets = frozenset([{password!r}]); secret = {password!r}\n"
        "console.note('note ' + secret); console.warn('warn ' + secret); console.event('e', url=secret)\n"
        "console.progress('[##..] 1% ' + secret); console.error(Failed('no ' + secret, hint=secret))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean_environment(tmp_path)
    )
    assert password not in done.stderr
    assert json.dumps(password, ensure_ascii=False)[1:-1] not in done.stderr
    assert "***" in done.stderr


def test_a_line_leaves_out_what_has_no_value_and_the_bar_of_a_terminal():
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    line = logline.render(at, "info", "progress", {"message": logline.without_bar("[##..]  50%  dump"), "step": None})
    assert json.loads(line) == {
        "time": "2026-01-02T03:04:05.678Z", "level": "info", "event": "progress", "message": "50%  dump"
    }  # fmt: skip


def test_progress_is_in_the_log_although_nothing_is_shown_in_a_pipe(avdaily, migrated_url):
    environment = {"DATABASE_URL": migrated_url, "BACKUP_ALLOW_PLAINTEXT": "1", "BACKUP_DIR": "kept"}
    done = avdaily("backup", "--log-format", "json", env=environment)
    assert done.returncode == 0, done.stderr
    steps = [each for each in lines(done) if each["event"] == "progress"]
    assert steps
    assert all({"step", "percent", "message"} <= each.keys() for each in steps)
    assert avdaily("backup", "verify", "--json", env=environment).returncode == 0


def a_few_files(tmp_path):
    """The sessions of ``verify`` are the same for two files as for all of them."""
    folder = tmp_path / "few" / "migrations"
    folder.mkdir(parents=True)
    for path in (throwaway.REPOSITORY / "sql" / "migrations").glob("000[12].*"):
        shutil.copy2(path, folder)
    return folder.parent


@pytest.mark.slow
def test_every_session_of_every_command_has_our_name_in_the_servers_log(avdaily, server, tmp_path):
    """The server writes the name of the session before each statement; pg_dump's and psql's are among them."""
    session = throwaway.Session()
    try:
        options = ("log_line_prefix=app=%a|", "log_min_duration_statement=0", "log_connections=on")
        own = throwaway.start_server(session, server.bin, options=options)
        url, empty = own.create_database("named"), own.create_database("empty")
        log = session.directory / "log"
        begin = len(log.read_bytes())
        environment = {
            "DATABASE_URL": url, "BACKUP_DIR": str(tmp_path / "kept"), "AVDAILY_PG_BIN": str(server.bin),
            "BACKUP_ALLOW_PLAINTEXT": "1", "DB_RESTORE_CONFIRM": "1", "DB_RESET_CONFIRM": "1",
        }  # fmt: skip
        for words in (
            "up", "status", "check", "doctor", "metrics", "run list_roles after_name= page_size=9", "backup",
            "backup verify --full", "restore --into second", "restore --dry-run", "reset", "queries check", "db status",
            f"verify --sql-dir {a_few_files(tmp_path)} --database-url {empty}",
        ):  # fmt: skip
            given = words.split()
            if given[0] == "restore":
                (file,) = (tmp_path / "kept").glob("*.gz")
                given.insert(1, str(file))
            done = avdaily(*given, env=environment, timeout=300)
            assert done.returncode in {0, 1}, f"{words}: {done.stderr}"
        text = log.read_bytes()[begin:].decode(errors="replace")
    finally:
        session.close()
    named = re.findall(r"^app=(.*?)\|LOG:  duration", text, re.MULTILINE)
    assert {name for name in named if not name.startswith("avdaily")} == set()
    assert {"avdaily-sql backup", "avdaily-sql restore", "avdaily-sql verify"} <= set(named)
