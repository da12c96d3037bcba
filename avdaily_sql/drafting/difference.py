"""What makes one schema another: statements in order, questions for a person, and what SQL has no way for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.drafting import alterations, granting, renames, wording
from avdaily_sql.drafting.alterations import CannotAlterError
from avdaily_sql.drafting.items import Key
from avdaily_sql.drafting.ordering import CircleError, Step, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.drafting.items import Catalog, Item

_KINDS = (
    "schema", "enum", "composite type", "range", "domain", "sequence", "table", "column", "default", "constraint",
    "index", "statistics", "function", "procedure", "view", "materialized view", "view column", "rule", "trigger",
    "policy", "default privileges",
)  # fmt: skip
_RANKS = {kind: number for number, kind in enumerate(_KINDS)}
# What has to be out of the way while the type of a column that it reads changes.
_IN_THE_WAY = frozenset({"view", "materialized view", "rule", "trigger", "policy", "function", "procedure"})
# What a new type is put under without being dropped.
_STAYING = frozenset({"column", "table", "default", "sequence", "view column"})
_DROPS, _CHANGES, _CREATES, _MARKS, _RIGHTS = range(5)


class Script(NamedTuple):
    """One direction of a draft.

    :param blocks: statements that belong together, in order; the rights are the last block.
    :param questions: what a person has to decide, such as whether it was a rename.
    :param refusals: what SQL has no way for, or has none that keeps rows.
    :param losses: what is gone with the rows in it.
    """

    blocks: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    refusals: tuple[str, ...]
    losses: tuple[str, ...]
    summary: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do, and nothing was refused."""
        return not self.blocks and not self.refusals


def difference(old: Catalog, new: Catalog) -> Script:
    """Return what has to be run where ``old`` is, to have what ``new`` has."""
    for merge in (frozenset("puxcf"), frozenset("puxc"), frozenset()):
        comparison = _Comparison(old, new, merge)
        try:
            return comparison.script()
        except CircleError as error:
            circle = error
    return Script((), (), (f"these need each other in a circle: {circle}",), (), ())


