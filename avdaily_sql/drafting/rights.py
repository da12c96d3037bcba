"""Who may do what with an object: read from the catalogs, and the statements from one state to another. Pure.

The order of the entries counts: pg_dump writes them in it, and a role that is granted something later stands later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avdaily_sql.drafting.items import Right, Rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMES = {
    "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES", "t": "TRIGGER",
    "X": "EXECUTE", "U": "USAGE", "C": "CREATE", "c": "CONNECT", "T": "TEMPORARY", "m": "MAINTAIN", "s": "SET",
    "A": "ALTER SYSTEM",
}  # fmt: skip
_ORDER = {name: number for number, name in enumerate(_NAMES.values())}
_ENTRY = re.compile(r'(?P<role>"(?:[^"]|"")*"|[^="]*)=(?P<may>[a-zA-Z*]*)/(?P<by>.*)', re.DOTALL)
PUBLIC = "PUBLIC"


def read(entries: Iterable[str] | None, builder: str) -> Rights:
    """Return the rights that an array of aclitem, as text, has.

    :param builder: the role that builds the schema, as SQL writes it; it becomes None.
    """
    return tuple(_right(entry, builder) for entry in entries or ())


def _right(entry: str, builder: str) -> Right:
    match = _ENTRY.fullmatch(entry)
    assert match is not None, entry  # noqa: S101 (the server writes them so)
    letters = re.findall(r"([a-zA-Z])(\*?)", match["may"])
    role = match["role"] or PUBLIC
    return Right(
        None if role == builder else role,
        frozenset(_NAMES[letter] for letter, _ in letters),
        frozenset(_NAMES[letter] for letter, star in letters if star),
    )


def merged(one: Rights, other: Rights) -> Rights:
    """Return the rights of both, as the server adds default privileges of a schema to the general ones."""
    found = {right.role: right for right in one}
    for right in other:
        known = found.get(right.role, Right(right.role, frozenset(), frozenset()))
        found[right.role] = Right(right.role, known.may | right.may, known.grants | right.grants)
    return tuple(found.values())


def given_to(rights: Rights, owner: str | None) -> Rights:
    """Return the rights after the object went from the builder to another owner."""
    if owner is None:
        return rights
    renamed = tuple(right._replace(role=owner) if right.role is None else right for right in rights)
    return merged((), renamed)


def statements(target: str, there: Rights, wanted: Rights, builder: str) -> Iterator[str]:
    """Yield what makes the rights on a target those that are wanted, in their order.

    :param target: what stands behind ON, such as ``FUNCTION f(integer)``.
    """
    for verb, what, role in changes(there, wanted):
        preposition = "TO" if verb == "GRANT" else "FROM"
        name = builder if role is None else role
        ending = " WITH GRANT OPTION" if what.endswith("*") else ""
        yield f"{verb} {what.rstrip('*')} ON {target} {preposition} {name}{ending};"


def changes(there: Rights, wanted: Rights) -> Iterator[tuple[str, str, str | None]]:
    """Yield verb, privileges and role; a ``*`` behind the privileges stands for WITH GRANT OPTION."""
    new = {right.role: right for right in wanted}
    first = _first_out_of_order(there, wanted)
    kept: dict[str | None, Right] = {}
    for right in there:
        if right.role not in new or right.role in first:
            yield "REVOKE", "ALL", right.role
        else:
            kept[right.role] = right
    for right in wanted:
        yield from _one(kept.get(right.role, Right(right.role, frozenset(), frozenset())), right)


def _first_out_of_order(there: Rights, wanted: Rights) -> set[str | None]:
    """Return the roles that have to lose their entry to get one further behind."""
    stays = [right.role for right in there if right.role in {other.role for other in wanted}]
    order = [right.role for right in wanted]
    for number, role in enumerate(stays):
        if order[number] != role:
            return set(stays[number:])
    return set()


def _one(there: Right, wanted: Right) -> Iterator[tuple[str, str, str | None]]:
    gone, passing = there.may - wanted.may, (there.grants - wanted.grants) & wanted.may
    if gone:
        yield "REVOKE", _listed(gone), there.role
    if passing:
        yield "REVOKE", f"GRANT OPTION FOR {_listed(passing)}", there.role
    plain = wanted.may - there.may - wanted.grants
    if plain:
        yield "GRANT", _listed(plain), wanted.role
    if wanted.grants - there.grants:
        yield "GRANT", f"{_listed(wanted.grants - there.grants)}*", wanted.role


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names, key=lambda name: _ORDER[name]))


def read_base(base: Rights, owner: str) -> Rights:
    """Return what the builder has of a new object, from what its later owner would have of one of its own."""
    return tuple(right._replace(role=None) if right.role == owner else right for right in base)
