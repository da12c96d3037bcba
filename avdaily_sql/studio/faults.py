"""What went wrong, as a page: one line of what, one of what to do. Errors of the database are understood here only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from avdaily_sql.errors import AvDailyError
from avdaily_sql.studio.database import STATEMENT_TIMEOUT_MS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from avdaily_sql.studio.routing import Visit


@dataclass(frozen=True, slots=True)
class Fault:
    """What the page says: an HTTP status, what is wrong, why, what to do."""

    status: int
    message: str
    detail: str | None = None
    hint: str | None = None


class Refusal(Exception):
    """Raised by a page or a data module for what the address or the form asks for and there is not."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


UNKNOWN = Fault(
    500,
    "the studio made a mistake",
    "What happened stands in the terminal where avdaily-sql studio runs.",
    "Report it, with those lines.",
)
_BY_ERROR: tuple[tuple[type[psycopg.Error], Fault], ...] = (
    (
        errors.QueryCanceled,
        Fault(
            504,
            f"the database did not answer within {STATEMENT_TIMEOUT_MS // 1000} seconds, and was asked to stop",
            "No index serves this order or this filter, or the server is busy.",
            "Sort by a column that is marked as indexed, or filter by one that leaves fewer rows; the plan says which.",
        ),
    ),
    (
        errors.LockNotAvailable,
        Fault(503, "the table is locked", "A migration or another command is changing it.", "Try again in a moment."),
    ),
    (
        errors.InsufficientPrivilege,
        Fault(403, "the reading role may not read this", None, "See it with psql, as a role that may."),
    ),
    (
        errors.ReadOnlySqlTransaction,
        Fault(403, "this query changes data; the studio runs only those that read", "Nothing was changed."),
    ),
    (
        errors.UndefinedTable,
        Fault(404, "the table is gone", "It was dropped or renamed since the page was made.", "Go back to all tables."),
    ),
    (
        errors.UndefinedColumn,
        Fault(404, "the column is gone", "It was dropped or renamed since the page was made.", "Load the table anew."),
    ),
    (errors.DataError, Fault(400, "the database does not accept a value", None, "Go back and correct it.")),
    (
        errors.OperationalError,
        Fault(503, "the connection to the database is lost", None, "Load the page again once the server is back."),
    ),
)


def of(error: Exception) -> Fault | None:
    """Return what to say of an error; None for one that is our own mistake."""
    if isinstance(error, Refusal):
        return error.fault
    if isinstance(error, AvDailyError):
        return Fault(503 if error.exit_code == 1 else 400, error.message, error.detail, error.hint)
    if not isinstance(error, psycopg.Error):
        return None
    said = error.diag.message_primary
    for kind, fault in _BY_ERROR:
        if isinstance(error, kind):
            return Fault(fault.status, fault.message, fault.detail or said, fault.hint)
    return Fault(400, said or "the database refused this", error.diag.message_detail, error.diag.message_hint)


def page(visit: Visit, fault: Fault) -> Response:
    """Return the page that says it."""
    return visit.render("fault.html", fault.status, fault=fault)
