"""An encrypted backup opens with its identity, and with age's own command; with nothing else."""

from __future__ import annotations

import gzip
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from avdaily_sql import backup
from avdaily_sql.backup import manifest, verify
from avdaily_sql.errors import Damaged, Refused, UsageError
from avdaily_sql.guards import Consent

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def key(tmp_path, settings_for):
    return backup.keygen(settings_for(BACKUP_AGE_IDENTITY_FILE=str(tmp_path / "key file")))


@pytest.fixture
def with_key(settings_for, key):
    return settings_for(BACKUP_AGE_RECIPIENTS=key.recipient, BACKUP_AGE_IDENTITY_FILE=key.file)


@pytest.fixture
def made(bank_url, with_key, reports):
    return Path(backup.create(bank_url, with_key, reports.reports, now=NOW).file)


def order(path, **options):
    return backup.Order(path, datetime.now(UTC), consent=Consent(yes=True), **options)


def test_an_encrypted_backup_is_restored_with_its_identity(bank_url, with_key, made, key):
    assert made.name == "avdaily_backup_2026-11-23_03-00-00.sql.gz.age"
    assert b"accounts" not in made.read_bytes()
    assert manifest.read(made).recipients == (key.recipient,)
    assert backup.restore(bank_url, with_key, order(made)).rows == 400


@pytest.mark.needs("age")
def test_the_age_command_opens_it_without_us(made, key):
    opened = subprocess.run(["age", "-d", "-i", key.file, made], capture_output=True, check=True)
    assert b"PostgreSQL database dump complete" in gzip.decompress(opened.stdout)


def test_a_key_is_private_and_never_overwritten(key, settings_for):
    path = Path(key.file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(Refused, match="never overwritten") as caught:
        backup.keygen(settings_for(BACKUP_AGE_IDENTITY_FILE=key.file))
    assert caught.value.hint == f"BACKUP_AGE_IDENTITY_FILE='{key.file}.new' avdaily-sql backup keygen"
    assert path.read_bytes() == before


def test_without_an_identity_the_restore_is_refused_and_says_what_to_set(bank_url, settings_for, made):
    with pytest.raises(Refused, match="no age identity") as caught:
        backup.restore(bank_url, settings_for(), order(made))
    assert caught.value.hint == "export BACKUP_AGE_IDENTITY_FILE=PATH"


def test_the_wrong_key_opens_nothing(bank_url, settings_for, made, tmp_path, rows):
    other = backup.keygen(settings_for(BACKUP_AGE_IDENTITY_FILE=str(tmp_path / "other")))
    with pytest.raises(Damaged, match="none of the age identities opens"):
        backup.restore(bank_url, settings_for(BACKUP_AGE_IDENTITY_FILE=other.file), order(made))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


@pytest.mark.parametrize("cut", [10, 150, -20, -1], ids=["magic", "header", "last chunk", "last byte"])
def test_a_cut_encrypted_file_is_noticed_also_without_a_manifest(bank_url, with_key, made, cut, rows):
    made.write_bytes(made.read_bytes()[:cut])
    manifest.path_of(made).unlink()
    with pytest.raises(Damaged):
        backup.restore(bank_url, with_key, order(made, without_manifest=True))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


def test_a_flipped_bit_in_an_encrypted_file_is_noticed(with_key, made):
    data = bytearray(made.read_bytes())
    data[-100] ^= 1
    made.write_bytes(data)
    verdict = verify.quick(made, with_key)
    assert not verdict.ok
    assert "cut or was changed" in verdict.problems[0]


def test_a_recipient_that_is_none_is_a_usage_error_before_anything(bank_url, settings_for, reports, backups):
    with pytest.raises(UsageError, match="is no recipient"):
        backup.create(bank_url, settings_for(BACKUP_AGE_RECIPIENTS="age1oops"), reports.reports, now=NOW)
    assert list(backups.iterdir()) == []


def test_a_broken_identity_file_does_not_show_its_content(settings_for, made, tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("AGE-SECRET-KEY-1OOPS\n")
    with pytest.raises(UsageError) as caught:
        verify.quick(made, settings_for(BACKUP_AGE_IDENTITY_FILE=str(bad)))
    assert "OOPS" not in str(caught.value)
