"""Every migration of this project, forgotten and drafted again: the draft builds what the file built, and undoes it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from avdaily_sql import sqltree
from avdaily_sql.sqltree import SqlTree
from tests.throwaway import REPOSITORY

# They compare rows, or have unnamed literals in a UNION: the server writes both otherwise once it has read its own
# text.
NESTED = {
    "TRIGGER public.payment_events payment_events_refuse_change",
    "TRIGGER public.group_members group_members_audit_update",
    "TRIGGER public.ajo_groups ajo_groups_audit_update",
    "TRIGGER public.user user_audit",
    "VIEW public.integrity_of_groups",
}


@pytest.mark.slow
def test_each_file_is_drafted_from_the_database_that_it_built(databases):
    pairs = sqltree.list_migrations(SqlTree(REPOSITORY / "sql", "flag"))
    assert len(pairs) > 60
    drafted, old = 0, databases.look(databases.files)
    for pair in pairs:
        body = Path(pair.path).read_text(encoding="utf-8")
        databases.run(databases.developed, body)
        new = databases.look(databases.developed)
        forward, _ = databases.prove(old, new)
        drafted += bool(forward.blocks)
        # From here on both are the same again; that the next draft's rollback comes back to this is held against it.
        databases.run(databases.files, body)
        old = new
    assert drafted == len(pairs)
    assert databases.nested == NESTED


@pytest.mark.slow
def test_all_files_at_once_are_drafted(databases):
    for pair in sqltree.list_migrations(SqlTree(REPOSITORY / "sql", "flag")):
        databases.run(databases.developed, Path(pair.path).read_text(encoding="utf-8"))
    databases.prove()
    with psycopg.connect(databases.files) as conn:
        assert conn.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone() == (
            0,
        )
