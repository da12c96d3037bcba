"""What was applied: yoyo's tables and ours, in a schema of their own. Reading them, and creating them once.

``history.sql`` makes the tables of yoyo as yoyo 9.0.0 does (a contract test compares), so that ``yoyo list`` reads them
and has nothing to create. ``avdaily_log`` is append-only: the newest row of a migration has its checksums.
"""

from __future__ import annotations

from pathlib import Path
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
# The reason in the log of a mark that was taken away, before the id of the squashed migration that has its place.
REPLACED_BY = "replaced by "


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
    if not schema:
        raise UsageError("the name of the schema is empty", hint="Name one with --schema NAME, or leave it out.")
    if len(name.encode()) > 63:
        raise UsageError(f'"{schema}" cannot be used as a schema: its history would need a longer name than 63 bytes')
    return name


def read(conn: psycopg.Connection[Any], schema: str) -> History:
    """Return the history that a schema holds; the tables must be there.

    :raises Drift: a newer program wrote it, or it has no format row.
    """
    # Without parameters the three questions are one message.
    cursor = conn.execute(_QUERIES.format(history=sql.Identifier(schema)))
    _require_format(cursor.fetchall(), schema)
    cursor.nextset()
    records = _records(cursor.fetchall())
    cursor.nextset()
    return History(records, tuple(Progress(*row) for row in cursor.fetchall()))


def _records(rows: list[Any]) -> tuple[Record, ...]:
    """Return one record for each migration, from the newest row that applied it and the newest that judged its file."""
    found: dict[str, Record] = {}
    marks: dict[str, tuple[str | None, datetime]] = {}
    heirs: dict[str, int] = {}
    for identifier, mark, applied_at, number, operation, raw, token, reason, *by in rows:
        if marks.setdefault(identifier, (mark, applied_at))[0] != mark:
            raise _corrupt(f"{identifier} is there twice")
        if operation in _UNDOES:
            gone = found.pop(identifier, None)
            if gone and reason and reason.startswith(REPLACED_BY):
                # The heir stands where the newest that it replaces stood: rolled back behind what came later.
                heir = reason.removeprefix(REPLACED_BY)
                heirs[heir] = max(gone.order, heirs.get(heir, 0))
        elif operation == "repair" and identifier in found:
            found[identifier] = found[identifier]._replace(raw_checksum=raw, token_checksum=token)
        else:
            order = heirs.pop(identifier, number or 0)
            found[identifier] = Record(identifier, applied_at, order, raw, token, *by)
    for identifier, (mark, applied_at) in marks.items():
        if mark is None and identifier in found:
            raise _corrupt(f"its log says that {identifier} is applied, and the row in _yoyo_migration is gone")
        if mark is not None and identifier not in found:
            # Another program marked it again after our rollback.
            found[identifier] = Record(identifier, applied_at, 0, None, None, None, None, None)
    return tuple(sorted(found.values(), key=lambda record: (record.order, record.applied_at, record.id)))


_UNDOES = frozenset({"rollback", "unmark"})


def _corrupt(what: str) -> Drift:
    return Drift(
        f"the history contradicts itself: {what}",
        detail="Somebody changed its tables by hand. Nothing was applied.",
        hint="Restore the history tables from a backup.",
    )


def _require_format(rows: list[Any], schema: str) -> None:
    version = rows[0][0]
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
    body = Path(__file__).with_name("history.sql").read_text(encoding="utf-8")
    name = '"' + schema.replace('"', '""') + '"'
    first = "" if schema_exists else f"CREATE SCHEMA {name};"
    # Not flushed by itself: nothing refers to it before the first file's commit, which flushes both.
    opening = f"BEGIN; SET LOCAL synchronous_commit = off; {first} SET LOCAL search_path = {name};"
    versions = _VERSIONS.format(yoyo=YOYO_FORMAT, format=FORMAT, application=__version__)
    return f"{opening}\n{body}\n{versions} COMMIT;"


_VERSIONS = (
    "INSERT INTO _yoyo_version VALUES ({yoyo}, now() AT TIME ZONE 'UTC');"
    "INSERT INTO avdaily_format VALUES ({format}, '{application}');"
)

# Sorting is ours to do: a sort by the server's collation takes longer than all the rest.
_QUERIES = sql.SQL("""
    SELECT max(version) FROM {history}.avdaily_format;

    SELECT migration_id, m.migration_hash, m.applied_at_utc AT TIME ZONE 'UTC', l.id, l.operation,
      l.raw_checksum, l.token_checksum, l.reason, l.duration_ms, l.os_user, l.host
    FROM {history}._yoyo_migration AS m
    FULL JOIN {history}.avdaily_log AS l USING (migration_id) ORDER BY l.id;

    SELECT migration_id, operation, statement, token_checksum, finished_at IS NOT NULL
    FROM {history}.avdaily_progress
""")
