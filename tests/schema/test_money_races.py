"""Calls at the same time, from real connections: nothing is spent, confirmed or counted twice, and nobody deadlocks."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from tests.schema.bank import Bank

CLIENTS = 8


@pytest.fixture
def connect(migrated_url):
    opened = []

    def connect():
        connection = psycopg.connect(migrated_url, autocommit=True)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def bank(connect):
    bank = Bank(connect())
    yield bank
    bank.assert_books_balance()


@pytest.fixture
def together(connect):
    """Run calls at once, each on a connection of its own; return the rows and the SQLSTATEs of what was refused."""

    def run(*calls):
        barrier = threading.Barrier(len(calls))
        banks = [Bank(connect()) for _ in calls]

        def one(bank, call):
            barrier.wait()
            try:
                return call(bank)
            except psycopg.Error as error:
                return error.sqlstate

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, banks, calls))

    return run


def done(results):
    return [result for result in results if not isinstance(result, str)]


def refusals(results):
    return sorted(result for result in results if isinstance(result, str))


def wait_until_blocked(bank, pid):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if bank.value("SELECT cardinality(pg_blocking_pids(%s))", pid):
            return
        time.sleep(0.005)
    raise AssertionError(f"backend {pid} does not wait")


def test_one_hundred_can_be_spent_once(bank, together):
    user = bank.user(100)
    others = [bank.user() for _ in range(CLIENTS)]
    results = together(*(lambda b, other=other: b.call("post_transfer", user, other, 100) for other in others))
    assert len(done(results)) == 1
    assert refusals(results) == ["AV001"] * (CLIENTS - 1)
    assert sum(bank.balance(other) for other in others) == 100


def test_a_wallet_cannot_be_spent_in_several_ways_at_once(bank, together):
    user = bank.user(1000)
    plan = bank.plan(user, moment=bank.value("SELECT now()"))
    account = bank.bank_account(user)
    other = bank.user()
    results = together(
        *[lambda b: b.call("post_transfer", user, other, 600)] * 2,
        *[lambda b: b.call("post_contribution", user, plan.id, 600)] * 2,
        *[lambda b: b.call("post_withdrawal_hold", user, 550, account)] * 2,
    )
    assert len(done(results)) == 1
    assert set(refusals(results)) == {"AV001"}


def test_a_funding_is_confirmed_once(bank, together):
    user = bank.user()
    asked = bank.call("request_funding", user, 500, "cash")
    results = together(*[lambda b: b.call("post_funding", user, asked.id)] * CLIENTS)
    assert refusals(results) == []
    assert {row.id for row in results} == {asked.id}
    assert bank.balance(user) == 500


def test_a_deposit_is_posted_once(bank, together):
    user = bank.user()
    results = together(*[lambda b: b.call("post_deposit", user, 500, "cash", "paystack", "ref")] * CLIENTS)
    assert len({row.id for row in results}) == 1
    assert bank.balance(user) == 500


def test_confirming_and_failing_at_once_leaves_one_end(bank, together):
    user = bank.user()
    asked = bank.call("request_funding", user, 500, "cash")
    results = together(
        *[lambda b: b.call("post_funding", user, asked.id)] * 3,
        *[lambda b: b.call("fail_funding", user, asked.id, "declined")] * 3,
    )
    assert refusals(results) == ["AV017"] * 3
    assert bank.balance(user) == (500 if bank.transaction(asked.id).status == "completed" else 0)


def test_the_same_key_at_once_is_one_call(bank, together):
    user, other = bank.user(1000), bank.user()
    results = together(
        *[lambda b: b.call("post_transfer", user, other, 100, p_idempotency_key="key-00000001")] * CLIENTS
    )
    assert len({row.id for row in results}) == 1
    assert bank.balance(other) == 100


def test_the_daily_limit_holds_against_calls_at_once(bank, together):
    user = bank.user(10_000, tier=0)
    other = bank.user()
    results = together(*[lambda b: b.call("post_transfer", user, other, 1000)] * CLIENTS)
    assert len(done(results)) == 5
    assert refusals(results) == ["AV008"] * 3


def test_the_number_of_withdrawals_holds_against_calls_at_once(bank, together):
    user = bank.user(10_000)
    account = bank.bank_account(user)
    results = together(*[lambda b: b.call("post_withdrawal_hold", user, 100, account)] * CLIENTS)
    assert len(done(results)) == 5
    assert refusals(results) == ["AV009"] * 3


def test_the_number_of_plans_holds_against_calls_at_once(bank, together):
    user = bank.user(1000, tier=1)
    results = together(*[lambda b: b.call("create_savings_plan", user, "Plan", 100, 30)] * CLIENTS)
    assert len(done(results)) == 3
    assert refusals(results) == ["AV013"] * 5


def test_a_target_is_reached_exactly(bank, together):
    user = bank.user(10_000)
    plan = bank.plan(user, moment=bank.value("SELECT now()"), target=300)
    results = together(*[lambda b: b.call("post_contribution", user, plan.id, 100)] * CLIENTS)
    assert len(done(results)) == 3
    assert set(refusals(results)) <= {"AV011", "AV015"}
    assert bank.plan_row(plan.id).status == "completed"


def test_two_devices_do_not_overwrite_each_other(bank, together):
    user = bank.user(1000)
    plan = bank.plan(user, moment=bank.value("SELECT now()"))
    results = together(
        *(
            lambda b, n=n: b.call("update_plan_settings", user, plan.id, 1, p_plan_name=f"Plan {n}")
            for n in range(CLIENTS)
        )
    )
    assert len(done(results)) == 1
    assert refusals(results) == ["AV012"] * (CLIENTS - 1)


def test_a_withdrawal_ends_once(bank, together):
    user = bank.user(10_000)
    held = bank.call("post_withdrawal_hold", user, 1000, bank.bank_account(user))
    results = together(
        *[lambda b: b.call("post_withdrawal_settlement", user, held.id)] * 3,
        *[lambda b: b.call("post_withdrawal_void", user, held.id, "refused")] * 3,
        *[lambda b: b.call("post_withdrawal_cancellation", user, held.id)] * 2,
    )
    assert len({row.status for row in done(results)}) == 1
    assert bank.house("payout_clearing") == 0


def test_each_waiting_withdrawal_is_claimed_by_one_worker(bank, together):
    for _ in range(4):
        user = bank.user(100_000)
        account = bank.bank_account(user)
        for _ in range(5):
            bank.call("post_withdrawal_hold", user, 100, account)
    results = together(*[lambda b: b.call_all("claim_withdrawals", "paystack", 3)] * CLIENTS)
    claimed = [row.id for rows in results for row in rows]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) + len(bank.call_all("claim_withdrawals", "paystack", 100)) == 20


def test_a_transaction_is_reversed_once(bank, together):
    user = bank.user(1000)
    sent = bank.call("post_transfer", user, bank.user(), 400)
    results = together(*[lambda b: b.call("post_reversal", user, sent.id, "a mistake")] * CLIENTS)
    assert len(done(results)) == 1
    assert refusals(results) == ["AV020"] * (CLIENTS - 1)
    assert bank.balance(user) == 1000


def test_a_webhook_is_processed_once(bank, together):
    user = bank.user()
    bank.call("request_funding", user, 500, "cash", "paystack", "pay-1")
    event = bank.call("record_payment_event", "paystack", "e-1", "funding_succeeded", "{}", "pay-1", 500, "NGN")
    results = together(*[lambda b: b.call("process_payment_event", event.id)] * CLIENTS)
    assert {row.status for row in results} == {"processed"}
    assert bank.balance(user) == 500


def test_a_wallet_is_opened_once(bank, together):
    user = bank.value("""INSERT INTO "user" (name, email) VALUES ('Test', 'once@avdaily.test') RETURNING id""")
    results = together(*[lambda b: b.call("open_wallet", user)] * CLIENTS)
    assert len({row.id for row in results}) == 1
    assert bank.value("SELECT count(*) FROM ledger_accounts WHERE kind = 'wallet'") == 1


def test_users_who_pay_each_other_do_not_deadlock(bank, together):
    users = [bank.user(10_000) for _ in range(3)]

    def pay(number):
        def run(b):
            for step in range(60):
                sender = users[(number + step) % 3]
                other = users[(number + step + 1 + step % 2) % 3]
                b.call("post_transfer", sender, other, 1)
            return number

        return run

    assert together(*map(pay, range(CLIENTS))) == list(range(CLIENTS))
    assert sum(bank.balance(user) for user in users) == 30_000


# Jobs beside users ---------------------------------------------------------------------------------------------------


def test_two_runs_of_a_day_save_once(bank, together):
    now = bank.value("SELECT now()")
    plans = [bank.plan(bank.user(1000), moment=now, time="00:00") for _ in range(40)]
    today = bank.value("SELECT app_today()")
    results = together(
        *[lambda b: b.call("post_auto_saves", today)] * 3,
        *(lambda b, part=part: b.call("post_auto_saves", today, part, 5) for part in range(5)),
    )
    assert refusals(results) == []
    assert sum(row.saved for row in results) == len(plans)
    assert {bank.saved(plan.id) for plan in plans} == {Decimal(100)}


def test_auto_saves_and_users_do_not_deadlock(bank, together):
    now = bank.value("SELECT now()")
    users = [bank.user(1000) for _ in range(30)]
    plans = [bank.plan(user, moment=now, time="00:00") for user in users for _ in range(2)]
    today = bank.value("SELECT app_today()")

    def spend(number):
        def run(b):
            for step in range(30):
                sender = (number * 7 + step) % 30
                b.call("post_transfer", users[sender], users[(sender + 1 + step % 29) % 30], 1)
                plan = plans[(step * 5 + number) % 60]
                b.call("post_contribution", plan.user_id, plan.id, 1)
            return "done"

        return run

    def save(b):
        for day in range(7):
            b.call("post_auto_saves", today - timedelta(days=day), day % 3, 3)
        return "done"

    results = together(*map(spend, range(5)), save, save, save)
    assert set(results) == {"done"}


def test_a_plan_paused_while_the_job_waits_for_it_is_left_out_before_its_wallet_is_touched(bank, connect):
    user = bank.user(1000)
    plan = bank.plan(user, moment=bank.value("SELECT now()"), time="00:00")
    today = bank.value("SELECT app_today()")
    job = Bank(connect())
    results = []
    with bank.conn.transaction():
        bank.call("pause_plan", user, plan.id, 1)
        thread = threading.Thread(target=lambda: results.append(job.call("post_auto_saves", today)))
        thread.start()
        wait_until_blocked(Bank(connect()), job.conn.info.backend_pid)
    thread.join()
    assert results[0].saved == 0
    assert (bank.balance(user), bank.saved(plan.id)) == (1000, 0)


def test_a_plan_that_becomes_due_while_the_job_waits_is_left_for_the_next_run(bank, connect):
    now, today = bank.value("SELECT now()"), bank.value("SELECT app_today()")
    slow, late = bank.user(1000), bank.user(1000)
    bank.plan(slow, moment=now, time="00:00")
    job = Bank(connect())
    results = []
    with bank.conn.transaction():
        bank.conn.execute("SELECT FROM wallets WHERE user_id = %s FOR NO KEY UPDATE", (slow,))
        thread = threading.Thread(target=lambda: results.append(job.call("post_auto_saves", today)))
        thread.start()
        other = Bank(connect())
        wait_until_blocked(other, job.conn.info.backend_pid)
        # Its owner's wallet is not locked by the job, so the job must not count on its balance.
        plan = other.plan(late, moment=now, time="00:00")
    thread.join()
    assert results[0].saved == 1
    assert bank.saved(plan.id) == 0
    assert bank.call("post_auto_saves", today).saved == 1


# Killed in the middle ------------------------------------------------------------------------------------------------


@contextmanager
def killed(bank, victim):
    """Terminate the victim's backend in the middle of what it does here."""
    with pytest.raises(psycopg.OperationalError), victim.conn.transaction():  # noqa: PT012 (the body is the caller's)
        yield
        assert bank.value("SELECT pg_terminate_backend(%s, 10000)", victim.conn.info.backend_pid)
        victim.conn.execute("SELECT 1")


