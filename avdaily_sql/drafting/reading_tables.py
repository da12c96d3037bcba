"""Reads tables and views with all that is on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg import sql

from avdaily_sql.drafting import questions
from avdaily_sql.drafting.items import Key

if TYPE_CHECKING:
    from avdaily_sql.drafting.collection import Collection, Row

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}


def relations_and_columns(collection: Collection) -> None:
    """Find the tables and views, and their columns and defaults."""
    for row in collection.rows(questions.RELATIONS):
        kind = _KINDS[row["relkind"]]
        if kind == "table":
            names = ("persistence", "options", "bound", "partition_key", "parents", "row_security", "forced")
            facts = {name: row[name] for name in (*names, "identity", "identity_index", "clustered")}
        else:
            facts = {"query": row["query"], "options": row["options"], "populated": row["populated"]}
        key = collection.add(kind, row["name"], row, facts)
        collection.relations[row["oid"]] = key
        collection.addresses["pg_class", row["oid"], 0] = key
        collection.addresses["pg_type", row["row_type"], 0] = key
    for row in collection.rows(questions.COLUMNS):
        _column(collection, row)
    _forget_inherited_defaults(collection)


_AS_THEY_ARE = (
    "name", "type", "not_null", "not_null_name", "collation", "identity", "generated", "storage", "usual_storage",
    "compression", "statistics", "options",
)  # fmt: skip


def _facts(row: Row) -> Row:
    facts = {each: row[each] for each in _AS_THEY_ARE}
    facts["expression"] = row["expression"] if row["generated"] else None
    facts["sequence"] = None
    if row["sequence"]:
        name = None if row["bare_sequence"] == row["usual_sequence"] else row["sequence_name"]
        facts["sequence"] = [name, row["sequence_type"], row["sequence_options"]]
    return facts


def _column(collection: Collection, row: Row) -> None:
    relation = collection.relations[row["relation"]]
    name = f"{relation.name}.{row['name']}"
    is_table = relation.kind == "table"
    facts = _facts(row)
    facts["inherited"] = row["is_inherited"] and (
        not row["is_local"] or collection.items[relation].facts.get("bound") is not None
    )
    row |= {"oid": row["number"], "base": None, "acl": row["acl"] or []}
    key = collection.add("column" if is_table else "view column", name, row, facts, on=relation)
    address = key if is_table else relation
    collection.addresses["pg_class", row["relation"], row["number"]] = address
    if row["sequence"]:
        collection.addresses["pg_class", row["sequence"], 0] = key
    if row["expression"] is None:
        return
    expression = key
    if not row["generated"]:
        default = {"oid": row["expression_oid"]}
        expression = collection.add("default", name, default, {"expression": row["expression"]}, on=relation)
    collection.addresses["pg_attrdef", row["expression_oid"], 0] = expression


def _forget_inherited_defaults(collection: Collection) -> None:
    """Leave out the defaults that partitions and children have from their parents."""
    inherited = [key for key in collection.items if key.kind == "default" and _is_inherited(collection, key)]
    for key in inherited:
        del collection.items[key]
    for address, key in collection.addresses.items():
        if key in inherited:
            collection.addresses[address] = Key("column", key.name)


def _is_inherited(collection: Collection, key: Key) -> bool:
    column = collection.items.get(Key("column", key.name))
    if column is None or column.on is None or not column.facts["inherited"]:
        return False
    return any(
        (found := collection.items.get(Key("default", f"{parent}.{column.facts['name']}"))) is not None
        and found.facts == collection.items[key].facts
        for parent in collection.items[column.on].facts["parents"]
    )


def parts(collection: Collection) -> None:
    """Find what belongs to a table or a view: constraints, indexes, triggers, policies, rules."""
    for row in collection.rows(questions.CONSTRAINTS):
        relation = collection.relations[row["relation"]]
        row["definition"] = _without_double_parentheses(row["definition"])
        facts = {name: row[name] for name in ("name", "contype", "definition", "validated")}
        key = collection.add("constraint", f"{relation.name}.{row['name']}", row, facts, on=relation)
        collection.addresses["pg_constraint", row["oid"], 0] = key
        if row["contype"] in "pux":
            collection.addresses["pg_class", row["index"], 0] = key
    for row in collection.rows(questions.INDEXES):
        relation = collection.relations[row["relation"]]
        definition = _unqualified(collection, row["definition"].replace(" ON ONLY ", " ON ", 1), relation)
        key = collection.add("index", row["name"], row, {"definition": definition}, on=relation)
        collection.addresses["pg_class", row["oid"], 0] = key
    for row in collection.rows(questions.TRIGGERS):
        _part(collection, "trigger", "pg_trigger", row, ("name", "definition", "enabled"))
    for row in collection.rows(questions.POLICIES):
        names = ("name", "permissive", "command", "qualification", "with_check", "roles")
        _part(collection, "policy", "pg_policy", row, names)
    for row in collection.rows(questions.RULES):
        if row["is_view"]:
            collection.addresses["pg_rewrite", row["oid"], 0] = collection.relations[row["relation"]]
        else:
            _part(collection, "rule", "pg_rewrite", row, ("name", "definition", "enabled"))


def _part(collection: Collection, kind: str, catalog: str, row: Row, names: tuple[str, ...]) -> None:
    relation = collection.relations[row["relation"]]
    if "definition" in row:
        row["definition"] = _unqualified(collection, row["definition"], relation)
    facts = {name: row[name] for name in names}
    key = collection.add(kind, f"{relation.name}.{row['name']}", row, facts, on=relation)
    collection.addresses[catalog, row["oid"], 0] = key


def _unqualified(collection: Collection, definition: str, relation: Key) -> str:
    """Return a definition without the schema before the table, which the server always writes there."""
    space = sql.Identifier(collection.schema).as_string(collection.conn)
    for name in (space, collection.schema):
        definition = definition.replace(f" {name}.{relation.name} ", f" {relation.name} ", 1)
    return definition


def _without_double_parentheses(definition: str) -> str:
    """Return ``CHECK ((a > 0))`` as a person writes it, if one pair is around the whole."""
    match = re.fullmatch(r"CHECK \(\((?P<inner>.*)\)\)(?P<rest>(?: NO INHERIT| NOT VALID)*)", definition, re.DOTALL)
    if match is None or "'" in match["inner"] or '"' in match["inner"]:
        return definition
    depth = 0
    for character in match["inner"]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return definition
    return f"CHECK ({match['inner']}){match['rest']}"
