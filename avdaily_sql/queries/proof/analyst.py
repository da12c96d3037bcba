"""Asks a development database for the tree of each query, and what follows from it for the types.

The server analyses a query when it makes a function of it, and keeps the tree where it can be read. That is done in a
temporary schema and a transaction that is rolled back; it needs the right to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql.queries.proof.catalog import Catalog
from avdaily_sql.queries.proof.nodetree import Node, read_tree
from avdaily_sql.queries.proof.scope import columns_not_null

if TYPE_CHECKING:
    from collections.abc import Sequence


_NAME = "pg_temp.avdaily_query"
_READ = """
SELECT prosqlbody::text
  FROM pg_proc
 WHERE proname = 'avdaily_query' AND pronamespace = pg_my_temp_schema()
"""


class Analyst:
    """Reads trees over one connection; each is asked for in a transaction, or a savepoint, that is rolled back."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.catalog = Catalog(connection)

    def tree(self, native: bytes, types: Sequence[str]) -> Node | None:
        """Return the analysed query, None for a statement that no function can have.

        :param types: the names of its parameters' types, in order.
        """
        # The line break ends a comment at the end of the text.
        body = f"BEGIN ATOMIC {native.decode()}\n; END"
        create = f"CREATE FUNCTION {_NAME}({', '.join(types)}) RETURNS void LANGUAGE sql {body}"
        try:
            with self._connection.transaction(force_rollback=True):
                psycopg.RawCursor(self._connection).execute(create.encode())
                found = self._connection.execute(_READ).fetchone()
        except psycopg.Error:
            return None
        return _only_query(read_tree(found[0])) if found and found[0] else None

    def columns_not_null(self, native: bytes, types: Sequence[str], count: int) -> tuple[bool, ...]:
        """Return for each of so many result columns whether it is proven never to be null."""
        tree = self.tree(native, types)
        proven = () if tree is None else columns_not_null(tree, self.catalog)
        return proven if len(proven) == count else (False,) * count


def _only_query(tree: Any) -> Node | None:
    while isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    return tree if isinstance(tree, Node) and tree.kind == "QUERY" else None
