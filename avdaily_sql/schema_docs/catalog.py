"""What a migrated database says of itself: tables, columns, constraints, indexes, triggers, functions, types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from avdaily_sql.schema_docs import catalog_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg


class Column(NamedTuple):
    """One column; ``default`` is its expression, or how it is generated."""

    table: str
    name: str
    type: str
    nullable: bool
    default: str | None
    comment: str | None


class Constraint(NamedTuple):
    """One constraint: kind ``p``, ``u``, ``f``, ``c`` or ``x``; ``references`` is the table of a foreign key."""

    table: str
    name: str
    kind: str
    columns: list[str]
    references: str | None
    definition: str


class Index(NamedTuple):
    """One index that belongs to no constraint; ``definition`` is what stands behind ``USING``."""

    table: str
    name: str
    unique: bool
    definition: str


class Trigger(NamedTuple):
    """One trigger: when it fires, and the function that it calls."""

    table: str
    name: str
    fires: str
    function: str


class Grant(NamedTuple):
    """What one of our roles may do with a table, in words: ``SELECT, INSERT (id, name)``."""

    table: str
    role: str
    may: str


class Function(NamedTuple):
    """One function; ``callers`` are those of our roles that may execute it, its owner left out."""

    name: str
    arguments: str
    returns: str
    runs_as_owner: bool
    owner: str
    callers: list[str]
    comment: str | None
    body: str


class Type(NamedTuple):
    """One domain type, with the rules that its values obey."""

    name: str
    base: str
    rules: list[str]
    comment: str | None


class Table(NamedTuple):
    """One table or view with everything that belongs to it; kind ``r``, ``p`` (partitioned), ``v`` or ``m``."""

    name: str
    kind: str
    comment: str | None
    partition_key: str | None
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    indexes: tuple[Index, ...]
    triggers: tuple[Trigger, ...]
    grants: tuple[Grant, ...]


class Catalog(NamedTuple):
    """The whole schema, everything in the order of its name, columns in their own."""

    tables: tuple[Table, ...]
    functions: tuple[Function, ...]
    types: tuple[Type, ...]


def read(conn: psycopg.Connection[Any]) -> Catalog:
    """Read the schema that is first in search_path; partitions are left out: time makes them, not a migration."""

    def rows(kind: Callable[[Iterable[Any]], Any], query: str) -> list[Any]:
        return [kind(row) for row in conn.execute(query).fetchall()]

    columns = rows(Column._make, catalog_sql.COLUMNS)
    constraints = rows(Constraint._make, catalog_sql.CONSTRAINTS)
    indexes = rows(Index._make, catalog_sql.INDEXES)
    triggers = rows(Trigger._make, catalog_sql.TRIGGERS)
    grants = rows(Grant._make, catalog_sql.GRANTS)
    tables = tuple(
        Table(
            name,
            kind,
            comment,
            key,
            *(
                tuple(part for part in parts if part.table == name)
                for parts in (columns, constraints, indexes, triggers, grants)
            ),
        )
        for name, kind, comment, key in conn.execute(catalog_sql.TABLES).fetchall()
    )
    return Catalog(
        tables, tuple(rows(Function._make, catalog_sql.FUNCTIONS)), tuple(rows(Type._make, catalog_sql.TYPES))
    )
