"""The bytes of a file: read, or mapped when they may be larger than memory."""

from __future__ import annotations

import mmap
import os

from avdaily_sql.errors import UsageError
from avdaily_sql.sqltree import shown

# Larger files are mapped, not read: nearly all of them is COPY data.
_LARGEST_READ = 16 << 20


def read(path: str) -> bytes | mmap.mmap:
    """Return what a file holds.

    :raises UsageError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            if size > _LARGEST_READ:
                return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
            return _read_all(descriptor, size)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None


def _read_all(descriptor: int, size: int) -> bytes:
    text = os.read(descriptor, size + 1)
    # Only an editor that writes at this very moment makes it another size.
    while len(text) != size and (more := os.read(descriptor, 1 << 20)):
        text += more
    return text
