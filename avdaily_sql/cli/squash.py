"""The ``squash`` command."""

from __future__ import annotations

from typing import Any

import click

from avdaily_sql import migrations
from avdaily_sql.cli.frame import FanningCommand, Invocation, command
from avdaily_sql.cli.migrations import SCHEMA, tree_and_url
from avdaily_sql.squashing import proof, squashing


class _SquashCommand(FanningCommand):
    def invoke(self, ctx: click.Context) -> Any:
        """Ask all databases that are named, and write the files once."""
        invocation = ctx.ensure_object(Invocation)
        if self.fans_out(invocation) and not ctx.params["check"]:
            from avdaily_sql.cli import fanning

            code = fanning.ask(invocation, "--check")
            if code:
                return code
            # The files are written once; they are proven on the first one's server.
            first = invocation.targets[0]
            if first.url is not None:
                invocation.flags["DATABASE_URL"] = first.url
            invocation.urls, invocation.databases_file, invocation.schemas = (), None, ()
        return super().invoke(ctx)


@command("squash", cls=_SquashCommand)
@click.option("--to", required=True, metavar="ID", help="The last of them: its id, or its number. The first is 0001.")
@click.option("--name", default="squashed", metavar="WORDS", help="The name of the new pair; default squashed.")
@click.option("--check", is_flag=True, help="Only ask whether the database has all of them, or none.")
@click.option("--dry-run", is_flag=True, help="Prove it, and write nothing.")
@click.option("--accept-behind", is_flag=True, help="Go on although the database has only some of them.")
@SCHEMA
def squash(
    invocation: Invocation, *, to: str, name: str, check: bool, dry_run: bool, accept_behind: bool, schema: str
) -> None:
    """Write one pair of files in the place of many.

    Example: avdaily-sql squash --to 0040 --dry-run

    Never changes a database: new ones run the one file, others go on with the many, which are kept beside it.
    """
    console = invocation.console
    tree, url = tree_and_url(invocation)
    options = migrations.Options(schema=schema, environment=invocation.settings.environment.name)
    order = squashing.Order(to, name, accept_behind, write=not dry_run)
    if check:
        checked = squashing.check(url, tree, order, options)
        console.result(checked, f"{len(checked.replaces)} files can be squashed, up to {checked.replaces[-1]}")
        return
    reports = proof.Reports(console.note, console.progress)
    try:
        result = squashing.squash(url, tree, invocation.settings, order, options=options, reports=reports)
    finally:
        console.progress_done()
    if not result.reversible:
        console.warn(f"{result.id} has no rollback, as one of the files has none")
    if result.behind:
        console.warn(f"this database goes on with {len(result.behind)} of them first, from {result.behind[0]}")
    console.result(result, _text(result))
    if result.files:
        console.note(f"next: avdaily-sql verify; avdaily-sql apply marks {result.id} where the others are applied")


def _text(result: squashing.SquashResult) -> str:
    lines = [f"proven   {len(result.replaces)} files and {result.id} build the same {result.objects} objects"]
    lines += [f"written  {path}" for path in result.files]
    lines += [f"moved    {len(result.replaces)} pairs to {result.moved_to}"] if result.moved_to else []
    lines += [f"edited   {identifier}: its depends line names {result.id}" for identifier in result.edited]
    return "\n".join(lines)
