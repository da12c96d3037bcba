"""Where the connection leads: to a pooler, to a standby, to a migration that stopped in its middle."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from avdaily_sql.doctor import configuration, machine, schema_state
from avdaily_sql.settings import load
from avdaily_sql.sqltree import SqlTree
from tests.doctor.conftest import levels
from tests.queries.clusters import pgbouncer, primary_and_standby


@pytest.mark.needs("pgbouncer")
def test_a_pooler_is_told(database_url, server, tmp_path_factory):
    directory = Path(tmp_path_factory.mktemp("pooler"))
    directory.parent.chmod(0o755)
    with pgbouncer(directory, database_url, server.bin) as url, psycopg.connect(url, autocommit=True) as conn:
        assert levels(configuration.version(conn))["pooler"] == "warn"
    with psycopg.connect(database_url, autocommit=True) as conn:
        assert "pooler" not in levels(configuration.version(conn))


@pytest.mark.slow
def test_a_standby_is_told_and_its_lag_is_seen_from_the_primary(server, tmp_path_factory):
    directory = Path(tmp_path_factory.mktemp("standby"))
    for parent in (directory, directory.parent):
        parent.chmod(0o755)
    with primary_and_standby(directory, server.bin) as (primary, standby):
        with psycopg.connect(standby.url(), autocommit=True) as conn:
            found = {each.name: each for each in configuration.version(conn)}
            assert found["standby"].level == "warn"
            assert "primary" in found["standby"].hint
        with psycopg.connect(primary.url(), autocommit=True) as conn:
            assert "standby" not in levels(configuration.version(conn))


def test_a_migration_that_stopped_in_its_middle_fails_and_the_hint_ends_it(avdaily, database_url, tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    (directory / "0001.create-one.sql").write_text("-- 0001.create-one: it is there\nCREATE TABLE one (id bigint);\n")
    (directory / "0001.create-one.rollback.sql").write_text("-- 0001.create-one: it is gone\nDROP TABLE one;\n")
    index = directory / "0002.add-index.sql"
    index.write_text(
        "-- 0002.add-index: it is quick\n-- transactional: false\n"
        "CREATE INDEX CONCURRENTLY one_id_idx ON one (id);\nCREATE UNIQUE INDEX CONCURRENTLY one_id_key ON one (id);\n"
    )
    index.with_name("0002.add-index.rollback.sql").write_text(
        "-- 0002.add-index: it is slow\n-- transactional: false\n"
        "DROP INDEX CONCURRENTLY one_id_key;\nDROP INDEX CONCURRENTLY one_id_idx;\n"
    )
    where = ("--sql-dir", tmp_path / "sql", "--database-url", database_url)
    assert avdaily("apply", "--to", "1", *where).returncode == 0
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("INSERT INTO one VALUES (1), (1)")
        assert avdaily("apply", *where).returncode == 1
        tree = SqlTree(tmp_path / "sql", "flag")
        found = {each.name: each for each in schema_state.history(database_url, tree)}
        assert found["partial"].level == "fail"
        assert found["partial"].hint.endswith("avdaily-sql apply")
        conn.execute("DELETE FROM one")
    again = avdaily("apply", *where)
    assert again.returncode == 0, again.stderr
    assert levels(schema_state.history(database_url, tree)) == {"migrations": "ok"}


def test_the_disk_of_the_backups_is_looked_at_by_its_own_name(tmp_path):
    found = load({}, environ={"BACKUP_DIR": str(tmp_path / "not yet there")}, working_directory=tmp_path)
    assert [each.name for each in machine.disks(found, None)] == ["backup_disk"]
