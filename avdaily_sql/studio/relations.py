"""The tables of one subject and what they point at, for the diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.schema_docs import catalog_sql
from avdaily_sql.schema_docs.catalog import Column, Constraint
from avdaily_sql.schema_docs.domains import DOMAINS, Domain, domain_of
from avdaily_sql.studio.links import table_url
from avdaily_sql.studio.pictures.diagram import Box, Diagram, Key, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

_MARKS = {"p": "PK", "f": "FK", "u": "UK"}


def list_subjects(connection: psycopg.Connection[Any]) -> list[Domain]:
    """Return the subjects that have a table with a key here."""
    tables = {Constraint._make(row).table for row in connection.execute(catalog_sql.CONSTRAINTS).fetchall()}
    return [domain for domain in DOMAINS if any(domain_of(table) == domain.name for table in tables)]


def read_diagram(connection: psycopg.Connection[Any], subject: Domain) -> Diagram | None:
    """Return the tables of a subject, with those of others that they point at; None when it has none."""
    constraints = [Constraint._make(row) for row in connection.execute(catalog_sql.CONSTRAINTS).fetchall()]
    columns = [Column._make(row) for row in connection.execute(catalog_sql.COLUMNS).fetchall()]
    keys = [each for each in constraints if each.kind in _MARKS]
    inside = sorted({each.table for each in keys if domain_of(each.table) == subject.name})
    if not inside:
        return None
    references = list(_references(inside, keys, columns))
    outside = sorted({each.parent for each in references} - set(inside))
    boxes = [Box(table, table_url(table), _keys(table, keys, columns)) for table in inside]
    boxes += [Box(table, table_url(table), _primary(table, keys), outside=True) for table in outside]
    return Diagram(
        f"tables-{subject.name}",
        f"Tables of {subject.title}",
        f"{len(inside)} tables and {len(references)} foreign keys; the same is in the table below.",
        tuple(boxes),
        tuple(references),
    )


def _references(
    tables: Sequence[str], constraints: Sequence[Constraint], columns: Sequence[Column]
) -> Iterable[Reference]:
    nullable = {(each.table, each.name) for each in columns if each.nullable}
    for one in constraints:
        if one.kind == "f" and one.table in tables and one.references:
            unique = any(
                other.table == one.table and other.kind in "pu" and set(other.columns) <= set(one.columns)
                for other in constraints
            )
            optional = any((one.table, column) in nullable for column in one.columns)
            # The first columns of a key of several are often the same in all: the last one tells them apart.
            yield Reference(one.table, one.columns[-1], one.references, unique, optional)


def _keys(table: str, constraints: Sequence[Constraint], columns: Sequence[Column]) -> tuple[Key, ...]:
    own = [each for each in constraints if each.table == table]
    found = []
    for column in columns:
        marks = [mark for kind, mark in _MARKS.items() if any(column.name in e.columns for e in own if e.kind == kind)]
        if column.table == table and marks:
            found.append(Key(column.name, " ".join(marks[:2])))
    return tuple(found)


def _primary(table: str, constraints: Sequence[Constraint]) -> tuple[Key, ...]:
    return tuple(
        Key(column, "PK") for each in constraints if each.table == table and each.kind == "p" for column in each.columns
    )
