"""The text of a drafted pair: header, what a person has to look at, statements. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from avdaily_sql.drafting.reading import FROM_CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from avdaily_sql.drafting.difference import Script

_WIDTH = 120
_NAMED = 4
# As in every file of ours whose functions pin their path: the schema that the file is applied to, whatever its name.
_PIN = (
    "-- Bodies that name our own objects find them in the schema that the file is applied to,\n"
    "-- whatever the caller's path.\n"
    "DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;"
)


def forward_text(
    identifier: str, previous: str | None, script: Script, undo: Script, remarks: Iterable[str] = ()
) -> str:
    """Return the file that is applied; its Why is for a person to write.

    :param undo: the other direction: what it cannot bring back is said in this file's header.
    :param remarks: what the draft does not bring about.
    """
    lost = f"; lost are {', '.join(undo.losses)}" if undo.losses else ""
    header = [
        *_wrapped(f"{identifier}: {_summary(script)}"),
        "-- Why: the reason, which the SQL cannot say",
        *_wrapped(f"Locks: {_locks(script)}"),
        "-- Runtime: milliseconds, or how it grows with the rows",
        *_wrapped(f"Rollback: the same steps backwards{lost}."),
        *([f"-- depends: {previous}"] if previous else []),
    ]
    return _file(header, script, remarks)


def backward_text(identifier: str, script: Script, remarks: Iterable[str] = ()) -> str:
    """Return the file that undoes it."""
    return _file(_wrapped(f"{identifier}: undone: {_summary(script)}"), script, remarks)


def _file(header: Sequence[str], script: Script, remarks: Iterable[str]) -> str:
    body = "\n\n".join("\n".join(block) for block in script.blocks)
    if FROM_CURRENT.strip() in body:
        body = f"{_PIN}\n\n{body}"
    notes = "\n".join(_notes(script, remarks))
    return "\n".join(header) + "\n" + (f"--\n{notes}\n" if notes else "") + f"\n{body}\n"


def _notes(script: Script, remarks: Iterable[str]) -> Iterator[str]:
    for text in script.losses:
        yield from _wrapped(f"Lost: {text}.")
    for text in script.questions:
        yield from _wrapped(f"Question: {text}")
    for text in script.refusals:
        yield from _wrapped(f"Not drafted: {text}")
    for text in remarks:
        first, *lines = text.splitlines()
        yield from _wrapped(f"Not as in the development database: {first}")
        yield from (f"--     {line}"[:_WIDTH] for line in lines)


def _summary(script: Script) -> str:
    named = list(script.summary[:_NAMED])
    more = len(script.summary) - _NAMED
    return ", ".join([*named, f"{more} more"] if more > 0 else named) or "nothing"


def _locks(script: Script) -> str:
    tables = sorted(
        {
            statement.split()[2]
            for block in script.blocks
            for statement in block
            if statement.startswith(("ALTER TABLE ", "DROP TABLE "))
        }
    )
    new = {s.split()[2] for block in script.blocks for s in block if s.startswith("CREATE TABLE ")}
    locked = [table for table in tables if table.rstrip(";") not in new]
    return (
        f"{', '.join(table.rstrip(';') for table in locked)}: see avdaily-sql plan"
        if locked
        else "none on tables with rows"
    )


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(text, _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return [f"-- {lines[0]}", *(f"--   {line}" for line in lines[1:])]
