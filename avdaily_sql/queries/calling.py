"""A query's calls on one connection: written once as steps, driven for both kinds of connection.

Speed comes from cursors that are used again: psycopg keeps a cursor's conversions as long as it runs the same text.
Each query has its spare cursors on each connection; a call takes one out and puts it back only after it has its answer,
so that no other task of the same connection can read from it.
"""

from __future__ import annotations

import gc
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import JsonbDumper

from avdaily_sql.queries.definition import Definition, Operator
from avdaily_sql.queries.describing import describe
from avdaily_sql.queries.failures import explain
from avdaily_sql.queries.rows import Rows, first_column

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

    from psycopg.abc import PQGen

    from avdaily_sql.queries.batches import Rewriting

    # Yields what psycopg's methods return: answers on a Connection, awaitables on an AsyncConnection.
    Steps = Generator[Any, Any, Any]

# Where a connection keeps its calls: on the connection itself, so that both end together.
CALLS = "_avdaily_calls"
# So many calls at once on one connection, in a pipeline, find a cursor ready the next time.
_SPARE_CURSORS = 16
# From so many rows on, the garbage collector would look at all of them several times while they are made.
_MANY_ROWS = 500
# Rows in one network message of a stream, where libpq can (17 and later).
_CHUNK = 1000


class Query:
    """A definition with what is learnt of it at run time; the key of its calls on every connection."""

    __slots__ = ("definition", "rewriting", "rewritten", "row_factory")

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.rewriting = _rewriting(definition) if definition.operator is Operator.bulk else None
        self.rewritten: bytes | None = None
        scalar = definition.operator is Operator.scalar
        self.row_factory = first_column if scalar else Rows(definition).factory

    def connect(self, connection: Any) -> Call:
        """Return this query's calls on a connection, at its first use there.

        :raises TypeError: it is no connection of psycopg's.
        """
        kind = _kind(connection)
        if kind is None:
            raise TypeError(
                f"{self.definition.name}() takes a psycopg Connection or AsyncConnection first, "
                f"not {type(connection).__name__}"
            )
        call = kind(self, connection)
        connection.__dict__.setdefault(CALLS, {})[self] = call
        return call


def _rewriting(definition: Definition) -> Rewriting | None:
    # A start without any query for many rows need not compile its patterns.
    from avdaily_sql.queries.batches import find_rewriting

    return find_rewriting(definition)


def _kind(connection: Any) -> type[Call] | None:
    if isinstance(connection, psycopg.Connection):
        return SyncCall
    return AsyncCall if isinstance(connection, psycopg.AsyncConnection) else None


class Call:
    """One query on one connection."""

    __slots__ = ("_take", "connection", "definition", "query", "spare", "text")

    def __init__(self, query: Query, connection: Any) -> None:
        self.query = query
        self.definition = query.definition
        self.connection = connection
        self.text = query.definition.native
        self.spare: list[Any] = []
        self._take = _STEPS[query.definition.operator]

    cursor_class: type[Any]
    run: Callable[[PQGen[Any]], Any]

    def new_cursor(self) -> Any:
        """Return a cursor that sends ``$1`` as it stands, and a dict as jsonb."""
        cursor = self.cursor_class(self.connection, row_factory=self.query.row_factory)
        cursor.adapters.register_dumper(dict, JsonbDumper)
        return cursor


class SyncCall(Call):
    """On a Connection: the answer itself."""

    __slots__ = ()
    cursor_class = psycopg.RawCursor

    def run(self, steps: PQGen[Any]) -> Any:
        """Run a protocol exchange of psycopg's on the connection."""
        with self.connection.lock:
            return self.connection.wait(steps)

    def __call__(self, arguments: Any) -> Any:
        """Run the query to its answer."""
        steps = self._take(self, arguments)
        answer = None
        try:
            while True:
                answer = steps.send(answer)
        except StopIteration as end:
            return end.value
        except psycopg.Error as error:
            explain(error, self.definition)
            raise

    def stream(self, arguments: Any) -> Iterator[Any]:
        """Yield the rows as they arrive."""
        try:
            yield from self.new_cursor().stream(self.text, arguments, size=_chunk())
        except psycopg.Error as error:
            explain(error, self.definition)
            raise


class AsyncCall(Call):
    """On an AsyncConnection: an awaitable."""

    __slots__ = ()
    cursor_class = psycopg.AsyncRawCursor

    async def run(self, steps: PQGen[Any]) -> Any:
        """Run a protocol exchange of psycopg's on the connection."""
        async with self.connection.lock:
            return await self.connection.wait(steps)

    async def __call__(self, arguments: Any) -> Any:
        """Run the query to its answer."""
        steps = self._take(self, arguments)
        try:
            awaitable = steps.send(None)
            while True:
                try:
                    answer = await awaitable if awaitable is not None else None
                except BaseException as error:  # noqa: BLE001 (the steps see it where they stand, and raise it again)
                    awaitable = steps.throw(error)
                else:
                    awaitable = steps.send(answer)
        except StopIteration as end:
            return end.value
        except psycopg.Error as error:
            explain(error, self.definition)
            raise

    async def stream(self, arguments: Any) -> AsyncIterator[Any]:
        """Yield the rows as they arrive."""
        try:
            # Closed at once when the caller stops early: the query is cancelled then, not when memory is freed.
            async with aclosing(self.new_cursor().stream(self.text, arguments, size=_chunk())) as rows:
                async for row in rows:
                    yield row
        except psycopg.Error as error:
            explain(error, self.definition)
            raise


