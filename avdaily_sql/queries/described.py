"""What a database says of each query of a library: the types of parameters and columns, and what is never null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from avdaily_sql.errors import Failed, UsageError
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.describing import Description, describe
from avdaily_sql.queries.native import locate
from avdaily_sql.queries.proof import Analyst
from avdaily_sql.queries.types import SqlType, read_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avdaily_sql.queries.definition import Definition


class Parameter(NamedTuple):
    """One parameter of a query; ``may_be_null`` where null has a meaning of its own."""

    name: str
    type: SqlType
    may_be_null: bool


class ResultColumn(NamedTuple):
    """One result column; never null only where that is proven, or said in the file."""

    name: str
    type: SqlType
    not_null: bool


class DescribedQuery(NamedTuple):
    """A query with its types; ``gives_one_row`` where a row always comes."""

    definition: Definition
    parameters: tuple[Parameter, ...]
    columns: tuple[ResultColumn, ...]
    gives_one_row: bool


def describe_one(connection: psycopg.Connection[Any], definition: Definition) -> Description:
    """Return the server's description of one query; scripts have none.

    :raises Failed: the server does not understand it; with the place in the file.
    """
    if definition.operator is Operator.script:
        return Description((), ())
    try:
        with connection.transaction(force_rollback=True), connection.lock:
            return connection.wait(describe(connection.pgconn, definition.native))
    except psycopg.Error as error:
        position = error.diag.statement_position
        where = definition.location if position is None else locate(definition, int(position))
        message = error.diag.message_primary or str(error)
        raise Failed(
            f"query {definition.name}: {message}", hint=error.diag.message_hint, sqlstate=error.sqlstate, location=where
        ) from None


def describe_all(connection: psycopg.Connection[Any], definitions: Iterable[Definition]) -> list[DescribedQuery]:
    """Return every query with its types; what is never null is proven on this connection.

    Needs the right to make temporary functions and a server that takes writes: a development database.

    :raises Failed: the server does not understand a query; with the place in the file.
    :raises UsageError: a directive names a column that the query does not have.
    """
    described = [(definition, describe_one(connection, definition)) for definition in definitions]
    oids = {oid for _, one in described for oid in (*one.parameters, *(column.type_oid for column in one.columns))}
    types = read_types(connection, oids)
    analyst = Analyst(connection)
    return [_join(definition, description, types, analyst) for definition, description in described]


def _join(
    definition: Definition, description: Description, types: Mapping[int, SqlType], analyst: Analyst
) -> DescribedQuery:
    names = [column.name for column in description.columns]
    for name in sorted(definition.directives.not_null - set(names)):
        raise UsageError(
            f"query {definition.name} has no column {name}",
            hint=f"Remove it, or correct its name: -- column {name}: not null",
            location=definition.location,
        )
    for name in sorted(definition.directives.nullable - set(definition.parameters)):
        raise UsageError(
            f"query {definition.name} has no parameter {name}",
            hint=f"Remove it, or correct its name: -- parameter {name}: may be null",
            location=definition.location,
        )
    parameters = [types[oid] for oid in description.parameters]
    verdict = analyst.judge(definition.native, [one.sql for one in parameters], len(names))
    return DescribedQuery(
        definition,
        tuple(
            Parameter(name, one, number in verdict.nullable_parameters or name in definition.directives.nullable)
            for number, (name, one) in enumerate(zip(definition.parameters, parameters, strict=True), 1)
        ),
        tuple(
            ResultColumn(column.name, types[column.type_oid], proven or column.name in definition.directives.not_null)
            for column, proven in zip(description.columns, verdict.not_null, strict=True)
        ),
        verdict.gives_one_row,
    )
