"""What ALTER TABLE, VACUUM, CLUSTER and REFRESH may lock and rewrite, action by action, judged from their words. Pure.

https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.lint.tokens import after, parts, starts_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.lint.tokens import Token

_STRONGEST = "ACCESS EXCLUSIVE"
_SLIGHT = "SHARE UPDATE EXCLUSIVE"
_KEYS = "SHARE ROW EXCLUSIVE"
# Parameters that the server sets under the slight lock.
_PARAMETER = re.compile(
    r"(?:toast\.)?autovacuum_\w+|(?:toast\.)?vacuum_\w+|fillfactor|parallel_workers|toast_tuple_target"
)
# Types that no domain with a constraint can stand behind: a new column of theirs, without a default, is only a note.
_PLAIN_TYPES = frozenset(
    """BIGINT BIT BOOL BOOLEAN BYTEA CHAR CHARACTER CIDR DATE DECIMAL DOUBLE FLOAT FLOAT4 FLOAT8 INET INT INT2 INT4 INT8
    INTEGER INTERVAL JSON JSONB MACADDR MONEY NUMERIC REAL SMALLINT TEXT TIME TIMESTAMP TIMESTAMPTZ TIMETZ TSVECTOR UUID
    VARBIT VARCHAR XML""".split()  # noqa: SIM905 (one word a line says no more)
)
_CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "NOT"})


def lock(found: Sequence[Token]) -> str:
    """Return the strongest lock that an ALTER TABLE takes."""
    modes = [_of_action(action) for action in _actions(found)]
    return next((mode for mode in (_STRONGEST, _KEYS, _SLIGHT) if mode in modes), _STRONGEST)


# How an action begins → what it takes; every other action takes the strongest.
_BEGINNINGS = (
    (("VALIDATE", "CONSTRAINT"), _SLIGHT),
    (("CLUSTER", "ON"), _SLIGHT),
    (("SET", "WITHOUT", "CLUSTER"), _SLIGHT),
    (("ADD", "FOREIGN", "KEY"), _KEYS),
    (("ENABLE", "TRIGGER"), _KEYS),
    (("DISABLE", "TRIGGER"), _KEYS),
)


def _of_action(action: Sequence[Token]) -> str:
    for beginning, mode in _BEGINNINGS:
        if starts_with(action, *beginning):
            return mode
    if starts_with(action, "ADD", "CONSTRAINT") and starts_with(action, "FOREIGN", "KEY", at=3):
        return _KEYS
    if starts_with(action, "SET", "("):
        named = "".join(token.text for token in action[2:-1])
        return _SLIGHT if all(map(_PARAMETER.match, named.split(","))) else _STRONGEST
    column = after(action, ("ALTER",), ("COLUMN",)) + 1
    slight = starts_with(action, "ALTER") and starts_with(action, "SET", "STATISTICS", at=column)
    return _SLIGHT if slight else _STRONGEST


def _actions(found: Sequence[Token]) -> list[Sequence[Token]]:
    """Return what an ALTER TABLE does, action by action."""
    return parts(found[_name(found)[1] :])


def _name(found: Sequence[Token], at: int = 2) -> tuple[str, int]:
    """Return the name of the table as it is spelt, and the index behind it."""
    at = after(found, ("IF", "EXISTS"), ("ONLY",), at=at)
    end = at + 1
    while end + 1 < len(found) and found[end].key == ".":
        end += 2
    name = "".join(token.text for token in found[at:end])
    return name, after(found, ("*",), at=end)


def rewritten(found: Sequence[Token]) -> list[str]:
    """Return the tables that a statement may write anew; ``all tables`` where it names none."""
    if starts_with(found, "REFRESH", "MATERIALIZED", "VIEW"):
        return [_name(found, after(found, ("CONCURRENTLY",), at=3))[0]]
    if starts_with(found, "CLUSTER") or starts_with(found, "VACUUM"):
        return _cleaned(found)
    if starts_with(found, "ALTER", "TABLE", "ALL") or starts_with(found, "ALTER", "MATERIALIZED", "VIEW", "ALL"):
        return ["all tables"]
    start = 3 if starts_with(found, "ALTER", "MATERIALIZED", "VIEW") else 2
    if start == 2 and not starts_with(found, "ALTER", "TABLE"):
        return ["typed tables"] if starts_with(found, "ALTER", "TYPE") and _cascades(found) else []
    name, behind = _name(found, start)
    return [name] if any(_may_rewrite(action) for action in parts(found[behind:])) else []


def _cascades(found: Sequence[Token]) -> bool:
    return any(token.key == "CASCADE" for token in found)


def _cleaned(found: Sequence[Token]) -> list[str]:
    """Return the tables of VACUUM FULL and CLUSTER."""
    at = 1
    keys: set[str] = set()
    if starts_with(found, "(", at=1):
        at = next((index for index, token in enumerate(found) if token.key == ")"), len(found)) + 1
        keys = {token.key for token in found[1:at]}
    while at < len(found) and found[at].key in {"FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"}:
        keys.add(found[at].key)
        at += 1
    if found[0].key == "VACUUM" and "FULL" not in keys:
        return []
    return [_name(each, 0)[0] for each in parts(found[at:])] or ["all tables"]


def _may_rewrite(action: Sequence[Token]) -> bool:
    if starts_with(action, "SET"):
        return len(action) > 1 and action[1].key in {"ACCESS", "TABLESPACE", "LOGGED", "UNLOGGED"}
    keys = [token.key for token in action]
    if starts_with(action, "ALTER"):
        return "TYPE" in keys or "EXPRESSION" in keys
    if not starts_with(action, "ADD") or (len(action) > 1 and action[1].key in _CONSTRAINTS):
        return False
    at = after(action, ("ADD",), ("COLUMN",), ("IF", "NOT", "EXISTS")) + 1
    plain = at < len(action) and action[at].key in _PLAIN_TYPES
    return not plain or "DEFAULT" in keys or "GENERATED" in keys
