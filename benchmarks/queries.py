"""Named queries beside hand-written psycopg, aiosql 15, asyncpg and SQLAlchemy Core, in one run.

    .venv/bin/python benchmarks/queries.py --rounds 25

Every round runs a block of every contender in turn on one server over its socket; medians of the rounds are printed as
a Markdown table: wall time and client CPU for one call, and both as a ratio to the first line. Client and server
processes share one core, because a wake-up across cores of a virtual machine costs more than the call. Needs the
dependency group ``benchmark``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiosql
import asyncpg
import psycopg
import sqlalchemy
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from avdaily_sql import queries
from tests import throwaway

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    # Runs so many calls.
    Block = Callable[[int], object]

TABLES = """
CREATE TABLE wallets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL UNIQUE, balance numeric(15, 2) NOT NULL,
    currency text NOT NULL, is_active boolean NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO wallets (user_id, balance, currency, is_active)
SELECT gen_random_uuid(), round((random() * 100000)::numeric, 2), 'NGN', true FROM generate_series(1, 10000);
CREATE UNLOGGED TABLE lines (wallet_id uuid NOT NULL, amount numeric(15, 2) NOT NULL, note text NOT NULL);
ANALYZE;
"""
COLUMNS = "id, user_id, balance, currency, is_active, updated_at"
ONE = f"SELECT {COLUMNS} FROM wallets WHERE user_id = :user_id"
ALL = f"SELECT {COLUMNS} FROM wallets ORDER BY id LIMIT 10000"
INSERT = "INSERT INTO lines (wallet_id, amount, note) VALUES (:wallet_id, :amount, :note)"
FILE = f"""
-- name: get_wallet(user_id)^
{ONE};

-- name: list_wallets()
{ALL};

-- name: add_lines(wallet_id, amount, note)*!
{INSERT};
"""
CALLERS = 8


def percent(sql: str) -> str:
    """Return a query with psycopg's own placeholders."""
    for name in ("user_id", "wallet_id", "amount", "note"):
        sql = sql.replace(f":{name}", f"%({name})s")
    return sql


def dollars(sql: str) -> str:
    """Return a query with the server's placeholders."""
    for name, number in (("user_id", 1), ("wallet_id", 1), ("amount", 2), ("note", 3)):
        sql = sql.replace(f":{name}", f"${number}")
    return sql


def pin(pid: int) -> None:
    """Keep a process on the first core, where the system allows it."""
    with suppress(OSError, AttributeError):
        os.sched_setaffinity(pid, {0})


