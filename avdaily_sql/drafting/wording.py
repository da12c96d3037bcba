"""Each object as SQL: how it is made, how it is dropped, what stands around it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avdaily_sql.drafting.items import Catalog, Item

STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}
_IDENTITY = {"a": "ALWAYS", "d": "BY DEFAULT"}
_ENABLED = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
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


def create(item: Item, catalog: Catalog, merged: Sequence[Item] = ()) -> list[str]:
    """Return the statements that make an object without its comment and rights.

    :param merged: the parts of a table that are made with it: columns, defaults, constraints.
    """
    if item.key.kind == "table":
        return _create_table(item, merged, catalog)
    return _CREATORS[item.key.kind](item, catalog, merged)


def _create_table(item: Item, merged: Sequence[Item], catalog: Catalog) -> list[str]:
    facts = item.facts
    defaults = {each.name: each for each in merged if each.key.kind == "default"}
    columns = sorted((each for each in merged if each.key.kind == "column"), key=lambda each: each.order)
    is_attached = facts["bound"] is not None and _was_attached(columns, catalog)
    own = [column for column in columns if is_attached or not column.facts["inherited"]]
    constraints = [each for each in merged if each.key.kind == "constraint"]
    constraints.sort(key=lambda each: ("puxcf".index(each.facts["contype"]), each.name))
    lines = [column_text(column, defaults.get(column.name)) for column in own]
    lines += [f"CONSTRAINT {each.facts['name']} {each.facts['definition']}" for each in constraints]
    body = " (\n" + ",\n".join(f"  {line}" for line in lines) + "\n)" if lines else ""
    opening = "CREATE UNLOGGED TABLE" if facts["persistence"] == "u" else "CREATE TABLE"
    text = f"{opening} {item.name}"
    if facts["bound"] is not None and not is_attached:
        text += f" PARTITION OF {facts['parents'][0]}{body} {facts['bound']}"
    else:
        text += body or " ()"
        if facts["parents"] and not is_attached:
            text += f" INHERITS ({', '.join(facts['parents'])})"
    if facts["partition_key"]:
        text += f" PARTITION BY {facts['partition_key']}"
    if facts["options"]:
        text += f" WITH ({facts['options']})"
    statements = [f"{text};"]
    if is_attached:
        statements.append(f"ALTER TABLE {facts['parents'][0]} ATTACH PARTITION {item.name} {facts['bound']};")
    statements += [statement for column in columns for statement in column_settings(column)]
    for column in columns:
        default = defaults.get(column.name)
        if column.facts["inherited"] and default is not None:
            statements += _set_default(default)
    return statements + table_settings(item)


def _was_attached(columns: Sequence[Item], catalog: Catalog) -> bool:
    """Tell whether a partition was a table of its own before; since 18 its NOT NULL have names of their own, then."""
    return catalog.version >= 18 and any(
        column.facts["not_null"] and column.facts["not_null_name"] is None for column in columns
    )


def table_settings(item: Item) -> list[str]:
    """Return what a new table is told after it is made."""
    facts, found = item.facts, []
    if facts["row_security"]:
        found.append(f"ALTER TABLE {item.name} ENABLE ROW LEVEL SECURITY;")
    if facts["forced"]:
        found.append(f"ALTER TABLE {item.name} FORCE ROW LEVEL SECURITY;")
    return found


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


def column_settings(column: Item) -> list[str]:
    """Return what a new column is told after it is made."""
    assert column.on is not None  # noqa: S101 (a part of a table)
    facts, found = column.facts, []
    start = f"ALTER TABLE {column.on.name} ALTER COLUMN {facts['name']}"
    if facts["storage"]:
        found.append(f"{start} SET STORAGE {STORAGE[facts['storage']]};")
    if facts["compression"]:
        found.append(f"{start} SET COMPRESSION {_COMPRESSION[facts['compression']]};")
    if facts["statistics"]:
        found.append(f"{start} SET STATISTICS {facts['statistics']};")
    if facts["options"]:
        found.append(f"{start} SET ({facts['options']});")
    return found


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


def _create_sequence(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    facts = item.facts
    kind = "" if facts["type"] == "bigint" else f" AS {facts['type']}"
    words = "".join(f" {word}" for word in sequence_words(facts["type"], facts["options"]))
    unlogged = "UNLOGGED " if facts["persistence"] == "u" else ""
    return [f"CREATE {unlogged}SEQUENCE {item.name}{kind}{words};"]


def _create_column(item: Item, _: Catalog, merged: Sequence[Item]) -> list[str]:
    assert item.on is not None  # noqa: S101 (a part of a table)
    if item.facts["inherited"]:
        return column_settings(item)
    default = next((each for each in merged if each.key.kind == "default"), None)
    return [f"ALTER TABLE {item.on.name} ADD COLUMN {column_text(item, default)};", *column_settings(item)]


def _set_default(item: Item) -> list[str]:
    assert item.on is not None  # noqa: S101 (a part of a table)
    column = item.name.removeprefix(f"{item.on.name}.")
    return [f"ALTER TABLE {item.on.name} ALTER COLUMN {column} SET DEFAULT {item.facts['expression']};"]


def _create_constraint(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    assert item.on is not None  # noqa: S101 (a part of a table)
    return [f"ALTER TABLE {item.on.name} ADD CONSTRAINT {item.facts['name']} {item.facts['definition']};"]


def _create_defined(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    statements = [f"{item.facts['definition'].rstrip(';')};"]
    if item.facts.get("enabled", "O") != "O":
        statements.append(enabling(item))
    if item.facts.get("target"):
        statements.append(f"ALTER STATISTICS {item.name} SET STATISTICS {item.facts['target']};")
    return statements


def enabling(item: Item) -> str:
    """Return the statement that switches a trigger or a rule to its state."""
    assert item.on is not None  # noqa: S101 (a part of a table)
    return f"ALTER TABLE {item.on.name} {_ENABLED[item.facts['enabled']]} {item.key.kind.upper()} {item.facts['name']};"


def _create_policy(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    assert item.on is not None  # noqa: S101 (a part of a table)
    facts = item.facts
    text = f"CREATE POLICY {facts['name']} ON {item.on.name}"
    if not facts["permissive"]:
        text += " AS RESTRICTIVE"
    if facts["command"] != "*":
        text += f" FOR {_COMMANDS[facts['command']]}"
    if facts["roles"] != ["PUBLIC"]:
        text += f" TO {', '.join(facts['roles'])}"
    if facts["qualification"] is not None:
        text += f" USING ({facts['qualification']})"
    if facts["with_check"] is not None:
        text += f" WITH CHECK ({facts['with_check']})"
    return [f"{text};"]


def _create_view(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [view_text(item, "CREATE")]


def view_text(item: Item, verb: str) -> str:
    """Return a view or a materialized view as it is made."""
    facts = item.facts
    options = f" WITH ({facts['options']})" if facts["options"] else ""
    ending = "" if facts["populated"] or item.key.kind == "view" else "\n  WITH NO DATA"
    query = re.sub(r"^", " ", facts["query"].rstrip(";"), flags=re.MULTILINE)
    return f"{verb} {item.key.kind.upper()} {item.name}{options} AS\n{query}{ending};"


def _create_function(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [item.facts["definition"].replace("CREATE OR REPLACE", "CREATE", 1) + ";"]


def _create_enum(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    labels = ", ".join(map(literal, item.facts["labels"]))
    return [f"CREATE TYPE {item.name} AS ENUM ({labels});"]


def _create_domain(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    facts = item.facts
    text = f"CREATE DOMAIN {item.name} AS {facts['base_type']}"
    if facts["collation"]:
        text += f" COLLATE {facts['collation']}"
    if facts["default"] is not None:
        text += f" DEFAULT {facts['default']}"
    if facts["not_null"]:
        text += " NOT NULL"
    text += "".join(f"\n  CONSTRAINT {name} {definition}" for name, definition, _ in facts["checks"])
    return [f"{text};", *domain_comments(item)]


def domain_comments(item: Item) -> list[str]:
    """Return the comments on a domain's constraints."""
    return [
        f"COMMENT ON CONSTRAINT {name} ON DOMAIN {item.name} IS {literal(comment)};"
        for name, _, comment in item.facts["checks"]
        if comment
    ]