def test_a_killed_backend_leaves_nothing_and_its_key_is_free(bank, connect):
    user, other = bank.user(1000), bank.user()
    plan = bank.plan(user, moment=bank.value("SELECT now()"), time="00:00")
    account = bank.bank_account(user)
    asked = bank.call("request_funding", user, 500, "cash")
    before = bank.fingerprint()
    today = bank.value("SELECT app_today()")
    for function, arguments in (
        ("post_transfer", (user, other, 100, None, "key-00000001")),
        ("post_contribution", (user, plan.id, 100, "key-00000002")),
        ("post_withdrawal_hold", (user, 100, account, "key-00000003")),
        ("post_funding", (user, asked.id)),
        ("post_auto_saves", (today,)),
    ):
        victim = Bank(connect())
        with killed(bank, victim):
            victim.call(function, *arguments)
        assert bank.fingerprint() == before
    assert bank.call("post_transfer", user, other, 100, None, "key-00000001").amount == 100
    assert bank.call("post_auto_saves", today).saved == 1


def test_who_waits_for_a_killed_backend_goes_on(bank, connect):
    user = bank.user(100)
    first, second = bank.user(), bank.user()
    victim, waiter = Bank(connect()), Bank(connect())
    results = []
    with killed(bank, victim):
        victim.call("post_transfer", user, first, 100)
        thread = threading.Thread(target=lambda: results.append(waiter.call("post_transfer", user, second, 100)))
        thread.start()
        wait_until_blocked(bank, waiter.conn.info.backend_pid)
    thread.join()
    assert results[0].amount == 100
    assert (bank.balance(first), bank.balance(second)) == (0, 100)


