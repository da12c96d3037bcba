"""When a backfill holds back: replicas that lag, sessions that wait for locks, batches that take long."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

_POSITIONS = """
    SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint,
      coalesce(nullif(application_name, ''), client_addr::text, pid::text),
      pg_catalog.pg_wal_lsn_diff(replay_lsn, '0/0')::bigint
    FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_stat_replication ON replay_lsn IS NOT NULL"""
_WAITING = """
    SELECT count(*) FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_catalog.pg_backend_pid()"""
_LOOK_AGAIN_SECONDS = 0.5
_SHORTEST, _LONGEST_SECONDS = 0.01, 2.0


class Pace:
    """How large the next batch is, and how long to wait before it.

    :param most: the most rows of a batch.
    :param seconds: how long a batch should take.
    :param load: the share of the time that batches may run, above 0 and at most 1.
    """

    def __init__(self, most: int, seconds: float, load: float) -> None:
        self.most = most
        self.rows = min(most, 100)
        self._seconds = seconds
        self._load = load

    def took(self, seconds: float) -> float:
        """Take how long a batch took; return how long to rest before the next."""
        if seconds > self._seconds:
            self.rows = max(1, int(self.rows * max(0.5, self._seconds / seconds)))
        elif seconds < self._seconds / 2:
            self.rows = min(self.most, self.rows * 2)
        return min(_LONGEST_SECONDS, max(_SHORTEST, seconds) * (1 / self._load - 1)) if self._load < 1 else 0.0

    def collided(self) -> None:
        """Take that somebody waits for a lock: go on with half the rows."""
        self.rows = max(1, self.rows // 2)


class Replicas:
    """How far replicas are behind, by what they have replayed of what was written since this run began.

    The server's own ``replay_lag`` keeps its last value when a replica stops replaying, and would say nothing. Without
    the right to see replicas (pg_monitor) there are none.
    """

    def __init__(self, conn: psycopg.Connection[Any], most_seconds: float) -> None:
        self._conn = conn
        self._most_seconds = most_seconds
        # When the primary had written how much, oldest first.
        self._written: deque[tuple[float, int]] = deque()

    def wait(self, told: Callable[[str], None]) -> None:
        """Wait until no replica is further behind than it may be."""
        while True:
            name, seconds = self._furthest_behind(time.monotonic())
            if seconds <= self._most_seconds:
                return
            told(f"waiting for replica {name}, {seconds:.0f} s behind")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _furthest_behind(self, now: float) -> tuple[str, float]:
        rows = self._conn.execute(_POSITIONS).fetchall()
        replayed = {name: position for _, name, position in rows if position is not None}
        if not replayed:
            return "", 0.0
        written: int = rows[0][0]
        if not self._written or self._written[-1][1] < written:
            self._written.append((now, written))
        slowest = min(replayed, key=lambda name: replayed[name])
        while self._written and self._written[0][1] <= replayed[slowest]:
            self._written.popleft()
        return slowest, now - self._written[0][0] if self._written else 0.0


def sessions_waiting(conn: psycopg.Connection[Any]) -> int:
    """Return how many sessions of this database wait for a lock at this moment, whoever holds it."""
    row = conn.execute(_WAITING).fetchone()
    return int(row[0]) if row else 0
