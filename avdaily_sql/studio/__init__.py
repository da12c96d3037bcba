"""A read-only browser of the database for the web browser, on this machine only.

Who adds a page writes three things, each of one kind:

* a data module in this package (``rows.py``, ``catalog.py`` …): takes a connection, gives frozen dataclasses, knows no
  HTTP and no HTML. Statements are built with :mod:`psycopg.sql`, values are bound.
* a template in ``templates/`` that extends ``base.html`` and fills its blocks ``title``, ``heading`` and ``content``.
  Everything is escaped; style and script are files of ``static/``, for the policy allows nothing inline.
* a page module in ``pages/``: ``ROUTES``, a tuple of :class:`~avdaily_sql.studio.routing.Route`, each with a function
  that is given a :class:`~avdaily_sql.studio.routing.Visit` and what its pattern captured, and returns
  ``visit.render(…)``. It is known once its name stands in ``pages.MODULES``.

``with visit.read() as connection`` opens a read-only transaction of the reading role, with a limit on time; an error of
the database becomes a page in :mod:`~avdaily_sql.studio.faults`, and needs no handling in pages. Pictures are SVG out
of ``pictures/``; links come from :mod:`~avdaily_sql.studio.links`.
"""

from __future__ import annotations

from importlib.util import find_spec

from avdaily_sql.errors import Unsupported

_NEEDED = ("jinja2", "werkzeug")


def require_libraries() -> None:
    """Make sure that the optional libraries are installed, before a server is started for nothing.

    :raises Unsupported: one is missing; with what to install.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise Unsupported(
            f"the studio needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint="pip install 'avdaily-sql[studio]'",
        )
