"""What docs/production.md and docs/disaster.md say is run here, line by line, timer and crontab included."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import maintenance
from tests.backup.conftest import drop_family
from tests.conftest import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow


def blocks(page, language):
    found = re.findall(
        rf"^( *)```{language}\n(.*?)^ *```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL
    )
    return [textwrap.dedent(body) for _, body in found]


@pytest.fixture
def shell(tmp_path, backups, server, migrated_url):
    """Run lines as a person's shell would; the database is a migrated one."""
    name = maintenance.database_name(migrated_url)
    environment = clean_environment(tmp_path) | {
        "DATABASE_URL": migrated_url,
        "DATABASE": name,
        "RESCUE": f"{name}_rescue",
        "RESCUE_URL": server.url(f"{name}_rescue"),
        "NEW_DATABASE_URL": server.url(f"{name}_new"),
        "BACKUP_DIR": str(backups),
        "BACKUP_AGE_IDENTITY_FILE": str(tmp_path / "backup.key"),
        "AVDAILY_OPS_LOG": str(tmp_path / "operations.jsonl"),
        "AVDAILY_PG_BIN": str(server.bin),
        "AVDAILY_SQL_DIR": str(ROOT / "sql"),
        "PATH": f"{Path(sys.executable).parent}:{server.bin}:/usr/bin:/bin",
    }

    def run(script, program=("bash", "-euo", "pipefail", "-c")):
        done = subprocess.run(
            [*program, script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done

    run.environment = environment
    yield run
    for each in (name, f"{name}_new", f"{name}_rescue"):
        drop_family(server, each)


@pytest.fixture
def encrypted(shell):
    shell("avdaily-sql backup keygen")
    text = Path(shell.environment["BACKUP_AGE_IDENTITY_FILE"]).read_text()
    shell.environment["BACKUP_AGE_RECIPIENTS"] = re.search(r"age1\w+", text)[0]
    return shell


def test_the_way_of_a_change_in_production(shell):
    done = shell("set -x\n" + "".join(blocks("production.md", "sh")))
    assert "whole (full)" in done.stdout
    assert "restored" in done.stdout
    assert "no break in the chain" in done.stdout


def test_what_to_do_in_a_disaster(encrypted, server):
    encrypted("avdaily-sql backup")
    name = encrypted.environment["DATABASE"]
    page = "".join(blocks("disaster.md", "sh"))
    # The page goes on with the database of the new server; its name is the one to confirm.
    encrypted.environment["DATABASE"] = f"{name}_new"
    done = encrypted("set -x\n" + page)
    assert done.stdout.count("restored ") == 5
    with psycopg.connect(server.url(f"{name}_new")) as conn:
        assert conn.execute("SELECT to_regclass('wallets') IS NOT NULL").fetchone() == (True,)


def test_the_units_and_the_crontab_run_as_they_stand(encrypted, backups):
    service = blocks("production.md", "ini")[0]
    commands = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)
    (cron,) = blocks("production.md", "cron")
    commands += [line.split(maxsplit=5)[5] for line in cron.splitlines()]
    assert len(commands) == 4
    for each in commands:
        encrypted(each, ("sh", "-c"))
    assert len(list(backups.glob("*.age"))) == 1, "of two backups of one day prune keeps the newer"


def test_the_lines_for_a_restore_by_hand_work(shell, server, backups):
    """zcat and psql, no program of ours: with the roles there already, only the second line has something to do."""
    shell("avdaily-sql backup")
    name = f"{shell.environment['DATABASE']}_new"
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    (line,) = (
        line for line in (ROOT / "docs" / "disaster.md").read_text().splitlines() if line.startswith("zcat FILE")
    )
    line = line.replace("FILE.sql.gz", '"$(ls "$BACKUP_DIR"/*.gz)"').replace("NEWDATABASE", '"$NEW_DATABASE_URL"')
    shell(line)
    with psycopg.connect(server.url(name)) as conn:
        assert conn.execute("SELECT to_regclass('wallets') IS NOT NULL").fetchone() == (True,)


def test_every_test_that_the_page_on_reliability_names_is_there():
    named = set(re.findall(r"`(test_[a-z_]+)", (ROOT / "docs" / "reliability.md").read_text()))
    there = "".join(path.read_text() + path.name for path in Path(__file__).parent.parent.rglob("test_*.py"))
    assert [name for name in sorted(named) if name.removesuffix("_") not in there] == []
    assert len(named) > 25
