"""Money under random calls: a model in Python beside one connection, and crowds of connections at once."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.schema.bank import Bank

CENT = Decimal("0.01")
SINGLE, DAILY = Decimal(20_000), Decimal(50_000)  # tier 1
amounts = st.one_of(
    st.decimals(CENT, 3_000, places=2),
    st.sampled_from([CENT, Decimal(100), Decimal(1000), SINGLE, SINGLE + CENT]),
)
people = st.integers(0, 2)


class Model(RuleBasedStateMachine):
    """Three users of tier 1 and what they do; every call's result and every refusal is foretold."""

    url: str

    def __init__(self):
        super().__init__()
        self.conn = psycopg.connect(self.url)
        self.bank = Bank(self.conn)
        self.users = [self.bank.user(5_000, tier=1) for _ in range(3)]
        self.accounts = [self.bank.bank_account(user) for user in self.users]
        self.wallets = [Decimal(5_000)] * 3
        self.sent = [Decimal(0)] * 3
        self.withdrawn = [(0, Decimal(0))] * 3
        self.plans = {}
        self.held = {}
        self.asked = {}
        self.undoable = {}

    def teardown(self):
        self.conn.rollback()
        self.conn.close()

    def attempt(self, refusal, function, *arguments):
        if refusal:
            self.bank.refused(refusal, function, *arguments)
            return None
        return self.bank.call(function, *arguments)

    def breaks_limits(self, who, amount):
        """Return the code of the strictest limit that sending an amount would break."""
        broken = [(SINGLE, "AV007")] if amount > SINGLE else []
        if self.sent[who] + amount > DAILY:
            broken.append((DAILY - self.sent[who], "AV008"))
        return broken

    @rule(who=people, amount=amounts)
    def deposit(self, who, amount):
        made = self.attempt(None, "post_deposit", self.users[who], amount, "cash", "model", str(uuid4()))
        self.wallets[who] += amount
        assert made.amount == amount

    @rule(who=people, amount=amounts)
    def ask(self, who, amount):
        refusal = "AV006" if amount < 100 else "AV007" if amount > SINGLE else None
        made = self.attempt(refusal, "request_funding", self.users[who], amount, "cash")
        if made:
            self.asked[made.id] = (who, amount)

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), confirmed=st.booleans())
    def answer(self, data, confirmed):
        transaction = data.draw(st.sampled_from(list(self.asked)))
        who, amount = self.asked.pop(transaction)
        if confirmed:
            self.bank.call("post_funding", self.users[who], transaction)
            self.wallets[who] += amount
        else:
            self.bank.call("fail_funding", self.users[who], transaction, "declined")

    @rule(who=people, to=people, amount=amounts)
    def transfer(self, who, to, amount):
        limits = self.breaks_limits(who, amount)
        refusal = None
        if who == to:
            refusal = "AV023"
        elif limits:
            refusal = min(limits)[1]
        elif amount > self.wallets[who]:
            refusal = "AV001"
        made = self.attempt(refusal, "post_transfer", self.users[who], self.users[to], amount)
        if made:
            self.wallets[who] -= amount
            self.wallets[to] += amount
            self.sent[who] += amount
            self.undoable[made.id] = ("transfer", who, to, amount)

    @rule(who=people, amount=amounts)
    def withdraw(self, who, amount):
        fee = Decimal(50)
        count, total = self.withdrawn[who]
        limits = self.breaks_limits(who, amount)
        if count == 5:
            limits.append((Decimal(0), "AV009"))
        if total + amount > 100_000:
            limits.append((100_000 - total, "AV009"))
        refusal = None
        if amount < 100:
            refusal = "AV006"
        elif limits:
            refusal = min(limits)[1]
        elif amount + fee > self.wallets[who]:
            refusal = "AV001"
        made = self.attempt(refusal, "post_withdrawal_hold", self.users[who], amount, self.accounts[who])
        if made:
            self.wallets[who] -= amount + fee
            self.sent[who] += amount
            self.withdrawn[who] = (count + 1, total + amount)
            self.held[made.id] = (who, amount, fee)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), paid=st.booleans())
    def pay_out(self, data, paid):
        transaction = data.draw(st.sampled_from(list(self.held)))
        who, amount, fee = self.held.pop(transaction)
        if paid:
            self.bank.call("post_withdrawal_settlement", self.users[who], transaction)
        else:
            self.bank.call("post_withdrawal_void", self.users[who], transaction, "refused")
            self.wallets[who] += amount + fee
            self.sent[who] -= amount
            count, total = self.withdrawn[who]
            self.withdrawn[who] = (count - 1, total - amount)

    @rule(who=people, daily=st.integers(10, 300))
    def open_plan(self, who, daily):
        plans = sum(owner == who and state["status"] == "active" for owner, state in self.plans.values())
        refusal = "AV001" if daily > self.wallets[who] else "AV013" if plans == 3 else None
        made = self.attempt(refusal, "create_savings_plan", self.users[who], "Plan", daily, 10)
        if made:
            self.plans[made.id] = (
                who,
                {"status": "active", "saved": Decimal(0), "target": Decimal(daily * 10), "version": 1},
            )

    @precondition(lambda self: self.plans)
    @rule(data=st.data(), amount=amounts)
    def contribute(self, data, amount):
        plan = data.draw(st.sampled_from(list(self.plans)))
        who, state = self.plans[plan]
        refusal = None
        if state["status"] != "active":
            refusal = "AV011"
        elif state["saved"] + amount > state["target"]:
            refusal = "AV015"
        elif amount > SINGLE:
            refusal = "AV007"
        elif amount > self.wallets[who]:
            refusal = "AV001"
        made = self.attempt(refusal, "post_contribution", self.users[who], plan, amount)
        if made:
            self.wallets[who] -= amount
            state["saved"] += amount
            if state["saved"] == state["target"]:
                state["status"] = "completed"
            self.undoable[made.id] = ("contribution", who, plan, amount)

    @precondition(lambda self: self.plans)
    @rule(data=st.data(), amount=amounts)
    def take(self, data, amount):
        plan = data.draw(st.sampled_from(list(self.plans)))
        who, state = self.plans[plan]
        refusal = "AV011" if state["status"] == "cancelled" else "AV001" if amount > state["saved"] else None
        made = self.attempt(refusal, "post_plan_withdrawal", self.users[who], plan, amount)
        if made:
            self.leave(plan, amount)

    def leave(self, plan, amount):
        who, state = self.plans[plan]
        early = state["status"] != "completed"
        penalty = (amount * 5 / 100).quantize(CENT, ROUND_HALF_UP) if early else Decimal(0)
        state["saved"] -= amount
        self.wallets[who] += amount - penalty

    @precondition(lambda self: self.plans)
    @rule(data=st.data())
    def cancel(self, data):
        plan = data.draw(st.sampled_from(list(self.plans)))
        who, state = self.plans[plan]
        refusal = None if state["status"] == "active" else "AV011"
        made = self.attempt(refusal, "post_plan_cancellation", self.users[who], plan, state["version"])
        if made:
            self.leave(plan, state["saved"])
            state["status"] = "cancelled"

    @precondition(lambda self: self.undoable)
    @rule(data=st.data())
    def undo(self, data):
        transaction = data.draw(st.sampled_from(list(self.undoable)))
        kind, who, where, amount = self.undoable[transaction]
        refusal = None
        if kind == "transfer":
            refusal = "AV001" if self.wallets[where] < amount else None
        else:
            state = self.plans[where][1]
            refusal = "AV011" if state["status"] == "cancelled" else "AV001" if state["saved"] < amount else None
        if not self.attempt(refusal, "post_reversal", self.users[who], transaction, "a mistake"):
            return
        del self.undoable[transaction]
        self.wallets[who] += amount
        if kind == "transfer":
            self.wallets[where] -= amount
        else:
            self.plans[where][1]["saved"] -= amount

    @invariant()
    def balances_are_as_foretold(self):
        assert [self.bank.balance(user) for user in self.users] == self.wallets
        for plan, (_, state) in self.plans.items():
            row = self.bank.plan_row(plan)
            assert (row.current_amount, row.status) == (state["saved"], state["status"])

    @invariant()
    def the_books_balance(self):
        self.bank.assert_books_balance()


