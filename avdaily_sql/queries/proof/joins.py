"""Which tables of a query outer joins may fill with nulls, and which columns its conditions keep from being null."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.queries.proof.nodetree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avdaily_sql.queries.proof.catalog import Catalog

_INNER, _LEFT, _FULL, _RIGHT = range(4)


class Joined(NamedTuple):
    """What is known of a query's range table entries in the rows that pass all joins and conditions.

    ``nullable``: entries that an outer join may have filled with nulls. ``required``: (entry, column) pairs that are
    not null in any row that is left.
    """

    nullable: frozenset[int]
    required: frozenset[tuple[int, int]]


def examine(query: Node, catalog: Catalog) -> Joined:
    """Return what the joins and the WHERE of a query say of its entries."""
    nullable: set[int] = set()
    conditions: list[Node] = []
    if isinstance(query["jointree"], Node):
        _walk(query["jointree"], nullable, conditions, filled=False)
    required = frozenset(pair for condition in conditions for pair in _required(condition, catalog))
    # A row in which a condition needs a column of an entry is none that an outer join filled.
    return Joined(frozenset(nullable - {entry for entry, _ in required}), required)


def _walk(node: Node, nullable: set[int], conditions: list[Node], *, filled: bool) -> None:
    """Visit the join tree; ``filled``: an outer join above may replace everything here by nulls."""
    if node.kind == "RANGETBLREF":
        if filled:
            nullable.add(node.number("rtindex"))
    elif node.kind == "FROMEXPR":
        for child in node.nodes("fromlist"):
            _walk(child, nullable, conditions, filled=filled)
        _add_condition(node, conditions, filled=filled)
    elif node.kind == "JOINEXPR":
        _walk_join(node, nullable, conditions, filled=filled)


def _walk_join(node: Node, nullable: set[int], conditions: list[Node], *, filled: bool) -> None:
    kind = node.number("jointype")
    if filled:
        nullable.add(node.number("rtindex"))
    _walk(node["larg"], nullable, conditions, filled=filled or kind not in {_INNER, _LEFT})
    _walk(node["rarg"], nullable, conditions, filled=filled or kind not in {_INNER, _RIGHT})
    if kind == _INNER:
        _add_condition(node, conditions, filled=filled)


def _add_condition(node: Node, conditions: list[Node], *, filled: bool) -> None:
    # Below an outer join a condition holds only for the rows that the join did not fill.
    if not filled and isinstance(node["quals"], Node):
        conditions.append(node["quals"])


def _required(condition: Node, catalog: Catalog) -> Iterable[tuple[int, int]]:
    """Yield the columns that must not be null for the condition to be true."""
    if condition.kind == "BOOLEXPR" and condition["boolop"] == "and":
        for part in condition.nodes("args"):
            yield from _required(part, catalog)
    elif condition.kind == "NULLTEST":
        if condition.number("nulltesttype") == 1 and not condition.flag("argisrow"):
            yield from _strict_columns(condition["arg"], catalog)
    else:
        yield from _strict_columns(condition, catalog)


def _strict_columns(expression: Node, catalog: Catalog) -> Iterable[tuple[int, int]]:
    """Yield the columns whose null would make the expression null."""
    if expression.kind == "VAR":
        if expression.number("varlevelsup") == 0 and expression.number("varattno") > 0:
            yield expression.number("varno"), expression.number("varattno")
    elif expression.kind == "RELABELTYPE":
        yield from _strict_columns(expression["arg"], catalog)
    elif expression.kind in {"OPEXPR", "FUNCEXPR"}:
        function = expression.number("opfuncid") or expression.number("funcid")
        returns_set = expression.flag("opretset") or expression.flag("funcretset")
        if catalog.function(function).is_strict and not returns_set:
            for argument in expression.nodes("args"):
                yield from _strict_columns(argument, catalog)
    elif expression.kind == "SCALARARRAYOPEXPR" and _is_strict_any(expression, catalog):
        yield from _strict_columns(expression.nodes("args")[0], catalog)


def _is_strict_any(expression: Node, catalog: Catalog) -> bool:
    """Tell whether it is x = ANY (array): null for a null x, or false for an empty array, for which ALL is true."""
    return expression.flag("useOr") and catalog.function(expression.number("opfuncid")).is_strict
