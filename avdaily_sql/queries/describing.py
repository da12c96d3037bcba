"""What the server says of a statement before it runs: libpq's describe. Needs no right to create anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import generators, pq
from psycopg.errors import error_from_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn, PGresult


class Column(NamedTuple):
    """A result column: its name, its type, and the table column that it shows as it stands (0 for an expression)."""

    name: str
    type_oid: int
    type_modifier: int
    table_oid: int
    table_column: int


class Description(NamedTuple):
    """Parameter types and result columns of a statement; types are those that the server infers without a hint."""

    parameters: tuple[int, ...]
    columns: tuple[Column, ...]


def describe(pgconn: PGconn, text: bytes, types: Sequence[int] | None = None) -> PQGen[Description]:
    """Prepare a statement without a name, and ask what it takes and gives.

    A generator for a connection's ``wait()``, which is the same for both kinds of connection.

    :param types: oids of the parameters' types; 0, or nothing at all, lets the server infer them.
    :raises psycopg.Error: the server does not understand the statement.

    https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQDESCRIBEPREPARED
    """
    pgconn.send_prepare(b"", text, param_types=types)
    yield from _answer(pgconn)
    pgconn.send_describe_prepared(b"")
    answer = yield from _answer(pgconn)
    return Description(
        tuple(answer.param_type(index) for index in range(answer.nparams)),
        tuple(_column(answer, index) for index in range(answer.nfields)),
    )


def _answer(pgconn: PGconn) -> PQGen[PGresult]:
    result: PGresult = (yield from generators.execute(pgconn))[0]
    if result.status == pq.ExecStatus.FATAL_ERROR:
        raise error_from_result(result)
    return result


def _column(answer: PGresult, index: int) -> Column:
    return Column(
        (answer.fname(index) or b"").decode(),
        answer.ftype(index),
        answer.fmod(index),
        answer.ftable(index),
        answer.ftablecol(index),
    )
