"""What ``queries check`` finds: queries that do not run, would surprise, or read a large table from end to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from avdaily_sql.errors import Failed
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_one
from avdaily_sql.queries.describing import describe
from avdaily_sql.queries.portability import leaves_subset
from avdaily_sql.queries.proof import Analyst
from avdaily_sql.queries.proof.nodetree import Node
from avdaily_sql.queries.rows import attribute
from avdaily_sql.queries.types import read_types
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avdaily_sql.queries.definition import Definition
    from avdaily_sql.queries.describing import Description

# From so many rows on, reading all of them for one call is a mistake, unless the file says why not.
LARGE_TABLE_ROWS = 10_000
_UPDATE, _DELETE = "2", "4"
_TEXT, _INTEGER = 25, 23


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a query; an ``error`` fails the check, a ``warning`` does not."""

    file: str
    line: int
    column: int
    rule: str
    severity: str
    message: str


def review(connection: psycopg.Connection[Any], definitions: Iterable[Definition]) -> list[Finding]:
    """Return what is wrong with queries on this database, in the order of files and lines.

    Needs the right to make temporary functions, as the stubs do.
    """
    reviewer = _Reviewer(connection)
    found = [finding for definition in definitions for finding in reviewer.findings(definition)]
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.column))


class _Rule(NamedTuple):
    name: str
    message: str
    severity: str = "error"


class _Reviewer:
    """Looks at one query after the other over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._analyst = Analyst(connection)
        self._large = _large_tables(connection)

    def findings(self, definition: Definition) -> Iterator[Finding]:
        where = definition.location
        for message in leaves_subset(definition):
            yield _finding(definition, _Rule("portable", message, "warning"))
        try:
            description = describe_one(self._connection, definition)
        except Failed as error:
            where = error.location or where
            yield Finding(where.file, where.line or 1, where.column or 1, "prepare", "error", error.message)
            return
        if definition.operator is Operator.script:
            return
        types = [one.sql for one in self._types(description)]
        for rule in (
            *_columns(definition, description),
            *self._parameters(definition, description),
            *self._tree(definition, types),
            *self._plan(definition, types),
        ):
            yield _finding(definition, rule)

    def _types(self, description: Description) -> list[Any]:
        types = read_types(self._connection, description.parameters)
        return [types[oid] for oid in description.parameters]

    def _parameters(self, definition: Definition, description: Description) -> Iterator[_Rule]:
        """Yield parameters that are text only because nothing says what they are: a number would change the answer."""
        for number, oid in enumerate(description.parameters):
            if oid == _TEXT and self._changes_with_integer(definition, description, number):
                name = definition.parameters[number]
                yield _Rule("parameter-type", f":{name} is text by default only; write :{name}::text, or its real type")

    def _changes_with_integer(self, definition: Definition, before: Description, number: int) -> bool:
        types = [0] * len(definition.parameters)
        types[number] = _INTEGER
        try:
            with self._connection.transaction(force_rollback=True), self._connection.lock:
                after = self._connection.wait(describe(self._connection.pgconn, definition.native, types))
        except psycopg.Error:
            return False
        others = [index for index in range(len(types)) if index != number]
        return [column.type_oid for column in before.columns] != [column.type_oid for column in after.columns] or any(
            before.parameters[index] != after.parameters[index] for index in others
        )

    def _tree(self, definition: Definition, types: list[str]) -> Iterator[_Rule]:
        tree = self._analyst.tree(definition.native, types)
        for query in _queries(tree):
            if query["commandType"] in {_UPDATE, _DELETE} and query["jointree"]["quals"] is None:
                word = "UPDATE" if query["commandType"] == _UPDATE else "DELETE"
                yield _Rule("where", f"{word} without WHERE changes every row")
            if query["limitOffset"] is not None:
                yield _Rule("offset", "OFFSET reads what it skips; begin a page behind the last row of the one before")
        unbounded = isinstance(tree, Node) and tree["limitCount"] is None and tree["commandType"] == "1"
        if definition.operator is Operator.many and unbounded:
            yield _Rule("limit", "a list without LIMIT grows with the table", "warning")

    def _plan(self, definition: Definition, types: list[str]) -> Iterator[_Rule]:
        if not self._large or definition.directives.plan_reason is not None:
            return
        for table in sorted(self._scanned(definition, types) & self._large):
            yield _Rule(
                "plan", f"reads all of the large table {table}; if that is meant, write: -- plan: seq scan, REASON"
            )

    def _scanned(self, definition: Definition, types: list[str]) -> frozenset[str]:
        """Return the tables that the generic plan, the one without values, reads from end to end."""
        name = f"avdaily_review_{definition.name}"
        nulls = f"({', '.join(['NULL'] * len(types))})" if types else ""
        try:
            with self._connection.transaction(force_rollback=True):
                cursor = psycopg.RawCursor(self._connection)
                cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                listed = f" ({', '.join(types)})" if types else ""
                cursor.execute(b"PREPARE %b%b AS %b" % (name.encode(), listed.encode(), definition.native))
                cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name}{nulls}".encode())
                plan = cursor.fetchone()
                cursor.execute(f"DEALLOCATE {name}".encode())
        except psycopg.Error:
            return frozenset()
        return frozenset(_sequential(plan[0][0]["Plan"])) if plan else frozenset()


def _finding(definition: Definition, rule: _Rule) -> Finding:
    return Finding(
        shown(definition.path), definition.line, definition.column, rule.name, rule.severity,
        f"query {definition.name}: {rule.message}",
    )  # fmt: skip


def _columns(definition: Definition, description: Description) -> Iterator[_Rule]:
    names = [column.name for column in description.columns]
    gives_rows = definition.operator not in {Operator.affected, Operator.bulk}
    if gives_rows and not names:
        yield _Rule("columns", "gives no rows; use the operator ! for the number of rows affected")
    if not gives_rows and names and definition.sql.lstrip()[:6].upper() != b"SELECT":
        yield _Rule("columns", "returns rows that nobody sees; use the operator <! or none")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _Rule("columns", f"has more than one column {name}; give each its own name")
    for name in names:
        if name == "?column?":
            yield _Rule("columns", "has a column without a name; write AS and one")
        elif attribute(name) != name:
            yield _Rule(
                "columns", f'the column "{name}" is {attribute(name)} in Python; choose a name that is one there'
            )


def _queries(tree: Any) -> Iterator[Node]:
    if isinstance(tree, list):
        for item in tree:
            yield from _queries(item)
    elif isinstance(tree, Node):
        if tree.kind == "QUERY":
            yield tree
        yield from _queries(list(tree.fields.values()))


def _large_tables(connection: psycopg.Connection[Any]) -> frozenset[str]:
    rows = connection.execute(
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'm') AND reltuples >= %s", [LARGE_TABLE_ROWS]
    ).fetchall()
    return frozenset(name for (name,) in rows)


def _sequential(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from _sequential(child)
