"""A server for a benchmark: in a temporary directory, as durable as PostgreSQL's defaults, gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from avdaily_sql.cluster import binaries, privileges

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "2GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "timezone": "UTC",
}


class Server:
    """A running server with one database, ``bench``."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self.directory = directory
        self.bin = programs
        self.url = self.url_of("bench")

    def url_of(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.directory))}"

    def psql(self, *arguments: str | Path, database: str = "bench") -> None:
        """Run psql; any error ends the benchmark."""
        subprocess.run(
            [self.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments, self.url_of(database)],
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """Start a server, and leave nothing of it behind."""
    version = binaries.inspect(programs)
    identity = privileges.find_identity(programs / "postgres")
    directory = Path(tempfile.mkdtemp(prefix="avdaily-bench-"))
    data = directory / "data"
    data.mkdir(mode=0o700)
    identity.give(data)
    identity.give(directory)

    def run(*command: str | Path) -> None:
        subprocess.run(identity.command(command), check=True, stdout=subprocess.DEVNULL, **identity.process_options)

    control = (version.path("pg_ctl"), "-D", data, "-w", "-l", directory / "log")
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    try:
        run(version.path("initdb"), "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        run(*control, "-o", f"{options} -c unix_socket_directories={directory}", "start")
        try:
            yield Server(directory, programs)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
