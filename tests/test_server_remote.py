"""The verbs of ``db`` with DATABASE_URL set: that server is used, never started, stopped or deleted."""

import os
import subprocess
import time
from pathlib import Path

import psycopg
import pytest


@pytest.fixture
def tcp(tcp_url, database_url):
    """Return the URL of an empty database over TCP, and its password."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    url = tcp_url.rpartition("/")[0] + f"/{name}"
    return url, psycopg.conninfo.conninfo_to_dict(url)["password"]


def without_password(url, password):
    return url.replace(f":{password}@", "@")


def test_start_looks_and_says_that_nothing_was_started(avdaily, tcp):
    url, password = tcp
    done = avdaily("db", "start", env={"DATABASE_URL": url})
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"running  {url.replace(password, '***')}\n"


def test_start_says_in_one_line_that_nothing_listens(avdaily, tmp_path):
    done = avdaily("db", "start", env={"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"})
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "Error: could not connect to postgresql://u@127.0.0.1:1/x: nothing listens there"
    )


@pytest.mark.parametrize("arguments", [("stop",), ("down",), ("down", "--volumes", "--yes")])
def test_stop_and_down_refuse_a_server_that_is_not_ours(avdaily, tcp, arguments):
    url, password = tcp
    done = avdaily("db", *arguments, env={"DATABASE_URL": url})
    assert done.returncode == 2
    assert "not ours" in done.stderr
    assert password not in done.stderr
    psycopg.connect(url).close()


def test_logs_cannot_be_read_from_afar(avdaily, tcp):
    done = avdaily("db", "logs", env={"DATABASE_URL": tcp[0]})
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read from here" in done.stderr


def test_status_never_shows_the_password(avdaily, tcp):
    url, password = tcp
    done = avdaily("db", "status", "--json", env={"DATABASE_URL": url})
    assert '"kind": "remote"' in done.stdout
    assert password not in done.stdout + done.stderr


def test_url_is_without_the_password_and_works_with_pgpassword(avdaily, tcp):
    url, password = tcp
    done = avdaily("db", "url", env={"DATABASE_URL": url})
    assert done.stdout.strip() == without_password(url, password)
    psycopg.connect(done.stdout.strip(), password=password).close()


def test_psql_gets_the_password_by_its_environment_and_nobody_sees_it_in_the_process_list(tcp, tmp_path):
    url, password = tcp
    program = Path(os.sys.executable).with_name("avdaily-sql")
    process = subprocess.Popen(
        [program, "db", "psql", "-c", "SELECT pg_sleep(60)"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DATABASE_URL": url},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'psql' AND datname = current_database()"
    with psycopg.connect(url, autocommit=True) as watcher:
        deadline = time.monotonic() + 20
        while not (found := watcher.execute(query).fetchall()):
            assert time.monotonic() < deadline
        # The same process has become psql: its exit code and its signals are psql's own.
        command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
        assert command_line[0].rpartition(b"/")[2] == b"psql"
        assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if password.encode() in _read(path)]
        watcher.execute("SELECT pg_terminate_backend(%s)", found[0])
    process.wait(timeout=20)


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_environment_of_a_remote_server_is_kept_there(avdaily, tcp):
    url, _ = tcp
    assert avdaily("db", "environment", "staging", env={"DATABASE_URL": url}).returncode == 0
    shown = avdaily("db", "environment", "--json", "--database-url", url)
    assert '"marker": "staging"' in shown.stdout


def test_the_line_to_run_again_names_the_same_database_without_its_password(avdaily, tcp):
    url, password = tcp
    avdaily("db", "environment", "staging", "--database-url", url)
    done = avdaily("db", "environment", "development", "--database-url", url)
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == (
        f"avdaily-sql --database-url {without_password(url, password)} db environment development --yes"
    )


def test_docker_and_a_url_together_are_an_error(avdaily, tcp):
    done = avdaily("db", "start", "--docker", env={"DATABASE_URL": tcp[0]})
    assert done.returncode == 2
    assert done.stderr.startswith("Error: DATABASE_URL is set, and --docker means another server\n")
