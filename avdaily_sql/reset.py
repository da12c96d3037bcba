"""``reset``: a new database, migrated and seeded, in the place of the old one, which stays under another name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql import database, guards, maintenance, migrations, seeds, sqltree
from avdaily_sql.backup import properties, retention, swap
from avdaily_sql.backup.preflight import require_replaceable, require_side_database
from avdaily_sql.backup.sidebase import side_database
from avdaily_sql.database import connect
from avdaily_sql.errors import Failed, UsageError
from avdaily_sql.guards import Consent
from avdaily_sql.migrations import Observer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

_MONEY_TABLES = ("wallets", "savings_plans", "transactions", "ledger_entries")


@dataclass(frozen=True, slots=True)
class Order:
    """What a person said about a reset, and when."""

    now: datetime
    consent: Consent = field(default_factory=Consent)
    command: Sequence[str] = ("avdaily-sql", "reset")
    observer: Observer = field(default_factory=Observer)


@dataclass(frozen=True, slots=True)
class ResetPlan:
    """What a reset would replace: rows of the money tables, and what could bring them back."""

    database: str
    environment: str
    reasons: tuple[str, ...]
    database_bytes: int
    rows: dict[str, int]
    connections: int
    newest_backup: str | None
    newest_backup_age_hours: float | None


@dataclass(frozen=True, slots=True)
class Reset:
    """What a reset did."""

    database: str
    environment: str
    kept_as: str
    swap_ms: int
    applied: int
    seeds: tuple[str, ...]


def plan(url: str, settings: Settings, now: datetime) -> ResetPlan:
    """Look at what a reset would replace; changes nothing."""
    with connect(url) as conn:
        assessment = guards.assess(conn, settings)
        rows = {name: count for name in _MONEY_TABLES if (count := _count(conn, name)) is not None}
        row = conn.execute(
            "SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid())"
        ).fetchone()
        size, connections = row if row is not None else (0, 0)
    newest = retention.newest_of(settings, assessment.database)
    age = round((now - newest.started_at).total_seconds() / 3600, 1) if newest is not None else None
    return ResetPlan(
        assessment.database,
        assessment.environment.name,
        assessment.reasons,
        size,
        rows,
        connections,
        str(newest.path) if newest is not None else None,
        age,
    )


def _count(conn: psycopg.Connection[Any], table: str) -> int | None:
    try:
        row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))).fetchone()
    except psycopg.Error:
        return None
    return row[0] if row is not None else None


def reset(url: str, settings: Settings, order: Order) -> Reset:
    """Replace the database by a new one with all migrations and the seeds of its environment.

    The new one is made first; if anything fails, the live name still means the old one, unchanged.

    :raises Refused: nobody agreed, or the role lacks a right; nothing changed.
    :raises Busy: a backup, restore, reset or migration is at work.
    :raises AvDailyError: whatever a migration or a seed raises.
    """
    tree = sqltree.find(settings)
    origin = maintenance.database_name(url)
    with connect(url) as live:
        database.refuse_transaction_pooling(live)
        assessment = guards.assess(live, settings)
    guards.require_consent(
        assessment, order.consent, settings, action="reset it to an empty schema and its seeds", command=order.command
    )
    files = seeds.list_files(tree, assessment.environment.name)
    with maintenance.locked(url, origin, "reset") as conn:
        target = properties.read(conn, origin)
        if target is None:
            raise UsageError(f'there is no database "{origin}"', hint="Run: avdaily-sql up")
        require_side_database(conn)
        require_replaceable(conn, target)
        with side_database(conn, url, origin, target, reason="reset", now=order.now) as side:
            applied = _fill(url, side, (tree, files, assessment.environment.name), order.observer)
            properties.copy(conn, target, side)
            comment = properties.merged_comment(conn, origin, side)
            swapped = swap.swap(conn, url, swap.Replacement(side, origin, "reset", comment), order.now)
    names = tuple(seeds.identifier(path) for path in files)
    return Reset(origin, assessment.environment.name, swapped.kept_as, swapped.swap_ms, applied, names)


def _fill(url: str, side: str, source: tuple[SqlTree, Sequence[Any], str], observer: Observer) -> int:
    tree, files, environment = source
    inside = maintenance.with_database(url, side)
    done = migrations.apply(inside, tree, migrations.Options(environment=environment), observer)
    if done.pending:
        raise Failed(f"{len(done.pending)} migrations are still pending in the new database")
    seeds.seed(inside, tuple(files), environment)
    return len(done.applied)


def prune_old(url: str, settings: Settings, keep: int, order: Order) -> tuple[str, ...]:
    """Drop the databases that restores and resets kept, all but the newest so many; return the names of the dropped.

    :raises Refused: nobody agreed; nothing was dropped.
    """
    origin = maintenance.database_name(url)
    with connect(url) as live:
        assessment = guards.assess(live, settings)
    with maintenance.locked(url, origin, "db prune-old") as conn:
        kept = [each for each in maintenance.list_related(conn, origin) if each.kind == "kept"]
        doomed = kept[keep:]
        if not doomed:
            return ()
        names = ", ".join(each.name for each in doomed)
        guards.require_consent(
            assessment, order.consent, settings, action=f"drop what is kept of it ({names})", command=order.command
        )
        for each in doomed:
            maintenance.drop_database(conn, each.name)
        return tuple(each.name for each in doomed)


def kept(url: str) -> tuple[maintenance.Related, ...]:
    """Return the databases that restores and resets of this one kept, newest first."""
    origin = maintenance.database_name(url)
    with maintenance.open_maintenance(url) as conn:
        return tuple(each for each in maintenance.list_related(conn, origin) if each.kind == "kept")
