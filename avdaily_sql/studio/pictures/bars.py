"""Bars: figures of days side by side, and sizes one below the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from avdaily_sql.studio.pictures.scales import Scale, round_figures, short
from avdaily_sql.studio.pictures.svg import Svg, element, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 720.0
_LEFT, _TOP, _PLOT, _BOTTOM = 56.0, 34.0, 200.0, 26.0
_ROW, _LETTER = 24.0, 7.0


@dataclass(frozen=True)
class Series:
    """One colour: what it stands for, and one figure for each column."""

    name: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True)
class Columns:
    """Figures side by side: ``labels`` below them, as many as each series has values; ``unit`` follows a figure."""

    key: str
    title: str
    about: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Row:
    """One bar with its name, its length, and the length as people read it."""

    name: str
    value: int
    label: str


@dataclass(frozen=True)
class Rows:
    """Bars one below the other, the longest as long as the picture is wide."""

    key: str
    title: str
    about: str
    rows: tuple[Row, ...]


def columns(chart: Columns) -> Svg:
    """Return the picture; figures below zero are drawn as zero, for none of ours is."""
    highest = max((value for series in chart.series for value in series.values), default=Decimal(0))
    figures = round_figures(Decimal(0), max(highest, Decimal(0)))
    floor = _TOP + _PLOT
    scale = Scale(0, float(figures[-1]), floor, _TOP)
    parts = [*_grid(figures, scale), *legend([series.name for series in chart.series])]
    room = (WIDTH - _LEFT) / max(len(chart.labels), 1)
    every = -(-len(chart.labels) // max(int((WIDTH - _LEFT) // 52), 1)) or 1
    wide = room * 0.8 / max(len(chart.series), 1)
    for number, label in enumerate(chart.labels):
        left = _LEFT + number * room
        if number % every == 0:
            parts.append(text(left + room / 2, floor + 18, "tick", label, anchor="middle"))
        for place, series in enumerate(chart.series):
            value = series.values[number]
            if value <= 0:
                continue
            top = scale.at(float(value))
            told = element("title", {}, f"{label}: {series.name} {value:,} {chart.unit}".rstrip())
            shape: dict[str, str | float | None] = {"x": left + room * 0.1 + place * wide, "y": top, "width": wide}
            parts.append(element("rect", shape | {"height": floor - top, "class": f"fill-{place + 1}"}, told))
    return picture(chart.key, (WIDTH, floor + _BOTTOM), (chart.title, chart.about), *parts)


def _grid(figures: Sequence[Decimal], scale: Scale) -> list[Svg]:
    parts = []
    for figure in figures:
        y = scale.at(float(figure))
        parts += [line(_LEFT, y, WIDTH, y, "grid"), text(_LEFT - 6, y + 4, "tick", short(figure), anchor="end")]
    return parts


def legend(names: Sequence[str]) -> list[Svg]:
    """Return a square and a name for each colour, at the top."""
    parts, x = [], _LEFT
    for place, name in enumerate(names, 1):
        square: dict[str, str | float | None] = {"x": x, "y": 4, "width": 12, "height": 12, "class": f"fill-{place}"}
        parts += [element("rect", square), text(x + 18, 14, "label", name)]
        x += 18 + len(name) * _LETTER + 24
    return parts


def rows(chart: Rows) -> Svg:
    """Return the picture; its height follows the number of bars."""
    left = min(max((len(row.name) for row in chart.rows), default=0) * _LETTER + 12, WIDTH / 2)
    right = max((len(row.label) for row in chart.rows), default=0) * _LETTER + 12
    scale = Scale(0, max((row.value for row in chart.rows), default=0) or 1, 0, WIDTH - left - right)
    parts = []
    for number, row in enumerate(chart.rows):
        top = number * _ROW
        length = scale.at(max(row.value, 0))
        shape: dict[str, str | float | None] = {"x": left, "y": top + 4, "width": max(length, 1), "height": _ROW - 8}
        parts += [
            text(left - 8, top + 16, "label", row.name, anchor="end"),
            element("rect", shape | {"class": "fill-1"}),
            text(left + max(length, 1) + 6, top + 16, "tick", row.label),
        ]
    return picture(chart.key, (WIDTH, max(len(chart.rows), 1) * _ROW), (chart.title, chart.about), *parts)
