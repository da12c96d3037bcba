"""The steps from one schema to another: each with what it says, and what has to come before it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql.drafting import altering_tables, creating, granting, wording
from avdaily_sql.drafting.items import Key
from avdaily_sql.drafting.ordering import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.drafting.comparison import Comparison
    from avdaily_sql.drafting.items import Catalog, Item

_KINDS = (
    "schema", "enum", "composite type", "range", "domain", "sequence", "table", "column", "default", "constraint",
    "index", "statistics", "function", "procedure", "view", "materialized view", "view column", "rule", "trigger",
    "policy", "default privileges",
)  # fmt: skip
RANKS = {kind: number for number, kind in enumerate(_KINDS)}
_DROPS, _CHANGES, _CREATES, _MARKS = range(4)


def steps(found: Comparison, merge: frozenset[str]) -> Iterator[Step]:
    """Yield the steps in no order.

    :param merge: the kinds of constraints that are written into CREATE TABLE.
    """
    planner = _Planner(found, merge)
    yield from planner.drops()
    yield from planner.changes()
    yield from planner.creates()


@dataclass
class _Planner:
    """What the steps are made of."""

    found: Comparison
    merge: frozenset[str]

    @property
    def old(self) -> Catalog:
        return self.found.old

    @property
    def new(self) -> Catalog:
        return self.found.new

    def drops(self) -> Iterator[Step]:
        """Yield a step for each object that goes by itself, and not with what it is a part of."""
        dropped = {key for key in self.old.items if self.found.is_dropped(key)}
        heads = {key: self._head(key, dropped) for key in dropped}
        steps: dict[Key, Step] = {}
        for key in dropped:
            if heads[key] == key:
                item = self.old.items[key]
                rank = (_DROPS, -RANKS[key.kind], -item.order)
                statements = wording.drop(item)
                if key.kind == "default privileges":
                    statements = granting.default_privileges(item, None, self.old)
                steps[key] = Step(("drop", key), rank, statements)
        for key, needs in self.old.needs.items():
            for needed in needs:
                if needed not in dropped:
                    continue
                target = steps[heads[needed]]
                if key in dropped:
                    target.after.add(("drop", heads[key]))
                elif key in self.found.altered:
                    target.after.add(("alter", key))
        yield from steps.values()

    def _head(self, key: Key, dropped: set[Key]) -> Key:
        """Return the object with which this one is gone."""
        item = self.old.items[key]
        if key.kind == "default" and Key("column", key.name) in dropped:
            return self._head(Key("column", key.name), dropped)
        if item.on is None or item.on not in dropped:
            return key
        if key.kind == "constraint" and item.facts["contype"] == "f" and "f" not in self.merge:
            return key
        return self._head(item.on, dropped)

    def changes(self) -> Iterator[Step]:
        for key in self.found.both - self.found.rebuilt:
            other = self.new.items[key]
            if key.kind == "table":
                yield from self._marks(self.old.items[key], other)
            statements = self._changed(key)
            if not statements:
                continue
            step = Step(("alter", key), (_CHANGES, RANKS[key.kind], other.order), statements)
            for needed in self.new.needs[key]:
                step.after |= {("create", self._home(needed)), ("alter", needed)}
            for user, needs in self.old.needs.items():
                if key in needs and self.found.is_dropped(user):
                    step.after.add(("drop", user))
            if "source" in other.facts:
                step.wishes |= {("create", self._home(each)) for each in self._mentioned(other)}
            yield step

    def _changed(self, key: Key) -> list[str]:
        """Return the statements that make an object what it is now, but for its rights."""
        one, other = self.old.items[key], self.new.items[key]
        statements = list(self.found.altered.get(key, ()))
        replaced = key in self.found.altered and key in self.found.replaced
        owner = None if replaced else one.owner
        if owner != other.owner and key.kind != "schema":
            statements.append(wording.ownership(other, self.new.builder))
        if one.comment != other.comment or (replaced and other.comment is not None):
            statements.append(wording.comment(other))
        if key.kind == "default privileges" and one.rights != other.rights:
            statements += granting.default_privileges(one, other, self.new)
        return statements

    def _marks(self, one: Item | None, other: Item) -> Iterator[Step]:
        statements = altering_tables.table_marks(one, other)
        if statements:
            yield Step(("mark", other.key), (_MARKS, 0, other.order), statements, after=self._all_on(other.key))

    def _all_on(self, key: Key) -> set[object]:
        parts = [item.key for item in self.new.parts_of(key)]
        return {("create", self._home(part)) for part in parts} | {("alter", part) for part in parts}

    def _home(self, key: Key) -> Key:
        """Return the object with which this one is made."""
        item = self.new.items[key]
        if not self.found.is_created(key) or item.on is None:
            return key
        column = Key("column", key.name)
        if key.kind == "default":
            if self.found.is_created(column) and self.merge:
                return self._home(column)
            return key
        if key.kind == "column" and self.found.is_created(item.on):
            return item.on
        if key.kind == "constraint" and self.found.is_created(item.on) and item.facts["validated"]:
            return item.on if item.facts["contype"] in self.merge else key
        return key

    def creates(self) -> Iterator[Step]:
        created = [key for key in self.new.items if self.found.is_created(key)]
        homes = {key: self._home(key) for key in created}
        steps: dict[Key, Step] = {}
        for key in created:
            if homes[key] == key:
                item = self.new.items[key]
                merged = [self.new.items[each] for each in created if homes[each] == key and each != key]
                steps[key] = Step(("create", key), (_CREATES, *self._place(item)), self._made(item, merged))
                if key.kind == "table":
                    yield from self._marks(None, item)
                if key.kind == "sequence" and item.facts["owned_by"]:
                    yield self._owning(item)
        for key in created:
            step = steps[homes[key]]
            for needed in self.new.needs[key]:
                step.after |= {("create", homes.get(needed, needed)), ("alter", needed)}
            step.after |= {("drop", key)} | self._same_name(key)
            if "source" in self.new.items[key].facts:
                step.wishes |= {("create", homes.get(each, each)) for each in self._mentioned(self.new.items[key])}
        yield from steps.values()

    def _place(self, item: Item) -> tuple[int, int]:
        """Return where it stands among what could stand anywhere: parts behind their table, else by kind and age."""
        return RANKS[item.key.kind], item.order

    def _same_name(self, key: Key) -> set[object]:
        """Return the drops of what has the same name in another guise: an index and a table, a view and a table."""
        name = key.name.rsplit(".", 1)[-1] if key.kind == "constraint" else key.name
        return {
            ("drop", other)
            for other in self.found.gone
            if other.name == name or (other.kind == "constraint" and other.name.endswith(f".{name}"))
        }

    def _owning(self, item: Item) -> Step:
        column = Key("column", item.facts["owned_by"])
        text = f"ALTER SEQUENCE {item.name} OWNED BY {column.name};"
        after = {("create", item.key), ("create", self._home(column))}
        return Step(("own", item.key), (_MARKS, 0, item.order), [text], after=set(after))

    def _made(self, item: Item, merged: list[Item]) -> list[str]:
        if item.key.kind == "default privileges":
            return granting.default_privileges(None, item, self.new)
        statements = creating.create(item, self.new, merged)
        if item.owner is not None:
            statements.append(wording.ownership(item, self.new.builder))
        for each in (item, *sorted(merged, key=lambda part: (RANKS[part.key.kind], part.order))):
            if each.comment is not None:
                statements.append(wording.comment(each))
        return statements

    def _mentioned(self, item: Item) -> Iterator[Key]:
        """Yield what a body of code speaks of that is new: it is checked for some of it when it is made."""
        words = set(re.findall(r"[\w$]+", f"{item.facts['source']} {item.facts['definition']}"))
        for key in (*self.found.come, *self.found.rebuilt):
            name = key.name.split("(")[0].rsplit(".", 1)[-1].strip('"')
            if (
                key != item.key
                and name in words
                and (key.kind in {"table", "view", "enum", "domain", "composite type"})
            ):
                yield key
            if key != item.key and name in words and key.kind == "function" and item.facts["language"] == "sql":
                yield key
            if key.kind == "column" and name in words and item.facts["language"] == "sql":
                yield key
