"""aiosql 15 reads ``sql/queries/`` as it stands, and every query gives there what it gives here."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import aiosql
import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import JsonbDumper

from avdaily_sql import queries
from avdaily_sql.queries import own_directory
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.library import read_definitions
from tests.queries.cases import CASES

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFINITIONS = {definition.name: definition for definition in read_definitions(own_directory())}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What they make is new with every call, and no transaction gives it back: numbers of a sequence, and hashes over them.
NEW_EACH_TIME = {"record_audit_event", "seal_audit_log"}


@pytest.fixture(scope="module")
def theirs():
    return aiosql.from_path(own_directory(), "psycopg")


@pytest.fixture
def app(bank):
    with psycopg.connect(bank[0]) as connection:
        connection.execute("SET ROLE avdaily_app")
        # Ours takes a dict where the parameter is json; of psycopg's own connections this is asked for.
        connection.adapters.register_dumper(dict, JsonbDumper)
        yield connection
        connection.rollback()


def test_it_finds_every_query(theirs):
    assert sorted(name for name in theirs.available_queries if not name.endswith("_cursor")) == sorted(DEFINITIONS)


def answer_of(operator: Operator, answer: object) -> object:
    """Bring both libraries' answers into one form: a list of tuples, a tuple or a value."""
    if operator is Operator.many:
        return [tuple(row) for row in answer]
    return tuple(answer) if isinstance(answer, tuple) else answer


def without_new(value: object) -> object:
    """Replace what is minted anew with every call: ids, and texts that carry one."""
    if isinstance(value, list | tuple):
        return [without_new(each) for each in value]
    if isinstance(value, uuid.UUID):
        return "an id"
    if isinstance(value, str):
        return "a code" if re.fullmatch(r"[0-9A-F]{10}", value) else _UUID.sub("an id", value)
    return value


@pytest.mark.parametrize("name", sorted(DEFINITIONS.keys() - NEW_EACH_TIME))
def test_it_gives_the_same(theirs, app, bank, name):
    case, operator = CASES[name], DEFINITIONS[name].operator
    answers = []
    for function in (getattr(queries, name), getattr(theirs, name)):
        # The same transaction, so the same moment; and what the first one writes is gone before the second.
        with app.transaction(force_rollback=True):
            app.execute(sql.SQL("SET LOCAL app.user_id = {}").format(str(case.actor or "")))
            answers.append(answer_of(operator, function(app, **case.found(bank[1]))))
    ours, other = answers
    assert without_new(ours) == without_new(other)


@pytest.mark.parametrize("name", sorted(NEW_EACH_TIME))
def test_it_gives_the_same_kind_of_answer(theirs, app, bank, name):
    case = CASES[name]
    ours, other = (
        answer_of(DEFINITIONS[name].operator, function(app, **case.found(bank[1])))
        for function in (getattr(queries, name), getattr(theirs, name))
    )
    assert shape(ours) == shape(other)


def shape(answer: object) -> Iterable[type] | type:
    return [type(value) for value in answer] if isinstance(answer, tuple) else type(answer)
