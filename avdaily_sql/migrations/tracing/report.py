"""What a trace says: per file and statement the locks, rewrites, scans and index builds that PostgreSQL really did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avdaily_sql.migrations.foresight import Planned


@dataclass(frozen=True, slots=True)
class TakenLock:
    """One lock on a relation that was there before the file; ``mode`` is PostgreSQL's name: ``AccessExclusiveLock``."""

    relation: str
    mode: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One table that was there before the file and was read whole; ``rows`` are those of the scratch copy."""

    relation: str
    rows: int


@dataclass(frozen=True, slots=True)
class TracedStatement:
    """What one statement did to the relations that were there before its file.

    :param statement: its beginning, on one line.
    :param locks: those that it was the first of its file to take; in a transaction they stay until the file's end.
    :param rewrites: tables that were written anew, row by row.
    :param scans: tables that were read whole.
    :param index_builds: indexes that were built, on tables that were there before.
    :param rows: what the server counted, on the scratch copy; None where it counts nothing.
    :param warnings: what would hurt on the live sizes.
    """

    line: int
    statement: str
    locks: tuple[TakenLock, ...]
    rewrites: tuple[str, ...]
    scans: tuple[Scan, ...]
    index_builds: tuple[str, ...]
    rows: int | None
    duration_ms: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedFile:
    """One file, statement by statement."""

    id: str
    transactional: bool
    statements: tuple[TracedStatement, ...]

    @property
    def locks(self) -> frozenset[str]:
        """Return the modes that any of its statements took."""
        return frozenset(taken.mode for statement in self.statements for taken in statement.locks)


@dataclass(frozen=True, slots=True)
class TraceResult:
    """A plan, and what it did on a scratch copy; files behind one that could not be traced are only in the plan."""

    database: str
    environment: str
    plan: tuple[Planned, ...]
    trace: tuple[TracedFile, ...]
    warnings: tuple[str, ...]


# PostgreSQL's modes, from the weakest to the strongest.
STRENGTH = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
