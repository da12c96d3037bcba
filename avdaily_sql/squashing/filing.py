"""The files of a squash put in their places: all of them, or none.

The new pair is written first. As long as the last of the others is still beside it, two files have one number, which
every command refuses: a squash that was killed half-way can be seen, and does nothing.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import UsageError
from avdaily_sql.migrations import content, directives, squashed
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from avdaily_sql.sqltree import MigrationFiles, SqlTree
    from avdaily_sql.squashing.joining import Pair


class Filed(NamedTuple):
    """The files that were written, where the replaced ones are now, and the later files that depended on one."""

    files: tuple[str, ...]
    moved_to: str
    edited: tuple[str, ...]


def require_free(tree: SqlTree, identifier: str) -> None:
    """Refuse an id that was used for a squash before.

    :raises UsageError: there are files of it.
    """
    for path in (squashed.directory_of(tree, identifier), tree.migrations / f"{identifier}.sql"):
        if path.exists():
            raise UsageError(f"{shown(path)} is there already", hint="Give the squash another name: --name WORDS")


def file(tree: SqlTree, new: Pair, replaced: Sequence[MigrationFiles], later: Sequence[MigrationFiles]) -> Filed:
    """Write the pair, move what it replaces into a directory of its own, and name it where one of them was named.

    :raises UsageError: the directory cannot be written to; everything is as it was.
    """
    directory = squashed.directory_of(tree, new.id)
    undo: list[Callable[[], object]] = []
    try:
        _make(directory, undo)
        written = [_write(tree.migrations / f"{new.id}{ending}", joined.text, undo) for ending, joined in new.files]
        edited = _rename_in(later, {pair.id for pair in replaced}, new.id, undo)
        for pair in replaced:
            for path in filter(None, (pair.rollback_path, pair.path)):
                _move(Path(path), directory, undo)
    except BaseException as error:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        if isinstance(error, OSError):
            raise UsageError(
                f"could not write {shown(error.filename or directory)}: {error.strerror}",
                detail="Everything is as it was.",
                hint="Name a directory of your own with --sql-dir DIR.",
            ) from None
        raise
    return Filed(tuple(map(shown, written)), shown(directory), edited)


def _make(directory: Path, undo: list[Callable[[], object]]) -> None:
    for each in (directory.parent, directory):
        if not each.is_dir():
            undo.append(each.rmdir)
            each.mkdir()


def _write(path: Path, text: bytes, undo: list[Callable[[], object]]) -> Path:
    with path.open("xb") as opened:
        undo.append(path.unlink)
        opened.write(text)
    return path


def _move(path: Path, directory: Path, undo: list[Callable[[], object]]) -> None:
    there = directory / path.name
    undo.append(lambda: there.rename(path))
    path.rename(there)


def _rename_in(
    later: Sequence[MigrationFiles], replaced: Collection[str], identifier: str, undo: list[Callable[[], object]]
) -> tuple[str, ...]:
    """Let later files depend on the new one, where they depended on one that it replaces."""
    edited = []
    for pair in later:
        path, old = Path(pair.path), bytes(content.read(pair.path))
        new = _renamed(old, replaced, identifier)
        if new != old:
            undo.append(lambda path=path, old=old: path.write_bytes(old))  # type: ignore[misc]
            path.write_bytes(new)
            edited.append(pair.id)
    return tuple(edited)


def _renamed(text: bytes, replaced: Collection[str], identifier: str) -> bytes:
    for comment in directives.lines(text):
        name, _, value = comment.text.partition(":")
        ids = value.split()
        if name.rstrip() == "depends" and set(ids) & set(replaced):
            kept = dict.fromkeys(identifier if each in replaced else each for each in ids)
            line = f"-- depends: {' '.join(kept)}".encode()
            return (
                text[: comment.start] + line + text[comment.start + len(text[comment.start : comment.end].rstrip()) :]
            )
    return text
