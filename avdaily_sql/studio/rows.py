"""Rows of a table: one page of them, or one row with everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from avdaily_sql.studio import filters, keyset
from avdaily_sql.studio.display import CELL_CHARACTERS, HIDDEN, Cell, cell
from avdaily_sql.studio.keyset import MOST_PLACE_CHARACTERS, PAGE_ROWS, Order, Place, reference
from avdaily_sql.studio.kinds import Kind
from avdaily_sql.studio.links import row_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from avdaily_sql.studio.catalog import Column, Reference, Table
    from avdaily_sql.studio.filters import Filter

# What a row's own page shows of one value; more is for psql.
ROW_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a page: the address of its own page (None without a key) and a cell for each column of the table."""

    href: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order; ``before`` and ``after`` are the places of the pages beside it, None where there is none."""

    rows: tuple[Row, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class View:
    """What of a table is asked for: filters, order and place."""

    table: Table
    chosen: Sequence[Filter]
    order: Order
    place: Place


def order_of(table: Table, sort: str | None, *, descending: bool) -> Order:
    """Return the order of a table's rows; an unknown or unsortable column counts as none."""
    key = tuple(column for name in table.key if (column := table.column(name)))
    column = table.column(sort) if sort else None
    if column is not None and not (column.readable and column.kind.sortable):
        column = None
    return Order(column, key, descending)


def statements(view: View) -> list[tuple[sql.Composed, dict[str, Any]]]:
    """Return what a page asks, one statement for each run of its order, and the values of each."""
    conditions = [filters.condition(one, number) for number, one in enumerate(view.chosen)]
    values = {name: value for one in conditions for name, value in one.values.items()}
    outputs = _outputs(view.table, view.order)
    return [
        (
            keyset.statement(view.table.name, outputs, view.order, run, [one.text for one in conditions]),
            values | keyset.bound(run.place) | {"limit": PAGE_ROWS + 1},
        )
        for run in keyset.runs(view.order, view.place)
    ]


def read_page(connection: psycopg.Connection[Any], view: View) -> Page:
    """Return one page; a page back that reaches the start is the first page, and so is full."""
    found: list[tuple[str | None, ...]] = []
    for statement, values in statements(view):
        if len(found) <= PAGE_ROWS:
            values["limit"] = PAGE_ROWS + 1 - len(found)
            found += connection.execute(statement, values).fetchall()
    more, found = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    backwards = view.place.backwards
    if backwards and not more and view.place.values is not None:
        return read_page(connection, View(view.table, view.chosen, view.order, Place()))
    if backwards:
        found.reverse()
    # Without a key nothing says where one page ends: two rows may be alike.
    ends = [_edge(view, found[index]) if found and view.table.key else None for index in (0, -1)]
    has_before = more if backwards else view.place.values is not None
    has_after = view.place.values is not None if backwards else more
    rows = tuple(_row(view.table, view.order, row) for row in found)
    return Page(rows, ends[0] if has_before else None, ends[1] if has_after else None)


def read_row(connection: psycopg.Connection[Any], table: Table, key: Mapping[str, str]) -> dict[str, str | None] | None:
    """Return the readable values of one row as text, cut far away; None when there is no such row.

    :param key: values of columns that are unique together, by column.
    """
    columns = [
        (column, f"key_{number}", key[column.name]) for number, column in enumerate(table.columns) if column.name in key
    ]
    where = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(reference(column), keyset.typed(column, sql.Placeholder(name)))
        for column, name, _ in columns
    )
    shown = [column for column in table.columns if column.readable]
    outputs = sql.SQL(", ").join(_output(column, ROW_CHARACTERS) for column in shown) if shown else sql.SQL("NULL")
    query = sql.SQL("SELECT {} FROM {} AS {} WHERE {} LIMIT 1").format(
        outputs, keyset.identifier(table.name), sql.Identifier("row"), where
    )
    row = connection.execute(query, {name: value for _, name, value in columns}).fetchone()
    return None if row is None else {column.name: value for column, value in zip(shown, row, strict=False)}


def target_of(reference: Reference, values: Mapping[str, str | None]) -> str | None:
    """Return the address of the row that a foreign key leads to; None where it leads nowhere."""
    found = [values.get(column) for column in reference.columns]
    key = {name: value for name, value in zip(reference.target_columns, found, strict=True) if value is not None}
    fits = len(key) == len(found) and all(len(value) <= MOST_PLACE_CHARACTERS for value in key.values())
    return row_url(reference.target, key) if fits else None


def _outputs(table: Table, order: Order) -> sql.Composed:
    """Return what a page selects: the order's values whole, then the start of each readable column."""
    shown = [_output(column, CELL_CHARACTERS) for column in table.columns if column.readable]
    exact = [_output(column, MOST_PLACE_CHARACTERS) for column in order.columns]
    return sql.SQL(", ").join([*exact, *shown] or [sql.Composed([sql.SQL("NULL")])])


def _output(column: Column, limit: int) -> sql.Composed:
    if column.kind is Kind.bytes:
        return sql.SQL("CAST(octet_length({}) AS text)").format(reference(column))
    # A character more than is shown tells that there is more; the rest never leaves the server.
    return sql.SQL("left(CAST({} AS text), {})").format(reference(column), sql.Literal(limit + 1))


def _edge(view: View, row: tuple[str | None, ...]) -> str | None:
    return keyset.encode(row[: len(view.order.columns)])


def _row(table: Table, order: Order, row: tuple[str | None, ...]) -> Row:
    exact = {column.name: value for column, value in zip(order.columns, row, strict=False)}
    shown = [column for column in table.columns if column.readable]
    values = dict(zip((column.name for column in shown), row[len(order.columns) :], strict=False))
    links = link_columns(table, values)
    cells = tuple(
        cell(values[column.name], column.kind, href=links.get(column.name), currency=values.get("currency"))
        if column.readable
        else HIDDEN
        for column in table.columns
    )
    key = {name: exact[name] for name in table.key}
    usable = key and all(value is not None and len(value) <= MOST_PLACE_CHARACTERS for value in key.values())
    return Row(row_url(table.name, {name: value or "" for name, value in key.items()}) if usable else None, cells)


def link_columns(table: Table, values: Mapping[str, str | None]) -> dict[str, str]:
    """Return the links of foreign keys by the column that carries them: of several columns the last one."""
    links = {}
    for each in sorted(table.points_at, key=lambda one: len(one.columns), reverse=True):
        whole = all(len(values.get(column) or "") <= CELL_CHARACTERS for column in each.columns)
        href = target_of(each, values) if whole else None
        if href is not None:
            links[each.columns[-1]] = href
    return links
