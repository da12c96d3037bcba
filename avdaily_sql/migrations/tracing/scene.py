"""What a database looks like at one moment of a trace: relations and their files, locks of a session, scans so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.migrations.tracing.report import STRENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import psycopg

_FIRST_OF_USERS = 16384
_HARMLESS = STRENGTH.index("RowExclusiveLock")


class Relation(NamedTuple):
    """One relation outside of the system's schemas.

    :param name: as the target schema's search_path shows it.
    :param filenode: the file that it is stored in; another number means that it was written anew. 0 for none.
    :param table: of an index its table, else itself.
    """

    oid: int
    name: str
    kind: str
    filenode: int
    table: int


Relations = dict[int, Relation]
# Relation, its name for whoever looked, mode.
Locks = set[tuple[int, str, str]]
# Table → full scans, rows read by them.
Scans = dict[int, tuple[int, int]]

_RELATIONS = """
SELECT c.oid::bigint, c.oid::pg_catalog.regclass::text, c.relkind::text, c.relfilenode::bigint,
    coalesce(i.indrelid, c.oid)::bigint
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', %(history)s)
    AND c.relkind IN ('r', 'p', 'i', 'I', 'm', 'v', 'S', 'f')
ORDER BY c.oid
"""
_LOCKS = """
SELECT l.relation::bigint, l.relation::pg_catalog.regclass::text, l.mode
FROM pg_catalog.pg_locks AS l
WHERE l.pid = %s AND l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
"""
_OPEN = "SELECT relid::bigint, seq_scan, seq_tup_read FROM pg_catalog.pg_stat_xact_all_tables WHERE relid >= 16384"
_ENDED = "SELECT relid::bigint, seq_scan, seq_tup_read FROM pg_catalog.pg_stat_all_tables WHERE relid >= 16384"


def relations(conn: psycopg.Connection[Any], history: str) -> Relations:
    """Return the relations that a session sees, its own uncommitted ones too."""
    rows = conn.execute(_RELATIONS, {"history": history}).fetchall()
    return {row[0]: Relation(*row) for row in rows}


def locks(conn: psycopg.Connection[Any], pid: int) -> Locks:
    """Return what a session holds on relations of this database, or waits for."""
    return set(conn.execute(_LOCKS, (pid,)).fetchall())


def scans_of_transaction(conn: psycopg.Connection[Any]) -> Scans:
    """Return the full scans of the transaction that is open in a session."""
    return {oid: (scans or 0, rows or 0) for oid, scans, rows in conn.execute(_OPEN).fetchall()}


def scans_of_all(worker: psycopg.Connection[Any], observer: psycopg.Connection[Any]) -> Scans:
    """Return the full scans of all transactions that have ended; the worker is idle, and tells what it counted."""
    worker.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
    return {oid: (scans or 0, rows or 0) for oid, scans, rows in observer.execute(_ENDED).fetchall()}


def taken(before: Locks, after: Locks, known: Mapping[int, Relation]) -> list[tuple[str, str]]:
    """Return the new locks on relations that were there: name and mode, strongest first.

    Of the system's catalogs only what is stronger than writing a row is worth telling.
    """
    # A relation can have another name by now.
    had = {(oid, mode) for oid, _, mode in before}
    found = set()
    for oid, name, mode in after:
        if oid in known and (oid, mode) not in had:
            found.add((known[oid].name, mode))
        elif oid < _FIRST_OF_USERS and STRENGTH.index(mode) > _HARMLESS and (oid, mode) not in had:
            found.add((name, mode))
    return sorted(found, key=lambda each: (-STRENGTH.index(each[1]), each[0]))


def rewritten(before: Relations, after: Relations, known: Mapping[int, Relation]) -> list[str]:
    """Return the tables that have another file than before."""
    return sorted(
        relation.name
        for oid, relation in known.items()
        if relation.kind in "rm" and oid in before and oid in after and before[oid].filenode != after[oid].filenode
    )


def built(before: Relations, after: Relations, known: Mapping[int, Relation]) -> list[str]:
    """Return the indexes with a new file on tables that were there."""
    files = {relation.filenode for relation in before.values()}
    return sorted(
        relation.name
        for relation in after.values()
        if relation.kind == "i" and relation.table in known and relation.filenode not in files
    )


def scanned(before: Scans, after: Scans, known: Mapping[int, Relation]) -> list[tuple[str, int]]:
    """Return the tables that were read whole since, and how many rows that were."""
    found = []
    for oid, (scans, rows) in after.items():
        known_scans, known_rows = before.get(oid, (0, 0))
        if oid in known and scans > known_scans and known[oid].kind in "rm":
            found.append((known[oid].name, rows - known_rows))
    return sorted(found)
