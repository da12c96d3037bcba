"""The studio as a WSGI application: the gate, the routes to the pages, and the headers of every answer."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jinja2
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from avdaily_sql import __version__
from avdaily_sql.studio import display, faults, links, pages
from avdaily_sql.studio.access import harden
from avdaily_sql.studio.routing import Studio, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.sqltree import SqlTree
    from avdaily_sql.studio.access import Gate
    from avdaily_sql.studio.database import ReadOnlyDatabase

_HERE = Path(__file__).parent
# A form holds a handful of values; more is no form of ours.
_MOST_FORM_BYTES = 1 << 20


class Application:
    """Answers each request; nothing reaches a page without passing the gate."""

    def __init__(self, database: ReadOnlyDatabase, tree: SqlTree, gate: Gate) -> None:
        self._gate = gate
        self._studio = Studio(database, tree, _templates())
        self._routes = Map(_rules(), merge_slashes=False, strict_slashes=False)
        self._static = SharedDataMiddleware(NotFound(), {"/static": str(_HERE / "static")}, cache=False)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request, as WSGI says it."""
        request = Request(environ)
        request.max_content_length = request.max_form_memory_size = _MOST_FORM_BYTES
        return harden(self._answer(request))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        refusal = self._gate.turn_away(request)
        if refusal is not None:
            return refusal
        if request.path.startswith("/static/"):
            return Response.from_app(self._static, request.environ)
        visit = Visit(request, self._studio)
        try:
            page, captured = self._routes.bind_to_environ(request.environ).match()
            return cast("Response", page(visit, **captured))
        except Exception as error:  # noqa: BLE001 (the last resort: a page, and the frames on stderr for who reports it)
            return faults.page(visit, _fault(error))


def _fault(error: Exception) -> faults.Fault:
    if isinstance(error, NotFound):
        return faults.Fault(404, "there is no such page", "The address leads nowhere.")
    if isinstance(error, HTTPException):
        return faults.Fault(error.code or 400, error.name.lower(), error.description)
    fault = faults.of(error)
    if fault is None:
        traceback.print_exception(error, file=sys.stderr)
    return fault or faults.UNKNOWN


def _rules() -> Iterable[Rule]:
    for name in pages.MODULES:
        module = importlib.import_module(f"{pages.__name__}.{name}")
        for route in module.ROUTES:
            yield Rule(route.pattern, endpoint=route.page, methods=route.methods)


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "version": __version__,
        "table_url": links.table_url,
        "row_url": links.row_url,
        "query_url": links.query_url,
        "person_url": links.person_url,
        "wallet_url": links.wallet_url,
        "diagram_url": links.diagram_url,
        "table_plan_url": links.table_plan_url,
    }
    environment.filters |= {"size": display.size, "count": display.count, "estimate": display.estimate}
    return environment
