"""Pages of a table by the values at their edges: the statement of one page, whatever the order and the direction.

A page begins behind a row, not at a number: the thousandth page costs what the first does, and no row is seen twice
because another one came in. Nulls stand last in every order. Rows with a value and rows without are two runs, each of
which an index serves, where one condition with OR would read the index from its start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.studio.catalog import Column

PAGE_ROWS = 50
# Longer addresses are cut by something on their way.
MOST_PLACE_CHARACTERS = 4000
_ROW = sql.Identifier("row")


@dataclass(frozen=True, slots=True)
class Order:
    """The order of rows: by one column, then by the key; without ``column`` by the key alone.

    Both go the same way, so that one comparison of rows says what is behind a position.
    """

    column: Column | None
    key: tuple[Column, ...]
    descending: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return all columns that the order goes by; the key's are not repeated."""
        if self.column is None or self.column in self.key[:1]:
            return self.key
        return (self.column, *(column for column in self.key if column != self.column))

    @property
    def by_nullable(self) -> bool:
        """Tell whether the first column may be null: then there are two runs."""
        return bool(self.columns) and self.columns[0].nullable and self.columns[0] not in self.key


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: beside the row with these values of the order (None: at an end), read on or read back."""

    values: tuple[str | None, ...] | None = None
    backwards: bool = False


def encode(values: Sequence[str | None]) -> str | None:
    """Return the values of a row for an address; None when they are too long for one."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= MOST_PLACE_CHARACTERS else None


def decode(text: str, order: Order) -> tuple[str | None, ...] | None:
    """Return the values out of an address; None for what belongs to another order."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(order.columns):
        return None
    nulls_allowed = [order.by_nullable, *([False] * len(values))]
    fits = (
        isinstance(value, str) or (value is None and free) for value, free in zip(values, nulls_allowed, strict=False)
    )
    return tuple(values) if all(fits) else None


@dataclass(frozen=True, slots=True)
class Run:
    """One part of the order: the rows with a value in its first column, or those without; from a place in it on."""

    of_nulls: bool
    place: Place


def runs(order: Order, place: Place) -> list[Run]:
    """Return the parts of the order that a page reads, one after the other until it is full."""
    if not order.by_nullable:
        return [Run(of_nulls=False, place=place)]
    sequence = [True, False] if place.backwards else [False, True]
    at_end = Place(None, place.backwards)
    if place.values is None:
        return [Run(of_nulls, at_end) for of_nulls in sequence]
    start = sequence.index(place.values[0] is None)
    return [Run(sequence[start], place), *(Run(of_nulls, at_end) for of_nulls in sequence[start + 1 :])]


def statement(
    table: str, outputs: sql.Composable, order: Order, run: Run, filters: Sequence[sql.Composable]
) -> sql.Composed:
    """Return the statement of one run; ``%(limit)s`` and the filters' own values are bound by the caller."""
    conditions = list(filters)
    compared = order.columns
    if order.by_nullable:
        first = reference(compared[0])
        conditions.append(sql.SQL("{} IS NULL" if run.of_nulls else "{} IS NOT NULL").format(first))
        if run.of_nulls:
            compared = compared[1:]
    falling = order.descending != run.place.backwards
    if run.place.values is not None:
        conditions.append(_behind(compared, len(order.columns), falling=falling))
    where = sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
    direction = sql.SQL(" DESC" if falling else "")
    listed = sql.SQL(", ").join(reference(column) + direction for column in compared)
    ordered = sql.SQL(" ORDER BY {}").format(listed) if compared else sql.SQL("")
    return sql.SQL("SELECT {outputs} FROM {table} AS {row}{where}{ordered} LIMIT %(limit)s").format(
        outputs=outputs, table=identifier(table), row=_ROW, where=where, ordered=ordered
    )


def reference(column: Column) -> sql.Composed:
    """Return a column of the page's table."""
    return sql.SQL("{}.{}").format(_ROW, identifier(column.name))


def identifier(name: str) -> sql.Identifier:
    """Return a name, quoted; statements are always sent with values, so that a % in it counts twice."""
    return sql.Identifier(name.replace("%", "%%"))


def typed(column: Column, value: sql.Composable) -> sql.Composed:
    """Return a bound text as a value of the column's base type: a bound that no rule of its domain judges."""
    # The type's name comes from format_type, which quotes what needs it.
    return sql.SQL("CAST({} AS {})").format(value, sql.SQL(column.base_type.replace("%", "%%")))


def bound(place: Place) -> dict[str, Any]:
    """Return the values that :func:`statement` refers to."""
    return {f"place_{number}": value for number, value in enumerate(place.values or ())}


def _behind(compared: Sequence[Column], width: int, *, falling: bool) -> sql.Composed:
    first = width - len(compared)
    left = sql.SQL(", ").join(reference(column) for column in compared)
    right = sql.SQL(", ").join(
        typed(column, sql.Placeholder(f"place_{number}")) for number, column in enumerate(compared, first)
    )
    return sql.SQL("({}) {} ({})").format(left, sql.SQL("<" if falling else ">"), right)
