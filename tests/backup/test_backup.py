"""A backup is a whole file with a manifest that matches its snapshot exactly, or there is none."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import backup, maintenance
from avdaily_sql.backup import directory, manifest, stream, verify, writing
from avdaily_sql.errors import Busy, Failed, Refused, Unsupported, UsageError

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)


def take(url, settings, reports, **options):
    return backup.create(url, settings, reports.reports, **({"now": NOW} | options))


def test_a_backup_is_plain_sql_under_gzip_that_psql_loads(bank_url, settings_for, reports, server, database_url, rows):
    made = take(bank_url, settings_for(), reports)
    path = Path(made.file)
    assert path.name == "avdaily_backup_2026-11-23_03-00-00.sql.gz"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = gzip.decompress(path.read_bytes())
    assert (made.bytes, made.plain_bytes) == (path.stat().st_size, len(text))
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made.plain_sha256 == hashlib.sha256(text).hexdigest()
    loaded = subprocess.run(
        [server.program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database_url],
        input=text, capture_output=True, check=False,
    )  # fmt: skip
    assert (loaded.returncode, loaded.stderr) == (0, b"")
    assert rows(database_url, "SELECT count(*), sum(balance) FROM accounts") == [(200, 20100)]


def test_the_manifest_counts_rows_and_adds_up_money_as_the_dump_has_them(bank_url, settings_for, reports):
    made = take(bank_url, settings_for(), reports)
    found = manifest.read(Path(made.file))
    assert found.facts.tables["public.accounts"].rows == 200
    assert found.facts.tables["public.accounts"].sums == {"balance": "20100.00"}
    assert found.facts.tables["public.entries"].sums == {"amount": "20100.00"}
    assert found.facts.objects == {
        "constraints": 4, "functions": 1, "indexes": 3, "sequences": 2, "tables": 2, "views": 1
    }  # fmt: skip
    assert found.database == maintenance.database_name(bank_url)
    assert (found.started_at, found.sha256, found.environment) == ("2026-11-23T03:00:00Z", made.sha256, "development")


def test_the_manifest_matches_the_dump_while_others_write(bank_url, settings_for, reports, tmp_path):
    """Rows come and go the whole time; a count taken a moment before or after the dump would differ."""
    stop = threading.Event()
    written = []

    def write():
        with psycopg.connect(bank_url, autocommit=True) as conn:
            while not stop.is_set():
                conn.execute("INSERT INTO entries (account_id, amount) VALUES (1, 0.01)")
                written.append(1)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    try:
        for _ in range(3):
            before = len(written)
            made = take(bank_url, settings_for(), reports)
            assert len(written) > before, "writers were blocked"
            text = gzip.decompress(Path(made.file).read_bytes()).decode()
            data = text.partition("COPY public.entries ")[2].partition("\n")[2].partition("\n\\.\n")[0]
            assert manifest.read(Path(made.file)).facts.tables["public.entries"].rows == data.count("\n") + 1
    finally:
        stop.set()
        for each in writers:
            each.join()


def test_two_backups_of_the_same_second_have_two_names(bank_url, settings_for, reports, backups):
    first, second = (take(bank_url, settings_for(), reports) for _ in range(2))
    labelled = take(bank_url, settings_for(), reports, label="before-0007")
    assert [Path(each.file).name for each in (first, second, labelled)] == [
        "avdaily_backup_2026-11-23_03-00-00.sql.gz",
        "avdaily_backup_2026-11-23_03-00-00_2.sql.gz",
        "avdaily_backup_2026-11-23_03-00-00_before-0007.sql.gz",
    ]
    assert [each.path.name for each in directory.list_files(backups)][:2] == [
        "avdaily_backup_2026-11-23_03-00-00_2.sql.gz",
        "avdaily_backup_2026-11-23_03-00-00_before-0007.sql.gz",
    ]


def test_a_label_that_is_no_file_name_is_refused_before_anything(bank_url, settings_for, reports, backups):
    with pytest.raises(UsageError, match="is no label"):
        take(bank_url, settings_for(), reports, label="../../etc/x")
    assert list(backups.iterdir()) == []


def test_the_default_directory_is_made_private_and_an_open_one_is_warned_about(
    bank_url, settings_for, reports, tmp_path, backups
):
    default = settings_for(BACKUP_DIR="")
    take(bank_url, default, reports)
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o700
    assert reports.said == []
    backups.chmod(0o755)
    take(bank_url, settings_for(), reports)
    assert "can be read by others" in reports.said[0]


def test_a_second_backup_at_the_same_time_is_told_who_is_at_work(bank_url, settings_for, reports, backups):
    name = maintenance.database_name(bank_url)
    with maintenance.locked(bank_url, name, "restore"), pytest.raises(Busy) as caught:
        take(bank_url, settings_for(), reports)
    assert "avdaily-sql restore (pid" in caught.value.detail
    assert list(backups.iterdir()) == []


def test_a_link_in_the_directory_is_no_backup(bank_url, settings_for, reports, backups, tmp_path):
    made = Path(take(bank_url, settings_for(), reports).file)
    elsewhere = tmp_path / "precious"
    elsewhere.write_text("precious")
    (backups / "avdaily_backup_2026-11-22_03-00-00.sql.gz").symlink_to(elsewhere)
    (backups / "avdaily_backup_2026-11-21_03-00-00.sql.gz").mkdir()
    assert [each.path for each in directory.list_files(backups)] == [made]


def test_an_unwritable_directory_is_one_clear_error(bank_url, settings_for, reports):
    with pytest.raises(Failed, match="could not use the backup directory"):
        take(bank_url, settings_for(BACKUP_DIR="/proc/nowhere"), reports)


FAKE = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit\n"


@pytest.mark.parametrize(
    ("program", "error", "says"),
    [
        (FAKE + "echo 'pg_dump: error: boom' >&2\nexit 1\n", Failed, "failed with exit code 1"),
        (FAKE + "echo 'SELECT 1;'\nkill -9 $$\n", Failed, "was ended by SIGKILL"),
        (FAKE + "echo 'SELECT 1;'\n", Failed, "no whole dump"),
        ("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n", Unsupported, "is 9.6.1"),
        (None, Unsupported, "there is no pg_dump"),
    ],
    ids=["fails", "killed", "silent end", "too old", "missing"],
)
def test_a_bad_pg_dump_leaves_nothing(bank_url, settings_for, reports, backups, tmp_path, program, error, says):
    fake = tmp_path / "bin"
    fake.mkdir()
    if program:
        (fake / "pg_dump").write_text(program)
        (fake / "pg_dump").chmod(0o755)
    with pytest.raises(error, match=says):
        take(bank_url, settings_for(AVDAILY_PG_BIN=str(fake)), reports)
    assert list(backups.iterdir()) == []


def test_production_without_a_recipient_is_refused_unless_plain_text_is_allowed(
    bank_url, settings_for, reports, backups
):
    with pytest.raises(Refused) as caught:
        take(bank_url, settings_for(AVDAILY_ENV="production"), reports)
    assert caught.value.hint == "BACKUP_AGE_RECIPIENTS=RECIPIENT avdaily-sql backup"
    assert list(backups.iterdir()) == []
    take(bank_url, settings_for(AVDAILY_ENV="production", BACKUP_ALLOW_PLAINTEXT="1"), reports)
    assert "not encrypted" in reports.said[0]


def test_the_hook_is_given_the_file_and_its_failure_keeps_the_backup(
    bank_url, settings_for, reports, backups, tmp_path
):
    hook = tmp_path / "after backup"
    hook.write_text(
        '#!/bin/sh\necho "$1|$2|$AVDAILY_BACKUP_FILE" > "$1"\n[ -z "$FAIL" ] || { echo no space >&2; exit 3; }\n'
    )
    hook.chmod(0o755)
    out = tmp_path / "seen"
    made = take(bank_url, settings_for(BACKUP_AFTER_CMD=f"'{hook}' '{out}'"), reports)
    assert out.read_text() == f"{out}|{made.file}|{made.file}\n"
    os.environ["FAIL"] = "1"
    try:
        with pytest.raises(Failed, match="BACKUP_AFTER_CMD failed: exit code 3") as caught:
            take(bank_url, settings_for(BACKUP_AFTER_CMD=f"'{hook}' '{out}'"), reports)
    finally:
        del os.environ["FAIL"]
    assert "no space" in caught.value.detail
    assert len(directory.list_files(backups)) == 2


def test_a_whole_backup_passes_the_quick_verification(bank_url, settings_for, reports):
    made = take(bank_url, settings_for(), reports)
    assert verify.quick(Path(made.file), settings_for()) == verify.Verdict(made.file, "quick", ok=True, problems=())


def test_other_bytes_that_hold_the_same_dump_do_not_pass_the_quick_verification(bank_url, settings_for, reports):
    made = Path(take(bank_url, settings_for(), reports).file)
    content = bytearray(made.read_bytes())
    content[4] ^= 1  # the time in gzip's header, of which no checksum of gzip's knows
    made.write_bytes(content)
    found = verify.quick(made, settings_for())
    assert (found.ok, found.exit_code) == (False, 7)
    assert "is not what was written: its sha256 is not the manifest's" in found.problems[0]


def test_a_manifest_of_another_dump_does_not_pass_the_quick_verification(bank_url, settings_for, reports):
    made = Path(take(bank_url, settings_for(), reports).file)
    beside = manifest.path_of(made)
    beside.write_text(json.dumps(json.loads(beside.read_text()) | {"plain_sha256": "0" * 64}))
    found = verify.quick(made, settings_for())
    assert "holds another dump than its manifest describes" in found.problems[0]


def test_a_disk_that_gives_back_other_bytes_is_noticed_before_the_file_has_its_name(tmp_path):
    path = tmp_path / "dump"
    with path.open("wb") as file:
        writer = stream.Writer(file, ())
        writer.write(b"SELECT 1;\n")
        writer.finish()
    writing.read_back(path, writer, ())
    content = bytearray(path.read_bytes())
    content[4] ^= 1
    path.write_bytes(content)
    with pytest.raises(Failed, match="the disk gave other bytes than were written"):
        writing.read_back(path, writer, ())


def test_no_password_is_in_the_command_line_of_pg_dump(bank_url, settings_for, reports, tmp_path, server, tcp_url):
    password = psycopg.conninfo.conninfo_to_dict(tcp_url)["password"]
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "pg_dump").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {server.program("pg_dump")} --version\n'
        f'tr "\\0" " " < /proc/$$/cmdline > {tmp_path}/seen\nexec {server.program("pg_dump")} "$@"\n'
    )
    (fake / "pg_dump").chmod(0o755)
    url = maintenance.with_database(tcp_url, maintenance.database_name(bank_url))
    made = take(url, settings_for(AVDAILY_PG_BIN=str(fake)), reports)
    assert "--snapshot=" in (tmp_path / "seen").read_text()
    assert password not in (tmp_path / "seen").read_text()
    assert password not in json.dumps([Path(f"{made.file}.manifest.json").read_text()])
