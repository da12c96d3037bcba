"""Values as a person reads them, without a database."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avdaily_sql.studio.display import cell, estimate, instant, money, pretty_json
from avdaily_sql.studio.kinds import Kind, kind_of
from avdaily_sql.studio.named import Result, ResultColumn
from avdaily_sql.studio.plans import parse
from avdaily_sql.studio.spreadsheet import as_csv


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234567.50", "₦1,234,567.50"),
        ("0.00", "₦0.00"),
        ("-0.01", "-₦0.01"),
        ("12", "₦12"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("99999999999999999999999.99", "₦99,999,999,999,999,999,999,999.99"),
    ],
)
def test_money_keeps_each_kobo(value, shown):
    assert money(value) == shown


@pytest.mark.parametrize(("currency", "shown"), [(None, "-₦1,234.50"), ("NGN", "-₦1,234.50"), ("USD", "USD -1,234.50")])
def test_money_of_another_currency_is_not_shown_as_naira(currency, shown):
    assert cell("-1234.50", Kind.money, currency=currency).text == shown


def test_a_moment_before_midnight_in_utc_is_the_next_day_in_lagos():
    assert instant("2026-01-31 23:30:00.5+00") == ("2026-02-01 00:30:00", "2026-01-31 23:30:00.5 UTC")


@pytest.mark.parametrize(
    "value", ["infinity", "294276-12-31 23:59:59+00", "0044-03-15 00:00:00+00 BC", "9999-12-31 23:30:00+00"]
)
def test_a_moment_beyond_the_calendar_is_left_alone(value):
    assert instant(value)[0] == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
@settings(deadline=None)
def test_json_laid_out_is_the_same_json(value):
    assert json.loads(pretty_json(json.dumps(value, ensure_ascii=False))) == value


def test_json_looks_as_one_expects():
    text = '{"a": [1.10, {}], "b": {"c": []}, "d": "x: {,}"}'
    assert pretty_json(text) == '{\n  "a": [\n    1.10,\n    {}\n  ],\n  "b": {\n    "c": []\n  },\n  "d": "x: {,}"\n}'


def test_json_of_ten_thousand_levels_is_laid_out_in_bounds():
    assert len(pretty_json("[" * 10_000 + "]" * 10_000)) < 2_000_000


@pytest.mark.parametrize(
    ("rows", "shown"),
    [(None, ""), (0, "≈ 0"), (9999, "≈ 9,999"), (10_000, "≈ 10 thousand"), (10_400_000, "≈ 10.4 million")],
)
def test_an_estimate_has_the_figures_that_it_deserves(rows, shown):
    assert estimate(rows) == shown


def test_a_long_value_is_cut_and_says_so():
    assert cell("x" * 121, Kind.text).text == "x" * 120 + "…"
    assert cell("x" * 120, Kind.text).text == "x" * 120


def test_only_numbers_with_two_decimals_are_money():
    assert kind_of("numeric", "b", 2) is Kind.money
    assert kind_of("numeric", "b", 4) is Kind.number
    assert kind_of("int8", "b") is Kind.number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("+2348012345678", "+2348012345678"),
        ("-5", "-5"),
        ("Ada", "Ada"),
        (None, ""),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_only_text(value, written):
    text = as_csv(Result((ResultColumn("name", Kind.text),), ((value,),), cut=False))
    assert text == f"name\r\n{written or chr(34) * 2}\r\n"


def test_the_costly_step_is_the_one_that_takes_most_by_itself():
    def node(kind, total, loops, *inner):
        return {
            "Node Type": kind, "Actual Total Time": total, "Actual Loops": loops, "Actual Rows": 1, "Plan Rows": 20,
            "Plans": list(inner),
        }  # fmt: skip

    scan = node("Index Scan", 0.05, 100)
    plan = parse(
        json.dumps([{"Plan": node("Nested Loop", 8.0, 1, node("Seq Scan", 1.0, 1), scan), "Execution Time": 8.1}])
    )
    assert plan.costly.name == "Index Scan"
    assert plan.costly.total == 5.0
    assert plan.root.own == pytest.approx(2.0)
    assert [step.costly for step in plan.root.steps] == [False, True]
    assert plan.root.misjudged
