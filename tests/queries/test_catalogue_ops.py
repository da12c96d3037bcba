"""What operators ask, on a server where there is something to see."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import psycopg
import pytest

from avdaily_sql import queries

SOON = timedelta(0)


@pytest.fixture
def watch(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True, application_name="watch") as connection:
        yield connection


@pytest.fixture
def blocked(migrated_url):
    """One session holds a lock on a table, another one waits for it; the two process ids."""
    with (
        psycopg.connect(migrated_url, application_name="holds") as holder,
        psycopg.connect(migrated_url, application_name="waits") as waiter,
    ):
        holder.execute("LOCK TABLE rewards IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=waiter.execute, args=("SELECT count(*) FROM rewards",))
        thread.start()
        try:
            yield holder.info.backend_pid, waiter.info.backend_pid
        finally:
            holder.rollback()
            thread.join(30)


def until(question, condition):
    """Ask until the answer is right; the server takes a moment to write down what it does."""
    deadline = time.monotonic() + 10
    while not condition(answer := question()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)
    return answer


def test_who_waits_for_whom(watch, blocked):
    holder, waiter = blocked
    (row,) = until(lambda: queries.list_blocked_sessions(watch), bool)
    assert (row.waiting_pid, row.blocking_pid) == (waiter, holder)
    assert row.waiting_query == "SELECT count(*) FROM rewards"
    assert row.blocking_state == "idle in transaction"


def test_locks_that_are_waited_for_come_first(watch, blocked):
    holder, waiter = blocked
    rows = until(lambda: queries.list_locks(watch), lambda rows: rows and not rows[0].granted)
    assert (rows[0].pid, rows[0].relation, rows[0].mode) == (waiter, "rewards", "AccessShareLock")
    assert (holder, "rewards", "AccessExclusiveLock", True) in [row[:4] for row in rows]


def test_long_transactions_and_queries(watch, blocked):
    holder, waiter = blocked
    until(lambda: queries.list_blocked_sessions(watch), bool)
    assert {holder, waiter} <= {row.pid for row in queries.list_long_transactions(watch, SOON)}
    assert [row.pid for row in queries.list_long_queries(watch, SOON)] == [waiter]
    assert queries.list_long_transactions(watch, timedelta(hours=1)) == []
    assert {"holds", "waits"} <= {row.application_name for row in queries.list_sessions(watch)}


def test_sizes(watch):
    watch.execute("INSERT INTO daily_analytics (date) SELECT DATE '2000-01-01' + n FROM generate_series(1, 5000) AS n")
    watch.execute("ANALYZE daily_analytics")
    first = queries.list_table_sizes(watch)[0]
    assert (first.table_name, first.estimated_rows) == ("daily_analytics", 5000)
    assert first.total_bytes == first.table_bytes + first.index_bytes
    assert queries.list_index_sizes(watch)[0].table_name == "daily_analytics"


def test_an_index_that_is_there_twice_and_one_that_nobody_uses(watch):
    assert queries.list_duplicate_indexes(watch) == []
    watch.execute("CREATE INDEX again_idx ON transactions (user_id, created_at, id)")
    (row,) = queries.list_duplicate_indexes(watch)
    assert {row.index_name, row.duplicate_name} == {"again_idx", "transactions_user_id_created_at_id_idx"}
    unused = [row.index_name for row in queries.list_unused_indexes(watch)]
    assert "again_idx" in unused
    assert "wallets_user_id_key" not in unused, "it keeps a rule"


def test_bloat_is_what_deleted_rows_leave(watch):
    def excess() -> dict[str, int]:
        watch.execute("ANALYZE daily_analytics")
        return {row.table_name: row.excess_bytes for row in queries.list_bloat(watch)}

    watch.execute("INSERT INTO daily_analytics (date) SELECT DATE '2000-01-01' + n FROM generate_series(1, 20000) AS n")
    size = queries.list_table_sizes(watch)[0].table_bytes
    assert excess()["daily_analytics"] < size / 5
    watch.execute("DELETE FROM daily_analytics WHERE date > '2010-01-01'")
    assert size / 2 < excess()["daily_analytics"] < size
    watch.execute("VACUUM FULL daily_analytics")
    # A transaction open anywhere on the server, so in another test's database too, keeps deleted rows alive.
    deadline = time.monotonic() + 60
    while excess()["daily_analytics"] >= size / 10 and time.monotonic() < deadline:
        watch.execute("VACUUM FULL daily_analytics")
    assert excess()["daily_analytics"] < size / 10
    assert queries.list_bloat(watch)[0].table_bytes > 0


def test_cleaning_and_caches(watch):
    watch.execute("VACUUM ANALYZE kyc_limits")
    state = until(
        lambda: {row.table_name: row for row in queries.list_vacuum_state(watch)},
        lambda rows: rows["kyc_limits"].last_vacuum is not None,
    )
    assert state["kyc_limits"].last_analyze is not None
    assert state["kyc_limits"].transaction_age >= 0
    hits = until(lambda: queries.get_cache_hits(watch), lambda hits: hits.table_hit_percent is not None)
    assert 0 <= hits.table_hit_percent <= 100


def test_sequences_and_who_may_see_them(watch):
    watch.execute("ALTER SEQUENCE audit_log_id_seq MAXVALUE 200 RESTART WITH 150")
    watch.execute("SELECT nextval('audit_log_id_seq')")
    first = queries.list_sequence_usage(watch)[0]
    assert (first.sequence_name, first.last_value, first.used_percent) == ("public.audit_log_id_seq", 150, 75)
    watch.execute("SET ROLE avdaily_readonly")
    assert {row.used_percent for row in queries.list_sequence_usage(watch)} == {None}


def test_a_server_without_standbys_has_no_lag(watch):
    assert queries.list_replication_lag(watch) == []
