"""The first page: all tables by their subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.studio.catalog import list_subjects
from avdaily_sql.studio.routing import Route

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from avdaily_sql.studio.routing import Visit


def home(visit: Visit) -> Response:
    """Show all tables and views with what is known of their size."""
    with visit.read() as connection:
        subjects = list_subjects(connection)
    return visit.render("home.html", subjects=subjects)


ROUTES = (Route("/", home),)
