"""The age of the newest backup that can be trusted, with real backups of a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from avdaily_sql import backup, settings
from tests.doctor.conftest import levels


@pytest.fixture
def made(migrated_url, tmp_path):
    """A database, and a backup of it in a directory of its own."""
    environ = {"BACKUP_DIR": str(tmp_path / "backups"), "BACKUP_ALLOW_PLAINTEXT": "1"}
    found = settings.load({"DATABASE_URL": migrated_url}, environ=environ, working_directory=tmp_path)
    backup.create(migrated_url, found, backup.Reports(), now=datetime.now(UTC))
    return migrated_url, environ


@pytest.mark.parametrize(
    ("environment", "hours", "level"),
    [
        ("production", 1, "ok"),
        ("production", 30, "warn"),
        ("production", 60, "fail"),
        ("development", 60, "ok"),
    ],
)
def test_the_age_of_the_newest_backup_is_told_in_production(made, examine, environment, hours, level):
    url, environ = made
    findings = examine(url, now=lambda: datetime.now(UTC) + timedelta(hours=hours), AVDAILY_ENV=environment, **environ)
    assert levels(findings)["backup"] == level


def test_production_without_a_backup_fails(migrated_url, examine, tmp_path):
    findings = examine(migrated_url, AVDAILY_ENV="production", BACKUP_DIR=str(tmp_path))
    found = {each.name: each for each in findings}["backup"]
    assert (found.level, found.hint) == ("fail", "avdaily-sql backup")


def test_a_backup_that_was_changed_counts_for_nothing(made, examine, tmp_path):
    url, environ = made
    (file,) = (tmp_path / "backups").glob("*.sql.gz")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    found = levels(examine(url, AVDAILY_ENV="production", **environ))
    assert (found["damaged_backup"], found["backup"]) == ("fail", "fail")
