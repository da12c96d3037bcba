"""What is posted never changes; it is reversed, charged back, or repaid."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from tests.schema.bank import NOON

REASON = "entered by mistake"
DAY = timedelta(days=1)


@pytest.fixture
def user(bank):
    return bank.user(1_000)


@pytest.fixture
def plan(bank, user):
    return bank.plan(user)


def reverse(bank, user, transaction):
    return bank.call("post_reversal", user, transaction.id, REASON)


def test_a_reversed_contribution_goes_back_to_the_wallet(bank, user, plan):
    made = bank.call("post_contribution", user, plan.id, 300)
    undone = reverse(bank, user, made)
    assert (undone.type, undone.reverses_id, undone.amount, undone.plan_id) == ("reversal", made.id, 300, plan.id)
    assert bank.movements(undone.id) == [("plan", "wallet", Decimal(300))]
    assert (bank.balance(user), bank.saved(plan.id), bank.plan_row(plan.id).total_contributions) == (1000, 0, 0)
    assert bank.transaction(made.id) == made
    bank.assert_books_balance()


def test_a_reversal_happens_once_and_is_not_reversed(bank, user, plan):
    made = bank.call("post_contribution", user, plan.id, 300)
    undone = reverse(bank, user, made)
    values = bank.refused("AV020", "post_reversal", user, made.id, REASON)
    assert values == {"transaction_id": str(made.id), "type": "contribution", "reason": "it is reversed already"}
    assert bank.refused("AV020", "post_reversal", user, undone.id, REASON)["type"] == "reversal"


def test_an_auto_save_is_reversed(bank, user, plan):
    bank.at(NOON, "post_auto_saves", NOON.date(), 0, 1)
    saved = bank.row("SELECT * FROM transactions WHERE plan_id = %s", plan.id)
    reverse(bank, user, saved)
    assert (bank.balance(user), bank.saved(plan.id)) == (1000, 0)
    bank.assert_books_balance()


def test_a_reversed_early_withdrawal_gives_the_penalty_back(bank, user, plan):
    bank.call("post_contribution", user, plan.id, 300)
    taken = bank.call("post_plan_withdrawal", user, plan.id, 100)
    undone = reverse(bank, user, taken)
    assert bank.movements(undone.id) == [("penalty_income", "plan", Decimal(5)), ("wallet", "plan", Decimal(95))]
    assert (bank.balance(user), bank.saved(plan.id), bank.house("penalty_income")) == (700, 300, 0)
    assert bank.plan_row(plan.id).total_contributions == 1
    bank.assert_books_balance()


@pytest.fixture
def completed(bank, user):
    """The contribution that completed a plan of 300."""
    plan = bank.plan(user, target=300, moment=bank.value("SELECT now()"), auto=False)
    bank.call("post_contribution", user, plan.id, 200)
    made = bank.call("post_contribution", user, plan.id, 100)
    assert bank.plan_row(plan.id).status == "completed"
    return made


def completion_findings(bank):
    return bank.value("SELECT count FROM check_integrity() WHERE name = 'completed_plans_below_target'")


def test_a_plan_whose_last_contribution_is_reversed_goes_on(bank, user, completed):
    reverse(bank, user, completed)
    plan = bank.plan_row(completed.plan_id)
    assert (plan.status, plan.completed_at, plan.current_amount, plan.total_contributions) == ("active", None, 200, 1)
    assert completion_findings(bank) == 0
    # Early again, and it can be completed again.
    assert bank.call("post_plan_withdrawal", user, plan.id, 100).penalty_amount == 5
    bank.call("post_contribution", user, plan.id, 200)
    assert bank.plan_row(plan.id).status == "completed"
    bank.assert_books_balance()


def test_a_reopened_plan_is_paid_its_interest_once(bank, user):
    plan = bank.plan(user, target=300, rate=Decimal("0.9999"))
    bank.at(NOON, "post_contribution", user, plan.id, 200, None)
    made = bank.at(NOON + DAY, "post_contribution", user, plan.id, 100, None)
    bank.at(NOON + DAY, "accrue_interest", NOON.date(), 0, 1)
    assert bank.at(NOON + DAY, "post_interests", 0, 1).paid == 1
    bank.at(NOON + DAY, "post_reversal", user, made.id, REASON)
    assert bank.plan_row(plan.id).status == "active"
    missing = 300 - bank.saved(plan.id)
    bank.at(NOON + 2 * DAY, "post_contribution", user, plan.id, missing, None)
    assert bank.at(NOON + 2 * DAY, "post_interests", 0, 1).paid == 0
    bank.assert_books_balance()


def test_what_a_completed_plan_gave_back_comes_first(bank, user, completed):
    taken = bank.call("post_plan_withdrawal", user, completed.plan_id, 50)
    assert taken.penalty_amount == 0
    values = bank.refused("AV020", "post_reversal", user, completed.id, REASON)
    assert values["reason"] == "money was taken out of the completed plan since"
    reverse(bank, user, taken)
    reverse(bank, user, completed)
    assert bank.plan_row(completed.plan_id).status == "active"
    assert completion_findings(bank) == 0


def test_after_its_end_a_plan_stays_completed_whatever_is_reversed(bank, user):
    plan = bank.plan(user, target=300)
    made = bank.at(NOON, "post_contribution", user, plan.id, 300, None)
    bank.at(NOON + 30 * DAY, "post_reversal", user, made.id, REASON)
    assert (bank.plan_row(plan.id).status, bank.saved(plan.id)) == ("completed", 0)


def test_reversed_interest_leaves_the_plan(bank, user):
    plan = bank.plan(user, daily=100, target=100, rate=Decimal("0.9999"))
    bank.at(NOON, "post_contribution", user, plan.id, 99, None)
    for day in range(3):
        bank.at(NOON + timedelta(days=day + 1), "accrue_interest", (NOON + timedelta(days=day)).date(), 0, 1)
    bank.at(NOON + timedelta(days=3), "post_contribution", user, plan.id, 1, None)
    bank.at(NOON + timedelta(days=4), "post_interests", 0, 1)
    made = bank.row("SELECT * FROM transactions WHERE plan_id = %s AND type = 'interest'", plan.id)
    assert made.amount > 0
    reverse(bank, user, made)
    assert (bank.saved(plan.id), bank.house("interest_expense")) == (100, 0)
    bank.assert_books_balance()


def test_a_reversed_transfer_undoes_both_sides(bank, user):
    other = bank.user()
    sent = bank.call("post_transfer", user, other, 400)
    undone = reverse(bank, user, sent)
    assert (bank.balance(user), bank.balance(other)) == (1000, 0)
    reversals = bank.rows("SELECT user_id, counterparty_id, transfer_id FROM transactions WHERE type = 'reversal'")
    assert {tuple(row) for row in reversals} == {(user, other, sent.id), (other, user, sent.id)}
    assert undone.user_id == user
    bank.assert_books_balance()


def test_a_transfer_is_reversed_from_its_senders_side(bank, user):
    other = bank.user()
    sent = bank.call("post_transfer", user, other, 400)
    got = bank.row("SELECT * FROM transactions WHERE user_id = %s AND type = 'transfer'", other)
    values = bank.refused("AV020", "post_reversal", other, got.id, REASON)
    assert values["reason"] == "the sender's transaction reverses both sides"
    reverse(bank, user, sent)


def test_what_is_spent_cannot_be_reversed(bank, user, plan):
    other = bank.user()
    sent = bank.call("post_transfer", user, other, 400)
    bank.call("post_transfer", other, bank.user(), "0.01")
    assert bank.refused("AV001", "post_reversal", user, sent.id, REASON) == {"needed": "400.00", "available": "399.99"}
    made = bank.call("post_contribution", user, plan.id, 300)
    bank.call("post_plan_withdrawal", user, plan.id, 1)
    bank.refused("AV001", "post_reversal", user, made.id, REASON)


def test_a_frozen_wallet_does_not_stop_a_correction(bank, user):
    other = bank.user()
    sent = bank.call("post_transfer", user, other, 400)
    bank.call("freeze_wallet", other, "court order 17/2031")
    reverse(bank, user, sent)
    assert bank.balance(other) == 0


def test_a_cancelled_plan_takes_nothing_back(bank, user, plan):
    bank.call("post_contribution", user, plan.id, 300)
    taken = bank.call("post_plan_withdrawal", user, plan.id, 100)
    bank.call("post_plan_cancellation", user, plan.id, 1)
    assert bank.refused("AV011", "post_reversal", user, taken.id, REASON)["status"] == "cancelled"


def test_only_a_completed_transaction_of_ones_own_is_reversed(bank, user, plan):
    made = bank.call("post_contribution", user, plan.id, 300)
    bank.refused("AV016", "post_reversal", bank.user(), made.id, REASON)
    bank.refused("AV016", "post_reversal", user, uuid4(), REASON)
    asked = bank.call("request_funding", user, 500, "cash")
    values = bank.refused("AV017", "post_reversal", user, asked.id, REASON)
    assert values == {"transaction_id": str(asked.id), "status": "pending", "needed": "completed"}


@pytest.mark.parametrize("kind", ["wallet_funding", "wallet_withdrawal", "opening_balance"])
def test_money_that_crossed_our_border_is_not_reversed(bank, user, kind):
    if kind == "wallet_funding":
        made = bank.call("post_deposit", user, 500, "cash", "paystack", "r")
    elif kind == "wallet_withdrawal":
        held = bank.call("post_withdrawal_hold", user, 500, bank.bank_account(user))
        made = bank.call("post_withdrawal_settlement", user, held.id)
    else:
        made = bank.row("SELECT * FROM transactions WHERE user_id = %s", user)
    assert bank.refused("AV020", "post_reversal", user, made.id, REASON)["type"] == kind


# Chargebacks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def funded(bank, user):
    return bank.call("post_deposit", user, 500, "debit_card", "paystack", "card-1")


def test_a_chargeback_takes_what_the_wallet_holds(bank, user, funded):
    back = bank.call("post_chargeback", user, funded.id, "stolen card")
    assert (back.type, back.reverses_id, bank.balance(user)) == ("reversal", funded.id, 1000)
    assert bank.movements(back.id) == [("wallet", "settlement", Decimal(500))]
    assert bank.wallet(user).receivable_account_id is None
    assert bank.refused("AV020", "post_chargeback", user, funded.id, "again")["reason"] == "it is reversed already"
    bank.assert_books_balance()


def test_what_the_wallet_cannot_cover_is_owed_and_blocks_spending(bank, user, plan, funded):
    other = bank.user()
    bank.call("post_transfer", user, other, 1200)
    back = bank.call("post_chargeback", user, funded.id, "stolen card")
    assert bank.movements(back.id) == [
        ("wallet", "settlement", Decimal(300)), ("receivable", "settlement", Decimal(200)),
    ]  # fmt: skip
    assert (bank.balance(user), bank.wallet(user).receivable_balance) == (0, 200)
    bank.call("post_deposit", user, 700, "cash", "paystack", "cash-1")
    assert bank.refused("AV021", "post_transfer", user, other, 5) == {"owed": "200.00"}
    bank.refused("AV021", "post_contribution", user, plan.id, 5)
    bank.refused("AV021", "post_withdrawal_hold", user, 100, bank.bank_account(user))
    bank.assert_books_balance()

    assert bank.refused("AV027", "post_debt_repayment", user, "200.01") == {"owed": "200.00", "needed": "200.01"}
    bank.refused("22023", "post_debt_repayment", user, 0)
    paid = bank.call("post_debt_repayment", user, 150)
    assert bank.movements(paid.id) == [("wallet", "receivable", Decimal(150))]
    bank.refused("AV021", "post_transfer", user, other, 5)
    bank.call("post_debt_repayment", user, 50)
    assert (bank.balance(user), bank.wallet(user).receivable_balance) == (500, 0)
    bank.call("post_transfer", user, other, 5)
    bank.assert_books_balance()


def test_nobody_forgives_a_debt_by_hand_nor_opens_a_wallet_with_one(bank, user, funded):
    bank.call("post_transfer", user, bank.user(), 1500)
    bank.call("post_chargeback", user, funded.id, "stolen card")
    for statement in (
        "UPDATE wallets SET receivable_balance = 0 WHERE user_id = %s",
        "INSERT INTO wallets (user_id, account_id, receivable_account_id, receivable_balance)"
        " SELECT app_uuid(), account_id, receivable_account_id, 1 FROM wallets WHERE user_id = %s",
    ):
        with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
            bank.conn.execute(statement, (user,))
        assert caught.value.sqlstate == "AV091"
    assert bank.wallet(user).receivable_balance == 500


def test_a_second_debt_goes_to_the_same_account(bank, user, funded):
    bank.call("post_transfer", user, bank.user(), 1500)
    bank.call("post_chargeback", user, funded.id, "stolen card")
    account = bank.wallet(user).receivable_account_id
    again = bank.call("post_deposit", user, 50, "debit_card", "paystack", "card-2")
    bank.call("post_debt_repayment", user, 50)
    bank.call("post_chargeback", user, again.id, "stolen card too")
    assert bank.wallet(user).receivable_account_id == account
    assert bank.wallet(user).receivable_balance == 500
    bank.assert_books_balance()


def test_a_repayment_needs_money_and_a_debt(bank, user, funded):
    bank.refused("AV027", "post_debt_repayment", user, 1)
    bank.refused("AV002", "post_debt_repayment", uuid4(), 1)
    bank.call("post_transfer", user, bank.user(), 1500)
    bank.call("post_chargeback", user, funded.id, "stolen card")
    bank.refused("AV001", "post_debt_repayment", user, 1)


def test_only_a_funding_is_charged_back(bank, user, plan):
    made = bank.call("post_contribution", user, plan.id, 300)
    bank.refused("AV020", "post_chargeback", user, made.id, "no")
    asked = bank.call("request_funding", user, 500, "cash")
    bank.refused("AV017", "post_chargeback", user, asked.id, "no")


def test_a_webhook_charges_back_once(bank, user, funded):
    for number, status in ((1, "processed"), (2, "rejected")):
        event = bank.call(
            "record_payment_event", "paystack", f"cb-{number}", "chargeback", "{}",
            p_provider_reference="card-1", p_amount=500, p_currency="NGN",
        )  # fmt: skip
        assert bank.call("process_payment_event", event.id).status == status
    assert bank.balance(user) == 1000


# For other domains ---------------------------------------------------------------------------------------------------


def test_cashback_is_an_expense_of_the_house(bank, user):
    made = bank.at(NOON, "post_cashback", user, "12.50", "Thank you")
    assert bank.movements(made) == [("reward_expense", "wallet", Decimal("12.50"))]
    assert bank.balance(user) == Decimal("1012.50")
    bank.assert_books_balance()


def test_many_wallets_are_debited_in_one_statement_and_who_cannot_pay_is_told_apart(bank, user):
    pool = bank.inner("open_ledger_account", "group_pool", "NGN")
    poor, frozen, suspended, novice = bank.user(5), bank.user(500), bank.user(500), bank.user(99_000, tier=0)
    bank.call("freeze_wallet", frozen, "court order 17/2031")
    bank.suspend(suspended)
    nobody = uuid4()
    users = [user, poor, frozen, suspended, novice, nobody]
    amounts = [100, 100, 100, 100, 6000, 100]
    with bank.role("avdaily_ledger"):
        found = bank.rows(
            "SELECT * FROM post_wallet_debits(%s, %s, %s, 'group_contribution', %s, 'Round 1')",
            users, amounts, [pool] * 6, NOON,
        )  # fmt: skip
    assert {row.user_id: row.outcome for row in found} == {
        user: "posted", poor: "insufficient_funds", frozen: "wallet_frozen", suspended: "user_inactive",
        novice: "limit_exceeded", nobody: "wallet_not_found",
    }  # fmt: skip
    posted = next(row for row in found if row.user_id == user)
    assert bank.movements(posted.transaction_id) == [("wallet", "group_pool", Decimal(100))]
    assert bank.value("SELECT count(*) FROM ledger_entries WHERE credit_account_id = %s", pool) == 1
    bank.assert_books_balance()


def test_one_wallet_is_debited_or_the_reason_is_raised(bank, user):
    pool = bank.inner("open_ledger_account", "group_pool", "NGN")
    bank.inner("post_wallet_debit", user, 100, pool, "group_contribution", NOON)
    bank.refused_inner("AV001", "post_wallet_debit", user, "900.01", pool, "group_contribution", NOON)
    novice = bank.user(99_000, tier=0)
    values = bank.refused_inner("AV008", "post_wallet_debit", novice, 5001, pool, "group_contribution", NOON)
    assert values["limit"] == "kyc_daily"
    # There is no single limit for a group's contribution.
    bank.inner("post_wallet_debit", novice, 5000, pool, "group_contribution", NOON)


def test_a_credit_takes_its_fee_from_the_same_account(bank, user):
    pool = bank.inner("open_ledger_account", "group_pool", "NGN")
    bank.inner("post_wallet_debit", user, 500, pool, "group_contribution", NOON)
    made = bank.inner("post_wallet_credit", user, 490, pool, "group_payout", NOON, "Round 1", 10)
    assert bank.movements(made) == [("group_pool", "fee_income", Decimal(10)), ("group_pool", "wallet", Decimal(490))]
    row = bank.transaction(made)
    assert (row.amount, row.fee_amount) == (500, 10)
    assert bank.value("SELECT account_balance_at(%s, 'infinity')", pool) == 0
    bank.assert_books_balance()


def test_many_wallets_are_credited_in_one_statement(bank, user):
    pool = bank.inner("open_ledger_account", "group_pool", "NGN")
    other = bank.user(100)
    for payer in (user, other):
        bank.inner("post_wallet_debit", payer, 100, pool, "group_contribution", NOON)
    with bank.role("avdaily_ledger"):
        found = bank.rows(
            "SELECT * FROM post_wallet_credits(%s, %s, %s, 'refund', %s)", [user, other], [100, 100], [pool, pool], NOON
        )
    assert [row.user_id for row in found] == sorted([user, other])
    assert (bank.balance(user), bank.balance(other)) == (1000, 100)
    bank.assert_books_balance()


def test_arrays_that_do_not_fit_are_refused(bank, user):
    pool = bank.inner("open_ledger_account", "group_pool", "NGN")
    for users, amounts in (([user], [1, 2]), ([user, user], [1, 1]), ([user], [0]), ([user], [None])):
        bank.refused_inner(
            "22023", "post_wallet_debits", users, amounts, [pool] * len(users), "group_contribution", NOON
        )
