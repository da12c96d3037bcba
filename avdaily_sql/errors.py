"""What every module raises: one class per exit code, one message with detail and hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Location:
    """A place in an SQL file; line and column count from 1, the column in characters.

    ``source`` is the text of that line, shown under the message with a caret at the column.
    """

    file: str
    line: int | None = None
    column: int | None = None
    source: str | None = None

    def __str__(self) -> str:
        """Return ``file:line:column``, as editors and terminals link it."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class AvDailyError(Exception):
    """The base of all our errors: a message in lower case, without a full stop; detail and hint are sentences.

    The hint is a command that can be run as it stands, or says what to change. Never put a password in any of them.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        sqlstate: str | None = None,
        location: Location | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.sqlstate = sqlstate
        self.location = location


class Failed(AvDailyError):
    """It was tried and did not work; nothing changed unless the message says what did (exit code 1)."""


class UsageError(AvDailyError):
    """A wrong argument, a missing path or a bad SQL file; nothing was sent to the database (exit code 2)."""

    exit_code = 2


class Outdated(AvDailyError):
    """Something is pending or not up to date (exit code 3)."""

    exit_code = 3


class Drift(AvDailyError):
    """History, files and live schema do not agree (exit code 4)."""

    exit_code = 4


class Busy(AvDailyError):
    """Another runner, backup or restore holds the lock (exit code 5)."""

    exit_code = 5


class Refused(AvDailyError):
    """A guard said no: environment, confirmation or privileges (exit code 6).

    The hint is the bare command that would be allowed, shell-quoted: it is printed as the last line without a prefix.
    """

    exit_code = 6


class Misdirected(Refused):
    """The same command is allowed on another server: the hint is how it begins, the command line adds its words."""


class Damaged(AvDailyError):
    """A backup is not whole (exit code 7)."""

    exit_code = 7


class Unsupported(AvDailyError):
    """A tool or a server is missing or of the wrong version (exit code 8)."""

    exit_code = 8


class Terminated(AvDailyError):
    """SIGTERM arrived; nothing half-done is left (exit code 143)."""

    exit_code = 143
