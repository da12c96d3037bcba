"""One file, statement by statement, in a scratch database; between the statements the catalogs are looked at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import database
from avdaily_sql.migrations import statements
from avdaily_sql.migrations.execution import FileFailed, Segment, copy_data, locate
from avdaily_sql.migrations.session import Session, StatementFailed, Watch
from avdaily_sql.migrations.tracing import scene, server_wide
from avdaily_sql.migrations.tracing.gates import Gates
from avdaily_sql.migrations.tracing.report import Scan, TakenLock, TracedFile, TracedStatement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.errors import Location
    from avdaily_sql.migrations.performer import Operation

# "cannot run inside a transaction block", and a procedure that commits.
_NEEDS_NO_TRANSACTION = frozenset({"25001", "2D000"})
# What of that stays inside its database, by its first words. All else, such as CREATE DATABASE, is not run.
_OF_ONE_DATABASE = (
    ("CREATE", "INDEX"),
    ("CREATE", "UNIQUE", "INDEX"),
    ("DROP", "INDEX"),
    ("REINDEX",),
    ("VACUUM",),
    ("CLUSTER",),
    ("ALTER", "TABLE"),
    ("ALTER", "TYPE"),
    ("CALL",),
    ("DO",),
)
_LOOK_EVERY_SECONDS = 0.002
_SHOWN = 100


class ServerWide(Exception):
    """A statement would change what the whole server has; it was not committed."""

    def __init__(self, location: Location) -> None:
        super().__init__(str(location))
        self.location = location


class _Moment(NamedTuple):
    """What there is before or after a statement."""

    relations: scene.Relations
    locks: scene.Locks
    scans: scene.Scans


class _Run(NamedTuple):
    """How a statement went."""

    rows: int | None
    duration_ms: float


class Walker:
    """The session in a scratch database in which files are run; ``made_roles`` are new in the whole server."""

    def __init__(self, url: str, schema: str, history_schema: str) -> None:
        self._url = url
        self._history_schema = history_schema
        self._conn = database.connect(url, prepare_threshold=None)
        self._observer = database.connect(url, prepare_threshold=None)
        self._pid = self._conn.info.backend_pid
        self._session = Session(self._conn)
        self._session.configure(schema)
        self._observer.execute(self._session.pristine.encode())
        self._known: scene.Relations = {}
        self.made_roles: set[str] = set()

    def close(self) -> None:
        """End the session; what is not committed is gone."""
        self._conn.close()
        self._observer.close()

    def walk(self, operation: Operation) -> TracedFile:
        """Run a file and commit it, and say what each statement did; those that were done before are left out.

        :raises Failed: a statement was refused.
        :raises ServerWide: it would change the whole server.
        """
        self._session.exchange(f"BEGIN; {statements.reset(self._session.pristine)} COMMIT".encode())
        self._known = scene.relations(self._observer, self._history_schema)
        walk = self._in_one_transaction if operation.transactional else self._one_by_one
        done = {row.statement for row in operation.done if row.finished}
        try:
            traced = [step for number, step in enumerate(walk(operation), start=1) if number not in done]
        except (FileFailed, StatementFailed) as error:
            raise _failed(operation, error) from None
        return TracedFile(operation.id, operation.transactional, tuple(traced))

    def _in_one_transaction(self, operation: Operation) -> Iterator[TracedStatement]:
        self._session.exchange(b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        for number in range(len(operation.file.statements)):
            yield self._inside(operation, number)
        self._session.exchange(b"SET CONSTRAINTS ALL IMMEDIATE")
        self._commit(operation, 0)

    def _one_by_one(self, operation: Operation) -> Iterator[TracedStatement]:
        for number in range(len(operation.file.statements)):
            self._session.exchange(b"BEGIN")
            try:
                traced = self._inside(operation, number)
            except FileFailed as error:
                self._session.roll_back()
                if error.failure.sqlstate not in _NEEDS_NO_TRANSACTION:
                    raise
                yield self._gated(operation, number)
            else:
                self._commit(operation, number)
                yield traced

    def _inside(self, operation: Operation, number: int) -> TracedStatement:
        """Run one statement in the open transaction, which then still has its locks."""
        before = self._moment()
        run = self._run(operation, number)
        return _traced(operation, number, run, self._what(operation, number, before, self._moment()))

    def _moment(self) -> _Moment:
        return _Moment(
            scene.relations(self._conn, self._history_schema),
            scene.locks(self._conn, self._pid),
            scene.scans_of_transaction(self._conn),
        )

    def _gated(self, operation: Operation, number: int) -> TracedStatement:
        """Run one statement that commits by itself, held at each of its locks."""
        words = operation.file.statements[number].keywords
        if not any(words[: len(known)] == known for known in _OF_ONE_DATABASE):
            raise ServerWide(operation.file.location(operation.file.statements[number].start))
        before = self._moment_outside(set())
        tables = {relation.oid for relation in before.relations.values() if relation.kind in "rp"}
        with Gates(self._url, self._pid, tables) as gates:
            self._session.watch = Watch(gates.look, _LOOK_EVERY_SECONDS)
            try:
                run = self._run(operation, number)
            finally:
                self._session.watch = None
            seen = gates.seen
        return _traced(operation, number, run, self._what(operation, number, before, self._moment_outside(seen)))

    def _moment_outside(self, locks: scene.Locks) -> _Moment:
        scans = scene.scans_of_all(self._conn, self._observer)
        return _Moment(scene.relations(self._observer, self._history_schema), locks, scans)

    def _run(self, operation: Operation, number: int) -> _Run:
        statement = operation.file.statements[number]
        segment = Segment(statement.start, statement.end, number, number, statement.copy)
        started = time.monotonic()
        try:
            self._session.send(operation.file.text[statement.start : statement.end])
            last = self._session.receive(copy_data(operation.file, statement.copy)).last
        except StatementFailed as failure:
            raise FileFailed(failure, locate(operation.file, segment, failure, (0, 0))) from None
        rows = None if last is None else last.command_tuples
        return _Run(rows, round((time.monotonic() - started) * 1000, 1))

    def _what(self, operation: Operation, number: int, before: _Moment, after: _Moment) -> _Work:
        truncates = operation.file.statements[number].keywords[:1] == ("TRUNCATE",)
        return _Work(
            tuple(TakenLock(*each) for each in scene.taken(before.locks, after.locks, self._known)),
            () if truncates else tuple(scene.rewritten(before.relations, after.relations, self._known)),
            tuple(Scan(*each) for each in scene.scanned(before.scans, after.scans, self._known)),
            () if truncates else tuple(scene.built(before.relations, after.relations, self._known)),
        )

    def _commit(self, operation: Operation, number: int) -> None:
        catalogs = server_wide.written(self._conn)
        if catalogs:
            made = server_wide.made_roles(self._conn, self._observer, catalogs)
            if made is None:
                self._session.roll_back()
                raise ServerWide(operation.file.location(operation.file.statements[number].start))
            self.made_roles |= made
        self._session.exchange(b"COMMIT")


class _Work(NamedTuple):
    """What a statement did to the relations that were there."""

    locks: tuple[TakenLock, ...]
    rewrites: tuple[str, ...]
    scans: tuple[Scan, ...]
    index_builds: tuple[str, ...]


def _traced(operation: Operation, number: int, run: _Run, work: _Work) -> TracedStatement:
    statement = operation.file.statements[number]
    line = operation.file.location(statement.start).line or 0
    text = operation.file.text[statement.start : statement.end][: 4 * _SHOWN].decode("utf-8", "replace")
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return TracedStatement(line, shown, *work, rows=run.rows, duration_ms=run.duration_ms)


def _failed(operation: Operation, error: FileFailed | StatementFailed) -> Exception:
    failed = statements.failed(operation, error)
    told = (failed.detail or "").removesuffix(statements.outcome(operation)).strip()
    failed.detail = f"{told} It was run on a scratch copy; the live database was not touched.".strip()
    return failed
