"""Writes the type stub of a library: every query with its parameters, rows and documentation, for both connections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.rows import attribute, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avdaily_sql.queries.described import DescribedQuery, Parameter

_HEAD = '''"""Written by `avdaily-sql queries stubs` from the SQL files and a migrated database; do not edit."""
'''
_LINE = 120
# What the stub may name, and where it comes from.
_IMPORTS = {
    "collections.abc": ("AsyncIterator", "Awaitable", "Iterable", "Iterator"),
    "datetime": ("date as _date", "datetime as _datetime", "time as _time", "timedelta as _timedelta"),
    "decimal": ("Decimal",),
    "ipaddress": ("IPv4Address", "IPv4Interface", "IPv6Address", "IPv6Interface"),
    "os": ("PathLike",),
    "pathlib": ("Path",),
    "typing": ("Any", "Final", "NamedTuple", "TypedDict", "overload"),
    "uuid": ("UUID",),
    "psycopg": ("AsyncConnection", "Connection"),
    "psycopg.types.json": ("Json", "Jsonb"),
    "avdaily_sql.queries.library": ("Library", "ReloadingLibrary"),
}
# The package's own stub also has what the module has besides its queries.
OWN_MODULE = """
def load(directory: str | PathLike[str], *, reload: bool | None = None) -> Library | ReloadingLibrary: ...
def own_directory() -> Path: ...
"""


def write_stub(described: Iterable[DescribedQuery], module: str = "") -> str:
    """Return the text of a ``.pyi`` file for a library.

    :param module: declarations of what the module has besides the queries.
    """
    queries = list(described)
    body = "\n".join([module, *("\n".join(_query(query)) for query in queries), *_domains(queries)])
    return f"{_HEAD}\n{_imports(body)}\n{body}\n"


def _imports(body: str) -> str:
    words = set(re.findall(r"\w+", re.sub(r'"""(?:.|\n)*?"""', "", body)))
    lines = []
    for source, names in _IMPORTS.items():
        used = [name for name in names if name.rpartition(" ")[2] in words]
        if used:
            lines.append(f"from {source} import {', '.join(used)}")
    return "\n".join(lines)


def _query(query: DescribedQuery) -> Iterator[str]:
    """Yield the lines of one query: its row, the type of its function, and the function."""
    definition = query.definition
    row = type_name(definition.name)
    yield ""
    if definition.operator in {Operator.many, Operator.one, Operator.returning}:
        yield f"class {row}(NamedTuple):"
        for column in query.columns:
            # A column may hide one of the two methods that every tuple has.
            kind = _optional(column.type.result, not column.not_null)
            yield f"    {attribute(column.name)}: {kind}{_hiding(column.name)}"
        yield ""
    if definition.operator is Operator.bulk:
        yield f"class {_rows_type(definition.name)}(TypedDict):"
        for parameter in query.parameters:
            yield f"    {parameter.name}: {_taken(parameter)}"
        yield ""
    # The path as it is in the repository, so that the stub is the same wherever it is written.
    yield f"class _{row.removesuffix('Row')}:  # sql/queries/{definition.domain}.sql:{definition.name_line}"
    yield "    __name__: str"
    yield "    sql: str"
    yield from _calls(query, "__call__", _answer(query), definition.document)
    if definition.operator is Operator.many:
        yield from _calls(query, "stream", None, f"{definition.document}\n\nYields the rows as they arrive.")
    yield ""
    yield f"{definition.name}: Final[_{row.removesuffix('Row')}]"


def _hiding(column: str) -> str:
    return "  # type: ignore[assignment]  # pyright: ignore" if column in {"count", "index"} else ""


def _optional(name: str, may_be_null: bool) -> str:  # noqa: FBT001 (it is the question itself)
    # A column called date would hide the type of the same name from the columns behind it.
    safe = re.sub(r"\b(?=(?:date|datetime|time|timedelta)\b)", "_", name)
    return safe if safe == "Any" or not may_be_null else f"{safe} | None"


def _taken(parameter: Parameter) -> str:
    return _optional(parameter.type.parameter, parameter.may_be_null)


def _rows_type(name: str) -> str:
    return type_name(name).removesuffix("Row") + "Parameters"


def _answer(query: DescribedQuery) -> str:
    """Return what a call gives."""
    definition = query.definition
    row = type_name(definition.name)
    always = definition.directives.exactly_one or query.gives_one_row
    if definition.operator in {Operator.one, Operator.returning}:
        return row if always else f"{row} | None"
    if definition.operator is Operator.scalar:
        first = query.columns[0]
        return _optional(first.type.result, not (always and first.not_null))
    if definition.operator is Operator.many:
        return f"list[{row}]"
    return "None" if definition.operator is Operator.script else "int"


def _calls(query: DescribedQuery, name: str, answer: str | None, document: str) -> Iterator[str]:
    """Yield the two overloads of a call; without an answer it is a stream."""
    row = type_name(query.definition.name)
    kinds = (
        ("Connection", answer or f"Iterator[{row}]"),
        ("AsyncConnection", f"Awaitable[{answer}]" if answer else f"AsyncIterator[{row}]"),
    )
    for connection, result in kinds:
        yield "    @overload"
        yield from _signature(name, ["self", f"conn: {connection}[Any]", *_arguments(query)], result)
        yield from _docstring(document)


def _signature(name: str, arguments: list[str], result: str) -> Iterator[str]:
    line = f"    def {name}({', '.join(arguments)}) -> {result}:"
    if len(line) <= _LINE:
        yield line
        return
    yield f"    def {name}("
    yield from (f"        {argument}," for argument in arguments)
    yield f"    ) -> {result}:"


def _arguments(query: DescribedQuery) -> Iterator[str]:
    if query.definition.operator is Operator.bulk:
        values = ", ".join(_taken(parameter) for parameter in query.parameters)
        yield f"rows: Iterable[{_rows_type(query.definition.name)} | tuple[{values}]]"
    else:
        for parameter in query.parameters:
            yield f"{parameter.name}: {_taken(parameter)}"


def _docstring(document: str) -> Iterator[str]:
    text = document.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    if not text:
        yield "        ..."
        return
    lines = text.splitlines()
    if len(lines) == 1:
        yield f'        """{text}"""'
        return
    yield f'        """{lines[0]}'
    yield from (f"        {line}".rstrip() for line in lines[1:])
    yield '        """'


def _domains(queries: list[DescribedQuery]) -> Iterator[str]:
    """Yield a namespace for each file."""
    names: dict[str, list[str]] = {}
    for query in queries:
        names.setdefault(query.definition.domain, []).append(query.definition.name)
    for domain, functions in names.items():
        yield f"\nclass _{domain.capitalize()}Domain:"
        for name in functions:
            yield f"    {name}: Final[_{type_name(name).removesuffix('Row')}]"
        yield f"\n{domain}: Final[_{domain.capitalize()}Domain]"
