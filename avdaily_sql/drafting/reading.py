"""Reads the catalogs of one database into objects with their identity, and which stands on which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from avdaily_sql.drafting import questions, rights
from avdaily_sql.drafting.items import Catalog, Item, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_Row = dict[str, Any]
_Address = tuple[str, int, int]

_RELATION_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}
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
        return _Reader(conn, schema, builder).read()


class _Reader:
    """One reading; ``addresses`` leads from the catalogs' numbers to our keys."""

    def __init__(self, conn: psycopg.Connection[Any], schema: str, builder: str) -> None:
        self._cursor = conn.cursor(row_factory=dict_row)
        self._conn = conn
        self._schema = schema
        self._builder = builder
        self._spaces: list[int] = []
        self._items: dict[Key, Item] = {}
        self._addresses: dict[_Address, Key] = {}
        self._relations: dict[int, Key] = {}
        self._parents: dict[Key, list[Key]] = {}

    def read(self) -> Catalog:
        self._schemas()
        self._types()
        self._relations_and_columns()
        self._parts()
        self._sequences()
        self._functions()
        self._statistics()
        self._default_privileges()
        others = self._conn.execute(questions.OTHERS, {"schemas": self._spaces}).fetchall()
        return Catalog(
            self._schema,
            self._builder,
            self._conn.info.server_version // 10000,
            self._items,
            self._dependencies(),
            tuple(name for (name,) in others),
        )

    def _rows(self, question: str) -> list[_Row]:
        return self._cursor.execute(question, {"schema": self._schema, "schemas": self._spaces}).fetchall()

    def _add(self, kind: str, name: str, row: _Row, facts: _Row, *, on: Key | None = None) -> Key:
        key = Key(kind, name)
        acl = row.get("acl")
        self._items[key] = Item(
            key,
            facts,
            on,
            row.get("comment"),
            self._role(row.get("owner")),
            None if acl is None else rights.read(acl, self._builder),
            rights.read(row.get("base"), self._builder),
            row.get("oid") or 0,
        )
        return key

    def _role(self, name: str | None) -> str | None:
        if name is None:
            return None
        quoted = name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'
        return None if quoted == self._builder else quoted

    def _schemas(self) -> None:
        for row in self._rows(questions.SCHEMAS):
            self._spaces.append(row["oid"])
            # Who owns the main schema, and what its owner may do there, is the administrator's affair.
            if row["is_main"]:
                owner = self._role(row["owner"])
                row["owner"] = None
                row["base"] = row["acl"]
                key = self._add("schema", row["name"], row, {"main": True})
                found = self._items[key]
                kept = tuple(each for each in found.rights or () if each.role not in {owner, None})
                self._items[key] = Item(key, found.facts, None, found.comment, None, kept, kept)
            else:
                key = self._add("schema", row["name"], row, {"main": False})
            self._addresses["pg_namespace", row["oid"], 0] = key

    def _types(self) -> None:
        for row in self._rows(questions.TYPES):
            kind = _TYPE_KINDS[row["typtype"]]
            facts: _Row = {}
            if kind == "enum":
                facts = {"labels": row["labels"]}
            elif kind == "domain":
                facts = {name: row[name] for name in ("base_type", "not_null", "default", "collation")}
                facts["checks"] = row["checks"] or []
            elif kind == "range":
                facts = {"range": row["range"]}
            else:
                facts = {"attributes": row["attributes"] or []}
            key = self._add(kind, row["name"], row, facts)
            self._addresses["pg_type", row["oid"], 0] = key
            self._addresses["pg_type", row["array"], 0] = key
            if row["composite"]:
                self._addresses["pg_class", row["composite"], 0] = key

    def _relations_and_columns(self) -> None:
        for row in self._rows(questions.RELATIONS):
            kind = _RELATION_KINDS[row["relkind"]]
            if kind == "table":
                names = ("persistence", "options", "bound", "partition_key", "parents", "row_security", "forced")
                facts = {name: row[name] for name in (*names, "identity", "identity_index", "clustered")}
            else:
                facts = {"query": row["query"], "options": row["options"], "populated": row["populated"]}
            key = self._add(kind, row["name"], row, facts)
            self._relations[row["oid"]] = key
            self._addresses["pg_class", row["oid"], 0] = key
            self._addresses["pg_type", row["row_type"], 0] = key
        for row in self._rows(questions.COLUMNS):
            self._column(row)
        self._forget_inherited_defaults()

    def _column(self, row: _Row) -> None:
        relation = self._relations[row["relation"]]
        name = f"{relation.name}.{row['name']}"
        is_table = relation.kind == "table"
        facts = {
            each: row[each]
            for each in (
                "name",
                "type",
                "not_null",
                "collation",
                "identity",
                "generated",
                "storage",
                "usual_storage",
                "compression",
            )
        }
        facts |= {each: row[each] for each in ("statistics", "options", "not_null_name")}
        facts["inherited"] = row["is_inherited"] and (
            not row["is_local"] or self._items[relation].facts.get("bound") is not None
        )
        facts["expression"] = row["expression"] if row["generated"] else None
        facts["sequence"] = (
            [
                None if row["bare_sequence"] == row["usual_sequence"] else row["sequence_name"],
                row["sequence_type"],
                row["sequence_options"],
            ]
            if row["sequence"]
            else None
        )
        row |= {"oid": row["number"], "base": None, "acl": row["acl"] or []}
        key = self._add("column" if is_table else "view column", name, row, facts, on=relation)
        address = key if is_table else relation
        self._addresses["pg_class", row["relation"], row["number"]] = address
        if row["sequence"]:
            self._addresses["pg_class", row["sequence"], 0] = key
        if row["expression"] is None:
            return
        expression = key
        if not row["generated"]:
            default = {"oid": row["expression_oid"]}
            expression = self._add("default", name, default, {"expression": row["expression"]}, on=relation)
        self._addresses["pg_attrdef", row["expression_oid"], 0] = expression

    def _forget_inherited_defaults(self) -> None:
        """Leave out the defaults that partitions and children have from their parents."""
        inherited = [key for key in self._items if key.kind == "default" and self._is_inherited(key)]
        for key in inherited:
            del self._items[key]
        for address, key in self._addresses.items():
            if key in inherited:
                self._addresses[address] = Key("column", key.name)

    def _is_inherited(self, key: Key) -> bool:
        column = self._items.get(Key("column", key.name))
        if column is None or column.on is None or not column.facts["inherited"]:
            return False
        return any(
            (found := self._items.get(Key("default", f"{parent}.{column.facts['name']}"))) is not None
            and found.facts == self._items[key].facts
            for parent in self._items[column.on].facts["parents"]
        )

    def _parts(self) -> None:
        for row in self._rows(questions.CONSTRAINTS):
            relation = self._relations[row["relation"]]
            row["definition"] = _without_double_parentheses(row["definition"])
            facts = {name: row[name] for name in ("name", "contype", "definition", "validated")}
            key = self._add("constraint", f"{relation.name}.{row['name']}", row, facts, on=relation)
            self._addresses["pg_constraint", row["oid"], 0] = key
            if row["contype"] in "pux":
                self._addresses["pg_class", row["index"], 0] = key
        for row in self._rows(questions.INDEXES):
            relation = self._relations[row["relation"]]
            definition = self._unqualified(row["definition"].replace(" ON ONLY ", " ON ", 1), relation)
            key = self._add("index", row["name"], row, {"definition": definition}, on=relation)
            self._addresses["pg_class", row["oid"], 0] = key
        for row in self._rows(questions.TRIGGERS):
            self._part("trigger", "pg_trigger", row, ("name", "definition", "enabled"))
        for row in self._rows(questions.POLICIES):
            names = ("name", "permissive", "command", "qualification", "with_check", "roles")
            self._part("policy", "pg_policy", row, names)
        for row in self._rows(questions.RULES):
            if row["is_view"]:
                self._addresses["pg_rewrite", row["oid"], 0] = self._relations[row["relation"]]
            else:
                self._part("rule", "pg_rewrite", row, ("name", "definition", "enabled"))

    def _part(self, kind: str, catalog: str, row: _Row, names: tuple[str, ...]) -> None:
        relation = self._relations[row["relation"]]
        if "definition" in row:
            row["definition"] = self._unqualified(row["definition"], relation)
        facts = {name: row[name] for name in names}
        key = self._add(kind, f"{relation.name}.{row['name']}", row, facts, on=relation)
        self._addresses[catalog, row["oid"], 0] = key

    def _unqualified(self, definition: str, relation: Key) -> str:
        """Return a definition without the schema before the table, which the server always writes there."""
        space = sql.Identifier(self._schema).as_string(self._conn)
        for name in (space, self._schema):
            definition = definition.replace(f" {name}.{relation.name} ", f" {relation.name} ", 1)
        return definition

    def _sequences(self) -> None:
        for row in self._rows(questions.SEQUENCES):
            column = self._addresses.get(("pg_class", row["owner_relation"] or 0, row["owner_column"] or 0))
            facts = {"type": row["type"], "options": row["sequence_options"], "persistence": row["persistence"]}
            facts["owned_by"] = column.name if column else None
            key = self._add("sequence", row["name"], row, facts, on=column)
            self._addresses["pg_class", row["oid"], 0] = key

    def _functions(self) -> None:
        for row in self._rows(questions.FUNCTIONS):
            kind = _FUNCTION_KINDS[row["prokind"]]
            # Only the main schema is left out of the name: a file may be applied to another one.
            own = sql.Identifier(self._schema).as_string(self._conn).strip('"')
            space = "" if row["schema"].strip('"') == own else f"{row['schema']}."
            definition = re.sub(
                rf"\ACREATE OR REPLACE (FUNCTION|PROCEDURE) {re.escape(row['schema'])}\.",
                rf"CREATE OR REPLACE \1 {space}",
                row["definition"],
            )
            definition = definition.replace(_PINNED.format(schema=self._schema), FROM_CURRENT, 1)
            facts = {"definition": definition.rstrip()}
            facts |= {name: row[name] for name in ("result", "argument_names", "argument_modes", "defaults", "prokind")}
            facts |= {"source": row["source"], "language": row["language"]}
            key = self._add(kind, row["name"], row, facts)
            self._addresses["pg_proc", row["oid"], 0] = key

    def _statistics(self) -> None:
        for row in self._rows(questions.STATISTICS):
            own = row["schema"].strip('"') == self._schema
            name = row["bare"] if own else f"{row['schema']}.{row['bare']}"
            definition = row["definition"].replace(f"CREATE STATISTICS {row['schema']}.", "CREATE STATISTICS ", 1)
            facts = {"definition": definition if own else row["definition"], "target": row["target"]}
            key = self._add("statistics", name, row, facts, on=self._relations.get(row["relation"]))
            self._addresses["pg_statistic_ext", row["oid"], 0] = key

    def _default_privileges(self) -> None:
        for row in self._rows(questions.DEFAULT_PRIVILEGES):
            role = self._role(row["role"])
            name = f"{row['object_type']} {role or ''} {row['schema'] or ''}"
            facts = {"role": role, "schema": row["schema"], "object_type": row["object_type"]}
            self._add("default privileges", name, row, facts)

    def _dependencies(self) -> dict[Key, set[Key]]:
        found: dict[Key, set[Key]] = {key: set() for key in self._items}
        for item in self._items.values():
            if item.on is not None and item.key.kind != "sequence":
                found[item.key].add(item.on)
            if item.key.kind == "default":
                found[item.key].add(Key("column", item.name))
            for parent in item.facts.get("parents") or ():
                found[item.key].add(Key("table", parent))
        for one, other, kind in self._edges():
            # A sequence is owned by its column only after both are there.
            if one != other and not (one.kind == "sequence" and kind == "a"):
                found[one].add(other)
        for key, needs in found.items():
            needs.discard(key)
        return {key: {each for each in needs if each in self._items} for key, needs in found.items()}

    def _edges(self) -> Iterator[tuple[Key, Key, str]]:
        for catalog, number, sub, other_catalog, other, other_sub, kind in self._conn.execute(questions.DEPENDENCIES):
            one = self._addresses.get((catalog, number, sub)) or self._addresses.get((catalog, number, 0))
            two = self._addresses.get((other_catalog, other, other_sub)) or self._addresses.get(
                (other_catalog, other, 0)
            )
            if one is not None and two is not None and one in self._items:
                yield one, two, kind


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
