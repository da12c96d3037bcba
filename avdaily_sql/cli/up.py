"""The ``up`` command: all of it for a first run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from avdaily_sql.cli.frame import command
from avdaily_sql.cli.progress import Progress
from avdaily_sql.sqltree import shown
from avdaily_sql.up import up as run_up

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.up import UpResult


@command("up")
@click.option("--no-seed", is_flag=True, help="Leave the tables empty.")
def up(invocation: Invocation, *, no_seed: bool) -> None:
    """Start, migrate, seed and show a database: all of it for a first run.

    Example: avdaily-sql up

    Never changes anything that is there already; again, it only says what is there.
    """
    console = invocation.console
    result = run_up(invocation.settings, console.note, Progress(console), seeded=not no_seed)
    console.result(result, _summary(result))


def _summary(result: UpResult) -> str:
    new = sum(not each.id.startswith("repeatable/") for each in result.applied)
    total = result.already_applied + new
    news = f"{new} of them new" if new else "nothing new"
    lines = [
        f"database    {result.database} on PostgreSQL {result.server_version} ({result.kind}, {result.environment})",
        f"sql         {shown(result.sql_directory)}",
        f"migrations  {total} applied, {news}",
        f"tables      {result.tables}",
    ]
    if result.seeds is not None:
        lines.append(f"seeds       {result.seeds.rows_inserted} rows new, {result.seeds.rows_updated} changed")
    return "\n".join([*lines, f"open it     psql {shlex.quote(result.url)}", "next        avdaily-sql status"])
