"""Places for embedded servers: a directory of their own, the real command, and nothing left behind."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import clean_environment
from tests.throwaway import base_directory
from tests.waiting import eventually

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START = "import sys; from avdaily_sql.cli import main; main(sys.argv[1:])"


class Place:
    """One directory with a home and a data directory in it, used through the command line as a person would."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir(mode=0o700)
        self.data = directory / "data"
        self.environment = clean_environment(self.home) | {"AVDAILY_DATA_DIR": str(self.data)}
        self.command = [str(Path(sys.executable).with_name("avdaily-sql"))]

    @property
    def cluster(self) -> Path:
        (found,) = [path for path in self.data.iterdir() if path.name.isdigit()]
        return found

    @property
    def pid(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().split()[0])

    def popen(self, *arguments, env=None, **options) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.command, *(str(argument) for argument in arguments)],
            env=self.environment | (env or {}),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments, code=0, **options) -> subprocess.CompletedProcess:
        process = self.popen(*arguments, **options)
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == code, f"exit {process.returncode}\n{stdout}\n{stderr}"
        assert "Traceback" not in stderr
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def json(self, *arguments, **options) -> dict:
        return json.loads(self.run(*arguments, "--json", **options).stdout)

    def url(self) -> str:
        return self.run("db", "url").stdout.strip()

    @property
    def socket_directory(self) -> Path:
        return Path((self.cluster / "postmaster.pid").read_text().splitlines()[4])

    def connect(self, dbname: str = "avdaily") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_directory), port=5432, user="postgres", dbname=dbname, autocommit=True
        )

    def execute(self, statement: str, dbname: str = "avdaily") -> list[tuple]:
        with self.connect(dbname) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def postmasters(self) -> list[int]:
        found = servers_in(self.directory)
        return [pid for pid in found if parent_of(pid) not in {*found, None}]

    def close(self) -> None:
        # The directory is this test's own, so whatever works in it is, too.
        for pid in self.postmasters():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        eventually(lambda: not servers_in(self.directory))
        shutil.rmtree(self.directory)


def servers_in(directory: Path) -> list[int]:
    """Return the pids of PostgreSQL's processes that work below a directory, or were told to."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() not in {"postgres", "initdb"}:
                continue
            named = os.fsencode(directory) in (process / "cmdline").read_bytes()
            if named or (process / "cwd").readlink().is_relative_to(directory):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return None


@pytest.fixture
def place():
    # Short, and open to be walked through, so that a test decides itself what is long and what is closed.
    directory = Path(tempfile.mkdtemp(prefix="avdaily-place-", dir=base_directory()))
    directory.chmod(0o755)
    made = Place(directory)
    yield made
    made.close()


@pytest.fixture(scope="session")
def nobody_command(tmp_path_factory) -> list[str]:
    """Return how ``nobody`` can run the command: an interpreter and packages that this user can read."""
    nobody = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = Path(psycopg.__file__).parent.parent
    for python in (os.path.realpath(sys.executable), f"/usr/bin/{version}"):
        command = [*become, "env", f"PYTHONPATH={REPOSITORY}:{packages}", python, "-c", START]
        if _runs(command):
            return command
    copy = Path(tempfile.mkdtemp(prefix="avdaily-python-", dir="/tmp"))
    copy.chmod(0o755)
    ignored = shutil.ignore_patterns("test", "tests", "mypy*", "ruff*", "squawk*", "hypothesis*", "*.a", "__pycache__")
    shutil.copytree(sys.base_prefix, copy / "python", ignore=ignored, symlinks=True)
    shutil.copytree(packages, copy / "packages", ignore=ignored, symlinks=True)
    for name in ("avdaily_sql", "sql"):
        shutil.copytree(REPOSITORY / name, copy / "checkout" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", copy / "checkout")
    path = f"PYTHONPATH={copy}/checkout:{copy}/packages"
    command = [*become, "env", path, str(copy / "python" / "bin" / version), "-c", START]
    assert _runs(command)
    return command


def _runs(command: list[str]) -> bool:
    done = subprocess.run(
        [*command, "config"], check=False, capture_output=True, cwd="/", env={"PATH": os.environ["PATH"], "HOME": "/"}
    )
    return done.returncode == 0


@pytest.fixture
def nobody(place: Place, nobody_command: list[str]) -> Place:
    """The same place, used by the user ``nobody``."""
    entry = pwd.getpwnam("nobody")
    for path in (place.directory, place.home):
        os.chown(path, entry.pw_uid, entry.pw_gid)
    place.command = nobody_command
    return place
