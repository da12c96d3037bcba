"""``deploy``: expand before the new application comes, contract after the old one is gone.

A file says ``-- phase: pre`` or ``-- phase: post``; without one it is pre. Files stay in the order of their numbers: a
phase ends where a file of the other begins.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, cast

from avdaily_sql.database import connect
from avdaily_sql.errors import Refused
from avdaily_sql.migrations import forward, repeatable, report, squashed
from avdaily_sql.migrations.directives import Phase
from avdaily_sql.migrations.files import SqlFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.observer import Observer
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.report import StatusResult
    from avdaily_sql.sqltree import SqlTree

_PRE = Phase("pre")


class Step(NamedTuple):
    """One pending file and its phase."""

    id: str
    phase: Phase


class Choice(NamedTuple):
    """What a phase would apply now, and to which database.

    :param repeatable: the repeatable files that run behind the steps; they wait while a numbered file does.
    :param upto: the last file that is meant; None where nothing is to be done.
    """

    database: str
    steps: tuple[Step, ...] = ()
    repeatable: tuple[str, ...] = ()
    upto: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Return all that would run, in its order."""
        return (*(step.id for step in self.steps), *self.repeatable)


def choose(target_url: str, tree: SqlTree, phase: str, options: Options, *, now: datetime | None = None) -> Choice:
    """Return what a phase would apply now; nothing when its turn has not come or is over.

    Every pending file is judged as ``apply`` judges it, those of the other phase as well.

    :param phase: ``pre`` or ``post``.
    :param now: the time by which a contract is old enough; None: the server's.
    :raises Drift: files and history contradict each other.
    :raises UsageError: a pending file is bad.
    :raises Refused: a contract whose expand is not applied, or not for as long as the file says; an expand behind a
        contract that is still to come.
    """
    planned = forward.plan(target_url, tree, options)
    status = report.status(target_url, tree, options)
    paths = {pair.id: pair.path for pair in squashed.every_pair(tree)}
    waiting = [each for each in status.migrations if each.state in {"pending", "partial"}]
    steps = [Step(each.id, SqlFile(paths[each.id]).directives.phase or _PRE) for each in waiting]
    chosen = tuple(takewhile(lambda step: step.phase.name == phase, steps))
    if phase == "post":
        _require_expanded(steps, status)
        _require_age(chosen, status, now or _server_time(target_url))
    else:
        _require_contracted(steps)
    left = steps[len(chosen) :]
    due = tuple(step.id for step in planned.plan if step.id.startswith(f"{repeatable.DIRECTORY}/"))
    if left:
        behind = [step.id for step in left if step.phase.name == "pre"] + list(due) if phase == "pre" else []
        warnings = tuple(f"{each} stays pending: it waits behind the contract {left[0].id}" for each in behind)
        upto = chosen[-1].id if chosen else None
        return Choice(status.database, chosen, (), upto, status.warnings + warnings)
    upto = status.migrations[-1].id if chosen or report.unsettled(status) else None
    return Choice(status.database, chosen, due, upto, status.warnings)


def _server_time(target_url: str) -> datetime:
    with connect(target_url) as conn:
        row = conn.execute("SELECT now()").fetchone()
    assert row is not None  # noqa: S101 (without FROM there is one row)
    return cast("datetime", row[0])


def _require_contracted(steps: Sequence[Step]) -> None:
    behind = next((step for step in steps if step.phase.name == "pre"), None)
    if behind and steps[0].phase.name == "post":
        raise Refused(
            f"{behind.id} waits behind the contract {steps[0].id}",
            detail="Files run in the order of their numbers, so the one before it has to be over first.",
            hint="avdaily-sql deploy --phase post",
        )


def _require_expanded(steps: Sequence[Step], status: StatusResult) -> None:
    if steps and steps[0].phase.name == "pre" and any(step.phase.name == "post" for step in steps):
        raise Refused(
            f"{steps[0].id} comes before the contract and is not applied to {status.database}",
            detail="A contract takes away what the old application uses; its expand must be there first.",
            hint="avdaily-sql deploy --phase pre",
        )


def _require_age(chosen: Sequence[Step], status: StatusResult, now: datetime) -> None:
    newest = max((each.applied_at for each in status.migrations if each.applied_at), default=None)
    for step in chosen:
        allowed = newest + timedelta(milliseconds=step.phase.after_ms) if newest and step.phase.after_ms else now
        if now < allowed:
            raise Refused(
                f"{step.id} may run from {_utc(allowed)} on, and it is {_utc(now)}",
                detail=f"The file before it was applied at {_utc(newest)}, and this one asks for time between.",
                hint="avdaily-sql deploy --phase post",
            )


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "no time"


def apply(target_url: str, tree: SqlTree, choice: Choice, options: Options, observer: Observer) -> forward.ApplyResult:
    """Apply what :func:`choose` returned, which must be something.

    :raises AvDailyError: as ``apply`` does.
    """
    if choice.upto is None:
        raise ValueError("nothing was chosen, and without a last file all would be applied")
    return forward.apply(target_url, tree, replace(options, to=choice.upto), observer)
