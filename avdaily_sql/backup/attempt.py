"""One attempt at a restore: the roles that it needs, and the comparison of what came out with the manifest."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql import maintenance
from avdaily_sql.backup import facts, pipe
from avdaily_sql.database import connect
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.backup.facts import Facts
    from avdaily_sql.backup.properties import Properties
    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.backup.verify import Inspected
    from avdaily_sql.programs import Program


@dataclass(frozen=True, slots=True)
class Job:
    """One restore, ready to begin: ``name`` is what the result will be called, ``target`` what has that name now."""

    name: str
    target: Properties | None
    found: Inspected
    program: Program


@contextlib.contextmanager
def made_roles(conn: psycopg.Connection[Any], missing: Sequence[str]) -> Iterator[None]:
    """Make the missing roles, without login; they go again if the restore fails."""
    for name in missing:
        conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
    try:
        yield
    except BaseException:
        for name in missing:
            with contextlib.suppress(psycopg.Error):
                conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
        raise


def check(url: str, side: str, job: Job, reports: Reports) -> tuple[Facts, tuple[str, ...]]:
    """Compare the side database with the manifest, and bring its statistics up to date.

    :return: what was counted, and what is wrong in the data itself: a backup of a damaged ledger is whole, too.
    """
    with connect(maintenance.with_database(url, side), application_name="avdaily-sql restore") as conn:
        reports.progress("verify", 0, 0)
        statistics = pipe.Worker(lambda: _analyze(url, side))
        statistics.start()
        try:
            counted = facts.gather(conn)
        finally:
            statistics.finish()
        expected = job.found.manifest.facts if job.found.manifest is not None else None
        wrong = facts.differences(expected, counted) if expected is not None else []
        if wrong:
            shown = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
            raise Failed(
                "what was restored is not what the manifest says",
                detail=f"{shown}. Nothing was changed: the restore is gone.",
            )
        return counted, integrity(conn)


def _analyze(url: str, side: str) -> None:
    with connect(maintenance.with_database(url, side), application_name="avdaily-sql restore") as conn:
        conn.execute("ANALYZE")


def integrity(conn: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Return what our own checks find wrong in the data, a line each; none where they are not installed."""
    row = conn.execute("SELECT to_regprocedure('public.check_integrity()') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return ()
    try:
        rows = conn.execute(
            "SELECT name, count FROM public.check_integrity() WHERE count > 0 AND severity <> 'info'"
        ).fetchall()
    except psycopg.Error as error:
        return (f"the integrity of the data could not be checked: {error.diag.message_primary}",)
    return tuple(f"check {name}: {count} rows" for name, count in rows)
