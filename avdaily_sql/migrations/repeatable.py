"""Repeatable files (``migrations/repeatable/NAME.sql``): views and functions, applied again when their text changes.

They are listed, read and judged here; :mod:`avdaily_sql.migrations.repeating` runs them. Opens no connection.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.sqltree import SqlTree

DIRECTORY = "repeatable"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
_LONGEST_NAME = 200


class RepeatableFile(NamedTuple):
    """One file; its id is its name without ``.sql``."""

    id: str
    path: str


class Repetition(NamedTuple):
    """What the history says of one file: the newest row of its name."""

    id: str
    operation: str
    raw_checksum: str | None
    applied_at: datetime
    duration_ms: int | None
    os_user: str
    host: str


class Standing(NamedTuple):
    """One repeatable file as files and history see it.

    ``state``: ``applied``; ``pending``, never applied; ``outdated``, its text has changed or a rollback went behind it;
    ``removed``, its file is gone and its objects may still be there.
    """

    id: str
    state: str
    file: RepeatableFile | None
    record: Repetition | None


class Repeatable(NamedTuple):
    """One file, read and judged."""

    id: str
    file: SqlFile

    def __str__(self) -> str:
        """Return how it is named beside numbered ones."""
        return f"{DIRECTORY}/{self.id}"


def list_files(tree: SqlTree) -> tuple[RepeatableFile, ...]:
    """Return the repeatable files of a tree by name; most trees have none.

    :raises UsageError: the directory cannot be read, or a name is wrong.
    """
    try:
        entries = list(sqltree.sql_entries(tree, tree.migrations / DIRECTORY))
    except FileNotFoundError:
        return ()
    return tuple(sorted(RepeatableFile(_id_of(entry), entry.path) for entry in entries))


def _id_of(entry: os.DirEntry[str]) -> str:
    from avdaily_sql.migrations import directives

    identifier = entry.name.removesuffix(".sql")
    if identifier.endswith(".rollback"):
        raise _bad_name(entry.path, "is no repeatable file: it has no rollback; a new migration drops what it made")
    if (
        not entry.is_file()
        or not entry.name.endswith(".sql")
        or not _NAME.fullmatch(identifier)
        or len(identifier) > _LONGEST_NAME
        or identifier in directives.NAMES
    ):
        raise _bad_name(entry.path, "is no repeatable file's name")
    return identifier


def _bad_name(path: str, problem: str) -> UsageError:
    return UsageError(
        f'"{os.path.basename(path)}" {problem}',  # noqa: PTH119 (a string, as scandir gives it)
        detail="Repeatable files are named by what they make, such as wallet-totals.sql.",
        hint="Rename it, or move it out of the directory.",
        location=Location(shown(path)),
    )


def judge(files: Sequence[RepeatableFile], records: Mapping[str, Repetition]) -> tuple[Standing, ...]:
    """Return how each file stands, by name; reads each applied file once.

    :raises UsageError: a file cannot be read.
    """
    standings = [Standing(file.id, _state(file, records.get(file.id)), file, records.get(file.id)) for file in files]
    known = {file.id for file in files}
    standings += [
        Standing(record.id, "removed", None, record)
        for record in records.values()
        if record.id not in known and record.operation != "remove"
    ]
    return tuple(sorted(standings, key=lambda standing: standing.id))


def _state(file: RepeatableFile, record: Repetition | None) -> str:
    if record is None or record.operation == "remove":
        return "pending"
    if record.operation == "outdate":
        return "outdated"
    from avdaily_sql.migrations import content

    text = content.read(file.path)
    if hashlib.sha256(text).hexdigest() == record.raw_checksum:
        return "applied"
    from avdaily_sql import sqltext

    return "applied" if sqltext.raw_checksum(text) == record.raw_checksum else "outdated"


def load(files: Iterable[RepeatableFile]) -> tuple[Repeatable, ...]:
    """Return the files read and judged, in the order in which they are run: behind those they depend on, then by name.

    :raises UsageError: a file is bad, or depends on one that is not there, or on itself by way of others.
    """
    read = {file.id: Repeatable(file.id, read_file(file)) for file in files}
    waits_for = {}
    for each in read.values():
        for wanted in each.file.directives.depends:
            if wanted not in read:
                hint = f"Name a file of {DIRECTORY}/ without .sql; they all run behind the numbered files."
                raise _at_depends(each.file, f'it depends on "{wanted}", which is no repeatable file', hint)
        waits_for[each.id] = set(each.file.directives.depends)
    return tuple(read[identifier] for identifier in _in_order(waits_for, read))


def read_file(file: RepeatableFile) -> SqlFile:
    """Return one file, read and judged by itself.

    :raises UsageError: it is bad, or its first line does not have its name.
    """
    from avdaily_sql.migrations import directives, files

    return files.SqlFile(file.path, directives.REPEATABLE_NAMES, title=file.id)


def _in_order(waits_for: dict[str, set[str]], read: Mapping[str, Repeatable]) -> list[str]:
    waiting = {identifier: set(others) for identifier, others in waits_for.items()}
    ready = [identifier for identifier, others in waiting.items() if not others]
    heapq.heapify(ready)
    ordered = []
    while ready:
        identifier = heapq.heappop(ready)
        ordered.append(identifier)
        for other, others in waiting.items():
            if identifier in others:
                others.remove(identifier)
                if not others:
                    heapq.heappush(ready, other)
    if len(ordered) < len(waiting):
        circle = _circle({identifier: others for identifier, others in waiting.items() if others})
        path = " → ".join([*circle, circle[0]])
        raise _at_depends(read[circle[0]].file, f"it depends on itself: {path}", "Remove one of these depends lines.")
    return ordered


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """Return ids of which each depends on the next, and the last on the first; the first by name comes first."""
    path = [min(waiting)]
    while (following := min(waiting[path[-1]])) not in path:
        path.append(following)
    circle = path[path.index(following) :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]


def _at_depends(file: SqlFile, message: str, hint: str) -> UsageError:
    from avdaily_sql import sqltext

    comment = next(found for found in sqltext.comments(file.text) if found.text.startswith("depends"))
    return file.error(message, comment.start, hint=hint)
