"""Pictures: whatever the figures and names are, the text is one well-formed SVG in which they can do nothing."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avdaily_sql.studio.pictures import bars, diagram, scales, steps
from avdaily_sql.studio.pictures.layout import Link, Size, arrange

SVG = "{http://www.w3.org/2000/svg}"
LAGOS = timezone(timedelta(hours=1))
HOSTILE = """<script>alert(1)</script>"'&\x00\x0b\ud800"""
texts = st.text(max_size=30) | st.just(HOSTILE)
money = st.decimals(0, 10**12, places=2)
days = st.integers(1, 40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(LAGOS))


def parsed(svg: str) -> ET.Element:
    """Read a picture as a browser would; there is nothing in it that could run or load."""
    # Inside HTML the namespace goes without saying.
    root = ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    for each in root.iter():
        assert each.tag.removeprefix(SVG) in {
            *("svg", "title", "desc", "g", "a", "rect", "line", "path", "circle", "text")
        }
        assert not {"style", "src"} & set(each.attrib)
        assert not [name for name in each.attrib if name.startswith("on")]
    return root


def announced(root: ET.Element) -> tuple[str | None, str | None]:
    ids = {each.get("id"): each.text for each in root.iter() if each.get("id")}
    return ids[root.get("aria-labelledby")], ids[root.get("aria-describedby")]


@given(texts, texts, st.lists(st.tuples(texts, money, money), max_size=40))
@settings(deadline=None)
def test_columns_of_any_names_and_figures_are_one_harmless_picture(title, name, figures):
    chart = bars.Columns(
        "daily",
        title,
        "about",
        "NGN",
        tuple(label for label, _, _ in figures),
        (
            bars.Series(name, tuple(one for _, one, _ in figures)),
            bars.Series("b", tuple(two for *_, two in figures)),
        ),
    )
    root = parsed(bars.columns(chart))
    assert root.get("role") == "img"
    drawn = [each for each in root.iter(f"{SVG}rect") if each.find(f"{SVG}title") is not None]
    assert len(drawn) == sum((one > 0) + (two > 0) for _, one, two in figures)


def test_a_column_is_as_high_as_its_figure():
    chart = bars.Columns("k", "t", "a", "NGN", ("1", "2"), (bars.Series("s", (Decimal(50), Decimal(100))),))
    heights = [
        float(each.get("height"))
        for each in parsed(bars.columns(chart)).iter(f"{SVG}rect")
        if each.find(f"{SVG}title") is not None
    ]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.1)


@given(st.lists(st.tuples(texts, st.integers(0, 10**15), texts), max_size=60))
@settings(deadline=None)
def test_rows_of_any_names_and_sizes_stay_inside_their_picture(rows):
    root = parsed(bars.rows(bars.Rows("sizes", "t", "a", tuple(bars.Row(*row) for row in rows))))
    for each in root.iter(f"{SVG}rect"):
        assert float(each.get("x")) >= 0
        assert float(each.get("x")) + float(each.get("width")) <= bars.WIDTH


@given(st.lists(st.tuples(moments, st.decimals(-(10**9), 10**12, places=2)), max_size=80), texts)
@settings(deadline=None)
def test_a_line_of_any_moments_and_heights_stays_inside_its_picture(points, title):
    points = sorted(points)
    until = points[-1][0] if points else datetime(2026, 1, 1, tzinfo=LAGOS)
    root = parsed(
        steps.steps(steps.Steps("balance", title, "a", "NGN", tuple(steps.Point(*each) for each in points), until))
    )
    width, height = (float(root.get(name)) for name in ("width", "height"))
    for each in root.iter(f"{SVG}circle"):
        assert 0 <= float(each.get("cx")) <= width
        assert 0 <= float(each.get("cy")) <= height


def test_the_title_and_the_description_are_announced_as_they_are():
    chart = bars.Rows("sizes", "a < b & c", 'say "no"', ())
    assert announced(parsed(bars.rows(chart))) == ("a < b & c", 'say "no"')


@given(st.decimals(-(10**12), 10**12, places=2), st.decimals(0, 10**12, places=2), st.booleans())
@settings(deadline=None)
def test_figures_of_an_axis_enclose_what_is_drawn_in_even_steps(low, span, whole):
    figures = scales.round_figures(low, low + span, whole=whole)
    assert figures[0] <= low
    assert figures[-1] >= low + span
    assert len({b - a for a, b in itertools.pairwise(figures)}) == 1
    assert len(figures) <= 8
    if whole:
        assert all(figure == int(figure) for figure in figures)


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        ("0", "0"),
        ("999", "999"),
        ("1500", "1.5k"),
        ("2000000", "2m"),
        ("1000000000000", "1tn"),
        ("0.5", "0.5"),
        ("100", "100"),
    ],
)
def test_a_figure_on_an_axis_is_short(figure, written):
    assert scales.short(Decimal(figure)) == written


