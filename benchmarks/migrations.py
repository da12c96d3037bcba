"""How fast migrations are applied: ours, stock yoyo, dbmate and psql, in turn, on one server with fsync on.

    .venv/bin/python benchmarks/migrations.py --rounds 9

Every round runs every tool once on a database of its own, beginning with another tool each time, so that a slow moment
of the machine hits all of them. Prints a Markdown table of medians. Needs the dependency group ``benchmark`` (dbmate).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
START = [sys.executable, "-c", "import psycopg, click"]
DEVNULL = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}


@dataclass
class Files:
    """The same migrations in the formats of the tools."""

    root: Path
    yoyo: Path
    dbmate: Path
    psql: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, root: Path, texts: list[str]) -> Files:
        """Write the texts as numbered migrations below a directory."""
        made = cls(root, root / "sql" / "migrations", root / "dbmate")
        made.yoyo.mkdir(parents=True)
        made.dbmate.mkdir()
        for number, text in enumerate(texts, start=1):
            name = f"{number:04}.create-t{number}"
            down = f"DROP TABLE t{number};\n"
            (made.yoyo / f"{name}.sql").write_text(text)
            (made.yoyo / f"{name}.rollback.sql").write_text(down)
            (made.dbmate / f"{number:04}_t{number}.sql").write_text(f"-- migrate:up\n{text}\n-- migrate:down\n{down}")
        # The floor: one process, one transaction a file, no bookkeeping.
        whole = root / "all.sql"
        whole.write_text("".join(f"BEGIN;\n\\i {path}\nCOMMIT;\n" for path in sorted(made.yoyo.glob("*[0-9].sql"))))
        made.psql = ["-f", str(whole)]
        return made


class Server:
    """An embedded server of its own, with fsync on, gone at the end."""

    def __init__(self, directory: Path) -> None:
        self.environment = os.environ | {"AVDAILY_DATA_DIR": str(directory / "data"), "AVDAILY_ENV": "development"}
        self.environment.pop("DATABASE_URL", None)
        self.directory = directory

    def __enter__(self) -> Server:
        self._run("db", "start")
        self.maintenance_url = json.loads(self._run("db", "url", "--json"))["url"]
        with psycopg.connect(self.maintenance_url) as conn:
            self.version = conn.info.parameter_status("server_version")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("db", "stop")

    def _run(self, *words: str) -> str:
        command = [BIN / "avdaily-sql", *words]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, cwd=self.directory
        )
        return done.stdout

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Create an empty database for the block, which is given its URL."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        yield self.url(name)
        with psycopg.connect(self.maintenance_url, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        before, _, after = self.maintenance_url.partition("?")
        return f"{before.rpartition('/')[0]}/{name}?{after}"


def timed(command: list, **options: Any) -> float:
    """Run a command, and return how long that took, in seconds."""
    started = time.perf_counter()
    done = subprocess.run(command, check=False, **(DEVNULL | options))
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"{command} failed: {done.stderr.decode()}")
    return seconds


def ours(url: str, files: Files) -> float:
    """Time avdaily-sql apply."""
    environment = os.environ | {"DATABASE_URL": url}
    return timed([BIN / "avdaily-sql", "--sql-dir", files.root / "sql", "apply"], env=environment, cwd=files.root)


def stock_yoyo(url: str, files: Files) -> float:
    """Time yoyo apply."""
    url = url.replace("postgresql://", "postgresql+psycopg://")
    return timed([BIN / "yoyo", "apply", "-b", "--no-config-file", "-d", url, files.yoyo], cwd=files.root)


def dbmate(url: str, files: Files) -> float:
    """Time dbmate migrate."""
    parts = urlsplit(url)
    socket = parse_qs(parts.query)["host"][0]
    # Its driver takes the socket's directory from another parameter.
    own = f"postgres://postgres@{parts.path}?socket={socket}&sslmode=disable"
    command = [BIN / "dbmate", "--url", own, "--migrations-dir", files.dbmate, "--no-dump-schema", "migrate"]
    return timed(command, cwd=files.root)


def psql(url: str, files: Files) -> float:
    """Time psql -f, a transaction a file, no bookkeeping."""
    program = shutil.which("psql") or _embedded_psql()
    return timed([program, "-X", "-q", "-v", "ON_ERROR_STOP=1", *files.psql, url], cwd=files.root)


def _embedded_psql() -> str:
    from avdaily_sql.cluster import binaries

    return str(binaries.find_embedded() / "psql")


def library_ours(url: str, files: Files) -> float:
    """Time migrations.apply() with nothing to do."""
    return _library(
        "from avdaily_sql import migrations, sqltree; from pathlib import Path\n"
        "tree = sqltree.SqlTree(Path(sys.argv[2]), 'flag')\n"
        "def call(): assert migrations.apply(sys.argv[1], tree).applied == ()\n",
        url,
        files.root / "sql",
    )


def library_yoyo(url: str, files: Files) -> float:
    """Time what yoyo does to find that there is nothing to do."""
    return _library(
        "from yoyo import get_backend, read_migrations\n"
        "def call():\n"
        "    with get_backend(sys.argv[1]) as backend:\n"
        "        assert not backend.to_apply(read_migrations(sys.argv[2]))\n",
        url.replace("postgresql://", "postgresql+psycopg://") + "&schema=avdaily_migrations",
        files.yoyo,
    )


def _library(code: str, url: str, path: Path) -> float:
    """Return the median of five calls in one process, after a first that imports everything."""
    measure = (
        "import statistics, sys, time\n"
        f"{code}"
        "call(); taken = []\n"
        "for _ in range(5):\n"
        "    start = time.perf_counter(); call(); taken.append(time.perf_counter() - start)\n"
        "print(statistics.median(taken))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, url, path], capture_output=True, text=True, check=True, cwd=path
    )
    return float(done.stdout)


def apply_case(server: Server, files: Files, tools: dict, rounds: int) -> dict[str, float]:
    """Time each tool on a new database each time."""
    taken = defaultdict(list)
    for number in range(rounds):
        for name, tool in _in_turn(tools, number):
            with server.database(f"bench_{number}_{name}") as url:
                taken[name].append(tool(url, files))
        taken["start"].append(timed(START))
    return {name: statistics.median(values) for name, values in taken.items()}


def idle_case(server: Server, files: Files, tools: dict, rounds: int) -> dict[str, float]:
    """Time each tool on a database where it has nothing to do."""
    taken = defaultdict(list)
    with (
        server.database("bench_ours") as own,
        server.database("bench_yoyo") as stock,
        server.database("bench_dbmate") as mate,
    ):
        urls = {"ours": own, "yoyo": stock, "dbmate": mate}
        ours(own, files), dbmate(mate, files)
        if stock_yoyo in tools.values():
            stock_yoyo(stock, files)
        for number in range(rounds):
            for name, tool in _in_turn(tools, number):
                # The library call of yoyo reads our history: the same tables.
                url = own if tool is library_yoyo else urls[name]
                taken[name].append(tool(url, files))
            taken["start"].append(timed(START))
    return {name: statistics.median(values) for name, values in taken.items()}


def copy_case(server: Server, root: Path, rounds: int) -> tuple[dict[str, float], int]:
    """Time a file with a gigabyte of COPY data, ours and psql; also return the most memory that ours took, in KiB."""
    files = Files.make(root, ["CREATE UNLOGGED TABLE t1 (a bigint, b text);\n"])
    path = next(files.yoyo.glob("*[0-9].sql"))
    lines = 1000 * b"".join((b"12345\t", b"x" * 493, b"\n"))
    with path.open("ab") as file:
        file.write(b"COPY t1 FROM stdin;\n")
        while file.tell() < 1 << 30:
            file.write(lines)
        file.write(b"\\.\n")
    taken = defaultdict(list)
    most = 0
    for number in range(rounds):
        for name, tool in _in_turn({"ours": ours, "psql": psql}, number):
            with server.database(f"bench_{number}_{name}") as url:
                taken[name].append(tool(url, files))
        with server.database(f"bench_{number}_memory") as url:
            most = max(most, _memory(url, files))
    shutil.rmtree(root)
    return {name: statistics.median(values) for name, values in taken.items()}, most


def _memory(url: str, files: Files) -> int:
    code = (
        "import sys; from pathlib import Path; from avdaily_sql import migrations, sqltree\n"
        "migrations.apply(sys.argv[1], sqltree.SqlTree(Path(sys.argv[2]), 'flag'))\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, url, files.root / "sql"], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def _in_turn(tools: dict, number: int) -> list:
    listed = list(tools.items())
    first = number % len(listed)
    return listed[first:] + listed[:first]


def row(name: str, found: dict[str, float], goal: str, reached: str) -> str:
    """Return one line of the table."""
    cells = [f"{found[tool]:.3f} s" if tool in found else "" for tool in ("yoyo", "dbmate", "psql", "start", "ours")]
    return f"| {name} | {' | '.join(cells)} | {goal} | {reached} |"


def statements_case(server: Server, root: Path, rounds: int) -> Iterator[str]:
    """Yield the lines of the many small files, the large one, and the runs with nothing to do."""
    tools = {"ours": ours, "yoyo": stock_yoyo, "dbmate": dbmate, "psql": psql}
    idle = {"ours": ours, "yoyo": stock_yoyo, "dbmate": dbmate}
    library = {"ours": library_ours, "yoyo": library_yoyo}
    inserts = "".join(f"INSERT INTO t1 (id, name) VALUES ({row}, 'name number {row}');\n" for row in range(10_000))
    many = Files.make(root / "many", tiny(500))
    large = Files.make(root / "large", [tiny(1)[0] + inserts])
    one = Files.make(root / "one", tiny(1))
    for label, files, goal in (("500 tiny files", many, 1.0), ("one file of 10,000 INSERTs", large, 1.2)):
        found = apply_case(server, files, tools, rounds)
        ratio = (found["ours"] - found["start"]) / found["dbmate"]
        yield row(f"{label}, process", found, f"less the start ≤ {goal} x dbmate", f"{ratio:.2f} x")
    found = idle_case(server, many, library, rounds)
    yield row("nothing to do, 500 files, library call", found, "≤ 0.030 s", f"{found['ours']:.3f} s")
    for label, files in (("1 file", one), ("500 files", many)):
        found = idle_case(server, files, idle, rounds)
        yield row(
            f"nothing to do, {label}, process", found, "≤ 1.2 x the start", f"{found['ours'] / found['start']:.2f} x"
        )


def size_case(server: Server, root: Path, rounds: int) -> Iterator[str]:
    """Yield the lines of what is ten times as much as anybody has: 5,000 files, and a gigabyte in one."""
    files = Files.make(root / "thousands", tiny(5000))
    found = apply_case(server, files, {"ours": ours, "dbmate": dbmate}, rounds)
    ratio = (found["ours"] - found["start"]) / found["dbmate"]
    yield row("5,000 tiny files, process", found, "less the start ≤ 1.0 x dbmate", f"{ratio:.2f} x")
    found = idle_case(server, files, {"ours": ours, "dbmate": dbmate}, rounds)
    yield row("nothing to do, 5,000 files, process", found, "", f"{found['ours'] / found['start']:.2f} x the start")
    found, most = copy_case(server, root / "copy", rounds)
    yield row(
        "COPY of 1 GB",
        found,
        "resident memory < 100 MB",
        f"{most >> 10} MB, {found['ours'] / found['psql']:.2f} x psql",
    )


def tiny(count: int) -> list[str]:
    """Return the texts of as many small migrations."""
    return [f"CREATE TABLE t{number} (id bigint PRIMARY KEY, name text NOT NULL);\n" for number in range(1, count + 1)]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--case", choices=("statements", "size"), action="append")
    arguments = parser.parse_args()
    cases = {"statements": statements_case, "size": size_case}
    with tempfile.TemporaryDirectory() as name, Server(Path(name)) as server:
        machine = f"{os.cpu_count()} cores, {platform.system()}, PostgreSQL {server.version}, fsync on"
        print(f"{machine}, medians of {arguments.rounds} rounds, load {os.getloadavg()[0]:.1f}\n")
        print("| case | stock yoyo | dbmate | psql | start | ours | goal | reached |")
        print("|---|---|---|---|---|---|---|---|")
        for case in arguments.case or cases:
            for line in cases[case](server, Path(name), arguments.rounds):
                print(line, flush=True)
        print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
