"""A directory of query files as one object: each query a function, each file a namespace."""

from __future__ import annotations

import difflib
import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.queries.parsing import parse
from avdaily_sql.queries.signatures import make_function
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from avdaily_sql.queries.definition import Definition

# What the module of the package's own queries has besides them.
_RESERVED = frozenset({"load"})


class Library:
    """The queries of one directory: ``library.get_wallet`` and ``library.wallets.get_wallet`` are the same function."""

    def __init__(self, functions: Mapping[str, Any], directory: Path) -> None:
        self.__dict__.update(_by_domain(functions))
        self.__dict__.update(functions)
        self._functions = functions
        self._directory = directory

    def __iter__(self) -> Iterator[Any]:
        return iter(self._functions.values())

    def __len__(self) -> int:
        return len(self._functions)

    def __getattr__(self, name: str) -> Any:
        close = difflib.get_close_matches(name, vars(self), n=1)
        raise AttributeError(f"no query {name}" + (f"; there is {close[0]}" if close else ""))


def _by_domain(functions: Mapping[str, Any]) -> dict[str, SimpleNamespace]:
    found: dict[str, SimpleNamespace] = {}
    for name, function in functions.items():
        vars(found.setdefault(function.definition.domain, SimpleNamespace()))[name] = function
    return found


def read_library(directory: Path) -> Library:
    """Return the queries of all ``*.sql`` files of a directory.

    :raises UsageError: no such directory, no query in it, or the first mistake in its files, with its line.
    """
    return Library({found.name: make_function(found) for found in read_definitions(directory)}, directory)


def read_definitions(directory: Path) -> list[Definition]:
    """Return what stands in all ``*.sql`` files of a directory, in the order of files and lines.

    :raises UsageError: as for :func:`read_library`.
    """
    found: dict[str, Definition] = {}
    for path in _files(directory):
        for definition in read_file(path):
            _refuse_taken(definition, found.get(definition.name))
            found[definition.name] = definition
    domains = {definition.domain for definition in found.values()}
    for definition in found.values():
        if definition.name in domains:
            raise UsageError(f"{definition.name} is the name of a file and of a query", location=definition.location)
    return list(found.values())


def _files(directory: Path) -> list[Path]:
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".sql" and not path.name.startswith("."))
    except OSError as error:
        raise UsageError(f"could not read {shown(directory)}: {error.strerror}") from None
    if not files:
        raise UsageError(
            f"no query files in {shown(directory)}", hint="Write one: queries.sql with -- name: get_something(id)^"
        )
    return files


def read_file(path: Path) -> list[Definition]:
    """Return the queries of one file.

    :raises UsageError: it cannot be read, its name is no identifier, or the first mistake in it.
    """
    if not path.stem.isidentifier():
        raise UsageError(
            f'"{path.name}" cannot be a namespace in Python',
            hint="Name the file with letters, digits and _ only.",
            location=Location(shown(path)),
        )
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None
    return parse(text, str(path.absolute()))


def _refuse_taken(definition: Definition, other: Definition | None) -> None:
    if definition.name in _RESERVED:
        raise UsageError(f"the name {definition.name} is taken by the module", location=definition.location)
    if other is not None:
        raise UsageError(
            f"two queries have the name {definition.name}",
            detail=f"The other one is at {other.location}.",
            location=definition.location,
        )


class ReloadingLibrary:
    """The same for development: when a file has changed, all are read again before the next call."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamps = _stamps(directory)
        self._library = read_library(directory)

    def _current(self) -> Library:
        stamps = _stamps(self._directory)
        if stamps != self._stamps:
            self._library = read_library(self._directory)
            self._stamps = stamps
        return self._library

    def __iter__(self) -> Iterator[Any]:
        return (self._follow(function) for function in self._current())

    def __len__(self) -> int:
        return len(self._current())

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._current(), name)
        if isinstance(found, SimpleNamespace):
            return SimpleNamespace(**{key: self._follow(function) for key, function in vars(found).items()})
        return self._follow(found)

    def _follow(self, function: Any) -> Any:
        """Return a function that calls the newest one of this name, also after it was imported elsewhere."""

        @functools.wraps(function)
        def follow(*arguments: Any, **named: Any) -> Any:
            return getattr(self._current(), function.__name__)(*arguments, **named)

        if hasattr(function, "stream"):

            @functools.wraps(function.stream)
            def stream(*arguments: Any, **named: Any) -> Any:
                return getattr(self._current(), function.__name__).stream(*arguments, **named)

            vars(follow)["stream"] = stream
        return follow


def _stamps(directory: Path) -> list[tuple[Path, int, int]]:
    found = [(path, path.stat()) for path in _files(directory)]
    return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in found]
