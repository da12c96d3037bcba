"""Balances and movements at any time, read from the ledger; and a wallet that is frozen."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from tests.schema.bank import NOON

DAY = timedelta(days=1)


@pytest.fixture
def user(bank):
    user = bank.user(1000)
    other = bank.user(1000)
    bank.at(NOON + DAY, "post_transfer", user, other, 300, "Rent", None)
    bank.at(NOON + 2 * DAY, "post_transfer", other, user, 50, None, None)
    plan = bank.plan(user)
    bank.at(NOON + 2 * DAY, "post_contribution", user, plan.id, 100, None)
    return user


def test_a_statement_opens_lists_and_closes(bank, user):
    lines = bank.call_all("wallet_statement", user, NOON + DAY, NOON + 3 * DAY)
    assert [(line.line, line.type, line.amount, line.balance) for line in lines] == [
        ("opening", None, None, 1000),
        ("posting", "transfer", -300, 700),
        ("posting", "transfer", 50, 750),
        ("posting", "contribution", -100, 650),
        ("closing", None, None, 650),
    ]
    assert lines[1].description == "Rent"
    assert lines[-1].balance == bank.balance(user)


def test_a_statement_includes_its_first_moment_and_not_its_last(bank, user):
    lines = bank.call_all("wallet_statement", user, NOON, NOON + DAY)
    assert [line.balance for line in lines] == [0, 1000, 1000]
    lines = bank.call_all("wallet_statement", user, NOON + 9 * DAY, NOON + 10 * DAY)
    assert [(line.line, line.balance) for line in lines] == [("opening", 650), ("closing", 650)]


def test_a_statement_of_nobody_is_empty(bank):
    assert bank.call_all("wallet_statement", uuid4(), NOON, NOON + DAY) == []


def test_a_balance_can_be_read_at_any_time(bank, user):
    at = [bank.call("wallet_balance_at", user, NOON + hours * DAY) for hours in (0, 1, 2, 3)]
    assert at == [0, 1000, 700, 650]
    plan = bank.value("SELECT id FROM savings_plans WHERE user_id = %s", user)
    assert bank.call("plan_balance_at", user, plan, NOON + 3 * DAY) == 100
    assert bank.call("plan_balance_at", bank.user(), plan, NOON + 3 * DAY) is None
    assert bank.call("wallet_balance_at", uuid4(), NOON) is None


def test_the_trial_balance_sums_to_zero(bank, user):
    lines = bank.call_all("trial_balance")
    assert sum(line.balance for line in lines) == 0
    assert sum(line.debits for line in lines) == sum(line.credits for line in lines)
    by_kind = {line.kind: line.balance for line in lines}
    assert by_kind["opening_equity"] == -2000
    assert by_kind["wallet"] + by_kind["plan"] == 2000


def test_freezing_is_dated_reasoned_and_repeatable(bank, user):
    frozen = bank.call("freeze_wallet", user, "court order 17/2031")
    assert (frozen.is_active, frozen.freeze_reason) == (False, "court order 17/2031")
    assert bank.call("freeze_wallet", user, "another reason here") == frozen
    thawed = bank.call("unfreeze_wallet", user)
    assert (thawed.is_active, thawed.frozen_at, thawed.freeze_reason) == (True, None, None)
    assert bank.refused("23514", "freeze_wallet", user, "short").constraint_name == "freeze_reason_length_check"
    assert bank.refused("23514", "freeze_wallet", user, None).constraint_name == "freeze_reason_length_check"
    bank.refused("AV002", "freeze_wallet", uuid4(), "court order 17/2031")
    bank.refused("AV002", "unfreeze_wallet", uuid4())


# What nobody may change by hand, not even the owner of the tables ----------------------------------------------------


def refuses(bank, sqlstate, statement, *arguments):
    with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
        bank.conn.execute(statement, arguments)
    assert caught.value.sqlstate == sqlstate, caught.value
    return caught.value.diag


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets SET balance = balance + 1 WHERE user_id = %s",
        "UPDATE wallets SET receivable_account_id = account_id WHERE user_id = %s",
        "UPDATE wallets SET account_id = (SELECT account_id FROM savings_plans LIMIT 1) WHERE user_id = %s",
        "UPDATE savings_plans SET current_amount = 0 WHERE user_id = %s",
        "UPDATE savings_plans SET account_id = (SELECT id FROM ledger_accounts WHERE kind = 'settlement')"
        " WHERE user_id = %s",
    ],
)
def test_a_balance_and_its_account_are_guarded(bank, user, statement):
    before = bank.fingerprint()
    refuses(bank, "AV091", statement, user)
    assert bank.fingerprint() == before


def test_a_wallet_or_plan_begins_empty(bank, user):
    account = bank.inner("open_ledger_account", "wallet", "NGN")
    nobody = bank.value("""INSERT INTO "user" (name, email) VALUES ('Test', 'rich@avdaily.test') RETURNING id""")
    refuses(bank, "AV091", "INSERT INTO wallets (user_id, account_id, balance) VALUES (%s, %s, 1)", nobody, account)
    refuses(
        bank, "AV091",
        """INSERT INTO savings_plans (user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount,
             current_amount,
             start_date, end_date) VALUES (%s, %s, 'Rich', 100, 30, 3000, 1, '2031-01-01', '2031-01-31')""",
        nobody, account,
    )  # fmt: skip


def test_other_columns_may_change_and_their_time_is_kept(bank, user):
    before = bank.wallet(user).updated_at
    bank.conn.execute(
        """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'court order 17/2031'
           WHERE user_id = %s""",
        (user,),
    )
    assert bank.wallet(user).updated_at != before
    unchanged = bank.wallet(user)
    bank.conn.execute("UPDATE wallets SET is_active = is_active WHERE user_id = %s", (user,))
    assert bank.wallet(user) == unchanged


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_accounts", "interest_accruals", "auto_save_attempts"])
def test_a_ledger_is_append_only(bank, user, table):
    if table == "auto_save_attempts":
        bank.at(NOON + 3 * DAY, "post_auto_saves", (NOON + 3 * DAY).date(), 0, 1)
    if table == "interest_accruals":
        plan = bank.plan(user, rate=Decimal("0.1"))
        bank.at(NOON, "post_contribution", user, plan.id, 100, None)
        bank.at(NOON + DAY, "accrue_interest", NOON.date(), 0, 1)
    for statement in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        assert refuses(bank, "AV090", statement)


def test_an_ended_transaction_is_frozen_and_none_is_deleted(bank, user):
    refuses(bank, "AV090", "DELETE FROM transactions")
    refuses(bank, "AV090", "TRUNCATE transactions CASCADE")
    refuses(bank, "AV092", "UPDATE transactions SET amount = 1 WHERE status = 'completed'")
    refuses(bank, "AV092", "UPDATE transactions SET status = 'pending', completed_at = NULL")
    asked = bank.call("request_funding", user, 500, "cash")
    for change in (
        "amount = 501",
        "user_id = app_uuid()",
        "reference = 'another reference'",
        "created_at = now() - interval '1 day'",
    ):
        refuses(bank, "AV092", f"UPDATE transactions SET {change} WHERE id = %s", asked.id)
    # While it is pending the provider's reference may be learnt, once.
    bank.conn.execute(
        "UPDATE transactions SET provider = 'paystack', provider_reference = 'p-1' WHERE id = %s", (asked.id,)
    )
    refuses(bank, "AV092", "UPDATE transactions SET provider_reference = 'p-2' WHERE id = %s", asked.id)


def test_an_entry_cannot_join_currencies_nor_users(bank, user):
    dollars = bank.inner("open_ledger_account", "wallet", "USD")
    own = bank.row("SELECT * FROM transactions WHERE user_id = %s AND type = 'contribution'", user)
    wallet = bank.wallet(user).account_id
    insert = """INSERT INTO ledger_entries
                  (user_id, transaction_id, debit_account_id, credit_account_id, amount, currency)
                VALUES (%s, %s, %s, %s, %s, 'NGN')"""
    found = refuses(bank, "23503", insert, user, own.id, wallet, dollars, 1)
    assert found.constraint_name == "ledger_entries_currency_credit_account_id_fkey"
    other = bank.user()
    found = refuses(bank, "23503", insert, other, own.id, wallet, bank.wallet(other).account_id, 1)
    assert found.constraint_name == "ledger_entries_user_id_transaction_id_fkey"
    assert (
        refuses(bank, "23514", insert, user, own.id, wallet, wallet, 1).constraint_name
        == "ledger_entries_two_accounts_check"
    )
    for amount in (0, -1, "NaN"):
        refuses(bank, "23514", insert, user, own.id, wallet, bank.wallet(other).account_id, amount)
