"""The plan of a table's page, as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.studio.explaining import explain
from avdaily_sql.studio.links import table_url, with_query
from avdaily_sql.studio.pages.table import open_table, view_of
from avdaily_sql.studio.routing import Route
from avdaily_sql.studio.rows import statements

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from avdaily_sql.studio.routing import Visit


def table_plan(visit: Visit, name: str | None = None) -> Response:
    """Show how the server finds the rows of a page; a page of two runs has two plans."""
    name = name if name is not None else visit.request.args.get("name", "")
    given = [(key, value) for key, value in visit.request.args.items(multi=True) if key != "name"]
    with visit.read() as connection:
        view = view_of(open_table(visit, connection, name), visit.request.args)
        asked = [
            (statement.as_string(connection).replace("%%", "%"), statement, values)
            for statement, values in statements(view)
        ]
    database = visit.studio.database
    return visit.render(
        "plan.html",
        name=name,
        back=with_query(table_url(name), given),
        plans=[(text, explain(database, statement, values)) for text, statement, values in asked],
    )


ROUTES = (Route("/plan/table/<name>", table_plan), Route("/plan/table", table_plan))
