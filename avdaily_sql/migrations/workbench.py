"""A scratch database in which files are applied, undone and looked at, one by one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avdaily_sql import database, programs, seeds
from avdaily_sql.migrations import backward, dump, forward, repeating
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.scratch import scratch
from avdaily_sql.migrations.subset import subset

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.repeatable import Repeatable
    from avdaily_sql.migrations.scratch import Scratch
    from avdaily_sql.programs import Program
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

_SEEDS_OF = "development"


@dataclass(frozen=True, slots=True)
class Origin:
    """The live database that a scratch one stands for, and the files that build it.

    :param program: the pg_dump for both.
    """

    url: str
    tree: SqlTree
    options: Options
    program: Program
    server_major: int

    def dump(self) -> tuple[dump.Part, ...]:
        """Return the live schema."""
        return dump.take(self.url, self.program, self.options.schema)


def origin(url: str, tree: SqlTree, options: Options, settings: Settings) -> Origin:
    """Return what a scratch database is to be compared with, and the pg_dump that can read both.

    :raises Unsupported: the server is too old, or there is no pg_dump for it.
    """
    with database.connect(url) as conn:
        major = database.require_version(conn)
    return Origin(url, tree, options, programs.find("pg_dump", major, settings, url), major)


class Workbench:
    """One scratch database, and the same few things done to it again and again."""

    def __init__(self, made: Scratch, source: Origin) -> None:
        self._made = made
        self._source = source
        self._options = replace(source.options, agree=None, after_lock=None, steps=1, to=None, numbered_only=True)

    @property
    def url(self) -> str:
        """Return where it is; may hold a password."""
        return self._made.url

    def apply(self, to: str) -> None:
        """Apply the files up to an id.

        :raises Failed: one of them does not run.
        """
        forward.apply(self._made.url, self._source.tree, replace(self._options, to=to))

    def complete(self) -> None:
        """Apply what is pending and the repeatable files.

        :raises Failed: one of them does not run.
        """
        forward.apply(self._made.url, self._source.tree, replace(self._options, numbered_only=False))

    def repeat(self, each: Repeatable) -> None:
        """Apply one repeatable file, whatever was applied before.

        :raises Failed: it does not run.
        """
        with Run(self._made.url, self._source.tree, self._options, Observer()) as run, run.locked() as performer:
            repeating.create_history(performer)
            for operation in repeating.operations(repeating.Judged(chosen=(each,))):
                performer.perform(operation)

    def roll_back(self) -> None:
        """Undo the newest file."""
        backward.rollback(self._made.url, self._source.tree, self._options)

    def renew(self, to: str | None) -> None:
        """Begin again with the files up to an id, without any rows."""
        self._made.renew()
        if to is not None:
            self.apply(to)

    def seed(self) -> None:
        """Put the rows of a developer's database into the tables, if the tree has any."""
        seed(self._made.url, self._source.tree, self._options.schema)

    def dump(self) -> tuple[dump.Part, ...]:
        """Return the schema as it is now."""
        return dump.take(self._made.url, self._source.program, self._options.schema)


def seed(url: str, tree: SqlTree, schema: str) -> None:
    """Put the rows of a developer's database into the tables of a scratch one, if the tree has any."""
    if not any((tree.root / "seeds").rglob("*.sql")):
        return
    if schema != "public":
        url += f"{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
    seeds.seed(url, seeds.list_files(tree, _SEEDS_OF), _SEEDS_OF)


@contextmanager
def workbench(source: Origin, purpose: str, note: Callable[[str], None]) -> Iterator[Workbench]:
    """Give the block an empty scratch database; see :func:`~avdaily_sql.migrations.scratch.scratch`."""
    with scratch(source.url, source.options.schema, purpose, note) as made:
        yield Workbench(made, source)


def build(
    source: Origin,
    identifiers: Sequence[str],
    purpose: str,
    note: Callable[[str], None],
    *,
    repeatable: Collection[str] = (),
) -> tuple[dump.Part, ...]:
    """Return the schema that some of the files build, in the order of their numbers.

    :param identifiers: in that order; between them there may be others, which are left out.
    :param repeatable: the repeatable files that are applied after them.
    """
    with (
        subset(source.tree, identifiers, repeatable) as tree,
        workbench(replace(source, tree=tree), purpose, note) as bench,
    ):
        bench.apply(identifiers[-1])
        if repeatable:
            bench.complete()
        return bench.dump()
