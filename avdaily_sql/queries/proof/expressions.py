"""Which expressions are never null, kind by kind. A kind that is not here is not proven.

https://github.com/postgres/postgres/blob/master/src/include/nodes/primnodes.h
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.queries.proof.total_functions import (
    NEVER_NULL,
    NOT_NULL_FOR_NOT_NULL_ROWS,
    NOT_NULL_FOR_ROWS,
    NULL_ONLY_FOR_NULL,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.queries.proof.nodetree import Node
    from avdaily_sql.queries.proof.scope import Scope

_SELECT = "1"
_EXISTS, _SCALAR, _ARRAY = 0, 4, 6
_CURRENT_SCHEMA = 14
_FIRST_USER_OID = 16384
# Bits of frameOptions in parsenodes.h.
_FROM_FIRST_ROW, _TO_THIS_ROW_OR_LAST, _EXCLUDES = 0x20, 0x400 | 0x100, 0x38000


def is_proven(scope: Scope, node: Node) -> bool:
    """Tell whether an expression is never null in a query's rows."""
    rule = _RULES.get(node.kind)
    return rule is not None and rule(scope, node)


def _variable(scope: Scope, node: Node) -> bool:
    return scope.variable(node)


def _constant(_: Scope, node: Node) -> bool:
    return not node.flag("constisnull")


def _parameter(scope: Scope, node: Node) -> bool:
    return node["paramkind"] == "0" and scope.parameters.get(node.number("paramid"), False)


def _call(scope: Scope, node: Node) -> bool:
    if node.flag("funcretset") or node.flag("opretset"):
        return False
    function = scope.catalog.function(node.number("funcid") or node.number("opfuncid"))
    arguments = node.nodes("args")
    if function.signature in NEVER_NULL:
        # f(VARIADIC null) is null, whatever f makes of a null among its arguments.
        return not node.flag("funcvariadic")
    if function.signature in NULL_ONLY_FOR_NULL:
        return scope.all_proven(arguments)
    if function.body is None or not function.body.flag("isReturn"):
        return False
    if function.is_strict and not scope.all_proven(arguments):
        return False
    known = {_position(argument, index): scope.proven(argument) for index, argument in enumerate(arguments, 1)}
    return scope.of_body(function.body, known).columns() == (True,)


def _comparison(scope: Scope, node: Node) -> bool:
    return scope.catalog.function(node.number("opfuncid")).signature in NULL_ONLY_FOR_NULL


def _comparison_with_list(scope: Scope, node: Node) -> bool:
    value, values = node.nodes("args")
    return (
        values.kind == "ARRAYEXPR"
        and scope.proven(value)
        and scope.all_proven(values.nodes("elements"))
        and _comparison(scope, node)
    )


def _argument(scope: Scope, node: Node) -> bool:
    return scope.proven(node["arg"])


def _through_text(scope: Scope, node: Node) -> bool:
    # The input function of another's type may make null of anything.
    return node.number("resulttype") < _FIRST_USER_OID and scope.proven(node["arg"])


def _any_argument(scope: Scope, node: Node) -> bool:
    return any(scope.proven(argument) for argument in node.nodes("args"))


def _all_arguments(scope: Scope, node: Node) -> bool:
    return scope.all_proven(node.nodes("args"))


def _case(scope: Scope, node: Node) -> bool:
    return scope.proven(node["defresult"]) and all(scope.proven(when["result"]) for when in node.nodes("args"))


def _sql_value(_: Scope, node: Node) -> bool:
    return node.number("op") < _CURRENT_SCHEMA


def _aggregate(scope: Scope, node: Node) -> bool:
    signature = scope.catalog.function(node.number("aggfnoid")).signature
    if signature in NEVER_NULL:
        return True
    # A group has a row; without GROUP BY there may be none, and no row at all may pass a filter.
    grouped = bool(scope.query["groupClause"]) and not scope.has_grouping_sets and node.number("agglevelsup") == 0
    return (
        grouped and node["aggfilter"] is None and _for_rows(scope, signature, [t["expr"] for t in node.nodes("args")])
    )


