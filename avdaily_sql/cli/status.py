"""The ``status`` command: files and history side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql import migrations, sqltree
from avdaily_sql.cli.frame import FanningCommand, command
from avdaily_sql.cli.migrations import SCHEMA, tree_and_url
from avdaily_sql.output import colour, table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("status", cls=FanningCommand)
@click.option("--exit-code", is_flag=True, help="Exit with 4 for changed or missing, 3 for pending or partial.")
@SCHEMA
def status(invocation: Invocation, *, exit_code: bool, schema: str) -> int:
    """Show which migrations are applied, pending or changed.

    Example: avdaily-sql status --exit-code

    Never takes a lock, and creates nothing, also on a new database.
    """
    tree, url = tree_and_url(invocation)
    options = migrations.Options(schema=schema, environment=invocation.settings.environment.name)
    result = migrations.status(url, tree, options)
    for text in result.warnings:
        invocation.console.warn(text)
    invocation.console.note(f"migrations from {sqltree.shown(tree.migrations)} ({tree.source})")
    invocation.console.result(result, _status_text(result))
    step = _next_step(result)
    if step is not None:
        invocation.console.note(step)
    return migrations.verdict(result) if exit_code else 0


_COLOURS = {"applied": "green", "cosmetic": "green"} | dict.fromkeys(
    ("pending", "partial", "outdated", "removed", "repeatable to apply"), "yellow"
)


def _status_text(result: migrations.StatusResult) -> str:
    rows = []
    for each in result.migrations:
        state = each.state
        if each.statements_total is not None:
            state = f"{state} {each.statements_done}/{each.statements_total}"
        when = f"{each.applied_at:%Y-%m-%d %H:%M:%S}" if each.applied_at else ""
        took = "" if each.duration_ms is None else f"{each.duration_ms} ms"
        rows.append((each.id, state, when, took, each.by or ""))
    for again in result.repeatable:
        when = f"{again.applied_at:%Y-%m-%d %H:%M:%S}" if again.applied_at else ""
        took = "" if again.duration_ms is None else f"{again.duration_ms} ms"
        rows.append((f"repeatable/{again.id}", again.state, when, took, again.by or ""))
    lines = table(("migration", "state", "applied at (UTC)", "took", "by"), rows).splitlines()
    for number, state in enumerate([row[1].split()[0] for row in rows], start=1):
        painted = colour(state, _COLOURS.get(state, "red"), sys.stdout)
        lines[number] = lines[number].replace(f"  {state}", f"  {painted}", 1)
    counts = ", ".join(
        colour(f"{number} {word}", _COLOURS.get(word, "red"), sys.stdout) for word, number in _counted(result) if number
    )
    return "\n".join([*lines, "", f"{result.database}: {counts}"])


def _next_step(result: migrations.StatusResult) -> str | None:
    counts = result.counts
    if counts.changed or counts.missing:
        return "next: put the files back as they were applied; a change goes into a new migration"
    return "next: avdaily-sql apply" if migrations.verdict(result) else None


def _counted(result: migrations.StatusResult) -> list[tuple[str, int]]:
    counts = [(name, getattr(result.counts, name)) for name in migrations.Counts.__dataclass_fields__]
    return [*counts, ("repeatable to apply", migrations.unsettled(result))]
