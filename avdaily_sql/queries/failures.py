"""Errors of a call: psycopg's own classes with the query's name, our SQLSTATEs as our classes, no secret in either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from psycopg.pq import DiagnosticField

from avdaily_sql.queries.native import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from avdaily_sql.errors import AvDailyError, Location
    from avdaily_sql.queries.definition import Definition

_SECRET = re.compile(r"password|passwd|secret|token|otp|credential|government_id|private_key|_hash$|(?:^|_)pin(?:_|$)")
_HIDDEN = "hidden, because the query carries a secret"
_OWN_CONTEXT = re.compile(r"(?:PL/pgSQL|SQL) (?:inline code block|function|statement)")


def explain(error: psycopg.Error, definition: Definition) -> None:
    """Say in the error which query failed, and where in its file.

    :raises Refusal: the error is one of our own SQLSTATEs.
    """
    if any(_SECRET.search(name) for name in definition.parameters):
        _hide_values(error)
    refusal = _refusal(error)
    failed: BaseException = error if refusal is None else refusal
    for note in _notes(definition, _location(error, definition)):
        failed.add_note(note)
    if refusal is not None:
        raise refusal from error


def _refusal(error: psycopg.Error) -> AvDailyError | None:
    if not (error.sqlstate or "").startswith("AV"):
        return None
    # Many small classes, wanted only now.
    from avdaily_sql import refusals

    return refusals.from_error(error)


def _location(error: psycopg.Error, definition: Definition) -> Location:
    position = error.diag.statement_position
    return definition.location if position is None else locate(definition, int(position))


def _notes(definition: Definition, where: Location) -> Iterator[str]:
    yield f"query {definition.name}, {where}"
    if where.source is not None and where.column is not None:
        number = f"{where.line:>6}"
        yield f"{number} | {where.source}"
        yield f"{' ' * len(number)} | {' ' * (where.column - 1)}^"


def _hide_values(error: psycopg.Error) -> None:
    """Take out of the error whatever may be a parameter's value or a row; codes and names of constraints stay."""
    result = error.pgresult
    if result is None:
        return
    fields: dict[int, bytes | None] = {field: result.error_field(field) for field in DiagnosticField}
    text = (fields[DiagnosticField.MESSAGE_PRIMARY] or b"").decode(errors="replace")
    state = error.sqlstate or ""
    if state.startswith("22"):
        # invalid input syntax for type uuid: "the value"
        text = text.partition(": ")[0]
    detail = fields[DiagnosticField.MESSAGE_DETAIL]
    if detail is not None and not state.startswith("AV"):
        detail = _HIDDEN.encode()
    context = (fields[DiagnosticField.CONTEXT] or b"").decode(errors="replace")
    kept = "\n".join(line for line in context.splitlines() if _OWN_CONTEXT.match(line))
    fields[DiagnosticField.MESSAGE_PRIMARY] = text.encode()
    fields[DiagnosticField.MESSAGE_DETAIL] = detail
    fields[DiagnosticField.CONTEXT] = kept.encode() or None
    _replace(error, fields)


def _replace(error: psycopg.Error, fields: dict[int, bytes | None]) -> None:
    labels = (
        ("", "MESSAGE_PRIMARY"),
        ("DETAIL:  ", "MESSAGE_DETAIL"),
        ("HINT:  ", "MESSAGE_HINT"),
        ("CONTEXT:  ", "CONTEXT"),
    )
    parts = [(label, fields[DiagnosticField[name]]) for label, name in labels]
    error.args = ("\n".join(label + value.decode(errors="replace") for label, value in parts if value),)
    # What psycopg itself keeps of an error that was pickled: the fields without the result they came from.
    replaced: Any = error
    replaced._info = fields
