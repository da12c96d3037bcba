"""Steps in an order in which each finds what it stands on. Pure."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


@dataclass
class Step:
    """Some statements that belong together; ``rank`` decides between steps that may come in any order.

    :param after: the names of the steps that have to come before; those that do not exist do not count.
    :param wishes: the same, given up where it would make a circle.
    """

    name: Hashable
    rank: tuple[int, ...]
    statements: list[str]
    after: set[Hashable] = field(default_factory=set)
    wishes: set[Hashable] = field(default_factory=set)


class CircleError(Exception):
    """Steps wait for each other; ``steps`` are those."""

    def __init__(self, steps: list[Step]) -> None:
        super().__init__(", ".join(str(step.name) for step in steps))
        self.steps = steps


def ordered(steps: Iterable[Step]) -> list[Step]:
    """Return the steps in order.

    :raises CircleError: there is none.
    """
    waiting = {step.name: step for step in steps}
    try:
        return _ordered(waiting, wishing=True)
    except CircleError:
        return _ordered(waiting, wishing=False)


def _ordered(steps: dict[Hashable, Step], *, wishing: bool) -> list[Step]:
    before = {
        name: {each for each in (step.after | step.wishes if wishing else step.after) if each in steps and each != name}
        for name, step in steps.items()
    }
    behind: dict[Hashable, list[Hashable]] = {name: [] for name in steps}
    for name, needed in before.items():
        for each in needed:
            behind[each].append(name)
    ready = [(steps[name].rank, number, name) for number, name in enumerate(steps) if not before[name]]
    heapq.heapify(ready)
    found = []
    while ready:
        _, number, name = heapq.heappop(ready)
        found.append(steps[name])
        for other in behind[name]:
            before[other].discard(name)
            if not before[other]:
                heapq.heappush(ready, (steps[other].rank, number + len(steps), other))
    if len(found) < len(steps):
        raise CircleError([steps[name] for name, needed in before.items() if needed])
    return found
