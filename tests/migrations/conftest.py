"""A tree of migration files to write, and the runner on it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import migrations
from avdaily_sql.migrations import Observer, Options
from avdaily_sql.sqltree import SqlTree
from tests.conftest import clean_environment


class Tree:
    """An sql/ directory of a test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.migrations = root / "migrations"
        self.migrations.mkdir(parents=True)

    @property
    def sql(self) -> SqlTree:
        return SqlTree(self.root, "flag")

    def write(self, identifier: str, forward: str | bytes, rollback: str | bytes | None = "SELECT 1;\n") -> Path:
        path = self.migrations / f"{identifier}.sql"
        path.write_bytes(forward.encode() if isinstance(forward, str) else forward)
        if rollback is not None:
            other = self.migrations / f"{identifier}.rollback.sql"
            other.write_bytes(rollback.encode() if isinstance(rollback, str) else rollback)
        return path

    def table(self, number: int, name: str | None = None) -> Path:
        """Write a migration that creates one table, and its rollback."""
        name = name or f"t{number}"
        return self.write(f"{number:04}.create-{name}", f"CREATE TABLE {name} (id bigint);\n", f"DROP TABLE {name};\n")

    def remove(self, identifier: str) -> None:
        for path in self.migrations.glob(f"{identifier}*.sql"):
            path.unlink()


class Recorder(Observer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told = []

    def planned(self, ids):
        self.told.append(("planned", list(ids)))

    def applied(self, migration, duration_ms):
        self.told.append(("applied", migration))

    def rolled_back(self, migration, duration_ms):
        self.told.append(("rolled back", migration))

    def waiting(self, holders):
        self.told.append(("waiting", [holder.pid for holder in holders]))

    def retrying(self, migration, attempt, holders):
        self.told.append(("retrying", migration, attempt, [holder.pid for holder in holders]))

    def warning(self, text):
        self.told.append(("warning", text))

    def notice(self, text):
        self.told.append(("notice", text))

    def words(self):
        return [each[0] for each in self.told]


class Runner:
    """The library's functions on one tree and one database."""

    def __init__(self, tree: Tree, url: str) -> None:
        self.tree = tree
        self.url = url

    def apply(self, observer=None, **options):
        return migrations.apply(self.url, self.tree.sql, Options(**options), observer)

    def plan(self, **options):
        return migrations.plan(self.url, self.tree.sql, Options(**options))

    def rollback(self, observer=None, **options):
        return migrations.rollback(self.url, self.tree.sql, Options(**options), observer)

    def status(self, **options):
        return migrations.status(self.url, self.tree.sql, Options(**options))

    def states(self) -> dict[str, str]:
        return {each.id: each.state for each in self.status().migrations}


@pytest.fixture
def tree(tmp_path) -> Tree:
    return Tree(tmp_path / "sql")


@pytest.fixture
def runner(tree, database_url) -> Runner:
    return Runner(tree, database_url)


@pytest.fixture
def db(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def dump(server):
    """Return the schema of a database as text, without the history."""

    def run(url: str, *options: str) -> str:
        program = server.program("pg_dump")
        key = ["--restrict-key=avdaily"] if "--restrict-key" in _help(program) else []
        done = subprocess.run(
            [program, *key, "--exclude-schema=*_migrations", "--exclude-table=*yoyo*", *options, url],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    return run


def _help(program: str) -> str:
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def start(tree, database_url, tmp_path):
    """Start the real command in the background; whatever still runs at the end is killed."""
    started = []

    def run(*arguments, url=database_url, **options):
        environment = clean_environment(tmp_path) | {"DATABASE_URL": url} | options.pop("env", {})
        process = subprocess.Popen(
            [Path(sys.executable).with_name("avdaily-sql"), "--sql-dir", tree.root, *arguments],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def command(avdaily, tree, database_url):
    """Run the real command on the tree and the database."""

    def run(*arguments, env=None, **options):
        return avdaily("--sql-dir", tree.root, *arguments, env={"DATABASE_URL": database_url} | (env or {}), **options)

    return run


def backends(db, what: str) -> list[int]:
    """Return the pids of this database's other sessions whose query contains a text."""
    return [
        pid
        for (pid,) in db.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state = 'active' AND query LIKE %s",
            (f"%{what}%",),
        )
    ]


def blocked(db) -> list[int]:
    """Return the pids of this database's other sessions that wait for a lock."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return [pid for (pid,) in db.execute(query)]


def tables(db) -> set[str]:
    return {name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def recorded(db) -> list[str]:
    if not db.execute("SELECT to_regclass('avdaily_migrations._yoyo_migration') IS NOT NULL").fetchone()[0]:
        return []
    query = "SELECT migration_id FROM avdaily_migrations._yoyo_migration ORDER BY 1"
    return [name for (name,) in db.execute(query)]


@contextmanager
def as_nobody():
    """Do without root's right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
