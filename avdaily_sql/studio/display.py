"""Values as a person reads them: money, times in Lagos and UTC, JSON, sizes. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from avdaily_sql import output
from avdaily_sql.studio.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nigeria has had no summer time since it has had a clock; its name needs no database of zones.
LAGOS = timezone(timedelta(hours=1), "Lagos")
CELL_CHARACTERS = 120
_NAIRA = "₦"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value on a page.

    ``text`` is what is shown, ``title`` what a pointer brings up, ``href`` where it leads, ``form`` the class that the
    stylesheet knows: money, number, null, hidden … ``whole`` is False where the text is cut.
    """

    text: str
    form: str
    title: str | None = None
    href: str | None = None
    whole: bool = True


HIDDEN = Cell("not shown", "hidden", "a secret, or a column that the reading role may not see")
NULL = Cell("null", "null")


def cell(value: str | None, kind: Kind, *, limit: int = CELL_CHARACTERS, href: str | None = None) -> Cell:
    """Return a value, given as the server writes it, as a cell of a table.

    :param limit: characters that are shown; the value may have been cut to one more.
    """
    if value is None:
        return NULL
    whole = len(value) <= limit
    if kind is Kind.bytes:
        return Cell(f"{value} bytes", "bytes")
    if not whole:
        return Cell(value[:limit] + "…", kind.value, None, href, whole=False)
    if kind is Kind.money:
        return Cell(money(value), "money", None, href)
    if kind is Kind.instant:
        lagos, utc = instant(value)
        return Cell(lagos, "instant", utc, href)
    return Cell(value, kind.value, None, href)


def money(value: str) -> str:
    """Return ``₦1,234.50`` for ``1234.50``; what is no number stays as it is."""
    whole, _, decimals = value.lstrip("-").partition(".")
    if not whole.isdigit():
        return value
    sign = "-" if value.startswith("-") else ""
    return f"{sign}{_NAIRA}{int(whole):,}" + (f".{decimals}" if decimals else "")


def instant(value: str) -> tuple[str, str]:
    """Return a time of the server (UTC, ISO) in Lagos and in UTC; one beyond Python's years twice as it is."""
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        lagos = moment.astimezone(LAGOS)
    except (ValueError, OverflowError):
        return value, f"{value} UTC"
    return f"{lagos:%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + " UTC"


def pretty_json(value: str) -> str:
    """Return JSON with a line for each member; what cannot be read, or was cut, as it is."""
    try:
        return json.dumps(json.loads(value, parse_float=_Figures, parse_int=_Figures), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return value


class _Figures(float):
    """A number with the digits that it was written with: through a float an amount would lose some."""

    def __new__(cls, text: str) -> _Figures:
        made = super().__new__(cls, 0.0)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def size(count: int | None) -> str:
    """Return a number of bytes in words; nothing for what has no size."""
    return "" if count is None else output.size(count)


def count(number: int) -> str:
    """Return a whole number with separators."""
    return f"{number:,}"


def estimate(rows: int | None) -> str:
    """Return an estimated number of rows, in the figures that it deserves."""
    if rows is None:
        return ""
    if rows < 10_000:
        return f"≈ {rows:,}"
    for divisor, unit in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if rows >= divisor:
            return f"≈ {rows / divisor:.3g} {unit}"
    return f"≈ {rows:,}"


def key_in_words(key: Mapping[str, str]) -> str:
    """Return a row's key as it stands in a heading."""
    return ", ".join(value if len(key) == 1 else f"{column} {value}" for column, value in key.items())
