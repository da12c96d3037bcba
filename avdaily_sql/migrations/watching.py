"""When the newest pair of files has changed, and its editor is done with it.

Polled, not told by the operating system: two small files ten times a second cost nothing, and it is the same on every
machine and every network share. The contents count, not the times, so that no save is missed and none is taken twice.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import AvDailyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.sqltree import SqlTree

_POLL_SECONDS = 0.1

_Seen = tuple[tuple[str, bytes | None], ...]


def changes(tree: SqlTree) -> Iterator[None]:
    """Yield at once, and then whenever the newest pair is another than at the last yield; never ends by itself.

    Several saves in quick succession are one change: a pair counts only when it was the same twice in a row.
    """
    last: _Seen | None = None
    while True:
        seen = _look(tree)
        if last is not None and seen == last:
            time.sleep(_POLL_SECONDS)
            continue
        time.sleep(_POLL_SECONDS)
        if _look(tree) == seen:
            # Noted before it is read again: what is saved from now on is the next change.
            last = seen
            yield


def _look(tree: SqlTree) -> _Seen:
    """Return names and contents of the newest pair; of a file that an editor is just replacing, nothing."""
    try:
        newest = sqltree.list_migrations(tree)[-1]
    except AvDailyError as error:
        # What is wrong with the names is told by the push that follows.
        return ((error.message, None),)
    return tuple((path, _read(path)) for path in (newest.path, newest.rollback_path) if path is not None)


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
