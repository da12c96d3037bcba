"""The search box: leads to a table, a query or a user, or lists what comes near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from werkzeug.wrappers import Response

from avdaily_sql.studio import named
from avdaily_sql.studio.catalog import find_table, list_tables
from avdaily_sql.studio.links import person_url, query_url, table_url
from avdaily_sql.studio.routing import Route
from avdaily_sql.studio.rows import read_row

if TYPE_CHECKING:
    import psycopg

    from avdaily_sql.studio.routing import Visit

_USERS = "user"


def search(visit: Visit) -> Response:
    """Go to what is meant; where several things are, list them."""
    wanted = visit.request.args.get("q", "").strip()
    folded = wanted.casefold()
    with visit.read() as connection:
        tables = [table.name for table in list_tables(connection) if table.readable]
        user = _user(connection, wanted, guarded=visit.studio.database.has_reading_role)
    queries = [one.name for one in named.list_definitions(visit.tree)]
    exact = {name.casefold(): query_url(name) for name in queries}
    exact |= {name.casefold(): table_url(name) for name in tables}
    place = user or exact.get(folded)
    near = [("Table", name, table_url(name)) for name in tables if folded and folded in name.casefold()]
    near += [("Query", name, query_url(name)) for name in queries if folded and folded in name.casefold()]
    if place is None and len(near) == 1:
        place = near[0][2]
    if place is not None:
        return Response(status=303, headers={"Location": place})
    return visit.render("search.html", wanted=wanted, near=near)


def _user(connection: psycopg.Connection[Any], wanted: str, *, guarded: bool) -> str | None:
    """Return the address of the user with this id, or with this email, which is kept in lower case."""
    if "@" in wanted:
        column, value = "email", wanted.lower()
    else:
        try:
            column, value = "id", str(UUID(wanted))
        except ValueError:
            return None
    table = find_table(connection, _USERS, guarded=guarded)
    known = table.column(column) if table else None
    if table is None or known is None or not known.readable or "\0" in value:
        return None
    found = read_row(connection, table, {column: value})
    return None if found is None else person_url(found.get("id") or "")


ROUTES = (Route("/search", search),)
