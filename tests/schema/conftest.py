"""Fixtures for the schema's tests: servers of their own, for what belongs to a server and not to a database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import throwaway

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(
    scope="module",
    params=[
        "default",
        pytest.param("15", marks=[pytest.mark.slow, pytest.mark.needs("postgresql-15")]),
    ],
)
def bare_server(request: pytest.FixtureRequest):
    """A server on which nothing was ever applied: no role of ours is there."""
    before = {name: os.environ.get(name) for name in ("AVDAILY_TEST_PG_BIN", "AVDAILY_TEST_DATABASE_URL")}
    os.environ.pop("AVDAILY_TEST_DATABASE_URL", None)
    if request.param == "15":
        os.environ["AVDAILY_TEST_PG_BIN"] = str(DEBIAN_15)
    session = throwaway.Session()
    try:
        server = throwaway.get_server(session.directory)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    yield server
    session.close()


@pytest.fixture
def bank(conn):
    """The money of a migrated database; everything is rolled back."""
    from tests.schema.bank import Bank

    return Bank(conn)
