"""Seeds: idempotent, one transaction for all files, nothing made up in production."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest


@pytest.fixture
def sql(tmp_path):
    """A tree with one table and seeds of two environments."""
    root = tmp_path / "sql"
    for folder in ("migrations", "seeds/common", "seeds/development"):
        (root / folder).mkdir(parents=True)
    (root / "migrations" / "0001.create-fruit.sql").write_text(
        "-- 0001.create-fruit: fruit exists\nCREATE TABLE fruit (name text PRIMARY KEY, price numeric);\n"
    )
    (root / "migrations" / "0001.create-fruit.rollback.sql").write_text(
        "-- 0001.create-fruit: no fruit\nDROP TABLE fruit;\n"
    )
    (root / "seeds" / "common" / "001.apple.sql").write_text(
        "INSERT INTO fruit VALUES ('apple', 1) ON CONFLICT (name) DO NOTHING;\n"
    )
    (root / "seeds" / "development" / "001.pear.sql").write_text(
        "INSERT INTO fruit VALUES ('pear; 100 %', 2) ON CONFLICT (name) DO NOTHING;\n"
    )
    return root


@pytest.fixture
def run(avdaily, database_url, sql):
    def call(*words, **options):
        return avdaily("--sql-dir", sql, "--database-url", database_url, *words, **options)

    assert call("apply").returncode == 0
    return call


def fruit(url):
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT name, price FROM fruit ORDER BY name").fetchall()


def test_common_seeds_run_first_then_those_of_the_environment_and_a_second_run_changes_nothing(run, database_url):
    first = json.loads(run("--json", "seed").stdout)
    assert [file["id"] for file in first["files"]] == ["common/001.apple", "development/001.pear"]
    assert [file["state"] for file in first["files"]] == ["applied", "applied"]
    assert (first["rows_inserted"], first["rows_updated"]) == (2, 0)
    with psycopg.connect(database_url) as conn:
        conn.execute("UPDATE fruit SET price = 99")
    second = json.loads(run("--json", "seed").stdout)
    assert [file["state"] for file in second["files"]] == ["unchanged", "unchanged"]
    assert (second["rows_inserted"], second["rows_updated"]) == (0, 0)
    assert [price for _, price in fruit(database_url)] == [99, 99]


def test_a_failing_seed_is_named_by_file_line_and_column_and_nothing_of_the_run_stays(run, sql, database_url):
    (sql / "seeds" / "development" / "002.bad.sql").write_text(
        "-- é\nSELECT 1;\nINSERT INTO fruit\n  VALUES ('ü', nope);\n"
    )
    done = run("seed")
    assert done.returncode == 1
    assert "002.bad.sql:4:16" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr
    assert fruit(database_url) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"SELECT 1;\nCOMMIT;\n", "COMMIT"),
        (b"SELECT 1;\n\\set x 1\n", "\\set"),
        (b"SELECT 'x;\n", "unterminated"),
        (b"SELECT '\xe9';\n", "UTF-8"),
        (b"SELECT 1;\x00\n", "NUL"),
        (b"COPY fruit FROM stdin;\nfig\t1\n\\.\n", "COPY"),
    ],
)
def test_a_seed_file_that_cannot_run_in_one_transaction_is_refused_before_anything_is_sent(
    run, sql, database_url, text, problem
):
    (sql / "seeds" / "development" / "000.bad.sql").write_bytes(text)
    done = run("seed")
    assert done.returncode == 2, done.stderr
    assert problem in done.stderr
    assert "000.bad.sql:" in done.stderr
    assert fruit(database_url) == []


def test_before_the_migrations_the_error_says_to_apply_them(avdaily, database_url, sql):
    done = avdaily("--sql-dir", sql, "--database-url", database_url, "seed")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Hint: avdaily-sql apply"


def test_production_gets_the_common_seeds_only(run, database_url):
    production = {"AVDAILY_ENV": "production"}
    refused = run("seed", "--env", "development", env=production)
    assert refused.returncode == 6
    assert refused.stderr.splitlines()[-1] == "avdaily-sql seed --env production"
    assert fruit(database_url) == []
    assert run("seed", env=production).returncode == 0
    assert fruit(database_url) == [("apple", 1)]


def test_a_database_marked_production_refuses_whatever_the_environment_variable_says(run, database_url):
    assert run("db", "environment", "production").returncode == 0
    assert run("seed", "--env", "demo", env={"AVDAILY_ENV": "dev"}).returncode == 6
    assert run("seed", "--env", "development", env={"AVDAILY_ENV": "dev"}).returncode == 6
    assert fruit(database_url) == []


def test_two_runs_at_once_do_not_mix(run, database_url):
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (0x6176_6461_7365_6564,))
        done = run("seed")
    assert done.returncode == 5
    assert "another run of the seeds" in done.stderr
    assert fruit(database_url) == []


def test_a_wrong_name_and_no_files_are_usage_errors(run, sql):
    (sql / "seeds" / "common" / "first.sql").write_text("SELECT 1;\n")
    assert run("seed").returncode == 2
    (sql / "seeds" / "common" / "first.sql").unlink()
    for path in sql.glob("seeds/*/*.sql"):
        path.unlink()
    assert run("seed").returncode == 2
    assert run("seed", "--env", "mars").returncode == 2


def test_on_a_terminal_a_long_seed_shows_how_far_it_is_and_piped_it_does_not(run, sql, database_url):
    (sql / "seeds" / "development" / "002.long.sql").write_text(
        "DO $$ BEGIN RAISE NOTICE 'long: 1 of 2 steps'; RAISE NOTICE 'long: 2 of 2 steps'; END $$;\n"
    )
    piped = run("seed")
    assert "steps" not in piped.stdout + piped.stderr

    program = Path(sys.executable).with_name("avdaily-sql")
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [program, "--sql-dir", sql, "--database-url", database_url, "seed"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=follower,
    ) as process:
        os.close(follower)
        shown = b""
        # Linux ends a terminal whose other side is closed with EIO.
        with contextlib.suppress(OSError):
            while part := os.read(leader, 1024):
                shown += part
    os.close(leader)
    assert process.returncode == 0
    assert b"[###############...............]  50%  long: 1 of 2 steps" in shown
    assert b"[##############################] 100%  long: 2 of 2 steps" in shown
