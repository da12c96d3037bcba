"""Query plans as a tree: what each step does, what it costs by itself, and which one costs most."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What is worth reading of a step, in the order in which it is shown.
_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "TID Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "One-Time Filter",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Subplan Name",
)
_REMOVED = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    ``share`` is the part of the whole that it takes by itself, from 0 to 1: of the time where it was measured, of the
    estimated cost where not. ``rows`` is what came out (or would), ``expected`` what the planner had thought.
    """

    name: str
    subject: str | None
    details: tuple[str, ...]
    rows: float
    expected: float
    loops: int | None
    total: float
    own: float
    share: float
    costly: bool
    steps: tuple[Step, ...]

    @property
    def misjudged(self) -> bool:
        """Tell whether ten times as many rows came as were expected, or a tenth of them."""
        low, high = sorted((max(self.rows, 1.0), max(self.expected, 1.0)))
        return self.loops is not None and high >= 10 * low


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan; times are milliseconds, None where nothing was run; ``unit`` is of the steps' totals."""

    root: Step
    unit: str
    planning_ms: float | None
    execution_ms: float | None

    @property
    def costly(self) -> Step:
        """Return the step that takes most by itself."""
        return max(_all(self.root), key=lambda step: step.own)


def parse(answer: str) -> Plan:
    """Return the plan out of what ``EXPLAIN (FORMAT JSON)`` says, with or without ANALYZE."""
    document: dict[str, Any] = json.loads(answer)[0]
    top = document["Plan"]
    measured = "Actual Total Time" in top
    own = {id(node): _own(node, measured=measured) for node in _nodes(top)}
    most = max(own, key=lambda key: own[key])
    root = _step(top, own, most, max(_total(top, measured=measured), 1e-9))
    return Plan(root, "ms" if measured else "cost", document.get("Planning Time"), document.get("Execution Time"))


def _step(node: Mapping[str, Any], own: Mapping[int, float], most: int, whole: float) -> Step:
    measured = "Actual Total Time" in node
    loops = int(node["Actual Loops"]) if measured else None
    return Step(
        _name(node),
        _subject(node),
        tuple(_details(node)),
        float(node["Actual Rows"]) if measured else float(node["Plan Rows"]),
        float(node["Plan Rows"]),
        loops,
        _total(node, measured=measured),
        own[id(node)],
        min(own[id(node)] / whole, 1.0),
        id(node) == most,
        tuple(_step(child, own, most, whole) for child in node.get("Plans", ())),
    )


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _all(step: Step) -> Iterator[Step]:
    yield step
    for child in step.steps:
        yield from _all(child)


def _total(node: Mapping[str, Any], *, measured: bool) -> float:
    if measured:
        # The server gives the mean of the loops.
        return float(node["Actual Total Time"]) * float(node["Actual Loops"])
    return float(node["Total Cost"])


def _own(node: Mapping[str, Any], *, measured: bool) -> float:
    inner = sum(_total(child, measured=measured) for child in node.get("Plans", ()))
    # A limit stops its child early, and costs less than it; nothing takes less than nothing.
    return max(_total(node, measured=measured) - inner, 0.0)


def _name(node: Mapping[str, Any]) -> str:
    words = [str(node["Node Type"])]
    if node.get("Join Type", "Inner") != "Inner":
        words.insert(0, str(node["Join Type"]))
    if node.get("Scan Direction") == "Backward":
        words.append("backwards")
    return " ".join(words)


def _subject(node: Mapping[str, Any]) -> str | None:
    table, index = (
        node.get("Relation Name") or node.get("CTE Name") or node.get("Function Name"),
        node.get("Index Name"),
    )
    found = [str(table)] if table else []
    if index:
        found.append(f"by {index}")
    return " ".join(found) or None


def _details(node: Mapping[str, Any]) -> Iterator[str]:
    for label in _CONDITIONS:
        if label in node:
            value = node[label]
            yield f"{label}: {', '.join(value) if isinstance(value, list) else value}"
    for label in _REMOVED:
        if node.get(label):
            yield f"{label}: {node[label]:,}"
    if "Sort Method" in node:
        yield f"Sort: {node['Sort Method']}, {node.get('Sort Space Used', 0):,} kB in {node.get('Sort Space Type', '')}"
    blocks = (node.get("Shared Hit Blocks", 0), node.get("Shared Read Blocks", 0))
    if any(blocks):
        yield f"Blocks: {blocks[0]:,} found in memory, {blocks[1]:,} read"
