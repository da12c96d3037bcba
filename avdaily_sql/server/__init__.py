"""Which server a command works on: DATABASE_URL's, the compose service's, or the embedded one, started on demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import cluster, compose, maintenance, sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.server.kinds import Docker, Embedded, Remote, Server, ServerStatus
from avdaily_sql.settings import Environment, redact_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.database import Target
    from avdaily_sql.settings import Settings

__all__ = [
    "Docker",
    "Embedded",
    "Remote",
    "Server",
    "ServerStatus",
    "checkout_of",
    "choose",
    "choose_docker",
    "describe",
    "resolve",
]

# The databases of SQL that came with an installation, and not from a checkout, have one name in every environment.
_INSTALLED = "installed package"


def resolve(settings: Settings, note: Callable[[str], None]) -> Target:
    """Return the database that a command works on, its server started if it is ours.

    What a killed restore or reset of it left behind is cleared up first.

    :param note: told in one line which server is used when DATABASE_URL does not say it, and what was cleared up.
    :raises UsageError: production, and DATABASE_URL is not set; nothing was started.
    """
    server = choose(settings)
    if isinstance(server, Embedded):
        server.start()
        note(describe(server))
    elif isinstance(server, Docker):
        note(describe(server))
    target = server.target()
    maintenance.recover(target.url, note)
    return target


def describe(server: Server) -> str:
    """Return the one line that says which server is used."""
    if isinstance(server, Embedded):
        version, place = server.cluster.binaries.version, server.cluster.data
        return f"using embedded PostgreSQL {version} at {place} (DATABASE_URL is not set)"
    if isinstance(server, Docker):
        return f"using the compose service of {server.compose.file} (DATABASE_URL is not set)"
    return f"using {redact_url(server.url)}"


def choose(settings: Settings) -> Server:
    """Return the server that is meant, started or not: DATABASE_URL's, a running compose service, the embedded one.

    :raises UsageError: production, and DATABASE_URL is not set.
    """
    if settings.database_url is not None:
        return Remote(settings.database_url)
    _refuse_in_production(settings)
    service = compose.find(settings)
    if service is not None and service.running():
        return Docker(service)
    return Embedded(cluster.locate(settings), checkout_of(settings))


def choose_docker(settings: Settings) -> Docker:
    """Return the compose service, running or not.

    :raises UsageError: DATABASE_URL is set, production, or there is no docker-compose.yml.
    """
    if settings.database_url is not None:
        raise UsageError(
            "DATABASE_URL is set, and --docker means another server",
            hint="Unset DATABASE_URL, or leave out --docker.",
        )
    _refuse_in_production(settings)
    return Docker(compose.require(settings))


def _refuse_in_production(settings: Settings) -> None:
    if settings.environment is Environment.production:
        raise UsageError(
            "DATABASE_URL is not set, and this is production; nothing was started",
            detail="The embedded server is for development and tests only.",
            hint="Set DATABASE_URL=postgresql://USER@HOST:5432/DATABASE",
        )


def checkout_of(settings: Settings) -> str:
    """Return what tells checkouts apart: the resolved path of the directory that has ``sql/``."""
    tree = sqltree.find(settings)
    package = Path(__file__).resolve().parent
    root = tree.root.resolve()
    return _INSTALLED if root.is_relative_to(package) else str(root.parent)
