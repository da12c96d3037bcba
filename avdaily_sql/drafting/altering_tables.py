"""One table or column made another where it stands, with its rows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.drafting import wording

if TYPE_CHECKING:
    from avdaily_sql.drafting.items import Catalog, Item

_REPLICA = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING"}


class CannotAlterError(Exception):
    """SQL has no way from one to the other that keeps the rows; the text says why."""


def table(old: Item, new: Item, _: Catalog) -> list[str]:
    """Return the statements that alter a table itself.

    :raises CannotAlterError: it is partitioned in another way.
    """
    before, after, name = old.facts, new.facts, new.name
    if before["partition_key"] != after["partition_key"]:
        raise CannotAlterError(
            "the way in which a table is partitioned cannot be altered: make a new table, and move the rows"
        )
    found = []
    if before["persistence"] != after["persistence"]:
        found.append(f"ALTER TABLE {name} SET {wording.PERSISTENCE[after['persistence']]};")
    found += _parents(before, after, name)
    found += wording.options(f"ALTER TABLE {name}", before["options"], after["options"])
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


def column(old: Item, new: Item, catalog: Catalog) -> list[str] | None:
    """Return the statements that alter a column; None when it has to be made again.

    :raises CannotAlterError: neither keeps the rows.
    """
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
    return found + wording.options(start, before["options"], after["options"])
