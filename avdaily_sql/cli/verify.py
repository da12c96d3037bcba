"""The ``verify`` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql import migrations, server, sqltree
from avdaily_sql.cli.frame import FanningCommand, command
from avdaily_sql.cli.migrations import SCHEMA
from avdaily_sql.cli.progress import count_of
from avdaily_sql.migrations import schema_file
from avdaily_sql.migrations import verify as verification
from avdaily_sql.output import colour, counted

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("verify", cls=FanningCommand)
@SCHEMA
@click.option("--write-schema", is_flag=True, help="Also write sql/schema.sql from what the files build.")
def verify(invocation: Invocation, *, schema: str, write_schema: bool) -> int:
    """Prove that every file can be undone, and that the live schema is what the files build.

    Example: avdaily-sql verify

    Never changes the database: it works on scratch databases beside it, and drops them.
    """
    console, settings = invocation.console, invocation.settings
    tree = sqltree.find(settings)
    sqltree.list_migrations(tree)
    url = server.resolve(settings, console.note).url
    if write_schema:
        written = schema_file.write(url, tree, settings, console.note)
        console.note(f"{'written' if written.changed else 'unchanged'}  {sqltree.shown(written.path)}")
    options = migrations.Options(schema=schema, environment=settings.environment.name)
    try:
        result = verification.verify(url, tree, settings, options, note=console.note, progress=console.progress)
    finally:
        console.progress_done()
    for text in result.warnings:
        console.warn(text)
    console.result(result, _text(result))
    return result.exit_code


def _text(result: verification.VerifyResult) -> str:
    lines = []
    for pair in result.files:
        if not pair.ok:
            lines += [f"{colour('bad pair', 'red', sys.stdout)}  {pair.id}", pair.difference or ""]
    for each in result.live:
        lines += [f"{colour('drift', 'red', sys.stdout)}  {each.object}", each.difference]
    bad = sum(not pair.ok for pair in result.files)
    proven = f"{count_of(len(result.files) - bad)} of {len(result.files)} proven: up, down, up"
    differences = counted(len(result.live), "difference")
    return "\n".join([*lines, f"{proven}; {result.database}: {differences} from the files"])
