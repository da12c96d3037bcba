"""Backfills: small batches in transactions of their own, beside others, to the end whatever happens in the middle."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import backfills, errors
from avdaily_sql.backfills import Limits
from avdaily_sql.sqltree import SqlTree
from tests.conftest import clean_environment
from tests.queries.clusters import eventually, pgbouncer, primary_and_standby
from tests.test_json_output import held_against

FULL_SPEED = Limits(load=1)
HEADER = "-- channels: every payment says its channel\n"
REMAINING = "SELECT id FROM payments WHERE channel IS NULL;\n"
CHANGE = "UPDATE payments SET channel = 'card', touched = touched + 1 WHERE id = ANY(:id) AND channel IS NULL;\n"


class House:
    """A tree of SQL files with one backfill, and a database with payments that have no channel yet."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        (root / "migrations").mkdir(parents=True)
        (root / "backfills").mkdir()
        self.write(HEADER + REMAINING + CHANGE)
        with self.connect() as conn:
            conn.execute("CREATE SCHEMA avdaily_migrations")
            conn.execute(
                """CREATE TABLE payments (id bigint CONSTRAINT payments_pkey PRIMARY KEY, channel text,
                     touched int NOT NULL DEFAULT 0, amount int NOT NULL DEFAULT 1)"""
            )

    def connect(self, **options) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True, **options)

    def write(self, text: str, name: str = "channels") -> None:
        (self.root / "backfills" / f"{name}.sql").write_text(text)

    def fill(self, rows: int) -> None:
        with self.connect() as conn:
            conn.execute("INSERT INTO payments (id) SELECT generate_series(1, %s)", (rows,))
            conn.execute("ANALYZE payments")

    def run(self, limits: Limits = FULL_SPEED, **options) -> backfills.Result:
        return backfills.run(self.url, backfills.find(SqlTree(self.root, "flag"), "channels"), limits, **options)

    def preview(self) -> backfills.Preview:
        return backfills.preview(self.url, backfills.find(SqlTree(self.root, "flag"), "channels"), FULL_SPEED)

    def value(self, query: str):
        with self.connect() as conn:
            return conn.execute(query).fetchone()[0]

    def touched(self) -> list[tuple[int, int]]:
        """How often rows were changed, and how many rows so often."""
        with self.connect() as conn:
            return conn.execute("SELECT touched, count(*) FROM payments GROUP BY 1 ORDER BY 1").fetchall()


@pytest.fixture
def house(database_url, tmp_path):
    return House(database_url, tmp_path / "sql")


def test_every_row_is_changed_once_and_again_nothing_is_to_do(house):
    house.fill(2500)
    result = house.run()
    assert (result.rows, result.rows_in_all, result.resumed) == (2500, 2500, False)
    assert result.batches > 2
    assert house.touched() == [(1, 2500)]
    again = house.run()
    assert (again.rows, again.batches, again.rows_in_all) == (0, 0, 2500)
    assert house.touched() == [(1, 2500)]


def test_no_batch_is_larger_than_was_asked_for_and_each_is_its_own_transaction(house):
    house.fill(300)
    house.run(Limits(load=1, batch=70))
    sizes = "SELECT max(rows) FROM (SELECT count(*) AS rows FROM payments GROUP BY xmin::text) AS each"
    assert house.value(sizes) == 70


def test_a_failure_in_the_middle_keeps_the_batches_before_and_names_the_statement(house):
    house.fill(1000)
    with house.connect() as conn:
        conn.execute("UPDATE payments SET amount = 0 WHERE id = 700")
    house.write(HEADER + REMAINING + "\n" + CHANGE.replace("touched = touched + 1", "touched = 1 / amount"))
    with pytest.raises(errors.Failed, match="division by zero") as caught:
        house.run(Limits(load=1, batch=100))
    assert str(caught.value.location).endswith("channels.sql:4:1")
    assert house.touched() == [(0, 400), (1, 600)]
    with house.connect() as conn:
        conn.execute("UPDATE payments SET amount = 1")
    result = house.run()
    assert (result.rows, result.rows_in_all, result.resumed) == (400, 1000, True)
    assert house.touched() == [(1, 1000)]


def test_a_change_that_leaves_its_rows_in_the_remainder_is_refused_and_rolled_back(house):
    house.fill(10)
    house.write(HEADER + REMAINING + "UPDATE payments SET touched = touched + 1 WHERE id = ANY(:id);\n")
    with pytest.raises(errors.Failed, match="10 of 10 rows remain after they were changed") as caught:
        house.run()
    assert caught.value.location.line == 3
    assert house.touched() == [(0, 10)]


