"""What a dump needs of a server: the roles and extensions that its statements name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = rb'("(?:[^"]|"")+"|[^\s",;()]+)'
_OWNER = re.compile(rb"\bOWNER TO " + NAME + rb";?\s*\Z")
_GRANTEE = re.compile(rb"\b(?:TO|FROM) " + NAME + rb"(?: WITH GRANT OPTION)?(?: GRANTED BY [^;]+)?;?\s*\Z")
_FOR_ROLE = re.compile(rb"\AALTER DEFAULT PRIVILEGES FOR ROLE " + NAME)
_POLICY = re.compile(rb"\ACREATE POLICY .*? TO (?P<roles>(?:" + NAME + rb"(?:, )?)+)(?: USING| WITH|;)", re.DOTALL)
_EXTENSION = re.compile(rb"\ACREATE EXTENSION (?:IF NOT EXISTS )?" + NAME)
_SCHEMA = re.compile(rb"\ACREATE SCHEMA " + NAME)
_SPECIAL = frozenset({"public", "current_user", "session_user", "current_role"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What the statements of a dump name: roles, those of them that own something, extensions, schemas."""

    roles: frozenset[str]
    owners: frozenset[str]
    extensions: frozenset[str]


def needs_of(statements: Sequence[bytes]) -> Needs:
    """Read the names out of a dump's statements."""
    owners, roles, extensions = set(), set(), set()
    for text in statements:
        if found := _OWNER.search(text):
            owners.add(unquoted(found[1]))
        elif text.startswith((b"GRANT", b"REVOKE", b"ALTER DEFAULT")) and (found := _GRANTEE.search(text)):
            roles.add(unquoted(found[1]))
        if found := _FOR_ROLE.match(text):
            owners.add(unquoted(found[1]))
        if found := _POLICY.match(text):
            roles |= {unquoted(name) for name in re.findall(NAME, found["roles"])}
        if found := _EXTENSION.match(text):
            extensions.add(unquoted(found[1]))
    everyone = {name for name in roles | owners if name.lower() not in _SPECIAL}
    return Needs(frozenset(everyone), frozenset(owners), frozenset(extensions))


def unquoted(name: bytes) -> str:
    """Return a name without its quotes."""
    text = name.decode(errors="replace")
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
