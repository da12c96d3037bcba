"""Deleting a whole server of ours: what would be lost, and whether that was agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import cluster, guards
from avdaily_sql.database import connect
from avdaily_sql.errors import UsageError
from avdaily_sql.server import Docker, Embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.cluster import Listed
    from avdaily_sql.guards import Assessment, Consent
    from avdaily_sql.server import Server
    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Loss:
    """All databases that go with the server's data, and how careful the strictest of them wants us to be."""

    place: str
    databases: list[Listed]
    assessment: Assessment


def plan(server: Server, settings: Settings) -> Loss | None:
    """Return what deleting the server's data would lose, None when there is no data.

    The server is started if need be: only it can say what is in there.

    :raises UsageError: DATABASE_URL is set; that server is not ours.
    """
    if isinstance(server, Embedded):
        if not server.cluster.data.exists():
            return None
        server.start()
        url, place = server.cluster.url(), str(server.cluster.data)
    elif isinstance(server, Docker):
        server.start()
        url, place = server.target().url, f"the volume of {server.compose.file}"
    else:
        raise UsageError(
            "DATABASE_URL is set: that server is not ours to remove",
            hint="Unset DATABASE_URL to mean the embedded server.",
        )
    with connect(url) as conn:
        databases = cluster.list_databases(conn)
        names = [found.name for found in databases]
        return Loss(place, databases, guards.assess_all(conn, settings, names))


def carry_out(server: Server, loss: Loss, consent: Consent, settings: Settings, command: Sequence[str]) -> None:
    """Delete the server's data if that was agreed to.

    :raises Refused: it was not; nothing was deleted.
    """
    action = f"delete {len(loss.databases)} {'database' if len(loss.databases) == 1 else 'databases'} in {loss.place}"
    guards.require_consent(loss.assessment, consent, settings, action=action, command=command)
    server.destroy()
