"""Reads a query file: aiosql's format, and every mistake in it with its line."""

from __future__ import annotations

import re
from keyword import kwlist
from typing import TYPE_CHECKING

from avdaily_sql.errors import Location, UsageError
from avdaily_sql.queries.definition import Definition, Operator, Placeholder
from avdaily_sql.queries.directives import read_comments
from avdaily_sql.queries.native import compile_native
from avdaily_sql.sqltext import SqlTextError, check_encoding, line_at, parameters, position, statements
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.sqltext import Parameter

# Two patterns, because one that may also begin with nothing is tried at every byte.
_FIRST_NAME = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*--[ \t]*name[ \t]*:[ \t]*([^\r\n]*)")
_NEXT_NAME = re.compile(rb"[\r\n][ \t]*--[ \t]*name[ \t]*:[ \t]*([^\r\n]*)")
_HEADING = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?:\((?P<parameters>[^()]*)\))?\s*(?P<operator>\S*)", re.ASCII)
_COMMENT_LINES = re.compile(rb"(?:\r\n|[\r\n])(?:[ \t]*--[^\r\n]*(?:\r\n|[\r\n]|\Z)|[ \t]*(?:\r\n|[\r\n]))*")
_IN_LIST = re.compile(rb"\b(not\s+)?in\s*\(\s*\Z", re.IGNORECASE)
_CLOSING = re.compile(rb"\s*\)")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SEPARATOR = re.compile(r"\s*,\s*")
# The first argument of every function is called conn.
_RESERVED = frozenset({*kwlist, "conn"})
# Between IN ( and a parameter stands at most some white space.
_BEFORE = 40
_OPERATORS = {operator.value: operator for operator in Operator}


def parse(text: bytes, path: str) -> list[Definition]:
    """Return the queries of one file, in its order.

    :param path: the file's name as errors and tracebacks show it.
    :raises UsageError: the first mistake of the file, with line and column.
    """
    try:
        return list(_definitions(text, path))
    except SqlTextError as error:
        raise _located(text, path, error) from None


def _located(text: bytes, path: str, error: SqlTextError) -> UsageError:
    line, column = position(text, error.offset)
    where = Location(shown(path), line, column, line_at(text, error.offset))
    return UsageError(error.message, detail=error.detail, hint=error.hint, location=where)


def _definitions(text: bytes, path: str) -> Iterator[Definition]:
    check_encoding(text)
    first = _FIRST_NAME.match(text)
    headings = [*([first] if first else []), *_NEXT_NAME.finditer(text)]
    _refuse_text_before(text, headings[0].start() if headings else len(text))
    line, counted = 1, 0
    for index, heading in enumerate(headings):
        line += _line_breaks(text, counted, heading.start(1))
        counted = heading.start(1)
        end = headings[index + 1].start() if index + 1 < len(headings) else len(text)
        yield _Block(text, path, line, heading).read(end)


def _refuse_text_before(text: bytes, end: int) -> None:
    before = statements(text[:end])
    if before:
        raise SqlTextError(
            "there is SQL before the first name", before[0].start, hint="Write above it: -- name: get_something(id)^"
        )


def _line_breaks(text: bytes, start: int, end: int) -> int:
    breaks = text.count(b"\n", start, end)
    returns = text.count(b"\r", start, end)
    return breaks + (returns - text.count(b"\r\n", start, end) if returns else 0)


class _Block:
    """One query's part of a file, from its name to the next one."""

    def __init__(self, text: bytes, path: str, line: int, heading: re.Match[bytes]) -> None:
        self.text = text
        self.path = path
        self.line = line
        self.heading = heading
        self.at = heading.start(1)

    def read(self, end: int) -> Definition:
        """Return the query.

        :raises SqlTextError: it is wrong; the offset is one of the whole file.
        """
        heading, at = self.heading, self.at
        name, declared, operator = _heading(heading[1], at)
        comments = _COMMENT_LINES.match(self.text, heading.end())
        first = comments.end() if comments else heading.end()
        document, directives = read_comments(self.text[heading.end() : first], operator, at)
        start, stop = self._statement(name, operator, first, end)
        sql = self.text[start:stop]
        used = _used(sql, start)
        names = _agree(name, declared, used, (at, start))
        if used and operator is Operator.script:
            raise SqlTextError(
                "a script (#) cannot have parameters",
                start + used[0].start,
                hint="Write each of its statements as a query of its own.",
            )
        numbers = {parameter: number for number, parameter in enumerate(names, 1)}
        placeholders = tuple([Placeholder(first, last, numbers[use]) for use, first, last in used])
        return Definition(
            name,
            operator,
            names,
            document,
            self.path,
            self.line,
            self.line + _line_breaks(self.text, at, start),
            _column(self.text, start),
            sql,
            placeholders,
            compile_native(sql, placeholders, name),
            directives,
        )

    def _statement(self, name: str, operator: Operator, first: int, end: int) -> tuple[int, int]:
        try:
            found = statements(self.text[first:end])
        except SqlTextError as error:
            error.offset += first
            raise
        if not found:
            raise SqlTextError(f"query {name} is empty", self.at, hint="Write one statement under its name.")
        for statement in found:
            if statement.copy is not None:
                raise SqlTextError(
                    "COPY FROM STDIN cannot be a query", first + statement.start, hint="Use psycopg's cursor.copy()."
                )
        if len(found) > 1 and operator is not Operator.script:
            raise SqlTextError(
                f"query {name} has {len(found)} statements; it must have one",
                first + found[1].start,
                hint=f"Give the second one its own name, or make it a script: -- name: {name}#",
            )
        return first + found[0].start, first + found[-1].end


