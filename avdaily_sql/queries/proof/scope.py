"""Proves which result columns are never null, from the tree that the server itself made of the query.

What is not understood is not proven: a column is called never null only where a rule here says why. The rules know
joins, grouping sets, set operations, common table expressions, views and RETURNING of every kind.

https://github.com/postgres/postgres/blob/master/src/include/nodes/primnodes.h
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.queries.proof.expressions import is_proven
from avdaily_sql.queries.proof.joins import Joined, examine
from avdaily_sql.queries.proof.nodetree import Node, same
from avdaily_sql.queries.proof.total_functions import NEVER_NULL_SETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avdaily_sql.queries.proof.catalog import Catalog

_SELECT, _UPDATE, _INSERT, _DELETE, _MERGE = "1", "2", "3", "4", "5"
_RELATION, _SUBQUERY, _JOIN, _FUNCTION, _VALUES, _CTE, _GROUP = "0", "1", "2", "3", "5", "6", "9"
_UNION, _INTERSECT = 1, 2
_OLD, _NEW = 1, 2
_FIRST_USER_OID = 16384
# The field that holds an expression's type; what is not here has none that set operations could compare.
_TYPE_FIELDS = (
    *("vartype", "consttype", "paramtype", "funcresulttype", "opresulttype", "aggtype", "wintype", "resulttype"),
    *("casetype", "coalescetype", "minmaxtype", "array_typeid"),
)


def columns_not_null(query: Node, catalog: Catalog) -> tuple[bool, ...]:
    """Return for each result column of an analysed query whether it is proven never to be null."""
    return Scope(query, catalog, None).columns()


def view_columns(oid: int, query: Node, catalog: Catalog) -> tuple[bool, ...]:
    """Return the same for a view; worked out once."""
    if oid not in catalog.view_columns:
        # A view that leads to itself proves nothing.
        catalog.view_columns[oid] = ()
        catalog.view_columns[oid] = columns_not_null(query, catalog)
    return catalog.view_columns[oid]


class Scope:
    """One query level: its range table, what its joins say, and the level around it."""

    def __init__(
        self, query: Node, catalog: Catalog, parent: Scope | None, parameters: Mapping[int, bool] | None = None
    ) -> None:
        self.query = query
        self.catalog = catalog
        self.parent = parent
        # Only the body of a function knows anything of its parameters; a caller may always pass null.
        self.parameters = parameters or {}
        self.command = query["commandType"]
        self.entries = query.nodes("rtable")
        self.joined = self._joined()
        self.grouped = [entry for entry in self._group_expressions() if entry is not None]
        self._cte_columns: dict[str, tuple[bool, ...]] = {}

    def _joined(self) -> Joined:
        joined = examine(self.query, self.catalog)
        if self.command == _SELECT:
            return joined
        # The conditions hold for the row that was there before, RETURNING shows the one that came of it.
        target = self.query.number("resultRelation")
        return Joined(joined.nullable, frozenset(pair for pair in joined.required if pair[0] != target))

    def _group_expressions(self) -> list[Node]:
        references = {clause["tleSortGroupRef"] for clause in self.query.nodes("groupClause")}
        return [target["expr"] for target in self.query.nodes("targetList") if target["ressortgroupref"] in references]

    @property
    def has_grouping_sets(self) -> bool:
        """Rollup and its kin: any grouped expression may be null, whatever it is."""
        return bool(self.query["groupingSets"])

    def columns(self) -> tuple[bool, ...]:
        """Return for each column of this query's result whether it is never null."""
        if isinstance(self.query["setOperations"], Node):
            return self._set_operation(self.query["setOperations"])
        name = "targetList" if self.command == _SELECT else "returningList"
        return tuple(self.proven(target["expr"]) for target in self.query.nodes(name) if not target.flag("resjunk"))

    def _set_operation(self, node: Node) -> tuple[bool, ...]:
        left, right = (self._branch(node[side], node["colTypes"][1:]) for side in ("larg", "rarg"))
        if node.number("op") == _UNION:
            return tuple(one and other for one, other in zip(left, right, strict=True))
        if node.number("op") == _INTERSECT:
            return tuple(one or other for one, other in zip(left, right, strict=True))
        return left

    def _branch(self, node: Node, types: list[str]) -> tuple[bool, ...]:
        if node.kind != "RANGETBLREF":
            return self._set_operation(node)
        scope = self._subquery(node.number("rtindex"))
        targets = [target["expr"] for target in scope.query.nodes("targetList") if not target.flag("resjunk")]
        # The planner casts a column that has another type; a user's cast may make null of anything.
        return tuple(
            proven and _casts_safely(target, wanted)
            for proven, target, wanted in zip(scope.columns(), targets, types, strict=True)
        )

    def _subquery(self, index: int) -> Scope:
        return self.inner(self.entries[index - 1]["subquery"])

    def inner(self, query: Node) -> Scope:
        """Return the level of a query inside this one."""
        return Scope(query, self.catalog, self, self.parameters)

    def of_body(self, query: Node, parameters: Mapping[int, bool]) -> Scope:
        """Return the level of a function's body, which sees nothing but its parameters."""
        return Scope(query, self.catalog, None, parameters)

    # Expressions.

    def proven(self, expression: Any) -> bool:
        """Tell whether an expression of this level is never null."""
        if not isinstance(expression, Node):
            return False
        if self.has_grouping_sets and any(same(expression, grouped) for grouped in self.grouped):
            return False
        return is_proven(self, expression)

    def all_proven(self, expressions: list[Node]) -> bool:
        """Tell whether none of the expressions is ever null."""
        return all(self.proven(expression) for expression in expressions)

    # Columns of the range table.

    def variable(self, node: Node) -> bool:
        """Tell whether a column is never null where it is used."""
        scope: Scope = self
        for _ in range(node.number("varlevelsup")):
            if scope.parent is None:
                return False
            scope = scope.parent
        return scope.column(node.number("varno"), node.number("varattno"), node.number("varreturningtype"))

    def column(self, index: int, number: int, returning: int) -> bool:
        """Tell whether a column of a range table entry is never null in this query's rows."""
        entry = self.entries[index - 1]
        if entry["rtekind"] != _GROUP and self.has_grouping_sets:
            return False
        if self.command == _MERGE and index != self.query.number("resultRelation"):
            return False
        if returning and not self._has_row(returning):
            return False
        if (index, number) in self.joined.required:
            return True
        source = _SOURCES.get(entry["rtekind"])
        return index not in self.joined.nullable and source is not None and number > 0 and source(self, index, number)

    def _has_row(self, returning: int) -> bool:
        """Tell whether ``old`` or ``new`` in RETURNING always stands for a row."""
        return self.command == _UPDATE or (self.command, returning) in {(_INSERT, _NEW), (_DELETE, _OLD)}

    def _of_relation(self, index: int, number: int) -> bool:
        oid = self.entries[index - 1].number("relid")
        relation = self.catalog.relation(oid)
        changed = self.command != _SELECT and index == self.query.number("resultRelation")
        if relation.view is not None:
            # A trigger INSTEAD OF the change of a view may return anything.
            return not changed and _at(view_columns(oid, relation.view, self.catalog), number)
        # So may the RETURNING of a rule that rewrites the change of a table.
        return number in relation.not_null and not (changed and relation.has_rules)

    def _of_subquery(self, index: int, number: int) -> bool:
        return _at(self._subquery(index).columns(), number)

    def _of_join(self, index: int, number: int) -> bool:
        return self.proven(self.entries[index - 1].nodes("joinaliasvars")[number - 1])

    def _of_group(self, index: int, number: int) -> bool:
        if self.has_grouping_sets:
            return False
        return self.proven(self.entries[index - 1].nodes("groupexprs")[number - 1])

    def _of_values(self, index: int, number: int) -> bool:
        return all(self.proven(row[number - 1]) for row in self.entries[index - 1].nodes("values_lists"))  # type: ignore[index]

    def _of_function(self, index: int, number: int) -> bool:
        entry = self.entries[index - 1]
        functions = entry.nodes("functions")
        # Of several functions side by side the shorter ones are filled up with nulls.
        if len(functions) != 1:
            return False
        if entry.flag("funcordinality") and number == functions[0].number("funccolcount") + 1:
            return True
        call: Node = functions[0]["funcexpr"]
        if number != 1 or functions[0].number("funccolcount") != 1 or call.kind != "FUNCEXPR":
            return False
        if call.flag("funcretset"):
            return self.catalog.function(call.number("funcid")).signature in NEVER_NULL_SETS
        return self.proven(call)

    def _of_cte(self, index: int, number: int) -> bool:
        entry = self.entries[index - 1]
        scope: Scope = self
        for _ in range(entry.number("ctelevelsup")):
            if scope.parent is None:
                return False
            scope = scope.parent
        return _at(scope.cte(entry["ctename"]), number)

    def cte(self, name: str) -> tuple[bool, ...]:
        """Return for each column of a common table expression of this level whether it is never null.

        One that refers to itself is first believed to have no null at all; what its own query then disproves is taken
        back until nothing changes: its first part has no null, and no step makes one of rows without.
        """
        if name not in self._cte_columns:
            found = next((cte for cte in self.query.nodes("cteList") if cte["ctename"] == name), None)
            if found is None:
                return ()
            self._cte_columns[name] = (True,) * len(found["ctecolnames"] or ())
            while (columns := self.inner(found["ctequery"]).columns()) != self._cte_columns[name]:
                self._cte_columns[name] = columns
        return self._cte_columns[name]


def _casts_safely(expression: Node, wanted: str) -> bool:
    field = next((name for name in _TYPE_FIELDS if name in expression.fields), None)
    if field is None:
        return False
    return expression[field] == wanted or max(expression.number(field), int(wanted)) < _FIRST_USER_OID


def _at(columns: tuple[bool, ...], number: int) -> bool:
    return 0 < number <= len(columns) and columns[number - 1]


_SOURCES: dict[str, Callable[[Scope, int, int], bool]] = {
    _RELATION: Scope._of_relation,
    _SUBQUERY: Scope._of_subquery,
    _JOIN: Scope._of_join,
    _FUNCTION: Scope._of_function,
    _VALUES: Scope._of_values,
    _CTE: Scope._of_cte,
    _GROUP: Scope._of_group,
}
