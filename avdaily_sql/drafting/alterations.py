"""One object made another one where it stands; what cannot be altered is dropped and made again, or refused. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.drafting import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.drafting.items import Catalog, Item, Key

_PERSISTENCE = {"p": "LOGGED", "u": "UNLOGGED"}
_REPLICA = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING"}
_VIEW_SETTINGS = "ALTER {kind} {name} {verb} ({words});"


class CannotAlterError(Exception):
    """SQL has no way from one to the other that keeps the rows; the text says why."""


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


def has_only_new_labels(old: Item, new: Item) -> bool:
    """Tell whether an enum keeps its labels in their order; any other change needs a new type."""
    return _is_longer(old.facts["labels"], new.facts["labels"])


def _is_longer(old: list[str], new: list[str]) -> bool:
    rest = iter(new)
    return all(label in rest for label in old)


def _table(old: Item, new: Item, _: Catalog) -> list[str]:
    before, after, name = old.facts, new.facts, new.name
    if before["partition_key"] != after["partition_key"]:
        raise CannotAlterError(
            "the way in which a table is partitioned cannot be altered: make a new table, and move the rows"
        )
    found = []
    if before["persistence"] != after["persistence"]:
        found.append(f"ALTER TABLE {name} SET {_PERSISTENCE[after['persistence']]};")
    found += _parents(before, after, name)
    found += options(f"ALTER TABLE {name}", before["options"], after["options"])
    for fact, words in (("row_security", "ROW LEVEL SECURITY"), ("forced", "FORCE ROW LEVEL SECURITY")):
        if before[fact] != after[fact]:
            verb = _switch(fact, on=after[fact])
            found.append(f"ALTER TABLE {name} {verb}{words.removeprefix('FORCE ')};")
    return found


def _switch(fact: str, *, on: bool) -> str:
    if fact == "forced":
        return "FORCE " if on else "NO FORCE "
    return "ENABLE " if on else "DISABLE "


def _parents(before: dict[str, Any], after: dict[str, Any], name: str) -> list[str]:
    if before["parents"] == after["parents"] and before["bound"] == after["bound"]:
        return []
    found = []
    for parent in before["parents"]:
        if before["bound"] is not None:
            found.append(f"ALTER TABLE {parent} DETACH PARTITION {name};")
        elif parent not in after["parents"]:
            found.append(f"ALTER TABLE {name} NO INHERIT {parent};")
    for parent in after["parents"]:
        if after["bound"] is not None:
            found.append(f"ALTER TABLE {parent} ATTACH PARTITION {name} {after['bound']};")
        elif parent not in before["parents"]:
            found.append(f"ALTER TABLE {name} INHERIT {parent};")
    return found


def table_marks(old: Item | None, new: Item) -> list[str]:
    """Return what names an index of the table, to be said when that is there: replica identity, clustering."""
    before = old.facts if old else {"identity": "d", "identity_index": None, "clustered": None}
    after, found = new.facts, []
    if (before["identity"], before["identity_index"]) != (after["identity"], after["identity_index"]):
        words = f"USING INDEX {after['identity_index']}" if after["identity"] == "i" else _REPLICA[after["identity"]]
        found.append(f"ALTER TABLE {new.name} REPLICA IDENTITY {words};")
    if before["clustered"] != after["clustered"]:
        words = f"CLUSTER ON {after['clustered']}" if after["clustered"] else "SET WITHOUT CLUSTER"
        found.append(f"ALTER TABLE {new.name} {words};")
    return found


def options(start: str, before: str | None, after: str | None) -> list[str]:
    """Return SET and RESET of storage parameters."""
    old = dict(each.split("=", 1) for each in (before or "").split(", ") if each)
    new = dict(each.split("=", 1) for each in (after or "").split(", ") if each)
    found = []
    if changed := [f"{name}={value}" for name, value in new.items() if old.get(name) != value]:
        found.append(f"{start} SET ({', '.join(changed)});")
    if gone := [name for name in old if name not in new]:
        found.append(f"{start} RESET ({', '.join(gone)});")
    return found


def _column(old: Item, new: Item, catalog: Catalog) -> list[str] | None:
    before, after = old.facts, new.facts
    assert new.on is not None  # noqa: S101 (a part of a table)
    start = f"ALTER TABLE {new.on.name} ALTER COLUMN {after['name']}"
    found: list[str] = []
    if before["inherited"] and after["inherited"]:
        # What its parent is told goes for it, too.
        return _settings(before, after, start)
    if (before["generated"], before["expression"]) != (after["generated"], after["expression"]):
        generated = _generated(before, after, start, catalog)
        if generated is None:
            return None
        found += generated
    if before["identity"] and not after["identity"]:
        found.append(f"{start} DROP IDENTITY;")
    if before["type"] != after["type"] or before["collation"] != after["collation"]:
        collation = f" COLLATE {after['collation']}" if after["collation"] else ""
        # No enum can be cast into another.
        between = "::text" if any(kind == "enum" and name == after["type"] for kind, name in catalog.items) else ""
        using = "" if after["generated"] else f" USING {after['name']}{between}::{after['type']}"
        same = before["type"].split("(")[0] == after["type"].split("(")[0]
        found.append(f"{start} TYPE {after['type']}{collation}{'' if same else using};")
    found += _not_null(old, new, start)
    found += _identity(before, after, start)
    return found + _settings(before, after, start)


def _generated(before: dict[str, Any], after: dict[str, Any], start: str, catalog: Catalog) -> list[str] | None:
    if before["generated"] and not after["generated"]:
        return [f"{start} DROP EXPRESSION;"] if before["generated"] == "s" else None
    if before["generated"] == after["generated"] and catalog.version >= 17:
        return [f"{start} SET EXPRESSION AS ({after['expression']});"]
    if not before["generated"]:
        raise CannotAlterError(
            "a column that holds values cannot become a generated one: add a new column, and drop this one"
        )
    return None


def _not_null(old: Item, new: Item, start: str) -> list[str]:
    before, after = old.facts, new.facts
    assert new.on is not None  # noqa: S101 (a part of a table)
    if before["not_null"] and not after["not_null"]:
        return [f"{start} DROP NOT NULL;"]
    name = after["not_null_name"]
    if after["not_null"] and not before["not_null"]:
        if name:
            return [f"ALTER TABLE {new.on.name} ADD CONSTRAINT {name} NOT NULL {after['name']};"]
        return [f"{start} SET NOT NULL;"]
    if before["not_null_name"] != name:
        usual = f"{new.on.name}_{after['name']}_not_null".replace('"', "")
        return [f"ALTER TABLE {new.on.name} RENAME CONSTRAINT {before['not_null_name'] or usual} TO {name or usual};"]
    return []


def _identity(before: dict[str, Any], after: dict[str, Any], start: str) -> list[str]:
    if not after["identity"]:
        return []
    if not before["identity"]:
        return [f"{start} ADD {wording.identity_text(after)};"]
    words = []
    if before["identity"] != after["identity"]:
        words.append(f"SET GENERATED {'ALWAYS' if after['identity'] == 'a' else 'BY DEFAULT'}")
    options = wording.sequence_words(after["sequence"][1], after["sequence"][2], every=before["sequence"][2])
    words += [f"SET {word}" for word in options]
    found = [f"{start} {' '.join(words)};"] if words else []
    if before["sequence"][0] != after["sequence"][0]:
        raise CannotAlterError(
            "the sequence of an identity column has another name: rename it with ALTER SEQUENCE … RENAME TO"
        )
    return found


def _settings(before: dict[str, Any], after: dict[str, Any], start: str) -> list[str]:
    found = []
    if before["storage"] != after["storage"] and before["type"] == after["type"]:
        # The word DEFAULT is not known to PostgreSQL 15.
        word = wording.STORAGE[after["storage"] or after["usual_storage"]]
        found.append(f"{start} SET STORAGE {word};")
    if before["compression"] != after["compression"]:
        word = {"p": "pglz", "l": "lz4", None: "DEFAULT"}[after["compression"]]
        found.append(f"{start} SET COMPRESSION {word};")
    if before["statistics"] != after["statistics"]:
        found.append(f"{start} SET STATISTICS {after['statistics'] or -1};")
    return found + options(start, before["options"], after["options"])


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
    return options(f"ALTER MATERIALIZED VIEW {new.name}", old.facts["options"], new.facts["options"])


def _sequence(old: Item, new: Item, _: Catalog) -> list[str]:
    before, after, found = old.facts, new.facts, []
    words = [f"AS {after['type']}"] if before["type"] != after["type"] else []
    words += wording.sequence_words(after["type"], after["options"], every=before["options"])
    if words:
        found.append(f"ALTER SEQUENCE {new.name} {' '.join(words)};")
    if before["persistence"] != after["persistence"]:
        found.append(f"ALTER SEQUENCE {new.name} SET {_PERSISTENCE[after['persistence']]};")
    if before["owned_by"] != after["owned_by"]:
        found.append(f"ALTER SEQUENCE {new.name} OWNED BY {after['owned_by'] or 'NONE'};")
    return found


def _domain(old: Item, new: Item, _: Catalog) -> list[str] | None:
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


def _composite(old: Item, new: Item, _: Catalog) -> list[str]:
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
    found = [f"ALTER TYPE {new.name} RENAME TO {aside};", *wording.create(new, _NO_CATALOG)]
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


def _added_labels(old: Item, new: Item, _: Catalog) -> list[str]:
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


_NO_CATALOG: Any = None
_ALTERATIONS: dict[str, Callable[[Item, Item, Catalog], list[str] | None]] = {
    "table": _table,
    "column": _column,
    "enum": _added_labels,
    "default": lambda _, new, catalog: wording.create(new, catalog),
    "constraint": _constraint,
    "trigger": _trigger,
    "rule": _trigger,
    "function": _function,
    "procedure": _function,
    "view": _view,
    "materialized view": _view,
    "sequence": _sequence,
    "domain": _domain,
    "composite type": _composite,
    "view column": lambda _, __, ___: [],
    "schema": lambda _, __, ___: [],
    "default privileges": lambda _, __, ___: [],
}


def has_own_way(key: Key) -> bool:
    """Tell whether objects of this kind can be dropped and made again without a loss of rows."""
    return key.kind not in {"table", "column", "enum", "domain", "range", "composite type", "sequence", "schema"}
