"""``deploy``: expand before the new application comes, contract after the old one is gone.

A file says ``-- phase: pre`` or ``-- phase: post``; without one it is pre. Files stay in the order of their numbers: a
phase ends where a file of the other begins.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.database import connect
from avdaily_sql.errors import Refused
from avdaily_sql.migrations import forward, report
from avdaily_sql.migrations.directives import Phase
from avdaily_sql.migrations.files import SqlFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.observer import Observer
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.report import MigrationState, StatusResult
    from avdaily_sql.sqltree import MigrationFiles, SqlTree

_PRE = Phase("pre")


class Step(NamedTuple):
    """One pending file and its phase."""

    id: str
    phase: Phase


class Choice(NamedTuple):
    """What a phase would apply now, and to which database."""

    database: str
    steps: tuple[Step, ...]


def choose(target_url: str, tree: SqlTree, phase: str, options: Options) -> Choice:
    """Return the files that a phase would apply now; none when its turn has not come or is over.

    :param phase: ``pre`` or ``post``.
    :raises Refused: a contract whose expand is not applied, or not for as long as the file says.
    """
    with connect(target_url) as conn:
        row = conn.execute("SELECT now()").fetchone()
    now = row[0] if row else None
    pairs = sqltree.list_migrations(tree)
    status = report.status(target_url, tree, options)
    return Choice(status.database, _chosen(status, pairs, phase, now))


def _chosen(
    status: StatusResult, pairs: Sequence[MigrationFiles], phase: str, now: datetime | None
) -> tuple[Step, ...]:
    paths = {pair.id: pair.path for pair in pairs}
    waiting = [each for each in status.migrations if each.state in {"pending", "partial"}]
    steps = [Step(each.id, SqlFile(paths[each.id]).directives.phase or _PRE) for each in waiting]
    chosen = tuple(takewhile(lambda step: step.phase.name == phase, steps))
    if phase == "post":
        _require_expanded(steps, status)
        before = [each for each in status.migrations if each.applied_at]
        for step in chosen:
            _require_age(step, before, now)
    return chosen


def _require_expanded(steps: Sequence[Step], status: StatusResult) -> None:
    if steps and steps[0].phase.name == "pre" and any(step.phase.name == "post" for step in steps):
        raise Refused(
            f"{steps[0].id} comes before the contract and is not applied to {status.database}",
            detail="A contract takes away what the old application uses; its expand must be there first.",
            hint="avdaily-sql deploy --phase pre",
        )


def _require_age(step: Step, before: Sequence[MigrationState], now: datetime | None) -> None:
    newest = max((each.applied_at for each in before if each.applied_at), default=None)
    if newest is None or now is None or not step.phase.after_ms:
        return
    allowed = newest + timedelta(milliseconds=step.phase.after_ms)
    if now < allowed:
        raise Refused(
            f"{step.id} may run from {allowed:%Y-%m-%d %H:%M} UTC on, and it is {now:%Y-%m-%d %H:%M}",
            detail=f"The file before it was applied at {newest:%Y-%m-%d %H:%M}, and this one asks for time between.",
            hint="avdaily-sql deploy --phase post",
        )


def apply(
    target_url: str, tree: SqlTree, chosen: Sequence[Step], options: Options, observer: Observer
) -> forward.ApplyResult:
    """Apply the files that :func:`choose` returned."""
    return forward.apply(target_url, tree, replace(options, to=chosen[-1].id), observer)