def _chunk() -> int:
    return _CHUNK if psycopg.capabilities.has_stream_chunked() else 1


def _one_row(call: Call, arguments: Any) -> Steps:
    """Give the first row or None: ``^``, ``$`` and ``<!``."""
    spare = call.spare
    cursor = spare.pop() if spare else call.new_cursor()
    yield cursor.execute(call.text, arguments)
    row = yield cursor.fetchone()
    count = cursor.rowcount
    if count < 2 and len(spare) < _SPARE_CURSORS:
        spare.append(cursor)
    if count != 1 and call.definition.directives.exactly_one:
        raise _wrong_count(count)
    return row


def _wrong_count(count: int) -> psycopg.Error:
    if count == 0:
        return psycopg.errors.NoDataFound("the query gave no row; exactly 1 is declared")
    return psycopg.errors.TooManyRows(f"the query gave {count} rows; exactly 1 is declared")


def _rows_affected(call: Call, arguments: Any) -> Steps:
    """Give the number of rows that a statement changed: ``!``."""
    spare = call.spare
    cursor = spare.pop() if spare else call.new_cursor()
    yield cursor.execute(call.text, arguments)
    yield from _arrive(cursor)
    if len(spare) < _SPARE_CURSORS:
        spare.append(cursor)
    return cursor.rowcount


def _arrive(cursor: Any) -> Steps:
    """Wait for the answer in a pipeline, where execute() only sends; psycopg has no public word for that."""
    if cursor.pgresult is None:
        yield cursor._fetch_pipeline()


def _all_rows(call: Call, arguments: Any) -> Steps:
    """Give the list of all rows; a fresh cursor, because a spare one would keep a large answer in memory."""
    cursor = call.new_cursor()
    yield cursor.execute(call.text, arguments)
    with _no_collection(cursor.rowcount):
        rows = yield cursor.fetchall()
    return rows


@contextmanager
def _no_collection(rows: int) -> Iterator[None]:
    """Pause the garbage collector while rows are made of an answer that is already here: none of them is garbage."""
    if rows < _MANY_ROWS or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _script(call: Call, _: Any) -> Steps:
    """Run statements without parameters in one message: ``#``."""
    cursor = call.new_cursor()
    yield cursor.execute(call.text)


def _batch(call: Call, rows: Any) -> Steps:
    """Run the statement for each row, as one over arrays where its form allows; give the rows affected: ``*!``."""
    from avdaily_sql.queries.batches import as_tuples

    given = as_tuples(call.definition, rows)
    if not given:
        return 0
    if call.connection.pgconn.pipeline_status:
        return (yield from _pipelined(call, given))
    text = yield from _text_with_arrays(call)
    cursor = call.new_cursor()
    if text is not None:
        try:
            yield cursor.execute(text, [list(column) for column in zip(*given, strict=True)])
        except psycopg.DataError as error:
            # Without a state it is psycopg's own: values of several types are no array. Nothing was sent.
            if error.sqlstate is not None:
                raise
        else:
            return cursor.rowcount
    yield cursor.executemany(call.text, given)
    return cursor.rowcount


def _pipelined(call: Call, given: list[tuple[Any, ...]]) -> Steps:
    cursors = [call.new_cursor() for _ in given]
    for cursor, row in zip(cursors, given, strict=True):
        yield cursor.execute(call.text, row)
    affected = 0
    for cursor in cursors:
        yield from _arrive(cursor)
        affected += cursor.rowcount
    return affected


def _text_with_arrays(call: Call) -> Steps:
    """Give the rewritten statement, None when there is none; the types of its arrays are asked once."""
    query, connection = call.query, call.connection
    # Without prepared statements a pooler may answer the two questions of a describe from different sessions.
    if query.rewriting is None or connection.prepare_threshold is None:
        return None
    if query.rewritten is None:
        description = yield call.run(describe(connection.pgconn, call.text))
        types = [connection.adapters.types.get(oid) for oid in description.parameters]
        # A type that psycopg does not know cannot be named; an array of arrays would be taken apart whole.
        if any(found is None or found.oid != oid for found, oid in zip(types, description.parameters, strict=True)):
            query.rewriting = None
            return None
        query.rewritten = query.rewriting.native([found.regtype for found in types])
    return query.rewritten


_STEPS: dict[Operator, Callable[[Call, Any], Steps]] = {
    Operator.one: _one_row,
    Operator.scalar: _one_row,
    Operator.returning: _one_row,
    Operator.affected: _rows_affected,
    Operator.many: _all_rows,
    Operator.script: _script,
    Operator.bulk: _batch,
}
