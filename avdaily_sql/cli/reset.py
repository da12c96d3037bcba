"""The ``reset`` command, and ``db prune-old``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import oplog, server
from avdaily_sql import reset as resets
from avdaily_sql.cli.consent import command_line, confirm_option, consent_of, yes_option
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.progress import Progress
from avdaily_sql.maintenance import database_name
from avdaily_sql.output import table
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@dataclass(frozen=True, slots=True)
class Planned:
    """What ``--dry-run`` prints."""

    plan: Any


@dataclass(frozen=True, slots=True)
class Dropped:
    """What ``db prune-old`` dropped."""

    dropped: tuple[str, ...]


@command("reset")
@click.option("--dry-run", is_flag=True, help="Say what would be replaced, and change nothing.")
@yes_option
@confirm_option
def reset(invocation: Invocation, *, dry_run: bool, yes: bool, confirm: str | None) -> None:
    """Replace the database by a new one: all migrations, and the seeds of its environment.

    Example: avdaily-sql reset --dry-run

    Never drops the old one: it stays as avdaily_before_reset_…, and restore --undo brings it back.
    """
    console, settings = invocation.console, invocation.settings
    url = server.resolve(settings, console.note).url
    now = datetime.now(UTC)
    planned = resets.plan(url, settings, now)
    if dry_run:
        console.result(Planned(planned), _plan_text(planned))
        return
    console.note(_plan_text(planned))
    order = resets.Order(
        now, consent_of(invocation, yes=yes, confirm=confirm), command_line(invocation, "reset"), Progress(console)
    )
    with oplog.recorded(settings, "reset", planned.database, remove_passwords(url)) as words:
        done = resets.reset(url, settings, order)
        words.append(f"kept {done.kept_as}")
    console.result(
        done,
        f"reset  {done.database}  {done.applied} migrations, seeds of {done.environment}\n"
        f"kept   {done.kept_as}  back again: avdaily-sql restore --undo",
    )


def _plan_text(planned: resets.ResetPlan) -> str:
    age = "" if planned.newest_backup_age_hours is None else f", {planned.newest_backup_age_hours} hours old"
    rows = (
        ("database", planned.database),
        ("counts as", f"{planned.environment}{' (' + '; '.join(planned.reasons) + ')' if planned.reasons else ''}"),
        ("size", f"{planned.database_bytes} bytes"),
        ("rows", ", ".join(f"{name}: {count}" for name, count in planned.rows.items()) or "no money tables"),
        ("newest backup", f"{planned.newest_backup}{age}" if planned.newest_backup else "none"),
        ("open connections", str(planned.connections)),
    )
    return table(("reset would replace", ""), rows)


@command("prune-old")
@click.option("--keep", type=click.IntRange(0), default=1, show_default=True, metavar="N", help="How many stay.")
@yes_option
@confirm_option
def prune_old(invocation: Invocation, *, keep: int, yes: bool, confirm: str | None) -> None:
    """Drop what restores and resets of this database kept, all but the newest.

    Example: avdaily-sql db prune-old --keep 1

    Never drops the database itself, nor one that was kept of another.
    """
    console, settings = invocation.console, invocation.settings
    url = server.resolve(settings, console.note).url
    for each in resets.kept(url)[keep:]:
        console.note(f"would be lost: {each.name}  {each.bytes} bytes  replaced by a {each.reason} at {each.at}")
    again = command_line(invocation, "db", "prune-old", "--keep", str(keep))
    order = resets.Order(datetime.now(UTC), consent_of(invocation, yes=yes, confirm=confirm), again)
    with oplog.recorded(settings, "db prune-old", database_name(url), remove_passwords(url)) as words:
        names = resets.prune_old(url, settings, keep, order)
        words.extend(names)
    console.result(Dropped(names), "\n".join(f"dropped  {name}" for name in names) or "nothing to drop")
