"""The live database against what the files build: histories first, then the schemas, object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Drift
from avdaily_sql.migrations import comparison, dump, repeating, squashed
from avdaily_sql.migrations.comparison import Comparison
from avdaily_sql.migrations.dump import Difference
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.run import Run

if TYPE_CHECKING:
    from avdaily_sql.migrations.dump import Part
    from avdaily_sql.migrations.repeatable import Standing
    from avdaily_sql.migrations.workbench import Origin

# What an administrator adds to a database around our schema, and no file of ours could know of.
_ADMINISTRATORS = frozenset({"EXTENSION", "PUBLICATION", "PUBLICATION TABLE", "SUBSCRIPTION"})


class Live(NamedTuple):
    """What the live database holds.

    :param applied: the ids that the history has, in the order of the files.
    :param repeatable: how each repeatable file stands.
    :param problems: where history and files contradict each other.
    """

    database: str
    applied: tuple[str, ...]
    problems: tuple[Difference, ...]
    schema: tuple[Part, ...]
    repeatable: tuple[Standing, ...]

    @property
    def outdated(self) -> tuple[str, ...]:
        """Return the repeatable files whose live objects have another text than the files."""
        return tuple(standing.id for standing in self.repeatable if standing.state == "outdated")


def look(source: Origin) -> Live:
    """Return what there is, and how it contradicts the files by its history alone.

    :raises Drift: the history itself cannot be understood.
    """
    with Run(source.url, source.tree, source.options, Observer()) as run:
        compared = squashed.compare(source.tree, sqltree.list_migrations(source.tree), run.read_history())
        name = run.facts.database
        again = repeating.look(run)
    return Live(name, squashed.standing_for(compared), tuple(_problems(compared)), source.dump(), again)


def _problems(compared: Comparison) -> list[Difference]:
    found = [
        Difference(entry.id, "-- applied in part; its last statements are not there yet")
        for entry in compared.in_state("partial")
    ]
    for entry in compared.in_state("changed", "missing"):
        try:
            comparison.require_agreement(Comparison((entry,)))
        except Drift as drift:
            found.append(Difference(entry.id, f"-- {drift.message}"))
    return found


def compare(
    built: tuple[Part, ...], there: tuple[Part, ...], schema: str
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return the differences between what the files build and what is there, and remarks on what is not compared.

    Schemas of which the files know nothing, and what administrators add to a database, are only remarked.
    """
    ours = {part.schema for part in built} | {schema, "-"}
    known = {part.object for part in built}
    foreign = {part.schema for part in there} - ours
    added = {part.object for part in there if part.type in _ADMINISTRATORS} - known
    kept = tuple(
        part
        for part in there
        if part.schema not in foreign
        and part.object not in added
        and not (part.type == "SCHEMA" and part.name in foreign)
        and not _is_about(part, foreign, added)
    )
    remarks = [f"schema {name} is not compared: the files know nothing of it" for name in sorted(foreign)]
    remarks += [f"{name} is not compared: no file made it" for name in sorted(added)]
    return tuple(dump.differences(built, kept)), tuple(remarks)


def _is_about(part: Part, foreign: set[str], added: set[str]) -> bool:
    """Tell whether a comment or a grant belongs to something that is not compared."""
    if part.type not in {"COMMENT", "ACL"} or part.schema != "-":
        return False
    return part.name in added or part.name in {f"SCHEMA {name}" for name in foreign}
