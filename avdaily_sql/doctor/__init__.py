"""``doctor``: what is wrong with a machine, a server and a database, and what to do about each. It only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import guards, server, sqltree
from avdaily_sql.database import connect
from avdaily_sql.doctor import access, backups, configuration, indexes, machine, schema_state, upkeep
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.errors import AvDailyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from avdaily_sql.database import Target
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every finding, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 when something failed, else 0."""
        return 1 if any(finding.level == "fail" for finding in self.findings) else 0


def diagnose(settings: Settings, now: Callable[[], datetime], note: Callable[[str], None]) -> Diagnosis:
    """Look at everything, worst case included: what cannot be reached is a finding, not an error.

    :param now: tells the time, with its zone.
    :param note: told which server is used when DATABASE_URL does not say it.
    :raises UsageError: the settings themselves are wrong: there is no database to look at.
    """
    tree = sqltree.find(settings)
    found = [machine.python(), machine.package(tree)]
    try:
        target = server.resolve(settings, note)
        conn = connect(target.url)
    except AvDailyError as error:
        if error.exit_code == 2:
            raise
        found.append(fail("connection", error.message, error.hint or "Correct DATABASE_URL."))
        return Diagnosis((*found, *machine.disks(settings, None)))
    with conn:
        conn.execute("SET default_transaction_read_only = on")
        found.append(ok("connection", f"{target.redacted} answers"))
        found += _examine(conn, target, tree, settings, now)
    return Diagnosis(tuple(found))


def _examine(
    conn: psycopg.Connection[Any], target: Target, tree: SqlTree, settings: Settings, now: Callable[[], datetime]
) -> Iterator[Finding]:
    assessment = guards.assess(conn, settings)
    reason = f": {'; '.join(assessment.reasons)}" if assessment.reasons else ""
    yield ok("environment", f"counts as {assessment.environment.name}{reason}")
    yield from configuration.version(conn)
    yield from machine.tools(conn.info.server_version // 10000, settings, target.url)
    yield from machine.disks(settings, _data_directory(conn))
    at = now()
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("encryption", lambda: access.encryption(conn, assessment.environment)),
        ("extensions", lambda: configuration.extensions(conn)),
        ("durability", lambda: configuration.durability(conn)),
        ("text_and_time", lambda: configuration.text_and_time(conn)),
        ("clock", lambda: configuration.clock(conn, now)),
        ("connections", lambda: configuration.sessions(conn)),
        ("own_role", lambda: access.own_role(conn, assessment.environment)),
        ("roles", lambda: access.roles(conn)),
        ("application_role", lambda: access.applications(conn, assessment.environment)),
        ("migrations", lambda: schema_state.history(target.url, tree)),
        ("guards", lambda: schema_state.guards_on(conn)),
        ("partitions", lambda: schema_state.partitions(conn, at)),
        ("backup", lambda: backups.backups(settings, conn.info.dbname, assessment.environment, at)),
        ("long_transactions", lambda: upkeep.transactions(conn, at)),
        ("wraparound", lambda: upkeep.wraparound(conn)),
        ("dead_rows", lambda: upkeep.dead_rows(conn)),
        ("indexes", lambda: indexes.indexes(conn)),
        ("sequences", lambda: upkeep.sequences(conn)),
        ("replication", lambda: upkeep.replication(conn)),
    )
    for name, check in checks:
        yield from _asked(name, check)


def _asked(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Run one check; what this role may not see, and what a damaged catalog answers, is a finding as well."""
    try:
        yield from check()
    except psycopg.errors.InsufficientPrivilege as error:
        yield warn(
            name, f"could not look: {error.diag.message_primary}", "GRANT pg_monitor to this role, or be the owner."
        )
    except psycopg.Error as error:
        message = error.diag.message_primary or str(error).strip()
        yield fail(name, f"could not look: {message}", "Look at the server's log: avdaily-sql db logs")


def _data_directory(conn: psycopg.Connection[Any]) -> str | None:
    """Return where a server on this machine keeps its data, None where that cannot be known or seen from here."""
    if not guards.is_local(conn):
        return None
    try:
        row = conn.execute("SHOW data_directory").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    return row[0] if row else None
