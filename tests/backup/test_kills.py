"""SIGKILL, lost connections and full disks: the database is the old or the new one, whole, and the next command says
what it cleared up. Real processes, real signals.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import maintenance
from avdaily_sql.backup import directory
from tests.backup.conftest import BANK, drop_family
from tests.backup.test_commands import small_tree
from tests.conftest import clean_environment
from tests.waiting import eventually

pytestmark = pytest.mark.fault
PROGRAM = Path(sys.executable).with_name("avdaily-sql")


@pytest.fixture
def environment(bank_url, backups, tmp_path, server):
    return clean_environment(tmp_path) | {
        "DATABASE_URL": bank_url,
        "BACKUP_DIR": str(backups),
        "AVDAILY_OPS_LOG": str(tmp_path / "operations.jsonl"),
        "AVDAILY_PG_BIN": str(server.bin),
    }


@pytest.fixture
def call(environment, tmp_path):
    """Run a command to its end."""

    def run(*words, expected=0, **env):
        done = subprocess.run(
            [PROGRAM, *words], env=environment | env, cwd=tmp_path, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        assert done.returncode == expected, done
        return done

    return run


@pytest.fixture
def begin(environment, tmp_path):
    """Start a command; killed at the end of the test at the latest."""
    started = []

    def start(*words, **env):
        child = subprocess.Popen(
            [PROGRAM, *words], env=environment | env, cwd=tmp_path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(child)
        return child

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate()


@pytest.fixture
def made(call, backups):
    call("backup")
    return directory.list_files(backups)[0].path


@contextlib.contextmanager
def renames_blocked(server, name):
    """Hold a lock that lets clients in and out of a database, and makes a rename of it wait."""
    with psycopg.connect(server.maintenance_url) as conn:
        conn.execute(sql.SQL("COMMENT ON DATABASE {} IS 'held'").format(sql.Identifier(name)))
        yield
        conn.rollback()


def is_closed(server, name):
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s AND NOT datallowconn", name)


def sessions(server):
    return server.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'avdaily-sql %%' AND pid <> %s", 0
    )


def related(server, name):
    with psycopg.connect(server.maintenance_url, autocommit=True) as conn:
        return maintenance.list_related(conn, name)


# Restored with everything else, it keeps the check of the data waiting: the phase after the load, held still.
WAITS = """
CREATE FUNCTION check_integrity(OUT name text, OUT severity text, OUT count bigint) LANGUAGE sql
AS $$ SELECT 'slow', 'info', 0::bigint FROM pg_sleep(60) $$
"""


def checking(server):
    return server.execute("SELECT datname FROM pg_stat_activity WHERE query LIKE %s AND state = 'active'"
        " AND pid <> pg_backend_pid()", "%FROM public.check_integrity()%")  # fmt: skip


@pytest.mark.parametrize("command", ["restore", "verify"])
def test_a_kill_while_the_restored_data_is_checked_is_swept_by_the_next_command(
    server, bank_url, call, begin, tmp_path, backups, rows, command
):
    with psycopg.connect(bank_url, autocommit=True) as conn:
        conn.execute(WAITS)
    call("backup")
    made = str(directory.list_files(backups)[0].path)
    name = maintenance.database_name(bank_url)
    words = ("restore", made, "--yes") if command == "restore" else ("backup", "verify", made, "--full")
    child = begin(*words)
    side = eventually(lambda: checking(server), "the check of the restored data")[0][0]
    # It is at work, so nobody sweeps it away.
    assert "dropped" not in call("--sql-dir", small_tree(tmp_path), "status").stderr
    assert side in {
        each.name for origin in (name, maintenance.verification_of(name)) for each in related(server, origin)
    }
    child.send_signal(signal.SIGKILL)
    child.wait()
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", side)
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    said = call("--sql-dir", small_tree(tmp_path), "status").stderr
    assert f'dropped "{side}", which an interrupted {command} had left unfinished' in said
    assert server.execute("SELECT 1 FROM pg_database WHERE datname = %s", side) == []
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


def test_a_copy_without_personal_data_that_is_killed_is_swept_by_the_next_command(
    server, bank_url, call, begin, tmp_path, backups
):
    """The rules wait for a lock; what they have not replaced yet is everybody's data, in a database to be dropped."""
    tree = Path(small_tree(tmp_path))
    (tree / "anonymise.sql").write_text("-- Waits.\nDO $$ BEGIN PERFORM pg_sleep(60); END $$;\n")
    name = maintenance.database_name(bank_url)
    child = begin("--sql-dir", str(tree), "backup", "--anonymise")
    active = "SELECT datname FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()"
    side = eventually(lambda: server.execute(active, "DO $$ BEGIN PERFORM pg_sleep%"), "the rules")[0][0]
    assert server.execute("SELECT has_database_privilege('public', %s, 'CONNECT')", side) == [(False,)]
    child.send_signal(signal.SIGKILL)
    child.wait()
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", side)
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    assert f'dropped "{side}"' in call("--sql-dir", str(tree), "status").stderr
    assert related(server, name) == []
    assert directory.list_files(backups) == []


