"""The verbs of ``db`` on the embedded server, as a person at a terminal or a script uses them."""

import json
import os
import pty
import subprocess
from urllib.parse import quote

import pytest

from avdaily_sql import programs, psql, settings
from avdaily_sql.cluster import binaries
from avdaily_sql.errors import Unsupported
from tests.waiting import eventually

BOTH = {"DB_RESET_CONFIRM": "1", "DB_RESET_ALLOW_PRODUCTION": "1"}


def test_psql_opens_this_checkouts_database_and_its_exit_code_is_ours(place):
    assert place.run("db", "psql", "-qAtc", "SELECT current_database()").stdout == "avdaily\n"
    failed = place.run("db", "psql", "-c", "SELECT nonsense", code=1)
    assert 'column "nonsense" does not exist' in failed.stderr


def test_the_options_of_psql_are_its_own(place):
    (place.directory / "two.sql").write_text("SELECT nonsense;\nSELECT 2;\n")
    wrong = place.run("db", "psql", "-v", "ON_ERROR_STOP=1", "-q", "-f", place.directory / "two.sql", code=3)
    assert 'column "nonsense" does not exist' in wrong.stderr
    assert wrong.stderr.startswith("using embedded PostgreSQL ")
    assert place.run("-q", "db", "psql", "-c", "SELECT 1").stderr == ""


def test_psql_takes_the_programs_that_are_named(place):
    directory = place.directory / "programs"
    directory.mkdir()
    (directory / "psql").write_text('#!/bin/sh\necho "mine: $@"\n')
    (directory / "psql").chmod(0o755)
    done = place.run("db", "psql", "-c", "SELECT 1", env={"AVDAILY_PG_BIN": str(directory)})
    assert done.stdout == f"mine: --dbname {place.url()} -c SELECT 1\n"
    empty = place.run("db", "psql", code=8, env={"AVDAILY_PG_BIN": str(place.home)})
    assert empty.stderr.splitlines()[-2:] == [
        f"Error: there is no psql in AVDAILY_PG_BIN ({place.home})",
        "Hint: Correct AVDAILY_PG_BIN.",
    ]


def test_psql_is_told_the_password_in_its_environment_only(place):
    directory = place.directory / "programs"
    directory.mkdir()
    (directory / "psql").write_text('#!/bin/sh\necho "$PGPASSWORD: $@"\n')
    (directory / "psql").chmod(0o755)
    place.run("db", "start")
    host = quote(str(place.socket_directory), safe="")
    url = f"postgresql://postgres:only-here@/avdaily?host={host}"
    done = place.run("db", "psql", env={"AVDAILY_PG_BIN": str(directory), "DATABASE_URL": url})
    assert done.stdout == f"only-here: --dbname postgresql://postgres@/avdaily?host={host}\n"
    refused = place.run("db", "psql", code=2, env={"DATABASE_URL": f"{url}&sslpassword=nor-here"})
    assert "sslpassword" in refused.stderr
    assert "nor-here" not in refused.stderr


