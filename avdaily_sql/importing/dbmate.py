"""dbmate's tree: ``VERSION_name.sql`` with the sections ``-- migrate:up`` and ``-- migrate:down``.

https://github.com/amacneil/dbmate#creating-migrations
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import Foreign, has_statements, read_text
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = re.compile(r"(?P<version>\d+)(?P<name>.*)\.sql", re.ASCII)
_SECTION = re.compile(r"^--[ \t]*migrate:(?P<way>up|down)(?P<options>[^\n]*)$", re.MULTILINE)
_OPTIONS = re.compile(r"(?:\s+transaction:(?P<transaction>true|false))?\s*")


def read(directory: Path) -> Iterator[Foreign]:
    """Yield the migrations of a directory.

    :raises UsageError: a file without ``-- migrate:up``, a section twice, an option that dbmate does not have.
    """
    for path in sorted(directory.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        text = read_text(path)
        up, down, transactional = _sections(path, text)
        yield Foreign(match["version"], match["name"].strip("_"), path.name, up, down, transactional)


def _sections(path: Path, text: str) -> tuple[str, str | None, bool]:
    found: dict[str, str] = {}
    transactional = True
    headings = list(_SECTION.finditer(text))
    for number, heading in enumerate(headings):
        line = text.count("\n", 0, heading.start()) + 1
        options = _OPTIONS.fullmatch(heading["options"])
        if heading["way"] in found or options is None:
            what = "is there twice" if heading["way"] in found else f"has the unknown option{heading['options']}"
            raise UsageError(f"migrate:{heading['way']} {what}", location=Location(shown(path), line, 1))
        transactional = transactional and options["transaction"] != "false"
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        found[heading["way"]] = text[heading.end() : end]
    if "up" not in found:
        raise UsageError("the file has no section -- migrate:up", location=Location(shown(path), 1, 1))
    down = found.get("down")
    return found["up"], down if down is not None and has_statements(down) else None, transactional
