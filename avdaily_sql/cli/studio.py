"""The ``studio`` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avdaily_sql import server, sqltree
from avdaily_sql import studio as browser
from avdaily_sql.cli.frame import command

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.studio.serving import Served


@command("studio")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="The port to listen on; any free one without it.",
)
@click.option("--no-open", is_flag=True, help="Only print the address.")
def studio(invocation: Invocation, *, port: int, no_open: bool) -> None:
    """Look at the data in the web browser; Ctrl-C ends it.

    Example: avdaily-sql studio --port 8080

    Never changes anything, and never listens to another machine.
    """
    browser.require_libraries()
    from avdaily_sql.studio import serving

    tree = sqltree.find(invocation.settings)
    target = server.resolve(invocation.settings, invocation.console.note)
    with serving.listening(target.url, tree, port) as served:
        _say(invocation, served)
        if not no_open:
            serving.open_browser(served.url)
        served.run()
    invocation.console.note("stopped")


def _say(invocation: Invocation, served: Served) -> None:
    console = invocation.console
    shown = {"url": served.url, "database": served.database, "role": served.role, "read_only": True}
    if not served.has_reading_role:
        console.warn(f"reading as {served.role}, which may not become avdaily_readonly")
    console.result(shown, served.url)
    console.note("press Ctrl-C to stop")
