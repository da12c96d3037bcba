"""What the server's catalogs say of the tables and functions that a query's tree names; each is asked once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from avdaily_sql.queries.proof.nodetree import Node, read_tree

if TYPE_CHECKING:
    import psycopg


class Relation(NamedTuple):
    """A table or view: the columns that cannot hold null, a view's query, and whether rules rewrite its changes."""

    not_null: frozenset[int]
    view: Node | None
    has_rules: bool


class Function(NamedTuple):
    """A function: its signature if it is the server's own, whether null in gives null out, and its body if SQL.

    ``null_defaults``: the positions of its arguments that are null when they are left out.
    """

    signature: str | None
    is_strict: bool
    body: Node | None
    null_defaults: frozenset[int] = frozenset()


# Not the flag alone: before 18 a child table could drop the constraint, since 18 it may be NOT VALID, and a foreign
# table (also as a partition) promises without holding to it.
_RELATION = """
WITH RECURSIVE family AS (
    SELECT %(oid)s::oid AS oid
    UNION
    SELECT i.inhrelid FROM pg_inherits AS i JOIN family AS f ON i.inhparent = f.oid
)
SELECT r.relkind::text,
       ARRAY(
           SELECT a.attnum::int
             FROM pg_attribute AS a
            WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND (
                  SELECT bool_and(
                      member.relkind IN ('r', 'p')
                      AND m.attnotnull
                      AND NOT EXISTS (
                          SELECT FROM pg_constraint AS c
                           WHERE c.conrelid = member.oid AND c.contype = 'n'
                             AND c.conkey = ARRAY[m.attnum] AND NOT c.convalidated
                      )
                  )
                    FROM family AS f
                    JOIN pg_class AS member ON member.oid = f.oid
                    JOIN pg_attribute AS m ON m.attrelid = f.oid AND m.attname = a.attname
              )
       ) AS not_null,
       (SELECT w.ev_action::text FROM pg_rewrite AS w WHERE w.ev_class = r.oid AND w.ev_type = '1') AS view,
       EXISTS (SELECT FROM pg_rewrite AS w WHERE w.ev_class = r.oid AND w.ev_type <> '1') AS has_rules
  FROM pg_class AS r
 WHERE r.oid = %(oid)s
"""
_FUNCTION = """
SELECT CASE WHEN p.pronamespace = 'pg_catalog'::regnamespace AND p.oid < 16384 THEN
           p.proname || '(' || array_to_string(
               ARRAY(
                   SELECT t.typname::text
                     FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, n)
                     JOIN pg_type AS t ON t.oid = a.type
                    ORDER BY a.n
               ), ','
           ) || ')'
       END AS signature,
       p.proisstrict,
       p.prosqlbody::text,
       ARRAY(
           SELECT n FROM generate_series(1, p.pronargs) AS n
            WHERE pg_get_function_arg_default(p.oid, n::int) ~* '^null(::|$)'
       )
  FROM pg_proc AS p
 WHERE p.oid = %(oid)s
"""


class Catalog:
    """The facts of one database, as one connection sees it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.relation = cache(self._relation)
        self.function = cache(self._function)
        self.view_columns: dict[int, tuple[bool, ...]] = {}

    def _relation(self, oid: int) -> Relation:
        found = self._connection.execute(_RELATION, {"oid": oid}).fetchone()
        if found is None:
            return Relation(frozenset(), None, has_rules=True)
        kind, not_null, view, has_rules = found
        return Relation(frozenset(not_null), _only_query(view) if kind == "v" and view else None, has_rules)

    def _function(self, oid: int) -> Function:
        found = self._connection.execute(_FUNCTION, {"oid": oid}).fetchone()
        if found is None:
            return Function(None, is_strict=False, body=None)
        signature, is_strict, body, null_defaults = found
        return Function(signature, is_strict, _only_query(body) if body else None, frozenset(null_defaults))


def _only_query(text: str) -> Node | None:
    """Return the one query of a view's rule or a function's body; None when there are several."""
    tree = read_tree(text)
    while isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    return tree if isinstance(tree, Node) and tree.kind == "QUERY" else None