def test_a_model_foretells_every_call_and_every_refusal(migrated_url):
    class Machine(Model):
        url = migrated_url

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=12, stateful_step_count=30, deadline=None, print_blob=True)
    )


# A crowd -------------------------------------------------------------------------------------------------------------

# What a random call may be told: any rule's refusal, and to call again.
ALLOWED = {"22023", "40001"}
POSTS = {
    "post_deposit", "post_funding", "post_transfer", "post_withdrawal_hold", "post_withdrawal_settlement",
    "post_withdrawal_void", "post_withdrawal_cancellation", "post_contribution", "post_plan_withdrawal",
    "post_plan_cancellation", "post_auto_saves", "post_interests", "post_reversal", "post_chargeback",
    "post_debt_repayment",
}  # fmt: skip
CODES = {f"AV{number:03}" for number in range(1, 29)}


class Crowd:
    """Users, plans and bank accounts that several connections use at once, and what became of their calls."""

    def __init__(self, bank, users):
        now = bank.value("SELECT now()")
        self.today = bank.value("SELECT app_today()")
        self.users = [bank.user(20_000, tier=number % 3) for number in range(users)]
        dollars = bank.open_dollars()
        suspended, gone, frozen = (bank.user(1000) for _ in range(3))
        bank.suspend(suspended)
        bank.conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', (gone,))
        bank.call("freeze_wallet", frozen, "court order 17/2031")
        self.spenders = [bank.user() for _ in range(3)]
        self.odd = [dollars, suspended, gone, frozen, uuid4()]
        self.accounts = {
            user: bank.bank_account(user, verified=number % 9 > 0) for number, user in enumerate(self.users)
        }
        self.plans = []
        for number, user in enumerate(self.users):
            plan = bank.plan(user, moment=now, daily=10 + number, cycle=7, time="00:00", minimum=number % 2 * 5)
            self.plans.append((user, plan.id))
            # Half of them have an older plan too, which matures now and has earned something.
            if number % 3 == 2:
                then = now - timedelta(days=8)
                old = bank.plan(user, moment=then, daily=500, cycle=7, rate="0.2000")
                bank.at(then, "post_contribution", user, old.id, 1000, None)
                self.plans.append((user, old.id))
        self.results = Counter()
        self.lock = threading.Lock()
        self.asked = []
        self.held = []
        self.finished = []

    def call(self, bank, function, *arguments, **named):
        try:
            result = bank.call(function, *arguments, **named)
        except psycopg.OperationalError as error:
            if bank.conn.broken or error.sqlstate == "57P01":
                raise
            code = error.sqlstate
        except psycopg.Error as error:
            code = error.sqlstate
        else:
            with self.lock:
                self.results[function] += 1
            return result
        assert code in CODES | ALLOWED, (function, arguments, code)
        with self.lock:
            self.results[code] += 1
        return None

    def remember(self, row, where):
        if row is not None:
            where.append((row.user_id, row.id))
        return row

    def step(self, bank, rng):  # noqa: C901 (one branch for each call that the application has)
        """Make one random call, now and then a foolish one."""
        user = rng.choice(self.users) if rng.random() > 0.04 else rng.choice(self.odd)
        owner, plan = rng.choice(self.plans) if rng.random() > 0.03 else (user, uuid4())
        other = rng.choice(self.users) if rng.random() > 0.05 else rng.choice([*self.odd, user])
        amount = rng.choice(
            [CENT, 1, 5, 100, 250, 1000, 2500, 25_000, 250_000, Decimal(rng.randrange(1, 50_000)) / 100]
        )
        if rng.random() < 0.02:
            amount = rng.choice([0, -1, "NaN", "Infinity", "0.005", "1e13", None])
        key = f"key-{rng.randrange(40):08}" if rng.random() < 0.2 else None
        asked = rng.choice(self.asked) if self.asked else (user, uuid4())
        held = rng.choice(self.held) if self.held else (user, uuid4())
        finished = rng.choice(self.finished) if self.finished else (user, uuid4())
        if rng.random() < 0.02:
            asked = held = finished = (user, uuid4())
        match rng.randrange(22):
            case 20:
                # All that a plan holds: an early withdrawal must leave its minimum.
                row = bank.rows("SELECT current_amount FROM savings_plans WHERE id = %s", plan)
                self.call(bank, "post_plan_withdrawal", owner, plan, row[0].current_amount if row else 1)
            case 21:
                for debtor in bank.rows(
                    """SELECT user_id, least(balance, receivable_balance) AS amount FROM wallets
                       WHERE receivable_balance > 0 ORDER BY balance DESC LIMIT 1"""
                ):
                    self.call(bank, "post_debt_repayment", debtor.user_id, debtor.amount)
            case 0 | 1:
                named = {"p_idempotency_key": key, "p_currency": rng.choice(["NGN"] * 20 + ["USD"])}
                reference = str(rng.random())
                made = self.call(bank, "request_funding", user, amount, "cash", "crowd", reference, **named)
                self.remember(made, self.asked)
            case 2 | 3:
                self.remember(self.call(bank, "post_funding", *asked), self.finished)
            case 4:
                self.call(bank, "fail_funding", *asked, "declined")
            case 5:
                made = self.call(bank, "post_deposit", user, amount, "cash", "crowd", str(rng.randrange(3000)))
                self.remember(made, self.finished)
            case 6 | 7 | 8:
                made = self.call(bank, "post_transfer", user, other, amount, None, key)
                self.remember(made, self.finished)
            case 9:
                account = self.accounts.get(user, uuid4())
                self.remember(self.call(bank, "post_withdrawal_hold", user, amount, account, key), self.held)
            case 10:
                function = rng.choice(
                    ["post_withdrawal_settlement", "post_withdrawal_void", "post_withdrawal_cancellation"]
                )
                arguments = ("refused",) if function == "post_withdrawal_void" else ()
                self.call(bank, function, *held, *arguments)
                if rng.random() < 0.2:
                    bank.call_all("claim_withdrawals", "crowd", 3)
            case 11 | 12 | 13:
                made = self.call(bank, "post_contribution", owner, plan, amount, key)
                self.remember(made, self.finished)
            case 14:
                made = self.call(bank, "post_plan_withdrawal", owner, plan, amount, key)
                self.remember(made, self.finished)
            case 15:
                version = rng.randrange(1, 6)
                if rng.random() < 0.3:
                    self.call(bank, "post_plan_cancellation", owner, plan, version)
                else:
                    function = rng.choice(["pause_plan", "resume_plan", "complete_plan"])
                    self.call(bank, function, owner, plan, version)
            case 16:
                made = self.call(bank, "create_savings_plan", user, "Plan", amount, rng.choice([7, 30]))
                if made is not None and len(self.plans) < 400:
                    self.plans.append((made.user_id, made.id))
            case 17:
                self.call(bank, "post_reversal", *finished, "a mistake")
            case 18:
                self.call(bank, "post_chargeback", *finished, "stolen card")
                if rng.random() < 0.3:
                    self.owe(bank, rng.choice(self.spenders), other, rng)
            case 19:
                self.job(bank, rng)

    def owe(self, bank, user, other, rng):
        """Spend what a stolen card brought, and repay some of it, while others do the same with this user."""
        made = self.call(bank, "post_deposit", user, 100, "debit_card", "crowd", str(rng.random()))
        self.call(bank, "post_transfer", user, other, bank.balance(user) or 1)
        if made is not None:
            self.call(bank, "post_chargeback", user, made.id, "stolen card")
        self.call(bank, "post_deposit", user, 10, "cash", "crowd", str(rng.random()))
        self.call(bank, "post_debt_repayment", user, rng.choice([5, 10, 500]))

    def job(self, bank, rng):
        part, parts = rng.choice([(0, 1), (0, 2), (1, 2)])
        match rng.randrange(5):
            case 0 | 1:
                self.call(bank, "post_auto_saves", self.today - timedelta(days=rng.randrange(-1, 7)), part, parts)
            case 2:
                self.call(bank, "accrue_interest", self.today - timedelta(days=rng.randrange(0, 9)), part, parts)
            case 3:
                self.call(bank, "mature_plans", self.today, part, parts)
                self.call(bank, "post_interests", part, parts)
            case 4:
                event = self.call(
                    bank,
                    "record_payment_event",
                    "crowd",
                    str(rng.randrange(99)),
                    "funding_succeeded",
                    "{}",
                    str(rng.random()),
                )
                self.call(bank, "process_payment_event", event.id if rng.random() < 0.9 else uuid4())

    def run(self, url, calls, *, seed, survives_kills):
        """Make calls on a connection of its own; a terminated one is replaced."""
        rng = random.Random(seed)
        connection = psycopg.connect(url, autocommit=True)
        try:
            for _ in range(calls):
                try:
                    self.step(Bank(connection), rng)
                except psycopg.OperationalError:
                    if not survives_kills:
                        raise
                    with self.lock:
                        self.results["killed"] += 1
                    connection.close()
                    connection = psycopg.connect(url, autocommit=True)
        finally:
            connection.close()