def test_rows_that_appear_behind_the_last_key_are_found_by_the_next_pass(house):
    house.fill(500)
    with house.connect() as conn:
        conn.execute("DELETE FROM payments WHERE id <= 100")

    def write_behind(state):
        if state.rows == 400:
            with house.connect() as conn:
                conn.execute("INSERT INTO payments (id) SELECT generate_series(1, 100)")

    assert house.run(Limits(load=1, batch=50), progressed=write_behind).rows == 500
    assert house.touched() == [(1, 500)]


def test_an_application_that_goes_on_writing_old_rows_is_named_instead_of_chased_for_ever(house):
    house.fill(10)

    def write_on(_):
        with house.connect() as conn:
            conn.execute("INSERT INTO payments (id) SELECT min(id) - 1 FROM payments")

    with pytest.raises(errors.Failed, match="new rows remain after each of 3 passes"):
        house.run(progressed=write_on)


@pytest.mark.parametrize(
    ("columns", "values", "keys", "where"),
    [
        ("a uuid, b date", "gen_random_uuid(), date '2031-01-01' + n", "a, b",
         "(a, b) IN (SELECT * FROM unnest(:a, :b))"),
        ("a text, b numeric(9, 2)", "n % 7 || ' \"it''s\" \\ é', n / 100.0", "b", "b = ANY(:b)"),
        ("a timestamptz, b int", "timestamptz '2031-01-01 12:00+01' + n * interval '1.000001 s', n",
         "a", "a = ANY(:a)"),
        ('"Odd ""name" int, b bytea', "n, sha256(n::text::bytea)", "b", "b = ANY(:b)"),
        ("a mood, b int", "CASE WHEN n % 2 = 0 THEN 'calm' ELSE 'good' END::mood, n", "a, b",
         "(a, b) IN (SELECT * FROM unnest(:a, :b))"),
    ],
)  # fmt: skip
def test_a_key_can_be_of_any_type_and_of_several_columns(house, columns, values, keys, where):
    with house.connect() as conn:
        conn.execute("CREATE TYPE mood AS ENUM ('good', 'calm')")
        conn.execute(f"CREATE TABLE odd ({columns}, done boolean NOT NULL DEFAULT false)")
        names = ", ".join(part.rsplit(" ", 1)[0] for part in columns.replace("(9, 2)", "").split(", "))
        conn.execute(f"INSERT INTO odd ({names}) SELECT {values} FROM generate_series(1, 230) AS n".encode())
    house.write(
        f"{HEADER}SELECT {keys} FROM odd WHERE NOT done -- to do\n;\nUPDATE odd SET done = true WHERE {where};\n"
    )
    assert house.run(Limits(load=1, batch=40)).rows == 230
    assert house.value("SELECT count(*) FROM odd WHERE NOT done") == 0


def test_a_key_that_is_null_is_refused(house):
    with house.connect() as conn:
        conn.execute("CREATE TABLE odd (a int, done boolean)")
        conn.execute("INSERT INTO odd VALUES (NULL, false)")
    house.write(f"{HEADER}SELECT a FROM odd WHERE NOT done;\nUPDATE odd SET done = true WHERE a = ANY(:a);\n")
    with pytest.raises(errors.Failed, match="a key of what remains is null"):
        house.run()


def test_an_edited_backfill_begins_at_the_first_key_again_and_a_new_comment_does_not(house):
    house.fill(300)
    with house.connect() as conn:
        conn.execute("UPDATE payments SET amount = 0 WHERE id = 200")
    fails = CHANGE.replace("touched = touched + 1", "touched = 1 / amount")
    house.write(HEADER + REMAINING + fails)
    with pytest.raises(errors.Failed):
        house.run(Limits(load=1, batch=50))
    with house.connect() as conn:
        conn.execute("UPDATE payments SET amount = 1")
    house.write(HEADER + "-- Why: reports ask for it\n" + REMAINING + fails)
    assert house.run().resumed
    with house.connect() as conn:
        conn.execute("UPDATE payments SET channel = NULL, touched = 0")
    house.write(HEADER + REMAINING + CHANGE)
    assert not house.run().resumed
    assert house.touched() == [(1, 300)]


# Beside others


