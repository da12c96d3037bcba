"""Runners and their backends killed at random moments: the next run needs no hand, and nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import time

import psycopg
import pytest

from avdaily_sql.cluster import binaries
from avdaily_sql.errors import Failed
from tests import throwaway
from tests.migrations.conftest import recorded
from tests.waiting import eventually

FILES = 30
# A hundred in four parts, so that two workers share them.
PARTS = 4
KILLS = 25
# Of these the backend is killed instead of the runner: the server then ends all sessions and recovers.
BACKENDS = 3


@pytest.fixture
def own_server():
    """A server of the test's own: a backend that is killed with signal 9 takes every other session with it."""
    session = throwaway.Session()
    try:
        yield throwaway.start_server(session, binaries.find_embedded())
    finally:
        session.close()


def write_tree(tree) -> None:
    """Write thirty files of all kinds; none of their statements can be run twice without a trace."""
    lines = "".join(f"{number}\tline {number}\n" for number in range(400))
    for first in range(1, FILES, 3):
        table = f"t{first}"
        tree.write(
            f"{first:04}.create-{table}",
            f"CREATE TABLE {table} (id bigint PRIMARY KEY, v text, w int);\n"
            f"INSERT INTO {table} SELECT n, md5(n::text), n % 7 FROM generate_series(1, 3000) AS n;\n"
            f"CREATE INDEX {table}_old_idx ON {table} (w);\n"
            f"CREATE FUNCTION f{first}() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM {table} $$;\n"
            f"CREATE TABLE {table}_parts (id int) PARTITION BY RANGE (id);\n"
            f"CREATE TABLE {table}_part PARTITION OF {table}_parts FOR VALUES FROM (1) TO (9);\n",
        )
        tree.write(
            f"{first + 1:04}.copy-{table}",
            f"CREATE TABLE c{first} (id int, line text);\nCOPY c{first} FROM stdin;\n{lines}\\.\n"
            f"ALTER TABLE c{first} ALTER id TYPE bigint;\n",
        )
        tree.write(
            f"{first + 2:04}.index-{table}",
            "-- transactional: false\n"
            f"CREATE INDEX CONCURRENTLY {table}_v_idx ON {table} (v);\n"
            f"INSERT INTO c{first} SELECT n, 'inserted' FROM generate_series(1, 50) AS n;\n"
            f"CREATE TABLE again{first} (id int);\n"
            f"COPY c{first} FROM stdin;\n{lines}\\.\n"
            f"CREATE UNIQUE INDEX CONCURRENTLY ON {table} (id, v);\n"
            f"VACUUM {table};\n"
            f"DROP INDEX CONCURRENTLY {table}_old_idx;\n"
            f"REINDEX TABLE CONCURRENTLY {table};\n"
            f"ALTER TABLE {table}_parts DETACH PARTITION {table}_part CONCURRENTLY;\n"
            f"DO $$ BEGIN INSERT INTO again{first} VALUES (1); END $$;\n",
        )


def runner_pids(url: str) -> list[int]:
    query = """SELECT pid FROM pg_stat_activity WHERE datname = current_database()
               AND application_name LIKE 'avdaily-sql/%' AND query <> '' ORDER BY backend_start"""
    with psycopg.connect(url, application_name="test") as conn:
        return [pid for (pid,) in conn.execute(query)]


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as conn:
            return conn.execute("SELECT NOT pg_is_in_recovery()").fetchone()[0]
    except psycopg.OperationalError:
        return False


def kill_runner(process, _url: str) -> bool:
    process.kill()
    return process.wait() == -signal.SIGKILL


def kill_backend(process, url: str) -> bool:
    pids = runner_pids(url)
    if not pids:
        process.communicate()
        return False
    try:
        os.kill(pids[0], signal.SIGKILL)
    except ProcessLookupError:
        return False
    _, errors = process.communicate(timeout=60)
    eventually(lambda: answers(url), seconds=60)
    assert process.returncode in {0, 1}, errors
    assert "Traceback" not in errors
    return process.returncode == 1


def facts(url: str) -> dict[str, list]:
    with psycopg.connect(url) as conn:
        asked = {
            "history": "SELECT migration_id, count(*) FROM avdaily_migrations._yoyo_migration GROUP BY 1 ORDER BY 1",
            "log": "SELECT migration_id, operation, count(*) FROM avdaily_migrations.avdaily_log"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            "yoyo": "SELECT migration_id, operation, count(*) FROM avdaily_migrations._yoyo_log"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            "progress": "SELECT * FROM avdaily_migrations.avdaily_progress",
            "invalid": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready",
            "half detached": "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending",
        }
        return {name: conn.execute(query).fetchall() for name, query in asked.items()}


@pytest.mark.fault
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_a_hundred_kills_leave_what_an_undisturbed_run_leaves(part, tree, start, own_server, dump):
    seed = int(os.environ.get("AVDAILY_CRASH_SEED") or random.randrange(1 << 32))
    print(f"AVDAILY_CRASH_SEED={seed}")
    chance = random.Random(seed)
    write_tree(tree)
    url = own_server.create_database("undisturbed")
    started = time.monotonic()
    process = start("apply", url=url)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    takes = time.monotonic() - started
    wanted, wanted_facts = dump(url), facts(url)
    assert [count for _, count in wanted_facts["history"]] == [1] * FILES
    assert wanted_facts["invalid"] == wanted_facts["progress"] == []

    backend_kills = set(chance.sample(range(KILLS), BACKENDS))
    kills = trees = 0
    while kills < KILLS:
        trees += 1
        url = own_server.create_database(f"tree_{trees}")
        complete = False
        while not complete:
            process = start("apply", url=url)
            if kills >= KILLS:
                kill = None
            else:
                kill = kill_backend if kills in backend_kills else kill_runner
                # Most of a run's first part is the start of Python; the kills are to hit all of it.
                deadline = time.monotonic() + takes * chance.uniform(0.1, 0.9)
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.002)
            if kill is not None and process.poll() is None and kill(process, url):
                kills += 1
                continue
            _, errors = process.communicate()
            assert process.returncode == 0, f"seed {seed}, tree {trees}, after {kills} kills: {errors}"
            complete = True
        assert dump(url) == wanted, f"seed {seed}, tree {trees}"
        assert facts(url) == wanted_facts, f"seed {seed}, tree {trees}"
        own_server.drop_database(f"tree_{trees}")
    print(f"{kills} kills, {len(backend_kills)} of them of the backend, over {trees} trees")


