"""Connections for an application: one, or a pool; a transaction that is tried again; the user on whose behalf it is.

Everything is psycopg's and psycopg_pool's own; these functions only say what this database needs. Several hosts, a
failover or a read replica are a matter of the URL:
``postgresql://app@one,two/avdaily?target_session_attrs=read-write``, or ``prefer-standby`` for reports.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from avdaily_sql.database import connection_error
from avdaily_sql.errors import UsageError
from avdaily_sql.settings import normalise_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from uuid import UUID

    from psycopg.rows import TupleRow
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

    Where = psycopg.Connection[Any] | ConnectionPool[Any]
    AsyncWhere = psycopg.AsyncConnection[Any] | AsyncConnectionPool[Any]

T = TypeVar("T")
# The server ended the transaction so that another one could go on: the same work may well succeed now.
RETRYABLE = frozenset({"40001", "40P01"})
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 1.0
# A pooler in transaction mode keeps this one setting for each of its clients.
_UTC = "SET timezone TO 'UTC'"
# So many statements stay prepared on a connection; psycopg's own hundred is less than there are queries.
_PREPARED_STATEMENTS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a connection behaves; what the URL says wins.

    ``transaction_pooling``: a pooler such as PgBouncer in transaction mode stands between. Then nothing is prepared and
    the timeouts are the pooler's or the role's, because a session is nobody's own there.
    """

    application_name: str = "avdaily"
    connect_timeout_s: int = 10
    statement_timeout_ms: int = 30_000
    idle_in_transaction_timeout_ms: int = 60_000
    transaction_pooling: bool = False


_DEFAULT = Behaviour()


def connect(url: str | None = None, behaviour: Behaviour = _DEFAULT) -> psycopg.Connection[TupleRow]:
    """Open one connection; transactions begin with the first statement, as psycopg does it.

    :param url: without it ``DATABASE_URL``.
    :raises Failed: no server there, wrong password, no such database: one line with what to do.
    """
    target = _url(url)
    try:
        connection = psycopg.connect(target, **_arguments(target, behaviour))
        _configure(connection, behaviour)
        connection.execute(_UTC)
        connection.commit()
    except psycopg.Error as error:
        raise connection_error(error, target) from None
    return connection


def pool(
    url: str | None = None, behaviour: Behaviour = _DEFAULT, *, min_size: int = 2, max_size: int = 10
) -> ConnectionPool[psycopg.Connection[TupleRow]]:
    """Return a pool, to be opened by ``with``; a connection that has died is replaced before it is given out.

    :param url: without it ``DATABASE_URL``.
    """
    from psycopg_pool import ConnectionPool

    target = _url(url)

    def configure(connection: psycopg.Connection[TupleRow]) -> None:
        _configure(connection, behaviour)
        connection.execute(_UTC)
        connection.commit()

    return ConnectionPool(
        target,
        kwargs=_arguments(target, behaviour),
        min_size=min_size,
        max_size=max_size,
        check=ConnectionPool.check_connection,
        configure=configure,
        open=False,
    )


def async_pool(
    url: str | None = None, behaviour: Behaviour = _DEFAULT, *, min_size: int = 2, max_size: int = 10
) -> AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]:
    """Return the same pool for asyncio, to be opened by ``async with``.

    :param url: without it ``DATABASE_URL``.
    """
    from psycopg_pool import AsyncConnectionPool

    target = _url(url)

    async def configure(connection: psycopg.AsyncConnection[TupleRow]) -> None:
        _configure(connection, behaviour)
        await connection.execute(_UTC)
        await connection.commit()

    return AsyncConnectionPool(
        target,
        kwargs=_arguments(target, behaviour),
        min_size=min_size,
        max_size=max_size,
        check=AsyncConnectionPool.check_connection,
        configure=configure,
        open=False,
    )


def _url(url: str | None) -> str:
    found = url or os.environ.get("DATABASE_URL")
    if not found:
        raise UsageError(
            "no database is named", hint="Set DATABASE_URL, for example to what this prints: avdaily-sql db url"
        )
    return normalise_url(found)


def _arguments(url: str, behaviour: Behaviour) -> dict[str, Any]:
    """Return what is added to a URL that does not say it itself."""
    arguments: dict[str, Any] = {
        "application_name": behaviour.application_name,
        "connect_timeout": behaviour.connect_timeout_s,
    }
    if not behaviour.transaction_pooling:
        # From the first moment on, and without a round trip; a pooler would refuse or share them.
        arguments["options"] = (
            f"-c statement_timeout={behaviour.statement_timeout_ms}"
            f" -c idle_in_transaction_session_timeout={behaviour.idle_in_transaction_timeout_ms}"
        )
    given = psycopg.conninfo.conninfo_to_dict(url)
    return {name: value for name, value in arguments.items() if name not in given}


