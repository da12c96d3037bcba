"""Measure the money functions beside two textbook ledgers and beside the slow ways; print Markdown.

``.venv/bin/python benchmarks/money.py [--users 500000] [--plans 100000] [--seconds 10] [--rounds 3] [--explain]``

Starts a server of its own with PostgreSQL's durable defaults (fsync and synchronous_commit on) in a temporary directory
and removes it afterwards. The cases take turns in every round; medians and ratios of the same run are printed, because
absolute figures belong to a machine. ``--users`` given several times repeats all of it on data sets of those sizes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from server import Server, running_server

from avdaily_sql.cluster import binaries

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
CLIENTS = 8
WORKERS = 2
SLOW_PLANS = 4_000
ACTIVE_USERS = 20_000

SIDES = ("ours", "pgledger", "lean")
CALLS = {
    "wallet → plan": (
        "SELECT id FROM post_contribution(bench_id(0, :a), bench_id(3, :a), 10)",
        "SELECT id FROM pgledger.transfer(bench_id(1, :a)::text, bench_id(2, :a)::text, 10)",
        "SELECT id FROM lean.transfer(bench_id(1, :a), bench_id(2, :a), 10)",
    ),
    "transfer between users": (
        "SELECT id FROM post_transfer(bench_id(0, :a), bench_id(0, :b), 1)",
        "SELECT id FROM pgledger.transfer(bench_id(1, :a)::text, bench_id(1, :b)::text, 1)",
        "SELECT id FROM lean.transfer(bench_id(1, :a), bench_id(1, :b), 1)",
    ),
    "deposit from one settlement account": (
        "SELECT id FROM post_deposit(bench_id(0, :a), 100, 'bank_transfer', 'bench', "
        "concat_ws('-', :run::bigint, :client_id::integer, :n::bigint))",
        "SELECT id FROM pgledger.transfer("
        "(SELECT id FROM pgledger.accounts WHERE name = 'settlement'), bench_id(1, :a)::text, 100)",
        "SELECT id FROM lean.transfer((SELECT id FROM lean.accounts WHERE name = 'settlement'), bench_id(1, :a), 100)",
    ),
}
# Two different users of the active ones; :n makes a deposit's reference new.
RANDOM = (
    "\\set a random(1, :active)\n"
    "\\set b 1 + (:a + random(0, :active - 2)) % :active\n"
    "\\set n random(1, 9000000000000)\n"
)

WRONG_BALANCES = """
SELECT count(*)
FROM (
  SELECT account_id, balance FROM wallets UNION ALL SELECT account_id, current_amount FROM savings_plans
) AS held
LEFT JOIN (
  SELECT account_id, sum(amount) AS amount FROM ledger_postings GROUP BY account_id
) AS posted USING (account_id)
WHERE held.balance <> coalesce(posted.amount, 0)
"""


def prepare(server: Server, users: int, plans: int) -> None:
    """Make a new database with all migrations, the textbook ledgers and the same people in each."""
    server.psql("-c", "DROP DATABASE IF EXISTS bench", "-c", "CREATE DATABASE bench", database="postgres")
    migrations = [
        path for path in sorted((HERE.parent / "sql" / "migrations").glob("*.sql")) if ".rollback." not in path.name
    ]
    server.psql("-1", *(argument for path in migrations for argument in ("-f", path)))
    server.psql("-v", f"users={users}", "-v", f"plans={plans}", "-f", HERE / "textbook.sql", "-f", HERE / "crowd.sql")
    server.psql("-c", "VACUUM ANALYZE", "-c", "CHECKPOINT")


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def auto_save(server: Server, days_ago: int, parts: int) -> tuple[float, int]:
    """Run the day's auto-save as the application does: two workers share the parts; return seconds and plans saved."""
    waiting = iter(range(parts))
    lock = threading.Lock()
    saved = [0]

    def worker() -> None:
        with psycopg.connect(server.url, autocommit=True, options="-c role=avdaily_app") as conn:
            while True:
                with lock:
                    part = next(waiting, None)
                if part is None:
                    return
                row = conn.execute(
                    "SELECT saved FROM post_auto_saves(app_today() - %s::integer, %s, %s)", (days_ago, part, parts)
                ).fetchone()
                with lock:
                    saved[0] += row[0]

    def run() -> None:
        workers = [threading.Thread(target=worker) for _ in range(WORKERS)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()

    return timed(run), saved[0]


def loop_of_six(server: Server) -> float:
    """Run the original's way on some plans: six statements a plan, each its own transaction; return seconds."""
    with psycopg.connect(server.url, autocommit=True) as conn:

        def save(number: int) -> None:
            plan = conn.execute("SELECT * FROM original.savings_plans WHERE id = bench_id(3, %s)", (number,)).fetchone()
            wallet = conn.execute("SELECT * FROM original.wallets WHERE user_id = %s", (plan[1],)).fetchone()
            row = conn.execute(
                """INSERT INTO original.transactions (user_id, plan_id, amount, type, status, reference)
                   VALUES (%s, %s, %s, 'auto_save', 'pending', gen_random_uuid()::text) RETURNING id""",
                (plan[1], plan[0], plan[2]),
            ).fetchone()
            conn.execute("UPDATE original.wallets SET balance = %s WHERE id = %s", (wallet[2] - plan[2], wallet[0]))
            conn.execute(
                """UPDATE original.savings_plans SET current_amount = %s, streak = streak + 1, version = version + 1
                   WHERE id = %s""",
                (plan[3] + plan[2], plan[0]),
            )
            conn.execute(
                "UPDATE original.transactions SET status = 'completed', completed_at = now() WHERE id = %s", row
            )

        return timed(lambda: [save(number) for number in range(1, SLOW_PLANS + 1)])


def loop_of_calls(server: Server) -> float:
    """Run one call a plan, each its own transaction, on some plans; return seconds."""
    with psycopg.connect(server.url, autocommit=True, options="-c role=avdaily_app") as conn:

        def save(number: int) -> None:
            conn.execute("SELECT id FROM post_contribution(bench_id(0, %s), bench_id(3, %s), 10)", (number, number))

        return timed(lambda: [save(number) for number in range(1, SLOW_PLANS + 1)])


def calls_per_second(server: Server, statement: str, side: str, options: argparse.Namespace) -> float:
    """Return what eight clients with prepared statements reach; ours as the application's role."""
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "script")
        script.write_text(f"{RANDOM}{statement};\n")
        done = subprocess.run(
            [
                server.bin / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
                "-T", str(options.seconds), "-D", f"active={min(ACTIVE_USERS, options.plans)}",
                "-D", f"run={time.time_ns()}", "-f", script, server.url,
            ],
            check=True, capture_output=True, text=True,
            env=os.environ | ({"PGOPTIONS": "-c role=avdaily_app"} if side == "ours" else {}),
        )  # fmt: skip
    if "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])


