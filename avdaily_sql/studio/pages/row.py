"""The page of one row: everything in it, what it points at, and what points at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql.studio import neighbours
from avdaily_sql.studio.display import CELL_CHARACTERS, HIDDEN, Cell, cell, key_in_words, pretty_json
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.kinds import Kind
from avdaily_sql.studio.pages.table import open_table
from avdaily_sql.studio.routing import Route
from avdaily_sql.studio.rows import ROW_CHARACTERS, link_columns, read_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from avdaily_sql.studio.catalog import Column, Table
    from avdaily_sql.studio.routing import Visit

_PREFIX = "k."


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the row; ``block`` is a long text or JSON, shown on lines of its own."""

    column: Column
    cell: Cell
    block: str | None


def row(visit: Visit, name: str | None = None) -> Response:
    """Show one row."""
    name = name if name is not None else visit.request.args.get("name", "")
    key = {
        parameter.removeprefix(_PREFIX): value
        for parameter, value in visit.request.args.items()
        if parameter.startswith(_PREFIX)
    }
    with visit.read() as connection:
        table = open_table(visit, connection, name)
        _judge(table, key)
        values = read_row(connection, table, key)
        if values is None:
            raise Refusal(Fault(404, f"{name} has no such row", "It may have been deleted since the page was made."))
        inward = neighbours.inward(connection, table, values)
    return visit.render(
        "row.html",
        table=table,
        words=key_in_words(key),
        fields=_fields(table, values),
        outward=neighbours.outward(table, values),
        inward=inward,
        owner=_owner(table, values),
    )


def _owner(table: Table, values: Mapping[str, str | None]) -> str | None:
    """Return the id of the user whose row it is, or who it is."""
    return values.get("id" if table.name == "user" else "user_id")


def _judge(table: Table, key: Mapping[str, str]) -> None:
    if not key:
        raise Refusal(Fault(400, "the address names no row", None, "Open a row from its table."))
    for column_name in key:
        column = table.column(column_name)
        if column is None or not column.readable or not column.kind.sortable:
            raise Refusal(Fault(400, f'{table.name} has no column "{column_name}" to find a row by'))


def _fields(table: Table, values: Mapping[str, str | None]) -> list[Field]:
    links = link_columns(table, values)
    currency = values.get("currency")
    return [_field(column, values.get(column.name), links.get(column.name), currency) for column in table.columns]


def _field(column: Column, value: str | None, href: str | None, currency: str | None) -> Field:
    if not column.readable:
        return Field(column, HIDDEN, None)
    if value is None or column.kind not in {Kind.json, Kind.text, Kind.other} or href:
        return Field(column, cell(value, column.kind, limit=ROW_CHARACTERS, href=href, currency=currency), None)
    if column.kind is Kind.json:
        whole = len(value) <= ROW_CHARACTERS
        return Field(column, cell(value, column.kind), pretty_json(value) if whole else value)
    long = len(value) > CELL_CHARACTERS or "\n" in value
    return Field(column, cell(value, column.kind), value if long else None)


ROUTES = (Route("/row/<name>", row), Route("/row", row))