def _for_rows(scope: Scope, signature: str | None, arguments: list[Node]) -> bool:
    name = (signature or "").partition("(")[0]
    return name in NOT_NULL_FOR_ROWS or (name in NOT_NULL_FOR_NOT_NULL_ROWS and scope.all_proven(arguments))


def _window(scope: Scope, node: Node) -> bool:
    signature = scope.catalog.function(node.number("winfnoid")).signature
    if signature in NEVER_NULL:
        return True
    arguments = node.nodes("args")
    if signature in NULL_ONLY_FOR_NULL:
        return scope.all_proven(arguments)
    return node["aggfilter"] is None and _frame_has_its_row(scope, node) and _for_rows(scope, signature, arguments)


def _frame_has_its_row(scope: Scope, node: Node) -> bool:
    frames = [clause for clause in scope.query.nodes("windowClause") if clause["winref"] == node["winref"]]
    options = frames[0].number("frameOptions") if frames else 0
    return bool(options & _FROM_FIRST_ROW and options & _TO_THIS_ROW_OR_LAST and not options & _EXCLUDES)


def _sublink(scope: Scope, node: Node) -> bool:
    kind = node.number("subLinkType")
    if kind in {_EXISTS, _ARRAY}:
        return True
    select = node["subselect"]
    return kind == _SCALAR and gives_one_row(select) and scope.inner(select).columns() == (True,)


def _always(_scope: Scope, _node: Node) -> bool:
    return True


def _position(argument: Node, index: int) -> int:
    return argument.number("argnumber") + 1 if argument.kind == "NAMEDARGEXPR" else index


def gives_one_row(query: Node) -> bool:
    """Tell whether a query gives exactly one row: an aggregate over everything, or one call of a function or none."""
    cutting = ("groupClause", "groupingSets", "havingQual", "limitCount", "limitOffset", "setOperations")
    if any(query[name] for name in cutting) or query.flag("hasTargetSRFs") or query["commandType"] != _SELECT:
        return False
    tables, condition = query["jointree"]["fromlist"] or [], query["jointree"]["quals"]
    return query.flag("hasAggs") or not (condition or any(not _is_one_call(query, table) for table in tables))


def _is_one_call(query: Node, table: Node) -> bool:
    """Tell whether an item of FROM is a function that gives one row, not a set of them."""
    if table.kind != "RANGETBLREF":
        return False
    entry = query.nodes("rtable")[table.number("rtindex") - 1]
    calls = [function["funcexpr"] for function in entry.nodes("functions")]
    return bool(calls) and all(call.kind == "FUNCEXPR" and not call.flag("funcretset") for call in calls)


_RULES: dict[str, Callable[[Scope, Node], bool]] = {
    "VAR": _variable,
    "CONST": _constant,
    "PARAM": _parameter,
    "FUNCEXPR": _call,
    "OPEXPR": _call,
    "DISTINCTEXPR": _comparison,
    "SCALARARRAYOPEXPR": _comparison_with_list,
    "RELABELTYPE": _argument,
    "COLLATEEXPR": _argument,
    "COERCETODOMAIN": _argument,
    "ARRAYCOERCEEXPR": _argument,
    "NAMEDARGEXPR": _argument,
    "COERCEVIAIO": _through_text,
    "COALESCEEXPR": _any_argument,
    "MINMAXEXPR": _any_argument,
    "BOOLEXPR": _all_arguments,
    "CASEEXPR": _case,
    "SQLVALUEFUNCTION": _sql_value,
    "AGGREF": _aggregate,
    "WINDOWFUNC": _window,
    "SUBLINK": _sublink,
    "NULLTEST": _always,
    "BOOLEANTEST": _always,
    "ARRAYEXPR": _always,
    "ROWEXPR": _always,
    "GROUPINGFUNC": _always,
    "NEXTVALUEEXPR": _always,
    "MERGESUPPORTFUNC": _always,
}