def measure(server: Server, options: argparse.Namespace) -> dict[str, list[float]]:
    """Run all cases in turn, round by round."""
    figures: dict[str, list[float]] = defaultdict(list)
    scale = options.plans / SLOW_PLANS
    # The first touch of a page after a checkpoint is logged whole: neither side is to pay for the other's.
    for number in range(options.rounds + 1):
        for case, statements in CALLS.items():
            for side, statement in zip(SIDES, statements, strict=True):
                reached = calls_per_second(server, statement, side, options)
                if number:
                    figures[f"{case}, {side}"].append(reached)
        for parts in (WORKERS, 16 * WORKERS)[: 2 if number else 0]:
            day = 2 * (number - 1) + (parts != WORKERS)
            for name, expected in (("auto-save", options.plans), ("auto-save again", 0)):
                seconds, saved = auto_save(server, day, parts)
                if saved != expected:
                    raise SystemExit(f"{saved} of {expected} plans were saved")
                figures[f"{name}, {parts} parts"].append(seconds)
        figures["loop of six statements"].append(loop_of_six(server) * scale)
        figures["loop of calls"].append(loop_of_calls(server) * scale)
    return figures


def report(figures: dict[str, list[float]], options: argparse.Namespace, users: int, version: str) -> str:
    """Return the figures as Markdown."""
    middle = {name: statistics.median(values) for name, values in figures.items()}
    lines = [
        f"PostgreSQL {version}, {os.cpu_count()} cores, {users:,} users, {options.plans:,} due plans, {options.rounds} "
        f"rounds of {options.seconds} s, medians; load average at the end {os.getloadavg()[0]:.1f}.",
        "",
        f"| nightly auto-save, {WORKERS} workers | seconds | times the best |",
        "|---|---|---|",
    ]
    best = min(middle[name] for name in middle if name.startswith("auto-save,"))
    for name in sorted(name for name in middle if name.startswith(("auto-save", "loop"))):
        scaled = f" ({SLOW_PLANS:,} plans, scaled)" if name.startswith("loop") else ""
        lines.append(f"| {name}{scaled} | {middle[name]:.2f} | {middle[name] / best:.1f} |")
    lines += [
        "",
        f"| calls per second, {CLIENTS} clients | ours | as pgledger | lean | ours / as pgledger | ours / lean |",
        "|---|---|---|---|---|---|",
    ]
    for case in CALLS:
        ours, pgledger, lean = (middle[f"{case}, {side}"] for side in SIDES)
        lines.append(
            f"| {case} | {ours:,.0f} | {pgledger:,.0f} | {lean:,.0f} | {ours / pgledger:.2f} | {ours / lean:.2f} |"
        )
    return "\n".join(lines)


def explain(server: Server) -> str:
    """Return the plan of the heavy statement, one part of two, as auto_explain sees it; nothing is kept."""
    with psycopg.connect(server.url) as conn:
        notices: list[str] = []
        conn.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        conn.execute("LOAD 'auto_explain'")
        for name, value in (
            ("auto_explain.log_min_duration", "1s"), ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_nested_statements", "on"), ("auto_explain.log_triggers", "on"),
            ("client_min_messages", "log"),
        ):  # fmt: skip
            conn.execute("SELECT set_config(%s, %s, false)", (name, value))
        conn.execute("SELECT * FROM post_auto_saves(app_today() - 7, 0, 2)")
        conn.rollback()
    heavy = next(notice for notice in notices if "Insert on ledger_entries" in notice)
    return heavy[heavy.index("Aggregate") if "Aggregate" in heavy else 0 :]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, action="append", help="default 500000; several times for several sizes")
    parser.add_argument("--plans", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=10, help="of each pgbench run")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 4))
    parser.add_argument("--explain", action="store_true", help="print the plan of the auto-save too")
    options = parser.parse_args()
    programs = binaries.find_embedded()
    plans = options.plans
    with running_server(programs) as server:
        for users in options.users or [500_000]:
            options.plans = min(plans, users)
            prepare(server, users, options.plans)
            figures = measure(server, options)
            with psycopg.connect(server.url) as conn:
                # No figure is to be bought with money.
                wrong = conn.execute(WRONG_BALANCES).fetchone()[0]
            if wrong:
                raise SystemExit(f"{wrong} balances do not equal their postings")
            print(report(figures, options, users, binaries.inspect(programs).version), end="\n\n", flush=True)
            if options.explain:
                print(f"```\n{explain(server)}\n```\n")


if __name__ == "__main__":
    main()
