"""One object made another one where it stands; what cannot be altered is dropped and made again, or refused. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.drafting import altering_tables, altering_types, creating, wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.drafting.items import Catalog, Item, Key


def alter(old: Item, new: Item, catalog: Catalog) -> list[str] | None:
    """Return the statements, none when only comment, owner or rights differ; None when it has to be made again.

    :raises CannotAlterError: neither is possible.
    """
    if old.facts == new.facts:
        return []
    found = _ALTERATIONS.get(old.key.kind)
    return None if found is None else found(old, new, catalog)


def moves_values(old: Item, new: Item) -> bool:
    """Tell whether what stands on a column has to make way: its type or its collation changes."""
    names = ("type", "collation")
    return old.key.kind == "column" and any(old.facts[name] != new.facts[name] for name in names)


def _constraint(old: Item, new: Item, _: Catalog) -> list[str] | None:
    assert new.on is not None  # noqa: S101 (a part of a table)
    if new.facts["validated"] and old.facts["definition"] == f"{new.facts['definition']} NOT VALID":
        return [f"ALTER TABLE {new.on.name} VALIDATE CONSTRAINT {new.facts['name']};"]
    return None


def _trigger(old: Item, new: Item, _: Catalog) -> list[str] | None:
    return [wording.enabling(new)] if old.facts["definition"] == new.facts["definition"] else None


def _function(old: Item, new: Item, _: Catalog) -> list[str] | None:
    before, after = old.facts, new.facts
    kept = ("result", "argument_names", "argument_modes", "prokind")
    if any(before[name] != after[name] for name in kept) or before["defaults"] > after["defaults"]:
        return None
    return [f"{after['definition']};"]


def _view(old: Item, new: Item, catalog: Catalog) -> list[str] | None:
    """Return a replacement; :mod:`difference` has seen to it that no column goes or changes."""
    del catalog
    if new.key.kind == "view":
        return [wording.view_text(new, "CREATE OR REPLACE")]
    if old.facts["query"] != new.facts["query"] or old.facts["populated"] != new.facts["populated"]:
        return None
    return wording.options(f"ALTER MATERIALIZED VIEW {new.name}", old.facts["options"], new.facts["options"])


def _sequence(old: Item, new: Item, _: Catalog) -> list[str]:
    before, after, found = old.facts, new.facts, []
    words = [f"AS {after['type']}"] if before["type"] != after["type"] else []
    words += wording.sequence_words(after["type"], after["options"], every=before["options"])
    if words:
        found.append(f"ALTER SEQUENCE {new.name} {' '.join(words)};")
    if before["persistence"] != after["persistence"]:
        found.append(f"ALTER SEQUENCE {new.name} SET {wording.PERSISTENCE[after['persistence']]};")
    if before["owned_by"] != after["owned_by"]:
        found.append(f"ALTER SEQUENCE {new.name} OWNED BY {after['owned_by'] or 'NONE'};")
    return found


_ALTERATIONS: dict[str, Callable[[Item, Item, Catalog], list[str] | None]] = {
    "table": altering_tables.table,
    "column": altering_tables.column,
    "enum": altering_types.added_labels,
    "default": lambda _, new, catalog: creating.create(new, catalog),
    "constraint": _constraint,
    "trigger": _trigger,
    "rule": _trigger,
    "function": _function,
    "procedure": _function,
    "view": _view,
    "materialized view": _view,
    "sequence": _sequence,
    "domain": altering_types.domain,
    "composite type": altering_types.composite,
    "view column": lambda _, __, ___: [],
    "schema": lambda _, __, ___: [],
    "default privileges": lambda _, __, ___: [],
}


def has_own_way(key: Key) -> bool:
    """Tell whether objects of this kind can be dropped and made again without a loss of rows."""
    return key.kind not in {"table", "column", "enum", "domain", "range", "composite type", "sequence", "schema"}
