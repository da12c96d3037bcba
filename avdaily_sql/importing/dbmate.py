"""dbmate's tree: ``VERSION_name.sql`` with the sections ``-- migrate:up`` and ``-- migrate:down``.

https://github.com/amacneil/dbmate#creating-migrations
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import (
    Foreign,
    LeftOut,
    files_of,
    has_statements,
    judged,
    read_text,
    without_transaction,
)
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = re.compile(r"(?P<version>\d+)(?P<name>.*)\.sql", re.ASCII)
_SECTION = re.compile(r"^--[ \t]*migrate:(?P<way>up|down)(?P<options>(?:[ \t][^\r\n]*)?)\r?$", re.MULTILINE)
_OPTIONS = re.compile(r"(?:\s+transaction:(?P<transaction>true|false))?\s*")


class _Section(NamedTuple):
    text: str
    transactional: bool


_NO_SECTION = _Section("", transactional=True)


def read(directory: Path) -> Iterator[Foreign | LeftOut]:
    """Yield the migrations of a directory, by the names of their files, which is the order in which dbmate runs them.

    :raises UsageError: a file without ``-- migrate:up``, a section twice, an option that dbmate does not have, SQL
        before the first section, a version twice.
    """
    versions: set[str] = set()
    for path in files_of(directory):
        match = _FILE.fullmatch(path.name)
        if match is None:
            if path.name.lower().endswith(".sql"):
                yield LeftOut(path.name, "dbmate does not read such a name")
            continue
        if match["version"] in versions:
            raise UsageError(f"version {match['version']} is there twice", location=Location(shown(path)))
        versions.add(match["version"])
        found = _sections(path, read_text(path))
        up, down = found["up"], found.get("down", _NO_SECTION)
        yield Foreign(
            match["version"],
            match["name"].strip("_"),
            path.name,
            up.text,
            down.text if has_statements(down.text) else None,
            up.transactional,
            down.transactional,
        )


def _sections(path: Path, text: str) -> dict[str, _Section]:
    found: dict[str, _Section] = {}
    headings = list(_SECTION.finditer(text))
    for number, heading in enumerate(headings):
        line = text.count("\n", 0, heading.start()) + 1
        options = _OPTIONS.fullmatch(heading["options"])
        if heading["way"] in found or options is None:
            what = "is there twice" if heading["way"] in found else f"has the unknown option{heading['options']}"
            raise UsageError(f"migrate:{heading['way']} {what}", location=Location(shown(path), line, 1))
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        inner = text[heading.end() : end]
        body = judged(path, without_transaction(inner), line - 1)
        # Its own BEGIN and COMMIT made one transaction of it, whatever dbmate was told.
        found[heading["way"]] = _Section(body, options["transaction"] != "false" or body != inner)
    if "up" not in found:
        raise UsageError("the file has no section -- migrate:up", location=Location(shown(path), 1, 1))
    if has_statements(judged(path, text[: headings[0].start()])):
        raise UsageError("statements before the section -- migrate:up", location=Location(shown(path), 1, 1))
    return found
