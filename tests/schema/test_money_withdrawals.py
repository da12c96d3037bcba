"""Money leaves to a bank: held, then settled, or back to the wallet with its fee."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from tests.schema.bank import BAD_AMOUNTS, NOON, naira


@pytest.fixture
def user(bank):
    return bank.user(1_000_000)


@pytest.fixture
def bank_account(bank, user):
    return bank.bank_account(user)


def test_a_hold_takes_amount_and_fee_and_a_settlement_sends_the_amount(bank, user, bank_account):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    assert (held.status, held.amount, held.fee_amount, held.bank_account_id) == ("pending", 1000, 50, bank_account)
    assert bank.balance(user) == 998_950
    assert (bank.house("payout_clearing"), bank.house("fee_income")) == (1000, 50)
    done = bank.call("post_withdrawal_settlement", user, held.id)
    assert done.status == "completed"
    assert bank.movements(held.id) == [
        ("wallet", "payout_clearing", Decimal(1000)),
        ("wallet", "fee_income", Decimal(50)),
        ("payout_clearing", "settlement", Decimal(1000)),
    ]
    assert (bank.house("payout_clearing"), bank.house("settlement")) == (0, -1000)
    assert bank.call("post_withdrawal_settlement", user, held.id) == done
    bank.assert_books_balance()


@pytest.mark.parametrize(
    ("function", "arguments", "status"),
    [("post_withdrawal_void", ("the bank refused",), "failed"), ("post_withdrawal_cancellation", (), "cancelled")],
)
def test_what_is_not_sent_comes_back_whole_and_once(bank, user, bank_account, function, arguments, status):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    ended = bank.call(function, user, held.id, *arguments)
    assert ended.status == status
    assert bank.call(function, user, held.id, *arguments) == ended
    assert bank.balance(user) == 1_000_000
    assert (bank.house("payout_clearing"), bank.house("fee_income")) == (0, 0)
    assert bank.refused("AV017", "post_withdrawal_settlement", user, held.id)["status"] == status
    bank.assert_books_balance()


def test_what_is_settled_can_be_neither_voided_nor_cancelled(bank, user, bank_account):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    bank.call("post_withdrawal_settlement", user, held.id)
    bank.refused("AV017", "post_withdrawal_void", user, held.id, "too late")
    bank.refused("AV017", "post_withdrawal_cancellation", user, held.id)


def test_what_was_sent_cannot_be_cancelled_and_is_sent_once(bank, user, bank_account):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    [claimed] = bank.call_all("claim_withdrawals", "paystack", 10)
    assert (claimed.id, claimed.provider, claimed.provider_reference) == (held.id, "paystack", held.reference)
    assert bank.call_all("claim_withdrawals", "paystack", 10) == []
    assert bank.refused("AV025", "post_withdrawal_cancellation", user, held.id) == {
        "transaction_id": str(held.id), "provider": "paystack",
    }  # fmt: skip
    bank.call("post_withdrawal_void", user, held.id, "wrong account")
    assert bank.balance(user) == 1_000_000


def test_nothing_is_sent_to_a_bank_account_that_lost_its_verification(bank, user, bank_account):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    bank.conn.execute("UPDATE bank_accounts SET is_verified = false WHERE id = %s", (bank_account,))
    assert bank.call_all("claim_withdrawals", "paystack", 10) == []
    # It waits: verified again it is sent, or the user takes it back.
    bank.conn.execute("UPDATE bank_accounts SET is_verified = true WHERE id = %s", (bank_account,))
    assert [row.id for row in bank.call_all("claim_withdrawals", "paystack", 10)] == [held.id]
    # What was sent is the bank's: its answer is booked whatever we think of the account by then.
    bank.conn.execute("UPDATE bank_accounts SET is_verified = false WHERE id = %s", (bank_account,))
    assert bank.call("post_withdrawal_settlement", user, held.id).status == "completed"
    bank.assert_books_balance()


def test_a_bank_account_with_a_withdrawal_on_its_way_cannot_be_deleted(bank, user, bank_account):
    bank.call("post_withdrawal_hold", user, 1000, bank_account)
    with pytest.raises(psycopg.IntegrityError), bank.role("avdaily_app"):
        bank.conn.execute("DELETE FROM bank_accounts WHERE id = %s", (bank_account,))


def test_webhooks_settle_and_void(bank, user, bank_account):
    for kind, status, balance in (("payout_succeeded", "completed", 998_950), ("payout_failed", "failed", 998_950)):
        held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
        bank.call_all("claim_withdrawals", "paystack", 10)
        event = bank.call(
            "record_payment_event", "paystack", kind, kind, "{}",
            p_provider_reference=held.reference, p_amount=1000, p_currency="NGN",
        )  # fmt: skip
        assert bank.call("process_payment_event", event.id).status == "processed"
        assert bank.transaction(held.id).status == status
        assert bank.balance(user) == balance
    bank.assert_books_balance()


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(100, 50), (100_000, 50), ("100000.99", 50), (100_001, "50.01"), ("490000.00", 2000), (10**6, 2000)],
)
def test_the_fee_is_flat_then_half_a_percent_half_up_and_capped(bank, amount, fee):
    assert bank.call("withdrawal_fee", amount) == Decimal(fee)


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_none_is_refused(bank, user, bank_account, amount):
    bank.refused("22023", "post_withdrawal_hold", user, amount, bank_account)


@pytest.mark.parametrize("amount", ["99.99", "1000000.01"])
def test_an_amount_outside_the_bounds_is_refused(bank, user, bank_account, amount):
    assert bank.refused("AV006", "post_withdrawal_hold", user, amount, bank_account)["needed"] == amount


def test_the_fee_must_fit_too(bank):
    user = bank.user(Decimal("1049.99"))
    account = bank.bank_account(user)
    assert bank.refused("AV001", "post_withdrawal_hold", user, 1000, account) == {
        "needed": "1050.00", "available": "1049.99",
    }  # fmt: skip


def test_a_bank_account_must_be_verified_and_ones_own(bank, user):
    unverified = bank.bank_account(user, verified=False)
    foreign = bank.bank_account(bank.user())
    for account, reason in ((unverified, "not verified"), (foreign, "unknown"), (uuid4(), "unknown")):
        values = bank.refused("AV019", "post_withdrawal_hold", user, 1000, account)
        assert values == {"bank_account_id": str(account), "reason": reason}


def test_who_is_frozen_suspended_or_without_a_wallet_withdraws_nothing(bank, user, bank_account):
    bank.call("freeze_wallet", user, "court order 17/2031")
    bank.refused("AV003", "post_withdrawal_hold", user, 1000, bank_account)
    bank.call("unfreeze_wallet", user)
    bank.suspend(user)
    bank.refused("AV004", "post_withdrawal_hold", user, 1000, bank_account)
    bank.refused("AV002", "post_withdrawal_hold", uuid4(), 1000, bank_account)


def test_another_users_withdrawal_is_not_found(bank, user, bank_account):
    held = bank.call("post_withdrawal_hold", user, 1000, bank_account)
    other = bank.user()
    bank.refused("AV016", "post_withdrawal_settlement", other, held.id)
    bank.refused("AV016", "post_withdrawal_void", other, held.id, "no")
    bank.refused("AV016", "post_withdrawal_cancellation", other, held.id)
    bank.refused("AV016", "post_funding", user, held.id)


def test_a_key_makes_a_repeated_withdrawal_one(bank, user, bank_account):
    first = bank.call("post_withdrawal_hold", user, 1000, bank_account, "withdraw-1")
    assert bank.call("post_withdrawal_hold", user, 1000, bank_account, "withdraw-1") == first
    assert bank.balance(user) == 998_950
    bank.refused("AV018", "post_withdrawal_hold", user, 1001, bank_account, "withdraw-1")
    # The result is the row as it is now.
    bank.call("post_withdrawal_settlement", user, first.id)
    assert bank.call("post_withdrawal_hold", user, 1000, bank_account, "withdraw-1").status == "completed"


# Limits --------------------------------------------------------------------------------------------------------------


def hold(bank, user, bank_account, amount, moment):
    return bank.at(moment, "post_withdrawal_hold", user, amount, bank_account, None)


def refuse(bank, user, bank_account, amount, moment):
    return bank.refused_at("AV009", moment, "post_withdrawal_hold", user, amount, bank_account, None)


def test_five_a_day(bank, user, bank_account):
    for _ in range(5):
        hold(bank, user, bank_account, 100, NOON)
    assert refuse(bank, user, bank_account, 100, NOON) == {
        "limit": "withdrawal_count_day", "maximum": "5", "used": "5", "needed": "1",
    }  # fmt: skip
    hold(bank, user, bank_account, 100, NOON + timedelta(days=1))


def test_one_hundred_thousand_a_day_and_what_failed_does_not_count(bank, user, bank_account):
    held = hold(bank, user, bank_account, 60_000, NOON)
    assert refuse(bank, user, bank_account, "40000.01", NOON) == {
        "limit": "withdrawal_amount_day", "maximum": "100000.00", "used": "60000.00", "needed": "40000.01",
    }  # fmt: skip
    bank.call("post_withdrawal_void", user, held.id, "the bank refused")
    hold(bank, user, bank_account, 100_000, NOON)


def test_weeks_run_from_monday_and_the_strictest_limit_is_named(bank, bank_account, user):
    monday = NOON - timedelta(days=NOON.weekday())
    for day in range(5):
        hold(bank, user, bank_account, 100_000, monday + timedelta(days=day))
    bank.inner(
        "post_wallet_credit",
        user,
        500_000,
        bank.value("SELECT system_account('opening_equity', 'NGN')"),
        "refund",
        NOON,
    )
    # On Saturday the day has 100,000 left, the week nothing.
    assert refuse(bank, user, bank_account, 100, monday + timedelta(days=5))["limit"] == "withdrawal_amount_week"
    hold(bank, user, bank_account, 100, monday + timedelta(days=7))


def test_the_tiers_own_limit_wins_where_it_is_stricter(bank):
    user = bank.user(100_000, tier=0)
    account = bank.bank_account(user)
    for amount in (2_000, 2_000):
        hold(bank, user, account, amount, NOON)
    values = bank.refused_at("AV008", NOON, "post_withdrawal_hold", user, 1_500, account, None)
    assert (values["limit"], values["used"]) == ("kyc_daily", "4000.00")
    # The single limit leaves 2,000, the day 1,000: the day is the stricter one, whatever the amount.
    values = bank.refused_at("AV008", NOON, "post_withdrawal_hold", user, 2_001, account, None)
    assert values["limit"] == "kyc_daily"


def test_a_transfer_and_a_withdrawal_share_the_limit_of_the_day(bank):
    user = bank.user(100_000, tier=0)
    account = bank.bank_account(user)
    bank.at(NOON, "post_transfer", user, bank.user(), 2_000, None, None)
    bank.at(NOON, "post_transfer", user, bank.user(), 2_000, None, None)
    hold(bank, user, account, 1_000, NOON)
    values = bank.refused_at("AV008", NOON, "post_withdrawal_hold", user, 100, account, None)
    assert values["used"] == "5000.00"


def test_the_limits_of_withdrawal_are_the_decided_ones(bank):
    limits = bank.rows("SELECT period, max_count, max_amount FROM withdrawal_limits ORDER BY max_count")
    assert [tuple(row) for row in limits] == [
        ("day", 5, naira(100_000)), ("week", 15, naira(500_000)), ("month", 30, naira(2_000_000)),
    ]  # fmt: skip
