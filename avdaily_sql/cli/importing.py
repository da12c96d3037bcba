"""The ``import`` command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from avdaily_sql import importing, sqltree
from avdaily_sql.cli.frame import command
from avdaily_sql.errors import UsageError

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation

# How many of what came without a rollback are named.
_NAMED = 3


@command("import")
@click.argument("tool", type=click.Choice(tuple(importing.TOOLS)))
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def import_(invocation: Invocation, *, tool: str, directory: Path) -> None:
    """Write pairs of files from another tool's migrations.

    Example: avdaily-sql import dbmate db/migrations --sql-dir new-sql

    Never changes the other tool's tree, and never touches a database; see baseline for that.
    """
    flag = invocation.flags.get("AVDAILY_SQL_DIR")
    if flag is None:
        raise UsageError("where to? The tree is written below --sql-dir DIR", hint="Name an empty directory.")
    tree = sqltree.SqlTree(invocation.settings.working_directory / Path(flag).expanduser(), "flag")
    result = importing.import_tree(tool, directory, tree)
    lines = [f"written  {identifier}" for identifier in result.migrations]
    lines += [f"written  repeatable/{name}" for name in result.repeatable]
    lines += [f"left out  {each.source}: {each.reason}" for each in result.left_out]
    console = invocation.console
    if result.irreversible:
        more = " …" if len(result.irreversible) > _NAMED else ""
        named = ", ".join(result.irreversible[:_NAMED])
        console.warn(f"{len(result.irreversible)} came without a rollback: {named}{more}")
    console.note(f"then: avdaily-sql --sql-dir {shlex.quote(flag)} baseline --to {result.migrations[-1]}")
    console.result(result, "\n".join(lines))
