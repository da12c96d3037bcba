"""Foreign keys and indexes over all files of a tree: which key is left without an index when all were applied. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from avdaily_sql.lint.definitions import altered_table, created_table
from avdaily_sql.lint.tokens import after, closing, parts, qualified, starts_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.lint.definitions import Constraint, TableChange
    from avdaily_sql.lint.tokens import Token


class ForeignKey(NamedTuple):
    """A foreign key and where it was declared; ``file`` is whatever the caller gave."""

    table: str
    name: str | None
    columns: tuple[str, ...]
    file: object
    start: int


class Index(NamedTuple):
    """An index: the columns that it begins with, and its predicate, word for word in upper case."""

    table: str
    columns: tuple[str, ...]
    predicate: str = ""

    def serves(self, key: ForeignKey) -> bool:
        """Tell whether the rows that refer to a deleted row are found with it.

        It is enough that one of the key's columns leads it: the server looks at the few rows that are left.
        """
        wanted = {f"{column.upper()} IS NOT NULL" for column in key.columns} | {""}
        leads = bool(self.columns) and self.columns[0] in key.columns
        return leads and self.table == key.table and self.predicate in wanted


_Each = TypeVar("_Each", ForeignKey, Index)


@dataclass
class Keys:
    """What the statements that were taken so far leave behind."""

    foreign_keys: list[ForeignKey] = field(default_factory=list)
    indexes: dict[str, Index] = field(default_factory=dict)

    def take(self, found: Sequence[Token], file: object) -> None:
        """Follow one statement."""
        created = created_table(found)
        altered = altered_table(found)
        if created is not None:
            self._add(created, file)
        elif altered is not None:
            self._alter(altered, file)
        elif starts_with(found, "CREATE", "INDEX") or starts_with(found, "CREATE", "UNIQUE", "INDEX"):
            self._create_index(found)
        elif starts_with(found, "DROP", "INDEX"):
            for name in _dropped(found, "INDEX"):
                self.indexes.pop(name, None)
        elif starts_with(found, "DROP", "TABLE"):
            for table in _dropped(found, "TABLE"):
                self._forget(table)

    def without_index(self) -> Iterator[ForeignKey]:
        """Yield the foreign keys that no index serves."""
        for key in self.foreign_keys:
            if not any(index.serves(key) for index in self.indexes.values()):
                yield key

    def _add(self, change: TableChange, file: object) -> None:
        for each in change.constraints:
            if each.kind == "FOREIGN KEY":
                self.foreign_keys.append(ForeignKey(change.table, each.name, each.columns, file, each.start))
            elif each.kind in {"PRIMARY KEY", "UNIQUE"}:
                self._add_unique(change.table, each)

    def _add_unique(self, table: str, constraint: Constraint) -> None:
        name = constraint.name or f"{table} {constraint.kind} {' '.join(constraint.columns)}"
        if constraint.taken is not None:
            taken = self.indexes.pop(constraint.taken, Index(table, ()))
            self.indexes[constraint.name or constraint.taken] = taken
        else:
            self.indexes[name] = Index(table, constraint.columns)

    def _alter(self, change: TableChange, file: object) -> None:
        for action in change.actions:
            if starts_with(action, "DROP"):
                self._drop(change.table, action)
            elif starts_with(action, "RENAME"):
                self._rename(change.table, action)
        self._add(change, file)

    def _drop(self, table: str, action: Sequence[Token]) -> None:
        at = after(action, ("DROP",), ("COLUMN",), ("CONSTRAINT",), ("IF", "EXISTS"))
        name = action[at].name if at < len(action) else ""
        if starts_with(action, "DROP", "CONSTRAINT"):
            self.indexes.pop(name, None)
            self.foreign_keys = [key for key in self.foreign_keys if (key.table, key.name) != (table, name)]
            return
        self.foreign_keys = [key for key in self.foreign_keys if key.table != table or name not in key.columns]
        self.indexes = {
            key: index for key, index in self.indexes.items() if index.table != table or name not in index.columns
        }

    def _rename(self, table: str, action: Sequence[Token]) -> None:
        at = after(action, ("RENAME",), ("COLUMN",))
        new = action[-1].name
        if starts_with(action, "RENAME", "TO"):
            self.foreign_keys = [_moved(key, table, new) for key in self.foreign_keys]
            self.indexes = {name: _moved(index, table, new) for name, index in self.indexes.items()}
        elif not starts_with(action, "RENAME", "CONSTRAINT"):
            old = action[at].name
            self.foreign_keys = [_renamed(key, table, old, new) for key in self.foreign_keys]
            self.indexes = {name: _renamed(index, table, old, new) for name, index in self.indexes.items()}

    def _forget(self, table: str) -> None:
        self.foreign_keys = [key for key in self.foreign_keys if key.table != table]
        self.indexes = {name: index for name, index in self.indexes.items() if index.table != table}

    def _create_index(self, found: Sequence[Token]) -> None:
        at = after(found, ("CREATE",), ("UNIQUE",), ("INDEX",), ("CONCURRENTLY",), ("IF", "NOT", "EXISTS"))
        name = f"unnamed {found[0].start}"
        if not starts_with(found, "ON", at=at):
            name, at = found[at].name, at + 1
        table, at = qualified(found, after(found, ("ON",), ("ONLY",), at=at))
        if starts_with(found, "USING", at=at):
            if found[at + 1].name not in {"btree", "hash"}:
                return
            at += 2
        end = closing(found, at)
        leading = tuple(_leading_columns(found[at + 1 : end]))
        where = next((place for place in range(end, len(found)) if found[place].key == "WHERE"), None)
        predicate = "" if where is None else " ".join(token.name.upper() for token in found[where + 1 :])
        self.indexes[name] = Index(table, leading, predicate)


def _leading_columns(elements: Sequence[Token]) -> Iterator[str]:
    for part in parts(elements):
        if part[0].key == "(" or starts_with(part, "(", at=1):
            return
        yield part[0].name


def _dropped(found: Sequence[Token], kind: str) -> list[str]:
    at = after(found, ("DROP",), (kind,), ("CONCURRENTLY",), ("IF", "EXISTS"))
    return [qualified(part, 0)[0] for part in parts(found[at:])]


def _moved(each: _Each, table: str, new: str) -> _Each:
    return each._replace(table=new) if each.table == table else each


def _renamed(each: _Each, table: str, old: str, new: str) -> _Each:
    if each.table != table:
        return each
    return each._replace(columns=tuple(new if column == old else column for column in each.columns))
