"""What one named query is, before any connection: name, operator, parameters, text and where it stands."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from avdaily_sql.errors import Location
from avdaily_sql.sqltree import shown


class Operator(Enum):
    """What a query gives back: the sign behind its name, as in aiosql."""

    many = ""
    one = "^"
    scalar = "$"
    affected = "!"
    returning = "<!"
    bulk = "*!"
    script = "#"


class Placeholder(NamedTuple):
    """One ``:name`` of a statement, ``sql[start:end]`` with the colon, and the number that it gets."""

    start: int
    end: int
    number: int


class Directives(NamedTuple):
    """What the comments under a name say beside the documentation; ``docs/queries.md`` explains each.

    ``not_null`` are result columns, ``nullable`` parameters; ``plan_reason`` is why a sequential scan is meant.
    """

    exactly_one: bool = False
    not_null: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    plan_reason: str | None = None


class Definition(NamedTuple):
    """One query of an SQL file; nothing of it changes after loading.

    ``sql`` is the statement as it stands in the file from ``line`` and ``column`` on; ``native`` is what is sent: with
    ``$1`` for ``:name`` and the query's name as a comment. ``name_line`` is the line of its ``-- name:``.
    """

    name: str
    operator: Operator
    parameters: tuple[str, ...]
    document: str
    path: str
    name_line: int
    line: int
    column: int
    sql: bytes
    placeholders: tuple[Placeholder, ...]
    native: bytes
    directives: Directives

    @property
    def domain(self) -> str:
        """Return the name of its file, which is also a namespace: ``wallets`` for ``wallets.sql``."""
        return self.path.rpartition("/")[2].removesuffix(".sql")

    @property
    def location(self) -> Location:
        """Return where the query's name stands."""
        return Location(shown(self.path), self.name_line)
