"""``metrics``: figures of one database in the text that Prometheus reads. It only reads.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import __version__, checks, migrations
from avdaily_sql.backup import directory, manifest, verify
from avdaily_sql.database import connect, server_version
from avdaily_sql.errors import Damaged, Outdated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

# What each figure means, in the order in which they are printed.
HELP = {
    "avdaily_info": "Always 1; the versions and the database are in the labels.",
    "avdaily_database_bytes": "Size of the database.",
    "avdaily_migrations": "Migrations by state.",
    "avdaily_migration_last_applied_timestamp_seconds": "When the newest migration was applied.",
    "avdaily_check_rows": "Rows that an integrity check found; anything but 0 of severity error is damage.",
    "avdaily_auto_saves_today": "Auto-saves of today, a day in Lagos, by outcome.",
    "avdaily_backup_last_timestamp_seconds": "When the newest backup of this database was begun.",
    "avdaily_backup_last_bytes": "Size of that backup.",
    "avdaily_backup_last_verified": "1 if its bytes are still those of its manifest.",
    "avdaily_connections": "Client connections of the server by state.",
    "avdaily_connections_max": "How many connections the server takes.",
    "avdaily_transaction_oldest_seconds": "Age of the oldest open transaction of this database.",
    "avdaily_replication_lag_bytes": "How far each standby is behind.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure: its name, what tells it from others of that name, and its value."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every figure, those of one name together."""

    metrics: tuple[Sample, ...]


def gather(url: str, tree: SqlTree, settings: Settings, now: datetime, *, thorough: bool = True) -> Metrics:
    """Ask the database and the backup directory.

    :param now: the age of transactions is counted from it.
    :param thorough: False leaves out what reads every row or a whole backup: integrity checks and verification.
    :raises AvDailyError: the server does not answer, or the migration files cannot be read.
    """
    with connect(url) as conn:
        conn.execute("SET default_transaction_read_only = on")
        found = [*_server(conn, now), *_auto_saves(conn)]
        database = conn.info.dbname
    found += _migrations(url, tree)
    found += _backup(settings, database, thorough=thorough)
    if thorough:
        found += _checks(url)
    order = list(HELP)
    return Metrics(tuple(sorted(found, key=lambda sample: order.index(sample.name))))


def as_text(result: Metrics) -> str:
    """Return the figures as Prometheus reads them."""
    lines: list[str] = []
    named = ""
    for sample in result.metrics:
        if sample.name != named:
            named = sample.name
            lines += [f"# HELP {named} {HELP[named]}", f"# TYPE {named} gauge"]
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
        value = int(sample.value) if float(sample.value).is_integer() else sample.value
        lines.append(f"{sample.name}{{{labels}}} {value}" if labels else f"{sample.name} {value}")
    return "\n".join(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _server(conn: psycopg.Connection[Any], now: datetime) -> Iterator[Sample]:
    row = conn.execute(
        """
        SELECT pg_database_size(current_database()), current_setting('max_connections')::int, pg_is_in_recovery(),
          (SELECT min(xact_start) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')
        """
    ).fetchone()
    assert row is not None  # noqa: S101 (a SELECT without FROM has one row)
    size, most, is_standby, oldest = row
    versions = {"version": __version__, "server_version": server_version(conn), "database": conn.info.dbname}
    yield Sample("avdaily_info", 1, versions)
    yield Sample("avdaily_database_bytes", size)
    yield Sample("avdaily_connections_max", most)
    age = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    yield Sample("avdaily_transaction_oldest_seconds", round(age, 3))
    for state, count in conn.execute(
        """
        SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1
        """
    ).fetchall():
        yield Sample("avdaily_connections", count, {"state": state})
    if not is_standby:
        for name, behind in conn.execute(
            """
            SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text),
              pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn))::bigint
            FROM pg_stat_replication WHERE coalesce(replay_lsn, flush_lsn) IS NOT NULL ORDER BY 1
            """
        ).fetchall():
            yield Sample("avdaily_replication_lag_bytes", behind, {"standby": name})


def _auto_saves(conn: psycopg.Connection[Any]) -> list[Sample]:
    try:
        rows = conn.execute(
            "SELECT outcome, count(*) FROM auto_save_attempts WHERE day = app_today() GROUP BY 1 ORDER BY 1"
        ).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InsufficientPrivilege):
        # Not migrated yet, or not for this role: there is no such figure, which is not the same as 0.
        return []
    return [Sample("avdaily_auto_saves_today", count, {"outcome": outcome}) for outcome, count in rows]


def _migrations(url: str, tree: SqlTree) -> Iterator[Sample]:
    found = migrations.status(url, tree)
    for state in type(found.counts).__dataclass_fields__:
        yield Sample("avdaily_migrations", getattr(found.counts, state), {"state": state})
    times = [each.applied_at.timestamp() for each in found.migrations if each.applied_at is not None]
    if times:
        yield Sample("avdaily_migration_last_applied_timestamp_seconds", round(max(times), 3))


def _backup(settings: Settings, database: str, *, thorough: bool) -> Iterator[Sample]:
    for each in directory.list_files(directory.locate(settings)):
        try:
            described = manifest.read(each.path)
        except Damaged:
            continue
        if described is not None and described.database == database and not described.anonymised:
            yield Sample("avdaily_backup_last_timestamp_seconds", each.started_at.timestamp())
            yield Sample("avdaily_backup_last_bytes", each.bytes)
            if thorough:
                yield Sample("avdaily_backup_last_verified", int(verify.unchanged(each.path)))
            return


def _checks(url: str) -> list[Sample]:
    try:
        found = checks.check(url).checks
    except Outdated:
        return []
    return [Sample("avdaily_check_rows", each.count, {"check": each.name, "severity": each.severity}) for each in found]