@pytest.mark.parametrize("words", [("restore", "FILE", "--yes"), ("reset", "--yes"), ("restore", "--undo", "--yes")])
def test_a_prepared_transaction_in_the_way_is_named_and_nothing_is_changed(
    server, bank_url, call, made, tmp_path, rows, words
):
    name = maintenance.database_name(bank_url)
    call("restore", str(made), "--yes")
    before = related(server, name)
    gid = f"payday {uuid.uuid4().hex[:8]}"
    with psycopg.connect(bank_url, autocommit=True) as conn:
        conn.execute("BEGIN; UPDATE accounts SET balance = balance + 1 WHERE id = 1")
        conn.execute(sql.SQL("PREPARE TRANSACTION {}").format(sql.Literal(gid)))
        try:
            given = [str(made) if word == "FILE" else word for word in words]
            said = call("--sql-dir", small_tree(tmp_path), *given, expected=1).stderr
            assert f"has prepared transactions: {gid}" in said
            assert "COMMIT PREPARED" in said
            assert related(server, name) == before
        finally:
            conn.execute(sql.SQL("COMMIT PREPARED {}").format(sql.Literal(gid)))
    assert rows(bank_url, "SELECT count(*), sum(balance) FROM accounts") == [(200, 20101)]
    call("--sql-dir", small_tree(tmp_path), *given)


def test_a_restore_killed_while_it_loads_is_swept_by_the_next_command(
    server, bank_url, call, begin, made, tmp_path, rows
):
    name = maintenance.database_name(bank_url)
    child = begin("restore", str(made), "--yes")
    eventually(lambda: related(server, name), "the side database")
    child.send_signal(signal.SIGKILL)
    child.wait()
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    said = call("--sql-dir", small_tree(tmp_path), "status").stderr
    assert "an interrupted restore had left unfinished" in said
    assert related(server, name) == []
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    assert "unfinished" not in call("--sql-dir", small_tree(tmp_path), "status").stderr


def test_a_restore_killed_in_the_swap_leaves_a_closed_database_that_the_next_command_opens(
    server, bank_url, call, begin, made, tmp_path, rows
):
    name = maintenance.database_name(bank_url)
    with renames_blocked(server, name):
        child = begin("restore", str(made), "--yes")
        eventually(lambda: is_closed(server, name), "the closed database")
        child.send_signal(signal.SIGKILL)
        child.wait()
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(bank_url)
    said = call("--sql-dir", small_tree(tmp_path), "status").stderr
    assert "connections are allowed again" in said
    assert "had left unfinished" in said
    assert related(server, name) == []
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


def test_an_undo_killed_in_the_swap_loses_neither_database(server, bank_url, call, begin, made, tmp_path, rows):
    name = maintenance.database_name(bank_url)
    rows(bank_url, "UPDATE accounts SET balance = 7 RETURNING 1")
    call("restore", str(made), "--yes")
    with renames_blocked(server, name):
        child = begin("restore", "--undo", "--yes")
        eventually(lambda: is_closed(server, name), "the closed database")
        child.send_signal(signal.SIGKILL)
        child.wait()
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    assert "connections are allowed again" in call("--sql-dir", small_tree(tmp_path), "status").stderr
    assert rows(bank_url, "SELECT sum(balance) FROM accounts") == [(20100,)]
    call("restore", "--undo", "--yes")
    assert rows(bank_url, "SELECT DISTINCT balance FROM accounts") == [(7,)]


def test_a_connection_lost_in_the_swap_leaves_the_original_open(server, bank_url, begin, made, rows):
    name = maintenance.database_name(bank_url)
    with renames_blocked(server, name):
        child = begin("restore", str(made), "--yes")
        eventually(lambda: is_closed(server, name), "the closed database")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE application_name = 'avdaily-sql restore' AND datname = 'postgres'")  # fmt: skip
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1, said
    assert "is as it was, and open" in said
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_swap_clears_up_itself(server, bank_url, begin, made, rows, sent, code):
    name = maintenance.database_name(bank_url)
    with renames_blocked(server, name):
        child = begin("restore", str(made), "--yes")
        eventually(lambda: is_closed(server, name), "the closed database")
        child.send_signal(sent)
        child.communicate(timeout=60)
    assert child.returncode == code
    assert related(server, name) == []
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


