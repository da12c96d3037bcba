"""Where the boxes of a diagram and the lines between them go: layers from left to right, parents before children.

Deterministic: the same boxes and links give the same places. No box overlaps another, and no line goes through a box:
lines run up and down only between two layers, each in a lane of its own, and past a layer only where it has a gap.

Sugiyama, Tagawa and Toda: Methods for visual understanding of hierarchical system structures (1981).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GAP = 22.0
LANE = 11.0
# Room for the signs at both ends of a line.
SHOULDER = 24.0
_LOOP = 16.0
_SWEEPS = 8


class Size(NamedTuple):
    """A box before it has a place."""

    width: float
    height: float


class Link(NamedTuple):
    """A line from ``parent`` to ``child``; ``into`` is where it meets the child, from the child's upper edge."""

    parent: str
    child: str
    into: float


class Place(NamedTuple):
    """A box: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Places by name; a line for each link, from its parent to its child; and the size of it all."""

    places: dict[str, Place]
    lines: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


@dataclass
class _Node:
    """A box, or where a long line passes a layer; ``before`` and ``after`` are its neighbours in the layers beside."""

    name: str
    layer: int
    size: Size
    before: list[_Node] = field(default_factory=list)
    after: list[_Node] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    def middle(self) -> float:
        """Return the height of its centre."""
        return self.y + self.size.height / 2


def arrange(sizes: Mapping[str, Size], links: Sequence[Link]) -> Layout:
    """Return places for all boxes, and a line for each link."""
    turned = _against_the_stream(sizes, links)
    layers = _layers(sizes, links, turned)
    nodes = {name: _Node(name, layers[name], size) for name, size in sizes.items()}
    columns: list[list[_Node]] = [[] for _ in range(max(layers.values(), default=0) + 1)]
    for name in sorted(nodes):
        columns[layers[name]].append(nodes[name])
    chains = [_chain(number, link, nodes, columns, turned) for number, link in enumerate(links)]
    _order(columns)
    height = _stack(columns)
    width, lines = _route(columns, links, chains, turned)
    places = {name: Place(node.x, node.y, *node.size) for name, node in nodes.items()}
    return Layout(places, tuple(lines), width, height)


def _against_the_stream(names: Iterable[str], links: Sequence[Link]) -> set[int]:
    """Return the links that close a circle, by number: drawn like the others, but layered the other way round."""
    out: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for number, link in enumerate(links):
        if link.parent != link.child:
            out[link.parent].append((link.child, number))
    turned: set[int] = set()
    state = dict.fromkeys(out, 0)
    for root in sorted(out):
        if state[root] == 0:
            _walk(root, out, state, turned)
    return turned


def _walk(root: str, out: Mapping[str, list[tuple[str, int]]], state: dict[str, int], turned: set[int]) -> None:
    state[root] = 1
    trail = [(root, iter(sorted(out[root])))]
    while trail:
        name, rest = trail[-1]
        step = next(rest, None)
        if step is None:
            state[name] = 2
            trail.pop()
        elif state[step[0]] == 1:
            turned.add(step[1])
        elif state[step[0]] == 0:
            state[step[0]] = 1
            trail.append((step[0], iter(sorted(out[step[0]]))))


def _layers(names: Iterable[str], links: Sequence[Link], turned: set[int]) -> dict[str, int]:
    """Return for each box how many links its longest way from a parent without parents has."""
    found = dict.fromkeys(names, 0)
    ends = [_ends(number, link, turned) for number, link in enumerate(links) if link.parent != link.child]
    for _ in range(len(found)):
        moved = False
        for left, right in ends:
            if found[right] <= found[left]:
                found[right], moved = found[left] + 1, True
        if not moved:
            break
    # A parent of one child far to the right stands beside it, not at the very left.
    for name in sorted(found, key=lambda each: -found[each]):
        if not any(right == name for _, right in ends):
            found[name] = min((found[right] - 1 for left, right in ends if left == name), default=found[name])
    return found


def _ends(number: int, link: Link, turned: set[int]) -> tuple[str, str]:
    return (link.child, link.parent) if number in turned else (link.parent, link.child)


def _chain(
    number: int, link: Link, nodes: Mapping[str, _Node], columns: list[list[_Node]], turned: set[int]
) -> list[_Node]:
    """Return the nodes that a link visits from left to right, with one of its own in each layer that it passes."""
    if link.parent == link.child:
        return [nodes[link.parent]]
    left, right = (nodes[name] for name in _ends(number, link, turned))
    chain = [left]
    for layer in range(left.layer + 1, right.layer):
        passing = _Node(f"{number:06}", layer, Size(0, 0))
        columns[layer].append(passing)
        chain.append(passing)
    chain.append(right)
    for one, other in itertools.pairwise(chain):
        one.after.append(other)
        other.before.append(one)
    return chain


def _order(columns: list[list[_Node]]) -> None:
    """Bring neighbours to like heights: each node to the mean rank of those that it hangs on, there and back."""
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            ranks = {id(node): rank for beside in columns for rank, node in enumerate(beside)}
            means = {}
            for node in column:
                near = [ranks[id(other)] for other in (node.before if forward else node.after)]
                means[id(node)] = sum(near) / len(near) if near else ranks[id(node)]
            column.sort(key=lambda node: means[id(node)])


