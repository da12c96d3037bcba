"""What a backfill costs the application beside it: the latency of transfers with and without one; print Markdown.

``.venv/bin/python benchmarks/backfill.py [--rows 10000000] [--users 20000] [--rate 100] [--seconds 20]``

Starts a server of its own with PostgreSQL's durable defaults in a temporary directory and removes it afterwards. A
table of ``--rows`` rows waits for its new column; clients transfer money at a steady rate, in turn without and with the
backfill running; medians of the repetitions and their ratios are printed.
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
TABLE = """
CREATE SCHEMA avdaily_migrations;
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
def backfilling(server: Server, tree: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command beside the block, and end it as a person would; the next block goes on with it."""
    command = [PROGRAM, "--database-url", server.url, "--sql-dir", tree, "-q", "backfill", "channels", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


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
        return [int(line.split()[2]) / 1000 for log in Path(directory).glob("log*") for line in log.open()]


def done_rows(server: Server) -> int:
    """Return how many rows the backfill has changed so far."""
    with psycopg.connect(server.url) as conn:
        if conn.execute("SELECT to_regclass('avdaily_migrations.avdaily_backfill')").fetchone()[0] is None:
            return 0
        row = conn.execute("SELECT coalesce(sum(rows), 0)::bigint FROM avdaily_migrations.avdaily_backfill").fetchone()
        return int(row[0])


def measure(server: Server, tree: Path, options: argparse.Namespace) -> dict[str, dict[str, list[float]]]:
    """Take turns without and with the backfill; return the percentiles of each turn."""
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    latencies_ms(server, argparse.Namespace(**vars(options) | {"seconds": 5}))
    for _ in range(options.repetitions):
        for side in ("alone", "with the backfill"):
            if side == "alone":
                found = latencies_ms(server, options)
            else:
                before, start = done_rows(server), time.perf_counter()
                with backfilling(server, tree, *options.with_options.split()) as process:
                    time.sleep(1)
                    found = latencies_ms(server, options)
                    if process.poll() is not None:
                        raise SystemExit("the backfill ended before the transfers did: give it more --rows")
                    figures["backfill"]["rows/s"].append((done_rows(server) - before) / (time.perf_counter() - start))
            for percent in (50, 99):
                figures[side][f"p{percent}"].append(statistics.quantiles(found, n=100)[percent - 1])
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=100, help="transfers a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--repetitions", type=int, default=3)
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
        server.psql(*(word for text in TABLE.format(rows=options.rows).split(";\n") for word in ("-c", text)))
        figures = measure(server, tree, options)
    print(
        f"{options.rows:,} rows, {options.rate} transfers a second, {options.repetitions} turns of {options.seconds} s"
    )
    print("\n| | alone | with the backfill | ratio |\n|---|---|---|---|")
    for percent in ("p50", "p99"):
        alone, beside = (statistics.median(figures[side][percent]) for side in ("alone", "with the backfill"))
        print(f"| {percent} | {alone:.1f} ms | {beside:.1f} ms | {beside / alone:.2f} |")
    print(f"\nthe backfill: {statistics.median(figures['backfill']['rows/s']):,.0f} rows a second meanwhile")


if __name__ == "__main__":
    main()
