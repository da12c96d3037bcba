"""Row types: immutable named tuples, made at a query's first answer and kept."""

from __future__ import annotations

import re
from collections import namedtuple
from functools import partial
from keyword import iskeyword
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avdaily_sql.queries.definition import Definition

    Columns = tuple[bytes, ...]
    MakeRow = Callable[[Any], Any]

_NOT_WORD = re.compile(r"\W", re.ASCII)
_STATEMENT = re.compile(rb"[(\s]*(?:select|insert|update|delete|merge|with|values)\b", re.IGNORECASE)
_ANY_COLUMNS = re.compile(rb"\*|\btable\b", re.IGNORECASE)


def type_name(query: str) -> str:
    """Return the name of a query's row type: ``get_wallet`` gives ``GetWalletRow``."""
    return "".join(part.capitalize() for part in query.split("_")) + "Row"


def attribute(column: str) -> str:
    """Return the attribute of a column: its own name, or the nearest one that Python can spell."""
    name = _NOT_WORD.sub("_", column)
    if iskeyword(name):
        return f"{name}_"
    return f"f{name}" if not name or name[0] in "_0123456789" else name


class Rows:
    """Makes the rows of one query.

    The columns of a statement without ``*`` are fixed by its text, so their names are read once; else they are compared
    with every answer, because a changed table must not put a value under another column's name.
    """

    __slots__ = ("_columns", "_fixed", "_make", "_query")

    def __init__(self, definition: Definition) -> None:
        self._query = definition.name
        self._fixed = _fixes_columns(definition.sql)
        self._columns: Columns | None = None
        self._make: MakeRow = tuple

    def factory(self, cursor: Any) -> MakeRow:
        """Return what makes a row of a tuple; psycopg asks once for each answer."""
        if self._fixed and self._columns is not None:
            return self._make
        answer = cursor.pgresult
        if answer is None or not answer.nfields:
            return tuple
        columns = tuple(answer.fname(index) for index in range(answer.nfields))
        if columns != self._columns:
            self._make = row_maker(self._query, (column.decode() for column in columns))
            self._columns = columns
        return self._make


def row_maker(query: str, columns: Iterable[str]) -> MakeRow:
    """Return a callable that turns a tuple of values into the query's named tuple.

    :raises psycopg.ProgrammingError: two columns would be one attribute.
    """
    names = [attribute(column) for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise psycopg.ProgrammingError(f"query {query} returns more than one column {twice[0]}; give each its own name")
    # Faster than the type's own _make, which is one more Python call for each row.
    return partial(tuple.__new__, _row_type(type_name(query), names))


def _row_type(name: str, names: list[str]) -> type[Any]:
    made = namedtuple(name, names, module=__name__)  # type: ignore[misc]
    attributes: Any = made
    attributes.__reduce__ = _reduce
    return made


def _reduce(row: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return restore, (type(row).__name__, row._fields, tuple(row))


def restore(name: str, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """Return a row from its parts: a row can be pickled though its type was made by an answer."""
    return _row_type(name, list(names))._make(values)


def _fixes_columns(sql: bytes) -> bool:
    return _STATEMENT.match(sql) is not None and _ANY_COLUMNS.search(sql) is None


def first_column(_: Any) -> MakeRow:
    """Make the value of the first column out of each row: the row factory of a scalar."""
    return _first


_first = itemgetter(0)