def _heading(text: bytes, offset: int) -> tuple[str, tuple[str, ...] | None, Operator]:
    heading = text.decode().strip()
    match = _HEADING.fullmatch(heading)
    if match is None:
        raise SqlTextError(f'"{heading}" is no name of a query', offset, hint="Write: -- name: get_something(id)^")
    name, sign = match["name"], match["operator"]
    if sign not in _OPERATORS:
        raise SqlTextError(
            f'query {name} has the unknown operator "{sign}"', offset, hint="Use one of ^ $ ! <! *! # or none."
        )
    if name in _RESERVED or name.startswith("_"):
        raise SqlTextError(
            f'"{name}" cannot be the name of a function', offset, hint="Choose a name that begins with a verb."
        )
    listed = match["parameters"]
    if listed is None:
        return name, None, _OPERATORS[sign]
    words = _SEPARATOR.split(listed.strip()) if listed and not listed.isspace() else []
    for index, word in enumerate(words):
        if _NAME.fullmatch(word) is None:
            raise SqlTextError(
                f'query {name} declares "{word}", which is no name', offset, hint="Write: -- name: get_something(id)^"
            )
        if word in words[:index]:
            raise SqlTextError(f"query {name} declares {word} twice", offset, hint="Declare it once.")
        if word in _RESERVED:
            _refuse_reserved(word, offset)
    return name, tuple(words), _OPERATORS[sign]


def _refuse_reserved(parameter: str, offset: int) -> None:
    if parameter in _RESERVED:
        owner = "is the connection itself" if parameter == "conn" else "is a keyword of Python"
        raise SqlTextError(f"the parameter {parameter} {owner}", offset, hint="Choose another name for it.")


def _used(sql: bytes, start: int) -> list[Parameter]:
    try:
        used = parameters(sql)
    except SqlTextError as error:
        error.offset += start
        raise
    for use in used:
        match = _CLOSING.match(sql, use.end) and _IN_LIST.search(sql, max(0, use.start - _BEFORE), use.start)
        if match:
            better = f"<> ALL(:{use.name})" if match[1] else f"= ANY(:{use.name})"
            raise SqlTextError(
                f"IN (:{use.name}) takes one value, not a list", start + use.start, hint=f"Write {better}."
            )
    return used


def _agree(
    name: str, declared: tuple[str, ...] | None, used: list[Parameter], offsets: tuple[int, int]
) -> tuple[str, ...]:
    """Return the parameters in the order of the signature; what is declared and what is used must be the same.

    :param offsets: of the heading and of the statement.
    """
    heading, start = offsets
    names = tuple(dict.fromkeys([use.name for use in used]))
    if declared is not None and len(names) == len(declared) and set(names) == set(declared):
        return declared
    for word, first, _ in used:
        if declared is None:
            _refuse_reserved(word, start + first)
        elif word not in declared:
            raise SqlTextError(
                f"query {name} uses :{word}, which it does not declare",
                start + first,
                hint=f"Declare it: -- name: {name}({', '.join([*declared, word])})",
            )
    if declared is None:
        return names
    for word in declared:
        if word not in names:
            raise SqlTextError(
                f"query {name} declares {word} and does not use it",
                heading,
                hint=f"Remove it, or write :{word} where its value belongs.",
            )
    return declared


def _column(text: bytes, offset: int) -> int:
    first = max(text.rfind(b"\n", 0, offset), text.rfind(b"\r", 0, offset)) + 1
    return len(text[first:offset].decode()) + 1 if first < offset else 1
