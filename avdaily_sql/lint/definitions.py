"""What a CREATE TABLE or ALTER TABLE says of columns and constraints; only as much of it as the rules need. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.lint.tokens import after, closing, parts, qualified, starts_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.lint.tokens import Token

_ENDS_TYPE = frozenset(
    "CONSTRAINT NOT NULL DEFAULT CHECK UNIQUE PRIMARY REFERENCES GENERATED COLLATE STORAGE COMPRESSION USING".split()  # noqa: SIM905
)
_KINDS = {"PRIMARY": "PRIMARY KEY", "UNIQUE": "UNIQUE", "CHECK": "CHECK", "REFERENCES": "FOREIGN KEY"}


class Constraint(NamedTuple):
    """One constraint; ``name`` is None when the server is to make one up, ``columns`` are those it stands on.

    ``taken``: of ``UNIQUE USING INDEX``, the index that it takes over.
    """

    kind: str
    name: str | None
    columns: tuple[str, ...]
    start: int
    taken: str | None = None


class Column(NamedTuple):
    """One column's type as it is spelt, in upper case, and where it begins."""

    name: str
    type: str
    start: int


class TableChange(NamedTuple):
    """What one statement adds to a table; a column whose type is changed counts as one that is added."""

    table: str
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    actions: tuple[tuple[Token, ...], ...] = ()


def created_table(found: Sequence[Token]) -> TableChange | None:
    """Return what a CREATE TABLE defines; None for any other statement, and for a temporary table."""
    at = after(found, ("CREATE",), ("UNLOGGED",))
    if not starts_with(found, "TABLE", at=at):
        return None
    table, at = qualified(found, after(found, ("TABLE",), ("IF", "NOT", "EXISTS"), at=at))
    if starts_with(found, "PARTITION", "OF", at=at):
        at = qualified(found, at + 2)[1]
    if not starts_with(found, "(", at=at):
        return TableChange(table, (), ())
    return _elements(table, parts(found[at + 1 : closing(found, at)]))


def altered_table(found: Sequence[Token]) -> TableChange | None:
    """Return what an ALTER TABLE adds, and all of its actions; None for any other statement."""
    if not starts_with(found, "ALTER", "TABLE"):
        return None
    table, at = qualified(found, after(found, ("ALTER", "TABLE"), ("IF", "EXISTS"), ("ONLY",)))
    actions = parts(found[at:])
    added = [element for action in actions if (element := _added(action))]
    change = _elements(table, added)
    return change._replace(actions=tuple(tuple(action) for action in actions))


def _added(action: Sequence[Token]) -> Sequence[Token]:
    if action[0].key == "ADD":
        return action[after(action, ("ADD",), ("COLUMN",), ("IF", "NOT", "EXISTS")) :]
    if action[0].key == "ALTER":
        at = after(action, ("ALTER",), ("COLUMN",))
        place = after(action, ("SET", "DATA"), at=at + 1)
        if starts_with(action, "TYPE", at=place):
            return [action[at], *action[place + 1 :]]
    return ()


def _elements(table: str, elements: Sequence[Sequence[Token]]) -> TableChange:
    columns: list[Column] = []
    constraints: list[Constraint] = []
    for element in elements:
        own = table_constraint(element)
        if own is not None:
            constraints.append(own)
        elif element[0].key != "LIKE":
            columns.append(_column(element))
            constraints += column_constraints(element, element[0].name)
    return TableChange(table, tuple(columns), tuple(constraints))


def table_constraint(element: Sequence[Token]) -> Constraint | None:
    """Return the constraint that an element of a table is, None when it is a column."""
    name, at = (element[1].name, 2) if starts_with(element, "CONSTRAINT") and len(element) > 2 else (None, 0)
    start = element[0].start
    rest = element[at:]
    if starts_with(rest, "FOREIGN", "KEY", "("):
        return Constraint("FOREIGN KEY", name, _names(rest, 2), start)
    if starts_with(rest, "EXCLUDE", "USING") or starts_with(rest, "EXCLUDE", "("):
        return Constraint("EXCLUDE", name, (), start)
    if starts_with(rest, "CHECK", "("):
        return Constraint("CHECK", name, (), start)
    if starts_with(rest, "PRIMARY", "KEY") or starts_with(rest, "UNIQUE"):
        kind = _KINDS[rest[0].key]
        at = after(rest, ("PRIMARY", "KEY"), ("UNIQUE",), ("NULLS", "NOT", "DISTINCT"), ("NULLS", "DISTINCT"))
        if starts_with(rest, "USING", "INDEX", at=at) and len(rest) > at + 2:
            return Constraint(kind, name, (), start, rest[at + 2].name)
        return Constraint(kind, name, _names(rest, at), start)
    return None


def _names(found: Sequence[Token], at: int) -> tuple[str, ...]:
    inside = found[at + 1 : closing(found, at)] if starts_with(found, "(", at=at) else ()
    return tuple(part[0].name for part in parts(inside))


def column_constraints(element: Sequence[Token], column: str) -> list[Constraint]:
    """Return the constraints that stand behind a column's type; NOT NULL and DEFAULT are none of them."""
    found = []
    depth = 0
    for index, token in enumerate(element):
        depth += {"(": 1, ")": -1}.get(token.key, 0)
        if depth or token.key not in _KINDS or index == 0:
            continue
        named = index > 2 and element[index - 2].key == "CONSTRAINT"
        name = element[index - 1].name if named else None
        start = element[index - 2].start if named else token.start
        found.append(Constraint(_KINDS[token.key], name, (column,), start))
    return found


def _column(element: Sequence[Token]) -> Column:
    words = []
    for token in element[1:]:
        if token.key in _ENDS_TYPE:
            break
        words.append(token.key or token.text)
    return Column(element[0].name, " ".join(words), element[1].start if len(element) > 1 else element[0].start)
