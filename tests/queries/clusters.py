"""A primary and its streaming standby, and PgBouncer: what an application's connections meet in production."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

from avdaily_sql.cluster import privileges
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

_QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One server of a small cluster; its socket is in a directory of its own, its port is the socket's only."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self.programs = programs
        self.identity = privileges.find_identity(programs / "postgres")
        self.data, self.socket = directory / "data", directory / "socket"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        directory.mkdir(mode=0o711)
        for path in (self.data, self.socket):
            path.mkdir(mode=0o700)
            self.identity.give(path)

    def run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            self.identity.command([self.programs / program, *map(str, arguments)]),
            check=True, **_QUIET, **self.identity.process_options,
        )  # fmt: skip

    def start(self) -> None:
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.socket}", "-c", f"port={self.port}"]
        options += ["-c", "fsync=off", "-c", "max_connections=20", "-c", "hot_standby=on", "-c", "wal_level=replica"]
        command = self.identity.command([self.programs / "postgres", "-D", self.data, *options])
        self.process = subprocess.Popen(command, **_QUIET, **self.identity.process_options)
        eventually(lambda: answers(self.url()))

    def kill(self) -> None:
        """End it as a crash does; what it was about to write is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            pid = self.data / "postmaster.pid"
            eventually(lambda: not answers(self.url()))
            pid.unlink(missing_ok=True)
            self.process = None

    def url(self, dbname: str = "postgres") -> str:
        return f"postgresql://postgres@/{dbname}?host={quote(str(self.socket))}&port={self.port}"


@contextmanager
def primary_and_standby(directory: Path, programs: Path):
    """Yield two servers, the second one following the first by streaming replication."""
    primary, standby = Node(directory / "primary", programs), Node(directory / "standby", programs)
    try:
        primary.run("initdb", "-D", primary.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        primary.start()
        source = f"host={primary.socket} port={primary.port} user=postgres"
        standby.run("pg_basebackup", "-D", standby.data, "-R", "-X", "stream", "-c", "fast", "-d", source)
        standby.start()
        with psycopg.connect(primary.url()) as connection:
            eventually(lambda: connection.execute("SELECT FROM pg_stat_replication WHERE state = 'streaming'").rowcount)
        yield primary, standby
    finally:
        for node in (standby, primary):
            node.kill()


@contextmanager
def pgbouncer(directory: Path, url: str, programs: Path):
    """Yield the URL of the same database through PgBouncer in transaction mode, with two server connections."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    identity = privileges.find_identity(programs / "postgres")
    parts, own_port = urlsplit(url), free_port()
    query = parse_qs(parts.query)
    users, configuration = directory / "users.txt", directory / "pgbouncer.ini"
    users.write_text('"postgres" ""\n')
    configuration.write_text(
        f"[databases]\n* = host={query['host'][0]} port={query.get('port', ['5432'])[0]}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {own_port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\npidfile = {directory / 'pid'}\n"
    )
    directory.chmod(0o755)
    process = subprocess.Popen(identity.command([program, "-q", configuration]), **_QUIET, **identity.process_options)
    through = f"postgresql://postgres@127.0.0.1:{own_port}{parts.path}"
    try:
        eventually(lambda: answers(through))
        yield through
    finally:
        process.kill()
        process.wait()
