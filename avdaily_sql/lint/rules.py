"""Our own rules for one migration file: what squawk does not know, or what only this runner's files have. Pure.

A rule yields where it was broken; :mod:`avdaily_sql.lint.examination` says in which file, and heeds opt-outs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.lint.definitions import altered_table, column_constraints, created_table
from avdaily_sql.lint.tokens import after, starts_with, tokens
from avdaily_sql.sqltext.lexer import TRIVIA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.lint.definitions import Column
    from avdaily_sql.lint.tokens import Token
    from avdaily_sql.migrations.files import SqlFile

_INEXACT = re.compile(r"(?:REAL|FLOAT|FLOAT4|FLOAT8|DOUBLE PRECISION|MONEY)\b(?! *\.)")
_EMPTY_STATEMENT = re.compile(rb"\\\.\r?\n" + TRIVIA + rb"(;)")


class Broken(NamedTuple):
    """A rule, and the byte where it is broken."""

    rule: str
    start: int
    message: str


def broken(file: SqlFile, *, transactional: bool) -> Iterator[Broken]:
    """Yield what in a file breaks a rule of ours."""
    for statement in file.statements:
        if statement.copy is not None:
            yield from _empty_statement(file, statement.copy.offset + statement.copy.length)
            continue
        if statement.keywords[:1] not in {("CREATE",), ("ALTER",), ("DROP",), ("REINDEX",)}:
            continue
        found = tokens(file.text, statement)
        yield from _definitions(found)
        yield from _concurrently(found, transactional=transactional)


def _definitions(found: Sequence[Token]) -> Iterator[Broken]:
    change = created_table(found) or altered_table(found)
    if change is not None:
        for column in change.columns:
            yield from _inexact(column)
        unnamed = [constraint for constraint in change.constraints if constraint.name is None]
    elif starts_with(found, "CREATE", "DOMAIN") or starts_with(found, "ALTER", "DOMAIN"):
        unnamed = [each for each in column_constraints(found, "") if each.kind == "CHECK" and each.name is None]
    else:
        return
    for constraint in unnamed:
        yield Broken(
            "unnamed-constraint",
            constraint.start,
            f"{constraint.kind} without a name: write CONSTRAINT NAME before it, so that later files can name it too",
        )


def _inexact(column: Column) -> Iterator[Broken]:
    if _INEXACT.match(column.type):
        yield Broken(
            "money-as-float",
            column.start,
            f"{column.name} is {column.type.lower()}: sums of it are not exact; use numeric, or the domain for amounts",
        )


def _concurrently(found: Sequence[Token], *, transactional: bool) -> Iterator[Broken]:
    place = next((index for index, token in enumerate(found) if token.key == "CONCURRENTLY"), None)
    # REFRESH MATERIALIZED VIEW CONCURRENTLY is no statement of these kinds, and may run in a transaction.
    if place is None:
        return
    if transactional:
        yield Broken(
            "concurrently-in-transaction",
            found[place].start,
            "CONCURRENTLY cannot run in a transaction: put it into a file whose header says: -- transactional: false",
        )
    index = after(found, ("CREATE",), ("UNIQUE",), ("INDEX",), ("CONCURRENTLY",))
    if found[0].key == "CREATE" and starts_with(found, "IF", "NOT", "EXISTS", at=index):
        yield Broken(
            "if-not-exists-on-concurrent-index",
            found[index].start,
            "IF NOT EXISTS accepts the INVALID index that a failed build leaves; the runner drops that one by itself",
        )


def _empty_statement(file: SqlFile, data_end: int) -> Iterator[Broken]:
    match = _EMPTY_STATEMENT.match(file.text, data_end)
    if match is not None:
        yield Broken(
            "empty-statement-after-copy",
            match.start(1),
            "an empty statement behind the data of COPY: psql can stop here without an error; remove the semicolon",
        )
