"""The ``deploy`` command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import maintenance, migrations
from avdaily_sql.cli.frame import FanningCommand, Invocation, command
from avdaily_sql.cli.migrations import SCHEMA, WAIT, tree_and_url
from avdaily_sql.cli.progress import Progress
from avdaily_sql.migrations import deployment
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from avdaily_sql.migrations import Applied


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What was applied, or would be."""

    database: str
    phase: str
    chosen: tuple[str, ...]
    applied: tuple[Applied, ...]
    warnings: tuple[str, ...]


class _DeployCommand(FanningCommand):
    def invoke(self, ctx: click.Context) -> Any:
        """Contract nowhere before everything is expanded everywhere: all are asked first."""
        invocation = ctx.ensure_object(Invocation)
        if self.fans_out(invocation) and ctx.params["phase"] == "post" and not ctx.params["dry_run"]:
            from avdaily_sql.cli import fanning

            code = fanning.ask(invocation, "--dry-run")
            if code:
                return code
        return super().invoke(ctx)


@command("deploy", cls=_DeployCommand)
@click.option("--phase", type=click.Choice(["pre", "post"]), required=True, help="pre: expand; post: contract.")
@click.option("--dry-run", is_flag=True, help="Show what would run, and change nothing.")
@WAIT
@SCHEMA
def deploy(invocation: Invocation, *, phase: str, dry_run: bool, wait: int, schema: str) -> None:
    """Apply what a new version needs before it, or what the old one leaves behind.

    Example: avdaily-sql deploy --phase pre --dry-run

    Never contracts what is not expanded everywhere, and never before the time that the file asks for.
    """
    console = invocation.console
    options = migrations.Options(
        schema=schema,
        environment=invocation.settings.environment.name,
        wait_seconds=wait / 1000,
        after_lock=maintenance.refuse_if_held,
    )
    tree, url = tree_and_url(invocation)
    choice = deployment.choose(url, tree, phase, options)
    if dry_run or choice.upto is None:
        for warning in choice.warnings:
            console.warn(warning)
        text = "\n".join(f"would apply  {each}" for each in choice.ids) or f"nothing to do in phase {phase}"
        console.result(DeployResult(choice.database, phase, choice.ids, (), choice.warnings), text)
        return
    if invocation.settings.environment is Environment.production:
        from avdaily_sql.cli.backup import before_apply

        before_apply(invocation, url, take=False)
    result = deployment.apply(url, tree, choice, options, Progress(console))
    left = tuple(warning for warning in choice.warnings if warning not in result.warnings)
    for warning in left:
        console.warn(warning)
    console.result(DeployResult(result.database, phase, choice.ids, result.applied, (*result.warnings, *left)), "")
