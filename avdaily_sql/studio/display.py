"""Values as a person reads them: money, times in Lagos and UTC, JSON, sizes. Pure."""

from __future__ import annotations

import re
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
NAIRA = "NGN"
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_OPENING = ("{", "[")


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


def cell(
    value: str | None, kind: Kind, *, limit: int = CELL_CHARACTERS, href: str | None = None, currency: str | None = None
) -> Cell:
    """Return a value, given as the server writes it, as a cell of a table.

    :param limit: characters that are shown; the value may have been cut to one more.
    :param currency: what the row says of its amounts; naira where it says nothing.
    """
    if value is None:
        return NULL
    whole = len(value) <= limit
    if kind is Kind.bytes:
        return Cell(f"{value} bytes", "bytes")
    if not whole:
        return Cell(value[:limit] + "…", kind.value, None, href, whole=False)
    if kind is Kind.money:
        return Cell(amount(value, currency or NAIRA), "money", None, href)
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


def amount(value: str, currency: str) -> str:
    """Return an amount in its currency: ``₦1,234.50``, ``USD 1.00``."""
    written = money(value)
    return written if currency == NAIRA else f"{currency} {written.replace(_NAIRA, '')}"


def instant(value: str) -> tuple[str, str]:
    """Return a time of the server (UTC, ISO) in Lagos and in UTC; one beyond Python's years twice as it is."""
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        lagos = moment.astimezone(LAGOS)
    except (ValueError, OverflowError):
        return value, f"{value} UTC"
    return f"{lagos:%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + " UTC"


def pretty_json(value: str) -> str:
    """Return JSON of the server with a line for each member; every text and figure stays as it is written."""
    parts, depth, before = [], 0, ""
    for word in _JSON_TOKEN.findall(value):
        if word in "}]":
            depth -= 1
        if (before in _OPENING and word not in "}]") or (word in "}]" and before not in _OPENING) or before == ",":
            parts.append("\n" + _indent(depth))
        parts.append(": " if word == ":" else word)
        if word in "{[":
            depth += 1
        before = word
    return "".join(parts)


def _indent(depth: int) -> str:
    # Nesting of thousands would be indented by more than its text.
    return "  " * min(depth, 40)


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