@given(moments, st.timedeltas(timedelta(0), timedelta(days=36000)))
@settings(deadline=None)
def test_moments_of_an_axis_are_between_its_ends_and_few(low, span):
    found = scales.round_times(low, low + span)
    assert all(low <= moment <= low + span for moment, _ in found)
    assert len(found) <= 8


def test_moments_of_an_axis_are_round_by_the_wall_clock_of_their_zone():
    low = datetime(2026, 3, 1, 20, 0, tzinfo=UTC).astimezone(LAGOS)
    found = scales.round_times(low, low + timedelta(days=5))
    assert [label for _, label in found] == ["2 Mar", "3 Mar", "4 Mar", "5 Mar", "6 Mar"]
    assert all(moment.hour == 0 for moment, _ in found)


# Diagrams

names = st.sampled_from([f"table_{number}" for number in range(9)])
sizes = st.dictionaries(
    names, st.builds(Size, st.floats(40, 300).map(round), st.floats(30, 200).map(round)), min_size=1
)


@st.composite
def graphs(draw):
    boxes = draw(sizes)
    ends = st.sampled_from(sorted(boxes))
    links = draw(st.lists(st.tuples(ends, ends), max_size=20))
    return boxes, [Link(one, two, draw(st.floats(2, boxes[two].height - 2))) for one, two in links]


def inside(point_x, point_y, place, by=0.01):
    return place.x + by < point_x < place.x + place.width - by and place.y + by < point_y < place.y + place.height - by


@given(graphs())
@settings(deadline=None, max_examples=200)
def test_boxes_of_a_diagram_never_overlap(graph):
    boxes, links = graph
    layout = arrange(boxes, links)
    assert set(layout.places) == set(boxes)
    for one, two in itertools.combinations(layout.places.values(), 2):
        apart = (
            one.x + one.width <= two.x
            or two.x + two.width <= one.x
            or one.y + one.height <= two.y + 1e-6
            or two.y + two.height <= one.y + 1e-6
        )
        assert apart, (one, two)


@given(graphs())
@settings(deadline=None, max_examples=200)
def test_lines_of_a_diagram_go_through_no_box_and_stay_in_the_picture(graph):
    boxes, links = graph
    layout = arrange(boxes, links)
    assert len(layout.lines) == len(links)
    for points in layout.lines:
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            assert x1 == x2 or y1 == y2, "a line is drawn at a slant"
            assert min(x1, x2) >= 0
            assert max(x1, x2) <= layout.width
            assert min(y1, y2) >= 0
            assert max(y1, y2) <= layout.height
            count = max(2, math.ceil((abs(x2 - x1) + abs(y2 - y1)) / 5))
            for place in layout.places.values():
                for step in range(count + 1):
                    x, y = x1 + (x2 - x1) * step / count, y1 + (y2 - y1) * step / count
                    assert not inside(x, y, place), (points, place)


@given(graphs())
@settings(deadline=None, max_examples=100)
def test_lines_of_a_diagram_begin_at_their_parent_and_end_at_their_child(graph):
    boxes, links = graph
    layout = arrange(boxes, links)
    for link, points in zip(links, layout.lines, strict=True):
        for (x, y), name in ((points[0], link.parent), (points[-1], link.child)):
            place = layout.places[name]
            assert place.x - 0.01 <= x <= place.x + place.width + 0.01
            assert place.y - 0.01 <= y <= place.y + place.height + 0.01


@given(graphs())
@settings(deadline=None, max_examples=50)
def test_the_same_diagram_is_laid_out_the_same(graph):
    boxes, links = graph
    assert arrange(boxes, links) == arrange(dict(reversed(boxes.items())), links)


def test_a_child_stands_right_of_its_parent():
    layout = arrange({"a": Size(50, 50), "b": Size(50, 50), "c": Size(50, 50)}, [Link("a", "b", 5), Link("b", "c", 5)])
    assert layout.places["a"].x < layout.places["b"].x < layout.places["c"].x


@given(st.lists(texts, min_size=1, max_size=6, unique=True), texts)
@settings(deadline=None)
def test_a_diagram_of_tables_of_any_names_is_one_harmless_picture_whose_boxes_are_links(tables, column):
    boxes = tuple(diagram.Box(name, "/table/x", (diagram.Key(column, "PK"),)) for name in tables)
    references = tuple(diagram.Reference(name, column, tables[0], unique=False, optional=True) for name in tables)
    root = parsed(diagram.draw(diagram.Diagram("er", "t", "a", boxes, references)))
    assert root.get("role") == "group"
    assert [each.get("href") for each in root.iter(f"{SVG}a")] == ["/table/x"] * len(tables)
