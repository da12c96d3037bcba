"""The ``backfill`` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql import backfills, guards, server, sqltree
from avdaily_sql.cli.consent import command_line
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.migrations import ONE_SCHEMA, milliseconds, wait_option
from avdaily_sql.database import connect
from avdaily_sql.output import colour, span

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("backfill")
@click.argument("name", required=False)
@click.option("--list", "list_only", is_flag=True, help="Show the names, and run none.")
@click.option("--dry-run", is_flag=True, help="Show the plan of one batch, and change nothing.")
@click.option("--batch", type=click.IntRange(1, 100_000), metavar="N", help="The most rows of one transaction.")
@click.option(
    "--load",
    type=click.IntRange(1, 100),
    default=25,
    show_default=True,
    metavar="PERCENT",
    help="The share of the time that batches run; the rest belongs to others.",
)
@click.option(
    "--batch-time",
    callback=milliseconds,
    default="25ms",
    metavar="25ms",
    help="How long one transaction should take; its rows are more or fewer accordingly.",
)
@click.option(
    "--max-lag",
    callback=milliseconds,
    default="5s",
    metavar="5s",
    help="How far a replica may be behind before the next batch waits; default 5s.",
)
@wait_option("60s", "How long one batch may try while others are in its way.")
@click.option("--yes", is_flag=True, help="Production needs it.")
@ONE_SCHEMA
def backfill(  # noqa: PLR0913 (each is an option)
    invocation: Invocation,
    *,
    name: str | None,
    list_only: bool,
    dry_run: bool,
    batch: int | None,
    load: int,
    batch_time: int,
    max_lag: int,
    wait: int,
    yes: bool,
    schema: str,
) -> None:
    """Change the data of a large table in small batches.

    Example: avdaily-sql backfill --list

    Never holds a lock for longer than one batch: the application goes on beside it. Never does a row twice.
    """
    if batch_time < 1:
        raise click.UsageError("--batch-time is at least 1ms", click.get_current_context())
    console, settings = invocation.console, invocation.settings
    tree = sqltree.find(settings)
    if list_only:
        names = backfills.list_names(tree)
        console.result({"backfills": names}, "\n".join(names))
        return
    if name is None:
        raise click.UsageError("which one? See: avdaily-sql backfill --list", click.get_current_context())
    found = backfills.find(tree, name)
    limits = backfills.Limits(
        schema=schema,
        batch=batch,
        batch_seconds=batch_time / 1000,
        load=load / 100,
        lag_seconds=max_lag / 1000,
        wait_seconds=wait / 1000,
    )
    url = server.resolve(settings, console.note).url
    if dry_run:
        _show(invocation, backfills.preview(url, found, limits))
        return
    with connect(url) as conn:
        guards.require_yes_in_production(
            guards.assess(conn, settings),
            yes=yes,
            action=f"run backfill {name}",
            command=command_line(invocation, "backfill", name),
        )
    result = backfills.run(
        url,
        found,
        limits,
        progressed=lambda state: console.progress(_bar(name, state)),
        told=lambda text: console.progress(f"{name}: {text}"),
    )
    console.progress_done()
    word = colour("done", "green", sys.stdout) if result.rows else "nothing to do"
    resumed = ", gone on where an earlier run ended" if result.resumed else ""
    console.result(result, f"{word}  {name}: {result.rows} rows in {result.batches} batches{resumed}")


def _show(invocation: Invocation, shown: backfills.Preview) -> None:
    lines = [
        f"{shown.backfill}: about {shown.estimated_rows} rows remain, at most {shown.batch} in a batch",
        "The next keys:",
        *(f"  {line}" for line in shown.select_plan),
    ]
    if shown.change_plan:
        lines += ["Their change:", *(f"  {line}" for line in shown.change_plan)]
    for warning in shown.warnings:
        invocation.console.warn(warning)
    invocation.console.result(shown, "\n".join(lines))


def _bar(name: str, state: backfills.State) -> str:
    share = min(1.0, state.rows / state.estimate) if state.estimate else 0.0
    left = "" if state.seconds_left is None else f", {span(state.seconds_left)} left"
    of = max(state.rows, state.estimate)
    return f"{name}: {state.rows:,} of about {of:,} rows ({share:.0%}), {state.rate:,.0f}/s{left}"
