"""The loop: one batch after the other, each committed with its progress, until nothing remains."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from avdaily_sql.backfills import batches, session
from avdaily_sql.backfills.pace import Pace, Replicas, sessions_waiting
from avdaily_sql.backfills.progress import Ledger
from avdaily_sql.database import connection_error
from avdaily_sql.errors import Busy, Failed
from avdaily_sql.migrations import lock
from avdaily_sql.migrations.history import schema_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.backfills.files import Backfill

# A pass over all keys that still finds rows was overtaken by somebody who writes new ones.
_PASSES = 3
# What another try may mend: how it is called while the run tries again, and how when it has given up.
_COLLISIONS = {
    "55P03": ("others hold its locks", "got no lock within {wait:g} s"),
    "40P01": ("it was in a deadlock with others", "was in a deadlock with others in every try of {wait:g} s"),
    "40001": ("others changed its rows meanwhile", "could not be serialized with others in {wait:g} s of tries"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How gently to run.

    :param schema: the schema of the tables; the progress is kept beside its history.
    :param batch: the most rows of one transaction; None for what the file says.
    :param batch_seconds: how long one transaction should take; its rows are more or fewer accordingly.
    :param load: the share of the time that batches run; the rest belongs to others.
    :param lag_seconds: how far a replica may be behind before the next batch waits.
    :param wait_seconds: how long one batch may try while others are in its way.
    """

    schema: str = "public"
    batch: int | None = None
    batch_seconds: float = 0.025
    load: float = 0.25
    lag_seconds: float = 5.0
    wait_seconds: float = 60.0


class State(NamedTuple):
    """Where a run is: rows of this run, the estimate of all that remained when it began, and the seconds since."""

    rows: int
    estimate: int
    seconds: float

    @property
    def rate(self) -> float:
        """Return rows a second."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest may take; None when nothing can be said."""
        return max(0, self.estimate - self.rows) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did; ``rows`` were changed now, ``rows_in_all`` by all runs of these statements."""

    database: str
    backfill: str
    rows: int
    rows_in_all: int
    batches: int
    collisions: int
    resumed: bool
    duration_ms: int


def run(
    url: str,
    backfill: Backfill,
    limits: Limits,
    *,
    progressed: Callable[[State], None] = lambda _: None,
    told: Callable[[str], None] = lambda _: None,
) -> Result:
    """Run a backfill to its end, or go on with one that was interrupted; again, it finds nothing to do.

    :param progressed: told after each batch.
    :param told: told why it waits.
    :raises Busy: another backfill runs, or others were in a batch's way for ``wait_seconds``; what was done stays done.
    :raises Failed: a statement failed, or its rows remain after the change; that batch was rolled back.
    """
    try:
        with session.opened(url) as conn:
            session.hold(conn, schema_for(limits.schema))
            return _Run(conn, backfill, limits, progressed, told).to_the_end()
    except psycopg.OperationalError as error:
        raise connection_error(error, url) from None
    except psycopg.Error as error:
        # Of our own statements, or at COMMIT, where a deferred constraint speaks.
        raise batches.failure(error, backfill, backfill.change) from None


class _Run:
    def __init__(
        self,
        conn: psycopg.Connection[Any],
        backfill: Backfill,
        limits: Limits,
        progressed: Callable[[State], None],
        told: Callable[[str], None],
    ) -> None:
        session.configure(conn, backfill, limits.schema)
        self._conn = conn
        self._backfill = backfill
        self._limits = limits
        self._progressed = progressed
        self._told = told
        self._statements = batches.prepare(conn, backfill)
        self._ledger = Ledger(conn, schema_for(limits.schema))
        self._pace = Pace(limits.batch or backfill.batch, limits.batch_seconds, limits.load)
        self._replicas = Replicas(conn, limits.lag_seconds)
        self._rows = self._batches = self._collisions = 0

    def to_the_end(self) -> Result:
        self._ledger.create()
        known = self._ledger.read(self._backfill)
        if known is None:
            self._ledger.begin(self._backfill)
        after = None if known is None else known.after
        started = time.monotonic()
        estimate = estimated_rows(self._conn, self._statements, after)
        passes = 0
        while True:
            found = self._rows
            after = self._pass_from(after, started, estimate)
            passes += 1
            if self._rows == found and after is None:
                break
            if passes > _PASSES:
                raise Failed(
                    f"new rows remain after each of {_PASSES} passes over all keys",
                    detail=f"{self._rows} rows were changed and stay changed.",
                    hint="Let the application write the new value first, then run it again.",
                )
            self._ledger.advance(self._backfill, None, 0)
            after = None
        self._ledger.finish(self._backfill)
        done = self._ledger.read(self._backfill)
        return Result(
            self._conn.info.dbname,
            self._backfill.name,
            self._rows,
            done.rows if done else self._rows,
            self._batches,
            self._collisions,
            known is not None and known.after is not None,
            round((time.monotonic() - started) * 1000),
        )

    def _pass_from(self, after: batches.Key | None, started: float, estimate: int) -> batches.Key | None:
        """Go through all keys behind the given one; return the key at which this pass began to look."""
        began = after
        while True:
            self._replicas.wait(self._told)
            start = time.monotonic()
            if sessions_waiting(self._conn):
                self._pace.collided()
            keys = self._batch(after)
            if not keys:
                return began
            after = keys[-1]
            now = time.monotonic()
            self._progressed(State(self._rows, estimate, now - started))
            time.sleep(self._pace.took(now - start))

    def _batch(self, after: batches.Key | None) -> list[batches.Key]:
        """Change the next keys and note it, in one transaction; try again for as long as others are in its way."""
        budget = lock.Budget(self._limits.wait_seconds)
        while True:
            try:
                with budget.spending(), session.transaction(self._conn):
                    keys = batches.keys_after(self._conn, self._backfill, self._statements, after, self._pace.rows)
                    if not keys:
                        return []
                    batches.change(self._conn, self._backfill, self._statements, keys)
                    self._ledger.advance(self._backfill, keys[-1], len(keys))
            except psycopg.Error as error:
                if error.sqlstate not in _COLLISIONS:
                    raise
                self._collisions += 1
                self._pace.collided()
                if budget.remaining_seconds <= 0:
                    raise self._gave_up(error) from None
                self._told(f"{_COLLISIONS[error.sqlstate][0]}; trying again with fewer rows")
                budget.pause(0.1, 0.5)
            else:
                self._rows += len(keys)
                self._batches += 1
                return keys

    def _gave_up(self, error: psycopg.Error) -> Busy:
        what = _COLLISIONS[error.sqlstate or ""][1].format(wait=self._limits.wait_seconds)
        return Busy(
            f"a batch of backfill {self._backfill.name} {what}",
            detail=f"The server said: {error.diag.message_primary}. {self._rows} rows were changed and stay changed.",
            hint=f"avdaily-sql backfill {self._backfill.name}",
            sqlstate=error.sqlstate,
        )


def estimated_rows(conn: psycopg.Connection[Any], statements: batches.Statements, after: batches.Key | None) -> int:
    """Return how many rows the planner expects to remain; never counted, which would read them all."""
    query = statements.first if after is None else statements.following
    limit = query.rindex(" ORDER BY ")
    row = (
        psycopg.RawCursor(conn).execute(f"EXPLAIN (FORMAT JSON) {query[:limit]}".encode(), list(after or ())).fetchone()
    )
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0
