"""Flyway's tree: ``V1_2__name.sql``, its undo ``U1_2__name.sql``, repeatable ``R__name.sql``, ``NAME.sql.conf``.

https://documentation.red-gate.com/fd/migrations-184127470.html
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.importing.foreign import (
    Foreign,
    LeftOut,
    judged,
    needs_no_transaction,
    read_text,
    walked,
    without_transaction,
)
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# V1.sql needs no words; where there are any, two underscores stand before them.
_FILE = re.compile(
    r"(?:(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)|(?P<repeatable>R))(?:__(?P<name>.*))?\.sql", re.ASCII | re.DOTALL
)
_CALLBACK = re.compile(r"(?:(?:before|after)[A-Z][A-Za-z]*|createSchema)(?:__.*)?\.sql", re.DOTALL)
_PROGRAM = re.compile(r"(?:[VUB]\d[\d._]*|R)(?:__.*)?\.(?P<ending>java|class|kt|groovy|sh|bash|ps1|bat|cmd|py)")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_IN_COMMENT = re.compile(r"\A(?:[ \t]*--[^\n]*\n|\s*\n)*?[ \t]*--[ \t]*flyway:executeInTransaction=false\b")

_BOOLEANS = {"true": True, "false": False}
_Key = TypeVar("_Key")


class _Settings(NamedTuple):
    """What ``NAME.sql.conf`` says of one file."""

    in_transaction: bool = True
    encoding: str = "utf-8"
    placeholders: bool = True


class _Script(NamedTuple):
    path: Path
    version: str
    name: str
    text: str
    transactional: bool


def read(directory: Path) -> Iterator[Foreign | LeftOut]:
    """Yield the migrations of a directory and the directories below it, repeatable ones last.

    :raises UsageError: Java or a placeholder, which only Flyway can fill; a version twice; a baseline file; a setting
        that nothing here can follow.
    """
    versioned: dict[tuple[int, ...], _Script] = {}
    undo: dict[tuple[int, ...], _Script] = {}
    repeatable: dict[str, _Script] = {}
    for path in walked(directory):
        match = _FILE.fullmatch(path.name)
        if match is None:
            yield from _left_out(path)
        elif match["kind"] == "B":
            raise UsageError("a baseline file stands for others: take those over", location=Location(shown(path)))
        elif match["repeatable"]:
            # Flyway names them by their words, and runs them in the order of these.
            _add(repeatable, (match["name"] or "").replace("_", " "), _script(path, match))
        else:
            _add(versioned if match["kind"] == "V" else undo, _number(match["version"]), _script(path, match))
    for version, script in sorted(versioned.items()):
        back = undo.pop(version, None)
        yield Foreign(
            script.version,
            script.name,
            script.path.name,
            script.text,
            back and back.text,
            script.transactional,
            back is None or back.transactional,
        )
    for _, script in sorted(undo.items()):
        yield LeftOut(script.path.name, "it undoes a version that is not there")
    for _, script in sorted(repeatable.items()):
        if needs_no_transaction(script.text):
            raise UsageError(
                "a repeatable file always runs in one transaction, and this one cannot",
                hint="Make a versioned file of it in a copy of the tree, and take over that.",
                location=Location(shown(script.path)),
            )
        yield Foreign("", script.name, script.path.name, script.text, None, repeatable=True)


def _number(version: str) -> tuple[int, ...]:
    """Return what Flyway compares: 1, 1.0 and 01 are one version."""
    parts = [int(part) for part in re.split(r"[._]", version)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _add(found: dict[_Key, _Script], key: _Key, script: _Script) -> None:
    if key in found:
        what = f"version {script.version}" if script.version else f'"{key}"'
        raise UsageError(
            f"{what} is there twice", detail=f"Also in {found[key].path.name}.", location=Location(shown(script.path))
        )
    found[key] = script


def _left_out(path: Path) -> Iterator[LeftOut]:
    program = _PROGRAM.fullmatch(path.name)
    if program:
        language = "Java" if program["ending"] in {"java", "class"} else program["ending"]
        raise UsageError(f"a migration in {language} has no SQL to take over", location=Location(shown(path)))
    if _CALLBACK.fullmatch(path.name):
        yield LeftOut(path.name, "it is a callback, which Flyway runs beside the migrations")
    elif path.name.lower().endswith(".sql"):
        yield LeftOut(path.name, "Flyway does not read such a name")


def _script(path: Path, match: re.Match[str]) -> _Script:
    settings = _settings(path.with_name(f"{path.name}.conf"))
    text = read_text(path, settings.encoding)
    placeholder = _PLACEHOLDER.search(text) if settings.placeholders else None
    if placeholder:
        before = text[: placeholder.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise UsageError(
            f"the placeholder {' '.join(placeholder[0].split())} is filled by Flyway",
            hint="Write its value into a copy of the tree, and take over that.",
            location=Location(shown(path), line, column, text.splitlines()[line - 1]),
        )
    body = judged(path, without_transaction(text))
    asked = settings.in_transaction and _IN_COMMENT.match(text) is None
    # Its own BEGIN and COMMIT made one transaction of it, whatever Flyway was told.
    transactional = (asked or body != text) and not needs_no_transaction(body)
    return _Script(path, match["version"] or "", match["name"] or "", body, transactional)


def _settings(path: Path) -> _Settings:
    """Return what the file beside a script says; without one Flyway's defaults.

    :raises UsageError: a setting that is unknown, or that only Flyway can follow.
    """
    if not path.exists():
        return _Settings()
    settings = _Settings()
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, _, value = (part.strip() for part in line.partition("="))
        try:
            settings = _with(settings, key, value)
        except (LookupError, ValueError):
            raise UsageError(
                f"the setting {key}={value} is one that only Flyway can follow",
                hint="Settle it in a copy of the tree, and take over that.",
                location=Location(shown(path), number, 1, line),
            ) from None
    return settings


def _with(settings: _Settings, key: str, value: str) -> _Settings:
    if key == "encoding":
        return settings._replace(encoding=codecs.lookup(value).name)
    if key == "executeInTransaction":
        return settings._replace(in_transaction=_BOOLEANS[value])
    if key == "placeholderReplacement":
        return settings._replace(placeholders=_BOOLEANS[value])
    if key == "outputQueryResults" or (key, value) == ("shouldExecute", "true"):
        return settings
    raise ValueError(key)
