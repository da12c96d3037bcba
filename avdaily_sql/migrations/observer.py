"""What a run tells while it works. The command line prints it; a library may be silent or log it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Holder(NamedTuple):
    """A session that holds what we wait for."""

    pid: int
    user: str | None
    application: str | None
    since: datetime | None
    query: str | None

    def __str__(self) -> str:
        """Return one line: pid, user, application, since when, and what it runs or ran last."""
        since = f", since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        query = f": {self.query}" if self.query else ""
        return f'pid {self.pid} (user {self.user}, application "{self.application or ""}"{since}){query}'


class Observer:
    """Takes what a run tells and does nothing with it; override what is wanted."""

    def planned(self, ids: Sequence[str]) -> None:
        """Take what will be applied, in order, after everything was judged and before anything is changed."""

    def applied(self, migration: str, duration_ms: int) -> None:
        """Take that a migration was applied and committed."""

    def marked(self, migration: str, replaced: int) -> None:
        """Take that a squashed migration was marked in the place of those that it replaces, and committed."""

    def rolled_back(self, migration: str, duration_ms: int) -> None:
        """Take that a migration was undone and committed."""

    def waiting(self, holders: Sequence[Holder]) -> None:
        """Take that another run holds the lock, and that this one waits for it."""

    def retrying(self, migration: str, attempt: int, holders: Sequence[Holder]) -> None:
        """Take that a migration could not get a table lock in time, and that it is tried again."""

    def warning(self, text: str) -> None:
        """Take something that a person should see; the result has it, too."""

    def notice(self, text: str) -> None:
        """Take what the server says on the side (RAISE NOTICE and the like)."""
