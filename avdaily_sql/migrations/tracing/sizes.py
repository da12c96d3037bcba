"""The sizes of the live tables, read and nothing else; and what would hurt on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from avdaily_sql import database
from avdaily_sql.migrations.tracing.report import STRENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from avdaily_sql.migrations.tracing.report import TracedFile, TracedStatement

# About half a second of work for one core, and of waiting for everybody else.
LARGE_BYTES = 64 << 20
LARGE_ROWS = 500_000
# Below these a table can be written meanwhile.
_STOPS_WRITERS = STRENGTH.index("ShareLock")
_STRONGEST = STRENGTH[-1]

# Its lock is the weakest there is, but behind an ALTER that waits it would wait, too.
_MEASURED = """
SELECT c.reltuples::bigint, pg_catalog.pg_total_relation_size(c.oid)
FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relkind IN ('r', 'p', 'm')
"""
_ESTIMATED = """
SELECT c.reltuples::bigint,
    c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint
FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relkind IN ('r', 'p', 'm')
"""


class Size(NamedTuple):
    """Rows as the planner believes (-1: never counted), and bytes with indexes and TOAST."""

    rows: int
    bytes: int

    @property
    def is_large(self) -> bool:
        """Return whether to go through it takes long enough for people to notice."""
        return self.rows >= LARGE_ROWS or self.bytes >= LARGE_BYTES

    def __str__(self) -> str:
        """Return ``4.1 GB, 12 million rows``."""
        rows = "an unknown number of rows" if self.rows < 0 else f"{_count(self.rows)} rows"
        return f"{_bytes(self.bytes)}, {rows}"


def _count(number: int) -> str:
    for unit, word in ((10**9, "billion"), (10**6, "million")):
        if number >= unit:
            return f"{number / unit:.3g} {word}"
    return f"{number:,}"


def _bytes(number: int) -> str:
    for unit, word in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= unit:
            return f"{number / unit:.1f} {word}"
    return f"{number} bytes"


def of_tables(url: str, schema: str, names: Iterable[str]) -> dict[str, Size]:
    """Return the sizes of those tables that are in the live database.

    :param names: as the search_path of the schema shows them.
    """
    found = {}
    with database.connect(url) as conn:
        conn.execute("SELECT set_config('search_path', pg_catalog.quote_ident(%s), false)", (schema,))
        conn.execute("SET default_transaction_read_only = on; SET lock_timeout = '500ms'")
        for name in sorted(set(names)):
            row = _size(conn, name)
            if row is not None:
                found[name] = Size(*row)
    return found


def _size(conn: psycopg.Connection[Any], name: str) -> tuple[Any, ...] | None:
    try:
        return conn.execute(_MEASURED, (name,)).fetchone()
    except psycopg.errors.LockNotAvailable:
        return conn.execute(_ESTIMATED, (name,)).fetchone()


def touched(files: Iterable[TracedFile]) -> set[str]:
    """Return the relations whose sizes matter."""
    names: set[str] = set()
    for file in files:
        for statement in file.statements:
            names |= {taken.relation for taken in statement.locks} | {scan.relation for scan in statement.scans}
            names |= set(statement.rewrites)
    return names


def judge(file: TracedFile, sizes: Mapping[str, Size]) -> TracedFile:
    """Return the file with a warning at each statement that would hurt on these sizes."""
    held: dict[str, tuple[str, int]] = {}
    judged = []
    for statement in file.statements:
        if not file.transactional:
            held = {}
        for taken in statement.locks:
            mode, _ = held.get(taken.relation, (STRENGTH[0], 0))
            if STRENGTH.index(taken.mode) >= STRENGTH.index(mode):
                held[taken.relation] = (taken.mode, statement.line)
        judged.append(replace(statement, warnings=tuple(_warnings(statement, sizes, held))))
    return replace(file, statements=tuple(judged))


def _warnings(
    statement: TracedStatement, sizes: Mapping[str, Size], held: Mapping[str, tuple[str, int]]
) -> Iterable[str]:
    """Yield one line for each large table that is worked on while others may not use it."""
    said = set()
    for what, name in _work(statement):
        size = sizes.get(name)
        if size is None or not size.is_large or name in said:
            continue
        said.add(name)
        mode, line = held.get(name, (STRENGTH[0], 0))
        if STRENGTH.index(mode) >= _STOPS_WRITERS:
            since = f" that line {line} took" if line != statement.line else ""
            yield f"{what} {name}, {size}, under {mode}{since}"
        waiting = [
            f"{other} is under {_STRONGEST} since line {since_line}"
            for other, (strongest, since_line) in sorted(held.items())
            if strongest == _STRONGEST and since_line != statement.line and other != name and other in sizes
        ]
        if waiting:
            yield f"{what} {name}, {size}, while {', '.join(waiting)}"


def _work(statement: TracedStatement) -> Iterable[tuple[str, str]]:
    for name in statement.rewrites:
        yield "rewrites", name
    for scan in statement.scans:
        yield ("builds an index on" if statement.index_builds else "scans"), scan.relation
