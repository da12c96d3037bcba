"""What one reading of a database has found so far, and what of it stands on what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from avdaily_sql.drafting import questions, rights
from avdaily_sql.drafting.items import Item, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

Row = dict[str, Any]


class Collection:
    """The objects of one reading.

    :ivar addresses: lead from the catalogs' numbers (catalog, object, part) to our keys.
    :ivar relations: lead from the numbers of tables and views to their keys.
    :ivar spaces: the numbers of the schemas.
    """

    def __init__(self, conn: psycopg.Connection[Any], schema: str, builder: str) -> None:
        self._cursor = conn.cursor(row_factory=dict_row)
        self.conn = conn
        self.schema = schema
        self.builder = builder
        self.spaces: list[int] = []
        self.items: dict[Key, Item] = {}
        self.addresses: dict[tuple[str, int, int], Key] = {}
        self.relations: dict[int, Key] = {}

    def rows(self, question: str) -> list[Row]:
        """Return the answer to one of :mod:`questions`."""
        return self._cursor.execute(question, {"schema": self.schema, "schemas": self.spaces}).fetchall()

    def add(self, kind: str, name: str, row: Row, facts: Row, *, on: Key | None = None) -> Key:
        """Take an object with what its row says of it, and return its key."""
        key = Key(kind, name)
        acl = row.get("acl")
        self.items[key] = Item(
            key,
            facts,
            on,
            row.get("comment"),
            self.role(row.get("owner")),
            None if acl is None else rights.read(acl, self.builder),
            rights.read(row.get("base"), self.builder),
            row.get("oid") or 0,
        )
        return key

    def role(self, name: str | None) -> str | None:
        """Return a role as SQL writes it; None for the one that builds the schema."""
        if name is None:
            return None
        quoted = name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'
        return None if quoted == self.builder else quoted

    def dependencies(self) -> dict[Key, set[Key]]:
        """Return on which objects each one stands."""
        found: dict[Key, set[Key]] = {key: set() for key in self.items}
        for item in self.items.values():
            if item.on is not None and item.key.kind != "sequence":
                found[item.key].add(item.on)
            if item.key.kind == "default":
                found[item.key].add(Key("column", item.name))
            for parent in item.facts.get("parents") or ():
                found[item.key].add(Key("table", parent))
        for one, other, kind in self._edges():
            # A sequence is owned by its column only after both are there.
            if one != other and not (one.kind == "sequence" and kind == "a"):
                found[one].add(other)
        for key, needs in found.items():
            needs.discard(key)
        return {key: {each for each in needs if each in self.items} for key, needs in found.items()}

    def _edges(self) -> Iterator[tuple[Key, Key, str]]:
        for catalog, number, sub, other_catalog, other, other_sub, kind in self.conn.execute(questions.DEPENDENCIES):
            one = self.addresses.get((catalog, number, sub)) or self.addresses.get((catalog, number, 0))
            two = self.addresses.get((other_catalog, other, other_sub)) or self.addresses.get((other_catalog, other, 0))
            if one is not None and two is not None and one in self.items:
                yield one, two, kind
