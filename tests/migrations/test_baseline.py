"""``baseline``: a database that was built another way is adopted, if it is what the files build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import migrations, settings
from avdaily_sql.errors import Drift, UsageError
from avdaily_sql.migrations.baseline import baseline, mark_unproven
from tests.migrations.conftest import recorded


@pytest.fixture
def known():
    return settings.load(environ={"PATH": os.environ["PATH"]})


@pytest.fixture
def adopt(tree, database_url, known):
    return lambda to, **options: baseline(database_url, tree.sql, known, migrations.Options(to=to, **options))


@pytest.fixture
def three(tree):
    for number in (1, 2, 3):
        tree.table(number)
    return ["0001.create-t1", "0002.create-t2", "0003.create-t3"]


def log(db):
    query = "SELECT migration_id, operation, reason FROM avdaily_migrations.avdaily_log ORDER BY id"
    return db.execute(query).fetchall()


def has_history(db):
    return db.execute("SELECT to_regnamespace('avdaily_migrations') IS NOT NULL").fetchone()[0]


def test_a_database_that_is_what_the_files_build_is_marked_and_the_rest_applies(tree, adopt, three, db, database_url):
    db.execute("CREATE TABLE t1 (id bigint); CREATE TABLE t2 (id bigint)")
    result = adopt("2")
    assert (result.marked, result.proven, result.warnings) == (tuple(three[:2]), True, ())
    assert recorded(db) == three[:2]
    reason = "baseline: the live schema is what the files build"
    assert log(db) == [(three[0], "mark", reason), (three[1], "mark", reason)]
    state = migrations.status(database_url, tree.sql)
    assert [each.state for each in state.migrations] == ["applied", "applied", "pending"]
    applied = migrations.apply(database_url, tree.sql)
    assert [each.id for each in applied.applied] == [three[2]]
    assert len(migrations.rollback(database_url, tree.sql, migrations.Options(steps=None)).rolled_back) == 3


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("ALTER TABLE t2 ADD note text", "+     note text"),
        ("DROP TABLE t2", "- CREATE TABLE public.t2 ("),
        ("CREATE TABLE more (id bigint)", "+ CREATE TABLE public.more ("),
        ("CREATE TABLE t3 (id bigint)", "+ CREATE TABLE public.t3 ("),
    ],
)
def test_a_database_that_is_something_else_is_refused_with_the_difference(adopt, three, db, change, line):
    db.execute("CREATE TABLE t1 (id bigint); CREATE TABLE t2 (id bigint)")
    db.execute(change)
    with pytest.raises(Drift, match=r"is not what the files up to 0002\.create-t2 build: 1 object differs") as caught:
        adopt("2")
    assert line in caught.value.detail
    assert caught.value.hint.endswith("avdaily-sql baseline --to 0002.create-t2 --force")
    assert not has_history(db)


def test_force_marks_without_a_proof_and_the_history_says_so(tree, three, command, db):
    done = command("baseline", "--to", "0002.create-t2", "--force")
    assert (done.returncode, done.stdout) == (
        0,
        "marked 2 migrations as applied, up to 0002.create-t2: not proven\n",
    )
    assert {reason for _, _, reason in log(db)} == {"baseline --force: not proven"}


def test_force_is_refused_in_production_and_nothing_is_marked(three, command, db):
    done = command("baseline", "--to", "2", "--force", env={"AVDAILY_ENV": "production"})
    assert done.returncode == 6
    assert "baseline --force is not for production" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("avdaily-sql ")
    assert done.stderr.endswith("baseline --to 2\n")
    assert not has_history(db)


def test_a_second_baseline_marks_only_what_is_new(adopt, three, db):
    db.execute("CREATE TABLE t1 (id bigint); CREATE TABLE t2 (id bigint)")
    adopt("2")
    assert adopt("2").marked == ()
    db.execute("CREATE TABLE t3 (id bigint)")
    assert adopt("3").marked == ("0003.create-t3",)
    assert len(log(db)) == 3


def test_a_schema_of_its_own_is_adopted_by_itself(adopt, three, db):
    db.execute("CREATE SCHEMA cell_b; CREATE TABLE cell_b.t1 (id bigint)")
    assert adopt("1", schema="cell_b").marked == ("0001.create-t1",)
    with pytest.raises(Drift):
        adopt("1")


@pytest.fixture
def stock(tree, database_url):
    """Apply the files with stock yoyo, which knows nothing of us."""

    def run():
        url = database_url.replace("postgresql://", "postgresql+psycopg://")
        program = Path(sys.executable).with_name("yoyo")
        subprocess.run(
            [program, "apply", "--batch", "--no-config-file", "--database", url, str(tree.migrations)],
            check=True,
            capture_output=True,
            text=True,
        )

    return run


def test_a_history_of_stock_yoyo_is_refused_by_apply_and_adopted_by_baseline_with_its_times(
    tree, adopt, three, db, stock, database_url
):
    stock()
    with pytest.raises(Drift, match="migrated with stock yoyo") as caught:
        migrations.apply(database_url, tree.sql)
    assert caught.value.hint == "Adopt it with: avdaily-sql baseline --to ID"
    db.execute("UPDATE _yoyo_migration SET applied_at_utc = '2024-02-29 12:00'")
    assert adopt("3").marked == tuple(three)
    state = migrations.status(database_url, tree.sql)
    assert {each.state for each in state.migrations} == {"applied"}
    assert {f"{each.applied_at:%Y-%m-%d %H:%M}" for each in state.migrations} == {"2024-02-29 12:00"}
    tree.table(4)
    assert [each.id for each in migrations.apply(database_url, tree.sql).applied] == ["0004.create-t4"]


def test_what_yoyo_has_applied_beyond_the_named_file_is_refused(adopt, three, db, stock):
    stock()
    with pytest.raises(Drift, match=r'yoyo has applied "0003\.create-t3", which is no migration up to 0002'):
        adopt("2")
    assert not has_history(db)


def test_a_failure_while_marking_leaves_nothing(tree, three, db, database_url):
    db.execute(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF tg_tag = 'COMMENT' THEN RAISE 'no'; END IF; END $$;"
    )
    db.execute("CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION refuse()")
    with pytest.raises(Exception, match="the history could not be written: no"):
        mark_unproven(database_url, tree.sql, migrations.Options(to="2"))
    assert not has_history(db)


@pytest.mark.parametrize(("to", "message"), [("0009", 'no migration "0009"'), ("zwei", 'no migration "zwei"')])
def test_an_unknown_id_is_a_usage_error(adopt, three, to, message):
    with pytest.raises(UsageError, match=message):
        adopt(to)


def test_a_bad_file_is_refused_before_anything_is_compared(tree, adopt, three):
    tree.write("0002.create-t2", "COMMIT;")
    with pytest.raises(UsageError, match="COMMIT in a migration"):
        adopt("2")


def test_files_that_were_edited_after_they_were_applied_are_refused(tree, adopt, three, database_url):
    migrations.apply(database_url, tree.sql, migrations.Options(to="1"))
    tree.write("0001.create-t1", "CREATE TABLE t1 (id integer);", "DROP TABLE t1;")
    with pytest.raises(Drift, match=r"0001\.create-t1 was changed after it was applied"):
        adopt("2")


def test_the_command_needs_the_last_migration(three, command):
    done = command("baseline")
    assert done.returncode == 2
    assert "--to" in done.stderr


def test_the_command_says_what_is_different_and_exits_with_4(three, command, db):
    db.execute("CREATE TABLE t1 (id integer)")
    done = command("baseline", "--to", "1")
    assert (done.returncode, done.stdout) == (4, "")
    assert "-- TABLE public.t1\n-     id bigint\n+     id integer" in done.stderr


def test_no_runner_is_beside_a_baseline(tree, three, database_url):
    from avdaily_sql.errors import Busy
    from avdaily_sql.migrations import lock

    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (lock.CLASS, lock.object_key("avdaily_migrations")))
        with pytest.raises(Busy):
            mark_unproven(database_url, tree.sql, migrations.Options(to="2", wait_seconds=0.2))
