"""The ``seed`` command."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql import guards, seeds, server, sqltree
from avdaily_sql.cli.frame import FanningCommand, command
from avdaily_sql.database import connect
from avdaily_sql.output import colour

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("seed", cls=FanningCommand)
@click.option(
    "--env", "environment", type=click.Choice(seeds.ENVIRONMENTS), help="Whose seeds; default the environment's."
)
@click.option("--list", "list_only", is_flag=True, help="Show the files, and run none.")
@click.option("--users", type=click.IntRange(1, 5_000_000), metavar="N", help="How many people the demo data set has.")
def seed(invocation: Invocation, *, environment: str | None, list_only: bool, users: int | None) -> None:
    """Put the first rows into a migrated database.

    Example: avdaily-sql seed --env demo --users 1000

    Never changes a row that is there already, and never resets a balance.
    """
    tree, console = sqltree.find(invocation.settings), invocation.console
    if users is not None and environment != "demo":
        raise click.UsageError("--users needs --env demo", click.get_current_context())
    asked = environment or invocation.settings.environment.name
    files = seeds.list_files(tree, asked)
    if list_only:
        listed = tuple(seeds.SeedFile(seeds.identifier(path), "listed") for path in files)
        result = seeds.SeedResult(asked, listed, 0, 0)
        console.result(result, "\n".join(file.id for file in listed))
        return
    url = server.resolve(invocation.settings, console.note).url
    with connect(url) as conn:
        seeds.require_allowed(asked, guards.assess(conn, invocation.settings).environment)
    result = seeds.seed(
        url,
        files,
        asked,
        users=users,
        done=lambda file: console.progress(f"{file.id} done"),
        notice=lambda text: console.progress(_bar(text)),
    )
    console.progress_done()
    lines = [f"{colour(file.state, 'green', sys.stdout)}  {file.id}" for file in result.files]
    console.result(result, "\n".join([*lines, f"{result.rows_inserted} rows new, {result.rows_updated} changed"]))


def _bar(text: str, width: int = 30) -> str:
    """Return ``demo: 20000 of 500000 people`` with a bar before it; other notices as they are."""
    match = re.search(r"(\d+) of (\d+)", text)
    if match is None:
        return text
    share = min(1.0, int(match[1]) / max(1, int(match[2])))
    filled = round(share * width)
    return f"[{'#' * filled}{'.' * (width - filled)}] {share:4.0%}  {text}"