class Bench:
    """The contenders on one database."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url, self.directory = url, directory
        self.loop = asyncio.new_event_loop()
        self.pools: list[AsyncConnectionPool[Any]] = []
        with psycopg.connect(url, autocommit=True) as connection:
            self.keys = [row[0] for row in connection.execute("SELECT user_id FROM wallets LIMIT 1000").fetchall()]
        self.lines = [{"wallet_id": key, "amount": Decimal("12.50"), "note": "a line"} for key in self.keys]
        self.ours = queries.load(directory)
        self.theirs = aiosql.from_path(directory, "psycopg")

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """Return a connection whose server process shares our core."""
        connection = psycopg.connect(self.url, autocommit=True, **options)
        pin(connection.info.backend_pid)
        return connection

    def wait(self, awaitable: Any) -> Any:
        """Run something asynchronous to its end."""
        return self.loop.run_until_complete(awaitable)

    def asyncpg(self) -> asyncpg.Connection:
        """Return a connection of asyncpg's."""
        connection = self.wait(asyncpg.connect(self.url))
        pin(self.wait(connection.fetchval("SELECT pg_backend_pid()")))
        return connection

    def core(self) -> sqlalchemy.Connection:
        """Return a connection of SQLAlchemy Core over psycopg."""
        engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=self.connect)
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def one_row(self) -> dict[str, Block]:
        """One row by key, as most calls of an application are."""
        hand, named, ours, theirs = (self.connect() for _ in range(4))
        named.row_factory = namedtuple_row
        core, text, sql = self.core(), sqlalchemy.text(ONE), percent(ONE)
        other, other_sql = self.asyncpg(), dollars(ONE)

        async def asynchronously(count: int) -> None:
            for key in self.keys[:count]:
                await other.fetchrow(other_sql, key)

        def with_psycopg(connection: psycopg.Connection[Any]) -> Block:
            return lambda count: [connection.execute(sql, {"user_id": key}).fetchone() for key in self.keys[:count]]

        return {
            "psycopg, tuples": with_psycopg(hand),
            "psycopg, namedtuple_row": with_psycopg(named),
            "avdaily_sql": lambda count: [self.ours.get_wallet(ours, key) for key in self.keys[:count]],
            "aiosql 15, tuples": lambda count: [
                self.theirs.get_wallet(theirs, user_id=key) for key in self.keys[:count]
            ],
            "SQLAlchemy Core": lambda count: [
                core.execute(text, {"user_id": key}).first() for key in self.keys[:count]
            ],
            "asyncpg": lambda count: self.wait(asynchronously(count)),
        }

    def one_row_async(self) -> dict[str, Block]:
        """The same with asyncio."""

        async def open_() -> psycopg.AsyncConnection[Any]:
            connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True)
            pin(connection.info.backend_pid)
            return connection

        hand, ours = self.wait(open_()), self.wait(open_())
        other, sql, other_sql = self.asyncpg(), percent(ONE), dollars(ONE)

        async def with_psycopg(count: int) -> None:
            for key in self.keys[:count]:
                await (await hand.execute(sql, {"user_id": key})).fetchone()

        async def with_ours(count: int) -> None:
            for key in self.keys[:count]:
                await self.ours.get_wallet(ours, key)

        async def with_asyncpg(count: int) -> None:
            for key in self.keys[:count]:
                await other.fetchrow(other_sql, key)

        return {
            "psycopg AsyncConnection, tuples": lambda count: self.wait(with_psycopg(count)),
            "avdaily_sql": lambda count: self.wait(with_ours(count)),
            "asyncpg": lambda count: self.wait(with_asyncpg(count)),
        }

    def many_rows(self) -> dict[str, Block]:
        """A large list."""
        hand, ours, theirs = self.connect(row_factory=namedtuple_row), self.connect(), self.connect()
        core, text, other = self.core(), sqlalchemy.text(ALL), self.asyncpg()
        return {
            "psycopg, namedtuple_row": lambda count: [hand.execute(ALL).fetchall() for _ in range(count)],
            "avdaily_sql": lambda count: [self.ours.list_wallets(ours) for _ in range(count)],
            "aiosql 15, tuples": lambda count: [list(self.theirs.list_wallets(theirs)) for _ in range(count)],
            "SQLAlchemy Core": lambda count: [core.execute(text).all() for _ in range(count)],
            "asyncpg": lambda count: [self.wait(other.fetch(ALL)) for _ in range(count)],
        }

    def many_in(self) -> dict[str, Block]:
        """Many rows in."""
        hand, ours, theirs = self.connect(), self.connect(), self.connect()
        core, text, other, other_sql = self.core(), sqlalchemy.text(INSERT), self.asyncpg(), dollars(INSERT)
        rows = [tuple(line.values()) for line in self.lines]

        def with_psycopg(count: int) -> None:
            for _ in range(count):
                hand.cursor().executemany(percent(INSERT), self.lines)

        return {
            "psycopg executemany": with_psycopg,
            "avdaily_sql": lambda count: [self.ours.add_lines(ours, self.lines) for _ in range(count)],
            "aiosql 15": lambda count: [self.theirs.add_lines(theirs, self.lines) for _ in range(count)],
            "SQLAlchemy Core": lambda count: [core.execute(text, self.lines) for _ in range(count)],
            "asyncpg executemany": lambda count: [self.wait(other.executemany(other_sql, rows)) for _ in range(count)],
        }

    def eight_callers(self) -> dict[str, Block]:
        """Eight tasks that share a pool."""
        hand, ours = (self.wait(self.open_pool()) for _ in range(2))
        other = self.wait(self.open_asyncpg_pool())
        sql, other_sql = percent(ONE), dollars(ONE)

        async def with_psycopg(keys: list[uuid.UUID]) -> None:
            for key in keys:
                async with hand.connection() as connection:
                    await (await connection.execute(sql, {"user_id": key})).fetchone()

        async def with_ours(keys: list[uuid.UUID]) -> None:
            for key in keys:
                async with ours.connection() as connection:
                    await self.ours.get_wallet(connection, key)

        async def with_asyncpg(keys: list[uuid.UUID]) -> None:
            for key in keys:
                async with other.acquire() as connection:
                    await connection.fetchrow(other_sql, key)

        return {
            "psycopg AsyncConnectionPool, tuples": self.eight(with_psycopg),
            "avdaily_sql": self.eight(with_ours),
            "asyncpg pool": self.eight(with_asyncpg),
        }

    async def open_pool(self) -> AsyncConnectionPool[Any]:
        """Return an open pool of psycopg's."""

        async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.set_autocommit(True)
            pin(connection.info.backend_pid)

        pool = AsyncConnectionPool(self.url, min_size=CALLERS, max_size=CALLERS, configure=configure, open=False)
        await pool.open(wait=True)
        self.pools.append(pool)
        return pool

    async def open_asyncpg_pool(self) -> asyncpg.Pool:
        """Return an open pool of asyncpg's."""
        return await asyncpg.create_pool(self.url, min_size=CALLERS, max_size=CALLERS, init=pin_asyncpg)

    def eight(self, work: Callable[[list[uuid.UUID]], Any]) -> Block:
        """Return a block in which eight tasks share the keys."""

        async def run(count: int) -> None:
            share = count // CALLERS
            await asyncio.gather(*(work(self.keys[n * share : (n + 1) * share]) for n in range(CALLERS)))

        return lambda count: self.wait(run(count))

    def close(self) -> None:
        """Close what has tasks of its own."""
        for pool in self.pools:
            self.wait(pool.close())


