"""Gates: they hold a statement that commits by itself at each lock it asks for, long enough for its locks to be seen.

CREATE INDEX CONCURRENTLY and its like cannot run in a transaction that is looked at before it ends. So another session
holds a lock on every table, and has a snapshot; as soon as the statement waits for it, its locks are noted, a new gate
is opened behind it, and the old one is taken away. Gates themselves never wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql import database
from avdaily_sql.migrations.tracing import scene

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    import psycopg

# SHARE is in the way of all that writes and lets the next gate in; where somebody waits already, whatever is to be had.
# To plan a query takes the indexes' locks, too.
_CLOSE = """
SET LOCAL lock_timeout = '20ms';
DO $$
DECLARE
  target oid;
  wanted text;
BEGIN
  FOREACH target IN ARRAY '{tables}'::oid[] LOOP
    FOREACH wanted IN ARRAY ARRAY['SHARE', 'ACCESS SHARE'] LOOP
      BEGIN
        EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN %s MODE NOWAIT', target::pg_catalog.regclass, wanted);
        EXECUTE pg_catalog.format('EXPLAIN SELECT FROM ONLY %s', target::pg_catalog.regclass);
        EXIT;
      EXCEPTION WHEN lock_not_available OR undefined_table OR syntax_error THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
END $$
"""
_WAITS_FOR = "SELECT pg_catalog.pg_blocking_pids(%s)"
# Each table may be asked for more than once; behind that the statement goes on unseen rather than not at all.
_ROUNDS_PER_TABLE = 4


class Gates:
    """Watches one session while it runs one statement; ``seen`` has the locks."""

    def __init__(self, url: str, pid: int, tables: Collection[int]) -> None:
        """:param tables: the oids of the tables to hold."""
        self._url = url
        self._pid = pid
        self._tables = sorted(tables)
        self._rounds = 10 + _ROUNDS_PER_TABLE * len(self._tables)
        self._observer = database.connect(url)
        self._gate: psycopg.Connection[Any] | None = None
        self.seen: scene.Locks = set()

    def __enter__(self) -> Gates:
        self._gate = self._close()
        return self

    def __exit__(self, *_: object) -> None:
        for conn in (self._gate, self._observer):
            if conn is not None:
                conn.close()

    def look(self) -> None:
        """Note the locks of the session; let it go on if it waits for the gate."""
        self.seen |= scene.locks(self._observer, self._pid)
        gate = self._gate
        if gate is None:
            return
        row = self._observer.execute(_WAITS_FOR, (self._pid,)).fetchone()
        if row and gate.info.backend_pid in row[0]:
            # It waits since before this look, or the lock is noted by the next one.
            self.seen |= scene.locks(self._observer, self._pid)
            self._rounds -= 1
            self._gate = self._close() if self._rounds > 0 else None
            gate.close()

    def _close(self) -> psycopg.Connection[Any]:
        conn = database.connect(self._url)
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        conn.execute("SELECT 1")
        conn.execute(_CLOSE.format(tables="{" + ",".join(map(str, self._tables)) + "}").encode())
        return conn
