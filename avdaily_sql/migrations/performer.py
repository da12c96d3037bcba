"""How a single migration is performed: run, recorded, tried again when a lock was not to be had, and given up."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

from avdaily_sql import database
from avdaily_sql.errors import AvDailyError, Busy, Failed
from avdaily_sql.migrations import history, identity, lock, statements
from avdaily_sql.migrations.execution import Body, Ending, FileFailed, Sequel
from avdaily_sql.migrations.session import ConnectionLost, Session, StatementFailed, Watch
from avdaily_sql.output import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from avdaily_sql.migrations.engine import SafeBackend
    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.migrations.history import Progress
    from avdaily_sql.migrations.lock import Budget
    from avdaily_sql.migrations.observer import Holder
    from avdaily_sql.migrations.run import Run

# A lock was not to be had in time, or two sessions waited for each other: nothing is wrong with the file.
_RETRIED = frozenset({"55P03", "40P01"})
_PAUSE_SECONDS = (0.1, 0.5)


class Operation(NamedTuple):
    """One file to run: forwards (``apply``), backwards (``rollback``), or a repeatable one (``repeat``).

    :param done: the statements that an earlier run completed.
    :param before: a sentence on what stays applied, should it fail.
    :param instead_of: what is undone first, in the same transaction.
    :param note: a statement that is committed with the mark.
    """

    name: str
    id: str
    file: SqlFile
    transactional: bool
    checksums_of: SqlFile | None
    done: tuple[Progress, ...] = ()
    before: str = ""
    instead_of: Operation | None = None
    note: str = ""


class UndoFailed(FileFailed):
    """The rollback that was to be run first was refused."""

    def __init__(self, error: FileFailed, operation: Operation) -> None:
        super().__init__(error.failure, error.location)
        self.operation = operation


class Performed(NamedTuple):
    """How long the committed attempt took, in milliseconds, and how many attempts it took to get there."""

    duration_ms: int
    attempts: int


class Performer:
    """Performs operations in the session of a run, which holds the lock."""

    def __init__(self, run: Run, budget: Budget) -> None:
        """:param budget: the time that may be spent waiting for locks; the run's own lock counts, too."""
        self.run = run
        self.budget = budget
        self.session = Session(run.conn)
        self.session.configure(run.options.schema)
        self.history_schema = run.history_schema
        self._lookout = Lookout(run.url, run.facts.pid)

    def __enter__(self) -> Performer:
        return self

    def __exit__(self, *_: object) -> None:
        self._lookout.close()

    @cached_property
    def backend(self) -> SafeBackend:
        """Return yoyo's backend on our session; imports yoyo, so the first file is sent to the server before."""
        from avdaily_sql.migrations.engine import SafeBackend

        return SafeBackend(self.session, self.history_schema, identity.identify(self.run.tree.migrations))

    def create_history(self) -> None:
        """Make the history's tables if this is the first run.

        :raises Failed: the server refused it; nothing was made.
        """
        if self.run.facts.has_history:
            return
        creation = history.creation(self.history_schema, schema_exists=self.run.facts.history_schema_exists)
        try:
            self.session.exchange(creation.encode())
        except StatementFailed as failure:
            self.session.roll_back()
            raise Failed(
                f'could not create the history in schema "{self.history_schema}": {failure.message}',
                detail="Nothing was applied.",
                sqlstate=failure.sqlstate,
            ) from None
        except BaseException:
            self.session.abandon()
            raise

    def perform(self, operation: Operation) -> Performed:
        """Run one file, commit it together with its record, and say how long it took.

        :raises Failed: the server refused a statement; a transactional file left nothing behind.
        :raises Busy: locks were not to be had within the time that this run may wait.
        """
        attempt = 0
        self._lookout.seen = ()
        while True:
            attempt += 1
            started = time.monotonic()
            try:
                duration_ms = self._attempt(operation, attempt)
            except (FileFailed, StatementFailed) as error:
                self.session.roll_back()
                self._judge(operation, attempt, error, time.monotonic() - started)
            except ConnectionLost as error:
                raise self._lost(operation, error) from None
            except BaseException:
                self._stop(operation, started)
                raise
            else:
                return Performed(round(duration_ms), attempt)

    def _attempt(self, operation: Operation, attempt: int) -> float:
        """Run, record and commit; return how long that took, in milliseconds."""
        timeout_ms = self.lock_timeout_ms(operation.file)
        self.session.watch = Watch(self._lookout.look, min(1.0, max(0.05, timeout_ms / 3000)))
        try:
            if operation.transactional:
                return self._attempt_whole(operation, attempt, timeout_ms)
            from avdaily_sql.migrations import stepwise

            return self._record(operation, attempt, lambda: stepwise.run(self, operation))
        finally:
            self.session.watch = None

    def _attempt_whole(self, operation: Operation, attempt: int, timeout_ms: int) -> float:
        settings = statements.timeouts(timeout_ms, operation.file.directives.statement_timeout_ms)
        if operation.instead_of is not None:
            self._undo(operation.instead_of, attempt, settings)
        body = (Sequel if operation.instead_of else Body)(self.session, operation.file, *settings)
        body.start()

        def finish() -> Ending:
            finished = body.finish()
            if self.session.status != TransactionStatus.INTRANS:
                raise Failed(f"{operation.id} ended the transaction that it runs in")
            text = statements.ending(self.session.pristine, self.history_schema, finished.transaction)
            return Ending(text + operation.note, finished.duration_ms)

        return self._record(operation, attempt, finish)

    def _undo(self, operation: Operation, attempt: int, settings: list[str]) -> None:
        """Run and record a rollback, and leave its transaction open."""
        from avdaily_sql.migrations.engine import Details, SafeMigration

        body = Body(self.session, operation.file, *settings)
        body.start()
        try:
            finished = body.finish()
        except FileFailed as error:
            raise UndoFailed(error, operation) from None
        if self.session.status != TransactionStatus.INTRANS:
            raise Failed(f"the rollback of {operation.id} ended the transaction that it runs in")
        details = Details(len(operation.file.statements), operation.transactional, attempt, operation.checksums_of)
        migration = SafeMigration(operation.id, lambda: Ending("", 0), details)
        migration.duration_ms = finished.duration_ms
        backend = self.backend
        with backend.one_message() as message:
            message.append(statements.ending(self.session.pristine, self.history_schema, finished.transaction))
            backend.unmark_one(migration, log=False)
            backend.log_migration(migration, "rollback")

    def _record(self, operation: Operation, attempt: int, run: Callable[[], Ending]) -> float:
        """Hand the file to yoyo's backend, which runs it and commits it with its mark."""
        from avdaily_sql.migrations.engine import Details, SafeMigration

        if operation.checksums_of is not None:
            # Here the server is at work on the file: time for what its record needs, and for the import above.
            _ = operation.checksums_of.token_checksum
        details = Details(len(operation.file.statements), operation.transactional, attempt, operation.checksums_of)
        migration = SafeMigration(operation.id, run, details)
        backend = self.backend
        if operation.name == "apply":
            backend.apply_one(migration)
        elif operation.name == "repeat":
            backend.repeat_one(migration)
        else:
            backend.rollback_one(migration)
        return migration.duration_ms

    def lock_timeout_ms(self, file: SqlFile) -> int:
        """Return how long a statement may wait for a lock: what the file or the run says, within the run's budget."""
        own = file.directives.lock_timeout_ms
        wanted = self.run.options.lock_timeout_ms if own is None else own
        left = max(1, int(self.budget.remaining_seconds * 1000))
        return min(wanted, left) if wanted else left

    def _judge(
        self, operation: Operation, attempt: int, error: FileFailed | StatementFailed, spent_seconds: float
    ) -> None:
        """Return to try again, or raise the final error."""
        failure = error.failure if isinstance(error, FileFailed) else error
        if failure.sqlstate not in _RETRIED:
            undone = error.operation if isinstance(error, UndoFailed) else operation
            raise statements.failed(undone, error)
        self.budget.spent_seconds += spent_seconds
        if self.budget.remaining_seconds <= 0:
            raise self._gave_up(operation, attempt, error)
        self.run.observer.retrying(operation.id, attempt + 1, self._lookout.seen)
        self.budget.pause(*_PAUSE_SECONDS)

    def _gave_up(self, operation: Operation, attempts: int, error: FileFailed | StatementFailed) -> Busy:
        times = counted(attempts, "attempt")
        seen = "; ".join(map(str, self._lookout.seen)) or "a session that is gone by now"
        return Busy(
            f"{operation.id} did not get its locks in {self.budget.total_seconds:g} s ({times})",
            detail=f"Blocked by {seen}. {statements.outcome(operation)}",
            hint="Wait for that session to end, or end it, or give --wait a longer time.",
            location=error.location if isinstance(error, FileFailed) else None,
        )

    def _lost(self, operation: Operation, error: ConnectionLost) -> AvDailyError:
        return Failed(
            f"{error.message} during {operation.id}",
            detail=f"{error.detail or ''} Its file and its mark were committed together, or not at all.".strip(),
            hint=error.hint,
        )

    def _stop(self, operation: Operation, started: float) -> None:
        """End what runs after an interruption; if it came during the commit, tell what was committed."""
        self.session.abandon()
        if self.session.conn.closed or operation.instead_of is not None or operation.name == "repeat":
            return
        known = self.run.read_history()
        if any(record.id == operation.id for record in known.records) == (operation.name == "apply"):
            tell = self.run.observer.applied if operation.name == "apply" else self.run.observer.rolled_back
            tell(operation.id, _milliseconds(started))


def _milliseconds(since: float) -> int:
    return round((time.monotonic() - since) * 1000)


class Lookout:
    """A second connection that looks who blocks the run; opened only when a statement takes its time."""

    def __init__(self, url: str, pid: int) -> None:
        self._url = url
        self._pid = pid
        self._conn: psycopg.Connection[Any] | None = None
        self._is_blind = False
        self.seen: tuple[Holder, ...] = ()

    def look(self) -> None:
        """Remember who blocks the run at this moment, if anybody does."""
        if self._is_blind:
            return
        try:
            if self._conn is None:
                self._conn = database.connect(self._url)
            self.seen = lock.blockers(self._conn, self._pid) or self.seen
        except (psycopg.Error, AvDailyError):
            # The server may have no connection left for us; the run itself does not depend on it.
            self._is_blind = True

    def close(self) -> None:
        """Close the second connection if there is one."""
        if self._conn is not None:
            self._conn.close()
