"""What was applied: yoyo's tables and ours, in a schema of their own. Reading them, and creating them once.

``history.sql`` makes the tables of yoyo as yoyo 9.0.0 does (a contract test compares), so that ``yoyo list`` reads them
and has nothing to create. ``avdaily_log`` is append-only: the newest row of a migration has its checksums.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from avdaily_sql import __version__
from avdaily_sql.errors import Drift, UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    import psycopg

# Raised by one whenever an older program could misread the tables.
FORMAT = 1
YOYO_FORMAT = 2


class Record(NamedTuple):
    """One applied migration; without checksums when something else than this program marked it."""

    id: str
    applied_at: datetime
    order: int
    raw_checksum: str | None
    token_checksum: str | None
    duration_ms: int | None
    os_user: str | None
    host: str | None

    @property
    def by(self) -> str | None:
        """Return who applied it."""
        return None if self.os_user is None else f"{self.os_user}@{self.host}"


class Progress(NamedTuple):
    """One statement of a file without a transaction; unfinished when the run ended in its middle."""

    id: str
    operation: str
    statement: int
    token_checksum: str
    finished: bool


class History(NamedTuple):
    """All that was read, in the order of application."""

    records: tuple[Record, ...] = ()
    progress: tuple[Progress, ...] = ()

    def partial(self, operation: str) -> dict[str, list[Progress]]:
        """Return the statements of each migration whose ``apply`` or ``rollback`` was begun and not completed."""
        found: dict[str, list[Progress]] = {}
        for row in self.progress:
            if row.operation == operation:
                found.setdefault(row.id, []).append(row)
        return found


def schema_for(schema: str) -> str:
    """Return the schema that holds the history of a schema.

    :raises UsageError: the name is too long to get one.
    """
    name = "avdaily_migrations" if schema == "public" else f"{schema}_migrations"
    if len(name.encode()) > 63 or not schema:
        raise UsageError(f'"{schema}" cannot be used as a schema: its history would need a longer name than 63 bytes')
    return name


def read(conn: psycopg.Connection[Any], schema: str) -> History:
    """Return the history that a schema holds; the tables must be there.

    :raises Drift: a newer program wrote it, or it has no format row.
    """
    require_format(conn, schema)
    name = sql.Identifier(schema)
    records = conn.execute(_RECORDS.format(history=name)).fetchall()
    progress = conn.execute(_PROGRESS.format(history=name)).fetchall()
    return History(tuple(Record(*row) for row in records), tuple(Progress(*row) for row in progress))


def require_format(conn: psycopg.Connection[Any], schema: str) -> None:
    """Refuse a history that this program cannot read.

    :raises Drift: its format is newer, or unknown.
    """
    query = sql.SQL("SELECT max(version) FROM {}.avdaily_format").format(sql.Identifier(schema))
    row = conn.execute(query).fetchone()
    version = row[0] if row else None
    if version is None:
        raise Drift(
            f"the history in schema {schema} has no format version",
            detail="Its table avdaily_format is empty: somebody changed it by hand.",
            hint="Restore the history tables from a backup.",
        )
    if version > FORMAT:
        raise Drift(
            f"this database was migrated by a newer avdaily-sql (history format {version}, known here: {FORMAT})",
            hint="Upgrade avdaily-sql to at least the version that was used last.",
        )


def creation(schema: str, *, schema_exists: bool) -> str:
    """Return the statements that create the history in one transaction.

    :param schema_exists: an administrator made the schema: then the right to create one is not needed.
    """
    body = resources.files(__package__).joinpath("history.sql").read_text(encoding="utf-8")
    name = '"' + schema.replace('"', '""') + '"'
    first = "" if schema_exists else f"CREATE SCHEMA {name};"
    opening = f"BEGIN; {first} SET LOCAL search_path = {name};"
    versions = _VERSIONS.format(yoyo=YOYO_FORMAT, format=FORMAT, application=__version__)
    return f"{opening}\n{body}\n{versions} COMMIT;"


_VERSIONS = (
    "INSERT INTO _yoyo_version VALUES ({yoyo}, now() AT TIME ZONE 'UTC');"
    "INSERT INTO avdaily_format VALUES ({format}, '{application}');"
)

# One row is enough for each: the newest that applied or marked it, and the newest that has checksums (a repair).
_RECORDS = sql.SQL("""
    SELECT m.migration_id, m.applied_at_utc AT TIME ZONE 'UTC', coalesce(applied.id, 0),
           judged.raw_checksum, judged.token_checksum, applied.duration_ms, applied.os_user, applied.host
    FROM {history}._yoyo_migration AS m
    LEFT JOIN (
      SELECT DISTINCT ON (migration_id) migration_id, id, duration_ms, os_user, host
      FROM {history}.avdaily_log WHERE operation IN ('apply', 'mark') ORDER BY migration_id, id DESC
    ) AS applied USING (migration_id)
    LEFT JOIN (
      SELECT DISTINCT ON (migration_id) migration_id, raw_checksum, token_checksum
      FROM {history}.avdaily_log WHERE operation IN ('apply', 'mark', 'repair') ORDER BY migration_id, id DESC
    ) AS judged USING (migration_id)
    ORDER BY coalesce(applied.id, 0), m.applied_at_utc, m.migration_id
""")

_PROGRESS = sql.SQL("""
    SELECT migration_id, operation, statement, token_checksum, finished_at IS NOT NULL
    FROM {history}.avdaily_progress ORDER BY migration_id, operation, statement
""")
