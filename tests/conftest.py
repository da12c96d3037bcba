"""Fixtures for all tests: one throwaway server a session, a template database, and the real command.

``server``        the session's server: ``.url(dbname)``, ``.bin``
``database_url``  a new, empty database, dropped afterwards
``migrated_url``  a new database with all migrations: for what commits, and for other processes
``conn``          a connection to such a database; everything it does is rolled back: for all the rest
``tcp_url``       the session's server over TCP with a password; deselected where the server is not ours
``avdaily``       runs the real ``avdaily-sql``
``postgresql``    pytest-postgresql's connection, on the same server and the same template
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from tests import throwaway

_SESSION = pytest.StashKey[throwaway.Session]()
_DIRECTORY = pytest.StashKey[Path]()
_DESELECTED = pytest.StashKey[dict[str, int]]()
_numbers = itertools.count(1)

# What a test may need besides this project's own dependencies, and where Debian puts it.
_TOOLS = {
    "pgbouncer": ("pgbouncer", "/usr/sbin/pgbouncer"),
    "age": ("age",),
    "chromium": ("chromium",),
    "fish": ("fish",),
    "zsh": ("zsh",),
    "postgresql-15": ("/usr/lib/postgresql/15/bin/postgres",),
    "linux": ("/dev/full", "/proc/self/status"),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"needs(tool): deselected where it is missing: {', '.join(_TOOLS)}")
    config.addinivalue_line(
        "markers", "as_root: changes the user, which only root may; deselected otherwise, in CI too"
    )
    config.stash[_DESELECTED] = {}
    if hasattr(config, "workerinput"):
        config.stash[_DIRECTORY] = Path(config.workerinput["avdaily_directory"])
    else:
        session = throwaway.Session()
        config.stash[_SESSION] = session
        config.stash[_DIRECTORY] = session.directory


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["avdaily_directory"] = str(node.config.stash[_DIRECTORY])


def pytest_unconfigure(config: pytest.Config) -> None:
    session = config.stash.get(_SESSION, None)
    if session is not None:
        if os.environ.get("AVDAILY_TEST_DATABASE_URL"):
            throwaway.drop_all(throwaway.get_server(session.directory))
        session.close()


def _missing(tool: str) -> bool:
    found = [Path(name).exists() if name.startswith("/") else shutil.which(name) for name in _TOOLS.get(tool, (tool,))]
    return not any(found)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot run here for want of a system package; in CI such a test fails instead."""
    kept, deselected = [], []
    for item in items:
        missing = [] if os.geteuid() == 0 else ["root" for _ in item.iter_markers("as_root")]
        if os.environ.get("AVDAILY_TEST_DATABASE_URL") and "tcp_url" in item.fixturenames:
            missing.append("a server with a password that the tests know")
        if os.environ.get("CI") != "true":
            missing += [mark.args[0] for mark in item.iter_markers("needs") if _missing(mark.args[0])]
        (deselected if missing else kept).append(item)
        for tool in missing:
            config.stash[_DESELECTED][tool] = config.stash[_DESELECTED].get(tool, 0) + 1
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = kept
    # What takes long comes first, so that no worker is left with it alone at the end; otherwise the order stays.
    items.sort(key=lambda item: not any(item.iter_markers("slow")) and not any(item.iter_markers("fault")))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if _missing(mark.args[0]):
            pytest.fail(f"{mark.args[0]} is not installed", pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["avdaily_deselected"] = session.config.stash[_DESELECTED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    # Every worker collects the same tests, so the last one's counts are the session's.
    node.config.stash[_DESELECTED].update(getattr(node, "workeroutput", {}).get("avdaily_deselected", {}))


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    counts = config.stash[_DESELECTED]
    if counts:
        listed = ", ".join(f"{tool} ({count})" for tool, count in sorted(counts.items()))
        terminalreporter.write_line(f"deselected for want of: {listed}")


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> throwaway.Server:
    return throwaway.get_server(pytestconfig.stash[_DIRECTORY])


@pytest.fixture(scope="session")
def tcp_url(server: throwaway.Server) -> str:
    assert server.tcp_url is not None, "AVDAILY_TEST_DATABASE_URL is set, and its server is not ours"
    return server.tcp_url


@pytest.fixture(scope="session")
def template(server: throwaway.Server, pytestconfig: pytest.Config) -> str:
    return throwaway.get_template(server, pytestconfig.stash[_DIRECTORY])


def new_name(server: throwaway.Server) -> str:
    """Return a name for a database that no other test of any worker has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"test_{server.session}_{worker}_{next(_numbers)}"


@pytest.fixture
def database_url(server: throwaway.Server):
    name = new_name(server)
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def migrated_url(server: throwaway.Server, template: str):
    name = new_name(server)
    url = server.create_database(name, template)
    yield url
    if throwaway.second_schema():
        with psycopg.connect(url) as connection:
            require_public_untouched(connection)
    server.drop_database(name)


def require_public_untouched(connection: psycopg.Connection) -> None:
    """While the tests work in a second schema, nothing of theirs may have come into the first one."""
    if throwaway.second_schema():
        for table in ("transactions", "ledger_entries", "wallets", "user", "notifications", "audit_log"):
            query = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))
            assert connection.execute(query).fetchone() == (0,), (
                f"the tests of the second schema wrote into public.{table}"
            )


@pytest.fixture(scope="session")
def shared_migrated_url(server: throwaway.Server, template: str):
    name = new_name(server)
    yield server.create_database(name, template)
    server.drop_database(name)


@pytest.fixture
def conn(shared_migrated_url: str):
    # Inside the block commit() is an error, and transaction() is a savepoint: nothing can get out.
    with psycopg.connect(shared_migrated_url) as connection, connection.transaction(force_rollback=True):
        yield connection
        if throwaway.second_schema() and connection.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS:
            require_public_untouched(connection)


class _Template(NoopExecutor):
    """What pytest-postgresql is told about the server: the databases that it makes are clones of our template."""

    @property
    def template_dbname(self) -> str:
        return self.dbname


@pytest.fixture(scope="session")
def session_server(server: throwaway.Server, template: str) -> NoopExecutor:
    known = conninfo_to_dict(server.maintenance_url)
    return _Template(
        host=known.get("host", "localhost"),
        port=known.get("port", 5432),
        user=known["user"],
        password=known.get("password"),
        options="",
        dbname=template,
        maintenance_dbname=known["dbname"],
    )


# Its postgresql_proc would start a server of its own, and fails as root.
postgresql_noproc = factories.postgresql_noproc(depends_on="session_server")
postgresql = factories.postgresql("postgresql_noproc")


def clean_environment(home: Path) -> dict[str, str]:
    """Return the environment without anything that could lead a test to a real database or a real home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AVDAILY_", "BACKUP_", "DB_RES", "PG", "XDG_", "COV_"))
        and name not in {"DATABASE_URL", "APP_ENV", "NODE_ENV", "NO_COLOR"}
    }
    return kept | {"HOME": str(home)}


@pytest.fixture
def avdaily(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    program = Path(sys.executable).with_name("avdaily-sql")

    def run(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None, **options):
        options = {"timeout": 60} | ({} if "input" in options else {"stdin": subprocess.DEVNULL}) | options
        return subprocess.run(
            [program, *arguments],
            check=False,
            env=clean_environment(home) | (env or {}),
            cwd=cwd or tmp_path,
            capture_output=True,
            text=True,
            **options,
        )

    return run
