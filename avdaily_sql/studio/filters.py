"""Filters of a table's rows, as an address carries them: ``f.COLUMN.TEST=VALUE``. Knows no connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql

from avdaily_sql.studio.display import LAGOS
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.keyset import reference, typed
from avdaily_sql.studio.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.studio.catalog import Column, Table

PREFIX = "f."
_RANGE = ("from", "to")
_TESTS: dict[Kind, tuple[str, ...]] = {
    Kind.money: (*_RANGE, "eq"),
    Kind.number: (*_RANGE, "eq"),
    Kind.instant: (*_RANGE, "eq"),
    Kind.date: (*_RANGE, "eq"),
    Kind.text: ("has", "starts", "eq"),
    Kind.json: ("has",),
    Kind.bytes: (),
    Kind.other: (),
}
_COMPARISONS = {"from": ">=", "to": "<=", "eq": "="}
_WORDS = {"from": "from", "to": "to", "has": "contains", "starts": "starts with", "eq": "is"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column: which test, and the text that was given."""

    column: Column
    test: str
    given: str

    @property
    def parameter(self) -> str:
        """Return its name in an address."""
        return f"{PREFIX}{self.column.name}.{self.test}"

    def __str__(self) -> str:
        """Return it as a person reads it."""
        if self.test == "null":
            return f"{self.column.name} is {'null' if self.given == 'yes' else 'not null'}"
        return f"{self.column.name} {_WORDS[self.test]} {self.given}"


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter as SQL, with the values that it refers to."""

    text: sql.Composed
    values: dict[str, Any]


def tests_of(column: Column) -> tuple[str, ...]:
    """Return the tests that a column offers, besides whether it is null."""
    if column.choices and column.kind is not Kind.json:
        return ("eq",)
    return _TESTS.get(column.kind, ("eq",))


def read(table: Table, given: Iterable[tuple[str, str]]) -> list[Filter]:
    """Return the filters of an address; what is empty is no filter.

    :raises Refusal: no such column or test; the values are judged by :func:`condition`.
    """
    found = []
    for name, value in given:
        if not name.startswith(PREFIX) or value == "":
            continue
        column_name, _, test = name.removeprefix(PREFIX).rpartition(".")
        column = table.column(column_name)
        if column is None or not column.readable:
            raise Refusal(Fault(400, f'{table.name} shows no column "{column_name}"'))
        if (test != "null" and test not in {*tests_of(column), "eq"}) or column.kind in {Kind.bytes, Kind.other}:
            raise Refusal(Fault(400, f'{column_name} cannot be filtered by "{test}"'))
        found.append(Filter(column, test, value))
    return found


def condition(one: Filter, number: int) -> Condition:
    """Return the SQL of a filter.

    :param number: tells the names of its values from those of other filters.
    :raises Refusal: the text is no value of the column's type.
    """
    column = reference(one.column)
    if one.test == "null":
        return Condition(sql.SQL("{} IS NULL" if one.given == "yes" else "{} IS NOT NULL").format(column), {})
    name = f"filter_{number}"
    place = sql.Placeholder(name)
    if one.test in {"has", "starts"}:
        pattern = ("%" if one.test == "has" else "") + _escaped(one.given) + "%"
        operator = "CAST({} AS text) ILIKE {}" if one.test == "has" else "CAST({} AS text) LIKE {}"
        return Condition(sql.SQL(operator).format(column, place), {name: pattern})
    if one.column.kind is Kind.instant and one.test in _RANGE:
        # A day is a day in Lagos, whole.
        day = _day(one) + timedelta(days=1 if one.test == "to" else 0)
        moment = datetime.combine(day, time(), LAGOS)
        operator = "{} < {}" if one.test == "to" else "{} >= {}"
        return Condition(sql.SQL(operator).format(column, place), {name: moment})
    comparison = sql.SQL(f"{{}} {_COMPARISONS[one.test]} {{}}")
    return Condition(comparison.format(column, typed(one.column, place)), {name: _value(one)})


def _value(one: Filter) -> str:
    """Return the text for the server, judged here so that the answer can name the column."""
    kind, text = one.column.kind, one.given.strip()
    try:
        if kind in {Kind.money, Kind.number}:
            return str(Decimal(text.replace(",", "").replace("₦", "")))
        if kind is Kind.uuid:
            return str(UUID(text))
    except (ValueError, InvalidOperation):
        expected = "a UUID" if kind is Kind.uuid else "a number"
        raise _refused(one, expected) from None
    if kind is Kind.date:
        return _day(one).isoformat()
    if kind is Kind.truth and text not in {"true", "false"}:
        raise _refused(one, "true or false")
    if one.column.choices and kind is Kind.choice and text not in one.column.choices:
        raise _refused(one, f"one of {', '.join(one.column.choices)}")
    return one.given if kind in {Kind.text, Kind.choice} else text


def _day(one: Filter) -> date:
    try:
        day = date.fromisoformat(one.given.strip())
    except ValueError:
        raise _refused(one, "a date such as 2026-01-31") from None
    if day.year > 9000:
        raise _refused(one, "a date before the year 9000")
    return day


def _refused(one: Filter, expected: str) -> Refusal:
    shown = one.given if len(one.given) <= 60 else f"{one.given[:60]}…"
    return Refusal(Fault(400, f'{one.column.name}: "{shown}" is not {expected}', None, "Go back and correct it."))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
