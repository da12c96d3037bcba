"""The pages of the named queries: their list, and each with its form, its rows, its CSV file and its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from avdaily_sql.errors import UsageError
from avdaily_sql.queries.listing import list_queries
from avdaily_sql.studio import named
from avdaily_sql.studio.catalog import SECRETS_PATTERN
from avdaily_sql.studio.display import HIDDEN, Cell, cell
from avdaily_sql.studio.explaining import explain_native
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.routing import Route
from avdaily_sql.studio.spreadsheet import as_csv

if TYPE_CHECKING:
    from avdaily_sql.queries.definition import Definition
    from avdaily_sql.studio.routing import Visit

# Of one value in a table of results; the CSV file has all of it.
_CELL_CHARACTERS = 400


def queries(visit: Visit) -> Response:
    """Show all named queries by their file."""
    definitions = named.list_definitions(visit.tree)
    with visit.read() as connection:
        writing = named.writing(connection, definitions)
    listed = list_queries(definitions).queries
    domains = {one.domain: [each for each in listed if each.domain == one.domain] for one in listed}
    return visit.render("queries.html", domains=domains, writing=writing)


def query(visit: Visit, name: str) -> Response:
    """Show one query; as a form that was sent, with what came of it."""
    definition = _find(visit, name)
    with visit.read() as connection:
        writes = bool(named.writing(connection, [definition]))
        parameters = [] if writes else named.parameters_of(connection, definition)
    shown: dict[str, Any] = {
        "definition": definition,
        "writes": writes,
        "parameters": parameters,
        "given": visit.request.form,
    }
    if visit.request.method != "POST":
        return visit.render("query.html", **shown, result=None, plan=None, cells=[])
    if writes:
        raise Refusal(Fault(403, f"{name} changes data; the studio runs only queries that read"))
    values = named.values_of(definition, visit.request.form)
    action = visit.request.form.get("show", "rows")
    if action == "plan":
        plan = explain_native(visit.studio.database, definition.native, values)
        return visit.render("query.html", **shown, result=None, plan=plan, cells=[])
    with visit.read() as connection:
        most = named.CSV_ROWS if action == "csv" else named.SHOWN_ROWS
        result = _masked(visit, named.run(connection, definition, values, most=most))
    if action == "csv":
        return _file(definition, result)
    return visit.render("query.html", **shown, result=result, plan=None, cells=_cells(result))


def _find(visit: Visit, name: str) -> Definition:
    try:
        return named.find_definition(visit.tree, name)
    except UsageError as error:
        # A mistake in a file has a place; a name that is not there has none.
        if error.location is not None:
            raise
        raise Refusal(Fault(404, error.message, None, "See the list of queries.")) from None


def _masked(visit: Visit, result: named.Result) -> named.Result:
    """Hide columns with the names of secrets where no reading role keeps them from us."""
    if visit.studio.database.has_reading_role:
        return result
    secret = [bool(SECRETS_PATTERN.search(column.name)) for column in result.columns]
    rows = tuple(
        tuple(HIDDEN.text if hide else value for value, hide in zip(row, secret, strict=True)) for row in result.rows
    )
    return named.Result(result.columns, rows, result.cut)


def _cells(result: named.Result) -> list[list[Cell]]:
    kinds = [column.kind for column in result.columns]
    currency = next((index for index, column in enumerate(result.columns) if column.name == "currency"), None)
    return [
        [
            cell(value, kind, limit=_CELL_CHARACTERS, currency=None if currency is None else row[currency])
            for value, kind in zip(row, kinds, strict=True)
        ]
        for row in result.rows
    ]


def _file(definition: Definition, result: named.Result) -> Response:
    # A query's name is an identifier, so it can stand in a header.
    answer = Response(as_csv(result), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{definition.name}.csv"'
    return answer


ROUTES = (Route("/queries", queries), Route("/query/<name>", query, ("GET", "POST")))
