"""Reads PostgreSQL's own notation of analysed queries (``pg_node_tree``): nodes, lists and words, none interpreted.

https://github.com/postgres/postgres/blob/master/src/backend/nodes/read.c
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

# A word ends at white space or at one of ( ) { }, unless a backslash stands before that.
_WORD = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Node:
    """One node: its kind in capitals as the server writes it (``OPEXPR``), and its fields by name."""

    __slots__ = ("fields", "kind")

    def __init__(self, kind: str, fields: dict[str, Tree]) -> None:
        self.kind = kind
        self.fields = fields

    def __getitem__(self, name: str) -> Any:
        """Return a field; one that this version of the server does not have is empty, as are <> and ()."""
        return self.fields.get(name)

    def number(self, name: str) -> int:
        """Return a field that holds a number; 0 when this version of the server does not have it."""
        return int(self.fields.get(name) or 0)  # type: ignore[arg-type]

    def flag(self, name: str) -> bool:
        """Return a field that holds true or false."""
        return self.fields.get(name) == "true"

    def nodes(self, name: str) -> list[Node]:
        """Return a field that holds a list of nodes."""
        return list(self.fields.get(name) or ())  # type: ignore[arg-type]


Tree: TypeAlias = "Node | list[Any] | str | None"


def read_tree(text: str) -> Tree:
    """Return the node or list that a ``pg_node_tree`` value holds."""
    words = _WORD.findall(text)
    tree, _ = _value(words, 0)
    return tree


def _value(words: list[str], index: int) -> tuple[Tree, int]:
    word = words[index]
    if word == "{":
        return _node(words, index + 1)
    if word == "(":
        return _list(words, index + 1)
    if word == "<>":
        return None, index + 1
    return _ESCAPE.sub(r"\1", word), index + 1


def _node(words: list[str], index: int) -> tuple[Node, int]:
    kind = words[index]
    fields: dict[str, Tree] = {}
    index += 1
    while words[index] != "}":
        name = words[index][1:]
        fields[name], index = _value(words, index + 1)
        # The bytes of a constant follow its length.
        while words[index] != "}" and not words[index].startswith(":"):
            index += 1
    return Node(kind, fields), index + 1


def _list(words: list[str], index: int) -> tuple[list[Any], int]:
    found = []
    while words[index] != ")":
        value, index = _value(words, index)
        found.append(value)
    return found, index + 1


def same(one: Tree, other: Tree) -> bool:
    """Tell whether two expressions are the same but for the place in the text where they stand."""
    if isinstance(one, Node) and isinstance(other, Node):
        names = (one.fields.keys() | other.fields.keys()) - {"location", "varnosyn", "varattnosyn"}
        return one.kind == other.kind and all(same(one[name], other[name]) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == other