@pytest.fixture
def interrupted(tree, runner, db):
    """Bring a statement to where a killed run leaves it: begun, its outcome unknown."""

    def run(statement: str, done: str) -> None:
        tree.write("0002.alone", f"-- transactional: false\n{statement};\nSELECT 1 / (SELECT count(*) FROM t);")
        db.execute("DELETE FROM t")
        with pytest.raises(Failed, match="division by zero"):
            runner.apply()
        # Its row is as the killed run wrote it, and the work as far as the server had come.
        db.execute("UPDATE avdaily_migrations.avdaily_progress SET finished_at = NULL WHERE statement = 1")
        db.execute(done)
        db.execute("INSERT INTO t VALUES (1, 1)")

    tree.write(
        "0001.tables",
        "CREATE TABLE t (id int, v int);\nCREATE INDEX t_old_idx ON t (v);\n"
        "CREATE TABLE p (id int) PARTITION BY RANGE (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);",
    )
    runner.apply()
    return run


@pytest.mark.parametrize(
    ("statement", "came_to"),
    [
        ("CREATE INDEX CONCURRENTLY t_v_idx ON t (v)", "SELECT 1"),
        # Without a name it is known by being younger than its row.
        ("CREATE INDEX CONCURRENTLY ON public.t (v)", "DROP INDEX t_v_idx; CREATE INDEX ON t (v)"),
        ("CREATE INDEX CONCURRENTLY t_v_idx ON t (v)", "DROP INDEX t_v_idx"),
        (
            "CREATE INDEX CONCURRENTLY ON t (v)",
            "DROP INDEX t_v_idx; CREATE INDEX ON t (v);"
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_v_idx'::regclass",
        ),
        ("DROP INDEX CONCURRENTLY t_old_idx", "SELECT 1"),
        ("DROP INDEX CONCURRENTLY t_old_idx", "CREATE INDEX t_old_idx ON t (v)"),
        ("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "SELECT 1"),
    ],
)
def test_a_statement_whose_outcome_nobody_heard_is_settled_by_the_catalogs(runner, db, interrupted, statement, came_to):
    interrupted(statement, came_to)
    runner.apply()
    assert recorded(db) == ["0001.tables", "0002.alone"]
    indexes = {name for (name,) in db.execute("SELECT indexname FROM pg_indexes WHERE tablename = 't'")}
    wanted = {"CREATE": {"t_old_idx", "t_v_idx"}, "DROP I": set(), "ALTER ": {"t_old_idx"}}[statement[:6]]
    assert indexes == wanted
    assert db.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement", ["CREATE INDEX CONCURRENTLY t_old_idx ON t (id)", "DROP INDEX CONCURRENTLY nothing_idx"]
)
def test_a_statement_that_the_server_refused_is_never_taken_for_done(tree, runner, interrupted, statement):
    tree.write("0002.alone", f"-- transactional: false\n{statement};")
    for _ in range(3):
        with pytest.raises(Failed, match="exist"):
            runner.apply()


def test_what_a_file_has_set_is_set_again_for_the_rest_of_it(tree, runner, db):
    db.execute("CREATE SCHEMA elsewhere")
    header = "-- transactional: false\nSET search_path = elsewhere;\nCREATE TABLE a (id int);\n"
    tree.write("0001.alone", f"{header}SELECT 1/0;\nCREATE TABLE b (id int);")
    with pytest.raises(Failed):
        runner.apply()
    tree.write("0001.alone", f"{header}SELECT 1;\nCREATE TABLE b (id int);")
    runner.apply()
    query = "SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 2"
    assert db.execute(query).fetchall() == [("elsewhere", "a"), ("elsewhere", "b")]


def test_rows_and_statement_are_one_so_that_nothing_is_inserted_twice(tree, runner, start, db, database_url):
    tree.write("0001.table", "CREATE TABLE t (id int);")
    runner.apply()
    tree.write("0002.alone", "-- transactional: false\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);")
    with psycopg.connect(database_url) as other:
        # Its own row cannot be finished: the kill comes between the INSERT and that.
        other.execute("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                      " PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$")  # fmt: skip
        other.execute("CREATE TRIGGER wait BEFORE UPDATE ON avdaily_migrations.avdaily_progress"
                      " FOR EACH ROW EXECUTE FUNCTION wait()")  # fmt: skip
        other.commit()
        other.execute("SELECT pg_advisory_lock(4711)")
        process = start("apply")
        query = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 4711"
        eventually(lambda: db.execute(query).rowcount)
        process.kill()
        process.wait()
        eventually(lambda: not db.execute(query).rowcount)
        other.execute("SELECT pg_advisory_unlock(4711)")
    db.execute("DROP FUNCTION wait() CASCADE")
    runner.apply()
    assert db.execute("SELECT id FROM t ORDER BY 1").fetchall() == [(1,), (2,)]
