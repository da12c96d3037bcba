"""Settings of a server that hurt: each is made wrong on purpose, and told."""

from __future__ import annotations

import signal
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from avdaily_sql.doctor import configuration, machine
from tests.doctor.conftest import levels
from tests.waiting import eventually


@pytest.fixture(scope="module")
def told(sick):
    """What the doctor says of the wrong server, by name."""
    from avdaily_sql import doctor, settings

    found = settings.load({"DATABASE_URL": sick.maintenance_url}, environ={})
    return {each.name: each for each in doctor.diagnose(found, lambda: datetime.now(UTC), lambda _: None).findings}


@pytest.mark.parametrize(
    ("name", "level", "message"),
    [
        ("fsync", "fail", "fsync is off: a power cut can destroy the whole database"),
        ("full_page_writes", "fail", "full_page_writes is off"),
        ("synchronous_commit", "fail", "a crash can forget payments"),
        ("autovacuum", "fail", "autovacuum is off"),
        ("track_counts", "fail", "track_counts is off"),
        ("data_checksums", "warn", "data checksums are off"),
        ("max_wal_size", "warn", "max_wal_size is 64 MB"),
        ("time_zone", "warn", "sessions start in Africa/Lagos"),
    ],
)
def test_a_setting_that_hurts_is_told_with_the_line_that_corrects_it(told, name, level, message):
    assert told[name].level == level
    assert message in told[name].message
    assert told[name].hint


def test_the_lines_that_correct_settings_can_be_run(sick, told, examine):
    """They are statements; that fsync stays off here is because it was given on the server's command line."""
    with psycopg.connect(sick.maintenance_url, autocommit=True) as conn:
        for name in ("fsync", "max_wal_size", "time_zone"):
            for statement in told[name].hint.split(";"):
                if statement.strip():
                    conn.execute(statement)
    assert levels(examine(sick.maintenance_url))["time_zone"] == "ok"
    with psycopg.connect(sick.maintenance_url, autocommit=True) as conn:
        conn.execute("ALTER DATABASE postgres RESET timezone")


def test_a_database_that_is_not_utf8_fails(sick, examine):
    sick.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
    found = {each.name: each for each in examine(sick.url("ascii"))}
    assert found["encoding"].level == "fail"
    assert "SQL_ASCII" in found["encoding"].message
    sick.drop_database("ascii")


def test_connections_that_run_out_are_told(sick):
    """Ten at most, two of them reserved: the eighth is the last one of the application."""
    with ExitStack() as stack:
        # One transaction would see one moment of the statistics.
        conns = [stack.enter_context(psycopg.connect(sick.maintenance_url, autocommit=True)) for _ in range(5)]
        assert levels(configuration.sessions(conns[0])) == {"connections": "ok"}
        conns += [stack.enter_context(psycopg.connect(sick.maintenance_url)) for _ in range(2)]
        assert levels(configuration.sessions(conns[0])) == {"connections": "warn"}
        conns += [stack.enter_context(psycopg.connect(sick.maintenance_url)) for _ in range(1)]
        assert levels(configuration.sessions(conns[0])) == {"connections": "fail"}


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (5, "warn"), (-5, "warn"), (120, "fail"), (-120, "fail")])
def test_clocks_that_disagree_are_told(conn, seconds, level):
    (found,) = configuration.clock(conn, lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    assert found.level == level
    if seconds:
        assert ("behind" if seconds > 0 else "ahead of") in found.message


def test_a_collation_that_the_system_changed_fails(sick):
    with psycopg.connect(sick.maintenance_url) as conn:
        conn.execute("UPDATE pg_database SET datcollversion = '0.1' WHERE datname = 'postgres'")
        found = {each.name: each for each in configuration.text_and_time(conn)}
        actual = conn.execute(
            "SELECT pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()[0]
        conn.rollback()
    # A provider without versions, as libc's C, has nothing to compare.
    assert found.get("collation") is None if actual is None else found["collation"].level == "fail"


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (100 << 30, 60 << 30, "ok"),
        (100 << 30, 8 << 30, "warn"),
        (100 << 30, 2 << 30, "fail"),
        (1 << 30, 200 << 20, "fail"),
    ],
)
def test_a_disk_that_fills_is_told_before_it_is_full(total, free, level):
    assert machine.judge_disk("disk", "/srv/data", total, free).level == level


def test_a_tool_that_is_too_old_for_the_server_is_told(examine, database_url, tmp_path):
    script = tmp_path / "bin" / "pg_dump"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    script.chmod(0o755)
    found = levels(examine(database_url, AVDAILY_PG_BIN=str(script.parent)))
    assert (found["pg_dump"], found["psql"]) == ("warn", "warn")


def test_an_extension_with_a_newer_version_is_told(database_url):
    with psycopg.connect(database_url) as conn:
        if not conn.execute("SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone():
            assert levels(configuration.extensions(conn)) == {"extensions": "ok"}
            return
        conn.execute(sql.SQL("CREATE EXTENSION pg_trgm VERSION {}").format(sql.Literal("1.5")))
        assert levels(configuration.extensions(conn)) == {"extensions": "warn"}


@pytest.mark.slow
def test_a_receiver_that_falls_behind_is_told(sick, examine, tmp_path):
    """pg_receivewal keeps the log as a standby would; stopped in its tracks, it falls behind as one that hangs."""
    address = conninfo_to_dict(sick.maintenance_url)
    target = tmp_path / "wal"
    target.mkdir()
    to = ("-h", address["host"], "-p", address["port"], "-U", "postgres")
    receiver = subprocess.Popen(
        [sick.program("pg_receivewal"), "--synchronous", "--status-interval=1", "-D", target, *to],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: levels(examine(sick.maintenance_url)).get("replication_lag") == "ok")
        receiver.send_signal(signal.SIGSTOP)
        sick.execute("CREATE TABLE much AS SELECT repeat(md5(g::text), 8) AS text FROM generate_series(1, 120000) AS g")
        eventually(lambda: levels(examine(sick.maintenance_url)).get("replication_lag") == "warn")
    finally:
        receiver.kill()
        receiver.wait()
        sick.execute("DROP TABLE IF EXISTS much")


def test_a_replication_slot_that_nobody_reads_is_told(sick, examine):
    sick.execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
    try:
        found = {each.name: each for each in examine(sick.maintenance_url)}
        assert found["replication_slots"].level == "warn"
        assert "forgotten" in found["replication_slots"].message
        sick.execute(found["replication_slots"].hint.partition("or: ")[2])
        assert "replication_slots" not in levels(examine(sick.maintenance_url))
    finally:
        sick.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
