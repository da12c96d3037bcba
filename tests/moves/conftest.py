"""A database of the TypeScript package, and the steps of the page as a person would run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import throwaway
from tests.backup.conftest import drop_family
from tests.conftest import clean_environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCRIPTS = ROOT / "sql" / "moves" / "from-typescript"


class Moving:
    """One database on its way: ``sh`` runs lines, ``script`` one of the scripts, ``query`` asks it."""

    def __init__(self, url: str, programs: Path, directory: Path) -> None:
        self.url = url
        self.programs = programs
        self.environment = clean_environment(directory) | {
            "DATABASE_URL": url,
            "BACKUP_DIR": str(directory / "backups"),
            "AVDAILY_OPS_LOG": str(directory / "operations.jsonl"),
            "AVDAILY_PG_BIN": str(programs),
            "AVDAILY_SQL_DIR": str(ROOT / "sql"),
            "PATH": f"{Path(sys.executable).parent}:{programs}:/usr/bin:/bin",
        }

    def sh(self, lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines], env=self.environment | environment, cwd=ROOT, text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip

    def run(self, lines: str, **environment: str) -> str:
        done = self.sh(lines, **environment)
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def script(self, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.sh(f"avdaily-sql db psql -X -f {SCRIPTS / name}.sql", **environment)

    def query(self, text: str) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as conn:
            cursor = conn.execute(text)
            return cursor.fetchall() if cursor.description else []

    def dump(self, *options: str) -> str:
        done = subprocess.run(
            [self.programs / "pg_dump", "--no-comments", *options, self.url], capture_output=True, text=True, check=True
        )
        return "".join(line for line in done.stdout.splitlines(keepends=True) if not line.startswith("\\"))

    def load(self, *names: str) -> None:
        for name in names:
            self.query((HERE / f"{name}.sql").read_text())

    def migrate(self) -> None:
        assert self.script("aside").returncode == 0
        self.run("avdaily-sql apply\navdaily-sql seed --env production")


@pytest.fixture
def moving(server, database_url, tmp_path):
    found = Moving(database_url, server.bin, tmp_path)
    found.load("original")
    yield found
    drop_family(server, database_url.split("?")[0].rpartition("/")[2])


@pytest.fixture
def moving_on_15(tmp_path):
    session = throwaway.Session()
    try:
        programs = Path("/usr/lib/postgresql/15/bin")
        own = throwaway.start_server(session, programs)
        found = Moving(own.create_database("savings"), programs, tmp_path)
        found.load("original")
        yield found
    finally:
        session.close()
