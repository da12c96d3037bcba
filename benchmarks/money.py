"""Measure the money functions beside two textbook ledgers and beside the slow ways; print Markdown.

``.venv/bin/python benchmarks/money.py [--users 100000] [--plans 100000] [--seconds 10] [--repetitions 3] [--explain]``

Starts a server of its own with PostgreSQL's durable defaults (fsync and synchronous_commit on) in a temporary directory
and removes it afterwards. The cases take turns in every repetition; medians and ratios of the same run are printed,
because absolute figures belong to a machine. ``--users`` given several times repeats all of it on data sets of those
sizes and compares them at the end. The SQL is in ``money.sql``, the people in ``crowd.sql``, the peers in
``textbook.sql``.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import namedtuple_row
from server import Server, running_server

from avdaily_sql.cluster import binaries

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
SQL = dict(re.findall(r"^-- name: (.+)\n((?:(?!-- ).*\n)+)", (HERE / "money.sql").read_text(), re.MULTILINE))
CLIENTS = 8
WORKERS = 2
SLOW_PLANS = 4_000
ACTIVE_USERS = 20_000
SIDES = ("ours", "pgledger", "lean")
# How many times the calls of the textbook ledger, as pgledger is built, ours are to reach.
CALLS = {
    "contribution": ("wallet → plan", 1.7),
    "transfer": ("transfer between users", 1.4),
    "deposit": ("deposit from one settlement account", 2.5),
}
APPLICATION = "-c role=avdaily_app"

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

Figures = dict[str, list[float]]


def prepare(server: Server, users: int, plans: int) -> None:
    """Make a new database with all migrations, the textbook ledgers and the same people in each."""
    server.psql("-c", "DROP DATABASE IF EXISTS bench", "-c", "CREATE DATABASE bench", database="postgres")
    migrations = [
        path for path in sorted((HERE.parent / "sql" / "migrations").glob("*.sql")) if ".rollback." not in path.name
    ]
    server.psql("-1", *(argument for path in migrations for argument in ("-f", path)))
    server.psql("-v", f"users={users}", "-v", f"plans={plans}", "-f", HERE / "textbook.sql", "-f", HERE / "crowd.sql")
    server.psql("-c", "VACUUM ANALYZE", "-c", "CHECKPOINT")


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that a piece of work takes, and what it returns."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def save_day(server: Server, days_ago: int, parts: int) -> int:
    """Run the auto-save of a day as the application does, two workers sharing its parts; return the plans saved."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for part in range(parts):
        waiting.put(part)

    def work(_: int) -> int:
        saved = 0
        with psycopg.connect(server.url, autocommit=True, options=APPLICATION) as conn:
            while True:
                try:
                    part = waiting.get_nowait()
                except queue.Empty:
                    return saved
                chosen = {"days_ago": days_ago, "part": part, "parts": parts}
                saved += conn.execute(SQL["auto-save"], chosen).fetchone()[0]

    with ThreadPoolExecutor(WORKERS) as workers:
        return sum(workers.map(work, range(WORKERS)))


def measure_auto_save(server: Server, figures: Figures, plans: int, repetition: int) -> None:
    """Save two days, one with a part a worker and one with sixteen, and each day again."""
    for number, parts in enumerate((WORKERS, 16 * WORKERS)):
        days_ago = 2 * (repetition - 1) + number
        for name, expected in (("auto-save", plans), ("the same again", 0)):
            seconds, saved = timed(lambda days_ago=days_ago, parts=parts: save_day(server, days_ago, parts))
            if saved != expected:
                raise SystemExit(f"{saved} of {expected} plans were saved")
            figures[f"{name}, {parts} parts"].append(seconds)


