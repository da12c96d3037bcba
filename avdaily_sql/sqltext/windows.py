"""Reading a file that may be larger than memory: piece by piece, and no piece stays in memory."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from avdaily_sql.sqltext.lexer import Text

# A multiple of every page size in use.
WINDOW = 1 << 20


def chunks(text: Text, start: int, end: int) -> Iterator[bytes]:
    """Yield ``text[start:end]`` in pieces of at most one MiB; of an mmap no more than that stays resident."""
    while start < end:
        stop = min((start // WINDOW + 1) * WINDOW, end)
        yield text[start:stop]
        _release(text, start, stop)
        start = stop


def normalised_chunks(text: Text, start: int, end: int) -> Iterator[bytes]:
    """Yield the same with every line end (CR LF, CR) made LF."""
    held = b""
    for piece in chunks(text, start, end):
        if b"\r" not in piece and not held:
            yield piece
            continue
        joined = held + piece
        held = joined[-1:] if joined.endswith(b"\r") else b""
        yield with_line_feeds(joined[: len(joined) - len(held)])
    yield with_line_feeds(held)


def with_line_feeds(piece: bytes) -> bytes:
    """Return the text with every line end made LF."""
    return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece


def contains(text: Text, marker: bytes) -> bool:
    """Return whether the marker occurs anywhere."""
    start = 0
    while start < len(text):
        stop = (start // WINDOW + 1) * WINDOW
        if text.find(marker, start, stop + len(marker) - 1) >= 0:
            return True
        _release(text, start, stop)
        start = stop
    return False


def find_line(text: Text, pattern: re.Pattern[bytes], marker: bytes, start: int) -> re.Match[bytes] | None:
    """Return the first match of the pattern at a line's beginning, from ``start`` on, which is one.

    :param marker: what such a line begins with; found by a fast search.
    """
    match = pattern.match(text, start)
    wanted = b"\n" + marker
    while match is None and start < len(text):
        stop = (start // WINDOW + 1) * WINDOW
        found = text.find(wanted, start, stop + len(marker))
        if found < 0:
            _release(text, start, stop)
            start = stop
        else:
            start = found + 1
            match = pattern.match(text, start)
    return match


def _release(text: Text, start: int, stop: int) -> None:
    """Let the system drop whole pages of a read-only file mapping; they are read again if they are needed."""
    if not isinstance(text, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    with memoryview(text) as view:
        # A private writable mapping would lose what was written to it.
        if not view.readonly:
            return
    first = start // mmap.PAGESIZE * mmap.PAGESIZE
    text.madvise(mmap.MADV_DONTNEED, first, min(stop, len(text)) - first)
