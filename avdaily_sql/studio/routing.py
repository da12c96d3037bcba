"""What a page is given and what it gives: the visit, and the routes that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import jinja2
    import psycopg
    from werkzeug.wrappers import Request

    from avdaily_sql.sqltree import SqlTree
    from avdaily_sql.studio.database import ReadOnlyDatabase


class Route(NamedTuple):
    """A pattern as Werkzeug writes it, the page behind it, and whether it is a form that runs a query."""

    pattern: str
    page: Callable[..., Response]
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True)
class Studio:
    """What all requests share."""

    database: ReadOnlyDatabase
    tree: SqlTree
    templates: jinja2.Environment


@dataclass(frozen=True)
class Visit:
    """One request for a page."""

    request: Request
    studio: Studio

    def read(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        """Open a read-only transaction for this page."""
        return self.studio.database.read()

    @property
    def tree(self) -> SqlTree:
        """Return where the migrations and the named queries are."""
        return self.studio.tree

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page made of a template of ``templates/``; every value is escaped."""
        text = self.studio.templates.get_template(template).render(visit=self, database=self.studio.database, **values)
        return Response(text, status=status, mimetype="text/html")
