"""Asks a development database for the tree of each query, and what follows from it for the types.

The server analyses a query when it makes a function of it, and keeps the tree where it can be read. That is done in a
temporary schema and a transaction that is rolled back; it needs the right to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from avdaily_sql.queries.proof.catalog import Catalog
from avdaily_sql.queries.proof.expressions import gives_one_row
from avdaily_sql.queries.proof.nodetree import Node, read_tree
from avdaily_sql.queries.proof.parameters import nullable_parameters
from avdaily_sql.queries.proof.scope import columns_not_null

if TYPE_CHECKING:
    from collections.abc import Sequence


_NAME = "pg_temp.avdaily_query"
_READ = """
SELECT prosqlbody::text
  FROM pg_proc
 WHERE proname = 'avdaily_query' AND pronamespace = pg_my_temp_schema()
"""


class Verdict(NamedTuple):
    """What is proven of a query: columns never null, parameters that may sensibly be null, and that a row comes."""

    not_null: tuple[bool, ...]
    nullable_parameters: frozenset[int]
    gives_one_row: bool


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

    def judge(self, native: bytes, types: Sequence[str], count: int) -> Verdict:
        """Return what is proven of a query with so many result columns; nothing is, for what cannot be analysed."""
        tree = self.tree(native, types)
        if tree is None:
            return Verdict((False,) * count, frozenset(range(1, len(types) + 1)), gives_one_row=False)
        columns = columns_not_null(tree, self.catalog)
        return Verdict(
            columns if len(columns) == count else (False,) * count,
            nullable_parameters(tree, self.catalog),
            gives_one_row(tree),
        )


def _only_query(tree: Any) -> Node | None:
    while isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    return tree if isinstance(tree, Node) and tree.kind == "QUERY" else None
