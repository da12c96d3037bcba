"""Which objects of two schemas come, go, are altered where they stand, or have to be made again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avdaily_sql.drafting import alterations, altering_types, wording
from avdaily_sql.drafting.altering_tables import CannotAlterError
from avdaily_sql.drafting.items import Key

if TYPE_CHECKING:
    from avdaily_sql.drafting.items import Catalog, Item

# What has to be out of the way while the type of a column that it reads changes.
_IN_THE_WAY = frozenset({"view", "materialized view", "rule", "trigger", "policy", "function", "procedure"})
# What a new type is put under without being dropped.
_STAYING = frozenset({"column", "table", "default", "sequence", "view column"})


@dataclass
class Comparison:
    """What became of each object from ``old`` to ``new``.

    :ivar altered: the statements that alter an object where it stands.
    :ivar rebuilt: what is dropped and made again.
    :ivar replaced: the enums that a new type takes the place of.
    :ivar refusals: what SQL has no way for.
    """

    old: Catalog
    new: Catalog
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gone = self.old.items.keys() - self.new.items.keys()
        self.come = self.new.items.keys() - self.old.items.keys()
        self.both = self.old.items.keys() & self.new.items.keys()
        self.altered: dict[Key, list[str]] = {}
        self.rebuilt: set[Key] = set()
        self.replaced = {key for key in self.both if key.kind == "enum" and self._needs_a_new_type(key)}
        self._alter()
        self._close()

    def _alter(self) -> None:
        for key in self.both:
            one, other = self.old.items[key], self.new.items[key]
            if one.facts == other.facts:
                continue
            if key.kind == "view" and not self._columns_stay(key):
                self.rebuilt.add(key)
                continue
            try:
                found = self._altered(key)
            except CannotAlterError as error:
                self.refusals.append(f"{key}: {error}")
                continue
            if found is None:
                self.rebuilt.add(key)
            else:
                self.altered[key] = found

    def _altered(self, key: Key) -> list[str] | None:
        if key in self.replaced:
            return altering_types.new_enum(self.new.items[key], self._columns_of_type(key))
        return alterations.alter(self.old.items[key], self.new.items[key], self.new)

    def _needs_a_new_type(self, key: Key) -> bool:
        """Tell whether labels go or move; or a new one is used at once, which its transaction may not."""
        one, other = self.old.items[key], self.new.items[key]
        if one.facts == other.facts:
            return False
        if not altering_types.has_only_new_labels(one, other):
            return True
        added = [wording.literal(label) for label in other.facts["labels"] if label not in one.facts["labels"]]
        users = (
            str(item.facts)
            for item in self.new.items.values()
            if key in self.new.needs[item.key] and item.facts != getattr(self.old.items.get(item.key), "facts", None)
        )
        return any(f"{label}::" in text for text in users for label in added)

    def _columns_stay(self, view: Key) -> bool:
        def columns(catalog: Catalog) -> list[tuple[object, ...]]:
            parts = [item for item in catalog.parts_of(view) if item.key.kind == "view column"]
            parts.sort(key=lambda item: item.order)
            return [(item.facts["name"], item.facts["type"], item.facts["collation"]) for item in parts]

        before, after = columns(self.old), columns(self.new)
        return after[: len(before)] == before

    def _columns_of_type(self, key: Key) -> list[tuple[Item, Item | None]]:
        if key.kind != "enum":
            return []
        found = []
        for column in self.both:
            if column.kind == "column" and key in self.old.needs[column] and key in self.new.needs[column]:
                default = Key("default", column.name)
                found.append((self.new.items[column], self.new.items.get(default) if default in self.both else None))
        return found

    def _close(self) -> None:
        """Add to what is rebuilt all that stands on it, and all that is in the way of a change of type."""
        users: dict[Key, set[Key]] = {}
        for key, needs in self.old.needs.items():
            for each in needs:
                users.setdefault(each, set()).add(key)
        for key in self.altered:
            self.rebuilt |= self._in_the_way(key, users)
        for key in self.gone:
            # As before, and yet it stood on what goes: a foreign key on a primary key that has another name now.
            self.rebuilt |= {user for user in users.get(key, set()) & self.both if self._is_made_again(user)}
        waiting = list(self.rebuilt)
        while waiting:
            key = waiting.pop()
            for user in users.get(key, set()) - self.rebuilt - self.gone:
                if user.kind in {"table", "column"} and not self.old.items[user].facts.get("generated"):
                    self._refuse(key, user)
                elif user.kind != "view column":
                    self.rebuilt.add(user)
                    waiting.append(user)
        for key in self.rebuilt:
            self.altered.pop(key, None)

    def _is_made_again(self, user: Key) -> bool:
        return user not in self.altered and user.kind not in {*_STAYING, "enum", "domain", "composite type", "range"}

    def _in_the_way(self, key: Key, users: dict[Key, set[Key]]) -> set[Key]:
        """Return what has to be dropped before an object can be altered, and is made again behind it."""
        found: set[Key] = set()
        if alterations.moves_values(self.old.items[key], self.new.items[key]):
            over = users.get(key, set())
            found |= {user for user in over if user.kind in _IN_THE_WAY or self.old.items[user].facts.get("generated")}
            found.add(Key("default", key.name))
        if key in self.replaced:
            columns = {column.key for column, _ in self._columns_of_type(key)}
            over = set().union(users.get(key, set()), *(users.get(column, set()) for column in columns))
            found |= {user for user in over if user.kind not in _STAYING}
        return found & self.both

    def _refuse(self, key: Key, user: Key) -> None:
        if key in self.rebuilt and not alterations.has_own_way(key):
            self.rebuilt.discard(key)
        text = f"{key} would have to be dropped and made again, and {user} stands on it"
        if text not in self.refusals:
            self.refusals.append(text)

    def is_dropped(self, key: Key) -> bool:
        """Tell whether an object is dropped, be it to be made again."""
        return key in self.gone or key in self.rebuilt

    def is_created(self, key: Key) -> bool:
        """Tell whether an object is made, be it again."""
        return key in self.come or key in self.rebuilt