# The order of a statement: who waited began earlier than what it waited for, and was posted later -------------------


def assert_a_wallet_went_through(bank, user, amounts):
    """Check the statement's lines, its balances, and the balance just before each line."""
    lines = bank.call_all("wallet_statement", user, "2000-01-01", "2100-01-01")
    postings = [line for line in lines if line.line == "posting"]
    assert [line.amount for line in postings] == amounts
    assert [line.at for line in postings] == sorted({line.at for line in postings})
    balances = [line.balance for line in lines]
    assert min(balances) >= 0
    assert [bank.call("wallet_balance_at", user, line.at) for line in postings] == balances[: len(postings)]


@pytest.mark.parametrize("spend", ["post_transfer", "post_contribution", "post_withdrawal_hold"])
def test_a_statement_shows_the_order_of_posting_and_no_balance_that_never_was(bank, connect, spend):
    user = bank.user(moment=bank.value("SELECT now()"))
    bank.call("post_deposit", user, 1000, "cash", "till", "first")
    target = {
        "post_transfer": bank.user,
        "post_contribution": lambda: bank.plan(user, daily=200, moment=bank.value("SELECT now()")).id,
        "post_withdrawal_hold": lambda: bank.bank_account(user),
    }[spend]()
    early = Bank(connect())
    with early.conn.transaction():
        early.value("SELECT now()")
        bank.call("post_deposit", user, 1000, "cash", "till", "second")
        order = (1500, target) if spend == "post_withdrawal_hold" else (target, 1500)
        early.call(spend, user, *order)
    spent = [-1500, -50] if spend == "post_withdrawal_hold" else [-1500]
    assert_a_wallet_went_through(bank, user, [1000, 1000, *spent])


def test_a_transfer_that_waits_for_a_wallet_is_dated_after_it(bank, connect):
    user, other = bank.user(), bank.user()
    bank.call("post_deposit", user, 1000, "cash", "till", "first")
    later, waiting = Bank(connect()), Bank(connect())
    with ThreadPoolExecutor(1) as pool, waiting.conn.transaction():
        waiting.value("SELECT now()")
        with later.conn.transaction():
            later.call("post_deposit", user, 1000, "cash", "till", "second")
            sent = pool.submit(waiting.call, "post_transfer", user, other, 2000)
            wait_until_blocked(bank, waiting.conn.info.backend_pid)
        sent.result()
    assert_a_wallet_went_through(bank, user, [1000, 1000, -2000])
    # The other's line comes when it was posted, not when the transfer was asked for.
    assert bank.value(
        """SELECT min(arrived.created_at) > max(held.created_at) FROM ledger_entries AS arrived, ledger_entries AS held
           WHERE arrived.user_id = %s AND held.user_id = %s AND held.credit_account_id = %s""",
        other, user, bank.wallet(user).account_id,
    )  # fmt: skip
