"""The objects of a schema as the catalogs have them: what each is, what it stands on, whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Key(NamedTuple):
    """What an object is called: its kind, and its name as SQL writes it."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return it as a person reads it."""
        return f"{self.kind} {self.name}"


class Right(NamedTuple):
    """What one role may do, and what of it it may pass on; ``role`` None is the role that builds the schema."""

    role: str | None
    may: frozenset[str]
    grants: frozenset[str]


Rights = tuple[Right, ...]


@dataclass(frozen=True)
class Item:
    """One object.

    :param facts: all that makes it what it is; two objects with equal facts are the same.
    :param on: the table, view or domain that it is a part of, and is gone with.
    :param owner: None for the role that builds the schema.
    :param rights: in the catalog's order; None where there are no such.
    :param base: what everybody has of a new one, before default privileges.
    :param order: its number in the catalog: later ones may stand on earlier ones.
    """

    key: Key
    facts: dict[str, Any]
    on: Key | None = None
    comment: str | None = None
    owner: str | None = None
    rights: Rights | None = None
    base: Rights = ()
    order: int = 0

    @property
    def name(self) -> str:
        """Return its name as SQL writes it."""
        return self.key.name

    def says_the_same(self, other: Item) -> bool:
        """Tell whether nothing would have to be done to make one the other."""
        mine = (self.facts, self.comment, self.owner, self.rights)
        return mine == (other.facts, other.comment, other.owner, other.rights)


@dataclass(frozen=True)
class Catalog:
    """All objects of one database that migrations can make, and which stands on which.

    :param needs: for each object those that it cannot be without.
    :param left_out: what was seen and is not compared, one line each.
    """

    schema: str
    builder: str
    version: int
    items: dict[Key, Item] = field(default_factory=dict)
    needs: dict[Key, set[Key]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def parts_of(self, key: Key) -> list[Item]:
        """Return what is gone with an object, parts of parts included."""
        found: list[Item] = []
        for item in self.items.values():
            if item.on == key:
                found += [item, *self.parts_of(item.key)]
        return found

    def columns_of(self, key: Key) -> list[Item]:
        """Return a table's own columns in their order."""
        found = [item for item in self.items.values() if item.key.kind == "column" and item.on == key]
        return sorted(found, key=lambda item: item.order)
