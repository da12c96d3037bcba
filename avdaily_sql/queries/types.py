"""The Python types of PostgreSQL's types, as psycopg converts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

# type in pg_type → what psycopg makes of a value, what it takes for one.
_PYTHON = {
    "bool": ("bool", "bool"),
    "int2": ("int", "int"),
    "int4": ("int", "int"),
    "int8": ("int", "int"),
    "oid": ("int", "int"),
    "float4": ("float", "float"),
    "float8": ("float", "float"),
    "numeric": ("Decimal", "Decimal | int"),
    "text": ("str", "str"),
    "varchar": ("str", "str"),
    "bpchar": ("str", "str"),
    "name": ("str", "str"),
    "char": ("str", "str"),
    "bytea": ("bytes", "bytes"),
    "uuid": ("UUID", "UUID"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "timetz": ("time", "time"),
    "timestamp": ("datetime", "datetime"),
    "timestamptz": ("datetime", "datetime"),
    "interval": ("timedelta", "timedelta"),
    "json": ("Any", "dict[str, Any] | Json | Jsonb"),
    "jsonb": ("Any", "dict[str, Any] | Json | Jsonb"),
    "inet": ("IPv4Address | IPv6Address | IPv4Interface | IPv6Interface", "IPv4Address | IPv6Address | str"),
    "void": ("str", "str"),
}
_ENUM, _COMPOSITE, _PSEUDO = "e", "c", "p"
_READ = """
SELECT t.oid::int8, base.typname::text, base.typtype::text, format_type(base.oid, NULL),
       CASE WHEN base.typcategory = 'A' THEN base.typelem::int8 ELSE 0 END
  FROM pg_type AS t
  CROSS JOIN LATERAL (
      WITH RECURSIVE layers AS (
          SELECT t.oid, t.typbasetype
          UNION ALL
          SELECT inner_type.oid, inner_type.typbasetype
            FROM layers AS outer_type JOIN pg_type AS inner_type ON inner_type.oid = outer_type.typbasetype
      )
      SELECT b.* FROM layers AS l JOIN pg_type AS b ON b.oid = l.oid WHERE l.typbasetype = 0
  ) AS base
 WHERE t.oid = ANY(%s)
"""


class SqlType(NamedTuple):
    """A type of the database: its name in SQL (the base type's for a domain), and in Python both ways."""

    sql: str
    result: str
    parameter: str


def read_types(connection: psycopg.Connection[Any], oids: Iterable[int]) -> dict[int, SqlType]:
    """Return the types with these oids; a domain is its base type, what Python has no type for is Any."""
    rows = connection.execute(_READ, [sorted(set(oids))]).fetchall()
    elements = {element for *_, element in rows if element}
    inner = read_types(connection, elements) if elements else {}
    return {oid: _type(name, kind, sql, inner.get(element)) for oid, name, kind, sql, element in rows}


def _type(name: str, kind: str, sql: str, element: SqlType | None) -> SqlType:
    if element is not None:
        # Any element of an array may be null, whatever the column says of the array.
        inner = element.result if element.result == "Any" else f"{element.result} | None"
        return SqlType(sql, f"list[{inner}]", f"list[{element.parameter}]")
    if kind == _ENUM:
        return SqlType(sql, "str", "str")
    if kind == _COMPOSITE or name == "record":
        return SqlType(sql, "tuple[Any, ...]", "tuple[Any, ...]")
    return SqlType(sql, *_PYTHON.get(name, ("Any", "Any")))
