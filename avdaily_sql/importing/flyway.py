"""Flyway's tree: ``V1_2__name.sql``, its undo ``U1_2__name.sql``, repeatable ``R__name.sql``.

https://documentation.red-gate.com/fd/migrations-184127470.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import Foreign, needs_no_transaction, read_text
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = re.compile(r"(?P<kind>[VUBR])(?P<version>[0-9._]*?)__(?P<name>.+)\.sql", re.ASCII)
_PLACEHOLDER = re.compile(r"\$\{[^}\n]+\}")


def read(directory: Path) -> Iterator[Foreign]:
    """Yield the migrations of a directory and the directories below it, repeatable ones last.

    :raises UsageError: Java or a placeholder, which only Flyway can fill; a version twice; a baseline file.
    """
    undo: dict[tuple[int, ...], str] = {}
    found: dict[tuple[int, ...], tuple[Path, re.Match[str]]] = {}
    repeatable: list[tuple[Path, re.Match[str]]] = []
    for path in sorted(directory.rglob("*")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            if re.fullmatch(r"[VUR][^/]*__[^/]*\.(?:java|class)", path.name):
                raise UsageError("a migration in Java has no SQL to take over", location=Location(shown(path)))
            continue
        version = tuple(int(part) for part in re.split(r"[._]", match["version"]) if part)
        if match["kind"] == "B":
            raise UsageError("a baseline file stands for others: take those over", location=Location(shown(path)))
        if match["kind"] == "R":
            repeatable.append((path, match))
        elif match["kind"] == "U":
            undo[version] = _text(path)
        elif version in found:
            raise UsageError(f"version {match['version']} is there twice", location=Location(shown(path)))
        else:
            found[version] = path, match
    for version, (path, match) in sorted(found.items()):
        text = _text(path)
        plain = not needs_no_transaction(text)
        yield Foreign(match["version"], match["name"], path.name, text, undo.get(version), plain)
    for path, match in sorted(repeatable, key=lambda each: each[1]["name"]):
        yield Foreign("", match["name"], path.name, _text(path), None, repeatable=True)


def _text(path: Path) -> str:
    text = read_text(path)
    placeholder = _PLACEHOLDER.search(text)
    if placeholder:
        before = text[: placeholder.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise UsageError(
            f"the placeholder {placeholder[0]} is filled by Flyway",
            hint="Write its value into a copy of the tree, and take over that.",
            location=Location(shown(path), line, column, text.splitlines()[line - 1]),
        )
    return text
