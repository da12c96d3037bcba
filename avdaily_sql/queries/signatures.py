"""Real functions out of query definitions: signature, docstring, and the SQL file as the place of their code.

Nothing is compiled for each query: a function of so many parameters is made once and takes on other names.
"""

from __future__ import annotations

from functools import cache
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from avdaily_sql.queries.calling import CALLS, Query
from avdaily_sql.queries.definition import Operator

if TYPE_CHECKING:
    from avdaily_sql.queries.definition import Definition

_NO_CALLS: dict[Query, Any] = {}
_UNITS_PER_ENTRY = 8


def make_function(definition: Definition) -> Any:
    """Return the function that calls a query; one that lists rows has another one, ``stream``."""
    query = Query(definition)
    function = _function(query, "")
    function.definition = definition
    function.sql = definition.sql.decode()
    if definition.operator is Operator.many:
        function.stream = _function(query, ".stream")
    return function


def _function(query: Query, method: str) -> Any:
    definition = query.definition
    bulk = definition.operator is Operator.bulk
    parameters = ("rows",) if bulk else definition.parameters
    template = _template(len(parameters), method, bulk)
    code = template.replace(
        co_name=definition.name,
        co_qualname=definition.name + method,
        co_filename=definition.path,
        co_firstlineno=definition.name_line,
        co_varnames=("conn", *parameters),
    )
    cells = {"query": query, "connect": query.connect, "no_calls": _NO_CALLS}
    closure = tuple(CellType(cells[name]) for name in code.co_freevars)
    function: Any = FunctionType(code, globals(), definition.name, None, closure)
    function.__qualname__ = code.co_qualname
    function.__module__ = __package__
    function.__doc__ = definition.document
    return function


@cache
def _template(count: int, method: str, bulk: bool) -> CodeType:  # noqa: FBT001 (part of a cache's key)
    """Return the code of a function of so many parameters; how it finds its call is what each call costs."""
    names = [f"p{number}" for number in range(count)]
    arguments = names[0] if bulk else f"({' '.join(f'{name},' for name in names)})"
    source = (
        f"lambda query, connect, no_calls: lambda {', '.join(['conn', *names])}: "
        f"(getattr(conn, {CALLS!r}, no_calls).get(query) or connect(conn)){method}({arguments})"
    )
    code: CodeType = eval(source)(None, None, None).__code__  # noqa: S307 (made of numbers and our own constants)
    return code.replace(co_linetable=_one_line(code))


def _one_line(code: CodeType) -> bytes:
    """Return a table that puts every instruction on the code's first line, without columns.

    https://github.com/python/cpython/blob/3.11/Objects/locations.md
    """
    units = len(code.co_code) // 2
    lengths = [min(_UNITS_PER_ENTRY, units - done) for done in range(0, units, _UNITS_PER_ENTRY)]
    return b"".join(bytes((0x80 | 13 << 3 | length - 1, 0)) for length in lengths)
