"""A result as a CSV file that opens in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from avdaily_sql.studio.kinds import Kind

if TYPE_CHECKING:
    from avdaily_sql.studio.named import Result

# A cell that begins so is a formula to a spreadsheet, and users choose their own names; a telephone number is none.
_FORMULA = re.compile(r"^[=+\-@\t\r](?![\d ]+$)")
_FREE_TEXT = frozenset({Kind.text, Kind.json, Kind.other, Kind.choice})


def as_csv(result: Result) -> str:
    """Return the rows as RFC 4180 has them: times in UTC, money as plain digits, null as nothing.

    An apostrophe stands before text that a spreadsheet would take for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in result.columns])
    for row in result.rows:
        writer.writerow([_safe(value, column.kind) for value, column in zip(row, result.columns, strict=True)])
    return text.getvalue()


def _safe(value: str | None, kind: Kind) -> str:
    if value is None:
        return ""
    return f"'{value}" if kind in _FREE_TEXT and _FORMULA.match(value) else value
