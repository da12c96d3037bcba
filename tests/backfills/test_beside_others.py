"""A backfill beside others: a second one, locks, writers, replicas, a pooler."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import errors
from avdaily_sql.backfills import Limits
from tests.backfills.house import CHANGE, HEADER, REMAINING, House
from tests.queries.clusters import eventually, pgbouncer, primary_and_standby

WAITING = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"""


def test_a_second_backfill_at_once_is_refused_and_names_the_first(house):
    house.fill(200)
    refused = []

    def run_another(_):
        with pytest.raises(errors.Busy, match="another backfill runs on this database") as caught:
            house.run()
        refused.append(caught.value.detail)

    house.run(Limits(load=1, batch=200), progressed=run_another)
    assert refused
    assert "pid" in refused[0]
    assert house.touched() == [(1, 200)]


def test_a_locked_row_makes_batches_smaller_and_gives_up_in_time_with_what_was_done_kept(house):
    house.fill(100)
    house.write(HEADER + "-- lock-timeout: 50ms\n" + REMAINING + CHANGE)
    told = []
    with house.connect() as other, other.transaction():
        other.execute("SELECT FROM payments WHERE id = 50 FOR UPDATE")
        with pytest.raises(errors.Busy, match="got no lock within 1 s"):
            house.run(Limits(load=1, wait_seconds=1), told=told.append)
    assert "others hold its locks; trying again with fewer rows" in told
    done = dict(house.touched())[1]
    assert 0 < done < 50
    assert house.run().rows == 100 - done
    assert house.touched() == [(1, 100)]


def test_a_lock_that_goes_away_is_waited_for(house):
    house.fill(100)
    house.write(HEADER + "-- lock-timeout: 50ms\n" + REMAINING + CHANGE)
    released = threading.Event()
    other = house.connect()
    other.execute("BEGIN")
    other.execute("SELECT FROM payments WHERE id = 1 FOR UPDATE")

    def release(_):
        if not released.is_set():
            released.set()
            other.execute("ROLLBACK")

    result = house.run(told=release)
    other.close()
    assert (result.rows, result.collisions) == (100, 1)


def test_others_write_beside_it_and_no_change_of_theirs_is_lost(house):
    house.fill(3000)
    done = threading.Event()

    def write():
        with house.connect() as conn:
            number = 0
            while not done.is_set():
                number = number % 3000 + 1
                conn.execute("UPDATE payments SET amount = amount + 1 WHERE id = %s", (number,))
                conn.execute("INSERT INTO written VALUES (%s)", (number,))

    with house.connect() as conn:
        conn.execute("CREATE TABLE written (id bigint)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        house.run(Limits(batch=100))
    finally:
        done.set()
        writer.join()
    assert house.touched() == [(1, 3000)]
    assert house.value("SELECT sum(amount) - 3000 - (SELECT count(*) FROM written) FROM payments") == 0


# What another try may mend, each under its own name


def test_a_row_that_others_changed_meanwhile_is_tried_again_where_transactions_are_serialized(house):
    house.fill(100)
    with house.connect() as conn:
        name = sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'").format(name))
    other = house.connect()
    other.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
    other.execute("UPDATE payments SET amount = 2 WHERE id = 50")

    def commit():
        with house.connect() as conn:
            eventually(lambda: conn.execute(WAITING).fetchone()[0])
        other.execute("COMMIT")

    writer = threading.Thread(target=commit)
    writer.start()
    told = []
    result = house.run(told=told.append)
    writer.join()
    other.close()
    assert told == ["others changed its rows meanwhile; trying again with fewer rows"]
    assert (result.rows, result.collisions) == (100, 1)
    assert house.touched() == [(1, 100)]


@pytest.mark.parametrize("moment", ["IMMEDIATE", "DEFERRED"])
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("40001", "a batch of backfill channels could not be serialized with others in 1 s of tries"),
        ("40P01", "a batch of backfill channels was in a deadlock with others in every try of 1 s"),
    ],
)
def test_what_no_try_mends_is_given_up_under_its_own_name_and_not_as_a_lock(house, state, message, moment):
    house.fill(200)
    with house.connect() as conn:
        conn.execute(
            f"""CREATE FUNCTION object() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE 'not now' USING ERRCODE = '{state}'; END $$"""
        )
        conn.execute(
            f"""CREATE CONSTRAINT TRIGGER object AFTER UPDATE ON payments DEFERRABLE INITIALLY {moment}
                FOR EACH ROW WHEN (new.id > 150) EXECUTE FUNCTION object()"""
        )
    with pytest.raises(errors.Busy) as caught:
        house.run(Limits(load=1, wait_seconds=1))
    assert (caught.value.message, caught.value.sqlstate) == (message, state)
    assert caught.value.detail.startswith("The server said: not now. ")
    assert dict(house.touched())[1] == 150


@pytest.mark.slow
def test_a_replica_that_lags_is_waited_for(server):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="avdaily-lag-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        with primary_and_standby(directory, server.bin) as (primary, standby):
            house = House(primary.url(), directory / "sql")
            house.fill(2000)
            waited = []

            def resume(text):
                waited.append(text)
                with psycopg.connect(standby.url(), autocommit=True) as conn:
                    conn.execute("SELECT pg_wal_replay_resume()")

            with psycopg.connect(standby.url(), autocommit=True) as conn:
                conn.execute("SELECT pg_wal_replay_pause()")
                eventually(lambda: conn.execute("SELECT pg_get_wal_replay_pause_state()").fetchone()[0] == "paused")
            house.run(Limits(batch=50, lag_seconds=0.1), told=resume)
            assert waited
            assert waited[0].startswith("waiting for replica ")
            assert house.touched() == [(1, 2000)]
        shutil.rmtree(directory / "sql")


@pytest.mark.needs("pgbouncer")
def test_a_pooler_is_refused_because_lock_and_settings_would_not_stay(house, server, tmp_path_factory):
    house.fill(5)
    with pgbouncer(tmp_path_factory.mktemp("pooler"), house.url, server.bin) as through:
        house.url, direct = through, house.url
        with pytest.raises(errors.Refused, match="leads to a connection pooler"):
            house.run()
        house.url = direct
    assert house.touched() == [(0, 5)]


@pytest.mark.needs("pgbouncer")
def test_behind_a_pooler_the_hint_is_the_command_that_was_given(avdaily, house, server, tmp_path_factory):
    with pgbouncer(tmp_path_factory.mktemp("pooler"), house.url, server.bin) as through:
        refused = avdaily("--database-url", through, "backfill", "channels", "--load", "10", "--sql-dir", house.root)
    assert refused.returncode == 6
    assert refused.stderr.splitlines()[-1] == (
        "avdaily-sql --database-url 'postgresql://USER@SERVER:5432/DATABASE' "
        f"backfill channels --load 10 --sql-dir {house.root}"
    )