def _stack(columns: list[list[_Node]]) -> float:
    """Give every node its height; neighbours pull it, and what stands above or below holds it off."""
    for column in columns:
        y = 0.0
        for node in column:
            node.y = y
            y += node.size.height + GAP
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            _pull(column)
    top = min((node.y for column in columns for node in column), default=0.0)
    for column in columns:
        for node in column:
            node.y += GAP - top
    return max((node.y + node.size.height for column in columns for node in column), default=0.0) + GAP


def _pull(column: list[_Node]) -> None:
    """Move each node towards the middle of its neighbours, in blocks that keep order and distance."""
    blocks: list[tuple[list[_Node], float]] = []
    for node in column:
        near = [other.middle() for other in (*node.before, *node.after)]
        wish = sum(near) / len(near) - node.size.height / 2 if near else node.y
        members, start = [node], wish
        while blocks and blocks[-1][1] + _length(blocks[-1][0]) > start:
            above, its_start = blocks.pop()
            # Both give way, the longer one less.
            share = len(above) / (len(above) + len(members))
            start = its_start * share + (start - _length(above)) * (1 - share)
            members = above + members
        blocks.append((members, start))
    for members, start in blocks:
        y = start
        for node in members:
            node.y = y
            y += node.size.height + GAP


def _length(nodes: Sequence[_Node]) -> float:
    return sum(node.size.height + GAP for node in nodes)


def _route(
    columns: list[list[_Node]], links: Sequence[Link], chains: list[list[_Node]], turned: set[int]
) -> tuple[float, list[tuple[tuple[float, float], ...]]]:
    """Give every node its distance from the left and return the whole width and the lines."""
    doors = _doors(links, chains, turned)
    gutters: list[list[tuple[int, int]]] = [[] for _ in columns]
    for number, chain in enumerate(chains):
        for part in range(len(chain) - 1):
            gutters[chain[part].layer].append((number, part))
    lanes: dict[tuple[int, int], float] = {}
    x = GAP
    for column, gutter in zip(columns, gutters, strict=True):
        wide = max((node.size.width for node in column), default=0.0)
        for node in column:
            node.x = x
        loops = [number for number, chain in enumerate(chains) if len(chain) == 1 and chain[0] in column]
        x += wide + SHOULDER
        for crossing in sorted(gutter, key=lambda each: _lane_order(doors[each])):
            lanes[crossing] = x
            x += LANE
        x += SHOULDER - LANE + _LOOP * bool(loops)
    lines = [_line(number, chain, doors, lanes) for number, chain in enumerate(chains)]
    for number, link in enumerate(links):
        if number in turned:
            lines[number].reverse()
        if link.parent == link.child:
            lines[number] = _loop(chains[number][0], link)
    return x - SHOULDER + GAP, [tuple(points) for points in lines]


def _lane_order(door: tuple[float, float]) -> tuple[int, float]:
    # Lines that go up turn first from above, lines that go down last: they cross least.
    start, end = door
    return (0, start) if end < start else (1, -start)


def _doors(
    links: Sequence[Link], chains: list[list[_Node]], turned: set[int]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Return for each part of each link the heights at which it leaves one node and enters the next."""
    leaving: dict[int, list[tuple[float, int]]] = {}
    for number, chain in enumerate(chains):
        if len(chain) > 1:
            parent, beside = (chain[-1], chain[-2]) if number in turned else (chain[0], chain[1])
            leaving.setdefault(id(parent), []).append((beside.middle(), number))
    from_parent: dict[int, float] = {}
    for number, chain in enumerate(chains):
        if len(chain) > 1:
            parent = chain[-1] if number in turned else chain[0]
            ranks = sorted(leaving[id(parent)])
            rank = next(place for place, (_, each) in enumerate(ranks) if each == number)
            from_parent[number] = parent.y + parent.size.height * (rank + 1) / (len(ranks) + 1)
    found = {}
    for number, (link, chain) in enumerate(zip(links, chains, strict=True)):
        if len(chain) > 1:
            child = chain[0] if number in turned else chain[-1]
            into = child.y + link.into
            ends = (into, from_parent[number]) if number in turned else (from_parent[number], into)
            heights = [ends[0], *(node.middle() for node in chain[1:-1]), ends[1]]
            for part in range(len(chain) - 1):
                found[number, part] = (heights[part], heights[part + 1])
    return found


def _line(
    number: int,
    chain: list[_Node],
    doors: Mapping[tuple[int, int], tuple[float, float]],
    lanes: Mapping[tuple[int, int], float],
) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for part in range(len(chain) - 1):
        start, end = doors[number, part]
        lane = lanes[number, part]
        if part == 0:
            points.append((chain[0].x + chain[0].size.width, start))
        points += [(lane, start), (lane, end)]
    if len(chain) > 1:
        points.append((chain[-1].x, doors[number, len(chain) - 2][1]))
    return points


def _loop(node: _Node, link: Link) -> list[tuple[float, float]]:
    """Return the line of a table that points at itself: out at the right, and in again below."""
    right, top = node.x + node.size.width, node.y + link.into
    below = node.y + node.size.height + GAP / 3
    return [
        (node.x + node.size.width - _LOOP, node.y + node.size.height),
        (node.x + node.size.width - _LOOP, below),
        (right + _LOOP, below),
        (right + _LOOP, top),
        (right, top),
    ]
