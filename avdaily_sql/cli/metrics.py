"""The ``metrics`` command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from avdaily_sql import metrics as figures
from avdaily_sql import server, sqltree
from avdaily_sql.cli.frame import command

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("metrics")
@click.option("--quick", is_flag=True, help="Leave out what reads every row or a whole backup.")
def metrics(invocation: Invocation, *, quick: bool) -> None:
    """Print figures of the database as Prometheus reads them.

    Example: avdaily-sql metrics --quick

    Never changes anything; without --quick it runs the integrity checks, which read every row.
    """
    tree = sqltree.find(invocation.settings)
    target = server.resolve(invocation.settings, invocation.console.note)
    result = figures.gather(target.url, tree, invocation.settings, datetime.now(UTC), thorough=not quick)
    invocation.console.result(result, figures.as_text(result))
