"""Durations as people write them, in directives and options. Pure."""

from __future__ import annotations

import re

_UNITS_MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(?P<number>\d{1,9})\s*(?P<unit>ms|s|min|h)|0", re.ASCII)


def duration_ms(text: str) -> int:
    """Return the milliseconds of ``250ms``, ``5s``, ``10min``, ``1h`` or ``0``.

    :raises ValueError: it is none of these.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is not a duration such as 250ms, 5s, 10min or 1h')
    return int(match["number"]) * _UNITS_MS[match["unit"]] if match["unit"] else 0