def _create_range(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    subtype, canonical, difference, multirange = item.facts["range"]
    words = [f"subtype = {subtype}", f"multirange_type_name = {multirange}"]
    words += [f"canonical = {canonical}"] if canonical else []
    words += [f"subtype_diff = {difference}"] if difference else []
    return [f"CREATE TYPE {item.name} AS RANGE ({', '.join(words)});"]


def attribute_text(attribute: Sequence[str | None]) -> str:
    """Return an attribute of a composite type."""
    name, kind, collation = attribute
    return f"{name} {kind}" + (f" COLLATE {collation}" if collation else "")


def _create_composite(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [f"CREATE TYPE {item.name} AS ({', '.join(map(attribute_text, item.facts['attributes']))});"]


def _create_schema(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [f"CREATE SCHEMA {item.name};"]


def _nothing(_: Item, __: Catalog, ___: Sequence[Item]) -> list[str]:
    return []


_CREATORS: dict[str, Callable[[Item, Catalog, Sequence[Item]], list[str]]] = {
    "column": _create_column,
    "view column": _nothing,
    "default": lambda item, _, __: _set_default(item),
    "constraint": _create_constraint,
    "index": _create_defined,
    "trigger": _create_defined,
    "rule": _create_defined,
    "statistics": _create_defined,
    "policy": _create_policy,
    "view": _create_view,
    "materialized view": _create_view,
    "function": _create_function,
    "procedure": _create_function,
    "sequence": _create_sequence,
    "enum": _create_enum,
    "domain": _create_domain,
    "range": _create_range,
    "composite type": _create_composite,
    "schema": _create_schema,
    "default privileges": _nothing,
}


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
