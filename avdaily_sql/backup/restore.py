"""``restore``: into a side database, checked against the manifest, and only then into the place of the old one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql import database, guards, maintenance, programs
from avdaily_sql.backup import directory, facts, load, manifest, ownership, preflight, properties, swap, verify
from avdaily_sql.backup.attempt import Job, check, made_roles
from avdaily_sql.backup.reports import Reports
from avdaily_sql.backup.sidebase import side_database
from avdaily_sql.database import connect
from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.guards import Consent
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from avdaily_sql.backup.facts import Facts
    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be restored, and what a person said about it.

    :param into: the name of a new database; None to replace the one of the URL.
    :param command: the words of the command as it was given, for the line to run in a refusal.
    """

    file: Path
    now: datetime
    into: str | None = None
    without_manifest: bool = False
    consent: Consent = field(default_factory=Consent)
    command: Sequence[str] = ("avdaily-sql", "restore")
    reports: Reports = field(default_factory=Reports)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``kept_as`` is where the old database stays, ``warnings`` what is wrong in the data itself."""

    file: str
    database: str
    kept_as: str | None
    swap_ms: int | None
    tables: int
    rows: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore would do; nothing was changed to find out."""

    file: str
    database: str
    environment: str
    reasons: tuple[str, ...]
    replaces: bool
    database_bytes: int
    taken_at: str | None
    migration: str | None
    tables: int | None
    rows: int | None
    missing_roles: tuple[str, ...]
    connections: int


def plan(url: str, settings: Settings, order: Order) -> Plan:
    """Read the backup, ask the server, and say what :func:`restore` would do.

    :raises AvDailyError: whatever would keep it from doing so, except a missing confirmation.
    """
    _require_manifest(order)
    origin = maintenance.database_name(url)
    with maintenance.open_maintenance(url) as conn:
        assessment = _assess(url, conn, settings, origin)
        _refuse_anonymised(order, assessment)
        job, missing = _prepare(conn, url, settings, order)
        described = job.found.manifest
        row = conn.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (job.name,)).fetchone()
    return Plan(
        file=str(order.file),
        database=job.name,
        environment=assessment.environment.name,
        reasons=assessment.reasons,
        replaces=job.target is not None,
        database_bytes=job.target.bytes if job.target is not None else 0,
        taken_at=described.started_at if described is not None else None,
        migration=described.facts.migration if described is not None else None,
        tables=len(described.facts.tables) if described is not None else None,
        rows=_rows(described.facts) if described is not None else None,
        missing_roles=missing,
        connections=row[0] if row is not None else 0,
    )


def restore(url: str, settings: Settings, order: Order) -> Restored:
    """Restore a backup whole, or change nothing.

    :raises Damaged: the file is not whole; the server was not asked.
    :raises Refused: nobody agreed, there is no manifest, or the role lacks a right.
    :raises Busy: another backup, restore, reset or a migration is at work.
    :raises Unsupported: wrong versions.
    :raises Failed: anything else; the original is intact.
    """
    _require_manifest(order)
    origin = maintenance.database_name(url)
    with maintenance.locked(url, order.into or origin, "restore") as conn:
        _refuse_anonymised(order, _assess(url, conn, settings, origin))
        if order.into is None:
            _require_consent(url, conn, settings, order, origin)
        job, missing = _prepare(conn, url, settings, order)
        encoding = job.found.manifest.encoding if job.found.manifest is not None else "UTF8"
        like = job.target or encoding
        with (
            made_roles(conn, missing),
            side_database(conn, url, job.name, like, reason="restore", now=order.now) as side,
        ):
            with ownership.owners_may_own(url, side, job.found.needs.owners) as statements:
                statements.extend(load.load(url, side, job.program, job.found, order.reports.progress))
            restored, warnings = check(url, side, job, order.reports)
            return _put_in_place(conn, url, job, (side, restored, warnings), order)


def _require_manifest(order: Order) -> None:
    if order.without_manifest:
        return
    if order.file.is_file() and manifest.read(order.file) is None:
        raise Refused(
            f"{order.file} has no manifest ({manifest.path_of(order.file).name})",
            detail="Nothing says what it held, so nothing can say whether it all came back.",
            hint=guards.join([*order.command, "--without-manifest"]),
        )


