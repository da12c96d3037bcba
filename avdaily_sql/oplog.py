"""The operations log: what was done to which database, by whom; outside the database, each line chained to the last.

One JSON object a line, appended and synced: an intent before, a result after, refusals too. ``previous`` is the sha256
of the line before. A changed, removed or inserted line breaks the chain; whole lines cut off the end cannot be noticed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from avdaily_sql import __version__
from avdaily_sql.errors import AvDailyError, Failed
from avdaily_sql.settings import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.settings import Settings

_FIRST = "0" * 64
_NAME = "operations.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``event`` is intent, done, failed or refused; both lines of an operation have its ``operation`` id."""

    at: str
    event: str
    operation: str
    command: str
    database: str
    url: str
    by: str
    detail: str | None
    version: str
    previous: str


@dataclass(frozen=True, slots=True)
class Log:
    """The lines, and what is wrong with the chain: ``bad_line`` is the number of the first bad line."""

    file: str
    lines: tuple[Line, ...]
    ok: bool
    bad_line: int | None
    problem: str | None

    @property
    def exit_code(self) -> int:
        """Return 4 for a broken chain."""
        return 0 if self.ok else 4


def locate(settings: Settings) -> Path:
    """Return where the log is: AVDAILY_OPS_LOG, else beside the embedded server's data."""
    chosen = settings.get("AVDAILY_OPS_LOG")
    return Path(chosen).expanduser().absolute() if chosen else settings.data_directory / _NAME


@contextlib.contextmanager
def recorded(settings: Settings, command: str, database: str, url: str) -> Iterator[list[str]]:
    """Write an intent line, do the block, write what became of it.

    :param command: such as ``restore``.
    :return: a list, to which the block may add words about what it did.
    :raises Failed: the log cannot be written; the block was not begun.
    """
    common = {
        "operation": secrets.token_hex(8),
        "command": command,
        "database": database,
        "url": redact_url(url),
        "by": _operator(),
        "version": __version__,
    }
    path = locate(settings)
    _append(path, {"event": "intent", "detail": None} | common)
    words: list[str] = []
    try:
        yield words
    except BaseException as error:
        event = "refused" if isinstance(error, AvDailyError) and error.exit_code in (5, 6) else "failed"
        said = error.message if isinstance(error, AvDailyError) else type(error).__name__
        _append(path, {"event": event, "detail": said} | common)
        raise
    _append(path, {"event": "done", "detail": ", ".join(words) or None} | common)


def _operator() -> str:
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = f"uid {os.geteuid()}"
    return f"{user}@{socket.gethostname()}"


def _append(path: Path, said: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "rb+", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, whole = _last_line(file)
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line = json.dumps({"at": at} | said | {"previous": _digest(last)}, ensure_ascii=False)
            # A line that a crash left unfinished is ended, so that only it is bad.
            os.write(descriptor, (b"" if whole else b"\n") + line.encode() + b"\n")
            os.fsync(descriptor)
    except OSError as error:
        raise Failed(
            f"could not write the operations log {path}: {error.strerror}",
            detail="Nothing is done to a database that is not written down.",
            hint="Set AVDAILY_OPS_LOG to a file that this user may write.",
        ) from None


def _last_line(file: IO[bytes]) -> tuple[bytes | None, bool]:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return None, True
    tail = b""
    position = size
    while position > 0 and tail.rstrip(b"\n").count(b"\n") == 0:
        step = min(4096, position)
        position -= step
        file.seek(position)
        tail = file.read(step) + tail
    return tail.rstrip(b"\n").rpartition(b"\n")[2], tail.endswith(b"\n")


def _digest(line: bytes | None) -> str:
    return _FIRST if line is None else hashlib.sha256(line).hexdigest()


def read(settings: Settings) -> Log:
    """Read the log and check its chain; a log that is not there is empty and sound."""
    path = locate(settings)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Log(str(path), (), ok=True, bad_line=None, problem=None)
    except OSError as error:
        raise Failed(f"could not read the operations log {path}: {error.strerror}") from None
    lines: list[Line] = []
    bad: tuple[int, str] | None = None
    previous: bytes | None = None
    pieces = content.split(b"\n")
    for number, piece in enumerate(pieces[:-1], start=1):
        line = _parse(piece)
        if line is None:
            bad = bad or (number, "it is no line of this log, or was left unfinished")
        else:
            lines.append(line)
            if line.previous != _digest(previous):
                bad = bad or (number, "the line before it was changed, removed or inserted")
        previous = piece
    if pieces[-1]:
        bad = bad or (len(pieces), "the last line is unfinished: a crash, or a full disk")
    return Log(str(path), tuple(lines), bad is None, *(bad or (None, None)))


def _parse(piece: bytes) -> Line | None:
    try:
        found = json.loads(piece)
        return Line(**found)
    except (ValueError, TypeError):
        return None
