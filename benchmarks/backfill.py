"""What a backfill costs the application beside it: the latency of transfers with and without one; print Markdown.

``.venv/bin/python benchmarks/backfill.py [--rows 10000000] [--users 20000] [--rate 100] [--seconds 20]
[--repetitions 5] [--with-options '--load 50']``

Starts a server of its own with PostgreSQL's durable defaults in a temporary directory and removes it afterwards. A
table of ``--rows`` rows waits for its new column; clients transfer money at a steady rate, in turn without and with the
backfill running, and the first second of each turn, in which they connect and prepare, does not count. The percentiles
of all turns, their medians and the ratio of these are printed. Exits with 1 when the p99 with the backfill is more than
``--most`` times that without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from money import SQL, prepare
from server import Server, running_server

from avdaily_sql.cluster import binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = 4
SIDES = ("alone", "with the backfill")
PERCENTS = (50, 95, 99)
HISTORY = "CREATE SCHEMA avdaily_migrations"
TABLE = """
DROP TABLE IF EXISTS payments, avdaily_migrations.avdaily_backfill;
CREATE TABLE payments (id bigint CONSTRAINT payments_pkey PRIMARY KEY, reference text NOT NULL, amount numeric(15, 2)
  NOT NULL, channel text);
INSERT INTO payments SELECT n, md5(n::text), n % 10000, NULL FROM generate_series(1, {rows}) AS n;
VACUUM (ANALYZE, FREEZE) payments;
CHECKPOINT;
"""
BACKFILL = """-- channels: every payment says its channel
-- batch: 1000

SELECT id FROM payments WHERE channel IS NULL;

UPDATE payments SET channel = 'card' WHERE id = ANY(:id) AND channel IS NULL;
"""
PROGRAM = Path(sys.executable).with_name("avdaily-sql")


@contextmanager
def backfilling(server: Server, tree: Path, *options: str) -> Iterator[None]:
    """Run the command beside the block, and end it as a person would; the next block goes on with it."""
    command = [PROGRAM, "--database-url", server.url, "--sql-dir", tree, "-q", "backfill", "channels", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
        if process.poll() is not None:
            said = process.communicate()[1].decode()
            raise SystemExit(f"{said}the backfill ended before the transfers did: give it more --rows")
    finally:
        process.terminate()
        process.communicate()


def latencies_ms(server: Server, options: argparse.Namespace) -> list[float]:
    """Return how long each transfer took, counted from the moment at which it was due."""
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "script")
        script.write_text(SQL["people"] + SQL["transfer, ours"])
        subprocess.run(
            [
                server.bin / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(options.seconds),
                "-R", str(options.rate), "-l", "--log-prefix", str(Path(directory, "log")),
                "-D", f"active={options.users}", "-D", f"run={time.time_ns()}", "-f", script, server.url,
            ],
            check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PGOPTIONS": "-c role=avdaily_app"},
        )  # fmt: skip
        logged = [line.split() for log in Path(directory).glob("log*") for line in log.open()]
    # client, its transaction's number, microseconds, script, second and microsecond of its end
    began = min(int(words[4]) for words in logged)
    return [int(words[2]) / 1000 for words in logged if int(words[4]) > began + 1]


def done_rows(server: Server) -> int:
    """Return how many rows the backfill has changed so far."""
    with psycopg.connect(server.url) as conn:
        if conn.execute("SELECT to_regclass('avdaily_migrations.avdaily_backfill')").fetchone()[0] is None:
            return 0
        row = conn.execute("SELECT coalesce(sum(rows), 0)::bigint FROM avdaily_migrations.avdaily_backfill").fetchone()
        return int(row[0])


def fill(server: Server, rows: int) -> None:
    """Make the table anew, none of its rows done."""
    server.psql(*(word for text in TABLE.format(rows=rows).split(";\n") for word in ("-c", text)))


def beside(server: Server, tree: Path, options: argparse.Namespace) -> tuple[list[float], float]:
    """Return how long each transfer took while the backfill ran, and how many rows it changed in a second."""
    before, start = done_rows(server), time.perf_counter()
    with backfilling(server, tree, *options.with_options.split()):
        time.sleep(1)
        found = latencies_ms(server, options)
        done = done_rows(server) - before
        return found, done / (time.perf_counter() - start)


def measure(server: Server, tree: Path, options: argparse.Namespace) -> dict[str, dict[int, list[float]]]:
    """Take turns without and with the backfill; print the percentiles of each turn, and return them."""
    figures: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    latencies_ms(server, argparse.Namespace(**vars(options) | {"seconds": 5}))
    print("| turn | " + " | ".join(f"{side}, p{percent}" for side in SIDES for percent in PERCENTS) + " | rows/s |")
    print("|---|" + "---|" * (len(SIDES) * len(PERCENTS) + 1))
    for turn in range(1, options.repetitions + 1):
        if turn == 1 or done_rows(server) > options.rows / 3:
            fill(server, options.rows)
        cells = []
        for side in SIDES:
            found, rate = (latencies_ms(server, options), 0.0) if side == "alone" else beside(server, tree, options)
            cut = statistics.quantiles(found, n=100)
            for percent in PERCENTS:
                figures[side][percent].append(cut[percent - 1])
                cells.append(f"{cut[percent - 1]:.1f} ms")
        figures["rows/s"][0].append(rate)
        print(f"| {turn} | {' | '.join(cells)} | {rate:,.0f} |", flush=True)
    return figures


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=100, help="transfers a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--most", type=float, default=1.5, help="how many times the p99 without it is allowed")
    parser.add_argument(
        "--with-options", default="", metavar="WORDS", help="options of the backfill, such as '--load 50'"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_server(binaries.find_embedded()) as server:
        tree = Path(name)
        (tree / "migrations").mkdir()
        (tree / "backfills").mkdir()
        (tree / "backfills" / "channels.sql").write_text(BACKFILL)
        prepare(server, options.users, options.users)
        server.psql("-c", HISTORY)
        print(f"{options.rows:,} rows, {options.rate} transfers a second, turns of {options.seconds} s\n")
        figures = measure(server, tree, options)
    print("\n| median | alone | with the backfill | ratio |\n|---|---|---|---|")
    ratio = 0.0
    for percent in PERCENTS:
        alone, busy = (statistics.median(figures[side][percent]) for side in SIDES)
        ratio = busy / alone
        print(f"| p{percent} | {alone:.1f} ms | {busy:.1f} ms | {ratio:.2f} |")
    print(f"\nthe backfill: {statistics.median(figures['rows/s'][0]):,.0f} rows a second meanwhile")
    if ratio > options.most:
        raise SystemExit(f"p99 is {ratio:.2f} times that without the backfill; at most {options.most:g} is allowed")


if __name__ == "__main__":
    main()
