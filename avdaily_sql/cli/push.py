"""The ``push`` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql import maintenance, migrations, server, sqltree
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.migrations import ONE_SCHEMA, wait_option
from avdaily_sql.cli.progress import Progress
from avdaily_sql.errors import AvDailyError, Refused
from avdaily_sql.migrations import push as pushing
from avdaily_sql.migrations import watching
from avdaily_sql.output import colour

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("push")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, and push whenever the file is saved.")
@wait_option("10s", "How long a push may wait in all, for another run and for locks.")
@ONE_SCHEMA
def push(invocation: Invocation, *, watch: bool, wait: int, schema: str) -> None:
    """Undo the newest file and apply it again as it stands now.

    Example: avdaily-sql push --watch

    Never anywhere but in development, and never with a file that is committed.
    """
    console, settings = invocation.console, invocation.settings
    if watch and console.json_output:
        raise click.UsageError("--watch and --json exclude each other", click.get_current_context())
    tree = sqltree.find(settings)
    sqltree.list_migrations(tree)
    url = server.resolve(settings, console.note).url
    options = migrations.Options(
        schema=schema,
        environment=settings.environment.name,
        wait_seconds=wait / 1000,
        after_lock=maintenance.refuse_if_held,
    )

    def once() -> None:
        result = pushing.push(url, tree, settings, options, Progress(console))
        shown = colour(result.state, "green", sys.stdout)
        took = "" if result.state == "unchanged" else f"  {result.duration_ms} ms"
        console.result(result, f"{shown}  {result.id}{took}")

    if not watch:
        once()
        return
    console.note(f"watching {sqltree.shown(tree.migrations)}; Ctrl-C ends it")
    for _ in watching.changes(tree):
        try:
            once()
        except Refused:
            raise
        except AvDailyError as error:
            console.error(error)
