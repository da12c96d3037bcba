"""What the schema itself asks for after each change: the partitions of the coming months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from avdaily_sql.migrations.run import Run

# What the schema asks to be done whenever it has changed: partitions for the months to come.
_JOB = "ensure_partitions(integer)"
_MONTHS_AHEAD = 3


def run_jobs(run: Run) -> None:
    """Do what the schema asks for whenever it has changed.

    :raises Failed: it could not be done; what was applied stays applied.
    """
    conn = run.conn
    row = conn.execute("SELECT pg_catalog.to_regprocedure(%s) IS NOT NULL", (_JOB,)).fetchone()
    if row is None or not row[0]:
        return
    try:
        conn.execute("SELECT ensure_partitions(%s)", (_MONTHS_AHEAD,))
    except psycopg.Error as error:
        raise Failed(
            f"the migrations were applied, but {_JOB} failed: {error.diag.message_primary or error}",
            detail="The migrations stay applied; only the partitions for the coming months may be missing.",
            hint="avdaily-sql db psql, then: SELECT ensure_partitions(3);",
            sqlstate=error.sqlstate,
        ) from None
