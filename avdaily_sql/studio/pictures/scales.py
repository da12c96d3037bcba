"""Axes: round figures and round times between two ends, and how they are written."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

_UNITS = ((Decimal(10) ** 12, "tn"), (Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k"))
_EPOCH = datetime(2000, 1, 3)  # A Monday by the wall clock, so that weeks begin on one.
_DAY = timedelta(days=1)
_STEPS = (
    *(timedelta(seconds=count) for count in (1, 2, 5, 15, 30, 60, 120, 300, 900, 1800, 3600, 10800, 21600, 43200)),
    *(count * _DAY for count in (1, 2, 7, 14, 28, 91, 182, 364, 728, 1820, 3640, 18200)),
)


class Scale(NamedTuple):
    """Maps values from ``low`` to ``high`` on a length from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def round_figures(low: Decimal, high: Decimal, *, most: int = 5, whole: bool = False) -> tuple[Decimal, ...]:
    """Return 1, 2 or 5 times a power of ten apart the figures that reach from below ``low`` to above ``high``.

    :param most: how many steps at most.
    :param whole: only whole numbers, for what can be counted.
    """
    if high <= low:
        high = low + 1
    rough = (high - low) / most
    power = Decimal(10) ** rough.adjusted()
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    if whole:
        step = max(step, Decimal(1))
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return tuple(step * count for count in range(int(first), int(last) + 1))


def short(value: Decimal) -> str:
    """Return a figure for an axis: ``1.5k``, ``20m``."""
    for unit, name in _UNITS:
        if abs(value) >= unit:
            return f"{_plain((value / unit).quantize(Decimal('0.01'), ROUND_HALF_UP))}{name}"
    return _plain(value)


def _plain(value: Decimal) -> str:
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def round_times(low: datetime, high: datetime, *, most: int = 7) -> tuple[tuple[datetime, str], ...]:
    """Return the round moments between two, each with how it is written, by the wall clock of their time zone."""
    zone = low.tzinfo
    first, last = low.replace(tzinfo=None), high.astimezone(zone).replace(tzinfo=None)
    step = next((step for step in _STEPS if step * most >= last - first), _STEPS[-1])
    moment = _EPOCH + -(-(first - _EPOCH) // step) * step
    found = []
    while moment <= last:
        found.append((moment.replace(tzinfo=zone), _written(moment, step)))
        moment += step
    return tuple(found)


def _written(moment: datetime, step: timedelta) -> str:
    if step >= 91 * _DAY:
        return f"{moment:%b %Y}"
    if step >= _DAY:
        return f"{moment.day} {moment:%b}"
    if step >= timedelta(minutes=1):
        return f"{moment:%H:%M}" if moment.hour or moment.minute else f"{moment.day} {moment:%b}"
    return f"{moment:%H:%M:%S}"
