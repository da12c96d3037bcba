"""The commands as an operator types them: exit codes, the line to run, JSON, and what is written down."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import maintenance
from tests.backup.conftest import drop_family
from tests.test_json_output import held_against

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def run(avdaily, bank_url, backups, tmp_path, server):
    """Run a command on the bank; returns the finished process."""
    base = {
        "DATABASE_URL": bank_url,
        "BACKUP_DIR": str(backups),
        "AVDAILY_OPS_LOG": str(tmp_path / "operations.jsonl"),
        "AVDAILY_PG_BIN": str(server.bin),
    }

    def call(*words, expected=0, **env):
        done = avdaily(*words, env=base | env)
        assert done.returncode == expected, done
        return done

    return call


@pytest.fixture
def made(run):
    return json.loads(run("--json", "backup").stdout)["file"]


def test_a_backup_is_taken_listed_verified_restored_and_undone(run, made, rows, bank_url):
    listed = run("backup", "list").stdout
    assert Path(made).name in listed
    assert run("backup", "verify", made).stdout == f"whole (quick)  {made}\n"
    assert run("backup", "verify", made, "--full").stdout == f"whole (full)  {made}\n"
    rows(bank_url, "UPDATE accounts SET balance = 1 RETURNING 1")
    assert "rows in 2 tables" in run("restore", made, "--yes").stdout
    assert rows(bank_url, "SELECT sum(balance) FROM accounts") == [(20100,)]
    run("restore", "--undo", "--yes")
    assert rows(bank_url, "SELECT DISTINCT balance FROM accounts") == [(1,)]


def test_each_result_is_what_its_json_schema_says(run, made):
    assert held_against("backup", run("--json", "backup", "--label", "nightly").stdout)["encrypted"] is False
    assert len(held_against("backup-list", run("--json", "backup", "list").stdout)["backups"]) == 2
    assert held_against("backup-verify", run("--json", "backup", "verify", made).stdout)["ok"] is True
    plan = held_against("restore-plan", run("--json", "restore", made, "--dry-run").stdout)["plan"]
    assert (plan["rows"], plan["replaces"]) == (400, True)
    assert held_against("restore", run("--json", "restore", made, "--yes").stdout)["rows"] == 400
    assert held_against("restore", run("--json", "restore", "--undo", "--yes").stdout)["swap_ms"] < 10_000
    held_against("backup-prune", run("--json", "backup", "prune", "--dry-run").stdout)
    assert held_against("reset-plan", run("--json", "reset", "--dry-run").stdout)["plan"]["newest_backup"] is not None
    assert (
        len(held_against("prune-old", run("--json", "db", "prune-old", "--keep", "0", "--yes").stdout)["dropped"]) == 1
    )
    log = held_against("ops-log", run("--json", "ops", "log", "--verify").stdout)
    assert [line["command"] for line in log["lines"] if line["event"] == "done"] == [
        "backup", "backup", "restore", "restore --undo", "db prune-old",
    ]  # fmt: skip


def test_a_damaged_backup_is_a_verdict_on_stdout_and_exit_7(run, made):
    Path(made).write_bytes(Path(made).read_bytes()[:-1])
    done = run("--json", "backup", "verify", made, expected=7)
    verdict = held_against("backup-verify", done.stdout)
    assert (verdict["ok"], done.stderr) == (False, "")
    done = run("--json", "restore", made, "--yes", expected=7)
    assert done.stdout == ""
    assert "it was cut, or changed" in json.loads(done.stderr)["error"]["message"]


def test_the_last_line_of_a_refusal_is_the_command_that_would_be_allowed(run, made, bank_url, rows):
    refused = run("restore", made, expected=6)
    line = refused.stderr.splitlines()[-1]
    assert line == f"avdaily-sql restore '{made}' --yes"
    run(*shlex.split(line)[1:])
    assert [row for row in run("ops", "log").stdout.splitlines() if "refused" in row]


def test_production_is_replaced_only_with_both_variables_from_the_process_and_the_name(
    run, made, bank_url, tmp_path, rows
):
    production = {"AVDAILY_ENV": "production"}
    refused = run("restore", made, "--yes", expected=6, **production)
    assert refused.stderr.splitlines()[-1] == (
        f"DB_RESTORE_CONFIRM=1 DB_RESTORE_ALLOW_PRODUCTION=1 avdaily-sql restore '{made}' --confirm DATABASE"
    )
    name = maintenance.database_name(bank_url)
    (tmp_path / ".env").write_text("DB_RESTORE_CONFIRM=1\nDB_RESTORE_ALLOW_PRODUCTION=1\n")
    run("restore", made, "--confirm", name, expected=6, **production)
    (tmp_path / ".env").unlink()
    both = production | {"DB_RESTORE_CONFIRM": "1", "DB_RESTORE_ALLOW_PRODUCTION": "1"}
    run("restore", made, expected=6, **both)
    run("restore", made, "--confirm", "DATABASE", expected=6, **both)
    run("restore", made, "--confirm", name, expected=6, **(both | {"DB_RESTORE_CONFIRM": "true"}))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    run("restore", made, "--confirm", name, **both)


def test_a_missing_file_is_a_usage_error(run):
    assert "does not exist" in run("restore", "nowhere.sql.gz", "--yes", expected=2).stderr


def test_a_password_with_odd_characters_gets_through_and_is_in_no_output(run, server, tcp_url, bank_url, request):
    from urllib.parse import quote

    from psycopg import sql

    password = "p%:@/'\" x"
    role = f"test_{server.session}_odd"
    name = maintenance.database_name(bank_url)
    request.addfinalizer(lambda: server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))))
    server.execute(
        sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    )
    host = tcp_url.rpartition("@")[2].partition("/")[0]
    url = f"postgresql://{role}:{quote(password, safe='')}@{host}/{quote(name, safe='')}"
    made = run("--json", "backup", DATABASE_URL=url)
    file = json.loads(made.stdout)["file"]
    restored = run("-v", "restore", file, "--yes", DATABASE_URL=url)
    for each in (made, restored, run("ops", "log")):
        assert "p%:" not in each.stdout + each.stderr
        assert quote(password, safe="") not in each.stdout + each.stderr
    server.execute(sql.SQL("REASSIGN OWNED BY {} TO postgres").format(sql.Identifier(role)))


def test_reset_keeps_the_old_database_and_undo_brings_it_back(run, rows, bank_url, tmp_path):
    tree = small_tree(tmp_path)
    refused = run("--sql-dir", tree, "reset", expected=6)
    assert refused.stderr.splitlines()[-1] == f"avdaily-sql --sql-dir {tree} reset --yes"
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    done = run("--sql-dir", tree, "--json", "reset", "--yes")
    result = held_against("reset", done.stdout)
    assert (result["applied"], result["seeds"]) == (1, ["common/001.first"])
    assert rows(bank_url, "SELECT id, to_regclass('entries')::text FROM one") == [(1, None)]
    run("restore", "--undo", "--yes")
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


def test_a_reset_whose_migration_fails_leaves_the_database_as_it_was(run, rows, bank_url, tmp_path, server):
    tree = small_tree(tmp_path, "CREATE TABLE one (id bigintt);")
    run("--sql-dir", tree, "reset", "--yes", expected=1)
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    assert run("db", "prune-old", "--keep", "0", "--yes").stdout == "nothing to drop\n"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"DB_RESET_CONFIRM": "1"}, 0),
        ({"DB_RESET_CONFIRM": "true"}, 6),
        ({"DB_RESET_CONFIRM": "1", "NODE_ENV": "production"}, 6),
        ({"DB_RESET_CONFIRM": "1", "DB_RESET_ALLOW_PRODUCTION": "1", "NODE_ENV": "production"}, 6),
        ({"DB_RESTORE_CONFIRM": "1"}, 6),
    ],
    ids=["confirmed", "not 1", "production", "production without the name", "the other command's"],
)
def test_the_originals_variables_mean_what_they_meant_without_their_traps(
    run, rows, bank_url, tmp_path, variables, expected
):
    run("--sql-dir", small_tree(tmp_path), "reset", expected=expected, **variables)
    assert rows(bank_url, "SELECT to_regclass('entries') IS NULL") == [(expected == 0,)]


def test_apply_and_rollback_stay_away_while_a_backup_or_restore_is_at_work(run, bank_url, tmp_path):
    tree = small_tree(tmp_path)
    name = maintenance.database_name(bank_url)
    with maintenance.locked(bank_url, name, "restore"):
        assert "avdaily-sql restore (pid" in run("--sql-dir", tree, "apply", expected=5).stderr
        assert "avdaily-sql restore (pid" in run("backup", expected=5).stderr
    run("--sql-dir", tree, "apply")
    with maintenance.locked(bank_url, name, "restore"):
        run("--sql-dir", tree, "rollback", "--yes", expected=5)
    assert "pending" not in run("--sql-dir", tree, "status", "--exit-code").stdout


def small_tree(tmp_path, statement="CREATE TABLE one (id bigint);"):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "0001.create-one.sql").write_text(f"-- 0001.create-one: the table is there\n\n{statement}\n")
    (directory / "0001.create-one.rollback.sql").write_text(
        "-- 0001.create-one: the table is gone\n\nDROP TABLE one;\n"
    )
    seeds = tmp_path / "sql" / "seeds" / "common"
    seeds.mkdir(parents=True, exist_ok=True)
    (seeds / "001.first.sql").write_text("INSERT INTO one SELECT 1 WHERE NOT EXISTS (SELECT FROM one);\n")
    return directory.parent


def test_progress_and_confirmation_at_a_terminal(run, made, bank_url, backups, tmp_path, server):
    """With a terminal the name is asked for, and a bar is drawn."""
    import pty
    import sys

    name = maintenance.database_name(bank_url)
    leader, follower = pty.openpty()
    env = os.environ | {
        "DATABASE_URL": bank_url, "BACKUP_DIR": str(backups), "AVDAILY_PG_BIN": str(server.bin),
        "AVDAILY_OPS_LOG": str(tmp_path / "operations.jsonl"), "AVDAILY_ENV": "",
    }  # fmt: skip
    program = Path(sys.executable).with_name("avdaily-sql")
    child = subprocess.Popen([program, "restore", made], stdin=follower, stdout=follower, stderr=follower, env=env)
    os.close(follower)
    os.write(leader, f"{name}\n".encode())
    seen = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        seen += piece
    os.close(leader)
    assert child.wait() == 0, seen
    assert b"Type the name of the database" in seen
    assert b"[####" in seen
    assert b"restored" in seen


def test_last_nights_backup_of_the_demo_data_set_comes_back_with_one_command(run, server, migrated_url, backups, rows):
    name = maintenance.database_name(migrated_url)
    given = {"DATABASE_URL": migrated_url, "AVDAILY_SQL_DIR": str(ROOT / "sql")}
    run("seed", "--env", "demo", "--users", "60", **given)
    run("backup", **given)
    (made,) = backups.glob("*.gz")
    money = "SELECT count(*), sum(amount) FROM transactions"
    before = rows(migrated_url, money)
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("DROP TABLE ledger_entries CASCADE")
    try:
        run("restore", str(made), "--yes", **given)
        assert rows(migrated_url, money) == before
        assert before[0][0] > 1000
        run("check", **given)
    finally:
        drop_family(server, name)
