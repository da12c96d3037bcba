"""Every row once, in batches of their own, in the order of any key, whatever fails in the middle."""

from __future__ import annotations

import pytest

from avdaily_sql import errors
from avdaily_sql.backfills import Limits
from tests.backfills.house import CHANGE, HEADER, REMAINING


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