@dataclass
class _Comparison:
    """One comparison; ``merge`` are the kinds of constraints that are written into CREATE TABLE."""

    old: Catalog
    new: Catalog
    merge: frozenset[str]
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gone = self.old.items.keys() - self.new.items.keys()
        self.come = self.new.items.keys() - self.old.items.keys()
        self.both = self.old.items.keys() & self.new.items.keys()
        self.altered: dict[Key, list[str]] = {}
        self.rebuilt: set[Key] = set()
        self.replaced = {key for key in self.both if key.kind == "enum" and self._needs_a_new_type(key)}

    def script(self) -> Script:
        self._alter()
        self._close()
        steps = [*self._drops(), *self._changes(), *self._creates()]
        found = ordered(steps)
        blocks = [tuple(step.statements) for step in found if step.statements]
        return Script(
            tuple(blocks) + self._rights(),
            tuple(renames.questions(self.old, self.new, self.gone, self.come)),
            tuple(self.refusals),
            tuple(self._losses()),
            tuple(self._summary()),
        )

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
            return alterations.new_enum(self.new.items[key], self._columns_of_type(key))
        return alterations.alter(self.old.items[key], self.new.items[key], self.new)

    def _needs_a_new_type(self, key: Key) -> bool:
        """Tell whether labels go or move; or a new one is used at once, which its transaction may not."""
        one, other = self.old.items[key], self.new.items[key]
        if one.facts == other.facts:
            return False
        if not alterations.has_only_new_labels(one, other):
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

    def _is_dropped(self, key: Key) -> bool:
        return key in self.gone or key in self.rebuilt

    def _is_created(self, key: Key) -> bool:
        return key in self.come or key in self.rebuilt

    def _drops(self) -> Iterator[Step]:
        """Yield a step for each object that goes by itself, and not with what it is a part of."""
        dropped = {key for key in self.old.items if self._is_dropped(key)}
        heads = {key: self._head(key, dropped) for key in dropped}
        steps: dict[Key, Step] = {}
        for key in dropped:
            if heads[key] == key:
                item = self.old.items[key]
                rank = (_DROPS, -_RANKS[key.kind], -item.order)
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
                elif key in self.altered:
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

    def _changes(self) -> Iterator[Step]:
        for key in self.both - self.rebuilt:
            other = self.new.items[key]
            if key.kind == "table":
                yield from self._marks(self.old.items[key], other)
            statements = self._changed(key)
            if not statements:
                continue
            step = Step(("alter", key), (_CHANGES, _RANKS[key.kind], other.order), statements)
            for needed in self.new.needs[key]:
                step.after |= {("create", self._home(needed)), ("alter", needed)}
            for user, needs in self.old.needs.items():
                if key in needs and self._is_dropped(user):
                    step.after.add(("drop", user))
            if "source" in other.facts:
                step.wishes |= {("create", self._home(each)) for each in self._mentioned(other)}
            yield step

    def _changed(self, key: Key) -> list[str]:
        """Return the statements that make an object what it is now, but for its rights."""
        one, other = self.old.items[key], self.new.items[key]
        statements = list(self.altered.get(key, ()))
        replaced = key in self.altered and key in self.replaced
        owner = None if replaced else one.owner
        if owner != other.owner and key.kind != "schema":
            statements.append(wording.ownership(other, self.new.builder))
        if one.comment != other.comment or (replaced and other.comment is not None):
            statements.append(wording.comment(other))
        if key.kind == "default privileges" and one.rights != other.rights:
            statements += granting.default_privileges(one, other, self.new)
        return statements

    def _marks(self, one: Item | None, other: Item) -> Iterator[Step]:
        statements = alterations.table_marks(one, other)
        if statements:
            yield Step(("mark", other.key), (_MARKS, 0, other.order), statements, after=self._all_on(other.key))

    def _all_on(self, key: Key) -> set[object]:
        parts = [item.key for item in self.new.parts_of(key)]
        return {("create", self._home(part)) for part in parts} | {("alter", part) for part in parts}

    def _home(self, key: Key) -> Key:
        """Return the object with which this one is made."""
        item = self.new.items[key]
        if not self._is_created(key) or item.on is None:
            return key
        column = Key("column", key.name)
        if key.kind == "default":
            if self._is_created(column) and self.merge:
                return self._home(column)
            return key
        if key.kind == "column" and self._is_created(item.on):
            return item.on
        if key.kind == "constraint" and self._is_created(item.on) and item.facts["validated"]:
            return item.on if item.facts["contype"] in self.merge else key
        return key

    def _creates(self) -> Iterator[Step]:
        created = [key for key in self.new.items if self._is_created(key)]
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
        return _RANKS[item.key.kind], item.order

    def _same_name(self, key: Key) -> set[object]:
        """Return the drops of what has the same name in another guise: an index and a table, a view and a table."""
        name = key.name.rsplit(".", 1)[-1] if key.kind == "constraint" else key.name
        return {
            ("drop", other)
            for other in self.gone
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
        statements = wording.create(item, self.new, merged)
        if item.owner is not None:
            statements.append(wording.ownership(item, self.new.builder))
        for each in (item, *sorted(merged, key=lambda part: (_RANKS[part.key.kind], part.order))):
            if each.comment is not None:
                statements.append(wording.comment(each))
        return statements

    def _mentioned(self, item: Item) -> Iterator[Key]:
        """Yield what a body of code speaks of that is new: it is checked for some of it when it is made."""
        words = set(re.findall(r"[\w$]+", f"{item.facts['source']} {item.facts['definition']}"))
        for key in (*self.come, *self.rebuilt):
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

    def _rights(self) -> tuple[tuple[str, ...], ...]:
        found: list[str] = []
        for key, item in sorted(self.new.items.items(), key=lambda pair: (_RANKS[pair[0].kind], pair[1].order)):
            if self._is_created(key):
                found += granting.rights_of_new(item, self.new, self.old)
            elif key.kind != "default privileges":
                one = self.old.items[key]
                replaced = key in self.altered and key in self.replaced
                found += (
                    granting.rights_of_new(item, self.new, self.old)
                    if replaced
                    else granting.rights_changed(one, item, self.new)
                )
        return (tuple(found),) if found else ()

    def _losses(self) -> Iterator[str]:
        for key in sorted(self.gone):
            item = self.old.items[key]
            if key.kind == "table":
                yield f"the rows of {key.name}"
            if key.kind == "column" and item.on not in self.gone and not item.facts["generated"]:
                yield f"the values of {key.name}"

    def _summary(self) -> Iterator[str]:
        parts = {"column", "view column", "default", "constraint", "default privileges"}
        for verb, keys in (("new", self.come), ("gone", self.gone)):
            for key in sorted(keys):
                catalog = self.new if verb == "new" else self.old
                if key.kind in parts and catalog.items[key].on in keys:
                    continue
                if key.kind not in {"view column", "default privileges"}:
                    yield f"{verb} {key}"
        for key in sorted(self.both):
            if not self.old.items[key].says_the_same(self.new.items[key]):
                yield f"changed {key}"
