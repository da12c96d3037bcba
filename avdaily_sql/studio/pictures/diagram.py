"""A diagram of tables: a box for each with the columns of its keys, a line with crow's feet for each foreign key."""

from __future__ import annotations

from dataclasses import dataclass

from avdaily_sql.studio.pictures.layout import Layout, Link, Size, arrange
from avdaily_sql.studio.pictures.svg import Svg, element, line, linked_picture, number, text

_HEAD, _ROW, _FOOT = 26.0, 18.0, 8.0
# A letter of the fixed-width font at 12 px, with room for fonts that are a little wider.
_LETTER = 7.5
_MARKS = 46.0


@dataclass(frozen=True)
class Key:
    """A column that belongs to a key, and to which: ``PK``, ``FK``, ``UK``."""

    column: str
    marks: str


@dataclass(frozen=True)
class Box:
    """A table: its name, where a click on it leads, its key columns; ``outside``: of another subject."""

    name: str
    href: str
    keys: tuple[Key, ...]
    outside: bool = False


@dataclass(frozen=True)
class Reference:
    """A foreign key: ``column`` of ``child`` points at ``parent``.

    ``unique``: a parent has one child at most; ``optional``: a child may have no parent.
    """

    child: str
    column: str
    parent: str
    unique: bool
    optional: bool


@dataclass(frozen=True)
class Diagram:
    """The tables of one subject and what they point at; each end of a reference is a box."""

    key: str
    title: str
    about: str
    boxes: tuple[Box, ...]
    references: tuple[Reference, ...]


def draw(diagram: Diagram) -> Svg:
    """Return the picture; the boxes are links."""
    layout = _arranged(diagram)
    parts = [_line(points, each) for points, each in zip(layout.lines, diagram.references, strict=True)]
    parts += [_box(box, layout) for box in diagram.boxes]
    return linked_picture(diagram.key, (layout.width, layout.height), (diagram.title, diagram.about), *parts)


def _arranged(diagram: Diagram) -> Layout:
    boxes = {box.name: box for box in diagram.boxes}
    links = [Link(each.parent, each.child, _height_of(boxes[each.child], each.column)) for each in diagram.references]
    # Two lines into one row would lie on each other.
    seen: dict[tuple[str, float], int] = {}
    apart = []
    for link in links:
        place = seen[link.child, link.into] = seen.get((link.child, link.into), -1) + 1
        apart.append(link._replace(into=link.into + (0, 5, -5, 2.5, -2.5)[place % 5]))
    return arrange({box.name: _size(box) for box in diagram.boxes}, apart)


def _size(box: Box) -> Size:
    widest = max((len(key.column) for key in box.keys), default=0) * _LETTER + _MARKS
    return Size(max(widest, len(box.name) * (_LETTER + 0.5)) + 20, _HEAD + len(box.keys) * _ROW + _FOOT)


def _height_of(box: Box, column: str) -> float:
    place = next((place for place, key in enumerate(box.keys) if key.column == column), None)
    return _HEAD / 2 if place is None else _HEAD + (place + 0.5) * _ROW


def _box(box: Box, layout: Layout) -> Svg:
    x, y, width, height = layout.places[box.name]
    frame: dict[str, str | float | None] = {"x": x, "y": y, "width": width, "height": height, "rx": 4}
    parts = [
        element("rect", frame | {"class": "box"}),
        text(x + 10, y + 18, "name", box.name),
        line(x, y + _HEAD, x + width, y + _HEAD, "rule"),
    ]
    for place, key in enumerate(box.keys):
        base = y + _HEAD + place * _ROW + 14
        parts += [text(x + 10, base, "marks", key.marks), text(x + _MARKS + 10, base, "column", key.column)]
    return element("a", {"href": box.href, "class": "outside" if box.outside else "inside"}, *parts)


def _line(points: tuple[tuple[float, float], ...], reference: Reference) -> Svg:
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    many = "at most one" if reference.unique else "many"
    one = "none or one" if reference.optional else "one"
    told = f"{reference.child}.{reference.column} points at {reference.parent}: {many} to {one}"
    parts = [
        element("path", {"d": path, "class": "edge"}),
        _sign(points[-1], points[-2], foot=not reference.unique, ring=True),
        _sign(points[0], points[1], foot=False, ring=reference.optional),
    ]
    return element("g", {"class": "reference"}, element("title", {}, told), *parts)


def _sign(end: tuple[float, float], before: tuple[float, float], *, foot: bool, ring: bool) -> Svg:
    """Return how many there are at this end: a foot for many or a bar for one, behind it a ring for perhaps none."""
    length = max(abs(end[0] - before[0]), abs(end[1] - before[1])) or 1.0
    along = ((before[0] - end[0]) / length, (before[1] - end[1]) / length)

    def at(far: float, aside: float) -> str:
        x, y = end[0] + along[0] * far - along[1] * aside, end[1] + along[1] * far + along[0] * aside
        return f"{number(x)} {number(y)}"

    mark = f"M{at(0, -4)}L{at(9, 0)}L{at(0, 4)}" if foot else f"M{at(6, -4)}L{at(6, 4)}"
    parts = [element("path", {"d": mark, "class": "edge"})]
    if ring:
        x, y = end[0] + along[0] * 12, end[1] + along[1] * 12
        parts.append(element("circle", {"cx": x, "cy": y, "r": 3, "class": "ring"}))
    elif not foot:
        parts.append(element("path", {"d": f"M{at(9, -4)}L{at(9, 4)}", "class": "edge"}))
    return element("g", {}, *parts)
