"""The ``config`` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.cli.frame import command
from avdaily_sql.output import table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("config")
def config(invocation: Invocation) -> None:
    """Show each setting and where it came from.

    Example: avdaily-sql config

    Never shows a password, and never connects.
    """
    listed = [
        {"name": setting.name, "value": setting.shown, "source": setting.source}
        for setting in invocation.settings.values.values()
    ]
    text = table(
        ("name", "value", "source"), [(row["name"] or "", row["value"] or "", row["source"] or "") for row in listed]
    )
    invocation.console.result({"settings": listed}, text)
