"""``repair``: an applied file that was edited is accepted, with a reason that the history keeps."""

from __future__ import annotations

import json

import pytest

from avdaily_sql import migrations
from avdaily_sql.errors import Drift, Failed, UsageError
from avdaily_sql.migrations.repair import repair

EDITED = "CREATE TABLE t1 (id bigint, note text);\n"


@pytest.fixture
def mend(tree, database_url):
    def run(identifier="1", reason="a column was added by hand", **options):
        return repair(database_url, tree.sql, identifier, reason, options=migrations.Options(**options))

    return run


@pytest.fixture
def edited(tree, database_url):
    """Apply two files, then edit the first."""
    tree.table(1)
    tree.table(2)
    migrations.apply(database_url, tree.sql)
    tree.write("0001.create-t1", EDITED, "DROP TABLE t1;\n")


def states(tree, database_url):
    return [each.state for each in migrations.status(database_url, tree.sql).migrations]


def repairs(db):
    query = """SELECT migration_id, reason, token_checksum, os_user <> '', host <> '', database_user = current_user
               FROM avdaily_migrations.avdaily_log WHERE operation = 'repair' ORDER BY id"""
    return db.execute(query).fetchall()


def test_an_edited_file_is_accepted_and_the_history_says_who_and_why(tree, mend, edited, db, database_url):
    assert states(tree, database_url) == ["changed", "applied"]
    before = migrations.status(database_url, tree.sql).migrations[0]
    result = mend()
    assert (result.id, result.repaired, result.reason) == ("0001.create-t1", True, "a column was added by hand")
    assert result.old == before.checksum
    assert result.new != result.old
    assert repairs(db) == [("0001.create-t1", "a column was added by hand", result.new, True, True, True)]
    after = migrations.status(database_url, tree.sql)
    assert [each.state for each in after.migrations] == ["applied", "applied"]
    # Who applied it, and when, is not the repairer's to change.
    assert (after.migrations[0].applied_at, after.migrations[0].by) == (before.applied_at, before.by)
    tree.table(3)
    assert [each.id for each in migrations.apply(database_url, tree.sql).applied] == ["0003.create-t3"]


def test_the_old_checksum_stays_to_be_seen(mend, edited, db):
    result = mend()
    query = "SELECT token_checksum FROM avdaily_migrations.avdaily_log WHERE migration_id = %s ORDER BY id"
    assert db.execute(query, [result.id]).fetchall() == [(result.old,), (result.new,)]


def test_yoyos_own_log_has_the_repair_too(mend, edited, db):
    mend()
    query = "SELECT count(*) FROM avdaily_migrations._yoyo_log WHERE operation = 'repair'"
    assert db.execute(query).fetchone() == (1,)


def test_a_repaired_file_runs_nothing_and_is_rolled_back_as_any_other(tree, mend, edited, db, database_url):
    mend()
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 't1'"
    assert db.execute(query).fetchall() == [("id",)]
    assert len(migrations.rollback(database_url, tree.sql, migrations.Options(steps=None)).rolled_back) == 2
    migrations.apply(database_url, tree.sql)
    assert states(tree, database_url) == ["applied", "applied"]


def test_a_file_that_is_as_it_was_applied_is_not_repaired(mend, edited, db):
    result = mend("2")
    assert (result.repaired, result.old) == (False, result.new)
    assert repairs(db) == []


def test_a_cosmetic_edit_can_be_repaired_and_warns_no_more(tree, mend, edited, database_url):
    tree.write("0001.create-t1", "-- 0001.create-t1: commented\ncreate table t1 (id bigint);\n", "DROP TABLE t1;\n")
    assert states(tree, database_url) == ["cosmetic", "applied"]
    assert mend().repaired
    assert states(tree, database_url) == ["applied", "applied"]


def test_a_mark_without_a_checksum_is_given_one(tree, mend, edited, db, database_url):
    db.execute("DELETE FROM avdaily_migrations.avdaily_log")
    assert mend().old is None
    assert states(tree, database_url) == ["applied", "changed"]


@pytest.mark.parametrize("reason", ["", "  \t"])
def test_a_repair_without_a_reason_is_refused(mend, edited, db, reason):
    with pytest.raises(UsageError, match="a repair needs its reason"):
        mend(reason=reason)
    assert repairs(db) == []


def test_what_is_not_applied_or_not_known_cannot_be_repaired(tree, mend, edited):
    tree.table(3)
    with pytest.raises(UsageError, match=r"0003\.create-t3 is not applied"):
        mend("3")
    with pytest.raises(UsageError, match='no migration "0009"'):
        mend("0009")


def test_a_file_that_is_gone_or_renamed_cannot_be_repaired(tree, mend, edited, db):
    (tree.migrations / "0002.create-t2.sql").rename(tree.migrations / "0002.create-two.sql")
    (tree.migrations / "0002.create-t2.rollback.sql").rename(tree.migrations / "0002.create-two.rollback.sql")
    with pytest.raises(Drift, match="its file is missing") as caught:
        mend("0002.create-t2")
    assert caught.value.detail == "It was renamed to 0002.create-two."
    assert repairs(db) == []


def test_a_file_that_is_applied_in_part_cannot_be_repaired(tree, mend, edited, database_url):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint);\n", "DROP TABLE t1;\n")
    tree.write("0003.part", "-- transactional: false\nCREATE TABLE t3 (id bigint);\nSELECT 1 / 0;\n")
    with pytest.raises(Failed):
        migrations.apply(database_url, tree.sql)
    with pytest.raises(Drift, match=r"0003\.part is applied in part"):
        mend("3")


def test_a_bad_file_is_refused_with_its_place(tree, mend, edited, db):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint);\nCOMMIT;\n", "DROP TABLE t1;\n")
    with pytest.raises(UsageError, match="COMMIT in a migration") as caught:
        mend()
    assert (caught.value.location.line, caught.value.location.column) == (2, 1)
    assert repairs(db) == []


def test_the_command_repairs_and_tells_both_checksums(edited, command):
    done = command("repair", "0001.create-t1", "--reason", "by hand", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert (answer["id"], answer["reason"]) == ("0001.create-t1", "by hand")
    assert answer["from"] != answer["to"]
    done = command("repair", "1", "--reason", "by hand")
    assert done.stdout == "nothing to repair: the file is as it was applied (0001.create-t1)\n"


def test_the_command_needs_a_reason(edited, command):
    done = command("repair", "1")
    assert done.returncode == 2
    assert "--reason" in done.stderr


def test_in_production_a_repair_needs_yes(edited, command, db):
    words = ("repair", "1", "--reason", "it's by hand")
    done = command(*words, env={"AVDAILY_ENV": "production"})
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.splitlines()[-1].endswith("repair 1 --reason 'it'\"'\"'s by hand' --yes")
    assert repairs(db) == []
    assert command(*words, "--yes", env={"AVDAILY_ENV": "production"}).returncode == 0
    assert len(repairs(db)) == 1
