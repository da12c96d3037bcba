"""How the server is set up: version, what protects data from a crash, time, text, room for sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from avdaily_sql.database import MINIMUM_MAJOR, is_pooled, server_version
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.output import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import psycopg

_MEBIBYTE = 1 << 20
_SMALLEST_MAX_WAL_MB = 1024
_SKEW_WARNS = timedelta(seconds=2)
_SKEW_FAILS = timedelta(seconds=30)

# A switch that must be on, and what happens while it is off.
_SWITCHES = (
    ("fsync", "a power cut can destroy the whole database"),
    ("full_page_writes", "a power cut can leave torn pages that no log repairs"),
    ("synchronous_commit", "a crash can forget payments that were already confirmed"),
    ("autovacuum", "dead rows are never removed, and transaction ids run out"),
    ("track_counts", "autovacuum does not know what to do"),
)


def version(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Say what the server is, and whether it is one that the migrations were tested on."""
    text = f"PostgreSQL {server_version(conn)}"
    if conn.info.server_version // 10000 < MINIMUM_MAJOR:
        hint = f"Upgrade the server to {MINIMUM_MAJOR} or later."
        yield fail("server_version", f"{text} is older than {MINIMUM_MAJOR}", hint)
    else:
        yield ok("server_version", text)
    if is_pooled(conn):
        hint = "Give avdaily-sql a DATABASE_URL that leads to the server itself; the application keeps the pooler."
        yield warn("pooler", "a connection pooler answers; migrations refuse it", hint)
    standby = conn.execute("SELECT pg_is_in_recovery()").fetchone()
    if standby and standby[0]:
        yield warn(
            "standby", "this server is a read-only standby", "Point DATABASE_URL at the primary to change anything."
        )


def extensions(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Say which extensions are there; we need none, but an old one can stop an upgrade of the server."""
    found = conn.execute(
        """
        SELECT e.extname::text, e.extversion, a.default_version
        FROM pg_extension AS e LEFT JOIN pg_available_extensions AS a ON a.name = e.extname
        WHERE e.extname <> 'plpgsql' ORDER BY 1
        """
    ).fetchall()
    for name, here, newest in found:
        if newest is None:
            hint = f"Install its package for this server, or: DROP EXTENSION {name};"
            yield fail("extensions", f"extension {name} {here} has no files on this server", hint)
        elif here != newest:
            yield warn(
                "extensions", f"extension {name} is {here}, {newest} is there", f"ALTER EXTENSION {name} UPDATE;"
            )
        else:
            yield ok("extensions", f"extension {name} {here}; none is needed")
    if not found:
        yield ok("extensions", "no extension, and none is needed")


def durability(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at the settings that decide what a crash costs."""
    settings = _settings(conn, [name for name, _ in _SWITCHES] + ["data_checksums", "max_wal_size"])
    for name, danger in _SWITCHES:
        if settings[name] == "off":
            hint = f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"
            yield fail(name, f"{name} is off: {danger}", hint)
        else:
            yield ok(name, f"{name} is {settings[name]}")
    if settings["data_checksums"] == "off":
        hint = "Stop the server, then run: pg_checksums --enable -D DATA_DIRECTORY"
        yield warn("data_checksums", "data checksums are off: a bad disk changes data unnoticed", hint)
    else:
        yield ok("data_checksums", "data checksums are on")
    largest = int(settings["max_wal_size"])
    text = f"max_wal_size is {size(largest * _MEBIBYTE)}"
    if largest < _SMALLEST_MAX_WAL_MB:
        hint = "ALTER SYSTEM SET max_wal_size = '4GB'; SELECT pg_reload_conf();"
        yield warn("max_wal_size", f"{text}: the server stops to write everything out again and again", hint)
    else:
        yield ok("max_wal_size", text)


def text_and_time(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at encoding, collation and time zone of the database."""
    row = conn.execute(
        """
        SELECT current_setting('server_encoding'), current_setting('TimeZone'), quote_ident(datname),
          datcollversion, pg_database_collation_actual_version(oid)
        FROM pg_database WHERE datname = current_database()
        """
    ).fetchone()
    assert row is not None  # noqa: S101 (the connected database is in its catalog)
    encoding, zone, name, recorded, actual = row
    if encoding == "UTF8":
        yield ok("encoding", "the database is in UTF8")
    else:
        hint = "Make a new database: CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8'; and move the data."
        yield fail("encoding", f"the database is in {encoding}: names of people cannot all be stored", hint)
    if zone in {"UTC", "Etc/UTC", "GMT"}:
        yield ok("time_zone", f"sessions start in {zone}")
    else:
        yield warn(
            "time_zone",
            f"sessions start in {zone}: a time without a zone means something else than in the next session",
            f"ALTER DATABASE {name} SET timezone = 'UTC';",
        )
    if recorded is not None and actual is not None and recorded != actual:
        hint = f"REINDEX DATABASE {name}; ALTER DATABASE {name} REFRESH COLLATION VERSION;"
        yield fail("collation", f"text was sorted by collation {recorded}, the system now has {actual}", hint)


def clock(conn: psycopg.Connection[Any], now: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare the server's clock with ours: codes, sessions and due dates depend on both.

    :param now: tells the time here.
    """
    before = now()
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    after = now()
    assert row is not None  # noqa: S101 (a SELECT without FROM has one row)
    skew = row[0] - (before + (after - before) / 2)
    seconds = skew.total_seconds()
    message = f"the server's clock is {abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    hint = "Keep both clocks right with NTP: timedatectl set-ntp true"
    if abs(skew) > _SKEW_FAILS:
        yield fail("clock", message, hint)
    elif abs(skew) > _SKEW_WARNS:
        yield warn("clock", message, hint)
    else:
        yield ok("clock", "the server's clock agrees with this machine's")


def sessions(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look at how many sessions are left."""
    row = conn.execute(
        """
        SELECT count(*),
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        FROM pg_stat_activity WHERE backend_type = 'client backend'
        """
    ).fetchone()
    assert row is not None  # noqa: S101 (an aggregate has one row)
    used, most = row
    message = f"{used} of {most} connections are in use"
    hint = "Put PgBouncer before the application, make its pool smaller, or raise max_connections."
    if used >= 0.95 * most:
        yield fail("connections", message, hint)
    elif used >= 0.8 * most:
        yield warn("connections", message, hint)
    else:
        yield ok("connections", message)


def _settings(conn: psycopg.Connection[Any], names: list[str]) -> dict[str, str]:
    return dict(conn.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", (names,)).fetchall())
