"""One snapshot of a database into an empty one beside it: pg_dump into psql, and counted on both sides."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from avdaily_sql import maintenance, programs
from avdaily_sql.backup import facts, load, ownership, pgdump, preflight, stream
from avdaily_sql.database import connect
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from avdaily_sql.backup.dump import Ready
    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.backup.source import Source
    from avdaily_sql.settings import Settings

# The bootstrap superuser is not among them: whoever restores what it owns is a superuser as well.
_OWNERS = """
SELECT DISTINCT pg_get_userbyid(refobjid) FROM pg_shdepend
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND deptype = 'o' AND classid <> 0
    AND refclassid = 'pg_authid'::regclass
"""


def owners_of(conn: psycopg.Connection[Any]) -> frozenset[str]:
    """Return the roles that own something in the connected database.

    :raises Refused: the role is no superuser, and could not give them what is theirs in a copy.
    """
    owners = frozenset(name for (name,) in conn.execute(_OWNERS).fetchall())
    row = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or not row[0]:
        preflight.require_membership(conn, sorted(owners), '"' + conn.info.user.replace('"', '""') + '"')
    return owners


def copy(ready: Ready, side: str, source: Source, settings: Settings, reports: Reports) -> None:
    """Fill an empty database with what a snapshot sees.

    :param side: its name, on the same server.
    :raises Failed: pg_dump or psql stopped, or the copy is not what the snapshot counted.
    """
    psql = programs.find("psql", ready.program.major, settings, ready.url)
    url = maintenance.with_database(ready.url, side)
    with tempfile.TemporaryFile() as complaints:
        child = pgdump.start(ready.program, ready.url, source.snapshot, complaints)

        def pieces() -> Iterator[bytes]:
            done = 0
            while piece := child.stdout.read(stream.CHUNK) if child.stdout is not None else b"":
                yield piece
                done += len(piece)
                reports.progress("copy", done, source.bytes)
            code = child.wait()
            # Before psql is given its end of input, which would commit half a database.
            if code != 0:
                raise pgdump.failure(ready.program, code, complaints)

        try:
            with ownership.owners_may_own(ready.url, side, owners_of(source.conn)) as statements:
                statements.extend(load.fill(url, psql, pieces()))
        finally:
            pgdump.end(child)
    with connect(url, application_name="avdaily-sql backup") as conn:
        wrong = facts.differences(facts.gather(source.conn), facts.gather(conn))
    if wrong:
        raise Failed(f"the copy is not what the database holds: {'; '.join(wrong[:5])}", detail="Nothing was kept.")
