"""Many at once: runners beside runners, and a migration beside an application that reads."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from tests.migrations.conftest import Recorder, blocked, recorded
from tests.waiting import eventually

RUNNERS = 20


@pytest.mark.slow
def test_twenty_runners_at_once_build_indexes_concurrently_and_apply_each_file_once(tree, db, start):
    for number in range(1, 17, 2):
        tree.write(
            f"{number:04}.create-t{number}",
            f"CREATE TABLE t{number} (id int);\nINSERT INTO t{number} SELECT generate_series(1, 500);\n",
        )
        tree.write(
            f"{number + 1:04}.index-t{number}",
            "-- transactional: false\n"
            f"CREATE INDEX CONCURRENTLY t{number}_id_idx ON t{number} (id);\n"
            f"INSERT INTO t{number} VALUES (501);\nVACUUM t{number};\n",
        )
    processes = [start("apply", "--wait", "5min") for _ in range(RUNNERS)]
    ended = [(*process.communicate(timeout=300), process.returncode) for process in processes]
    assert [code for _, _, code in ended] == [0] * RUNNERS, [errors for _, errors, code in ended if code]
    applied = sorted(line.split()[1] for output, _, _ in ended for line in output.splitlines() if "applied  " in line)
    assert applied == recorded(db)
    assert len(applied) == 16
    logged = db.execute("SELECT count(*), count(DISTINCT migration_id) FROM avdaily_migrations.avdaily_log").fetchone()
    assert logged == (16, 16)
    assert db.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (0,)
    for number in range(1, 17, 2):
        assert db.execute(f"SELECT count(*) FROM t{number}").fetchone() == (501,)
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert db.execute(query).fetchone() == (0,)


class Readers:
    """Fifty reads a second, on connections of their own; remembers how long each took."""

    def __init__(self, url: str, query: str) -> None:
        self._url = url
        self._query = query
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(5)]
        self.seconds: list[float] = []

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        eventually(lambda: len(self.seconds) >= 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            while not self._stop.is_set():
                started = time.monotonic()
                conn.execute(self._query)
                took = time.monotonic() - started
                self.seconds.append(took)
                # Ten a second for each of the five; one that waited does not make up for it.
                self._stop.wait(max(0.0, 0.1 - took))


@pytest.mark.slow
def test_fifty_reads_a_second_never_wait_longer_than_twice_the_lock_timeout_of_an_alter(tree, runner, db, database_url):
    lock_timeout_ms = 600
    tree.table(1)
    runner.apply()
    tree.write("0002.alter", "ALTER TABLE t1 ADD COLUMN b int;")
    with psycopg.connect(database_url) as long_reader, Readers(database_url, "SELECT id FROM t1") as readers:
        long_reader.execute("SELECT * FROM t1")
        pid = long_reader.info.backend_pid

        class Patient(Recorder):
            def retrying(self, migration, attempt, holders):
                super().retrying(migration, attempt, holders)
                if attempt == 5:
                    long_reader.rollback()

        recorder = Patient()
        before = len(readers.seconds)
        started = time.monotonic()
        (applied,) = runner.apply(recorder, lock_timeout_ms=lock_timeout_ms).applied
        lasted = time.monotonic() - started
        during = readers.seconds[before:]
    assert applied.attempts >= 5
    told = [each for each in recorder.told if each[0] == "retrying"]
    assert [each[2] for each in told] == list(range(2, applied.attempts + 1))
    assert all(pid in each[3] for each in told[:4])
    # The reads did meet the waiting ALTER, and each was let through in time.
    assert max(during) > 0.25 * lock_timeout_ms / 1000
    assert max(during) < 2 * lock_timeout_ms / 1000
    # Between two attempts they go on: they are not all behind the next one at once.
    assert len(during) > 5 * lasted
    assert db.execute("SELECT b FROM t1").fetchall() == []


@pytest.mark.slow
def test_without_a_lock_timeout_the_same_reads_wait_for_the_long_reader(tree, runner, db, database_url, start):
    # What the test above is worth: with as long a timeout as some tools have, the readers stand still.
    tree.table(1)
    runner.apply()
    tree.write("0002.alter", "ALTER TABLE t1 ADD COLUMN b int;")
    with psycopg.connect(database_url) as long_reader, Readers(database_url, "SELECT id FROM t1") as readers:
        long_reader.execute("SELECT * FROM t1")
        process = start("apply", "--lock-timeout", "0")
        eventually(lambda: len(blocked(db)) == 6)
        stood = time.monotonic()
        seen = len(readers.seconds)
        eventually(lambda: time.monotonic() - stood > 1.5)
        assert len(readers.seconds) == seen
        long_reader.rollback()
        assert process.wait(timeout=30) == 0
    assert max(readers.seconds) > 1.4
