"""The ``repair`` command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from avdaily_sql import guards, migrations, server, sqltree
from avdaily_sql.cli.consent import command_line
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.migrations import ONE_SCHEMA
from avdaily_sql.database import connect
from avdaily_sql.errors import Refused
from avdaily_sql.migrations import repair as acceptance
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("repair")
@click.argument("identifier", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why the file was edited; the history keeps it.")
@click.option("--yes", is_flag=True, help="Production needs it.")
@ONE_SCHEMA
def repair(invocation: Invocation, *, identifier: str, reason: str, yes: bool, schema: str) -> None:
    """Accept an edited file after the fact, with a reason.

    Example: avdaily-sql repair 0007 --reason 'a comment named a customer'

    Never runs the file, and never changes a table of yours.
    """
    console, settings = invocation.console, invocation.settings
    tree = sqltree.find(settings)
    sqltree.list_migrations(tree)
    url = server.resolve(settings, console.note).url
    with connect(url) as conn:
        assessment = guards.assess(conn, settings)
    if assessment.environment is Environment.production and not yes:
        again = command_line(invocation, "repair", identifier, "--reason", reason, "--yes")
        raise Refused(
            f'not confirmed for database "{assessment.database}": accept an edited file of production',
            detail=f"It counts as production: {'; '.join(assessment.reasons)}.",
            hint=shlex.join(again),
        )
    options = migrations.Options(schema=schema, environment=settings.environment.name)
    result = acceptance.repair(url, tree, identifier, reason, options=options)
    shown = {
        "database": result.database,
        "environment": result.environment,
        "id": result.id,
        "from": result.old,
        "to": result.new,
        "reason": result.reason,
    }
    word = "repaired" if result.repaired else "nothing to repair: the file is as it was applied"
    console.result(shown, f"{word}  {result.id}" if result.repaired else f"{word} ({result.id})")
