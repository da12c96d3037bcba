"""Users with wallets and plans, calls as the application makes them, and what must be true of money at any time."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

_numbers = itertools.count(1)

# Noon in Lagos, inside a week and a month, so that a test may go some days on without meeting a border by accident.
NOON = datetime(2031, 3, 5, 11, tzinfo=UTC)

BAD_AMOUNTS = ["0", "-1", "NaN", "Infinity", "-Infinity", "0.005", "10000000000000", None]

HOUSE = [
    "settlement", "payout_clearing", "transfer_clearing", "fee_income", "penalty_income", "interest_expense",
    "reward_expense",
    "opening_equity",
]  # fmt: skip


class Bank:
    """The money of one database, seen through one connection."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self.conn = conn

    # Calls -----------------------------------------------------------------------------------------------------------

    @contextmanager
    def role(self, name):
        with self.conn.transaction():
            self.conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(name)))
            yield
            self.conn.execute("RESET ROLE")

    def rows(self, query, *arguments):
        return self.conn.cursor(row_factory=namedtuple_row).execute(query, arguments).fetchall()

    def row(self, query, *arguments):
        found = self.rows(query, *arguments)
        assert len(found) == 1, found
        return found[0]

    def value(self, query, *arguments):
        return self.row(query, *arguments)[0]

    def _call(self, role, function, arguments, named):
        parts = [sql.Placeholder()] * len(arguments)
        parts += [sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder()) for name in named]
        statement = sql.SQL("SELECT * FROM {}({})").format(sql.Identifier(function), sql.SQL(", ").join(parts))
        with self.role(role):
            cursor = self.conn.cursor(row_factory=namedtuple_row)
            return cursor.execute(statement, [*arguments, *named.values()]).fetchall()

    def call(self, function, *arguments, **named):
        """Call a public function as avdaily_app and return its one row."""
        return _single(self._call("avdaily_app", function, arguments, named))

    def call_all(self, function, *arguments, **named):
        return self._call("avdaily_app", function, arguments, named)

    def at(self, moment, function, *arguments):
        """Call the inner function that takes its time as the last argument, as the only role that may."""
        return _single(self._call("avdaily_ledger", f"{function}_at", (*arguments, moment), {}))

    def inner(self, function, *arguments, **named):
        """Call a function that only functions may call."""
        return _single(self._call("avdaily_ledger", function, arguments, named))

    def refused(self, sqlstate, function, *arguments, **named):
        """Call what must be refused with this SQLSTATE and write nothing; return the values of DETAIL."""
        return self._refused(sqlstate, lambda: self.call(function, *arguments, **named))

    def refused_at(self, sqlstate, moment, function, *arguments):
        return self._refused(sqlstate, lambda: self.at(moment, function, *arguments))

    def refused_inner(self, sqlstate, function, *arguments, **named):
        return self._refused(sqlstate, lambda: self.inner(function, *arguments, **named))

    def _refused(self, sqlstate, attempt):
        before = self.fingerprint()
        with pytest.raises(psycopg.Error) as caught:
            attempt()
        assert caught.value.sqlstate == sqlstate, caught.value
        assert self.fingerprint() == before
        detail = caught.value.diag.message_detail
        return json.loads(detail) if sqlstate.startswith("AV") else caught.value.diag

    # People, wallets, plans ------------------------------------------------------------------------------------------

    def user(self, funds=0, tier=2, moment=NOON):
        number = next(_numbers)
        user_id = self.value(
            'INSERT INTO "user" (name, email, kyc_tier) VALUES (%s, %s, %s) RETURNING id',
            f"Test {number}", f"money{number}@avdaily.test", tier,
        )  # fmt: skip
        self.call("open_wallet", user_id)
        if funds:
            self.inner("post_opening_balance", user_id, funds, moment)
        return user_id

    def open_dollars(self):
        """Let the house keep dollars, and return a user with a wallet in them."""
        for kind in HOUSE:
            self.inner("open_ledger_account", kind, "USD")
        user_id = self.value(
            """INSERT INTO "user" (name, email, kyc_tier) VALUES ('Test', 'dollars@avdaily.test', 2) RETURNING id"""
        )
        self.call("open_wallet", user_id, "USD")
        return user_id

    def plan(self, user_id, daily=100, moment=NOON, **changes):
        settings = {
            "name": "Test plan", "daily": daily, "cycle": 30, "target": None, "auto": True, "time": "09:00", "rate": 0,
            "minimum": 0, "start": None, "key": None,
        } | changes  # fmt: skip
        return self.at(moment, "create_savings_plan", user_id, *settings.values())

    def bank_account(self, user_id, verified=True):
        return self.value(
            """INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name, is_verified)
               VALUES (%s, '058', 'Test Bank', %s, 'Test', %s) RETURNING id""",
            user_id, f"{next(_numbers):010d}", verified,
        )  # fmt: skip

    def suspend(self, user_id):
        self.conn.execute(
            """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'a test of money'
               WHERE id = %s""",
            (user_id,),
        )

    def wallet(self, user_id):
        return self.row("SELECT * FROM wallets WHERE user_id = %s", user_id)

    def balance(self, user_id):
        return self.wallet(user_id).balance

    def saved(self, plan_id):
        return self.value("SELECT current_amount FROM savings_plans WHERE id = %s", plan_id)

    def plan_row(self, plan_id):
        return self.row("SELECT * FROM savings_plans WHERE id = %s", plan_id)

    def transaction(self, transaction_id):
        return self.row("SELECT * FROM transactions WHERE id = %s", transaction_id)

    # What moved ------------------------------------------------------------------------------------------------------

    def movements(self, transaction_id):
        """Return what a transaction moved as (debit kind, credit kind, amount), in order."""
        return [
            tuple(row)
            for row in self.rows(
                """SELECT debit.kind AS debit, credit.kind AS credit, entry.amount FROM ledger_entries AS entry
                   JOIN ledger_accounts AS debit ON debit.id = entry.debit_account_id
                   JOIN ledger_accounts AS credit ON credit.id = entry.credit_account_id
                   WHERE entry.transaction_id = %s ORDER BY entry.id""",
                transaction_id,
            )
        ]

    def house(self, kind):
        """Return the balance of one of the house's accounts, positive on its normal side."""
        return self.value(
            "SELECT account_balance_at(system_account(%s, 'NGN'), 'infinity')",
            kind,
        )

    def fingerprint(self):
        """Return something that differs whenever anything about money was written."""
        return self.conn.execute(
            """SELECT
                 (SELECT count(*) FROM transactions), (SELECT count(*) FROM transactions WHERE status = 'pending'),
                 (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM ledger_accounts),
                 (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM auto_save_attempts),
                 (SELECT count(*) FROM interest_accruals),
                 (SELECT md5(string_agg(w::text, ',' ORDER BY w.id)) FROM wallets AS w),
                 (SELECT md5(string_agg(p::text, ',' ORDER BY p.id)) FROM savings_plans AS p),
                 (SELECT md5(string_agg(e::text, ',' ORDER BY e.id)) FROM payment_events AS e)"""
        ).fetchone()

    def assert_books_balance(self):
        """Check that every balance is explained by its postings, in an unbroken sequence, and that all sums to zero."""
        assert self.rows(
            """SELECT held.account_id, held.balance, posted.amount
               FROM (SELECT account_id, balance::numeric FROM wallets
                     UNION ALL SELECT account_id, current_amount FROM savings_plans
                     UNION ALL SELECT receivable_account_id, -receivable_balance FROM wallets
                       WHERE receivable_account_id IS NOT NULL) AS held
               LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_postings GROUP BY account_id) AS posted
                 USING (account_id)
               WHERE held.balance <> coalesce(posted.amount, 0)"""
        ) == []  # fmt: skip
        assert self.rows(
            """SELECT * FROM (
                 SELECT posting.*, sum(posting.amount) OVER (PARTITION BY account_id ORDER BY entry_id) AS running
                 FROM ledger_postings AS posting JOIN ledger_accounts ON ledger_accounts.id = account_id
                 WHERE kind IN ('wallet', 'plan')
               ) AS sequence WHERE balance_after IS DISTINCT FROM running"""
        ) == []  # fmt: skip
        assert self.value("SELECT coalesce(sum(balance), 0) FROM trial_balance()") == 0
        assert self.house("transfer_clearing") == 0
        assert self.value("SELECT count(*) FROM wallets WHERE balance < 0") == 0
        # A transaction that ended has moved its amount; a failed or cancelled one has moved everything back.
        assert self.rows(
            """SELECT transactions.id FROM transactions
               LEFT JOIN ledger_entries ON ledger_entries.transaction_id = transactions.id
               WHERE transactions.status = 'completed' GROUP BY transactions.id HAVING count(ledger_entries.id) = 0"""
        ) == []  # fmt: skip


def _single(found):
    assert len(found) == 1, found
    return found[0][0] if len(found[0]) == 1 else found[0]


def naira(text) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))
