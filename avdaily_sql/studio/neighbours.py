"""What a row points at, and what points at it: each reference with its link, the rows that point here counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors, sql

from avdaily_sql.studio.keyset import identifier
from avdaily_sql.studio.links import table_url
from avdaily_sql.studio.rows import target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from avdaily_sql.studio.catalog import Reference, Table

# Beyond this it is "more than": counting on would read an index as long as the table.
MOST_COUNTED = 1000
# All counts of one page; what comes after it is a link without a number.
_BUDGET_MS = 500


@dataclass(frozen=True, slots=True)
class Outward:
    """A reference of this row to another one; without ``href`` it is null."""

    reference: Reference
    href: str | None


@dataclass(frozen=True, slots=True)
class Inward:
    """Rows of another table that refer to this one; ``count`` is None where it was not counted."""

    reference: Reference
    href: str
    count: int | None

    @property
    def words(self) -> str:
        """Return how many there are, as a person reads it."""
        if self.count is None:
            return "not counted: no index leads to them"
        return f"more than {MOST_COUNTED:,}" if self.count > MOST_COUNTED else f"{self.count:,}"


def outward(table: Table, values: Mapping[str, str | None]) -> list[Outward]:
    """Return the references of a row."""
    return [Outward(each, target_of(each, values)) for each in table.points_at]


def inward(connection: psycopg.Connection[Any], table: Table, values: Mapping[str, str | None]) -> list[Inward]:
    """Return the references to a row, counted up to :data:`MOST_COUNTED` where an index serves it."""
    found = []
    for each in table.pointed_at_by:
        given = {name: values.get(target) for name, target in zip(each.columns, each.target_columns, strict=True)}
        known = {name: value for name, value in given.items() if value is not None}
        if not each.readable or len(known) < len(given):
            continue
        count = _count(connection, table, each, known) if each.countable else None
        found.append(Inward(each, table_url(each.table, known), count))
    return found


def _count(
    connection: psycopg.Connection[Any], table: Table, reference: Reference, values: Mapping[str, str]
) -> int | None:
    types = [table.column(target) for target in reference.target_columns]
    where = sql.SQL(" AND ").join(
        sql.SQL("{} = CAST({} AS {})").format(
            identifier(name), sql.Placeholder(f"value_{number}"), sql.SQL(column.base_type.replace("%", "%%"))
        )
        for number, (name, column) in enumerate(zip(reference.columns, types, strict=True))
        if column is not None
    )
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} WHERE {} LIMIT {}) AS found").format(
        identifier(reference.table), where, sql.Literal(MOST_COUNTED + 1)
    )
    given = {f"value_{number}": values[name] for number, name in enumerate(reference.columns)}
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_BUDGET_MS)))
            row = connection.execute(query, given).fetchone()
    except (errors.QueryCanceled, errors.InsufficientPrivilege):
        return None
    return row[0] if row else None
