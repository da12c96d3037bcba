"""The words of SQL that making and altering an object share, and those that drop, name and own it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.drafting.items import Item

PERSISTENCE = {"p": "LOGGED", "u": "UNLOGGED"}
STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
_ENABLED = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    quoted = "'" + text.replace("'", "''") + "'"
    return f"E{quoted}".replace("\\", "\\\\") if "\\" in text else quoted


def target(item: Item) -> str:
    """Return what an object is called behind COMMENT ON, ALTER and DROP."""
    kind, name = item.key
    if kind in {"column", "view column"}:
        return f"COLUMN {name}"
    if kind in {"constraint", "trigger", "policy", "rule"}:
        assert item.on is not None  # noqa: S101 (a part of something)
        return f"{kind.upper()} {item.facts['name']} ON {item.on.name}"
    if kind in {"enum", "range", "composite type"}:
        return f"TYPE {name}"
    return f"{kind.upper()} {name}"


def column_text(column: Item, default: Item | None = None) -> str:
    """Return a column as CREATE TABLE and ADD COLUMN write it."""
    facts = column.facts
    text = f"{facts['name']} {facts['type']}"
    if facts["collation"]:
        text += f" COLLATE {facts['collation']}"
    if default is not None:
        text += f" DEFAULT {default.facts['expression']}"
    if facts["generated"]:
        kind = "STORED" if facts["generated"] == "s" else "VIRTUAL"
        text += f" GENERATED ALWAYS AS ({facts['expression']}) {kind}"
    if facts["identity"]:
        text += f" {identity_text(facts)}"
    if facts["not_null"]:
        text += f" CONSTRAINT {facts['not_null_name']} NOT NULL" if facts["not_null_name"] else " NOT NULL"
    return text


def identity_text(facts: dict[str, Any]) -> str:
    """Return ``GENERATED … AS IDENTITY`` with what its sequence is told."""
    name, kind, options = facts["sequence"]
    words = [f"SEQUENCE NAME {name}"] if name else []
    words += sequence_words(kind, options)
    return f"GENERATED {_IDENTITY[facts['identity']]} AS IDENTITY" + (f" ({' '.join(words)})" if words else "")


def sequence_words(kind: str, options: Sequence[Any], *, every: Sequence[Any] | None = None) -> list[str]:
    """Return what differs from a new sequence; or from ``every``, the options of another one."""
    increment, low, high, start, cache, cycle = options
    limit = _LIMITS[kind]
    lowest, highest = (1, limit - 1) if increment > 0 else (-limit, -1)
    usual = every or [1, lowest, highest, low if increment > 0 else high, 1, False]
    words = []
    if start != usual[3]:
        words.append(f"START WITH {start}")
    if increment != usual[0]:
        words.append(f"INCREMENT BY {increment}")
    if low != usual[1]:
        words.append(f"MINVALUE {low}")
    if high != usual[2]:
        words.append(f"MAXVALUE {high}")
    if cache != usual[4]:
        words.append(f"CACHE {cache}")
    if cycle != usual[5]:
        words.append("CYCLE" if cycle else "NO CYCLE")
    return words


def enabling(item: Item) -> str:
    """Return the statement that switches a trigger or a rule to its state."""
    assert item.on is not None  # noqa: S101 (a part of a table)
    return f"ALTER TABLE {item.on.name} {_ENABLED[item.facts['enabled']]} {item.key.kind.upper()} {item.facts['name']};"


def view_text(item: Item, verb: str) -> str:
    """Return a view or a materialized view as it is made."""
    facts = item.facts
    options = f" WITH ({facts['options']})" if facts["options"] else ""
    ending = "" if facts["populated"] or item.key.kind == "view" else "\n  WITH NO DATA"
    query = re.sub(r"^", " ", facts["query"].rstrip(";"), flags=re.MULTILINE)
    return f"{verb} {item.key.kind.upper()} {item.name}{options} AS\n{query}{ending};"


def domain_comments(item: Item) -> list[str]:
    """Return the comments on a domain's constraints."""
    return [
        f"COMMENT ON CONSTRAINT {name} ON DOMAIN {item.name} IS {literal(comment)};"
        for name, _, comment in item.facts["checks"]
        if comment
    ]


def attribute_text(attribute: Sequence[str | None]) -> str:
    """Return an attribute of a composite type."""
    name, kind, collation = attribute
    return f"{name} {kind}" + (f" COLLATE {collation}" if collation else "")


def drop(item: Item) -> list[str]:
    """Return the statements that drop an object."""
    kind = item.key.kind
    if kind in {"view column", "default privileges"} or item.facts.get("inherited"):
        return []
    if kind == "column":
        assert item.on is not None  # noqa: S101 (a part of a table)
        return [f"ALTER TABLE {item.on.name} DROP COLUMN {item.facts['name']};"]
    if kind == "default":
        assert item.on is not None  # noqa: S101 (a part of a table)
        column = item.name.removeprefix(f"{item.on.name}.")
        return [f"ALTER TABLE {item.on.name} ALTER COLUMN {column} DROP DEFAULT;"]
    if kind == "constraint":
        assert item.on is not None  # noqa: S101 (a part of a table)
        return [f"ALTER TABLE {item.on.name} DROP CONSTRAINT {item.facts['name']};"]
    return [f"DROP {target(item)};"]


def comment(item: Item) -> str:
    """Return the statement that gives an object its comment, or takes it away."""
    text = "NULL" if item.comment is None else literal(item.comment)
    return f"COMMENT ON {target(item)} IS {text};"


def ownership(item: Item, builder: str) -> str:
    """Return the statement that gives an object its owner."""
    return f"ALTER {target(item)} OWNER TO {item.owner or builder};"


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
