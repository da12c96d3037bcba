"""The throwaway server of one test session: started by the first test that needs it, gone with the session.

The session's directory holds everything. Its file ``alive`` is locked by the session's first process; the watchdog
(:mod:`tests.watchdog`) waits for that lock, so the server ends however the session ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from avdaily_sql import migrations
from avdaily_sql.cluster import binaries, privileges
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).resolve().parent.parent
PREFIX = "avdaily-test-"
_GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Server:
    """A running server: the URL of its maintenance database, its programs, and this session's word for names.

    ``tcp_url`` leads to the same database over 127.0.0.1 with a password; None on a server that is not ours.
    """

    maintenance_url: str
    bin: Path
    session: str
    tcp_url: str | None = None

    def url(self, dbname: str) -> str:
        """Return the URL of one of its databases."""
        parts = urlsplit(self.maintenance_url)
        # urlunsplit drops the // of an empty authority; ours always has a user.
        return urlunsplit(parts._replace(path=f"/{quote(dbname)}"))

    def program(self, name: str) -> str:
        return str(self.bin / name)

    def execute(self, statement: sql.Composable | str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database by copying files, the quickest way while fsync is off, and return its URL."""
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        if second_schema() and template != "template0":
            self.execute(
                sql.SQL("ALTER DATABASE {} SET search_path = {}").format(
                    sql.Identifier(name), sql.Identifier(second_schema())
                )
            )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def locked(path: Path):
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Session:
    """What the session's first process owns: the directory and the lock that says that it lives."""

    def __init__(self) -> None:
        base = base_directory()
        sweep(base)
        self.directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        self._alive = (self.directory / "alive").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def close(self) -> None:
        """End the server, if one was started, and wait until nothing is left of it."""
        started = (self.directory / "started").exists()
        self._alive.close()
        if started:
            deadline = time.monotonic() + 30
            while self.directory.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
        shutil.rmtree(self.directory, ignore_errors=True)


def base_directory() -> Path:
    """Return where throwaway servers live: in memory if there is room."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= _GIBIBYTE:
        return shared
    return Path("/tmp")


def sweep(base: Path) -> None:
    """Remove directories of sessions that were killed before they had started a server."""
    for directory in base.glob(f"{PREFIX}*"):
        alive = directory / "alive"
        try:
            if directory.stat().st_uid != os.geteuid() or not alive.exists() or (directory / "started").exists():
                continue
            with alive.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)
        except OSError:
            continue


def start_server(
    session: Session, programs: Path, *, initdb: Sequence[str] = (), options: Sequence[str] = ()
) -> Server:
    """Start a server of a test's own, which ends with its session; the options come after the usual ones."""
    _start(session.directory, programs, initdb=initdb, options=options)
    return _connect(session.directory, programs)


def get_server(directory: Path) -> Server:
    """Return the session's server, started by whichever worker comes first."""
    external = os.environ.get("AVDAILY_TEST_DATABASE_URL")
    if external:
        return Server(external, programs(), directory.name.removeprefix(PREFIX))
    with locked(directory / "lock"):
        if not (directory / "started").exists():
            _start(directory, programs())
        return _connect(directory, programs())


def programs() -> Path:
    """Return where the programs of the PostgreSQL are that the tests run on."""
    chosen = os.environ.get("AVDAILY_TEST_PG_BIN")
    return Path(chosen) if chosen else binaries.find_embedded()


def _connect(directory: Path, programs: Path) -> Server:
    port, password = (directory / "port").read_text(), (directory / "password").read_text()
    server = Server(
        f"postgresql://postgres@/postgres?host={quote(str(directory / 'socket'))}&port={port}",
        programs,
        directory.name.removeprefix(PREFIX),
        f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres",
    )
    _wait_until_it_answers(server, directory)
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(directory: Path, programs: Path, *, initdb: Sequence[str] = (), options: Sequence[str] = ()) -> None:
    identity = privileges.find_identity(programs / "postgres")
    version = binaries.inspect(programs)
    data, sockets, password = directory / "data", directory / "socket", directory / "password"
    (directory / "port").write_text(str(_free_port()))
    password.write_text(secrets.token_hex(16))
    password.chmod(0o600)
    for path in (data, sockets):
        path.mkdir(mode=0o700)
    for path in (data, sockets, password):
        identity.give(path)
    if identity.user is not None:
        directory.chmod(0o711)
    # The builtin provider, the same on every system, came with 17.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if version.major >= 17 else ["--locale=C.UTF-8"]
    # By the socket whoever can enter its directory; over TCP, where any user of the machine could come, by password.
    access = ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile", password]
    subprocess.run(
        identity.command(
            [version.path("initdb"), "-D", data, "-U", "postgres", "-E", "UTF8", *locale, *access, "--no-sync", *initdb]
        ),
        check=True,
        capture_output=True,
        text=True,
        **identity.process_options,
    )
    server = [version.path("postgres"), "-D", data]
    for option in (
        "listen_addresses=127.0.0.1",
        f"port={(directory / 'port').read_text()}",
        f"unix_socket_directories={sockets}",
        "unix_socket_permissions=0700",
        "fsync=off",
        "max_prepared_transactions=8",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",
        "max_connections=200",
        "max_wal_size=4GB",
        "checkpoint_timeout=1h",
        "timezone=UTC",
        *options,
    ):
        server += ["-c", option]
    user = "" if identity.user is None else f"{identity.user}:{identity.group}"
    with (directory / "log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-S", REPOSITORY / "tests" / "watchdog.py", directory, user, *identity.command(server)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=True,
        )
    (directory / "started").touch()


def _wait_until_it_answers(server: Server, directory: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or (directory / "ended").exists():
                log = (directory / "log").read_text(errors="replace")
                raise RuntimeError(f"the test server did not start: {error}\n{log[-2000:]}") from error
            time.sleep(0.01)
        else:
            return


def migration_files() -> list[Path]:
    return [
        path
        for path in sorted((REPOSITORY / "sql" / "migrations").glob("*.sql"))
        if not path.name.endswith(".rollback.sql")
    ]


def second_schema() -> str:
    """Return the schema of AVDAILY_TEST_SCHEMA: the migrations are then in it, too, and the tests work there."""
    return os.environ.get("AVDAILY_TEST_SCHEMA", "")


def template_name(session: str) -> str:
    """Return a name that changes with every migration and seed, so that no test sees an older schema."""
    digest = hashlib.sha256(second_schema().encode())
    for path in [*migration_files(), *sorted((REPOSITORY / "sql" / "seeds").rglob("*.sql"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"test_{session}_template_{digest.hexdigest()[:16]}"


def get_template(server: Server, directory: Path) -> str:
    """Return the name of the database that has every migration; built once a session."""
    name = template_name(server.session)
    with locked(directory / "lock"):
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", name):
            server.drop_database(name)
            url = server.create_database(name)
            migrations.apply(url, SqlTree(REPOSITORY / "sql", "flag"), migrations.Options())
            if second_schema():
                with psycopg.connect(url) as connection:
                    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(second_schema())))
                options = migrations.Options(schema=second_schema())
                migrations.apply(url, SqlTree(REPOSITORY / "sql", "flag"), options)
            server.execute(
                sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true").format(sql.Identifier(name))
            )
    return name


def drop_all(server: Server) -> None:
    """Drop what this session made on a server that outlives it."""
    for (name,) in server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", f"test\\_{server.session}\\_%"
    ):
        server.execute(sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE false").format(sql.Identifier(name)))
        server.drop_database(name)
