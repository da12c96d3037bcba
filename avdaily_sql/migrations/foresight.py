"""What a file will do before it does it: the strongest locks of its statements, and the tables that may be rewritten.

Judged from the text alone, so always the worst that a kind of statement can do.

https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.sqltext import Statement


@dataclass(frozen=True, slots=True)
class Planned:
    """One migration that would run: its statements, the strongest locks to expect, the tables it may rewrite."""

    id: str
    statements: int
    transactional: bool
    locks: tuple[str, ...]
    rewrites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What an apply or a rollback would do."""

    database: str
    environment: str
    plan: tuple[Planned, ...]
    warnings: tuple[str, ...]


# From the weakest to the strongest.
MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
_STRONGEST = MODES[-1]
# First words of a statement → the strongest lock that it takes on a table that exists; the longest entry counts.
_LOCKS: dict[tuple[str, ...], str | None] = {
    ("SELECT",): "ROW SHARE",
    ("INSERT",): "ROW EXCLUSIVE",
    ("UPDATE",): "ROW EXCLUSIVE",
    ("DELETE",): "ROW EXCLUSIVE",
    ("MERGE",): "ROW EXCLUSIVE",
    ("COPY",): "ROW EXCLUSIVE",
    ("ANALYZE",): "SHARE UPDATE EXCLUSIVE",
    ("VACUUM",): _STRONGEST,
    ("COMMENT",): "SHARE UPDATE EXCLUSIVE",
    ("GRANT",): "ACCESS SHARE",
    ("REVOKE",): "ACCESS SHARE",
    ("SET",): None,
    ("RESET",): None,
    # A foreign key locks the table that it points at; PARTITION OF locks the parent, and its DEFAULT most of all.
    ("CREATE", "TABLE"): _STRONGEST,
    ("CREATE", "INDEX"): "SHARE",
    ("CREATE", "UNIQUE", "INDEX"): "SHARE",
    ("CREATE", "INDEX", "CONCURRENTLY"): "SHARE UPDATE EXCLUSIVE",
    ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"): "SHARE UPDATE EXCLUSIVE",
    ("CREATE", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "CONSTRAINT", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "OR", "REPLACE", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "STATISTICS"): "SHARE UPDATE EXCLUSIVE",
    ("CREATE", "FUNCTION"): "ACCESS SHARE",
    ("CREATE", "OR", "REPLACE", "FUNCTION"): "ACCESS SHARE",
    ("CREATE", "PROCEDURE"): "ACCESS SHARE",
    ("CREATE", "VIEW"): "ACCESS SHARE",
    ("CREATE", "TYPE"): None,
    ("CREATE", "DOMAIN"): None,
    ("CREATE", "ROLE"): None,
    ("CREATE", "SCHEMA"): None,
    # OWNED BY looks at the table.
    ("CREATE", "SEQUENCE"): "ACCESS SHARE",
    ("DROP", "FUNCTION"): None,
    ("DROP", "PROCEDURE"): None,
    ("DROP", "INDEX", "CONCURRENTLY"): "SHARE UPDATE EXCLUSIVE",
    ("ALTER", "FUNCTION"): None,
    ("ALTER", "PROCEDURE"): None,
    ("ALTER", "DEFAULT", "PRIVILEGES"): None,
    ("ALTER", "ROLE"): None,
}
_NAME = r'((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)'
_ALTER_TABLE = re.compile(
    rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?{_NAME}(?P<actions>.*)", re.IGNORECASE | re.DOTALL
)
_MAY_REWRITE = re.compile(
    r"\b(?:TYPE|SET\s+ACCESS\s+METHOD|SET\s+TABLESPACE|SET\s+(?:UN)?LOGGED|GENERATED|DEFAULT|ADD\s+(?:COLUMN\s+)?\S+\s+(?:big|small)?serial)\b",
    re.IGNORECASE,
)
_VACUUM_FULL = re.compile(rf"(?:VACUUM\s*\(?[^)]*FULL\b[^)]*\)?|CLUSTER)\s+{_NAME}", re.IGNORECASE)


def foresee(identifier: str, file: SqlFile, *, transactional: bool) -> Planned:
    """Return what one file may lock and rewrite at worst."""
    modes = {lock(file, statement) for statement in file.statements} - {None}
    tables = {table for statement in file.statements for table in rewritten(file, statement)}
    ordered = sorted((mode for mode in modes if mode), key=MODES.index, reverse=True)
    return Planned(identifier, len(file.statements), transactional, tuple(ordered), tuple(sorted(tables)))


def lock(file: SqlFile, statement: Statement) -> str | None:
    """Return the strongest lock that a statement takes on a table that was there before, None for none.

    What cannot be told from its first words (DO, CALL, ALTER TABLE …) counts as the strongest, and so does a SELECT
    that may call a function.
    """
    words = statement.keywords
    if words[:1] == ("SELECT",) and b"(" in file.text[statement.start : statement.end]:
        return _STRONGEST
    for length in range(len(words), 0, -1):
        if words[:length] in _LOCKS:
            return _LOCKS[words[:length]]
    return _STRONGEST


def rewritten(file: SqlFile, statement: Statement) -> list[str]:
    """Return the table that a statement may write anew, as it is spelt."""
    if statement.keywords[:1] not in {("ALTER",), ("VACUUM",), ("CLUSTER",)}:
        return []
    text = file.text[statement.start : statement.end].decode("utf-8", "replace")
    found = _ALTER_TABLE.match(text)
    if found:
        return [found[1]] if _MAY_REWRITE.search(found["actions"]) else []
    full = _VACUUM_FULL.match(text)
    return [full[1]] if full else []