def _configure(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], behaviour: Behaviour) -> None:
    connection.prepare_threshold = None if behaviour.transaction_pooling else 5
    connection.prepared_max = _PREPARED_STATEMENTS


@overload
def transaction(where: Where, work: Callable[[psycopg.Connection[Any]], T], *, attempts: int = 5) -> T: ...
@overload
def transaction(
    where: AsyncWhere, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]], *, attempts: int = 5
) -> Awaitable[T]: ...
def transaction(where: Any, work: Callable[[Any], Any], *, attempts: int = 5) -> Any:
    """Do some work in a transaction, and do it again if the server ended it for another one's sake.

    That is a serialization failure (40001) or a deadlock (40P01); before each new attempt comes a pause of a random
    length, so that two do not meet again. The work must have no effect outside the database. In a transaction that has
    begun already it is done once: only the whole of a transaction can be repeated.

    :param where: a connection, or a pool to take one from; for an asynchronous one this is an awaitable.
    :param work: given the connection; what it returns is returned.
    :raises psycopg.Error: the last failure, when no attempt succeeded.
    """
    is_async = hasattr(where, "__aenter__")
    return _transaction_async(where, work, attempts) if is_async else _transaction_sync(where, work, attempts)


def _transaction_sync(where: Any, work: Callable[[Any], T], attempts: int) -> T:
    attempt = 1
    while True:
        try:
            with _taken(where) as connection:
                attempts = _allowed(connection, attempts)
                with connection.transaction():
                    return work(connection)
        except psycopg.Error as error:
            if not _may_retry(error, attempt, attempts):
                raise
        time.sleep(_pause_s(attempt))
        attempt += 1


async def _transaction_async(where: Any, work: Callable[[Any], Awaitable[T]], attempts: int) -> T:
    attempt = 1
    while True:
        try:
            async with _taken_async(where) as connection:
                attempts = _allowed(connection, attempts)
                async with connection.transaction():
                    return await work(connection)
        except psycopg.Error as error:
            if not _may_retry(error, attempt, attempts):
                raise
        await asyncio.sleep(_pause_s(attempt))
        attempt += 1


@contextmanager
def _taken(where: Any) -> Iterator[psycopg.Connection[Any]]:
    if isinstance(where, psycopg.Connection):
        yield where
    else:
        with where.connection() as connection:
            yield connection


@asynccontextmanager
async def _taken_async(where: Any) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    if isinstance(where, psycopg.AsyncConnection):
        yield where
    else:
        async with where.connection() as connection:
            yield connection


def _allowed(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], attempts: int) -> int:
    return attempts if connection.info.transaction_status == TransactionStatus.IDLE else 1


def _may_retry(error: psycopg.Error, attempt: int, attempts: int) -> bool:
    return error.sqlstate in RETRYABLE and attempt < attempts


def _pause_s(attempt: int) -> float:
    """Return a random pause; on average it doubles with each attempt."""
    return random.uniform(0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt))  # noqa: S311 (no secret)


class as_user:  # noqa: N801 (it is used like a function)
    """Act on behalf of a user for the length of a block: ``with as_user(conn, user_id):``, or ``async with``.

    The block is a transaction, or a savepoint in one that has begun. The audit log names the user, and functions that
    ask who acts compare with it. Behind the block it is as before.
    """

    def __init__(
        self, connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], user_id: UUID | None
    ) -> None:
        self._connection: Any = connection
        self._user_id = user_id
        self._before = ""
        self._transaction: Any = None

    def __enter__(self) -> None:
        self._transaction = self._connection.transaction()
        self._transaction.__enter__()
        self._before = _actor(self._connection.execute(_READ_ACTOR).fetchone())
        self._connection.execute(_set_actor(str(self._user_id or "")))

    def __exit__(self, *exception: object) -> bool | None:
        if exception[0] is None:
            self._connection.execute(_set_actor(self._before))
        ended: bool | None = self._transaction.__exit__(*exception)
        return ended

    async def __aenter__(self) -> None:
        self._transaction = self._connection.transaction()
        await self._transaction.__aenter__()
        self._before = _actor(await (await self._connection.execute(_READ_ACTOR)).fetchone())
        await self._connection.execute(_set_actor(str(self._user_id or "")))

    async def __aexit__(self, *exception: object) -> bool | None:
        if exception[0] is None:
            await self._connection.execute(_set_actor(self._before))
        ended: bool | None = await self._transaction.__aexit__(*exception)
        return ended


_READ_ACTOR = "SELECT current_setting('app.user_id', true)"


def _actor(row: tuple[str | None] | None) -> str:
    return (row[0] or "") if row else ""


def _set_actor(user_id: str) -> sql.Composed:
    # A literal and not set_config(): a sharding server sends it on to where the rows are.
    return sql.SQL("SET LOCAL app.user_id = {}").format(sql.Literal(user_id))
