"""What there is to look at: tables with estimates, and of one table its columns, key and references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avdaily_sql.schema_docs.domains import DOMAINS, domain_of
from avdaily_sql.studio import catalog_sql
from avdaily_sql.studio.database import READING_ROLE
from avdaily_sql.studio.kinds import Kind, kind_of

if TYPE_CHECKING:
    import psycopg

# What a column is called whose content nobody should see, in a database where no role hides it.
SECRETS = r"password|passwd|secret|token|hash|otp|(^|_)pin(_|$)|private_key"
SECRETS_PATTERN = re.compile(SECRETS, re.IGNORECASE)
_LISTED_VALUES = re.compile(r"= ANY \(+ARRAY\[(?P<values>.*?)\]", re.DOTALL)
_LITERAL = re.compile(r"'(?P<text>(?:[^']|'')*)'::")


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One table or view in a list; ``rows`` is an estimate, None before the first ANALYZE and for views."""

    name: str
    kind: str
    comment: str | None
    rows: int | None
    size_bytes: int | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """The tables of one domain."""

    name: str
    title: str
    about: str
    tables: tuple[TableSummary, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``base_type`` is what its values are compared as, ``choices`` all values that there may be."""

    name: str
    type: str
    base_type: str
    kind: Kind
    nullable: bool
    comment: str | None
    readable: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: columns of ``table`` hold the values of ``target_columns`` of one row of ``target``.

    ``countable``: rows that refer to one row are found by an index.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    countable: bool
    readable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view; ``key`` tells its rows apart, and is empty where nothing does."""

    summary: TableSummary
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexed: frozenset[str]
    points_at: tuple[Reference, ...]
    pointed_at_by: tuple[Reference, ...]

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.summary.name

    def column(self, name: str) -> Column | None:
        """Return the column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def list_subjects(connection: psycopg.Connection[Any]) -> list[Subject]:
    """Return all tables and views by their domain; domains without any are left out."""
    tables = list_tables(connection)
    grouped = [
        Subject(one.name, one.title, one.about, tuple(each for each in tables if domain_of(each.name) == one.name))
        for one in DOMAINS
    ]
    return [subject for subject in grouped if subject.tables]


def list_tables(connection: psycopg.Connection[Any], only: str | None = None) -> list[TableSummary]:
    """Return all tables and views of the schema, or the one of a name, with the estimates of the last ANALYZE."""
    rows = connection.execute(catalog_sql.TABLES, {"only": only}).fetchall()
    return [
        TableSummary(name, kind, comment, None if kind == "v" or (count or 0) < 0 else count, size_bytes, readable)
        for name, kind, comment, count, size_bytes, readable in rows
    ]


def find_table(connection: psycopg.Connection[Any], name: str, *, guarded: bool) -> Table | None:
    """Return one table or view with all that a page needs to know of it; None when there is none.

    :param guarded: the connection's role is the reading role, which sees no secret by itself.
    """
    summaries = list_tables(connection, name)
    found = connection.execute(catalog_sql.OID, [name]).fetchone()
    if not summaries or found is None:
        return None
    (oid,) = found
    columns = _columns(connection, oid, guarded=guarded)
    hidden = {column.name for column in columns if not column.readable}
    key = connection.execute(catalog_sql.KEY, [oid]).fetchone()
    references = _references(connection, oid)
    return Table(
        summaries[0],
        columns,
        # A key that may not be read cannot be put into an address.
        tuple(key[0]) if key and not hidden & set(key[0]) else (),
        frozenset(name for (name,) in connection.execute(catalog_sql.SORTED_BY, [oid])),
        tuple(each for each, outward, _ in references if outward),
        tuple(each for each, _, inward in references if inward),
    )


def _columns(connection: psycopg.Connection[Any], oid: int, *, guarded: bool) -> tuple[Column, ...]:
    values = {"oid": oid, "guarded": guarded, "secrets": SECRETS, "role": READING_ROLE}
    return tuple(
        Column(
            name,
            shown,
            base,
            kind_of(type_name, type_kind, scale),
            nullable,
            comment,
            readable,
            ("true", "false") if type_name == "bool" else tuple(labels) or _listed(rules),
        )
        for name, shown, type_name, type_kind, base, scale, nullable, comment, readable, labels, rules in (
            connection.execute(catalog_sql.COLUMNS, values).fetchall()
        )
    )


def _listed(rules: list[str]) -> tuple[str, ...]:
    """Return the values that a CHECK lists: ``CHECK (status = ANY (ARRAY['active'::text, …]))``."""
    for rule in rules:
        found = _LISTED_VALUES.search(rule)
        if found:
            return tuple(literal["text"].replace("''", "'") for literal in _LITERAL.finditer(found["values"] + "::"))
    return ()


def _references(connection: psycopg.Connection[Any], oid: int) -> list[tuple[Reference, bool, bool]]:
    rows = connection.execute(catalog_sql.REFERENCES, {"oid": oid}).fetchall()
    return [
        (Reference(name, child, tuple(columns), parent, tuple(targets), countable, bool(readable)), outward, inward)
        for name, outward, inward, child, parent, columns, targets, countable, readable in rows
    ]
