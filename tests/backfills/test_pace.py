"""How a backfill keeps out of the way: small batches, rests, commits that wait for no disk and lose nothing by it."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import errors
from avdaily_sql.backfills import Limits
from avdaily_sql.backfills.pace import Pace
from tests.backfills.house import CHANGE, HEADER, REMAINING, House
from tests.queries.clusters import Node, eventually


def test_a_batch_that_took_too_long_makes_the_next_smaller_and_one_that_was_quick_makes_it_larger():
    pace = Pace(1000, seconds=0.025, load=0.25)
    assert pace.rows == 100
    pace.took(0.005)
    assert pace.rows == 200
    pace.took(0.02)
    assert pace.rows == 200
    pace.took(0.04)
    assert pace.rows == 125
    pace.took(10)
    assert pace.rows == 62
    for _ in range(10):
        pace.took(0.001)
    assert pace.rows == 1000
    for _ in range(20):
        pace.took(10)
    assert pace.rows == 1


@pytest.mark.parametrize(("load", "rest"), [(0.25, 0.06), (0.5, 0.02), (1, 0), (0.01, 1.98)])
def test_after_a_batch_the_run_rests_for_the_share_of_the_time_that_belongs_to_others(load, rest):
    assert Pace(1000, seconds=0.025, load=load).took(0.02) == pytest.approx(rest)


def test_by_default_batches_run_a_quarter_of_the_time_and_for_25_ms():
    assert (Limits().load, Limits().batch_seconds) == (0.25, 0.025)


def test_a_time_for_batches_that_is_longer_lets_them_grow(house):
    house.fill(3000)
    sizes = "SELECT max(rows) FROM (SELECT count(*) AS rows FROM payments GROUP BY xmin::text) AS each"
    house.run(Limits(load=1, batch_seconds=60))
    assert house.value(sizes) == 1000
    with house.connect() as conn:
        conn.execute("UPDATE payments SET channel = NULL WHERE id <= 300")
        conn.execute("DELETE FROM payments WHERE id > 300")
    house.run(Limits(load=1, batch_seconds=0.000_001))
    assert house.value(sizes) == 100


# Commits that wait for no disk


def test_batches_do_not_wait_for_the_disk_and_the_end_is_as_durable_as_the_database_asks_for(house):
    house.fill(50)
    with house.connect() as conn:
        name = sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = on").format(name))
    house.write(HEADER + REMAINING + CHANGE.replace("'card'", "current_setting('synchronous_commit')"))
    house.run()
    assert house.value("SELECT DISTINCT channel FROM payments") == "off"
    with house.connect() as conn:
        conn.execute("CREATE TABLE ends (setting text)")
        conn.execute(
            """CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO public.ends VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$"""
        )
        conn.execute(
            """CREATE TRIGGER note AFTER UPDATE ON avdaily_migrations.avdaily_backfill FOR EACH ROW
               WHEN (new.finished_at IS NOT NULL) EXECUTE FUNCTION note()"""
        )
    house.run()
    assert house.value("SELECT array_agg(setting) FROM ends") == ["on"]


@pytest.mark.fault
def test_after_a_crash_of_the_server_no_row_is_changed_twice_and_none_is_left_out(server):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="avdaily-crash-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        node = Node(directory / "node", server.bin)
        node.run("initdb", "-D", node.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        try:
            node.start()
            house = House(node.url(), directory / "sql")
            house.fill(6000)
            for _ in range(3):
                _crash_in_the_middle(node, house)
                # What was lost is lost whole: as many rows are changed as the progress says.
                done = house.value("SELECT count(*) FROM payments WHERE channel IS NOT NULL")
                assert done == house.value("SELECT rows FROM avdaily_migrations.avdaily_backfill")
            result = house.run()
            assert (result.rows_in_all, result.resumed) == (6000, True)
            assert house.touched() == [(1, 6000)]
        finally:
            node.kill()


def _crash_in_the_middle(node, house):
    reached = threading.Event()
    ended = []

    def run():
        try:
            house.run(Limits(batch=50), progressed=lambda state: state.rows >= 1000 and reached.set())
        except errors.AvDailyError as error:
            ended.append(error)

    running = threading.Thread(target=run)
    running.start()
    assert reached.wait(30)
    node.kill()
    running.join()
    assert ended
    node.start()
    eventually(lambda: _answers(node))


def _answers(node):
    try:
        with psycopg.connect(node.url()) as conn:
            return conn.execute("SELECT NOT pg_is_in_recovery()").fetchone()[0]
    except psycopg.OperationalError:
        return False
