"""The base of all refusals of the database, and how one is made of psycopg's error."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from avdaily_sql.errors import AvDailyError

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

# How a value of the database's JSON becomes what an attribute is declared as.
_READERS: dict[str, Callable[[Any], Any]] = {
    "Decimal": Decimal,
    "UUID": UUID,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}
_CLASSES: dict[str, type[Refusal]] = {}


class Refusal(AvDailyError):
    """A rule of the database said no (any code of class AV); nothing of the statement happened.

    ``values`` is all that the database said about it; each class has them as attributes, money as Decimal.
    """

    code: ClassVar[str] = ""
    values: dict[str, Any]

    def __init_subclass__(cls, code: str) -> None:
        cls.code = code
        _CLASSES[code] = cls


def from_error(error: psycopg.Error) -> Refusal | None:
    """Return our error for a database error of class AV, None for any other."""
    code = error.sqlstate or ""
    if not code.startswith("AV"):
        return None
    diagnostic = error.diag
    values = _values(diagnostic.message_detail)
    made = _CLASSES.get(code, Refusal)(
        diagnostic.message_primary or str(error),
        detail="; ".join(f"{name}: {value}" for name, value in values.items()) or diagnostic.message_detail,
        hint=diagnostic.message_hint,
        sqlstate=code,
    )
    declared = type(made).__annotations__
    made.values = {name: _read(value, declared.get(name)) for name, value in values.items()}
    for name in declared.keys() & made.values.keys():
        setattr(made, name, made.values[name])
    return made


def _read(value: Any, declared: str | None) -> Any:
    if value is None or declared is None:
        return value
    reader = _READERS.get(declared.removesuffix(" | None"))
    try:
        return value if reader is None else reader(value)
    except (ValueError, TypeError, ArithmeticError):
        # A value of another form than was agreed must not hide what the database said.
        return value


def _values(detail: str | None) -> dict[str, Any]:
    try:
        found = json.loads(detail or "{}")
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
