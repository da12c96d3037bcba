"""A line that holds its height until it changes: a balance, or how many of something there were."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.studio.pictures.scales import Scale, round_figures, round_times, short
from avdaily_sql.studio.pictures.svg import Svg, element, line, number, picture, text

if TYPE_CHECKING:
    from datetime import datetime

WIDTH = 720.0
_LEFT, _TOP, _PLOT, _BOTTOM, _RIGHT = 56.0, 12.0, 200.0, 26.0, 24.0
# More dots than this are a smear.
_MOST_DOTS = 60


class Point(NamedTuple):
    """From this moment on it is this high."""

    at: datetime
    value: Decimal


@dataclass(frozen=True)
class Steps:
    """A line from the first point until ``until``; points in the order of time, all in one time zone.

    ``whole``: what it counts has no parts, so the axis has none.
    """

    key: str
    title: str
    about: str
    unit: str
    points: tuple[Point, ...]
    until: datetime
    whole: bool = False


def steps(chart: Steps) -> Svg:
    """Return the picture; without a point, an empty plot."""
    values = [point.value for point in chart.points] or [Decimal(0)]
    figures = round_figures(min(*values, Decimal(0)), max(*values, Decimal(0)), whole=chart.whole)
    floor, end = _TOP + _PLOT, WIDTH - _RIGHT
    height = Scale(float(figures[0]), float(figures[-1]), floor, _TOP)
    parts = []
    for figure in figures:
        y = height.at(float(figure))
        parts += [line(_LEFT, y, end, y, "grid"), text(_LEFT - 6, y + 4, "tick", short(figure), anchor="end")]
    if chart.points:
        first = chart.points[0].at
        time = Scale(first.timestamp(), chart.until.timestamp(), _LEFT, end)
        for moment, label in round_times(first, chart.until):
            x = time.at(moment.timestamp())
            parts += [line(x, floor, x, floor + 4, "grid"), text(x, floor + 18, "tick", label, anchor="middle")]
        parts += _drawn(chart, time, height)
    return picture(chart.key, (WIDTH, floor + _BOTTOM), (chart.title, chart.about), *parts)


def _drawn(chart: Steps, time: Scale, height: Scale) -> list[Svg]:
    corners = [(time.at(point.at.timestamp()), height.at(float(point.value))) for point in chart.points]
    path = f"M{number(corners[0][0])} {number(corners[0][1])}"
    path += "".join(f"H{number(x)}V{number(y)}" for x, y in corners[1:]) + f"H{number(time.end)}"
    base = number(height.at(0))
    area = f"{path}V{base}H{number(corners[0][0])}Z"
    parts = [element("path", {"d": area, "class": "area-1"}), element("path", {"d": path, "class": "line-1"})]
    if len(corners) <= _MOST_DOTS:
        for point, (x, y) in zip(chart.points, corners, strict=True):
            told = element("title", {}, f"{point.at:%Y-%m-%d %H:%M}: {point.value:,} {chart.unit}".rstrip())
            parts.append(element("circle", {"cx": x, "cy": y, "r": 3, "class": "fill-1"}, told))
    return parts
