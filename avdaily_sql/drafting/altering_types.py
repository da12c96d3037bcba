"""One type made another: an enum, a domain, a composite type. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.drafting import creating, wording

if TYPE_CHECKING:
    from avdaily_sql.drafting.items import Catalog, Item

_NO_CATALOG: Any = None


def has_only_new_labels(old: Item, new: Item) -> bool:
    """Tell whether an enum keeps its labels in their order; any other change needs a new type."""
    return _is_longer(old.facts["labels"], new.facts["labels"])


def _is_longer(old: list[str], new: list[str]) -> bool:
    rest = iter(new)
    return all(label in rest for label in old)


def domain(old: Item, new: Item, _: Catalog) -> list[str] | None:
    """Return the statements that alter a domain; None for another type under it: it has to be made again."""
    before, after, start = old.facts, new.facts, f"ALTER DOMAIN {new.name}"
    if (before["base_type"], before["collation"]) != (after["base_type"], after["collation"]):
        return None
    found = []
    if before["default"] != after["default"]:
        words = "DROP DEFAULT" if after["default"] is None else f"SET DEFAULT {after['default']}"
        found.append(f"{start} {words};")
    if before["not_null"] != after["not_null"]:
        found.append(f"{start} {'SET' if after['not_null'] else 'DROP'} NOT NULL;")
    old_checks = {name: definition for name, definition, _ in before["checks"]}
    new_checks = {name: definition for name, definition, _ in after["checks"]}
    for name, definition in old_checks.items():
        if new_checks.get(name) != definition:
            found.append(f"{start} DROP CONSTRAINT {name};")
    for name, definition in new_checks.items():
        if old_checks.get(name) != definition:
            found.append(f"{start} ADD CONSTRAINT {name} {definition};")
    return found + wording.domain_comments(new)


def composite(old: Item, new: Item, _: Catalog) -> list[str]:
    """Return the statements that alter a composite type."""
    start, found = f"ALTER TYPE {new.name}", []
    before = {attribute[0]: attribute for attribute in old.facts["attributes"]}
    after = {attribute[0]: attribute for attribute in new.facts["attributes"]}
    for name in before.keys() - after.keys():
        found.append(f"{start} DROP ATTRIBUTE {name};")
    for name, attribute in after.items():
        if name not in before:
            found.append(f"{start} ADD ATTRIBUTE {wording.attribute_text(attribute)};")
        elif before[name] != attribute:
            found.append(f"{start} ALTER ATTRIBUTE {name} TYPE {wording.attribute_text(attribute).split(' ', 1)[1]};")
    return found


def new_enum(new: Item, columns: list[tuple[Item, Item | None]]) -> list[str]:
    """Return what puts a new type in the place of an enum.

    :param columns: those of the type that stay, each with its default.
    """
    aside = f"{new.name.strip(chr(34))}_before"
    aside = aside if aside.replace("_", "a").isalnum() and aside.islower() else f'"{aside}"'
    found = [f"ALTER TYPE {new.name} RENAME TO {aside};", *creating.create(new, _NO_CATALOG)]
    for column, default in columns:
        assert column.on is not None  # noqa: S101 (a part of a table)
        start = f"ALTER TABLE {column.on.name} ALTER COLUMN {column.facts['name']}"
        kind = column.facts["type"]
        between = "::text[]" if kind.endswith("[]") else "::text"
        if default is not None:
            found.append(f"{start} DROP DEFAULT;")
        found.append(f"{start} TYPE {kind} USING {column.facts['name']}{between}::{kind};")
        if default is not None:
            found.append(f"{start} SET DEFAULT {default.facts['expression']};")
    return [*found, f"DROP TYPE {aside};"]


def added_labels(old: Item, new: Item, _: Catalog) -> list[str]:
    """Return the statements that give an enum its new labels, each in its place."""
    name, after = new.name, new.facts["labels"]
    found, known = [], list(old.facts["labels"])
    for number, label in enumerate(after):
        if label in known:
            continue
        if number == 0:
            where = f" BEFORE {wording.literal(known[0])}" if known else ""
        elif after[number - 1] == known[-1]:
            where = ""
        else:
            where = f" AFTER {wording.literal(after[number - 1])}"
        found.append(f"ALTER TYPE {name} ADD VALUE {wording.literal(label)}{where};")
        known.insert(known.index(after[number - 1]) + 1 if number else 0, label)
    return found
