"""Reads the catalogs of one database into objects with their identity, and which stands on which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from psycopg import sql

from avdaily_sql.drafting import questions, reading_tables
from avdaily_sql.drafting.collection import Collection
from avdaily_sql.drafting.items import Catalog, Item

if TYPE_CHECKING:
    import psycopg

    from avdaily_sql.drafting.collection import Row

_FUNCTION_KINDS = {"f": "function", "w": "function", "p": "procedure"}
_TYPE_KINDS = {"e": "enum", "d": "domain", "r": "range", "c": "composite type"}
# What pg_get_functiondef makes of our pinned path: the schema of the file, then pg_temp.
_PINNED = "\n SET search_path TO '{schema}', 'pg_temp'\n"
FROM_CURRENT = "\n SET search_path FROM CURRENT\n"


def read(conn: psycopg.Connection[Any], schema: str, builder: str) -> Catalog:
    """Return all that migrations can make in a database, in one snapshot.

    :param builder: the role that builds the schema, as SQL writes it.
    """
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        path = sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema))
        conn.execute(path)
        return _read(Collection(conn, schema, builder))


def _read(collection: Collection) -> Catalog:
    _schemas(collection)
    _types(collection)
    reading_tables.relations_and_columns(collection)
    reading_tables.parts(collection)
    _sequences(collection)
    _functions(collection)
    _statistics(collection)
    _default_privileges(collection)
    others = collection.conn.execute(questions.OTHERS, {"schemas": collection.spaces}).fetchall()
    return Catalog(
        collection.schema,
        collection.builder,
        collection.conn.info.server_version // 10000,
        collection.items,
        collection.dependencies(),
        tuple(name for (name,) in others),
    )


def _schemas(collection: Collection) -> None:
    for row in collection.rows(questions.SCHEMAS):
        collection.spaces.append(row["oid"])
        # Who owns the main schema, and what its owner may do there, is the administrator's affair.
        if row["is_main"]:
            owner = collection.role(row["owner"])
            row["owner"] = None
            row["base"] = row["acl"]
            key = collection.add("schema", row["name"], row, {"main": True})
            found = collection.items[key]
            kept = tuple(each for each in found.rights or () if each.role not in {owner, None})
            collection.items[key] = Item(key, found.facts, None, found.comment, None, kept, kept)
        else:
            key = collection.add("schema", row["name"], row, {"main": False})
        collection.addresses["pg_namespace", row["oid"], 0] = key


def _types(collection: Collection) -> None:
    for row in collection.rows(questions.TYPES):
        kind = _TYPE_KINDS[row["typtype"]]
        facts: Row = {}
        if kind == "enum":
            facts = {"labels": row["labels"]}
        elif kind == "domain":
            facts = {name: row[name] for name in ("base_type", "not_null", "default", "collation")}
            facts["checks"] = row["checks"] or []
        elif kind == "range":
            facts = {"range": row["range"]}
        else:
            facts = {"attributes": row["attributes"] or []}
        key = collection.add(kind, row["name"], row, facts)
        collection.addresses["pg_type", row["oid"], 0] = key
        collection.addresses["pg_type", row["array"], 0] = key
        if row["composite"]:
            collection.addresses["pg_class", row["composite"], 0] = key


def _sequences(collection: Collection) -> None:
    for row in collection.rows(questions.SEQUENCES):
        column = collection.addresses.get(("pg_class", row["owner_relation"] or 0, row["owner_column"] or 0))
        facts = {"type": row["type"], "options": row["sequence_options"], "persistence": row["persistence"]}
        facts["owned_by"] = column.name if column else None
        key = collection.add("sequence", row["name"], row, facts, on=column)
        collection.addresses["pg_class", row["oid"], 0] = key


def _functions(collection: Collection) -> None:
    for row in collection.rows(questions.FUNCTIONS):
        kind = _FUNCTION_KINDS[row["prokind"]]
        # Only the main schema is left out of the name: a file may be applied to another one.
        own = sql.Identifier(collection.schema).as_string(collection.conn).strip('"')
        space = "" if row["schema"].strip('"') == own else f"{row['schema']}."
        definition = re.sub(
            rf"\ACREATE OR REPLACE (FUNCTION|PROCEDURE) {re.escape(row['schema'])}\.",
            rf"CREATE OR REPLACE \1 {space}",
            row["definition"],
        )
        definition = definition.replace(_PINNED.format(schema=collection.schema), FROM_CURRENT, 1)
        facts = {"definition": definition.rstrip()}
        facts |= {name: row[name] for name in ("result", "argument_names", "argument_modes", "defaults", "prokind")}
        facts |= {"source": row["source"], "language": row["language"]}
        key = collection.add(kind, row["name"], row, facts)
        collection.addresses["pg_proc", row["oid"], 0] = key


def _statistics(collection: Collection) -> None:
    for row in collection.rows(questions.STATISTICS):
        own = row["schema"].strip('"') == collection.schema
        name = row["bare"] if own else f"{row['schema']}.{row['bare']}"
        definition = row["definition"].replace(f"CREATE STATISTICS {row['schema']}.", "CREATE STATISTICS ", 1)
        facts = {"definition": definition if own else row["definition"], "target": row["target"]}
        key = collection.add("statistics", name, row, facts, on=collection.relations.get(row["relation"]))
        collection.addresses["pg_statistic_ext", row["oid"], 0] = key


def _default_privileges(collection: Collection) -> None:
    for row in collection.rows(questions.DEFAULT_PRIVILEGES):
        role = collection.role(row["role"])
        name = f"{row['object_type']} {role or ''} {row['schema'] or ''}"
        facts = {"role": role, "schema": row["schema"], "object_type": row["object_type"]}
        collection.add("default privileges", name, row, facts)
