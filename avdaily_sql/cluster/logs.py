"""Reading the server's log: the last lines, and what comes after them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = 200
_POLL_SECONDS = 0.1


def last_lines(path: Path, count: int = LINES) -> list[str]:
    """Return the last lines of the log; none when the server never ran."""
    try:
        return path.read_bytes().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


def follow(path: Path, count: int = LINES) -> Iterator[str]:
    """Yield the last lines and then each new one, also of the file that takes this one's place; never ends."""
    inode, position, pending, wanted = -1, 0, b"", count
    while True:
        if path.exists():
            found = path.stat()
            if found.st_ino != inode or found.st_size < position:
                inode, position, pending = found.st_ino, 0, b""
            with path.open("rb") as file:
                file.seek(position)
                data = file.read()
            position += len(data)
            *lines, pending = (pending + data).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines[-wanted:])
        # Only what was there at the beginning is cut.
        wanted = 0
        time.sleep(_POLL_SECONDS)
