"""The ``baseline`` command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from avdaily_sql import guards, migrations, server, sqltree
from avdaily_sql.cli.consent import command_line
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.migrations import ONE_SCHEMA
from avdaily_sql.cli.progress import count_of
from avdaily_sql.cli.working import working
from avdaily_sql.database import connect
from avdaily_sql.errors import Refused
from avdaily_sql.migrations import baseline as adoption
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("baseline")
@click.option(
    "--to", required=True, metavar="ID", help="The last migration that the database has: its id, or its number."
)
@click.option("--force", is_flag=True, help="Mark without a proof; the history says so. Not in production.")
@ONE_SCHEMA
def baseline(invocation: Invocation, *, to: str, force: bool, schema: str) -> None:
    """Adopt a database that already has what the files build.

    Example: avdaily-sql baseline --to 0007

    Never runs a file on it: their result is compared, from a scratch database, before anything is marked.
    """
    console, settings = invocation.console, invocation.settings
    tree = sqltree.find(settings)
    sqltree.list_migrations(tree)
    url = server.resolve(settings, console.note).url
    options = migrations.Options(schema=schema, environment=settings.environment.name, to=to)
    if force:
        with connect(url) as conn:
            assessment = guards.assess(conn, settings)
        if assessment.environment is Environment.production:
            raise Refused(
                "baseline --force is not for production",
                detail=f'Database "{assessment.database}": {"; ".join(assessment.reasons)}.',
                hint=shlex.join(command_line(invocation, "baseline", "--to", to)),
            )
        result = adoption.mark_unproven(url, tree, options)
    else:
        with working(console, "building what the files build, to compare"):
            result = adoption.baseline(url, tree, settings, options, console.note)
    for text in result.warnings:
        console.warn(text)
    console.result(result, _text(result))


def _text(result: adoption.BaselineResult) -> str:
    if not result.marked:
        return "nothing to mark: all of them are applied"
    how = "the live schema is what they build" if result.proven else "not proven"
    return f"marked {count_of(len(result.marked))} as applied, up to {result.marked[-1]}: {how}"