def test_a_second_backfill_at_once_is_refused_and_names_the_first(house):
    house.fill(200)
    refused = []

    def run_another(_):
        with pytest.raises(errors.Busy, match="another backfill runs on this database") as caught:
            house.run()
        refused.append(caught.value.detail)

    house.run(Limits(load=1, batch=200), progressed=run_another)
    assert refused
    assert "pid" in refused[0]
    assert house.touched() == [(1, 200)]


def test_a_locked_row_makes_batches_smaller_and_gives_up_in_time_with_what_was_done_kept(house):
    house.fill(100)
    house.write(HEADER + "-- lock-timeout: 50ms\n" + REMAINING + CHANGE)
    told = []
    with house.connect() as other, other.transaction():
        other.execute("SELECT FROM payments WHERE id = 50 FOR UPDATE")
        with pytest.raises(errors.Busy, match="got no lock within 1 s"):
            house.run(Limits(load=1, wait_seconds=1), told=told.append)
    assert "others hold its locks; trying again with fewer rows" in told
    done = dict(house.touched())[1]
    assert 0 < done < 50
    assert house.run().rows == 100 - done
    assert house.touched() == [(1, 100)]


def test_a_lock_that_goes_away_is_waited_for(house):
    house.fill(100)
    house.write(HEADER + "-- lock-timeout: 50ms\n" + REMAINING + CHANGE)
    released = threading.Event()
    other = house.connect()
    other.execute("BEGIN")
    other.execute("SELECT FROM payments WHERE id = 1 FOR UPDATE")

    def release(_):
        if not released.is_set():
            released.set()
            other.execute("ROLLBACK")

    result = house.run(told=release)
    other.close()
    assert (result.rows, result.collisions) == (100, 1)


