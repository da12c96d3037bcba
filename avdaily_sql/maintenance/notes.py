"""The notes in the comments of databases that restore and reset made: whose they are, and in what state."""

from __future__ import annotations

import itertools
import json
import re
import zlib
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from avdaily_sql.maintenance.databases import set_comment

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

_NOTE = re.compile(r"^avdaily\.origin=(?P<json>\{.*\})$\n?", re.MULTILINE)

# "returning" is a kept database on its way back: it is never dropped for being there.
Kind = Literal["unfinished", "swapping", "kept", "returning"]


@dataclass(frozen=True, slots=True)
class Related:
    """A database that belongs to another: being made for it, or kept from before a swap.

    :param at: when it was made or replaced, ``YYYY-MM-DDTHH:MM:SSZ``.
    :param reason: ``restore``, ``reset``, ``undo`` or ``anonymise``.
    """

    name: str
    kind: Kind
    origin: str
    at: str
    reason: str
    bytes: int = 0


def list_related(conn: psycopg.Connection[Any], origin: str) -> list[Related]:
    """Return the databases that were made for another or kept from it, newest first."""
    rows = conn.execute(
        """
        SELECT datname, shobj_description(oid, 'pg_database'),
            CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END
        FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%%avdaily.origin={%%'
        """
    ).fetchall()
    found = [replace(note, bytes=size) for name, comment, size in rows if (note := read_note(name, comment))]
    return sorted(
        (each for each in found if each.origin == origin), key=lambda each: (each.at, each.name), reverse=True
    )


def read_note(name: str, comment: str | None) -> Related | None:
    """Return what the comment of a database says about its origin, None when it says nothing."""
    match = _NOTE.search(comment or "")
    if match is None:
        return None
    try:
        said = json.loads(match["json"])
        return Related(name, said["kind"], said["origin"], said["at"], said["reason"])
    except (ValueError, KeyError, TypeError):
        return None


def without_note(comment: str | None) -> str:
    """Return a comment without our line."""
    return _NOTE.sub("", comment or "").rstrip("\n")


def write_note(conn: psycopg.Connection[Any], related: Related, comment: str = "") -> None:
    """Write the comment of a database: its own text, and our line under it."""
    said = {"kind": related.kind, "origin": related.origin, "at": related.at, "reason": related.reason}
    line = f"avdaily.origin={json.dumps(said)}"
    set_comment(conn, related.name, "\n".join(part for part in (without_note(comment), line) if part))


def new_name(conn: psycopg.Connection[Any], kind: str, origin: str, now: datetime) -> str:
    """Return a name that no database has: ``avdaily_restore_20261123_030000_DIGEST``, ``avdaily_before_…``.

    :param kind: ``restore``, ``reset``, ``anonymise``, ``before_restore`` or ``before_reset``; the first three
        carry a digest of the origin's name, so that they are known also without a comment.
    """
    stem = f"avdaily_{kind}_{now.astimezone(UTC):%Y%m%d_%H%M%S}"
    stem = stem if kind.startswith("before") else f"{stem}_{digest(origin)}"
    taken = {row[0] for row in conn.execute("SELECT datname FROM pg_database").fetchall()}
    numbered = (stem if number == 1 else f"{stem}_{number}" for number in itertools.count(1))
    return next(name for name in numbered if name not in taken)


def verification_of(database: str) -> str:
    """Return whose the throwaway databases of ``backup verify --full`` are: they have a lock of their own.

    A backup may be tried while another is taken, so the lock of the database itself says nothing about them.
    """
    return f"{database} (verification)"


def digest(origin: str) -> str:
    """Return what a name carries of its origin: names are too short for the whole."""
    return f"{zlib.crc32(origin.encode()):08x}"
