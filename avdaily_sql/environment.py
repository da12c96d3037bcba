"""The ``db environment`` verb: which environment a database is marked with, which one counts, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avdaily_sql import guards, marker
from avdaily_sql.database import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from avdaily_sql.guards import Consent
    from avdaily_sql.settings import Environment, Settings


@dataclass(frozen=True, slots=True)
class Marked:
    """The environment that a database is marked with (None: it is not), the one that counts, and why."""

    database: str
    marker: str | None
    environment: str
    reasons: tuple[str, ...]


def look(url: str, settings: Settings) -> Marked:
    """Return the database's marker and its effective environment."""
    with connect(url) as conn:
        return _look(conn, settings)


def mark(url: str, wanted: Environment, consent: Consent, settings: Settings, *, command: Sequence[str]) -> Marked:
    """Mark the database; to less care than counts now only with the confirmation that a reset would need.

    :raises Refused: nobody agreed to less care, or the role may not write the marker; nothing changed.
    """
    with connect(url) as conn:
        found = guards.assess(conn, settings)
        if wanted < found.environment:
            guards.require_consent(found, consent, settings, action=f"mark it {wanted.name}", command=command)
        marker.write_marker(conn, wanted)
        return _look(conn, settings)


def _look(conn: psycopg.Connection[Any], settings: Settings) -> Marked:
    kept, found = marker.read_marker(conn), guards.assess(conn, settings)
    return Marked(found.database, kept.name if kept is not None else None, found.environment.name, found.reasons)
