"""The fixtures keep what they promise: isolation, the real server, and nothing left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.waiting import eventually

REPOSITORY = Path(__file__).resolve().parent.parent


def test_a_new_database_is_empty(database_url):
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone() == (0,)


@pytest.mark.parametrize("attempt", [1, 2])
def test_what_one_test_writes_the_next_does_not_see(conn, attempt):
    conn.execute("CREATE TABLE written_by_a_test (id int)")


def test_a_test_cannot_commit_by_mistake(conn):
    with pytest.raises(psycopg.ProgrammingError):
        conn.commit()


def test_a_clone_has_the_migrations_and_may_be_changed(migrated_url, template, server):
    with psycopg.connect(migrated_url) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    assert server.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", template) == [(True,)]


def test_the_real_command_runs(avdaily):
    done = avdaily("--version")
    assert done.returncode == 0
    assert "avdaily-sql" in done.stdout


def test_pytest_postgresql_works_on_the_same_server_and_template(postgresql, template, server):
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    row = postgresql.execute("SELECT current_setting('unix_socket_directories')").fetchone()
    assert server.execute("SHOW unix_socket_directories") == [row]
    assert postgresql.execute(tables).fetchone() == postgresql.execute(tables).fetchone()


def test_the_password_is_asked_for_over_tcp(tcp_url):
    with psycopg.connect(tcp_url) as connection:
        assert connection.info.hostaddr == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(tcp_url.replace("postgres:", "postgres:not"))


def run_pytest(directory, *arguments, **environment):
    """Run a test session of its own on files in a directory, with this conftest."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "AVDAILY_"))}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"),
            *("--rootdir", directory, "-c", REPOSITORY / "pyproject.toml", *arguments, directory),
        ],
        cwd=REPOSITORY,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_behind(text):
    (directory,) = re.findall(r"DIRECTORY=(\S+)", text)
    return Path(directory)


def processes_of(directory):
    """Return the pids whose command line names the directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(directory) in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


SHOW = """
import pathlib
def test_it(server, pytestconfig, {more}):
    directory = server.execute("SHOW data_directory")[0][0].removesuffix("/data")
    pathlib.Path({report!r}).write_text("DIRECTORY=" + directory)
    {then}
"""


def test_nothing_is_left_after_a_session(tmp_path):
    report = tmp_path / "report"
    (tmp_path / "test_one.py").write_text(SHOW.format(more="tmp_path", report=str(report), then="pass"))
    session = run_pytest(tmp_path)
    output, _ = session.communicate(timeout=60)
    assert session.returncode == 0, output
    directory = left_behind(report.read_text())
    assert not directory.exists()
    assert processes_of(directory) == []


@pytest.mark.fault
def test_nothing_is_left_after_a_session_was_killed(tmp_path):
    report = tmp_path / "report"
    (tmp_path / "test_one.py").write_text(
        SHOW.format(more="tmp_path", report=str(report), then="import time; time.sleep(60)")
    )
    session = run_pytest(tmp_path)
    eventually(lambda: report.exists() and "DIRECTORY=" in report.read_text())
    directory = left_behind(report.read_text())
    assert processes_of(directory) != []
    session.kill()
    session.communicate()
    eventually(lambda: not directory.exists() and processes_of(directory) == [])


def test_what_needs_a_missing_tool_is_deselected_and_counted(tmp_path):
    (tmp_path / "test_one.py").write_text(
        "import pytest\n@pytest.mark.needs('no-such-program')\ndef test_a(): pass\ndef test_b(): pass\n"
    )
    session = run_pytest(tmp_path, CI="")
    output, _ = session.communicate(timeout=60)
    assert session.returncode == 0, output
    assert "deselected for want of: no-such-program (1)" in output
    assert "1 passed, 1 deselected" in output


def test_what_needs_a_missing_tool_fails_in_ci(tmp_path):
    (tmp_path / "test_one.py").write_text("import pytest\n@pytest.mark.needs('no-such-program')\ndef test_a(): pass\n")
    session = run_pytest(tmp_path, CI="true")
    output, _ = session.communicate(timeout=60)
    assert session.returncode == 1
    assert "no-such-program is not installed" in output
