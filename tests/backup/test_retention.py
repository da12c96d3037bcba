"""Pruning keeps the newest of each day, week and month by the names' dates, and the last whole one never goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avdaily_sql import backup
from avdaily_sql.backup import manifest
from avdaily_sql.backup.retention import Keep, choose
from avdaily_sql.errors import Refused

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)


def test_daily_weekly_and_monthly_are_counted_by_periods_that_have_a_backup():
    times = [NOW - timedelta(days=days) for days in range(100)]
    stay = sorted(times[position] for position in choose(times, Keep(daily=3, weekly=2, monthly=3)))
    assert [f"{at:%m-%d}" for at in stay] == ["09-30", "10-31", "11-21", "11-22", "11-23"]


def test_of_two_on_one_day_the_newer_stays():
    times = [NOW, NOW - timedelta(hours=1)]
    assert choose(times, Keep(daily=5, weekly=0, monthly=0)) == {0}


@given(
    st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), min_size=1),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 9),
)  # fmt: skip
def test_pruning_again_removes_nothing_more(times, daily, weekly, monthly):
    times = sorted(times, reverse=True)
    keep = Keep(daily, weekly, monthly)
    stay = [times[position] for position in sorted(choose(times, keep))]
    assert choose(stay, keep) == set(range(len(stay)))
    assert len(stay) <= daily + weekly + monthly
    if daily + weekly + monthly:
        assert stay[0] == times[0]


@pytest.fixture
def three(bank_url, settings_for, reports):
    return [
        Path(backup.create(bank_url, settings_for(), reports.reports, now=NOW - timedelta(days=days)).file)
        for days in (0, 1, 2)
    ]


def test_prune_removes_a_backup_with_its_manifest_and_dry_run_none(three, settings_for, backups):
    planned = backup.plan_prune(settings_for(), Keep(1, 0, 0))
    assert planned.removed == (three[1].name, three[2].name)
    assert len(list(backups.iterdir())) == 6
    assert backup.prune(settings_for(), Keep(1, 0, 0)) == planned
    assert sorted(backups.iterdir()) == [three[0], manifest.path_of(three[0])]


def test_even_keeping_none_leaves_the_newest(three, settings_for, backups):
    backup.prune(settings_for(), Keep(0, 0, 0))
    assert three[0] in list(backups.iterdir())


def test_nothing_is_pruned_when_the_newest_is_damaged(three, settings_for, backups):
    three[0].write_bytes(three[0].read_bytes()[:-1])
    with pytest.raises(Refused, match="the newest backup is not whole"):
        backup.prune(settings_for(), Keep(1, 0, 0))
    assert len(list(backups.iterdir())) == 6


def test_links_strangers_and_files_without_a_manifest_are_left_alone(three, settings_for, backups, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    link = backups / "avdaily_backup_2020-01-01_00-00-00.sql.gz"
    link.symlink_to(precious)
    # Two, as the newest of its kind would stay in any case.
    strangers = [backups / f"avdaily_backup_2019-01-0{day}_00-00-00.sql.gz" for day in (1, 2)]
    for stranger in strangers:
        stranger.write_text("no manifest")
    other = backups / "notes.txt"
    other.write_text("mine")
    backup.prune(settings_for(), Keep(1, 0, 0))
    assert all(each.exists() for each in (precious, *strangers, other))
    assert link.is_symlink()