def test_others_write_beside_it_and_no_change_of_theirs_is_lost(house):
    house.fill(3000)
    done = threading.Event()

    def write():
        with house.connect() as conn:
            number = 0
            while not done.is_set():
                number = number % 3000 + 1
                conn.execute("UPDATE payments SET amount = amount + 1 WHERE id = %s", (number,))
                conn.execute("INSERT INTO written VALUES (%s)", (number,))

    with house.connect() as conn:
        conn.execute("CREATE TABLE written (id bigint)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        house.run(Limits(batch=100))
    finally:
        done.set()
        writer.join()
    assert house.touched() == [(1, 3000)]
    assert house.value("SELECT sum(amount) - 3000 - (SELECT count(*) FROM written) FROM payments") == 0


@pytest.mark.slow
def test_a_replica_that_lags_is_waited_for(server):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="avdaily-lag-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        with primary_and_standby(directory, server.bin) as (primary, standby):
            house = House(primary.url(), directory / "sql")
            house.fill(1000)
            waited = []

            def resume(text):
                waited.append(text)
                with psycopg.connect(standby.url(), autocommit=True) as conn:
                    conn.execute("SELECT pg_wal_replay_resume()")

            with psycopg.connect(standby.url(), autocommit=True) as conn:
                conn.execute("SELECT pg_wal_replay_pause()")
                eventually(lambda: conn.execute("SELECT pg_get_wal_replay_pause_state()").fetchone()[0] == "paused")
            house.run(Limits(load=0.5, batch=50, lag_seconds=0.1), told=resume)
            assert waited
            assert waited[0].startswith("waiting for replica ")
            assert house.touched() == [(1, 1000)]
        shutil.rmtree(directory / "sql")


# Kills


@pytest.mark.fault
def test_killed_again_and_again_it_goes_on_and_changes_every_row_once(house, tmp_path):
    house.fill(4000)
    program = Path(sys.executable).with_name("avdaily-sql")
    command = [program, "--database-url", house.url, "--sql-dir", str(house.root), "-q", "backfill", "channels"]
    command += ["--batch", "40"]
    home = tmp_path / "home"
    home.mkdir()
    before = 0
    for _ in range(6):
        process = subprocess.Popen(command, env=clean_environment(home), stdout=subprocess.DEVNULL)
        before = eventually(lambda before=before: _more_than(house, before))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert dict(house.touched()).keys() <= {0, 1}
    done = subprocess.run([*command, "--json"], env=clean_environment(home), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert (result["rows_in_all"], result["resumed"]) == (4000, True)
    assert house.touched() == [(1, 4000)]


@pytest.mark.fault
def test_terminated_in_the_middle_of_a_batch_it_says_so_in_one_line_and_keeps_the_batches_before(house, tmp_path):
    house.fill(300)
    house.write(
        HEADER + REMAINING + CHANGE.replace("'card'", "CASE WHEN id = 250 THEN pg_sleep(30)::text ELSE 'c' END")
    )
    program = Path(sys.executable).with_name("avdaily-sql")
    command = [program, "--database-url", house.url, "--sql-dir", str(house.root), "backfill", "channels"]
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(command, env=clean_environment(home), stderr=subprocess.PIPE, text=True)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    eventually(lambda: house.value(sleeping))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, len(said.splitlines())) == (143, 1), said
    eventually(lambda: not house.value(sleeping))
    done = dict(house.touched())[1]
    assert 0 < done < 250


def _more_than(house, before):
    done = house.value("SELECT count(*) FROM payments WHERE channel IS NOT NULL")
    return done if done > before else None


# What it would do


def test_a_dry_run_shows_the_plans_of_one_batch_and_changes_nothing(house):
    house.fill(50_000)
    shown = house.preview()
    assert 40_000 <= shown.estimated_rows <= 50_000
    assert (shown.batch, shown.resumes_after) == (1000, None)
    assert "Index Scan using payments_pkey on payments" in "\n".join(shown.select_plan)
    assert "payments" in "\n".join(shown.change_plan)
    assert shown.warnings == ()
    assert house.touched() == [(0, 50_000)]
    assert house.value("SELECT to_regclass('avdaily_migrations.avdaily_backfill') IS NULL")


def test_a_dry_run_warns_of_a_batch_that_reads_or_sorts_the_whole_table(house):
    house.fill(2000)
    with house.connect() as conn:
        conn.execute("ALTER TABLE payments DROP CONSTRAINT payments_pkey")
    shown = house.preview()
    assert len(shown.warnings) == 2
    assert "sorts all rows that remain" in shown.warnings[0]
    assert "reads the whole table payments" in shown.warnings[1]


# Bad files


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (HEADER + REMAINING, "a backfill is a pair of statements, and here is 1", None),
        (HEADER + REMAINING + CHANGE + "SELECT 1;\n", "and here are 3", "4:1"),
        (HEADER + CHANGE + REMAINING, "the first statement is no SELECT", "2:1"),
        (HEADER + REMAINING + "VACUUM payments;\n", "the second statement changes no rows", "3:1"),
        (REMAINING + CHANGE, "the first line does not say what is true afterwards", "1:1"),
        (HEADER + "-- batches: 5\n" + REMAINING + CHANGE, 'unknown directive "batches"', "2:1"),
        (HEADER + "-- batch: 0\n" + REMAINING + CHANGE, '"0" is not a number of rows', "2:1"),
        (HEADER + "-- batch: 5\n-- batch: 6\n" + REMAINING + CHANGE, "is there twice", "3:1"),
        (HEADER + REMAINING + "-- batch: 5\n" + CHANGE, "stands outside the header", "3:1"),
        (HEADER + REMAINING.replace("channel", ":x IS NULL OR channel") + CHANGE, "takes no parameters", "2:31"),
        (HEADER + REMAINING + CHANGE.replace(":id", ":key"), "gives no column for :key", "3:76"),
        (HEADER + REMAINING + CHANGE.replace("= ANY(:id)", "> 0"), "the change does not use :id", "3:1"),
        (HEADER + REMAINING.replace("payments", "payment") + CHANGE, 'relation "payment" does not exist', "2:16"),
        (HEADER + REMAINING + "UPDATE payments SET channel = 'open WHERE id = ANY(:id);\n", "unterminated", "3:31"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_at_its_place_and_nothing_changes(house, text, message, place):
    house.fill(5)
    house.write(text)
    with pytest.raises(errors.AvDailyError) as caught:
        house.run()
    assert message in caught.value.message
    assert place is None or str(caught.value.location).endswith(f"channels.sql:{place}")
    assert house.touched() == [(0, 5)]


# The command


def test_the_command_lists_shows_runs_and_says_what_it_did(avdaily, house):
    house.fill(120)
    base = ("--database-url", house.url, "--sql-dir", house.root, "backfill")
    assert avdaily(*base, "--list").stdout == "channels\n"
    shown = avdaily(*base, "channels", "--dry-run")
    assert shown.stdout.startswith("channels: about ")
    done = avdaily(*base, "channels")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("done  channels: 120 rows in ")
    assert avdaily(*base, "channels").stdout.startswith("nothing to do  channels")


def test_its_json_is_what_the_schemas_say(avdaily, house):
    house.fill(120)

    def run(*words):
        return avdaily("--json", "--database-url", house.url, "--sql-dir", house.root, "backfill", *words).stdout

    assert held_against("backfill-list", run("--list")) == {"backfills": ["channels"]}
    assert held_against("backfill-plan", run("channels", "--dry-run"))["batch"] == 1000
    assert held_against("backfill", run("channels"))["rows"] == 120


def test_an_unknown_name_says_which_there_are(avdaily, house):
    refused = avdaily("--database-url", house.url, "--sql-dir", house.root, "backfill", "chanels")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == ['Error: no backfill "chanels"', "Hint: There are: channels."]


def test_production_needs_yes(avdaily, house):
    house.fill(5)
    base = ("--database-url", house.url, "--sql-dir", house.root, "backfill", "channels")
    environment = {"AVDAILY_ENV": "production"}
    refused = avdaily(*base, env=environment)
    assert refused.returncode == 6
    assert refused.stderr.splitlines()[-1].endswith("backfill channels --yes")
    assert house.touched() == [(0, 5)]
    assert avdaily(*base, "--yes", env=environment).returncode == 0


def test_a_database_without_history_says_what_to_do(avdaily, house):
    with house.connect() as conn:
        conn.execute("DROP SCHEMA avdaily_migrations")
    refused = avdaily("--database-url", house.url, "--sql-dir", house.root, "backfill", "channels")
    assert refused.returncode == 1
    assert "no migration has been applied" in refused.stderr
    assert "avdaily-sql apply" in refused.stderr


@pytest.mark.parametrize("kind", ["char(10)", "bit(8)"])
def test_a_key_of_a_type_with_a_length_is_not_cut_to_one_place(house, kind):
    with house.connect() as conn:
        conn.execute(f"ALTER TABLE payments DROP COLUMN id, ADD COLUMN id {kind}")
        conn.execute(f"INSERT INTO payments (id) SELECT g::{kind} FROM generate_series(1, 50) AS g")
    assert house.run(Limits(load=1, batch=7)).rows == 50
    assert house.touched() == [(1, 50)]


def test_a_key_that_is_selected_twice_is_refused(house):
    house.write(HEADER + "SELECT id, id FROM payments WHERE channel IS NULL;\n" + CHANGE)
    with pytest.raises(errors.UsageError, match='gives "id" twice'):
        house.run()


def test_a_deferred_constraint_speaks_at_commit_and_is_said_as_any_refusal(house):
    house.fill(20)
    with house.connect() as conn:
        conn.execute("CREATE TABLE channels (name text PRIMARY KEY)")
        conn.execute("ALTER TABLE payments ADD FOREIGN KEY (channel) REFERENCES channels DEFERRABLE INITIALLY DEFERRED")
    with pytest.raises(errors.Failed, match="violates foreign key constraint"):
        house.run()
    assert house.touched() == [(0, 20)]


def test_a_role_that_may_not_write_the_progress_is_refused_in_one_line(house):
    house.fill(5)
    with house.connect() as conn:
        conn.execute("ALTER DATABASE {} SET role = pg_monitor".format(conn.info.dbname))  # noqa: UP032
        conn.execute("GRANT ALL ON payments TO pg_monitor")
    for act in (house.run, house.preview):
        with pytest.raises(errors.Refused, match="permission denied for schema avdaily_migrations"):
            act()
    assert house.touched() == [(0, 5)]


def test_a_database_that_only_reads_is_said_in_one_line(house):
    house.fill(5)
    with house.connect() as conn:
        conn.execute("ALTER DATABASE {} SET default_transaction_read_only = on".format(conn.info.dbname))  # noqa: UP032
    with pytest.raises(errors.Failed, match="in a read-only transaction"):
        house.run()


def test_a_timeout_that_the_server_cannot_count_is_refused(house):
    house.write(HEADER + "-- statement-timeout: 999999999h\n" + REMAINING + CHANGE)
    with pytest.raises(errors.UsageError, match="longer than the server can count"):
        house.run()


@pytest.mark.needs("pgbouncer")
def test_a_pooler_is_refused_because_lock_and_settings_would_not_stay(house, server, tmp_path_factory):
    house.fill(5)
    with pgbouncer(tmp_path_factory.mktemp("pooler"), house.url, server.bin) as through:
        house.url, direct = through, house.url
        with pytest.raises(errors.Refused, match="leads to a connection pooler"):
            house.run()
        house.url = direct
    assert house.touched() == [(0, 5)]
