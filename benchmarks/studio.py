"""The studio's pages on a small and on a large ledger, in one run: 95 of 100 requests were at least as fast.

    .venv/bin/python benchmarks/studio.py --rows 10000000 --rounds 100

Two scratch databases on an embedded server of its own (fsync on, on the disk of --directory), with the seeds of
development and so many rows more in ledger_entries; one row in a hundred belongs to the wallet that is looked at. The
real command serves both; each round asks every page of one and of the other, through HTTP on a new connection, as a
browser does. Everything is removed afterwards. Ten million rows take 4 GB and some minutes.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from avdaily_sql.studio import keyset

PROGRAM = Path(sys.executable).with_name("avdaily-sql")
SMALL = 10_000
USER = "00000000-0000-7000-8000-000000000002"

# Bulk rows come in without triggers, and the indexes are made behind them: the result is what one by one would give.
FILL = """
INSERT INTO ledger_entries (user_id, transaction_id, debit_account_id, credit_account_id, amount, currency, created_at)
SELECT %(user)s, (SELECT id FROM transactions WHERE user_id = %(user)s ORDER BY created_at LIMIT 1),
  CASE WHEN n %% 100 = 0 THEN (SELECT account_id FROM wallets WHERE user_id = %(user)s)
    ELSE md5('debit' || n %% 50021)::uuid END,
  md5('credit' || n %% 49999)::uuid, 1 + n %% 5000, 'NGN', timestamptz '2020-01-01' + n * interval '10 seconds'
FROM generate_series(%(first)s + 1, %(last)s) AS n
"""


def main() -> None:
    """Build, ask, print, remove."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--directory", default=None, help="where the server lives while this runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="avdaily-studio-", dir=given.directory) as folder:
        environment = dict(os.environ, AVDAILY_DATA_DIR=folder, DATABASE_URL="")
        try:
            sizes = (SMALL, given.rows)
            urls = [build(environment, rows) for rows in sizes]
            with ExitStack() as stack:
                studios = [stack.enter_context(Studio(environment, url)) for url in urls]
                report(sizes, measure(studios, [pages(rows) for rows in sizes], given.rounds))
        finally:
            subprocess.run([PROGRAM, "db", "down", "--volumes", "--yes", "-q"], env=environment, check=True)


def build(environment: dict[str, str], rows: int) -> str:
    """Make one database and return its URL."""
    began = time.monotonic()
    command(environment, "db", "start", "-q")
    own = command(environment, "db", "url").strip()
    name = f"studio_{rows}"
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = own.replace("/avdaily?", f"/{name}?")
    command(environment, "apply", "-q", "--database-url", url)
    command(environment, "seed", "--env", "development", "-q", "--database-url", url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET synchronous_commit = off")
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'ledger_entries' AND indexname LIKE '%_idx'"
        ).fetchall()
        for index, _ in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
        for first in range(0, rows, 1_000_000):
            connection.execute(FILL, {"user": USER, "first": first, "last": min(rows, first + 1_000_000)})
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM (FREEZE, ANALYZE)")
        (size,) = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    print(f"{rows:,} rows: {size}, {time.monotonic() - began:.0f} s to make", file=sys.stderr)
    return url


def command(environment: dict[str, str], *arguments: str) -> str:
    """Run one command of ours and return what it printed."""
    return subprocess.run([PROGRAM, *arguments], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


class Studio:
    """The real command on one database, and requests to it as a browser that has the cookie."""

    def __init__(self, environment: dict[str, str], url: str) -> None:
        self._command = ([PROGRAM, "studio", "--no-open", "-q", "--database-url", url], environment)

    def __enter__(self) -> Studio:
        command, environment = self._command
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self._address = urlsplit(self._process.stdout.readline().strip())
        status, headers, _ = self._ask(f"/?{self._address.query}", {})
        assert status == 303, status
        self._cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def seconds(self, path: str) -> float:
        """Return how long one page took."""
        began = time.perf_counter()
        status, _, body = self._ask(path, self._cookie)
        taken = time.perf_counter() - began
        assert status == 200, (path, status, body[:2000])
        return taken

    def _ask(self, path: str, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._address.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def pages(rows: int) -> dict[str, str]:
    """Return the pages that are asked, by what they are."""
    table = "/table/ledger_entries?"
    half_way = keyset.encode((str(rows // 2),)) or ""
    return {
        "home": "/",
        "a table's first page": table,
        "its last page": table + "last=1",
        "a page half way through": table + urlencode({"after": half_way}),
        "filtered by an indexed column": table + urlencode({"f.user_id.eq": USER}),
        "one row": f"/row/ledger_entries?k.id={rows // 2}",
        "a row that a hundredth of all rows point at": f"/row/user?k.id={USER}",
        "a user": f"/person/{USER}",
        "a wallet's history": f"/person/{USER}/wallet",
        "pictures": "/pictures",
        "a diagram": "/pictures/tables/money",
    }


def measure(studios: list[Studio], asked: list[dict[str, str]], rounds: int) -> dict[str, list[list[float]]]:
    """Return the times of every page, by page and database."""
    times: dict[str, list[list[float]]] = {name: [[] for _ in studios] for name in asked[0]}
    for number in range(rounds + 3):
        for name in asked[0]:
            for place, studio in enumerate(studios):
                taken = studio.seconds(asked[place][name])
                # The first rounds fill caches.
                if number >= 3:
                    times[name][place].append(taken)
    return times


def report(sizes: tuple[int, int], times: dict[str, list[list[float]]]) -> None:
    """Print a Markdown table, and the worst ratio."""
    print(f"| page | {sizes[0]:,} rows: p95 ms | {sizes[1]:,} rows: p95 ms | ratio | medians, ms |")
    print("|---|---:|---:|---:|---:|")
    for name, (small, large) in times.items():
        one, two = p95(small), p95(large)
        middle = f"{statistics.median(small) * 1000:.1f}, {statistics.median(large) * 1000:.1f}"
        print(f"| {name} | {one * 1000:.1f} | {two * 1000:.1f} | {two / one:.2f} | {middle} |")


def p95(values: list[float]) -> float:
    """Return what 95 of 100 values do not exceed."""
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    main()