def save_as_the_original(conn: psycopg.Connection, number: int) -> None:
    """Save one plan with six statements, each its own transaction."""
    plan = conn.execute(SQL["original 1"], {"number": number}).fetchone()
    wallet = conn.execute(SQL["original 2"], {"user_id": plan.user_id}).fetchone()
    values = {
        "user_id": plan.user_id, "plan_id": plan.id, "wallet_id": wallet.id, "amount": plan.daily_amount,
        "wallet_after": wallet.balance - plan.daily_amount, "plan_after": plan.current_amount + plan.daily_amount,
    }  # fmt: skip
    values["transaction_id"] = conn.execute(SQL["original 3"], values).fetchone().id
    for step in (4, 5, 6):
        conn.execute(SQL[f"original {step}"], values)


def save_by_call(conn: psycopg.Connection, number: int) -> None:
    """Save one plan by one call, its own transaction."""
    conn.execute(SQL["one call a plan"], {"number": number})


def measure_loops(server: Server, figures: Figures, plans: int) -> None:
    """Save some plans one after the other, the original's way and by our call; scale both to all plans."""
    some = min(SLOW_PLANS, plans)
    for name, save, options in (
        ("loop of six statements", save_as_the_original, ""),
        ("loop of calls", save_by_call, APPLICATION),
    ):
        with psycopg.connect(server.url, autocommit=True, options=options, row_factory=namedtuple_row) as conn:
            seconds, _ = timed(lambda save=save, conn=conn: [save(conn, number) for number in range(1, some + 1)])
        figures[name].append(seconds * plans / some)


