"""What a file will do before it does it: the strongest locks of its statements, and the tables that may be rewritten.

Judged from the text alone, so always the worst that a kind of statement can do. What a text cannot show is not in it:
what triggers, views, operators and event triggers do by functions of their own. ``plan --trace`` sees that.

https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql.lint.tokens import starts_with, tokens
from avdaily_sql.migrations import alteration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.lint.tokens import Token
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
    """What an apply or a rollback would do.

    ``marked`` are squashed files that would take the place of those that they replace, and would not be run.
    """

    database: str
    environment: str
    plan: tuple[Planned, ...]
    warnings: tuple[str, ...]
    marked: tuple[str, ...] = ()


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
    ("CREATE", "INDEX"): "SHARE",
    ("CREATE", "UNIQUE", "INDEX"): "SHARE",
    ("CREATE", "INDEX", "CONCURRENTLY"): "SHARE UPDATE EXCLUSIVE",
    ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"): "SHARE UPDATE EXCLUSIVE",
    ("CREATE", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "CONSTRAINT", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "OR", "REPLACE", "TRIGGER"): "SHARE ROW EXCLUSIVE",
    ("CREATE", "STATISTICS"): "SHARE UPDATE EXCLUSIVE",
    # A body in SQL is analysed at once, and that takes the locks of its statements.
    ("CREATE", "FUNCTION"): "ROW EXCLUSIVE",
    ("CREATE", "OR", "REPLACE", "FUNCTION"): "ROW EXCLUSIVE",
    ("CREATE", "PROCEDURE"): "ROW EXCLUSIVE",
    ("CREATE", "OR", "REPLACE", "PROCEDURE"): "ROW EXCLUSIVE",
    ("CREATE", "VIEW"): "ACCESS SHARE",
    # A composite type looks at the tables whose rows are in it.
    ("CREATE", "TYPE"): "ACCESS SHARE",
    ("CREATE", "DOMAIN"): "ACCESS SHARE",
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
# These can call functions anywhere in them; a function can do anything.
_CALLERS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY"})
# Words of the grammar before a parenthesis: nothing is called.
_GRAMMAR = frozenset(
    """ALL AND ANY ARRAY AS BETWEEN BY CASE CONFLICT CUBE DISTINCT ELSE EXCEPT EXISTS FILTER FROM GROUP GROUPING HAVING
    IN INSERT INTERSECT INTO IS JOIN LATERAL LIKE LIMIT MATERIALIZED NOT OFFSET ON OR OVER PARTITION RETURNING ROLLUP
    ROW SELECT SET SETS SOME STDIN STDOUT THEN UNION USING VALUES WHEN WHERE WITH WITHIN
    BIT CHAR CHARACTER DECIMAL FLOAT INTERVAL NUMERIC TIME TIMESTAMP VARCHAR VARYING
    CAST COALESCE EXTRACT GREATEST LEAST NULLIF""".split()  # noqa: SIM905 (one word a line says no more)
)
# Called without arguments they are the system's, whatever a schema has under the same name.
_WITHOUT_ARGUMENTS = frozenset(
    {"CLOCK_TIMESTAMP", "COUNT", "GEN_RANDOM_UUID", "NOW", "RANDOM", "ROW_NUMBER", "STATEMENT_TIMESTAMP"}
)


def foresee(identifier: str, file: SqlFile, *, transactional: bool) -> Planned:
    """Return what one file may lock and rewrite at worst."""
    modes = {lock(file, statement) for statement in file.statements} - {None}
    tables = {table for statement in file.statements for table in rewritten(file, statement)}
    ordered = sorted((mode for mode in modes if mode), key=MODES.index, reverse=True)
    return Planned(identifier, len(file.statements), transactional, tuple(ordered), tuple(sorted(tables)))


def lock(file: SqlFile, statement: Statement) -> str | None:
    """Return the strongest lock that a statement takes on a table that was there before, None for none.

    What cannot be told from its words (DO, CALL, an unknown function …) counts as the strongest.
    """
    words = statement.keywords
    if words[:1] and words[0] in _CALLERS:
        return _STRONGEST if _calls(tokens(file.text, statement)) else _by_words(words)
    if words[:2] == ("ALTER", "TABLE"):
        return alteration.lock(tokens(file.text, statement))
    if words[:2] == ("ALTER", "TYPE"):
        return None if starts_with(_behind_name(tokens(file.text, statement)), "ADD", "VALUE") else _STRONGEST
    if words[:2] == ("CREATE", "TABLE"):
        return _of_new_table(tokens(file.text, statement))
    if words[:2] == ("CREATE", "SCHEMA") or words[:1] == ("DROP",):
        # A schema can be created with all that is in it, and what is dropped can take tables' parts with it.
        found = {token.key for token in tokens(file.text, statement)[1:]}
        return _STRONGEST if found & {"CREATE", "GRANT", "CASCADE"} else _by_words(words)
    return _by_words(words)


def _by_words(words: tuple[str, ...]) -> str | None:
    for length in range(len(words), 0, -1):
        if words[:length] in _LOCKS:
            return _LOCKS[words[:length]]
    return _STRONGEST


def _calls(found: Sequence[Token]) -> bool:
    """Tell whether a function is called that is not known to be harmless; a table's list of columns is no call."""
    for index in range(1, len(found)):
        name = found[index - 1]
        if found[index].key != "(" or not (name.key.isidentifier() or name.text[:1] == '"'):
            continue
        start = index - 1
        while start >= 2 and found[start - 1].key == ".":
            start -= 2
        before = found[start - 1].key if start else ""
        inside = "".join(token.key for token in found[index + 1 : index + 3])
        is_known = name.key in _GRAMMAR or (name.key in _WITHOUT_ARGUMENTS and inside.startswith((")", "*)")))
        is_known = is_known and start == index - 1
        # INSERT INTO t (…), COPY t (…), AS name (…): a list of columns.
        is_list = before in {"INTO", "AS"} or (start == 1 and before == "COPY")
        if not is_known and not is_list:
            return True
    return False


def _behind_name(found: Sequence[Token]) -> Sequence[Token]:
    """Return what stands behind ALTER TYPE and its name."""
    at = 3
    while at + 1 < len(found) and found[at].key == ".":
        at += 2
    return found[at:]


def _of_new_table(found: Sequence[Token]) -> str:
    """Return what creating a table locks of those that are there: a parent, or what its keys point at."""
    keys = {token.key for token in found}
    if keys & {"PARTITION", "INHERITS", "AS", "OF", "USING"}:
        # PARTITION OF locks the parent, and its DEFAULT most of all; a query behind AS can call a function.
        return _STRONGEST
    if "REFERENCES" in keys:
        return "SHARE ROW EXCLUSIVE"
    # LIKE, or a column whose type is the row of another table.
    return "ACCESS SHARE"


def rewritten(file: SqlFile, statement: Statement) -> list[str]:
    """Return the tables that a statement may write anew, as they are spelt."""
    if statement.keywords[:1] not in {("ALTER",), ("VACUUM",), ("CLUSTER",), ("REFRESH",)}:
        return []
    return alteration.rewritten(tokens(file.text, statement))
