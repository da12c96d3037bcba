"""How each object is made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.drafting import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avdaily_sql.drafting.items import Catalog, Item

_COMPRESSION = {"p": "pglz", "l": "lz4"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


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
    lines = [wording.column_text(column, defaults.get(column.name)) for column in own]
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


def column_settings(column: Item) -> list[str]:
    """Return what a new column is told after it is made."""
    assert column.on is not None  # noqa: S101 (a part of a table)
    facts, found = column.facts, []
    start = f"ALTER TABLE {column.on.name} ALTER COLUMN {facts['name']}"
    if facts["storage"]:
        found.append(f"{start} SET STORAGE {wording.STORAGE[facts['storage']]};")
    if facts["compression"]:
        found.append(f"{start} SET COMPRESSION {_COMPRESSION[facts['compression']]};")
    if facts["statistics"]:
        found.append(f"{start} SET STATISTICS {facts['statistics']};")
    if facts["options"]:
        found.append(f"{start} SET ({facts['options']});")
    return found


def _create_sequence(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    facts = item.facts
    kind = "" if facts["type"] == "bigint" else f" AS {facts['type']}"
    words = "".join(f" {word}" for word in wording.sequence_words(facts["type"], facts["options"]))
    unlogged = "UNLOGGED " if facts["persistence"] == "u" else ""
    return [f"CREATE {unlogged}SEQUENCE {item.name}{kind}{words};"]


def _create_column(item: Item, _: Catalog, merged: Sequence[Item]) -> list[str]:
    assert item.on is not None  # noqa: S101 (a part of a table)
    if item.facts["inherited"]:
        return column_settings(item)
    default = next((each for each in merged if each.key.kind == "default"), None)
    return [f"ALTER TABLE {item.on.name} ADD COLUMN {wording.column_text(item, default)};", *column_settings(item)]


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
        statements.append(wording.enabling(item))
    if item.facts.get("target"):
        statements.append(f"ALTER STATISTICS {item.name} SET STATISTICS {item.facts['target']};")
    return statements


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
    return [wording.view_text(item, "CREATE")]


def _create_function(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [item.facts["definition"].replace("CREATE OR REPLACE", "CREATE", 1) + ";"]


def _create_enum(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    labels = ", ".join(map(wording.literal, item.facts["labels"]))
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
    return [f"{text};", *wording.domain_comments(item)]


def _create_range(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    subtype, canonical, difference, multirange = item.facts["range"]
    words = [f"subtype = {subtype}", f"multirange_type_name = {multirange}"]
    words += [f"canonical = {canonical}"] if canonical else []
    words += [f"subtype_diff = {difference}"] if difference else []
    return [f"CREATE TYPE {item.name} AS RANGE ({', '.join(words)});"]


def _create_composite(item: Item, _: Catalog, __: Sequence[Item]) -> list[str]:
    return [f"CREATE TYPE {item.name} AS ({', '.join(map(wording.attribute_text, item.facts['attributes']))});"]


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