def test_a_backup_killed_in_the_middle_leaves_nothing_that_looks_like_a_backup(
    server, bank_url, call, begin, backups, rows
):
    with psycopg.connect(bank_url) as conn:
        conn.execute("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
        child = begin("backup")
        eventually(lambda: list(backups.glob("*.partial")), "the half-written file")
        child.send_signal(signal.SIGKILL)
        child.wait()
        conn.rollback()
    assert directory.list_files(backups) == []
    said = call("backup", "list")
    assert "which an interrupted backup had left half-written" in said.stderr
    assert list(backups.iterdir()) == []
    eventually(lambda: not sessions(server), "the sessions of the killed process")
    call("backup")
    assert len(directory.list_files(backups)) == 1


def test_pg_dump_killed_from_outside_leaves_nothing(server, bank_url, begin, backups):
    with psycopg.connect(bank_url) as conn:
        conn.execute("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
        child = begin("backup")
        eventually(lambda: list(backups.glob("*.partial")), "the half-written file")
        dumper = eventually(lambda: children_of(child.pid), "pg_dump")
        os.kill(dumper[0], signal.SIGKILL)
        conn.rollback()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "was ended by SIGKILL" in said
    assert list(backups.iterdir()) == []


def children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            text = path.read_text()
            if int(text.rpartition(")")[2].split()[1]) == pid and "pg_dump" in text:
                found.append(int(path.parent.name))
    return found


@pytest.mark.slow
def test_kills_at_any_moment_leave_the_old_or_the_restored_database_whole(
    server, bank_url, call, begin, made, tmp_path, rows
):
    name = maintenance.database_name(bank_url)
    rows(bank_url, "UPDATE accounts SET balance = balance + 1000 RETURNING 1")
    chance = random.Random(7)
    swept = 0
    for attempt in range(12):
        child = begin("restore", str(made), "--yes")
        if attempt % 3:
            # From the moment that the side database is there: the machine may be slow or quick.
            eventually(lambda: {each.kind for each in related(server, name)} - {"kept"}, "the side database")
            time.sleep(chance.uniform(0, 0.6))
        else:
            time.sleep(chance.uniform(0.1, 1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        eventually(lambda: not sessions(server), "the sessions of the killed process")
        swept += "unfinished" in call("--sql-dir", small_tree(tmp_path), "status").stderr
        assert rows(bank_url, "SELECT sum(balance), count(*) FROM accounts")[0] in {(20100, 200), (220100, 200)}
        assert {each.kind for each in related(server, name)} <= {"kept"}
    assert swept > 0


@pytest.mark.slow
def test_kills_at_any_moment_of_a_backup_leave_only_whole_files(server, call, begin, backups):
    chance = random.Random(7)
    for _ in range(8):
        child = begin("backup")
        time.sleep(chance.uniform(0.15, 0.8))
        child.send_signal(signal.SIGKILL)
        child.wait()
        eventually(lambda: not sessions(server), "the sessions of the killed process")
    call("backup")
    assert not list(backups.glob("*.partial"))
    for each in directory.list_files(backups):
        call("backup", "verify", str(each.path))


@contextlib.contextmanager
def small_disk(path, size):
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


FILL = """
INSERT INTO accounts (owner, balance, note)
SELECT md5(n::text), n, md5(random()::text) || md5(random()::text) FROM generate_series(1, {}) AS n
"""


@pytest.mark.as_root
def test_a_full_disk_stops_a_backup_and_leaves_nothing(bank_url, call, tmp_path):
    with psycopg.connect(bank_url, autocommit=True) as conn:
        conn.execute(FILL.format(40_000))
    with small_disk(tmp_path / "full", "1200k") as disk:
        said = call("backup", BACKUP_DIR=str(disk), expected=1).stderr
        assert "No space left on device" in said
        assert list(disk.iterdir()) == []


@pytest.mark.as_root
def test_a_full_disk_of_the_server_stops_a_restore_and_leaves_the_original(server, call, tmp_path, backups, rows):
    name, space = f"test_{server.session}_{uuid.uuid4().hex[:6]}", f"test_{uuid.uuid4().hex[:6]}"
    data = Path(server.execute("SHOW data_directory")[0][0])
    # Where the server may enter: its own directory, which is in memory or in /tmp.
    with small_disk(data.parent / space, "40m") as disk:
        os.chown(disk, data.stat().st_uid, data.stat().st_gid)
        disk.chmod(0o700)
        server.execute(
            sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(sql.Identifier(space), sql.Literal(str(disk)))
        )
        server.execute(sql.SQL("CREATE DATABASE {} TABLESPACE {} TEMPLATE template0 STRATEGY file_copy").format(
            sql.Identifier(name), sql.Identifier(space)))  # fmt: skip
        try:
            url = server.url(name)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute(BANK)
                conn.execute(FILL.format(90_000))
            call("backup", DATABASE_URL=url)
            made = directory.list_files(backups)[0].path
            said = call("restore", str(made), "--yes", DATABASE_URL=url, expected=1).stderr
            assert "No space left on device" in said
            assert related(server, name) == []
            assert rows(url, "SELECT count(*) FROM accounts") == [(90_200,)]
        finally:
            drop_family(server, name)
            server.execute(sql.SQL("DROP TABLESPACE {}").format(sql.Identifier(space)))


def test_the_file_that_a_killed_process_of_another_user_owns_is_left_alone(call, backups):
    """A partial file of a process that runs is not a leftover."""
    running = backups / f"avdaily_backup_2026-11-23_03-00-00.sql.gz.{os.getpid()}.partial"
    running.write_text("at work")
    call("backup", "list")
    assert stat.S_ISREG(running.stat().st_mode)
