"""Named queries in the browser: what each one takes, and its rows. Only those that read are run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_one
from avdaily_sql.queries.library import read_definitions
from avdaily_sql.queries.running import find
from avdaily_sql.studio.kinds import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avdaily_sql.queries.definition import Definition
    from avdaily_sql.sqltree import SqlTree

SHOWN_ROWS = 500
CSV_ROWS = 100_000
_READING = frozenset({Operator.many, Operator.one, Operator.scalar})
_CHANGING = re.compile(rb"\b(insert|update|delete|merge|truncate|call)\b", re.IGNORECASE)
_COMMENT = re.compile(rb"--[^\n]*|'(?:[^']|'')*'")
_CALLED = re.compile(r"\b(\w+)\s*\(")
# Functions that the planner may not call twice: ours that change something are all among them.
_VOLATILE = """
SELECT p.proname::text FROM pg_proc AS p
WHERE p.pronamespace = current_schema()::regnamespace AND p.provolatile = 'v' AND p.proname = ANY(%s)
"""
_TYPES = """
SELECT t.oid::int8, t.typname::text, t.typtype::text, format_type(t.oid, NULL),
  ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
FROM pg_type AS t WHERE t.oid = ANY(%s)
"""
_NUMERIC_OID = 1700


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query: its type in SQL, and all values that it may have if they are few."""

    name: str
    type: str
    kind: Kind
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave: values as the server writes them; ``cut`` where there were more rows than are taken."""

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    cut: bool


def list_definitions(tree: SqlTree) -> list[Definition]:
    """Return all named queries of a tree, read anew: what was edited is there at once."""
    return read_definitions(tree.root / "queries")


def find_definition(tree: SqlTree, name: str) -> Definition:
    """Return one query by its name.

    :raises UsageError: there is none; with the nearest name.
    """
    return find(list_definitions(tree), name)


def writing(connection: psycopg.Connection[Any], definitions: Sequence[Definition]) -> frozenset[str]:
    """Return the names of the queries that change data, or call a function that may.

    For the person who chooses one. What runs is judged by the server: it runs in a read-only transaction.
    """
    bare = {one.name: _COMMENT.sub(b" ", one.sql) for one in definitions}
    called = {name: set(_CALLED.findall(text.decode())) for name, text in bare.items()}
    asked = sorted({function for functions in called.values() for function in functions})
    volatile = {name for (name,) in connection.execute(_VOLATILE, [asked])}
    return frozenset(
        one.name
        for one in definitions
        if one.operator not in _READING or _CHANGING.search(bare[one.name]) or called[one.name] & volatile
    )


def parameters_of(connection: psycopg.Connection[Any], definition: Definition) -> list[Parameter]:
    """Return what a query takes, as the server infers it.

    :raises Failed: the server does not understand the query; with the place in the file.
    """
    oids = describe_one(connection, definition).parameters
    types = {oid: rest for oid, *rest in connection.execute(_TYPES, [list(oids)]).fetchall()}
    return [
        Parameter(name, shown, kind, ("true", "false") if kind is Kind.truth else tuple(labels))
        for name, (type_name, type_kind, shown, labels) in zip(
            definition.parameters, (types[oid] for oid in oids), strict=False
        )
        for kind in (kind_of(type_name, type_kind),)
    ]


def values_of(definition: Definition, form: Mapping[str, str]) -> list[str | None]:
    """Return the values of a form in the order of the parameters; an empty field is null, ``''`` the empty text."""
    given = [form.get(f"p.{name}", "") for name in definition.parameters]
    return [{"": None, "''": ""}.get(value, value) for value in given]


def run(
    connection: psycopg.Connection[Any], definition: Definition, values: Sequence[str | None], *, most: int
) -> Result:
    """Run a reading query, and take its first rows.

    A cursor of the server holds the rest back; it can be declared for nothing that changes data.
    """
    cursor: psycopg.RawCursor[Any] = psycopg.RawCursor(connection)
    cursor.execute(b"DECLARE studio_result NO SCROLL CURSOR FOR " + definition.native, list(values) or None)
    cursor.execute(f"FETCH FORWARD {most + 1} FROM studio_result".encode())
    answer = cursor.pgresult
    if answer is None:
        return Result((), (), cut=False)
    oids = [answer.ftype(index) for index in range(answer.nfields)]
    modifiers = [answer.fmod(index) for index in range(answer.nfields)]
    names = [(answer.fname(index) or b"").decode() for index in range(answer.nfields)]
    rows = tuple(
        tuple(_text(answer.get_value(row, index)) for index in range(answer.nfields))
        for row in range(min(answer.ntuples, most))
    )
    types = {oid: rest for oid, *rest in connection.execute(_TYPES, [oids]).fetchall()}
    columns = tuple(
        ResultColumn(name, kind_of(types[oid][0], types[oid][1], _scale(oid, modifier)))
        for name, oid, modifier in zip(names, oids, modifiers, strict=True)
    )
    return Result(columns, rows, cut=answer.ntuples > most)


def _scale(oid: int, modifier: int) -> int | None:
    return (modifier - 4) & 2047 if oid == _NUMERIC_OID and modifier > 4 else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")
