"""A squashed tree and databases in every state: before it, in the middle, after it, and marked."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import migrations
from avdaily_sql.errors import Busy, Drift, Refused, UsageError
from avdaily_sql.migrations import Options
from avdaily_sql.migrations.push import push
from avdaily_sql.migrations.verify import verify

SQUASHED = "0004.squashed"


def apply(url, tree, **options):
    return migrations.apply(url, tree.sql, Options(**options))


def states(url, tree):
    return {each.id: each.state for each in migrations.status(url, tree.sql).migrations}


def marks(url):
    with psycopg.connect(url) as conn:
        query = "SELECT migration_id FROM avdaily_migrations._yoyo_migration ORDER BY 1"
        return [identifier for (identifier,) in conn.execute(query)]


def rows(url, query):
    with psycopg.connect(url) as conn:
        return conn.execute(query).fetchall()


@pytest.fixture
def fresh(five, squash, tree, database_in, dump):
    """Squash the first four, and return what a new database holds then."""

    def make():
        squash(4)
        url = database_in()
        apply(url, tree)
        return dump(url, "--inserts")

    return make


def test_an_empty_database_runs_the_one_file(five, squash, tree, database_in, dump):
    many = database_in(5)
    squash(4)
    one = database_in()
    assert [each.id for each in apply(one, tree).applied] == [SQUASHED, five[4]]
    assert dump(one, "--inserts") == dump(many, "--inserts")
    assert marks(one) == [SQUASHED, five[4]]


@pytest.mark.parametrize("to", [1, 2, 3, 4, 5])
def test_a_database_that_has_some_of_them_goes_on_with_the_others_and_then_has_the_mark(
    to, five, fresh, tree, database_in, dump
):
    url = database_in(to)
    expected = fresh()
    before = states(url, tree)
    # The depends line of the fifth names the squashed file now.
    expected_states = ["applied"] * min(to, 4) + ["pending"] * (5 - to) + ["cosmetic"] * (to == 5)
    assert [before[each] for each in five] == expected_states
    assert before[SQUASHED] == "pending"
    done = apply(url, tree)
    assert [each.id for each in done.applied] == five[to:]
    assert done.marked == (SQUASHED,)
    assert marks(url) == [SQUASHED, five[4]]
    assert states(url, tree) == {SQUASHED: "applied", five[4]: "applied"}
    assert dump(url, "--inserts") == expected
    again = apply(url, tree)
    assert (again.applied, again.marked, again.warnings) == ((), (), ())


def test_a_file_without_a_transaction_that_was_interrupted_is_completed_first(five, fresh, tree, database_in, dump):
    url = database_in(3)
    with psycopg.connect(url) as holder:
        # The index waits for a transaction that began before it.
        holder.execute("UPDATE t1 SET name = name")
        with pytest.raises(Busy):
            apply(url, tree, lock_timeout_ms=100, wait_seconds=0.5)
    assert migrations.status(url, tree.sql).counts.partial == 1
    expected = fresh()
    assert states(url, tree)[five[3]] == "partial"
    assert apply(url, tree).marked == (SQUASHED,)
    assert dump(url, "--inserts") == expected


def test_the_mark_runs_nothing_and_keeps_the_time_and_every_record(five, squash, tree, database_in):
    url = database_in(5)
    [(newest,)] = rows(
        url, "SELECT max(applied_at_utc) FROM avdaily_migrations._yoyo_migration WHERE migration_id < '0005'"
    )
    catalog = "SELECT max(xmin::text::bigint) FROM pg_class WHERE relname LIKE 't1%'"
    before = rows(url, catalog)
    squash(4)
    apply(url, tree)
    assert rows(url, catalog) == before
    query = "SELECT applied_at_utc FROM avdaily_migrations._yoyo_migration WHERE migration_id = '0004.squashed'"
    assert rows(url, query) == [(newest,)]
    log = rows(
        url, "SELECT migration_id, operation, reason FROM avdaily_migrations.avdaily_log WHERE id > 5 ORDER BY id"
    )
    assert log == [
        *((each, "unmark", f"replaced by {SQUASHED}") for each in five[:4]),
        (SQUASHED, "mark", "squashed: in the place of 4 files that it replaces"),
        (five[4], "repair", f"its depends line names {SQUASHED} now"),
    ]


def test_a_rollback_goes_back_in_the_order_of_application_and_the_squashed_file_is_the_whole(
    five, squash, tree, database_in, dump
):
    empty = dump(database_in())
    url = database_in(5)
    squash(4)
    apply(url, tree)
    assert [each.id for each in migrations.rollback(url, tree.sql, Options()).rolled_back] == [five[4]]
    assert [each.id for each in migrations.rollback(url, tree.sql, Options()).rolled_back] == [SQUASHED]
    assert dump(url) == empty
    assert [each.id for each in apply(url, tree).applied] == [SQUASHED, five[4]]
    assert len(migrations.rollback(url, tree.sql, Options(steps=None)).rolled_back) == 2
    assert dump(url) == empty


def test_before_the_mark_each_file_can_be_rolled_back_by_itself(five, squash, tree, database_in):
    url = database_in(4)
    squash(4)
    done = migrations.rollback(url, tree.sql, Options(to="2"))
    assert [each.id for each in done.rolled_back] == [five[3], five[2]]
    assert marks(url) == five[:2]


def test_apply_can_stop_between_the_replaced_files(five, squash, tree, database_in):
    url = database_in(1)
    squash(4)
    assert [each.id for each in apply(url, tree, to="0003").applied] == [five[1], five[2]]
    assert marks(url) == five[:3]
    # The number of the last of them means the squashed file, which is what the tree shows.
    assert apply(url, tree, to="4").marked == (SQUASHED,)


def test_a_plan_names_what_is_marked_and_counts_no_statement_of_it(five, squash, tree, database_in):
    url = database_in(3)
    squash(4)
    plan = migrations.plan(url, tree.sql, Options())
    assert [each.id for each in plan.plan] == [five[3], five[4]]
    assert plan.marked == (SQUASHED,)
    assert marks(url) == five[:3]


@pytest.mark.parametrize("to", [2, 4, 5])
def test_verify_finds_nothing_wrong_in_any_state(to, five, squash, tree, database_in, known):
    url = database_in(to)
    squash(4)
    for _ in range(2):
        result = verify(url, tree.sql, known)
        assert (result.exit_code, result.live) == (0, ())
        apply(url, tree)


def test_verify_finds_what_was_changed_by_hand_in_the_middle(five, squash, tree, database_in, known):
    url = database_in(2)
    with psycopg.connect(url) as conn:
        conn.execute("ALTER TABLE t1 ADD by_hand int")
    squash(4, accept_behind=True)
    result = verify(url, tree.sql, known)
    assert [each.object for each in result.live] == ["TABLE public.t1"]


def test_the_replaced_files_may_go_once_every_database_has_them(five, squash, tree, database_in):
    after, marked, middle = database_in(5), database_in(4), database_in(2)
    squash(4)
    apply(marked, tree)
    shutil.rmtree(tree.migrations / "squashed")
    assert apply(after, tree).marked == (SQUASHED,)
    assert apply(marked, tree).marked == ()
    for call in (apply, states):
        with pytest.raises(Drift, match=r"0003\.fill-t1 is not applied here, and its file is gone: 0004\.squashed"):
            call(middle, tree)
    assert marks(middle) == five[:2]


def test_a_replaced_file_that_was_changed_is_refused_while_the_database_has_not_the_mark(
    five, squash, tree, database_in
):
    url = database_in(3)
    squash(4)
    path = tree.migrations / "squashed" / SQUASHED / "0002.widen-t1.sql"
    path.write_text("ALTER TABLE t1 ADD name varchar(9);\n")
    with pytest.raises(Drift, match=r"0002\.widen-t1 was changed after it was applied"):
        apply(url, tree)
    assert marks(url) == five[:3]


def test_a_database_whose_history_names_what_was_never_a_file_is_still_refused(five, squash, tree, database_in):
    tree.table(6)
    url = database_in(6)
    tree.remove("0006.create-t6")
    squash(4, url=database_in())
    with pytest.raises(Drift, match=r"0006\.create-t6 is applied, and its file is missing"):
        apply(url, tree)


@pytest.mark.parametrize("state", [None, 1, 3, "first", 5, 6])
def test_a_squash_can_be_squashed_again(state, five, squash, tree, database_in, dump):
    tree.table(6)
    databases = {to: database_in(to) for to in (None, 1, 3, 5, 6)}
    expected = dump(database_in(6), "--inserts")
    databases["first"] = database_in(4)
    squash(3, accept_behind=True, url=databases[5], name="first")
    apply(databases["first"], tree, to="3")
    squash(5, accept_behind=True, url=databases[None], name="second")
    assert sorted(path.name for path in tree.migrations.glob("*.sql")) == [
        "0005.second.rollback.sql",
        "0005.second.sql",
        "0006.create-t6.rollback.sql",
        "0006.create-t6.sql",
    ]
    url = databases[state]
    apply(url, tree)
    assert marks(url) == ["0005.second", "0006.create-t6"]
    assert dump(url, "--inserts") == expected
    assert [each.id for each in migrations.rollback(url, tree.sql, Options(steps=None)).rolled_back] == [
        "0006.create-t6",
        "0005.second",
    ]


def test_two_runs_at_once_make_one_mark(five, squash, tree, database_in):
    url = database_in(3)
    squash(4)
    results = []
    threads = [threading.Thread(target=lambda: results.append(apply(url, tree))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.marked for result in results) == [(), (), (), (SQUASHED,)]
    query = "SELECT count(*) FROM avdaily_migrations.avdaily_log WHERE operation IN ('mark', 'unmark')"
    assert rows(url, query) == [(5,)]


def test_push_does_not_run_a_squashed_file_on_a_database_that_has_the_others(five, squash, tree, database_in, known):
    url = database_in(4)
    tree.remove(five[4])
    squash(4)
    with pytest.raises(Refused, match="it is marked here, and never run"):
        push(url, tree.sql, known, Options())
    assert marks(url) == five[:4]


def test_a_new_file_cannot_depend_on_a_replaced_one(five, squash, tree, database_in):
    squash(4)
    tree.write("0006.more", "-- depends: 0004.index-t1\nSELECT 1;\n")
    with pytest.raises(UsageError, match=r'it depends on "0004\.index-t1", which is no migration before it'):
        apply(database_in(), tree)


def test_stock_yoyo_and_psql_build_the_same_on_an_empty_database(
    five, fresh, tree, database_in, dump, server, tmp_path
):
    expected = fresh()
    with_psql, with_yoyo = database_in(), database_in()
    for path in sorted(tree.migrations.glob("*[!k].sql")):
        call = [server.program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", with_psql, "-f", path]
        subprocess.run(call, check=True, capture_output=True)
    assert dump(with_psql, "--inserts") == expected
    url = with_yoyo.replace("postgresql://", "postgresql+psycopg://")
    call = [Path(sys.executable).with_name("yoyo"), "apply", "--batch", "--no-config-file", "-d", url, tree.migrations]
    subprocess.run(call, check=True, capture_output=True, cwd=tmp_path)
    assert dump(with_yoyo, "--inserts") == expected
