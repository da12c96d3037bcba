"""The ``lint`` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avdaily_sql import lint as linter
from avdaily_sql import sqltree
from avdaily_sql.cli import findings
from avdaily_sql.cli.frame import command
from avdaily_sql.output import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.cli.frame import Invocation


@command("lint")
@click.option(
    "--format",
    "shape",
    type=click.Choice(("text", "json", "github")),
    default="text",
    help="github annotates the lines of a pull request.",
)
def lint(invocation: Invocation, *, shape: str) -> int:
    """Judge the migration files by squawk's rules and ours.

    Example: avdaily-sql lint --format github

    Never connects, and never changes a file. A line opts out with a reason: -- lint-ignore RULE: REASON
    """
    tree = sqltree.find(invocation.settings)
    result = linter.lint(tree)
    invocation.console.result(result, _SHAPES[shape](result))
    return 1 if result.errors else 0


def _github(result: linter.LintResult) -> str:
    """Return workflow commands.

    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    return "\n".join(
        f"::{found.severity} file={_property(found.file)},line={found.line},col={found.column},"
        f"title={_property(found.rule)}::{_data(found.message)}"
        for found in result.findings
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_SHAPES: dict[str, Callable[[linter.LintResult], str]] = {"text": findings.as_lines, "json": as_json, "github": _github}
