"""The statements that give each role its rights on an object, from what it would have without them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.drafting import rights, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.drafting.items import Catalog, Item, Rights

_TYPES = frozenset({"enum", "domain", "range", "composite type"})
_OBJECT_TYPES = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS"}
_KIND_OF_DEFAULTS = {
    "table": "r", "view": "r", "materialized view": "r", "sequence": "S", "function": "f", "procedure": "f",
    "enum": "T", "domain": "T", "range": "T", "composite type": "T", "schema": "n",
}  # fmt: skip


def granted(item: Item) -> str:
    """Return what an object is called behind GRANT … ON."""
    kind = item.key.kind
    if kind in _TYPES:
        return f"TYPE {item.name}"
    if kind in {"table", "view", "materialized view"}:
        return item.name
    return wording.target(item)


def rights_of_new(item: Item, catalog: Catalog, before: Catalog) -> Iterator[str]:
    """Yield what a new object lacks of its rights, or has too much, after its owner was set."""
    if item.rights is None or item.key.kind == "default privileges":
        return
    there = rights.given_to(_initial(item, before), item.owner)
    yield from _rights(item, there, item.rights, catalog)


def rights_changed(old: Item, new: Item, catalog: Catalog) -> Iterator[str]:
    """Yield what makes the rights of an object those that it has now."""
    if new.rights is None or old.rights is None:
        return
    there = old.rights
    if old.owner != new.owner:
        there = rights.merged((), tuple(r._replace(role=new.owner) if r.role == old.owner else r for r in there))
    yield from _rights(new, there, new.rights, catalog)


def _rights(item: Item, there: Rights, wanted: Rights, catalog: Catalog) -> Iterator[str]:
    if item.key.kind in {"column", "view column"}:
        assert item.on is not None  # noqa: S101 (a part of a table)
        for verb, what, role in rights.changes(there, wanted):
            listed = ", ".join(f"{word} ({item.facts['name']})" for word in what.rstrip("*").split(", "))
            ending = " WITH GRANT OPTION" if what.endswith("*") else ""
            name = catalog.builder if role is None else role
            yield f"{verb} {listed} ON {item.on.name} {'TO' if verb == 'GRANT' else 'FROM'} {name}{ending};"
        return
    yield from rights.statements(granted(item), there, wanted, catalog.builder)


def _initial(item: Item, before: Catalog) -> Rights:
    """Return what the server gives a new object of the builder's: its own defaults, or ALTER DEFAULT PRIVILEGES."""
    letter = _KIND_OF_DEFAULTS.get(item.key.kind)
    found = item.base if item.owner is None else rights.read_base(item.base, item.owner)
    for each in before.items.values():
        facts = each.facts
        if each.key.kind != "default privileges" or facts["role"] is not None or facts["object_type"] != letter:
            continue
        given = each.rights or ()
        if facts["schema"] is None:
            found = given
    for each in before.items.values():
        facts = each.facts
        if each.key.kind == "default privileges" and facts["role"] is None and facts["object_type"] == letter:
            own = "." not in item.name.split("(")[0] and facts["schema"] == before.schema
            if facts["schema"] is not None and (own or item.name.startswith(f"{facts['schema']}.")):
                found = rights.merged(found, each.rights or ())
    return found


def default_privileges(old: Item | None, new: Item | None, catalog: Catalog) -> list[str]:
    """Return the statements that make default privileges those that they are now."""
    item = new or old
    assert item is not None  # noqa: S101 (one of them is there)
    facts = item.facts
    start = "ALTER DEFAULT PRIVILEGES"
    if facts["role"]:
        start += f" FOR ROLE {facts['role']}"
    if facts["schema"]:
        start += f" IN SCHEMA {facts['schema']}"
    there = (old.rights or ()) if old else item.base
    wanted = (new.rights or ()) if new else item.base
    listed = rights.statements(_OBJECT_TYPES[facts["object_type"]], there, wanted, catalog.builder)
    return [f"{start} {statement}" for statement in listed]
