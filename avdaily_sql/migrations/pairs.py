"""Pairs proven in a scratch database: each file up, down with rows in the tables, and up again; the dumps decide.

All files go up first, so that the seeds find their tables, and come down newest first. Where a file says that it is
irreversible, the files before it are proven first, without seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql.errors import AvDailyError
from avdaily_sql.migrations import dump, files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from avdaily_sql.migrations.dump import Part
    from avdaily_sql.migrations.files import Migration
    from avdaily_sql.migrations.workbench import Workbench
    from avdaily_sql.sqltree import MigrationFiles

Schema = tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """One pair: ``difference`` says what is wrong with it, as SQL-looking lines or as the error of its rollback."""

    id: str
    ok: bool
    difference: str | None = None


def load(pairs: Sequence[MigrationFiles]) -> tuple[Migration, ...]:
    """Return all pairs, read and judged.

    :raises UsageError: one of them would be refused by ``apply``.
    """
    return tuple(files.load(pair, {other.id for other in pairs if other.number < pair.number}) for pair in pairs)


class Proof:
    """Proves the pairs of a tree; ``built`` has the schema after each file, by id."""

    def __init__(self, bench: Workbench, migrations: Sequence[Migration], progress: Callable[[str], None]) -> None:
        self._bench = bench
        self._migrations = migrations
        self._progress = progress
        self._verdicts: dict[str, PairVerdict] = {}
        self.built: dict[str, Schema] = {}
        self.empty: Schema = ()

    def run(self) -> tuple[PairVerdict, ...]:
        """Return a verdict on every pair, in order; afterwards the scratch database has all files.

        :raises Failed: a file does not run even the first time.
        """
        self.empty = self._bench.dump()
        start: str | None = None
        for segment in self._segments():
            self._prove(start, segment)
            start = segment[-1].id
        return tuple(self._verdicts[migration.id] for migration in self._migrations)

    def _segments(self) -> Iterator[list[Migration]]:
        """Yield the migrations up to and with each irreversible one, then those behind the last."""
        segment: list[Migration] = []
        for migration in self._migrations:
            segment.append(migration)
            if migration.backward is None:
                yield segment
                segment = []
        if segment:
            yield segment

    def _prove(self, start: str | None, segment: list[Migration]) -> None:
        """:param start: the id that is applied already, None for an empty database."""
        reversible = [migration for migration in segment if migration.backward is not None]
        for migration in reversible:
            self._go_up(migration)
        if segment[-1] is self._migrations[-1] and reversible == segment:
            self._progress("seeds")
            self._bench.seed()
        for number, migration in reversed(list(enumerate(reversible))):
            self._go_down(migration, reversible[number - 1].id if number else start)
        self._go_up_again(start, reversible)
        for migration in segment[len(reversible) :]:
            self._go_up(migration)
            self._verdicts[migration.id] = PairVerdict(migration.id, ok=True)

    def _go_up(self, migration: Migration) -> None:
        self._progress(f"up {migration.id}")
        self._bench.apply(migration.id)
        self.built[migration.id] = self._bench.dump()

    def _go_down(self, migration: Migration, before: str | None) -> None:
        self._progress(f"down {migration.id}")
        difference = self._undo(migration, before) or self._repeat(migration)
        self._verdicts[migration.id] = PairVerdict(migration.id, not difference, difference or None)
        if difference:
            # What it left behind must not be laid at the door of the files before it.
            self._bench.renew(before)

    def _undo(self, migration: Migration, before: str | None) -> str:
        """Return what its rollback did not bring back as it was."""
        try:
            self._bench.roll_back()
        except AvDailyError as error:
            return _failed(migration, error)
        return dump.text_of(dump.differences(self._schema(before), self._bench.dump()))

    def _repeat(self, migration: Migration) -> str:
        """Return why it cannot be applied and undone once more, with the rows that the others still have."""
        try:
            self._bench.apply(migration.id)
            self._bench.roll_back()
        except AvDailyError as error:
            return _failed(migration, error, "the second time: ")
        return ""

    def _go_up_again(self, start: str | None, reversible: list[Migration]) -> None:
        if not reversible:
            return
        self._progress("up again")
        last = reversible[-1].id
        try:
            self._bench.apply(last)
            if self._bench.dump() == self.built[last]:
                return
        except AvDailyError:
            pass  # one by one it will be seen which file it was
        self._blame(start, reversible)

    def _blame(self, start: str | None, reversible: list[Migration]) -> None:
        """Find the file that does not do the same a second time, by going back and looking after each file."""
        self._bench.renew(start)
        for migration in reversible:
            difference = self._second_time(migration)
            if difference and self._verdicts[migration.id].ok:
                self._verdicts[migration.id] = PairVerdict(migration.id, ok=False, difference=difference)
        self._bench.renew(reversible[-1].id)

    def _second_time(self, migration: Migration) -> str:
        """Return what is different when one file is applied, undone and applied again."""
        try:
            self._bench.apply(migration.id)
            self._bench.roll_back()
            self._bench.apply(migration.id)
        except AvDailyError as error:
            difference = _failed(migration, error, "the second time: ")
        else:
            difference = dump.text_of(dump.differences(self.built[migration.id], self._bench.dump()))
        if difference:
            self._bench.renew(migration.id)
        return difference

    def _schema(self, identifier: str | None) -> Schema:
        return self.empty if identifier is None else self.built[identifier]


def _failed(migration: Migration, error: AvDailyError, when: str = "") -> str:
    return f"-- {error.location or migration.id}: {when}{error.message}"
