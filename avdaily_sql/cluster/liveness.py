"""Whether our server is alive, and removing what a dead one left behind.

Alive means that a connection succeeds and that the server's data directory is ours. A pid in a file proves nothing:
after a crash or a reboot it may be a zombie's or a foreign process's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psycopg

from avdaily_sql.cluster.directories import SOCKET_NAME
from avdaily_sql.errors import Failed

_CONNECT_SECONDS = 5
# The server's own words to a client that comes too early or too late; the cluster's messages are in English.
_NOT_YET = ("starting up", "not yet accepting connections", "recovery mode", "shutting down")
_FULL = ("too many clients", "remaining connection slots")


class Answer(Enum):
    """What came of one attempt to connect."""

    none = "nothing answers"
    not_yet = "it starts, recovers or stops"
    ours = "our server answers"


@dataclass(frozen=True, slots=True)
class Remains:
    """What ``postmaster.pid`` says: a pid and a socket directory, either of which may be long dead."""

    pid: int | None
    socket_directory: Path | None


def ask(socket_directory: Path, data: Path) -> Answer:
    """Connect once and tell whether it is our server that answers.

    :raises Failed: another server answers there, or ours has no connection left to give.
    """
    try:
        with psycopg.connect(
            host=str(socket_directory),
            port=5432,
            user="postgres",
            dbname="postgres",
            connect_timeout=_CONNECT_SECONDS,
            application_name="avdaily-sql",
            autocommit=True,
        ) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        text = str(error)
        if any(words in text for words in _NOT_YET):
            return Answer.not_yet
        if any(words in text for words in _FULL):
            raise Failed(
                "the embedded server has no connection left", hint="Close some clients, or run: avdaily-sql db stop"
            ) from None
        return Answer.none
    found = Path(row[0]) if row else Path()
    if not _same(found, data):
        raise Failed(
            f"another PostgreSQL, with its data in {found}, answers on {socket_directory}",
            hint="Stop that server, or set AVDAILY_DATA_DIR to another directory.",
        )
    return Answer.ours


def read_remains(data: Path) -> Remains:
    """Read ``postmaster.pid``, which may be missing, empty or cut short.

    https://www.postgresql.org/docs/current/storage-file-layout.html
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return Remains(None, None)
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else None
    directory = lines[4].strip() if len(lines) > 4 else ""
    return Remains(pid, Path(directory) if directory.startswith("/") else None)


def serves(pid: int | None, data: Path) -> bool:
    """Tell whether a process is certainly a server of this data directory: a postmaster works in it.

    False also where the system does not show it; PostgreSQL's own lock on shared memory still protects the data then.
    """
    if pid is None or pid <= 0:
        return False
    process = Path("/proc") / str(pid)
    try:
        # A zombie has no working directory any more, so it counts as dead.
        return (process / "comm").read_text().strip() == "postgres" and _same((process / "cwd").readlink(), data)
    except OSError:
        return False


def clear_remains(data: Path, socket_directory: Path) -> None:
    """Remove the pid file, the socket and its lock file of a server that is dead.

    A foreign process that has got the dead server's pid would otherwise keep ours from starting.
    """
    for path in (
        data / "postmaster.pid",
        socket_directory / f"{SOCKET_NAME}.lock",
        socket_directory / SOCKET_NAME,
    ):
        path.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
