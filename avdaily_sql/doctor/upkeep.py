"""What grows while nobody looks: long transactions, transaction ids, dead rows, sequences, replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.output import size, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import psycopg

_LONG_SECONDS = 5 * 60
_VERY_LONG_SECONDS = 60 * 60
_LAST_ID = 2**31
_DEAD_ROWS = 10_000
_DEAD_SHARE = 0.2
_LAG_BYTES = 16 << 20
_RETAINED_BYTES = 1 << 30


def transactions(conn: psycopg.Connection[Any], at: datetime) -> Iterator[Finding]:
    """Look for transactions that have been open for long: they hold locks, and keep dead rows alive.

    :param at: now.
    """
    row = conn.execute(
        """
        SELECT pid, usename::text, state, xact_start FROM pg_stat_activity
        WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
          AND datname = current_database()
        ORDER BY xact_start LIMIT 1
        """
    ).fetchone()
    age = 0.0 if row is None else (at - row[3]).total_seconds()
    if row is None or age < _LONG_SECONDS:
        yield ok("long_transactions", f"no transaction is older than {span(_LONG_SECONDS)}")
    else:
        message = f"a transaction of {row[1]} ({row[2]}, pid {row[0]}) is open for {span(age)}"
        level = fail if age >= _VERY_LONG_SECONDS else warn
        yield level("long_transactions", message, f"Ask its owner, then: SELECT pg_terminate_backend({row[0]});")
    for name, prepared in conn.execute(
        """
        SELECT quote_literal(gid), prepared FROM pg_prepared_xacts
        WHERE database = current_database() ORDER BY prepared
        """
    ).fetchall():
        age = (at - prepared).total_seconds()
        if age >= _LONG_SECONDS:
            message = f"the prepared transaction {name} waits for {span(age)} and holds its locks"
            yield fail("prepared_transactions", message, f"COMMIT PREPARED {name}; or ROLLBACK PREPARED {name};")


def wraparound(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at how many transaction ids are left before the server refuses to write."""
    row = conn.execute(
        """
        SELECT datname::text, greatest(age(datfrozenxid), mxid_age(datminmxid)) FROM pg_database
        WHERE datallowconn ORDER BY 2 DESC LIMIT 1
        """
    ).fetchone()
    assert row is not None  # noqa: S101 (we are connected to one)
    name, age = row
    share = age / _LAST_ID
    message = f"{share:.0%} of the transaction ids are used up in database {name}"
    hint = f"VACUUM (FREEZE) in {name}, and look for what holds it up: long transactions, replication slots."
    if share >= 0.6:
        yield fail("wraparound", message, hint)
    elif share >= 0.3:
        yield warn("wraparound", message, hint)
    else:
        yield ok("wraparound", message)


def dead_rows(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look for tables that are to a good part rows which nobody sees any more."""
    found = conn.execute(
        """
        SELECT format('%%I.%%I', schemaname, relname), n_dead_tup, n_dead_tup + n_live_tup FROM pg_stat_user_tables
        WHERE n_dead_tup >= %s AND n_dead_tup >= %s * (n_dead_tup + n_live_tup)
        ORDER BY n_dead_tup DESC
        """,
        (_DEAD_ROWS, _DEAD_SHARE),
    ).fetchall()
    for table, dead, rows in found[:5]:
        message = f"{dead} of {rows} rows of {table} are dead"
        yield warn("dead_rows", message, f"VACUUM (ANALYZE) {table}; and let autovacuum come sooner.")
    if not found:
        yield ok("dead_rows", "no table is full of dead rows")


def sequences(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look for sequences that come to their end: inserts then fail."""
    found = conn.execute(
        """
        SELECT format('%I.%I', schemaname, sequencename), last_value::float8 / max_value FROM pg_sequences
        WHERE last_value IS NOT NULL AND increment_by > 0 AND NOT cycle AND last_value >= 0.5 * max_value
        ORDER BY 2 DESC
        """
    ).fetchall()
    for name, share in found:
        level = fail if share >= 0.9 else warn
        hint = f"Make the column bigint in a migration, then: ALTER SEQUENCE {name} AS bigint;"
        yield level("sequences", f"{name} has given out {share:.0%} of its numbers", hint)
    if not found:
        yield ok("sequences", "every sequence has more than half of its numbers left")


def replication(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at standbys that fall behind, and at slots that hold back the write-ahead log."""
    row = conn.execute("SELECT pg_is_in_recovery()").fetchone()
    if row is None or row[0]:
        return
    standbys = conn.execute(
        """
        SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text),
          pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn))::bigint
        FROM pg_stat_replication WHERE coalesce(replay_lsn, flush_lsn) IS NOT NULL ORDER BY 2 DESC
        """
    ).fetchall()
    for name, behind in standbys:
        if behind > _LAG_BYTES:
            hint = "Look at the standby's load and network; reads there see old balances."
            yield warn("replication_lag", f"standby {name} is {size(behind)} behind", hint)
        else:
            yield ok("replication_lag", f"standby {name} is {size(behind)} behind")
    for name, held, status in conn.execute(
        """
        SELECT slot_name::text, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint, wal_status
        FROM pg_replication_slots WHERE NOT active ORDER BY 1
        """
    ).fetchall():
        level = fail if held > _RETAINED_BYTES or status == "lost" else warn
        message = f"replication slot {name} is not in use and holds back {size(held)} of the log"
        yield level(
            "replication_slots", message, f"Reconnect its standby, or: SELECT pg_drop_replication_slot('{name}');"
        )
