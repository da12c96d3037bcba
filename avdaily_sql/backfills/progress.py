"""How far a backfill is: one row in the history's schema, written in the transaction of each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from avdaily_sql.backfills.session import transaction
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from avdaily_sql.backfills.batches import Key
    from avdaily_sql.backfills.files import Backfill

_CREATE = """
    CREATE TABLE IF NOT EXISTS {table} (
      name text CONSTRAINT avdaily_backfill_pkey PRIMARY KEY,
      checksum text NOT NULL,
      after_key text[],
      rows bigint NOT NULL,
      started_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      finished_at timestamptz
    )"""
_COMMENT = """
    COMMENT ON TABLE {table} IS
      'How far each backfill is; written in the transaction of every batch: a killed one goes on where it was.'"""


class Progress(NamedTuple):
    """What is known of an earlier run: the last key done in this pass, and the rows of all its runs."""

    after: Key | None
    rows: int
    started_at: datetime
    finished_at: datetime | None


class Ledger:
    """The progress rows of one database and schema."""

    def __init__(self, conn: psycopg.Connection[Any], history_schema: str) -> None:
        self._conn = conn
        self._schema = history_schema
        self._table = sql.Identifier(history_schema, "avdaily_backfill")

    def exists(self) -> bool:
        """Return whether a backfill has run here before."""
        row = self._conn.execute("SELECT to_regclass(%s) IS NOT NULL", (self._table.as_string(self._conn),)).fetchone()
        return bool(row and row[0])

    def create(self) -> None:
        """Make the table, once.

        :raises Failed: no migration was ever applied here.
        """
        if self.exists():
            return
        found = self._conn.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", (self._schema,)).fetchone()
        if not (found and found[0]):
            raise Failed("no migration has been applied to this database", hint="avdaily-sql apply")
        with transaction(self._conn):
            self._conn.execute(sql.SQL(_CREATE).format(table=self._table))
            self._conn.execute(sql.SQL(_COMMENT).format(table=self._table))

    def read(self, backfill: Backfill) -> Progress | None:
        """Return how far the backfill is; None when it never ran, or its statements were other ones."""
        row = self._conn.execute(
            sql.SQL("SELECT after_key, rows, started_at, finished_at FROM {} WHERE name = %s AND checksum = %s").format(
                self._table
            ),
            (backfill.name, backfill.checksum),
        ).fetchone()
        if row is None:
            return None
        return Progress(None if row[0] is None else tuple(row[0]), *row[1:])

    def begin(self, backfill: Backfill) -> None:
        """Begin anew, at the first key."""
        self._conn.execute(
            sql.SQL(
                """INSERT INTO {} AS known (name, checksum, rows, started_at, updated_at)
                   VALUES (%s, %s, 0, now(), now())
                   ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, after_key = NULL, rows = 0,
                     started_at = now(), updated_at = now(), finished_at = NULL"""
            ).format(self._table),
            (backfill.name, backfill.checksum),
        )

    def advance(self, backfill: Backfill, after: Key | None, rows: int) -> None:
        """Note the last key of a batch and its rows; without a key the next pass begins at the first."""
        self._conn.execute(
            sql.SQL(
                """UPDATE {} SET after_key = %s::text[], rows = rows + %s, updated_at = clock_timestamp(),
                     finished_at = NULL WHERE name = %s"""
            ).format(self._table),
            (None if after is None else list(after), rows, backfill.name),
        )

    def finish(self, backfill: Backfill) -> None:
        """Note that nothing remained, as durably as role and database ask for: every batch before is then, too."""
        with transaction(self._conn):
            self._conn.execute("SET LOCAL synchronous_commit TO DEFAULT")
            self._conn.execute(
                sql.SQL(
                    """UPDATE {} SET after_key = NULL, updated_at = clock_timestamp(), finished_at = clock_timestamp()
                       WHERE name = %s"""
                ).format(self._table),
                (backfill.name,),
            )
