"""The ``db`` group: start, stop and look at the server."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import environment as environments
from avdaily_sql import psql, server, teardown
from avdaily_sql.cli.consent import command_line, confirm_option, consent_of, yes_option
from avdaily_sql.cli.frame import Group, command, global_options
from avdaily_sql.cli.reset import prune_old
from avdaily_sql.output import colour, size, table
from avdaily_sql.settings import parse_environment

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.database import Target
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
    """What ``db stop`` and ``db down`` did; ``deleted`` names the databases that are gone."""

    stopped: bool
    kind: str
    deleted: list[str] = field(default_factory=list)


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


@command("down")
@_DOCKER
@click.option("--volumes", is_flag=True, help="Delete the data of every database in the server, too.")
@yes_option
@confirm_option
def down(invocation: Invocation, *, docker: bool, volumes: bool, yes: bool, confirm: str | None) -> None:
    """Stop the server and remove what it does not need to start again; its data stays.

    Example: avdaily-sql db down

    Never deletes data without --volumes and a confirmation.
    """
    chosen = _chosen(invocation, docker=docker)
    if not volumes:
        stopped = chosen.remove()
        invocation.console.result(Stopped(stopped, chosen.kind), "stopped" if stopped else "not running")
        return
    loss = teardown.plan(chosen, invocation.settings)
    if loss is None:
        invocation.console.result(Stopped(stopped=False, kind=chosen.kind), "there is nothing to delete")
        return
    for each in loss.databases:
        invocation.console.note(f"would be lost: {each.name}  {size(each.bytes)}  {each.checkout or ''}".rstrip())
    again = command_line(invocation, "db", "down", "--volumes", *(["--docker"] if docker else []))
    consent = consent_of(invocation, yes=yes, confirm=confirm)
    teardown.carry_out(chosen, loss, consent, invocation.settings, again)
    names = [each.name for each in loss.databases]
    invocation.console.result(
        Stopped(stopped=True, kind=chosen.kind, deleted=names), "\n".join(f"deleted  {name}" for name in names)
    )


@command("logs")
@_DOCKER
@click.option("-f", "--follow", is_flag=True, help="Go on as the log grows, until Ctrl-C.")
def log(invocation: Invocation, *, docker: bool, follow: bool) -> None:
    """Print the last 200 lines of the server's log.

    Example: avdaily-sql db logs -f

    Never starts the server.
    """
    _print_log(invocation, docker=docker, follow=follow)


@command("watch")
@_DOCKER
def watch(invocation: Invocation, *, docker: bool) -> None:
    """Print the server's log as it grows, until Ctrl-C: the same as logs -f.

    Example: avdaily-sql db watch

    Never starts the server.
    """
    _print_log(invocation, docker=docker, follow=True)


class _PassThrough(click.Command):
    """A command with the global options by their long names only: -q and -v are psql's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for option in global_options():
            option.opts = [name for name in option.opts if name.startswith("--")]
            self.params.append(option)


@click.command("psql", cls=_PassThrough, context_settings={"ignore_unknown_options": True})
@_DOCKER
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def psql_command(invocation: Invocation, *, docker: bool, arguments: tuple[str, ...]) -> None:
    """Open psql on the database; what follows is psql's own.

    Example: avdaily-sql db psql -c 'SELECT count(*) FROM "user"'

    Never puts a password into a command line, where every user of this machine could read it.
    """
    psql.become(_target(invocation, docker=docker).url, invocation.settings, arguments)


@command("environment")
@_DOCKER
@click.argument("name", required=False)
@yes_option
@confirm_option
def environment(invocation: Invocation, *, docker: bool, name: str | None, yes: bool, confirm: str | None) -> None:
    """Show the environment that the database is marked with, or mark it.

    Example: avdaily-sql db environment production

    Never lowers an environment without a confirmation.
    """
    wanted = None if name is None else parse_environment(name)
    url = _target(invocation, docker=docker).url
    if wanted is None:
        shown = environments.look(url, invocation.settings)
    else:
        consent = consent_of(invocation, yes=yes, confirm=confirm)
        again = command_line(invocation, "db", "environment", wanted.name)
        shown = environments.mark(url, wanted, consent, invocation.settings, command=again)
    lines = (
        ("database", shown.database),
        ("marked", shown.marker or "no"),
        ("counts as", shown.environment),
        ("because", "; ".join(shown.reasons) or "nothing says otherwise"),
    )
    invocation.console.result(shown, table(("environment", ""), lines))


def _target(invocation: Invocation, *, docker: bool) -> Target:
    if docker:
        chosen = server.choose_docker(invocation.settings)
        chosen.start()
        return chosen.target()
    return server.resolve(invocation.settings, invocation.console.note)


def _print_log(invocation: Invocation, *, docker: bool, follow: bool) -> None:
    chosen = _chosen(invocation, docker=docker)
    source = chosen.follow_log() if follow else chosen.read_log()
    for line in source:
        invocation.console.line(line)


def _chosen(invocation: Invocation, *, docker: bool) -> Server:
    return server.choose_docker(invocation.settings) if docker else server.choose(invocation.settings)


def _status_text(found: ServerStatus) -> str:
    word = colour("running", "green", sys.stdout) if found.running else colour("stopped", "yellow", sys.stdout)
    rows = [
        ("kind", found.kind),
        ("version", found.version or "unknown"),
        ("data directory", found.data_directory or "unknown"),
        ("url", found.url),
        ("size", "unknown" if found.bytes is None else size(found.bytes)),
    ]
    text = table(("server", word), rows)
    if found.databases:
        listed = [(each.name, size(each.bytes), each.checkout or "") for each in found.databases]
        text += "\n\n" + table(("database", "size", "checkout"), listed)
    return text


for _each in (start, stop, down, status, url, log, watch, psql_command, environment, prune_old):
    db.add_command(_each)
