"""The ``ops`` group: what was done to the database, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avdaily_sql import oplog
from avdaily_sql.cli.frame import Group, command
from avdaily_sql.output import table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@click.group("ops", cls=Group)
def ops() -> None:
    """Look at what was done to the database, and by whom.

    Example: avdaily-sql ops log

    Never changes the log.
    """


@command("log")
@click.option("--verify", is_flag=True, help="Check the chain; exit with 4 and name the first bad line.")
def log(invocation: Invocation, *, verify: bool) -> int:
    """Show backups, restores, resets and what was refused.

    Example: avdaily-sql ops log --verify

    Never notices whole lines cut off the end: copy the log elsewhere, too.
    """
    found = oplog.read(invocation.settings)
    lines = [(each.at, each.event, each.command, each.database, each.by, each.detail or "") for each in found.lines]
    text = table(("at", "event", "command", "database", "by", ""), lines)
    if not found.ok:
        text += f"\n\n{found.file}:{found.bad_line}: {found.problem}"
    elif verify:
        text += f"\n\n{len(found.lines)} lines, no break in the chain"
    invocation.console.result(found, text)
    return found.exit_code if verify else 0


ops.add_command(log)