def test_the_embedded_psql_serves_where_there_is_no_other_but_not_over_tls(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "_DIRECTORIES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    known, url = settings.load(environ={}), "postgresql://u@db.example.org/x"
    assert psql.prepare(url, 99, known).program == str(binaries.find_embedded() / "psql")
    with pytest.raises(Unsupported, match="the embedded psql has no TLS"):
        psql.prepare(f"{url}?sslmode=require", 18, known)


@pytest.mark.needs("postgresql-15")
def test_psql_is_never_older_than_the_server_if_there_is_a_choice(place):
    older = {"PATH": f"/usr/lib/postgresql/15/bin:{os.environ['PATH']}"}
    assert "psql (PostgreSQL) 18" in place.run("db", "psql", "--", "--version", env=older).stdout


def test_logs_before_the_first_start_are_empty(place):
    assert place.run("db", "logs").stdout == ""


def test_logs_show_the_last_200_lines(place):
    place.run("db", "start")
    place.execute("DO $$ BEGIN FOR i IN 1..250 LOOP RAISE LOG 'line %', i; END LOOP; END $$")
    lines = place.run("db", "logs").stdout.splitlines()
    assert len(lines) == 200
    assert any(line.endswith("line 250") for line in lines)
    assert not any(line.endswith("line 1") for line in lines)


def test_down_keeps_the_data(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert place.run("db", "down").stdout == "stopped\n"
    place.run("db", "start")
    assert place.execute("SELECT answer FROM kept") == [(42,)]


def test_down_with_volumes_names_what_would_be_lost_and_deletes_nothing_unasked(place):
    place.run("db", "start")
    place.execute('CREATE DATABASE "second one"')
    done = place.run("db", "down", "--volumes", code=6)
    lines = done.stderr.splitlines()
    assert [line.split("  ")[0] for line in lines[:2]] == ["would be lost: avdaily", "would be lost: second one"]
    assert lines[2] == f'Error: not confirmed for database "avdaily": delete 2 databases in {place.cluster}'
    assert lines[-1] == "avdaily-sql db down --volumes --yes"
    assert done.stdout == ""
    assert place.execute("SELECT 1") == [(1,)]


def test_down_with_volumes_and_yes_leaves_nothing_of_the_databases(place):
    place.run("db", "start")
    assert place.json("db", "down", "--volumes", "--yes")["deleted"] == ["avdaily"]
    assert [path.name for path in place.data.iterdir()] == ["18.lock"]
    assert place.run("db", "down", "--volumes").stdout == "there is nothing to delete\n"


def test_down_with_volumes_refuses_while_any_database_is_production(place):
    place.run("db", "start")
    place.execute("CREATE DATABASE other")
    place.execute("ALTER DATABASE other SET avdaily.environment = 'production'")
    done = place.run("db", "down", "--volumes", "--yes", code=6)
    assert 'database "other" is marked production' in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "DB_RESET_CONFIRM=1 DB_RESET_ALLOW_PRODUCTION=1 avdaily-sql db down --volumes --confirm DATABASE"
    )
    place.run("db", "down", "--volumes", "--confirm", "avdaily", code=6, env=BOTH)
    assert place.execute("SELECT 1") == [(1,)]
    place.run("db", "down", "--volumes", "--confirm", "other", env=BOTH)
    assert not (place.data / "18").exists()


@pytest.mark.parametrize(("answer", "code"), [("avdaily", 0), ("yes", 6), ("", 6)])
def test_at_a_terminal_the_name_of_the_database_is_asked_for(place, answer, code):
    place.run("db", "start")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*place.command, "db", "down", "--volumes"],
        env=place.environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    shown = ""
    while "Type the name of the database (avdaily) to delete 1 database" not in shown:
        shown += os.read(controller, 4096).decode()
    os.write(controller, f"{answer}\n".encode())
    process.communicate(timeout=30)
    os.close(controller)
    os.close(terminal)
    assert process.returncode == code
    assert (place.data / "18").exists() is (code != 0)


def test_environment_is_shown_and_set(place):
    assert place.json("db", "environment") == {
        "database": "avdaily", "marker": None, "environment": "development", "reasons": [],
    }  # fmt: skip
    assert place.json("db", "environment", "prod") == {
        "database": "avdaily",
        "marker": "production",
        "environment": "production",
        "reasons": ['database "avdaily" is marked production'],
    }


def test_environment_is_lowered_only_with_what_a_reset_would_need(place):
    place.run("db", "environment", "production")
    done = place.run("db", "environment", "development", "--yes", code=6)
    assert done.stderr.splitlines()[-1] == (
        "DB_RESET_CONFIRM=1 DB_RESET_ALLOW_PRODUCTION=1 avdaily-sql db environment development --confirm DATABASE"
    )
    assert place.json("db", "environment")["marker"] == "production"
    lowered = place.json("db", "environment", "development", "--confirm", "avdaily", env=BOTH)
    assert lowered["environment"] == "development"


def test_environment_with_an_unknown_word_changes_nothing(place):
    done = place.run("db", "environment", "prd", code=2)
    assert done.stderr.startswith('Error: unknown environment "prd" (argument)\n')
    assert not place.data.exists()


def test_a_refusal_in_json_has_the_command_to_run_as_its_hint(place):
    place.run("db", "environment", "staging")
    error = json.loads(place.run("db", "environment", "dev", "--json", code=6).stderr)["error"]
    assert (error["exit_code"], error["hint"]) == (6, "avdaily-sql db environment development --yes")
    assert error["detail"] == 'It counts as staging: database "avdaily" is marked staging.'


def test_the_first_verb_that_needs_a_server_starts_it(place):
    url = place.run("db", "url").stdout.strip()
    eventually(lambda: place.postmasters() == [place.pid])
    assert url == f"postgresql://postgres@/avdaily?host={place.data}/18-socket&port=5432"
