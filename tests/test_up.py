"""``up``: from nothing to a database that can be looked at; again, nothing changes."""

from __future__ import annotations

import json
import re
import shutil
import stat

import psycopg
import pytest


@pytest.fixture
def embedded(avdaily, tmp_path):
    """The command with a data directory of its own and no DATABASE_URL."""
    env = {"AVDAILY_DATA_DIR": str(tmp_path / "data")}

    def run(*words, **more):
        return avdaily(*words, env=env | more)

    yield run
    run("db", "stop")


def test_a_first_run_starts_migrates_seeds_and_says_how_to_look_and_a_second_changes_nothing(embedded, tmp_path):
    first = embedded("up")
    assert first.returncode == 0, first.stderr
    assert "using embedded PostgreSQL 18" in first.stderr
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    url = re.search(r"^open it +psql '?([^'\n]+)'?$", first.stdout, re.MULTILINE)[1]
    with psycopg.connect(url) as conn:
        before = conn.execute("SELECT count(*) FROM roles").fetchone()
        assert before == (4,)

    second = embedded("up", "--json")
    assert second.returncode == 0
    said = json.loads(second.stdout)
    assert said["applied"] == []
    assert said["already_applied"] > 0
    assert (said["seeds"]["rows_inserted"], said["seeds"]["rows_updated"]) == (0, 0)


def test_with_a_database_url_up_works_there_and_starts_nothing(avdaily, database_url, tmp_path):
    done = avdaily("up", "--no-seed", env={"DATABASE_URL": database_url, "AVDAILY_DATA_DIR": str(tmp_path / "data")})
    assert done.returncode == 0, done.stderr
    assert "embedded" not in done.stderr
    assert not (tmp_path / "data").exists()
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM roles").fetchone() == (0,)


def test_in_production_up_seeds_the_common_rows_only(avdaily, database_url):
    done = avdaily("up", "--json", env={"DATABASE_URL": database_url, "AVDAILY_ENV": "production"})
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {file["id"].split("/")[0] for file in said["seeds"]["files"]} == {"common"}
    with psycopg.connect(database_url) as conn:
        assert conn.execute('SELECT count(*) FROM "user"').fetchone() == (0,)


def test_in_production_without_a_database_url_nothing_is_started(avdaily, tmp_path):
    done = avdaily("up", env={"AVDAILY_ENV": "prod", "AVDAILY_DATA_DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stdout) == (2, "")
    assert "DATABASE_URL" in done.stderr
    assert not (tmp_path / "data").exists()


def test_without_migrations_nothing_is_started(avdaily, tmp_path):
    (tmp_path / "sql").mkdir()
    done = avdaily("up", "--sql-dir", "sql", env={"AVDAILY_DATA_DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "data").exists()


def test_a_tree_without_seeds_is_migrated_and_wrong_seeds_are_refused_before_anything_is_applied(
    avdaily, database_url, tmp_path
):
    folder = tmp_path / "sql" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001.create-one.sql").write_text("-- 0001.create-one: it is there\nCREATE TABLE one (id bigint);\n")
    (folder / "0001.create-one.rollback.sql").write_text("-- 0001.create-one: it is gone\nDROP TABLE one;\n")
    (tmp_path / "sql" / "seeds" / "common").mkdir(parents=True)
    (tmp_path / "sql" / "seeds" / "common" / "nameless.sql").write_text("SELECT 1;\n")

    refused = avdaily("up", "--sql-dir", "sql", env={"DATABASE_URL": database_url})
    assert refused.returncode == 2
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT to_regclass('one')").fetchone() == (None,)

    shutil.rmtree(tmp_path / "sql" / "seeds")
    assert avdaily("up", "--sql-dir", "sql", env={"DATABASE_URL": database_url}).returncode == 0
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM one").fetchone() == (0,)
