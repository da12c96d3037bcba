"""``new --from-database``, behind the command that is in :mod:`avdaily_sql.cli.migrations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql import migrations, server, sqltree
from avdaily_sql.drafting.drafting import draft_from_database

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


def draft(invocation: Invocation, name: str, schema: str) -> None:
    """Draft the next pair, and say what a person has to look at."""
    console, settings = invocation.console, invocation.settings
    tree = sqltree.find(settings)
    sqltree.next_id(tree, name)
    url = server.resolve(settings, console.note).url
    options = migrations.Options(schema=schema, environment=settings.environment.name)
    result = draft_from_database(url, tree, name, settings=settings, options=options, note=console.note)
    for text in result.warnings:
        console.warn(text)
    if not result.files:
        console.result(result, "nothing to draft: the database is what the files build")
        return
    lines = [f"written  {path}" for path in result.files]
    lines.append("proven: up is the database, down is the files" if result.proven else "not proven: look at the files")
    console.result(result, "\n".join(lines))
