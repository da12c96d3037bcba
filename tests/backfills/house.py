"""A tree of SQL files with one backfill, and a database whose rows wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from avdaily_sql import backfills
from avdaily_sql.backfills import Limits
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from pathlib import Path

FULL_SPEED = Limits(load=1)
HEADER = "-- channels: every payment says its channel\n"
REMAINING = "SELECT id FROM payments WHERE channel IS NULL;\n"
CHANGE = "UPDATE payments SET channel = 'card', touched = touched + 1 WHERE id = ANY(:id) AND channel IS NULL;\n"


class House:
    """A tree of SQL files with one backfill, and a database with payments that have no channel yet."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        (root / "migrations").mkdir(parents=True)
        (root / "backfills").mkdir()
        self.write(HEADER + REMAINING + CHANGE)
        with self.connect() as conn:
            conn.execute("CREATE SCHEMA avdaily_migrations")
            conn.execute(
                """CREATE TABLE payments (id bigint CONSTRAINT payments_pkey PRIMARY KEY, channel text,
                     touched int NOT NULL DEFAULT 0, amount int NOT NULL DEFAULT 1)"""
            )

    def connect(self, **options) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True, **options)

    def write(self, text: str, name: str = "channels") -> None:
        (self.root / "backfills" / f"{name}.sql").write_text(text)

    def fill(self, rows: int) -> None:
        with self.connect() as conn:
            conn.execute("INSERT INTO payments (id) SELECT generate_series(1, %s)", (rows,))
            conn.execute("ANALYZE payments")

    def run(self, limits: Limits = FULL_SPEED, **options) -> backfills.Result:
        return backfills.run(self.url, backfills.find(SqlTree(self.root, "flag"), "channels"), limits, **options)

    def preview(self) -> backfills.Preview:
        return backfills.preview(self.url, backfills.find(SqlTree(self.root, "flag"), "channels"), FULL_SPEED)

    def value(self, query: str):
        with self.connect() as conn:
            return conn.execute(query).fetchone()[0]

    def touched(self) -> list[tuple[int, int]]:
        """How often rows were changed, and how many rows so often."""
        with self.connect() as conn:
            return conn.execute("SELECT touched, count(*) FROM payments GROUP BY 1 ORDER BY 1").fetchall()
