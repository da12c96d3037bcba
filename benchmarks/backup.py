"""Backup and restore beside the usual commands, in one run: ``python benchmarks/backup.py [MEGABYTES [ROUNDS]]``.

All commands of a table run in turns, so that what else the machine does meets them alike. Printed are the median of the
rounds in seconds, the fastest and the slowest, the median of the ratios to the usual command of the same round, bytes,
the most memory that our process had, and the load of the machine. The server is a throwaway one on the disk of the
temporary directory, with fsync on as in earnest; ``BENCHMARK_FSYNC=off`` takes the disk out of it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from avdaily_sql.cluster import binaries
from tests import throwaway

PROGRAM = str(Path(sys.executable).with_name("avdaily-sql"))
ROUNDS = 5
FSYNC = os.environ.get("BENCHMARK_FSYNC", "on")
SCHEMA = """
CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT people_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT people_email_key UNIQUE,
    balance numeric(20, 2) NOT NULL
);
CREATE TABLE postings (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT postings_pkey PRIMARY KEY,
    key uuid NOT NULL,
    person_id bigint NOT NULL CONSTRAINT postings_person_id_fkey REFERENCES people (id),
    kind text NOT NULL,
    amount numeric(20, 2) NOT NULL CONSTRAINT postings_amount_not_zero_check CHECK (amount <> 0),
    details jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
"""
FILL = """
INSERT INTO people (email, balance)
SELECT 'person' || n || '@example.com', (random() * 100000)::numeric(20, 2) FROM generate_series(1, {people}) AS n;
INSERT INTO postings (key, person_id, kind, amount, details, created_at)
SELECT gen_random_uuid(), 1 + n % {people}, (ARRAY['contribution', 'withdrawal', 'transfer'])[1 + n % 3],
    (1 + random() * 10000)::numeric(20, 2), jsonb_build_object('n', n, 'channel', 'card', 'ref', md5(n::text)),
    '2026-01-01'::timestamptz + n * interval '1 second'
FROM generate_series(1, {postings}) AS n;
CREATE INDEX postings_person_id_created_at_idx ON postings (person_id, created_at);
CREATE INDEX postings_key_idx ON postings (key);
"""


def main() -> None:
    """Build the database, run all in turns, print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    # In memory there is no disk to wait for.
    throwaway.base_directory = lambda: Path(tempfile.gettempdir())
    session = throwaway.Session()
    try:
        durable = [f"{name}={FSYNC}" for name in ("fsync", "synchronous_commit", "full_page_writes")]
        server = throwaway.start_server(session, binaries.find_embedded(), options=[*durable, "autovacuum=on"])
        work = session.directory / "work"
        work.mkdir()
        measure(server, work, megabytes, rounds)
    finally:
        session.close()


def measure(server: throwaway.Server, work: Path, megabytes: int, rounds: int) -> None:
    """Fill a database, then back it up and restore it in each way, in turn."""
    url = server.create_database("bench")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(SCHEMA)
        # One posting is about 330 bytes with its indexes.
        postings = megabytes * 1_000_000 // 330
        conn.execute(FILL.format(people=max(1, postings // 50), postings=postings))
        conn.execute("VACUUM ANALYZE")
        size = conn.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    dump, psql = server.program("pg_dump"), server.program("psql")
    env = os.environ | {
        "DATABASE_URL": url, "BACKUP_DIR": str(work / "ours"), "AVDAILY_PG_BIN": str(server.bin),
        "AVDAILY_OPS_LOG": str(work / "log"), "AVDAILY_ENV": "",
    }  # fmt: skip
    backups = {
        "pg_dump | gzip -6": f"{dump} -d '{url}' | gzip -6 > {work}/plain.sql.gz",
        "pg_dump -Fc": f"{dump} -Fc -d '{url}' > {work}/custom.dump",
        "avdaily-sql backup": f"rm -rf {work}/ours; {PROGRAM} -q backup",
    }
    print(f"{size / 1e6:.0f} MB database, {os.cpu_count()} processors, median of {rounds}, fsync {FSYNC}\n")
    seconds, memory = run_in_turns(backups, env, rounds)
    sizes = {
        "pg_dump | gzip -6": (work / "plain.sql.gz").stat().st_size,
        "pg_dump -Fc": (work / "custom.dump").stat().st_size,
        "avdaily-sql backup": sum(path.stat().st_size for path in (work / "ours").glob("*.gz")),
    }
    show(seconds, memory, "pg_dump | gzip -6", sizes)
    (work / "custom.dump").unlink()
    made = next((work / "ours").glob("*.gz"))
    target = "other"
    again = f"{psql} -X -q -d '{server.maintenance_url}' -c 'DROP DATABASE IF EXISTS {target} WITH (FORCE)'"
    restores = {
        "gunzip | psql -1": (
            f"{again}; {psql} -X -q -d '{server.maintenance_url}' -c 'CREATE DATABASE {target} TEMPLATE template0';"
            f" gunzip -c {made} | {psql} -X -q -1 -v ON_ERROR_STOP=1 -d '{server.url(target)}' > /dev/null"
        ),
        "avdaily-sql restore": f"{again}; {PROGRAM} -q restore {made} --into {target}",
    }
    seconds, memory = run_in_turns(restores, env, rounds)
    show(seconds, memory, "gunzip | psql -1", {})


def run_in_turns(
    commands: dict[str, str], env: dict[str, str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Run each command once a round; return its seconds, and the most resident kilobytes of our own process."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    memory: dict[str, int] = {}
    time_program = shutil.which("time")
    for number in range(rounds):
        # Whoever comes first may pay for what the one before has left to be written: so each comes first in turn.
        names = list(commands)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            ours = PROGRAM in commands[name]
            measured = f"{time_program} -f %M -a -o {env['AVDAILY_OPS_LOG']}.rss {PROGRAM}" if time_program else PROGRAM
            line = commands[name].replace(PROGRAM, measured)
            started = time.perf_counter()
            subprocess.run(["bash", "-o", "pipefail", "-c", line], env=env, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - started)
            if ours and time_program:
                values = Path(f"{env['AVDAILY_OPS_LOG']}.rss").read_text().split()
                memory[name] = max(map(int, values))
    return seconds, memory


def show(seconds: dict[str, list[float]], memory: dict[str, int], base: str, sizes: dict[str, int]) -> None:
    """Print seconds and ratios, one line a command, and the load of the machine."""
    for name, values in seconds.items():
        ratio = statistics.median(ours / usual for ours, usual in zip(values, seconds[base], strict=True))
        spread = f"({min(values):.2f} to {max(values):.2f})"
        size = f"{sizes[name] / 1e6:8.1f} MB" if name in sizes else ""
        rss = f"{memory[name] / 1024:6.0f} MiB resident" if name in memory else ""
        print(f"{name:22} {statistics.median(values):7.2f} s {spread:>18}  {ratio:5.2f} x  {size}  {rss}")
    print(f"{'load of one minute':22} {os.getloadavg()[0]:7.2f}\n", flush=True)


if __name__ == "__main__":
    main()
