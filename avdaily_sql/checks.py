"""The integrity of the data: what ``check_integrity()`` finds in a migrated database. It only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from avdaily_sql.database import connect
from avdaily_sql.errors import AvDailyError, Failed, Outdated

_QUERY = "SELECT name, severity, count, sample FROM check_integrity()"
# What is worth knowing and breaks nothing: a database is sound with it.
_ADVICE = "info"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: how many rows it found, and the first ids of them in order, at most five."""

    name: str
    severity: str
    count: int
    sample: tuple[str, ...]

    @property
    def is_problem(self) -> bool:
        """Tell whether it found something, and not only something worth knowing."""
        return self.count > 0 and self.severity != _ADVICE


@dataclass(frozen=True, slots=True)
class Integrity:
    """All checks, in their order; ``ok`` when none of them found a problem."""

    checks: tuple[Check, ...]
    ok: bool

    @property
    def exit_code(self) -> int:
        """Return 4 for a problem in the data, else 0."""
        return 0 if self.ok else 4


def check(url: str) -> Integrity:
    """Run every integrity check in one read-only statement: one moment of the database, also while money moves.

    :raises Outdated: the function is not there yet.
    :raises Failed: this role may not run the checks, or they were interrupted.
    """
    with connect(url) as conn:
        rows = _run(conn)
    checks = tuple(Check(name, severity, count, tuple(sample)) for name, severity, count, sample in rows)
    return Integrity(checks, ok=not any(each.is_problem for each in checks))


def _run(conn: psycopg.Connection[Any]) -> list[tuple[str, str, int, list[str]]]:
    conn.execute("SET default_transaction_read_only = on")
    try:
        return conn.execute(_QUERY).fetchall()
    except psycopg.Error as error:
        raise _failure(error) from None


def _failure(error: psycopg.Error) -> AvDailyError:
    if isinstance(error, psycopg.errors.UndefinedFunction):
        return Outdated(
            "this database has no function check_integrity()",
            detail="The migrations that bring it are pending.",
            hint="avdaily-sql apply",
            sqlstate=error.sqlstate,
        )
    hint = None
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        hint = "Connect as the owner of the tables, or let an administrator grant avdaily_readonly to this role."
    message = error.diag.message_primary or str(error).strip()
    return Failed(f"could not check the data: {message}", hint=hint, sqlstate=error.sqlstate)