def run_crowd(url, calls, kill=False):
    with psycopg.connect(url, autocommit=True) as conn:
        bank = Bank(conn)
        crowd = Crowd(bank, 30)
        total = bank.value("SELECT sum(amount) FROM transactions WHERE type = 'opening_balance'")
        stop = threading.Event()

        def killer():
            with psycopg.connect(url, autocommit=True) as own:
                while not stop.wait(0.2):
                    own.execute(
                        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                           WHERE datname = current_database() AND state = 'active' AND pid NOT IN (pg_backend_pid(), %s)
                           ORDER BY random() LIMIT 1""",
                        (conn.info.backend_pid,),
                    )

        with ThreadPoolExecutor(9) as pool:
            if kill:
                pool.submit(killer)
            runs = [pool.submit(crowd.run, url, calls, seed=number, survives_kills=kill) for number in range(8)]
            try:
                for future in runs:
                    future.result()
            finally:
                stop.set()
        bank.assert_books_balance()
        assert_nothing_was_made_or_lost(bank, total)
        assert_times_follow_the_order_of_posting(bank)
        return crowd.results


def assert_times_follow_the_order_of_posting(bank):
    """Check that in every account of a user a higher id has a later time, whoever waited for whom."""
    assert bank.rows(
        """SELECT * FROM (
             SELECT posting.entry_id, posting.account_id, posting.created_at,
               lag(posting.created_at) OVER (PARTITION BY account_id ORDER BY entry_id) AS before
             FROM ledger_postings AS posting
             JOIN ledger_accounts ON ledger_accounts.id = account_id AND kind IN ('wallet', 'plan', 'receivable')
             JOIN transactions ON transactions.id = posting.transaction_id AND transactions.type <> 'opening_balance'
           ) AS sequence WHERE created_at < before"""
    ) == []  # fmt: skip


def assert_nothing_was_made_or_lost(bank, opening):
    """Compare what users and house hold in naira with what came in and went out, as the transactions say it."""
    outside = bank.value(
        """SELECT coalesce(sum(CASE WHEN type = 'wallet_funding' THEN amount
                                    WHEN type = 'wallet_withdrawal' THEN -amount ELSE 0 END), 0)
                  - (SELECT coalesce(sum(r.amount), 0)
                      FROM transactions AS r JOIN transactions AS o ON o.id = r.reverses_id
                     WHERE o.type = 'wallet_funding' AND o.currency = 'NGN')
           FROM transactions WHERE status = 'completed' AND currency = 'NGN'"""
    )
    inside = bank.value(
        """SELECT (SELECT sum(balance - receivable_balance) FROM wallets WHERE currency = 'NGN')
                  + (SELECT sum(current_amount) FROM savings_plans WHERE currency = 'NGN')"""
    )
    pending = bank.value(
        """SELECT coalesce(sum(amount), 0) FROM transactions
           WHERE type = 'wallet_withdrawal' AND status = 'pending' AND currency = 'NGN'"""
    )
    house = {kind: bank.house(kind) for kind in ("payout_clearing", "fee_income", "penalty_income", "interest_expense")}
    assert house["payout_clearing"] == pending
    assert bank.house("settlement") == outside
    assert inside == opening + outside + house.pop("interest_expense") - sum(house.values())
    assert bank.value("SELECT count(*) - count(DISTINCT reference) FROM transactions") == 0


def test_a_crowd_of_eight_leaves_every_book_in_balance(migrated_url):
    results = run_crowd(migrated_url, 60)
    assert sum(results.values()) > 300


@pytest.mark.slow
def test_eight_times_two_thousand_calls_reach_every_function_and_every_refusal(migrated_url):
    results = run_crowd(migrated_url, 2000)
    assert POSTS - results.keys() == set()
    assert CODES - results.keys() == set(), results


@pytest.mark.fault
def test_killed_backends_cost_nobody_money(migrated_url):
    results = run_crowd(migrated_url, 300, kill=True)
    assert results["killed"] > 3
