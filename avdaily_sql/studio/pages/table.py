"""The page of a table: its rows, page by page, sorted and filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from avdaily_sql.studio import filters, keyset
from avdaily_sql.studio.catalog import find_table
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.keyset import Place
from avdaily_sql.studio.links import table_plan_url, table_url, with_query
from avdaily_sql.studio.routing import Route
from avdaily_sql.studio.rows import View, order_of, read_page

if TYPE_CHECKING:
    from typing import Any

    import psycopg
    from werkzeug.datastructures import MultiDict

    from avdaily_sql.studio.catalog import Table
    from avdaily_sql.studio.filters import Filter
    from avdaily_sql.studio.routing import Visit


def table(visit: Visit, name: str | None = None) -> Response:
    """Show one page of a table's rows."""
    name = name if name is not None else visit.request.args.get("name", "")
    given = visit.request.args
    if any(key.startswith(filters.PREFIX) and not value for key, value in given.items(multi=True)):
        # The form sends every field; the address keeps those that say something.
        return Response(status=303, headers={"Location": _without_empty(name, given)})
    with visit.read() as connection:
        found = open_table(visit, connection, name)
        view = view_of(found, given)
        page = read_page(connection, view)
    links = _Links(view)
    return visit.render("table.html", table=found, view=view, page=page, links=links, tests_of=filters.tests_of)


def open_table(visit: Visit, connection: psycopg.Connection[Any], name: str) -> Table:
    """Return a table that can be shown.

    :raises Refusal: there is none, or nothing of it may be read.
    """
    found = find_table(connection, name, guarded=visit.studio.database.has_reading_role)
    if found is None:
        raise Refusal(Fault(404, f'there is no table "{name}"', "It may have been dropped or renamed."))
    if not any(column.readable for column in found.columns):
        raise Refusal(Fault(403, f"{name} is not shown", "The reading role may see none of its columns."))
    return found


def view_of(found: Table, given: MultiDict[str, str]) -> View:
    """Return what an address asks of a table.

    :raises Refusal: a filter that is none.
    """
    order = order_of(found, given.get("sort"), descending=given.get("dir") == "desc")
    return View(found, filters.read(found, given.items(multi=True)), order, _place(order, given))


def _place(order: keyset.Order, given: MultiDict[str, str]) -> Place:
    for name, backwards in (("after", False), ("before", True)):
        if name in given:
            values = keyset.decode(given[name], order)
            if values is None:
                raise Refusal(Fault(400, "this page belongs to another order", None, "Begin with the first page."))
            return Place(values, backwards)
    return Place(None, backwards="last" in given)


def _without_empty(name: str, given: MultiDict[str, str]) -> str:
    kept = [(key, value) for key, value in given.items(multi=True) if value and key not in {"after", "before", "name"}]
    return with_query(table_url(name), kept)


class _Links:
    """Addresses of the same table, otherwise ordered, filtered or placed."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._path = table_url(view.table.name)
        column, chosen = view.order.column, view.chosen
        self.chosen = [(one.parameter, one.given) for one in chosen]
        # What a form of ours sends along: its own fields take the place of what stands behind the ? of its address.
        self.named = [("name", view.table.name)] if "?" in self._path else []
        self.order = [("sort", column.name)] if column else []
        self.order += [("dir", "desc")] if view.order.descending else []

    def sorted_by(self, name: str) -> str:
        """Return the address with another order; the same column the other way round."""
        current = self._view.order.column
        turned = current is not None and current.name == name and not self._view.order.descending
        return with_query(self._path, [*self.chosen, ("sort", name), *([("dir", "desc")] if turned else [])])

    def at(self, where: str, values: str) -> str:
        """Return the address of another page."""
        return with_query(self._path, [*self.chosen, *self.order, (where, values)])

    def without(self, one: Filter) -> str:
        """Return the address without one filter."""
        kept = [pair for pair in self.chosen if pair != (one.parameter, one.given)]
        return with_query(self._path, [*kept, *self.order])

    @property
    def first(self) -> str:
        """Return the address of the first page."""
        return with_query(self._path, [*self.chosen, *self.order])

    @property
    def unfiltered(self) -> str:
        """Return the address of all rows."""
        return with_query(self._path, self.order)

    @property
    def plan(self) -> str:
        """Return the address of the plan of this very page."""
        return with_query(table_plan_url(self._view.table.name), [*self.chosen, *self.order, *_placed(self._view)])

    def given(self, column: str, test: str) -> str:
        """Return what a field of the form holds."""
        return dict(self.chosen).get(f"{filters.PREFIX}{column}.{test}", "")


def _placed(view: View) -> list[tuple[str, str]]:
    where = "before" if view.place.backwards else "after"
    if view.place.values is None:
        return [("last", "1")] if view.place.backwards else []
    return [(where, keyset.encode(view.place.values) or "")]


ROUTES = (Route("/table/<name>", table), Route("/table", table))
