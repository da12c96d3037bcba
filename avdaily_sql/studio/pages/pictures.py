"""The pages of pictures: days, sizes, migrations, and the tables of each subject."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from avdaily_sql import output
from avdaily_sql.schema_docs.domains import DOMAINS
from avdaily_sql.studio import figures, relations
from avdaily_sql.studio.catalog import list_tables
from avdaily_sql.studio.display import LAGOS
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.pictures import bars, diagram
from avdaily_sql.studio.pictures.steps import Point, Steps, steps
from avdaily_sql.studio.routing import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from avdaily_sql.studio.catalog import TableSummary
    from avdaily_sql.studio.figures import Applied, Days
    from avdaily_sql.studio.pictures.svg import Svg
    from avdaily_sql.studio.routing import Visit

_LARGEST = 15


def overview(visit: Visit) -> Response:
    """Show days, sizes and migrations, each as a picture and as a table."""
    with visit.read() as connection:
        (now,) = connection.execute("SELECT now()").fetchone() or (datetime.now(UTC),)
        days = figures.read_days(connection, now.astimezone(LAGOS).date())
        tables = sorted(
            (each for each in list_tables(connection) if each.size_bytes),
            key=lambda each: (-(each.size_bytes or 0), each.name),
        )[:_LARGEST]
        subjects = relations.list_subjects(connection)
        applied = figures.read_migrations(connection)
    return visit.render(
        "pictures.html",
        days=days,
        days_picture=_days(days) if days else None,
        tables=tables,
        tables_picture=_sizes(tables) if tables else None,
        applied=[(each.id, _lagos(each.at), each.duration_ms) for each in reversed(applied or [])],
        applied_picture=_migrations(applied, now) if applied else None,
        subjects=subjects,
    )


def tables(visit: Visit, name: str) -> Response:
    """Show the diagram of one subject, and its foreign keys as a table."""
    subject = next((each for each in DOMAINS if each.name == name), None)
    found = None
    if subject is not None:
        with visit.read() as connection:
            found = relations.read_diagram(connection, subject)
            subjects = relations.list_subjects(connection)
    if subject is None or found is None:
        raise Refusal(Fault(404, "there is no such subject", None, "All subjects are on the page of pictures."))
    return visit.render(
        "diagram.html", subject=subject, subjects=subjects, picture=diagram.draw(found), references=found.references
    )


def _days(found: Days) -> Svg:
    saved = sum((day.saved for day in found.days), Decimal(0))
    withdrawn = sum((day.withdrawn for day in found.days), Decimal(0))
    return bars.columns(
        bars.Columns(
            "days",
            "Savings and withdrawals by day",
            f"{len(found.days)} Lagos days: NGN {saved:,} saved and NGN {withdrawn:,} withdrawn in all. "
            "Each day is in the table below.",
            "NGN",
            tuple(f"{day.day.day} {day.day:%b}" for day in found.days),
            (
                bars.Series("saved", tuple(day.saved for day in found.days)),
                bars.Series("withdrawn", tuple(day.withdrawn for day in found.days)),
            ),
        )
    )


def _sizes(found: Sequence[TableSummary]) -> Svg:
    return bars.rows(
        bars.Rows(
            "sizes",
            "The largest tables",
            f"{len(found)} tables with their indexes; the largest is {found[0].name} "
            f"with {output.size(found[0].size_bytes or 0)}. Each is in the table below.",
            tuple(bars.Row(each.name, each.size_bytes or 0, output.size(each.size_bytes or 0)) for each in found),
        )
    )


def _migrations(applied: Sequence[Applied], now: datetime) -> Svg:
    moments = sorted(each.at.astimezone(LAGOS) for each in applied)
    # All on one day, as in a new database: the line ends with the last one, or it would be a wall at the left.
    until = max(now.astimezone(LAGOS), moments[-1]) if (now - moments[0]).days >= 1 else moments[-1]
    return steps(
        Steps(
            "migrations",
            "Applied migrations over time",
            f"{len(moments)} migrations from {moments[0]:%Y-%m-%d %H:%M:%S} to {moments[-1]:%Y-%m-%d %H:%M:%S}, "
            "Lagos time. Each is in the table below.",
            "migrations",
            tuple(Point(moment, Decimal(count)) for count, moment in enumerate(moments, 1)),
            until,
            whole=True,
        )
    )


def _lagos(moment: datetime) -> str:
    return f"{moment.astimezone(LAGOS):%Y-%m-%d %H:%M:%S}"


ROUTES = (Route("/pictures", overview), Route("/pictures/tables/<name>", tables))
