"""Which parameters it makes sense to pass null for: where null would only mean "no row" or an error, a type says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.queries.proof.nodetree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avdaily_sql.queries.proof.catalog import Catalog
    from avdaily_sql.queries.proof.nodetree import Tree

_CASTS = frozenset({"RELABELTYPE", "COERCEVIAIO", "ARRAYCOERCEEXPR", "COERCETODOMAIN", "COLLATEEXPR", "NAMEDARGEXPR"})
_INSERT, _UPDATE = "3", "2"


def nullable_parameters(query: Node, catalog: Catalog) -> frozenset[int]:
    """Return the numbers of the parameters that are used somewhere where null has a meaning of its own."""
    return frozenset(_meant(query, catalog, set()))


def _meant(tree: Tree, catalog: Catalog, pointless: set[int]) -> Iterator[int]:
    """Yield the parameters of a tree; ``pointless``: the identities of the nodes where null means nothing."""
    if isinstance(tree, list):
        for item in tree:
            yield from _meant(item, catalog, pointless)
    elif isinstance(tree, Node):
        number = _number(tree)
        if number is None:
            pointless.update(map(id, _where_null_is_pointless(tree, catalog)))
            yield from _meant(list(tree.fields.values()), catalog, pointless)
        elif id(tree) not in pointless:
            yield number


def _number(tree: Tree) -> int | None:
    """Return the number of a parameter that stands alone or under casts only."""
    while isinstance(tree, Node) and tree.kind in _CASTS:
        tree = tree["arg"]
    return tree.number("paramid") if isinstance(tree, Node) and tree.kind == "PARAM" else None


def _where_null_is_pointless(node: Node, catalog: Catalog) -> Iterable[Node]:
    """Return the direct parts of a node for which null gives null, or an error, whatever the rest is."""
    if node.kind in {"OPEXPR", "FUNCEXPR", "SCALARARRAYOPEXPR"}:
        function = catalog.function(node.number("funcid") or node.number("opfuncid"))
        arguments = node.nodes("args")
        if function.is_strict:
            return arguments
        # Who wrote DEFAULT NULL expects null; another argument of such a function is one that must be there.
        return [
            argument
            for position, argument in enumerate(arguments, 1)
            if function.signature is None and _position(argument, position) not in function.null_defaults
        ]
    if node.kind == "QUERY":
        return [*_required_targets(node, catalog), *_limits(node)]
    return ()


def _position(argument: Node, position: int) -> int:
    return argument.number("argnumber") + 1 if argument.kind == "NAMEDARGEXPR" else position


def _limits(query: Node) -> list[Node]:
    # LIMIT null is no limit at all; a caller who wants that writes another query.
    return [query[name] for name in ("limitCount", "limitOffset") if isinstance(query[name], Node)]


def _required_targets(query: Node, catalog: Catalog) -> list[Node]:
    """Return what is stored into columns that refuse null."""
    if query["commandType"] not in {_INSERT, _UPDATE}:
        return []
    entry = query.nodes("rtable")[query.number("resultRelation") - 1]
    not_null = catalog.relation(entry.number("relid")).not_null
    return [target["expr"] for target in query.nodes("targetList") if target.number("resno") in not_null]
