"""The database's own SQLSTATEs and our classes are the same list, and the classes carry the values."""

import re
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from avdaily_sql import refusals
from avdaily_sql.refusals.base import Refusal

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(
    r"^\| (AV\d{3}) \| (\w+) \| .*? \| (.*?) \|$", (ROOT / "docs" / "sqlstates.md").read_text(), re.MULTILINE
)
CLASSES = {cls.code: cls for cls in Refusal.__subclasses__()}


def test_every_code_of_the_documentation_has_its_class_and_the_other_way_round():
    wanted = {code: "".join(word.capitalize() for word in name.split("_")) for code, name, _ in ROWS}
    assert {code: cls.__name__ for code, cls in CLASSES.items()} == wanted


def test_every_code_that_the_database_raises_is_known():
    raised = set()
    for path in (ROOT / "sql" / "migrations").glob("*.sql"):
        raised |= set(re.findall(r"'(AV\d{3})'", path.read_text()))
    assert raised == set(CLASSES)


def test_every_class_can_be_imported_by_its_name():
    assert {cls.__name__ for cls in CLASSES.values()} <= set(refusals.__all__)
    assert all(getattr(refusals, name) for name in refusals.__all__)


@pytest.mark.parametrize(("code", "values"), [(code, values) for code, _, values in ROWS])
def test_a_class_has_the_values_of_the_documentation(code, values):
    named = re.findall(r"\w+", re.sub(r"\(.*?\)", "", values).replace(" or ", " "))
    assert set(CLASSES[code].__annotations__) == set(named)


def error_of(detail: str) -> psycopg.Error:
    fields = {psycopg.pq.DiagnosticField.SQLSTATE: b"AV001"}
    fields[psycopg.pq.DiagnosticField.MESSAGE_PRIMARY] = b"the wallet has too little"
    fields[psycopg.pq.DiagnosticField.MESSAGE_DETAIL] = detail.encode()
    return psycopg.DatabaseError("x", info=fields)


@pytest.mark.parametrize(
    ("detail", "values"),
    [
        ('{"needed": "1.50", "available": "0.00"}', {"needed": Decimal("1.50"), "available": Decimal("0.00")}),
        ('{"needed": "much", "available": null}', {"needed": "much", "available": None}),
        ("not json", {}),
        ("[1]", {}),
    ],
)
def test_what_the_database_said_is_never_hidden_by_its_form(detail, values):
    made = refusals.from_error(error_of(detail))
    assert isinstance(made, refusals.InsufficientFunds)
    assert made.values == values
    assert made.message == "the wallet has too little"
    assert made.detail


def test_a_code_that_is_newer_than_this_package_is_a_refusal_all_the_same():
    error = psycopg.DatabaseError("x", info={psycopg.pq.DiagnosticField.SQLSTATE: b"AV029"})
    assert type(refusals.from_error(error)) is Refusal


def test_another_error_is_none():
    assert refusals.from_error(psycopg.errors.UniqueViolation("x")) is None


def test_ids_are_uuids():
    assert refusals.WalletNotFound.__annotations__["user_id"] == UUID.__name__
