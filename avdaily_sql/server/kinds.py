"""The three kinds of server, with the same verbs: embedded, compose service, and the one that DATABASE_URL names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from avdaily_sql import cluster
from avdaily_sql.cluster import logs
from avdaily_sql.database import Target, connect, server_version
from avdaily_sql.errors import UsageError
from avdaily_sql.settings import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.cluster import Cluster, Listed
    from avdaily_sql.compose import Compose


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What ``db status`` says; ``bytes`` is the size of this checkout's database, None where it cannot be known."""

    running: bool
    kind: Literal["embedded", "docker", "remote"]
    version: str | None
    data_directory: str | None
    url: str
    bytes: int | None
    databases: list[Listed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embedded server, and this checkout, whose database it holds."""

    cluster: Cluster
    checkout: str
    kind: Literal["embedded"] = "embedded"

    def start(self) -> bool:
        """Start the server unless it runs; return whether this call started it."""
        return self.cluster.start()

    def stop(self) -> bool:
        """Stop the server; return False when it was not running."""
        return self.cluster.stop()

    def remove(self) -> bool:
        """Do what ``db down`` does: a stopped embedded server has nothing else to remove."""
        return self.cluster.stop()

    def destroy(self) -> None:
        """Stop the server and delete all its databases."""
        self.cluster.destroy()

    def read_log(self) -> Iterable[str]:
        """Return the last lines of the server's log."""
        return logs.last_lines(self.cluster.log)

    def follow_log(self) -> Iterable[str]:
        """Return the last lines of the server's log and each new one, for ever."""
        return logs.follow(self.cluster.log)

    def target(self) -> Target:
        """Return this checkout's database on the running server; created empty if need be."""
        with connect(self.cluster.url()) as conn:
            name = cluster.ensure_database(conn, self.checkout)
        return Target(self.cluster.url(name), "embedded")

    def status(self) -> ServerStatus:
        """Look at the server without starting it."""
        data, version = str(self.cluster.data), self.cluster.binaries.version
        if not self.cluster.answers():
            return ServerStatus(
                running=False,
                kind="embedded",
                version=version,
                data_directory=data,
                url=self.cluster.url(cluster.FIRST),
                bytes=None,
            )
        with connect(self.cluster.url()) as conn:
            listed = cluster.list_databases(conn)
            name = cluster.database_of(conn, self.checkout)
            version = server_version(conn)
        sizes = {found.name: found.bytes for found in listed}
        url = self.cluster.url(name or cluster.FIRST)
        return ServerStatus(
            running=True,
            kind="embedded",
            version=version,
            data_directory=data,
            url=url,
            bytes=sizes.get(name or ""),
            databases=listed,
        )


@dataclass(frozen=True, slots=True)
class Docker:
    """The compose service; its one database is ``avdaily``."""

    compose: Compose
    kind: Literal["docker"] = "docker"

    def start(self) -> bool:
        """Start the service and wait until it is healthy; return whether this call started it."""
        if self.compose.running():
            return False
        self.compose.start()
        return True

    def stop(self) -> bool:
        """Stop the service; return False when it was not running."""
        if not self.compose.running():
            return False
        self.compose.stop()
        return True

    def remove(self) -> bool:
        """Remove the container; the volume keeps the data."""
        self.compose.down()
        return True

    def destroy(self) -> None:
        """Remove the container and the volume with all its databases."""
        self.compose.destroy()

    def read_log(self) -> Iterable[str]:
        """Return the last lines of the service's log."""
        return self.compose.read_log()

    def follow_log(self) -> Iterable[str]:
        """Return the last lines of the service's log and each new one, while it runs."""
        return self.compose.follow_log()

    def target(self) -> Target:
        """Return the service's database."""
        return Target(self.compose.url(), "docker")

    def status(self) -> ServerStatus:
        """Look at the service without starting it."""
        url = self.compose.url()
        if not self.compose.running():
            return ServerStatus(
                running=False, kind="docker", version=None, data_directory=None, url=redact_url(url), bytes=None
            )
        return _connected_status(url, "docker")


@dataclass(frozen=True, slots=True)
class Remote:
    """The server that DATABASE_URL names; not ours to start or stop."""

    url: str
    kind: Literal["remote"] = "remote"

    def start(self) -> bool:
        """Check that the server is there; nothing is started."""
        connect(self.url).close()
        return False

    def stop(self) -> bool:
        """Refuse: the server is not ours.

        :raises UsageError: always.
        """
        raise UsageError(
            f"DATABASE_URL is set: the server at {redact_url(self.url)} is not ours to stop or remove",
            hint="Unset DATABASE_URL to mean the embedded server.",
        )

    def remove(self) -> bool:
        """Refuse: the server is not ours.

        :raises UsageError: always.
        """
        return self.stop()

    def destroy(self) -> None:
        """Refuse: the server is not ours.

        :raises UsageError: always.
        """
        self.stop()

    def read_log(self) -> Iterable[str]:
        """Refuse: a client cannot read the log of a server.

        :raises UsageError: always.
        """
        raise UsageError(
            f"the log of {redact_url(self.url)} cannot be read from here", hint="Read it on the server's own machine."
        )

    def follow_log(self) -> Iterable[str]:
        """Refuse: a client cannot read the log of a server.

        :raises UsageError: always.
        """
        return self.read_log()

    def target(self) -> Target:
        """Return the database that DATABASE_URL names."""
        return Target(self.url, "remote")

    def status(self) -> ServerStatus:
        """Connect and look."""
        return _connected_status(self.url, "remote")


Server = Embedded | Docker | Remote


def _connected_status(url: str, kind: Literal["docker", "remote"]) -> ServerStatus:
    with connect(url) as conn:
        row = conn.execute(
            """
            SELECT
                CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END,
                pg_database_size(current_database())
            """
        ).fetchone()
        data, size = row if row is not None else (None, None)
        return ServerStatus(
            running=True,
            kind=kind,
            version=server_version(conn),
            data_directory=data,
            url=redact_url(url),
            bytes=size,
        )
