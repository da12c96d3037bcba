"""Runs one named query with values that were typed as text: what ``avdaily-sql run`` and ``queries show`` do."""

from __future__ import annotations

import difflib
import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.errors import Failed, Refused, UsageError
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_one
from avdaily_sql.queries.native import locate
from avdaily_sql.queries.types import read_types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.queries.definition import Definition

_BOOL, _NUMBERS, _JSON, _TIMESTAMPTZ = 16, frozenset({20, 21, 23, 26, 700, 701}), frozenset({114, 3802}), 1184
_READ_ONLY = "25006"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a query gave: columns and rows, or the number of rows it changed; times are in UTC, money is text."""

    query: str
    columns: list[str]
    rows: list[dict[str, object]]
    rows_affected: int | None


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A parameter or result column: its name, and its type in SQL and in Python."""

    name: str
    type: str
    python: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one query that can be said without running it; the plan is the one without values."""

    name: str
    operator: str
    file: str
    line: int
    document: str
    sql: str
    parameters: list[ShownColumn]
    columns: list[ShownColumn]
    plan: list[str]


def find(definitions: Sequence[Definition], name: str) -> Definition:
    """Return the query with a name.

    :raises UsageError: there is none; with the nearest name.
    """
    by_name = {definition.name: definition for definition in definitions}
    if name in by_name:
        return by_name[name]
    close = difflib.get_close_matches(name, by_name, n=1)
    raise UsageError(
        f'no query has the name "{name}"',
        hint=f"avdaily-sql queries show {close[0]}" if close else "avdaily-sql queries list",
    )


def parse_values(definition: Definition, words: Sequence[str]) -> list[str | None]:
    """Return the values in the order of the parameters; ``KEY=`` is null, ``KEY=''`` the empty text.

    :raises UsageError: a word without ``=``, a key that is no parameter, or a parameter without its value.
    """
    example = f"avdaily-sql run {' '.join([definition.name, *(f'{name}=…' for name in definition.parameters)])}"
    given: dict[str, str | None] = {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator:
            raise UsageError(f'"{word}" is not KEY=VALUE', hint=example)
        if key not in definition.parameters:
            raise UsageError(f"query {definition.name} has no parameter {key}", hint=example)
        if key in given:
            raise UsageError(f"{key} is given twice", hint=example)
        given[key] = {"": None, "''": ""}.get(value, value)
    missing = [name for name in definition.parameters if name not in given]
    if missing:
        raise UsageError(
            f"query {definition.name} needs a value for {', '.join(missing)}", detail="KEY= is null.", hint=example
        )
    return [given[name] for name in definition.parameters]


def run(
    connection: psycopg.Connection[Any], definition: Definition, values: Sequence[str | None], *, write: bool
) -> RunResult:
    """Run a query in a transaction of its own; without ``write`` the server lets it change nothing.

    :raises Refused: it would have changed something, and ``write`` was not said.
    :raises Failed: the server refused a value or the query; with the place in the file.
    """
    if definition.operator is Operator.bulk:
        raise UsageError(f"query {definition.name} takes many rows at once; call it from Python")
    try:
        with connection.transaction():
            connection.execute("SET LOCAL timezone = 'UTC'")
            connection.execute("SET LOCAL datestyle = 'ISO'")
            if not write:
                connection.execute("SET TRANSACTION READ ONLY")
            cursor = psycopg.RawCursor(connection)
            cursor.execute(definition.native, list(values) if definition.parameters else None)
            return _result(definition, cursor)
    except psycopg.Error as error:
        if error.sqlstate == _READ_ONLY:
            given = [f"{name}={value or ''}" for name, value in zip(definition.parameters, values, strict=True)]
            raise Refused(
                f"query {definition.name} changes data",
                detail="Nothing was changed.",
                hint=shlex.join(["avdaily-sql", "run", definition.name, *given, "--write"]),
            ) from None
        raise _failed(definition, error) from None


def _failed(definition: Definition, error: psycopg.Error) -> Failed:
    position = error.diag.statement_position
    return Failed(
        f"query {definition.name}: {error.diag.message_primary or error}",
        detail=error.diag.message_detail,
        hint=error.diag.message_hint,
        sqlstate=error.sqlstate,
        location=definition.location if position is None else locate(definition, int(position)),
    )


def _result(definition: Definition, cursor: psycopg.RawCursor[Any]) -> RunResult:
    answer = cursor.pgresult
    if answer is None or not answer.nfields:
        return RunResult(definition.name, [], [], cursor.rowcount)
    # The server's own text: psycopg has no Python value for infinity, and an operator wants to see it all the same.
    columns = [(answer.fname(index) or b"").decode() for index in range(answer.nfields)]
    rows = [
        {name: _value(answer.get_value(row, index), answer.ftype(index)) for index, name in enumerate(columns)}
        for row in range(answer.ntuples)
    ]
    return RunResult(definition.name, columns, rows, None)


def _value(value: bytes | None, oid: int) -> object:
    if value is None:
        return None
    text = value.decode()
    if oid == _BOOL:
        return text == "t"
    if oid in _JSON:
        return json.loads(text)
    if oid in _NUMBERS:
        return _number(text)
    if oid == _TIMESTAMPTZ and text.endswith("+00"):
        return text.removesuffix("+00").replace(" ", "T") + "Z"
    return text


def _number(text: str) -> object:
    # NaN and Infinity are no numbers in JSON.
    try:
        return int(text) if text.lstrip("-").isdigit() else json.loads(text)
    except json.JSONDecodeError:
        return text


def show(connection: psycopg.Connection[Any], definition: Definition) -> Shown:
    """Return everything about a query; it is not run.

    :raises Failed: the server does not understand it; with the place in the file.
    """
    description = describe_one(connection, definition)
    oids = [*description.parameters, *(column.type_oid for column in description.columns)]
    types = read_types(connection, oids)
    named = zip(definition.parameters, description.parameters, strict=False)
    return Shown(
        definition.name,
        definition.operator.name,
        definition.location.file,
        definition.name_line,
        definition.document,
        definition.sql.decode(),
        [ShownColumn(name, types[oid].sql, types[oid].parameter) for name, oid in named],
        [ShownColumn(one.name, types[one.type_oid].sql, types[one.type_oid].result) for one in description.columns],
        explain(connection, definition, [types[oid].sql for oid in description.parameters]),
    )


def explain(connection: psycopg.Connection[Any], definition: Definition, types: Sequence[str]) -> list[str]:
    """Return the generic plan, the one that a prepared statement ends up with; empty for what has none."""
    if definition.operator is Operator.script:
        return []
    listed = f"({', '.join(types)})" if types else ""
    nulls = f"({', '.join(['NULL'] * len(types))})" if types else ""
    try:
        with connection.transaction(force_rollback=True):
            cursor: psycopg.RawCursor[Any] = psycopg.RawCursor(connection)
            # The same on 15, which has no EXPLAIN (GENERIC_PLAN).
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            cursor.execute(b"PREPARE avdaily_shown %b AS %b" % (listed.encode(), definition.native))
            lines = cursor.execute(f"EXPLAIN EXECUTE avdaily_shown{nulls}".encode()).fetchall()
            cursor.execute("DEALLOCATE avdaily_shown")
    except psycopg.Error:
        return []
    return [line for (line,) in lines]


def as_text(value: object) -> str:
    """Return a value of a result as it stands in a table or a CSV file; null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
