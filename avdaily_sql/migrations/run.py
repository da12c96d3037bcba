"""The session of one command: connected, looked at, and locked when something is to be changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from avdaily_sql.migrations import history, preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.migrations.history import History
    from avdaily_sql.migrations.observer import Observer
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.performer import Performer
    from avdaily_sql.sqltree import SqlTree


class Run:
    """One connection to one database, and what is known of it."""

    def __init__(self, url: str, tree: SqlTree, options: Options, observer: Observer) -> None:
        """Connect and look; nothing is changed and no lock is taken."""
        self.url = url
        self.tree = tree
        self.options = options
        self.observer = observer
        self.history_schema = history.schema_for(options.schema)
        self.warnings: list[str] = []
        self.conn, self.facts = preflight.connect(url, options.schema, self.history_schema)
        self.conn.add_notice_handler(lambda notice: observer.notice(f"{notice.severity}: {notice.message_primary}"))

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.conn.close()

    def read_history(self) -> History:
        """Return the history; an empty one where there is none yet.

        :raises Drift: it cannot be understood.
        """
        preflight.require_readable_history(self.facts, self.options.schema, self.history_schema)
        if not self.facts.has_history:
            return history.History()
        with self.understood():
            return history.read(self.conn, self.history_schema)

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Read tables of the history in the block; what is wrong with them is an error of ours.

        :raises Refused: the role may not read them.
        :raises Drift: they are not as they were made.
        """
        try:
            yield
        except psycopg.errors.InsufficientPrivilege:
            what = f"SELECT ON ALL TABLES IN SCHEMA {self.history_schema}"
            raise preflight.missing_right(self.facts, f'schema "{self.history_schema}" cannot be read', what) from None
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            raise preflight.not_whole(self.history_schema, str(error.diag.message_primary or error)) from None

    @contextmanager
    def locked(self) -> Iterator[Performer]:
        """Hold the runner's lock for the block, which is given what performs operations.

        :raises Refused: the role may not migrate.
        :raises Busy: somebody else holds the lock for longer than this run may wait.
        """
        from avdaily_sql.migrations import lock, performer, rights

        rights.require_rights(self)
        budget = lock.Budget(self.options.wait_seconds)
        with (
            performer.Performer(self, budget) as ready,
            lock.held(self.conn, self.history_schema, budget, self.observer),
        ):
            if self.options.after_lock is not None:
                self.options.after_lock(self.conn)
            # What was seen before the lock may have changed while we waited for it.
            self.look()
            yield ready

    def look(self) -> None:
        """Look around again."""
        self.facts = preflight.look(self.conn, self.options.schema, self.history_schema)

    def warn(self, text: str) -> None:
        """Tell something that a person should see, now and in the result."""
        self.warnings.append(text)
        self.observer.warning(text)
