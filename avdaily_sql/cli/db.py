"""The ``db`` group: start, stop and look at the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from avdaily_sql import server
from avdaily_sql.cli.frame import Group, command
from avdaily_sql.output import table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.server import Server, ServerStatus


@click.group("db", cls=Group)
def db() -> None:
    """Start, stop and look at the database server.

    Example: avdaily-sql db status

    Never starts or stops the server that DATABASE_URL names.
    """


@dataclass(frozen=True, slots=True)
class Started:
    """What ``db start`` did."""

    started: bool
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """What ``db stop`` and ``db down`` did."""

    stopped: bool
    kind: str


_DOCKER = click.option("--docker", is_flag=True, help="Mean the service of docker-compose.yml.")


@command("start")
@_DOCKER
def start(invocation: Invocation, *, docker: bool) -> None:
    """Start the server, and wait until it answers.

    Example: avdaily-sql db start

    Never migrates; a server that runs already is left as it is.
    """
    chosen = _chosen(invocation, docker=docker)
    started = chosen.start()
    target = chosen.target()
    word = "started" if started else "running"
    invocation.console.note(server.describe(chosen))
    invocation.console.result(Started(started, chosen.kind, target.redacted), f"{word}  {target.redacted}")


@command("stop")
@_DOCKER
def stop(invocation: Invocation, *, docker: bool) -> None:
    """Stop the server; its data stays.

    Example: avdaily-sql db stop

    Never stops a server that DATABASE_URL names.
    """
    chosen = _chosen(invocation, docker=docker)
    stopped = chosen.stop()
    invocation.console.result(Stopped(stopped, chosen.kind), "stopped" if stopped else "not running")


@command("status")
@_DOCKER
def status(invocation: Invocation, *, docker: bool) -> None:
    """Show whether the server runs, its version, data directory, URL and databases.

    Example: avdaily-sql db status --json

    Never starts the server.
    """
    found = _chosen(invocation, docker=docker).status()
    invocation.console.result(found, _status_text(found))


@command("url")
@_DOCKER
def url(invocation: Invocation, *, docker: bool) -> None:
    """Print the database's URL, without its password; the embedded server is started if need be.

    Example: psql "$(avdaily-sql db url)"

    Never prints a password: put it into PGPASSWORD or ~/.pgpass.
    """
    chosen = _chosen(invocation, docker=docker)
    chosen.start()
    target = chosen.target()
    shown = target.without_password
    invocation.console.result({"url": shown}, shown)


def _chosen(invocation: Invocation, *, docker: bool) -> Server:
    return server.choose_docker(invocation.settings) if docker else server.choose(invocation.settings)


def _status_text(found: ServerStatus) -> str:
    rows = [
        ("running", "yes" if found.running else "no"),
        ("kind", found.kind),
        ("version", found.version or "unknown"),
        ("data directory", found.data_directory or "unknown"),
        ("url", found.url),
        ("bytes", "unknown" if found.bytes is None else str(found.bytes)),
    ]
    text = table(("server", ""), rows)
    if found.databases:
        listed = [(each.name, str(each.bytes), each.checkout or "") for each in found.databases]
        text += "\n\n" + table(("database", "bytes", "checkout"), listed)
    return text


for _each in (start, stop, status, url):
    db.add_command(_each)
