"""Fixtures for the schema's tests: servers of their own, for what belongs to a server and not to a database."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from tests import throwaway
from tests.schema.people import administrator_of, open_house

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


@pytest.fixture(scope="session")
def house_url(server: throwaway.Server, template: str):
    """One database a worker in which roles and permissions are seeded and an administrator is registered."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{server.session}_{worker}_house"
    url = server.create_database(name, template)
    with psycopg.connect(url) as connection:
        open_house(connection)
    yield url
    server.drop_database(name)


@pytest.fixture
def house_conn(house_url: str):
    """As `conn`, but in the database of `house_url`."""
    with psycopg.connect(house_url) as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def admin(conn):
    """The administrator of a module whose `conn` is `house_conn`."""
    return administrator_of(conn)


@pytest.fixture
def bare_conn(shared_migrated_url: str):
    """As `conn`, for modules in which that is another: without seeds."""
    with psycopg.connect(shared_migrated_url) as connection, connection.transaction(force_rollback=True):
        yield connection
