"""What is printed while migrations run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avdaily_sql import migrations
from avdaily_sql.output import colour, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.output import Console


class Progress(migrations.Observer):
    """Prints what happens, when it has happened."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def planned(self, ids: Sequence[str]) -> None:
        """Say what will run; nothing when another run has done it all while this one waited."""
        if not ids:
            return
        shown = list(ids) if len(ids) <= 5 else [ids[0], "…", ids[-1]]
        self._console.note(f"{count_of(len(ids))} to run: {', '.join(shown)}")

    def applied(self, migration: str, duration_ms: int) -> None:
        """Print one line, after the commit."""
        self._console.line(f"{colour('applied', 'green', sys.stdout)}  {migration}  {duration_ms} ms")
        self._console.event("migration_applied", migration=migration, duration_ms=duration_ms)

    def marked(self, migration: str, replaced: int) -> None:
        """Print one line, after the commit."""
        self._console.line(
            f"{colour('marked', 'green', sys.stdout)}   {migration}  in the place of"
            f" {counted(replaced, 'applied file')}"
        )
        self._console.event("migration_marked", migration=migration, replaced=replaced)

    def rolled_back(self, migration: str, duration_ms: int) -> None:
        """Print one line, after the commit."""
        self._console.line(f"{colour('rolled back', 'yellow', sys.stdout)}  {migration}  {duration_ms} ms")
        self._console.event("migration_rolled_back", migration=migration, duration_ms=duration_ms)

    def waiting(self, holders: Sequence[migrations.Holder]) -> None:
        """Say who holds the lock."""
        self._console.note(f"waiting for another run to end: {'; '.join(map(str, holders)) or 'just released'}")

    def retrying(self, migration: str, attempt: int, holders: Sequence[migrations.Holder]) -> None:
        """Say whose lock was in the way."""
        blocked = "; ".join(map(str, holders)) or "a session that is gone by now"
        self._console.note(f"{migration} could not get a lock, blocked by {blocked}; attempt {attempt} follows")

    def warning(self, text: str) -> None:
        """Warn."""
        self._console.warn(text)

    def notice(self, text: str) -> None:
        """Pass on what the server says, with ``--verbose``."""
        self._console.debug(text)


def count_of(number: int) -> str:
    """Return ``1 migration``, ``2 migrations``."""
    return counted(number, "migration")