def ended_clients_cpu(server: Server) -> float:
    """Return the CPU seconds of all server processes that have ended; waits for the last client to leave."""
    alone = "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with psycopg.connect(server.url, autocommit=True) as conn:
        while not conn.execute(alone).fetchone()[0]:
            time.sleep(0.01)
    postmaster = (server.directory / "data" / "postmaster.pid").read_text().splitlines()[0]
    # The fields after the name in brackets: utime, stime, and those of the children it has waited for.
    fields = Path("/proc", postmaster, "stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def measure_calls(server: Server, case: str, side: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return what eight clients with prepared statements reach: calls a second, and the server's CPU µs a call.

    Ours are called as the application's role. CPU is the steadier figure where the machine has other work.
    """
    before = ended_clients_cpu(server)
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "script")
        script.write_text(SQL["people"] + SQL[f"{case}, {side}"])
        done = subprocess.run(
            [
                server.bin / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
                "-T", str(options.seconds), "-D", f"active={min(ACTIVE_USERS, options.plans)}",
                "-D", f"run={time.time_ns()}", "-f", script, server.url,
            ],
            check=True, capture_output=True, text=True,
            env=os.environ | ({"PGOPTIONS": APPLICATION} if side == "ours" else {}),
        )  # fmt: skip
    if "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    speed = float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])
    calls = int(re.search(r"actually processed: (\d+)", done.stdout)[1])
    return speed, (ended_clients_cpu(server) - before) / calls * 1e6


def measure(server: Server, options: argparse.Namespace) -> dict[str, float]:
    """Run all cases in turn, as often as was asked for; return the median of each."""
    figures: Figures = defaultdict(list)
    # The first touch of a page after a checkpoint is logged whole: neither side is to pay for the other's.
    for repetition in range(options.repetitions + 1):
        for case in CALLS:
            for side in SIDES:
                speed, cpu = measure_calls(server, case, side, options)
                if repetition:
                    figures[f"{case}, {side}"].append(speed)
                    figures[f"{case}, {side}, cpu"].append(cpu)
        if repetition:
            measure_auto_save(server, figures, options.plans, repetition)
            measure_loops(server, figures, options.plans)
    return {name: statistics.median(values) for name, values in figures.items()}


def check_balances(server: Server) -> None:
    """End here when a balance does not equal its postings: no figure is to be bought with money."""
    with psycopg.connect(server.url) as conn:
        wrong = conn.execute(SQL["wrong balances"]).fetchone()[0]
    if wrong:
        raise SystemExit(f"{wrong} balances do not equal their postings")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def report(middle: dict[str, float], options: argparse.Namespace, users: int, version: str) -> str:
    """Return the figures of one size as Markdown."""
    saves = [name for name in middle if "parts" in name or name.startswith("loop")]
    best = min(middle[name] for name in saves if name.startswith("auto-save"))
    calls = []
    for case, (title, goal) in CALLS.items():
        ours, pgledger, lean = (middle[f"{case}, {side}"] for side in SIDES)
        our_cpu, their_cpu, lean_cpu = (middle[f"{case}, {side}, cpu"] for side in SIDES)
        speeds = [f"{speed:,.0f}" for speed in (ours, pgledger, lean)]
        costs = [f"{cost:.0f}" for cost in (our_cpu, their_cpu, lean_cpu)]
        calls.append([title, *speeds, f"{ours / pgledger:.2f}", f"{goal}", *costs, f"{their_cpu / our_cpu:.2f}"])
    head = (
        f"PostgreSQL {version}, {os.cpu_count()} cores, {users:,} users, {options.plans:,} due plans, "
        f"{options.repetitions} repetitions of {options.seconds} s, medians; load average at the end "
        f"{os.getloadavg()[0]:.1f}."
    )
    seconds = table(
        [f"auto-save of a day, {WORKERS} workers", "seconds", "times the best"],
        [[name, f"{middle[name]:.2f}", f"{middle[name] / best:.1f}"] for name in saves],
    )
    peers = [*SIDES, "ours / pgledger", "goal", *(f"CPU µs, {side}" for side in SIDES), "pgledger / ours"]
    return "\n\n".join([head, seconds, table([f"calls a second, {CLIENTS} clients", *peers], calls)])


def compare(sizes: dict[int, tuple[int, dict[str, float]]]) -> str:
    """Return what grows with the data: the cost of one plan or call at each size."""
    rows = []
    for name in (f"auto-save, {WORKERS} parts", f"auto-save, {16 * WORKERS} parts"):
        rows.append([f"{name}, a plan", *(f"{middle[name] / plans * 1e6:.0f} µs" for plans, middle in sizes.values())])
    for case, (title, _) in CALLS.items():
        rows.append([f"{title}, CPU", *(f"{middle[f'{case}, ours, cpu']:.0f} µs" for _, middle in sizes.values())])
    return table(["cost as data grows", *(f"{users:,} users" for users in sizes)], rows)


def explain(server: Server) -> str:
    """Return the plan of the heavy statement, one part of two, as auto_explain sees it; nothing is kept."""
    with psycopg.connect(server.url) as conn:
        notices: list[str] = []
        conn.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        conn.execute("LOAD 'auto_explain'")
        for name, value in (
            ("auto_explain.log_min_duration", "1ms"), ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"), ("auto_explain.log_nested_statements", "on"),
            ("auto_explain.log_triggers", "on"), ("client_min_messages", "log"),
        ):  # fmt: skip
            conn.execute("SELECT set_config(%s, %s, false)", (name, value))
        conn.execute(SQL["auto-save"], {"days_ago": 7, "part": 0, "parts": WORKERS})
        conn.rollback()
    heavy = next(notice for notice in notices if "Insert on ledger_entries" in notice)
    return heavy[heavy.index("Aggregate") if "Aggregate" in heavy else 0 :]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, action="append", help="default 100000; several times for several sizes")
    parser.add_argument("--plans", type=int, default=100_000, help="due plans, at most as many as users")
    parser.add_argument("--seconds", type=int, default=10, help="of each pgbench run")
    parser.add_argument("--repetitions", type=int, default=3, choices=range(1, 4))
    parser.add_argument("--explain", action="store_true", help="print the plan of the auto-save too")
    options = parser.parse_args()
    programs = binaries.find_embedded()
    plans = options.plans
    sizes = {}
    with running_server(programs) as server:
        for users in options.users or [100_000]:
            options.plans = min(plans, users)
            prepare(server, users, options.plans)
            middle = measure(server, options)
            check_balances(server)
            sizes[users] = options.plans, middle
            print(report(middle, options, users, binaries.inspect(programs).version), end="\n\n", flush=True)
            if options.explain:
                print(f"```\n{explain(server)}\n```\n", flush=True)
    if len(sizes) > 1:
        print(compare(sizes))


if __name__ == "__main__":
    main()
