"""golang-migrate's tree: ``VERSION_name.up.sql`` and ``VERSION_name.down.sql``.

https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import (
    Foreign,
    LeftOut,
    files_of,
    has_statements,
    judged,
    needs_no_transaction,
    read_text,
    without_transaction,
)
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The tool takes any ending behind .up and .down: .up.pgsql is read as .up.sql is.
_FILE = re.compile(r"(?P<version>\d+)_(?P<name>.*)\.(?P<way>up|down)\.(?P<ending>.*)", re.ASCII)
_LARGEST_VERSION = 2**64 - 1


def read(directory: Path) -> Iterator[Foreign | LeftOut]:
    """Yield the migrations of a directory; a BEGIN and COMMIT around a whole file is taken off.

    :raises UsageError: a version twice, or a down file without its up file.
    """
    ups: dict[int, tuple[Path, re.Match[str]]] = {}
    downs: dict[int, Path] = {}
    for path in files_of(directory):
        match = _FILE.fullmatch(path.name)
        if match is None or len(match["version"]) > 40 or int(match["version"]) > _LARGEST_VERSION:
            if path.name.lower().endswith(".sql"):
                yield LeftOut(path.name, "golang-migrate does not read such a name")
            continue
        version = int(match["version"])
        if version in (ups if match["way"] == "up" else downs):
            raise UsageError(f"version {version} is there twice", location=Location(shown(path)))
        if match["way"] == "up":
            ups[version] = path, match
        else:
            downs[version] = path
    for version in sorted(downs.keys() - ups.keys()):
        raise UsageError("there is no .up.sql beside it", location=Location(shown(downs[version])))
    for version, (path, match) in sorted(ups.items()):
        text = _text(path)
        down = _text(downs[version]) if version in downs else ""
        yield Foreign(
            match["version"],
            match["name"],
            path.name,
            text,
            down if has_statements(down) else None,
            not needs_no_transaction(text),
            not needs_no_transaction(down),
        )


def _text(path: Path) -> str:
    return judged(path, without_transaction(read_text(path)))
