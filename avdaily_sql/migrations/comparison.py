"""Files against history: which migrations are applied, pending, changed, missing. Opens no connection."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import Drift, Location, UsageError
from avdaily_sql.migrations import content
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avdaily_sql.migrations.files import Migration
    from avdaily_sql.migrations.history import History, Record
    from avdaily_sql.sqltree import MigrationFiles


class Entry(NamedTuple):
    """One migration in files, history or both, and what follows from the two.

    ``renamed_to``: of a missing one, the id of a new file with the same content.
    """

    id: str
    state: str
    files: MigrationFiles | None
    record: Record | None
    renamed_to: str | None = None


class Comparison(NamedTuple):
    """Every migration, in the order of the numbers."""

    entries: tuple[Entry, ...]

    def in_state(self, *states: str) -> list[Entry]:
        """Return the entries in any of these states."""
        return [entry for entry in self.entries if entry.state in states]

    @property
    def pairs(self) -> tuple[MigrationFiles, ...]:
        """Return the pairs of files that count for the database."""
        return tuple(entry.files for entry in self.entries if entry.files)

    @property
    def applied(self) -> list[Entry]:
        """Return what the history has, in whatever state the files are."""
        return [entry for entry in self.entries if entry.record is not None]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return a line for each file whose text was edited without a change of its meaning."""
        return tuple(
            f"{entry.id} was edited since it was applied: comments, white space or keyword case only"
            for entry in self.in_state("cosmetic")
        )


def compare(files: Sequence[MigrationFiles], history: History) -> Comparison:
    """Judge every migration by its file and its record; reads each applied file once.

    :raises UsageError: a file cannot be read.
    """
    records = {record.id: record for record in history.records}
    replaced = {identifier for pair in files for identifier in pair.replaces}
    partial = {row.id for row in history.progress}
    entries = []
    for pair in files:
        record = records.pop(pair.id, None)
        state = "pending" if record is None else _state(pair, record)
        entries.append(Entry(pair.id, "partial" if pair.id in partial else state, pair, record))
    # A replaced file need not be kept where it is applied already.
    gone = [
        Entry(record.id, "applied" if record.id in replaced else "missing", None, record) for record in records.values()
    ]
    gone += [
        Entry(identifier, "missing", None, None) for identifier in partial - {entry.id for entry in [*entries, *gone]}
    ]
    if gone:
        entries = sorted([*entries, *_with_new_names(gone, entries)], key=_place)
    return Comparison(tuple(entries))


def _state(pair: MigrationFiles, record: Record) -> str:
    text = content.read(pair.path)
    # As it was applied, byte for byte; what needs no normalising needs no lexer, which takes its time to import.
    if hashlib.sha256(text).hexdigest() == record.raw_checksum:
        return "applied"
    from avdaily_sql import sqltext

    if sqltext.raw_checksum(text) == record.raw_checksum:
        return "applied"
    try:
        same = sqltext.token_checksum(text) == record.token_checksum
    except sqltext.SqlTextError:
        # It was SQL when it was applied, and is no more.
        same = False
    return "cosmetic" if same else "changed"


def _with_new_names(gone: Iterable[Entry], entries: Iterable[Entry]) -> Iterable[Entry]:
    from avdaily_sql import sqltext

    gone = list(gone)
    if all(entry.state == "applied" for entry in gone):
        yield from gone
        return
    new = {
        sqltext.raw_checksum(content.read(entry.files.path)): entry.id
        for entry in entries
        if entry.state == "pending" and entry.files is not None
    }
    for entry in gone:
        checksum = entry.record.raw_checksum if entry.record else None
        yield entry._replace(renamed_to=new.get(checksum or ""))


def _place(entry: Entry) -> tuple[int, bool, str]:
    """Return what entries are sorted by: a squashed one stands behind those that it replaces."""
    number, identifier = _sort_key(entry.id)
    return number, bool(entry.files and entry.files.replaces), identifier


def _sort_key(identifier: str) -> tuple[int, str]:
    number = identifier.partition(".")[0]
    return (int(number) if number.isdecimal() else 0, identifier)


def resolve(wanted: str, identifiers: Iterable[str]) -> str:
    """Return the full id that a person means: the id itself, or its number.

    :raises UsageError: there is none.
    """
    known = list(identifiers)
    if wanted in known:
        return wanted
    if wanted.isdecimal():
        found = [identifier for identifier in known if _sort_key(identifier)[0] == int(wanted)]
        if found:
            # A squashed one has the number of the last that it replaces, and stands behind it.
            return found[-1]
    if wanted.startswith("-"):
        # The option behind it was taken for its value.
        raise UsageError(
            f'--to needs the id of a migration, or its number, and was given "{wanted}"',
            hint=f"Write it as: --to ID {wanted}",
        )
    raise UsageError(f'no migration "{wanted}"', hint="List them with: avdaily-sql status")


def require_agreement(comparison: Comparison) -> None:
    """Refuse to go on while files and history contradict each other.

    :raises Drift: an applied file was changed, renamed or removed, or a new one stands before applied ones.
    """
    problems = [_problem(entry) for entry in comparison.in_state("changed", "missing")]
    if problems:
        first = comparison.in_state("changed", "missing")[0]
        raise Drift(
            problems[0] if len(problems) == 1 else f"{len(problems)} applied migrations do not agree with their files",
            detail="; ".join(problems) + ". Nothing was applied." if len(problems) > 1 else "Nothing was applied.",
            hint="Put the files back as they were applied; a change goes into a new migration.",
            location=Location(shown(first.files.path)) if first.files else None,
        )


def _problem(entry: Entry) -> str:
    if entry.state == "changed":
        if entry.record is not None and entry.record.token_checksum is None:
            return f"{entry.id} was marked as applied by another program: its checksum is not known"
        return f"{entry.id} was changed after it was applied"
    if entry.renamed_to:
        return f"{entry.id} was renamed to {entry.renamed_to} after it was applied"
    if entry.record is None:
        return f"{entry.id} was applied in part, and its file is missing"
    return f"{entry.id} is applied, and its file is missing"


def require_order(comparison: Comparison, chosen: Iterable[Migration]) -> None:
    """Refuse a pending migration with a number below an applied one, unless its header allows it.

    :raises Drift: its author could not know what it would run after.
    """
    newest = max(
        (entry for entry in comparison.applied if entry.files), key=lambda entry: _sort_key(entry.id), default=None
    )
    if newest is None or newest.files is None:
        return
    for migration in chosen:
        if migration.files.replaces:
            continue
        if migration.files.number < newest.files.number and not migration.forward.directives.out_of_order:
            raise Drift(
                f"{migration.id} is new, and {newest.id} is already applied",
                detail="Nothing was applied.",
                hint="Give it the next number, or say in its header: -- out-of-order: true",
                location=Location(shown(migration.files.path)),
            )
