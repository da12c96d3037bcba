"""What makes one schema another: statements in order, questions for a person, and what SQL has no way for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.drafting import granting, renames
from avdaily_sql.drafting.comparison import Comparison
from avdaily_sql.drafting.ordering import CircleError, ordered
from avdaily_sql.drafting.steps import RANKS, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.drafting.items import Catalog


class Script(NamedTuple):
    """One direction of a draft.

    :param blocks: statements that belong together, in order; the rights are the last block.
    :param questions: what a person has to decide, such as whether it was a rename.
    :param refusals: what SQL has no way for, or has none that keeps rows.
    :param losses: what is gone with the rows in it.
    """

    blocks: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    refusals: tuple[str, ...]
    losses: tuple[str, ...]
    summary: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do, and nothing was refused."""
        return not self.blocks and not self.refusals


def difference(old: Catalog, new: Catalog) -> Script:
    """Return what has to be run where ``old`` is, to have what ``new`` has."""
    found = Comparison(old, new)
    # The fewer constraints are written into CREATE TABLE, the fewer circles there are.
    for merge in (frozenset("puxcf"), frozenset("puxc"), frozenset()):
        try:
            return _script(found, merge)
        except CircleError as error:
            circle = error
    return Script((), (), (f"these need each other in a circle: {circle}",), (), ())


def _script(found: Comparison, merge: frozenset[str]) -> Script:
    blocks = [tuple(step.statements) for step in ordered(steps(found, merge)) if step.statements]
    return Script(
        tuple(blocks) + _rights(found),
        tuple(renames.questions(found.old, found.new, found.gone, found.come)),
        tuple(found.refusals),
        tuple(_losses(found)),
        tuple(_summary(found)),
    )


def _rights(found: Comparison) -> tuple[tuple[str, ...], ...]:
    statements: list[str] = []
    for key, item in sorted(found.new.items.items(), key=lambda pair: (RANKS[pair[0].kind], pair[1].order)):
        if found.is_created(key):
            statements += granting.rights_of_new(item, found.new, found.old)
        elif key.kind != "default privileges":
            one = found.old.items[key]
            replaced = key in found.altered and key in found.replaced
            statements += (
                granting.rights_of_new(item, found.new, found.old)
                if replaced
                else granting.rights_changed(one, item, found.new)
            )
    return (tuple(statements),) if statements else ()


def _losses(found: Comparison) -> Iterator[str]:
    for key in sorted(found.gone):
        item = found.old.items[key]
        if key.kind == "table":
            yield f"the rows of {key.name}"
        if key.kind == "column" and item.on not in found.gone and not item.facts["generated"]:
            yield f"the values of {key.name}"


def _summary(found: Comparison) -> Iterator[str]:
    parts = {"column", "view column", "default", "constraint", "default privileges"}
    for verb, keys in (("new", found.come), ("gone", found.gone)):
        for key in sorted(keys):
            catalog = found.new if verb == "new" else found.old
            if key.kind in parts and catalog.items[key].on in keys:
                continue
            if key.kind not in {"view column", "default privileges"}:
                yield f"{verb} {key}"
    for key in sorted(found.both):
        if not found.old.items[key].says_the_same(found.new.items[key]):
            yield f"changed {key}"
