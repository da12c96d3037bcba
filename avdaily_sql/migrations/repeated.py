"""Repeatable files proven in a scratch database: applied behind all others, and once more without any change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import AvDailyError
from avdaily_sql.migrations import dump, repeatable
from avdaily_sql.migrations.pairs import PairVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avdaily_sql.migrations.repeatable import Repeatable
    from avdaily_sql.migrations.workbench import Workbench
    from avdaily_sql.sqltree import SqlTree


class Proven(NamedTuple):
    """The verdict on each file, the files in their order, and the objects that each made or changed."""

    verdicts: tuple[PairVerdict, ...]
    files: tuple[Repeatable, ...]
    objects: dict[str, tuple[str, ...]]

    def made_by(self, identifiers: Iterable[str]) -> dict[str, str]:
        """Return the objects of some files, each with the name of its file."""
        names = {each.id: str(each) for each in self.files}
        return {name: names[identifier] for identifier in identifiers for name in self.objects[identifier]}

    def with_dependencies(self, identifiers: Iterable[str]) -> frozenset[str]:
        """Return some files and all that they depend on."""
        wanted = set(identifiers)
        # Backwards, a file comes before all that it depends on.
        for each in reversed(self.files):
            if each.id in wanted:
                wanted.update(each.file.directives.depends)
        return frozenset(wanted)


def prove(bench: Workbench, tree: SqlTree, progress: Callable[[str], None]) -> Proven:
    """Apply each file twice to a database that has all numbered files, and look after each time.

    :raises UsageError: a file is bad.
    :raises Failed: a file does not run even the first time.
    """
    files = repeatable.load(repeatable.list_files(tree))
    verdicts, objects = [], {}
    before = bench.dump() if files else ()
    for each in files:
        progress(f"up {each}")
        bench.repeat(each)
        once = bench.dump()
        objects[each.id] = tuple(difference.object for difference in dump.differences(before, once))
        try:
            bench.repeat(each)
            before = bench.dump()
            difference = dump.text_of(dump.differences(once, before))
        except AvDailyError as error:
            before = once
            difference = f"-- {error.location or each}: the second time: {error.message}"
        verdicts.append(PairVerdict(str(each), not difference, difference or None))
    return Proven(tuple(verdicts), files, objects)
