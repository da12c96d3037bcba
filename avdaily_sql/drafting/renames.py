"""Renames are never guessed: what goes and comes alike is a question to a person. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.drafting import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.drafting.items import Catalog, Item, Key

# What two objects of a kind have to have in common; nothing else of these kinds tells as much.
_TELLING = {"column": "type", "constraint": "definition", "function": "source", "procedure": "source"}
_WHOLE = frozenset({"enum", "domain", "composite type", "range", "sequence", "view", "materialized view"})


def questions(old: Catalog, new: Catalog, gone: set[Key], come: set[Key]) -> Iterator[str]:
    """Yield what may have been a rename: the same kind goes and comes. It is never guessed."""
    for one in sorted(gone):
        for other in sorted(come):
            if one.kind == other.kind and _may_be_renamed(old, new, one, other):
                yield _question(old.items[one], new.items[other])


def _may_be_renamed(old: Catalog, new: Catalog, one: Key, other: Key) -> bool:
    before, after = old.items[one], new.items[other]
    if one.kind == "table":
        names = [{column.facts["name"] for column in c.columns_of(k)} for c, k in ((old, one), (new, other))]
        return bool(names[0]) and len(names[0] & names[1]) * 2 >= max(map(len, names))
    if one.kind == "index":
        return before.on == after.on and _without_name(before) == _without_name(after)
    if one.kind in _TELLING:
        fact = _TELLING[one.kind]
        return before.on == after.on and bool(before.facts[fact] == after.facts[fact])
    return one.kind in _WHOLE and before.facts == after.facts


def _without_name(item: Item) -> str:
    return re.sub(r"^(CREATE (?:UNIQUE )?INDEX) \S+", r"\1", item.facts["definition"])


def _question(before: Item, after: Item) -> str:
    kind, name = before.key
    if kind in {"column", "constraint"}:
        assert before.on is not None  # noqa: S101 (a part of a table)
        rename = f"ALTER TABLE {before.on.name} RENAME {kind.upper()} {before.facts['name']} TO {after.facts['name']};"
    else:
        short = after.name.split("(")[0].rsplit(".", 1)[-1]
        rename = f"ALTER {wording.target(before)} RENAME TO {short};"
    return f"is {kind} {after.name} the old {name} under a new name? Then write instead: {rename}"
