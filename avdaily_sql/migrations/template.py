"""``new``: the next pair of files with the header filled in, for a person to write the SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from avdaily_sql.sqltree import SqlTree

_FORWARD = """\
-- {id}: what is true afterwards, in one line
-- Why: the reason, which the SQL cannot say
-- Locks: which tables, how strong, how long
-- Runtime: milliseconds, or how it grows with the rows
-- Rollback: what it undoes, and what it cannot bring back
{depends}
"""
_BACKWARD = "-- {id}: what is true after the rollback, in one line\n\n"


@dataclass(frozen=True, slots=True)
class DraftResult:
    """The two files that were written."""

    files: tuple[str, ...]


def draft(tree: SqlTree, name: str) -> DraftResult:
    """Write the next migration and its rollback file, with comments only: ``apply`` refuses them until both have SQL.

    :param name: lower-case words joined by hyphens, such as ``add-wallet-notes``.
    :raises UsageError: another kind of name, or the directory cannot be written to.
    """
    identifier, previous = sqltree.next_id(tree, name)
    depends = f"-- depends: {previous}\n" if previous else ""
    text = _FORWARD.format(id=identifier, depends=depends)
    return DraftResult(write(tree, identifier, text, _BACKWARD.format(id=identifier)))


def write(tree: SqlTree, identifier: str, forward_text: str, backward_text: str) -> tuple[str, str]:
    """Write a pair of files, or neither; return their paths as they are shown.

    :raises UsageError: the directory cannot be written to, or one of them is there.
    """
    forward = tree.migrations / f"{identifier}.sql"
    backward = tree.migrations / f"{identifier}.rollback.sql"
    _write(backward, backward_text)
    try:
        _write(forward, forward_text)
    except UsageError:
        backward.unlink()
        raise
    return sqltree.shown(forward), sqltree.shown(backward)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"could not write {sqltree.shown(path)}: {error.strerror}",
            hint="Name a directory of your own with --sql-dir DIR.",
        ) from None
