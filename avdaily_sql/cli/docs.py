"""The ``docs`` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avdaily_sql import schema_docs, sqltree
from avdaily_sql.cli import reference
from avdaily_sql.cli.frame import command
from avdaily_sql.cli.working import working

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("docs")
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 when a page is stale.")
def docs(invocation: Invocation, *, check: bool) -> int:
    """Write the pages of the schema and of the commands.

    Example: avdaily-sql docs --check

    Never looks at a database of yours: it migrates one of its own, and drops it.
    """
    tree = sqltree.find(invocation.settings)
    with working(invocation.console, "reading the schema of a scratch database"):
        wanted = schema_docs.render(invocation.settings, tree, invocation.console.note)
    wanted["cli.md"] = reference.render()
    result = (schema_docs.compare if check else schema_docs.write)(tree, wanted)
    changed = [f"{page.state}  {page.file}" for page in result.files if page.state != "unchanged"]
    summary = f"{len(result.files)} pages, {len(changed) or 'none'} {'stale' if check else 'changed'}"
    hint = ["Write them: avdaily-sql docs"] if result.exit_code else []
    invocation.console.result(result, "\n".join([*changed, summary, *hint]))
    return result.exit_code