def _refuse_anonymised(order: Order, assessment: guards.Assessment) -> None:
    """Keep made-up people out of production; the file's name counts as well, since a manifest can be lost."""
    if assessment.environment is not Environment.production or not order.file.is_file():
        return
    named = directory.parse(order.file)
    described = manifest.read(order.file)
    if (named is not None and named.anonymised) or (described is not None and described.anonymised):
        raise Refused(
            f"{order.file} is a copy without personal data, and this is production"
            f"{' (' + '; '.join(assessment.reasons) + ')' if assessment.reasons else ''}",
            detail="Nobody could come back from it: names, numbers and passwords are made up.",
            hint=guards.join([order.command[0], "backup", "list"]),
        )


def _assess(url: str, conn: psycopg.Connection[Any], settings: Settings, origin: str) -> guards.Assessment:
    if properties.read(conn, origin) is None:
        return guards.Assessment(origin, settings.environment, ())
    with connect(url) as live:
        database.refuse_transaction_pooling(live)
        return guards.assess(live, settings)


def _require_consent(url: str, conn: psycopg.Connection[Any], settings: Settings, order: Order, origin: str) -> None:
    if properties.read(conn, origin) is None:
        # Nothing is there that could be lost.
        return
    _ask(_assess(url, conn, settings, origin), settings, order, order.file.name)


def _ask(assessment: guards.Assessment, settings: Settings, order: Order, replacement: str) -> None:
    guards.require_consent(
        assessment,
        order.consent,
        settings,
        action=f"replace it by {replacement}",
        command=order.command,
        variables="DB_RESTORE",
    )


def _prepare(conn: psycopg.Connection[Any], url: str, settings: Settings, order: Order) -> tuple[Job, tuple[str, ...]]:
    name = order.into or maintenance.database_name(url)
    target = properties.read(conn, name)
    if order.into is not None and target is not None:
        raise UsageError(f'database "{name}" exists already; --into makes a new one', hint="Choose another name.")
    if len(name.encode()) > 63:
        raise UsageError(f'"{name}" is longer than the 63 bytes of a name')
    # With a manifest the checksum says that it is what was judged when it was written; it is judged again on its way.
    look = verify.glance if manifest.read(order.file) is not None else verify.inspect
    found = look(order.file, settings, order.reports.progress)
    program = programs.find("psql", database.require_version(conn), settings, url)
    return Job(name, target, found, program), preflight.require(conn, found, program, target)


def _put_in_place(
    conn: psycopg.Connection[Any],
    url: str,
    job: Job,
    made: tuple[str, Facts, tuple[str, ...]],
    order: Order,
) -> Restored:
    side, counted, warnings = made
    swapped: swap.Swapped | None = None
    if job.target is None:
        with conn.transaction():
            conn.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(side), sql.Identifier(job.name))
            )
            maintenance.set_comment(conn, job.name, None)
    else:
        properties.copy(conn, job.target, side)
        comment = properties.merged_comment(conn, job.target.name, side)
        swapped = swap.swap(conn, url, swap.Replacement(side, job.name, "restore", comment), order.now)
    return Restored(
        file=str(order.file),
        database=job.name,
        kept_as=swapped.kept_as if swapped is not None else None,
        swap_ms=swapped.swap_ms if swapped is not None else None,
        tables=len(counted.tables),
        rows=_rows(counted),
        warnings=warnings,
    )


def _rows(counted: Facts) -> int:
    return sum(table.rows for table in counted.tables.values())


def undo(url: str, settings: Settings, order: Order) -> Restored:
    """Bring back the database that the last restore or reset replaced; what is there now is kept in turn.

    :raises Refused: nobody agreed, or nothing is kept.
    """
    origin = maintenance.database_name(url)
    with maintenance.locked(url, origin, "restore") as conn:
        kept = swap.newest_kept(conn, origin)
        _ask(_assess(url, conn, settings, origin), settings, order, kept.name)
        target = properties.read(conn, origin)
        if target is not None:
            preflight.require_replaceable(conn, target)
        swapped = swap.undo(conn, url, origin, order.now)
    with connect(url) as live:
        counted = facts.gather(live)
    return Restored(kept.name, origin, swapped.kept_as, swapped.swap_ms, len(counted.tables), _rows(counted))
