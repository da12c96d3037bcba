"""The stub of the package's queries, held against the type checkers, the database and the sample programs."""

import json
import os
import subprocess
import sys
import uuid

import psycopg
import pytest

from avdaily_sql import queries
from avdaily_sql.queries import own_directory
from avdaily_sql.queries.described import describe_all
from avdaily_sql.queries.library import read_definitions
from avdaily_sql.queries.stubs import OWN_MODULE, write_stub
from tests.queries import world
from tests.throwaway import REPOSITORY

STUB = REPOSITORY / "avdaily_sql" / "queries" / "__init__.pyi"
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.py"))
# Each line is wrong in one way; a checker that lets one pass is of no use.
WRONG = """
import uuid
from typing import Any

from psycopg import AsyncConnection, Connection

from avdaily_sql import queries


def wrong(conn: Connection[Any], other: AsyncConnection[Any]) -> None:
    queries.get_wallet(conn, "not a uuid")
    queries.get_wallet(conn)
    queries.get_wallet(conn, owner=uuid.uuid4())
    queries.get_wallt(conn, uuid.uuid4())
    queries.get_wallet(conn, uuid.uuid4()).balance
    queries.get_wallet(other, uuid.uuid4()).balance
    queries.get_wallet(conn, None)
    queries.list_user_plans(conn, uuid.uuid4(), None, "10")
    queries.count_unread(conn, uuid.uuid4()).upper()
    queries.wallets.get_user(conn, uuid.uuid4())
    conn.execute(queries.get_wallet.name)
"""
WRONG_LINES = len(WRONG.partition("None:\n")[2].splitlines())


@pytest.fixture(scope="module")
def seeded_url(server, template):
    name = f"test_{server.session}_examples_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    world.seed(server, url)
    yield url
    server.drop_database(name)


def test_the_stub_is_what_this_database_says(seeded_url):
    with psycopg.connect(seeded_url) as connection:
        described = describe_all(connection, read_definitions(own_directory()))
    assert STUB.read_text() == write_stub(described, OWN_MODULE), "run: avdaily-sql queries stubs"


def test_no_query_hides_what_the_module_has_besides():
    names = {function.__name__ for function in queries.load(own_directory())}
    modules = {path.stem for path in (REPOSITORY / "avdaily_sql" / "queries").iterdir()}
    domains = {definition.domain for definition in read_definitions(own_directory())}
    assert not (names | domains) & (modules | {"load", "own_directory", "library"})


def test_the_packages_own_queries_are_attributes_of_the_module():
    assert queries.get_wallet is queries.wallets.get_wallet
    assert {"get_wallet", "load", "list_user_plans"} <= set(dir(queries))
    with pytest.raises(AttributeError, match="no query get_walet; there is get_wallet"):
        queries.get_walet  # noqa: B018


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_a_sample_program_runs(path, seeded_url):
    done = subprocess.run(
        [sys.executable, path],
        env=os.environ | {"DATABASE_URL": seeded_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "900.00" in done.stdout


@pytest.mark.slow
def test_mypy_is_content_with_package_and_sample_programs():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_pyright_is_content_with_the_sample_programs():
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_mypy_finds_each_mistake(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", tmp_path / "wrong.py"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = {line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line}
    assert len(lines) == WRONG_LINES, done.stdout


@pytest.mark.slow
def test_pyright_finds_each_mistake(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(REPOSITORY)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [
            sys.executable, "-m", "basedpyright", "--project", tmp_path, "--pythonpath", sys.executable,
            tmp_path / "wrong.py",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = {line.split(":")[1] for line in done.stdout.splitlines() if "error:" in line}
    assert len(lines) == WRONG_LINES, done.stdout
