"""Squashed migrations: one pair in the place of many, whose own files stay in ``squashed/ID/`` beside it.

An empty database runs the one. A database that has some of the many goes on with them, and then the one is marked in
their place: see :mod:`~avdaily_sql.migrations.succession`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import Drift, Location
from avdaily_sql.migrations import comparison
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from avdaily_sql.migrations.comparison import Comparison
    from avdaily_sql.migrations.history import History
    from avdaily_sql.sqltree import MigrationFiles, SqlTree

DIRECTORY = "squashed"


def directory_of(tree: SqlTree, identifier: str) -> Path:
    """Return where the files are that a squashed one replaces."""
    return tree.migrations / DIRECTORY / identifier


def compare(tree: SqlTree, pairs: Sequence[MigrationFiles], found: History) -> Comparison:
    """Judge the migrations that count for one database: the replaced ones are among them if it has any of those.

    Headers are read only where the history names what is no file of the tree; else it costs nothing.

    :param pairs: those that the tree lists.
    :raises Drift: a replaced file is to be applied, and it is gone.
    :raises UsageError: a file cannot be read, or is bad.
    """
    return comparison.compare(_for_database(tree, pairs, found), found)


def _for_database(tree: SqlTree, pairs: Sequence[MigrationFiles], found: History) -> tuple[MigrationFiles, ...]:
    recorded = {record.id for record in found.records} | {row.id for row in found.progress}
    if recorded <= {pair.id for pair in pairs}:
        return tuple(pairs)
    return tuple(each for pair in pairs for each in _unfolded(tree, pair, recorded))


def _unfolded(tree: SqlTree, pair: MigrationFiles, recorded: Collection[str]) -> tuple[MigrationFiles, ...]:
    """Return a pair, behind those that it replaces if the database has any of them; a replaced one may be squashed."""
    replaced = () if pair.id in recorded else _replaced_by(pair)
    if not replaced:
        return (pair,)
    kept = {each.id: each for each in _kept(tree, pair.id)}
    before = [
        each for identifier in replaced if identifier in kept for each in _unfolded(tree, kept[identifier], recorded)
    ]
    if not any(each.id in recorded for each in before) and not any(each in recorded for each in replaced):
        return (pair,)
    for identifier in replaced:
        if identifier not in kept and identifier not in recorded:
            raise Drift(
                f"{identifier} is not applied here, and its file is gone: {pair.id} replaces it",
                detail="A database that has some of the replaced files goes on with the others. Nothing was applied.",
                hint=f"Put {shown(directory_of(tree, pair.id))} back as it was.",
                location=Location(shown(pair.path)),
            )
    return (*before, pair._replace(replaces=replaced))


def _replaced_by(pair: MigrationFiles) -> tuple[str, ...]:
    from avdaily_sql.migrations.files import SqlFile

    return SqlFile(pair.path).directives.replaces


def _kept(tree: SqlTree, identifier: str) -> tuple[MigrationFiles, ...]:
    directory = directory_of(tree, identifier)
    return sqltree.list_pairs(tree, directory) if directory.is_dir() else ()


def every_pair(tree: SqlTree) -> Iterator[MigrationFiles]:
    """Yield all pairs, those that were replaced as well.

    :raises UsageError: a directory cannot be read, or a name is wrong.
    """
    yield from sqltree.list_migrations(tree)
    directory = tree.migrations / DIRECTORY
    for each in sorted(directory.iterdir()) if directory.is_dir() else ():
        if each.is_dir() and not each.name.startswith("."):
            yield from sqltree.list_pairs(tree, each)


def standing_for(compared: Comparison) -> tuple[str, ...]:
    """Return the applied ids with files, a squashed one in the place of all that it replaces if all of them are there.

    That is what the schema is built from, whether or not the mark has been made already.
    """
    applied: dict[str, bool] = {}
    for entry in compared.entries:
        replaces = entry.files.replaces if entry.files else ()
        if replaces and all(identifier in applied for identifier in replaces):
            for identifier in replaces:
                del applied[identifier]
            applied[entry.id] = True
        elif entry.record is not None:
            applied[entry.id] = entry.files is not None
    return tuple(identifier for identifier, has_files in applied.items() if has_files)
