"""A backfill's file: what is wrong with it is said at its place, and nothing changes."""

from __future__ import annotations

import pytest

from avdaily_sql import backfills, errors
from avdaily_sql.sqltree import SqlTree
from tests.backfills.house import CHANGE, HEADER, REMAINING


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


def test_a_timeout_that_the_server_cannot_count_is_refused(house):
    house.write(HEADER + "-- statement-timeout: 999999999h\n" + REMAINING + CHANGE)
    with pytest.raises(errors.UsageError, match="longer than the server can count"):
        house.run()


# Links and names: what is run must be what was reviewed


def names(house):
    return backfills.list_names(SqlTree(house.root, "flag"))


def test_a_link_out_of_the_tree_is_refused_and_nothing_runs(house, tmp_path):
    house.fill(5)
    file = house.root / "backfills" / "channels.sql"
    outside = tmp_path / "elsewhere.sql"
    file.rename(outside)
    file.symlink_to(outside)
    for act in (house.run, house.preview, lambda: names(house)):
        with pytest.raises(errors.UsageError, match="symbolic link out of the SQL directory: it leads to") as caught:
            act()
        assert str(caught.value.location).endswith("channels.sql")
    assert house.touched() == [(0, 5)]


def test_a_directory_that_is_a_link_out_of_the_tree_is_refused(house, tmp_path):
    (house.root / "backfills").rename(tmp_path / "elsewhere")
    (house.root / "backfills").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(errors.UsageError, match="symbolic link out of the SQL directory"):
        house.run()


def test_a_link_to_nothing_is_refused_and_one_inside_the_tree_is_not(house):
    (house.root / "backfills" / "other.sql").symlink_to("channels.sql")
    assert names(house) == ("channels", "other")
    (house.root / "backfills" / "lost.sql").symlink_to("nowhere.sql")
    with pytest.raises(errors.UsageError, match="symbolic link to a file that does not exist"):
        house.run()


@pytest.mark.parametrize("name", ["Channels.sql", "two words.sql", "channels.SQL", "-x.sql"])
def test_a_name_that_no_rule_fits_is_refused_instead_of_passed_over(house, name):
    (house.root / "backfills" / name).write_text("")
    with pytest.raises(errors.UsageError, match="is no backfill's name"):
        names(house)


def test_a_directory_in_the_place_of_a_file_is_refused_and_a_hidden_file_is_none(house):
    (house.root / "backfills" / ".#channels.sql").write_text("")
    assert names(house) == ("channels",)
    (house.root / "backfills" / "more.sql").mkdir()
    with pytest.raises(errors.UsageError, match=r"more\.sql is not a file"):
        names(house)