async def pin_asyncpg(connection: asyncpg.Connection) -> None:
    """Let the server process of a connection of asyncpg's share our core."""
    pin(await connection.fetchval("SELECT pg_backend_pid()"))


def measure(blocks: dict[str, Block], calls: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the medians of wall and CPU seconds for one call of each contender, run in turns."""
    for block in blocks.values():
        block(min(calls, 200))
    wall: dict[str, list[float]] = {name: [] for name in blocks}
    cpu: dict[str, list[float]] = {name: [] for name in blocks}
    names = list(blocks)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            started, used = time.perf_counter(), time.process_time()
            blocks[name](calls)
            cpu[name].append(time.process_time() - used)
            wall[name].append(time.perf_counter() - started)
    return {name: (statistics.median(wall[name]) / calls, statistics.median(cpu[name]) / calls) for name in blocks}


def report(title: str, found: dict[str, tuple[float, float]], unit: str = "µs") -> None:
    """Print one table; the first line is what the others are measured by."""
    factor = {"µs": 1e6, "ms": 1e3}[unit]
    wall, cpu = next(iter(found.values()))
    print(f"\n{title}\n\n| contender | wall {unit} | ratio | CPU {unit} | ratio |\n|---|---|---|---|---|")
    for name, (one, other) in found.items():
        print(f"| {name} | {one * factor:.1f} | {one / wall:.2f} | {other * factor:.1f} | {other / cpu:.2f} |")


def loading(directory: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Measure reading 200 queries of some size from files."""
    body = f"{ONE}\n   AND updated_at >= :from_at::timestamptz\n   AND updated_at < :to_at::timestamptz -- half open\n"
    for file in range(10):
        text = "".join(
            f"-- name: list_{file}_{number}(user_id, from_at, to_at)\n-- The wallets of a period.\n{body}"
            "   AND currency = 'NGN'\n   AND balance BETWEEN 0 AND 1000000000\n ORDER BY updated_at DESC, id DESC\n"
            " LIMIT 100;\n\n"
            for number in range(20)
        )
        (directory / f"part{file}.sql").write_text(text)
    blocks: dict[str, Block] = {
        "aiosql 15": lambda _: aiosql.from_path(directory, "psycopg"),
        "avdaily_sql": lambda _: queries.load(directory),
    }
    return measure(blocks, 1, rounds)


def starting(url: str, directory: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Measure a whole program: import, connect, one call."""
    key = "00000000-0000-0000-0000-000000000000"
    programs = {
        "psycopg": f"import psycopg\nc = psycopg.connect({url!r})\n"
        f"c.execute({percent(ONE)!r}, {{'user_id': {key!r}}}).fetchone()",
        "avdaily_sql": "import psycopg\nfrom avdaily_sql import queries\n"
        f"c = psycopg.connect({url!r})\nqueries.load({str(directory)!r}).get_wallet(c, {key!r})",
        "avdaily_sql, all own queries": "import psycopg\nfrom avdaily_sql import queries\n"
        f"c = psycopg.connect({url!r})\nqueries.get_wallet\n"
        f"queries.load({str(directory)!r}).get_wallet(c, {key!r})",
    }

    def run(program: str) -> Block:
        return lambda count: [
            subprocess.run([sys.executable, "-c", program], check=True, cwd=throwaway.REPOSITORY) for _ in range(count)
        ]

    found = measure({name: run(program) for name, program in programs.items()}, 1, rounds)
    # The children's CPU is not this process's.
    return {name: (wall, wall) for name, (wall, _) in found.items()}


def main() -> None:
    """Build the database, run all in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    pin(0)
    session = throwaway.Session()
    try:
        server = throwaway.get_server(session.directory)
        url = server.create_database("queries")
        with psycopg.connect(url) as connection:
            connection.execute(TABLES)
        with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
            (Path(small) / "wallets.sql").write_text(FILE)
            bench = Bench(url, Path(small))
            report("One row by key", measure(bench.one_row(), 400, rounds))
            report("One row by key, asyncio", measure(bench.one_row_async(), 400, rounds))
            report("10,000 rows", measure(bench.many_rows(), 1, rounds), "ms")
            report("1,000 rows in", measure(bench.many_in(), 1, rounds), "ms")
            report(f"One row by key, {CALLERS} callers on a pool", measure(bench.eight_callers(), 800, rounds))
            bench.close()
            report("Loading 200 queries", loading(Path(large), rounds), "ms")
            report("A program with one call, from its start", starting(url, Path(small), rounds), "ms")
    finally:
        session.close()


if __name__ == "__main__":
    main()
