"""golang-migrate's tree: ``VERSION_name.up.sql`` and ``VERSION_name.down.sql``.

https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import Foreign, has_statements, needs_no_transaction, read_text, without_transaction
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = re.compile(r"(?P<version>\d+)_(?P<name>.*)\.(?P<way>up|down)\.sql", re.ASCII)


def read(directory: Path) -> Iterator[Foreign]:
    """Yield the migrations of a directory; a BEGIN and COMMIT around a whole file is taken off.

    :raises UsageError: a version twice, or a down file without its up file.
    """
    ups: dict[int, tuple[Path, re.Match[str]]] = {}
    downs: dict[int, Path] = {}
    for path in sorted(directory.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        version = int(match["version"])
        if version in (ups if match["way"] == "up" else downs):
            raise UsageError(f"version {version} is there twice", location=Location(shown(path)))
        if match["way"] == "up":
            ups[version] = path, match
        else:
            downs[version] = path
    for version in downs.keys() - ups.keys():
        raise UsageError("there is no .up.sql beside it", location=Location(shown(downs[version])))
    for version, (path, match) in sorted(ups.items()):
        text = without_transaction(read_text(path))
        down = without_transaction(read_text(downs[version])) if version in downs else ""
        yield Foreign(
            match["version"],
            match["name"],
            path.name,
            text,
            down if has_statements(down) else None,
            not needs_no_transaction(text),
        )
