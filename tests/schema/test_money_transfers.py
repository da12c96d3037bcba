"""Users send money to each other, within the limits of their tier, by Lagos days."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.schema.bank import BAD_AMOUNTS, NOON


@pytest.fixture
def ada(bank):
    return bank.user(1_000_000)


@pytest.fixture
def ben(bank):
    return bank.user()


def test_a_transfer_shows_on_both_sides(bank, ada, ben):
    sent = bank.call("post_transfer", ada, ben, 300, "Rent")
    assert (sent.user_id, sent.counterparty_id, sent.transfer_id) == (ada, ben, sent.id)
    assert (bank.balance(ada), bank.balance(ben)) == (999_700, 300)
    got = bank.row("SELECT * FROM transactions WHERE user_id = %s", ben)
    assert (got.counterparty_id, got.transfer_id, got.amount, got.description) == (ada, sent.id, 300, "Rent")
    assert bank.movements(sent.id) == [("wallet", "transfer_clearing", Decimal(300))]
    assert bank.movements(got.id) == [("transfer_clearing", "wallet", Decimal(300))]
    assert str(ada) in sent.reference
    assert str(ben) in got.reference
    bank.assert_books_balance()


def test_a_kobo_and_all_of_it_can_be_sent(bank, ben):
    user = bank.user(Decimal("100.01"))
    bank.call("post_transfer", user, ben, "0.01")
    bank.call("post_transfer", user, ben, "100.00")
    assert (bank.balance(user), bank.balance(ben)) == (0, Decimal("100.01"))


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_none_is_refused(bank, ada, ben, amount):
    bank.refused("22023", "post_transfer", ada, ben, amount)


def test_more_than_the_wallet_holds_is_refused(bank, ben):
    user = bank.user(100)
    assert bank.refused("AV001", "post_transfer", user, ben, "100.01") == {"needed": "100.01", "available": "100.00"}


def test_a_wallet_cannot_send_to_itself(bank, ada):
    assert bank.refused("AV023", "post_transfer", ada, ada, 5) == {"user_id": str(ada)}


def test_who_has_no_wallet_cannot_send(bank, ada):
    nobody = uuid4()
    assert bank.refused("AV002", "post_transfer", nobody, ada, 5) == {"user_id": str(nobody)}


def test_a_frozen_wallet_sends_nothing_until_it_is_unfrozen(bank, ada, ben):
    bank.call("freeze_wallet", ada, "court order 17/2031")
    assert bank.refused("AV003", "post_transfer", ada, ben, 5) == {"user_id": str(ada)}
    bank.call("unfreeze_wallet", ada)
    assert bank.call("post_transfer", ada, ben, 5).status == "completed"


def test_a_suspended_or_deactivated_user_sends_nothing(bank, ada, ben):
    bank.suspend(ada)
    assert bank.refused("AV004", "post_transfer", ada, ben, 5) == {"user_id": str(ada), "reason": "suspended"}
    gone = bank.user(100)
    bank.conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', (gone,))
    assert bank.refused("AV004", "post_transfer", gone, ben, 5)["reason"] == "deactivated"


@pytest.mark.parametrize("state", ["unknown", "suspended", "deactivated", "frozen"])
def test_all_that_a_sender_learns_is_that_the_other_cannot_receive(bank, ada, ben, state):
    if state == "unknown":
        ben = uuid4()
    elif state == "suspended":
        bank.suspend(ben)
    elif state == "deactivated":
        bank.conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', (ben,))
    else:
        bank.call("freeze_wallet", ben, "court order 17/2031")
    assert bank.refused("AV022", "post_transfer", ada, ben, 5) == {"recipient_id": str(ben)}


def test_wallets_of_different_currencies_do_not_meet(bank, ada, ben):
    other = bank.open_dollars()
    assert bank.refused("AV005", "post_transfer", ada, other, 5) == {"expected": "NGN", "given": "USD"}
    assert bank.refused("AV005", "open_wallet", other, "NGN") == {"expected": "USD", "given": "NGN"}
    bank.call("post_deposit", other, 10, "cash", "paystack", "usd-1")
    assert bank.refused("AV005", "post_transfer", other, ben, 5) == {"expected": "USD", "given": "NGN"}
    bank.assert_books_balance()


def test_no_wallet_is_opened_in_a_currency_that_the_house_does_not_keep(bank):
    user = bank.value("""INSERT INTO "user" (name, email) VALUES ('Test', 'eur@avdaily.test') RETURNING id""")
    assert bank.refused("AV005", "open_wallet", user, "EUR") == {"expected": "NGN", "given": "EUR"}


def test_a_key_makes_a_repeated_transfer_one(bank, ada, ben):
    first = bank.call("post_transfer", ada, ben, 300, p_idempotency_key="transfer-1")
    assert bank.call("post_transfer", ada, ben, "300.00", p_idempotency_key="transfer-1") == first
    assert bank.balance(ben) == 300
    bank.refused("AV018", "post_transfer", ada, bank.user(), 300, p_idempotency_key="transfer-1")


def test_a_wallet_is_opened_once(bank, ada):
    first = bank.call("open_wallet", ada)
    assert bank.call("open_wallet", ada) == first
    assert bank.refused("AV004", "open_wallet", uuid4())["reason"] == "unknown"


# Limits --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "single", "daily", "monthly"),
    [(0, 2_000, 5_000, 50_000), (1, 20_000, 50_000, 500_000), (2, 200_000, 500_000, 5_000_000)],
)
def test_the_limits_of_each_tier_are_the_decided_ones(bank, ben, tier, single, daily, monthly):
    user = bank.user(9_000_000, tier=tier)
    values = bank.refused_at("AV007", NOON, "post_transfer", user, ben, single + Decimal("0.01"), None, None)
    assert values["maximum"] == f"{single}.00"
    start = datetime(2031, 3, 1, 11, tzinfo=UTC)
    left = monthly
    day = 0
    while left:
        today = min(daily, left)
        left -= today
        while today:
            amount = min(single, today)
            bank.at(start + timedelta(days=day), "post_transfer", user, ben, amount, None, None)
            today -= amount
        day += 1
    refused = bank.refused_at("AV008", start + timedelta(days=day), "post_transfer", user, ben, "0.01", None, None)
    assert refused == {
        "limit": "kyc_monthly", "maximum": f"{monthly}.00", "used": f"{monthly}.00", "needed": "0.01",
    }  # fmt: skip
    # The next month begins at zero.
    bank.at(datetime(2031, 3, 31, 23, 0, tzinfo=UTC), "post_transfer", user, ben, single, None, None)
    bank.assert_books_balance()


def test_the_daily_limit_names_itself_and_what_is_used(bank, ada, ben):
    for _ in range(2):
        bank.at(NOON, "post_transfer", ada, ben, 200_000, None, None)
    assert bank.refused_at("AV008", NOON, "post_transfer", ada, ben, "100000.01", None, None) == {
        "limit": "kyc_daily", "maximum": "500000.00", "used": "400000.00", "needed": "100000.01",
    }  # fmt: skip
    bank.at(NOON, "post_transfer", ada, ben, 100_000, None, None)


def test_the_day_begins_at_midnight_in_lagos_and_not_in_utc(bank, ben):
    user = bank.user(10_000, tier=0)
    before_midnight = datetime(2031, 3, 5, 22, 30, tzinfo=UTC)
    after_midnight = datetime(2031, 3, 5, 23, 30, tzinfo=UTC)
    for amount in (2_000, 2_000, 1_000):
        bank.at(before_midnight, "post_transfer", user, ben, amount, None, None)
    bank.refused_at("AV008", before_midnight, "post_transfer", user, ben, 1, None, None)
    # 23:30 UTC is tomorrow in Lagos, and the same day as 22:30 UTC the next evening.
    for amount in (2_000, 2_000, 1_000):
        bank.at(after_midnight, "post_transfer", user, ben, amount, None, None)
    bank.refused_at("AV008", before_midnight + timedelta(days=1), "post_transfer", user, ben, 1, None, None)


def test_what_others_send_does_not_count(bank, ada, ben):
    user = bank.user(10_000, tier=0)
    bank.at(NOON, "post_transfer", ada, user, 100_000, None, None)
    for amount in (2_000, 2_000, 1_000):
        bank.at(NOON, "post_transfer", user, ben, amount, None, None)
    bank.refused_at("AV008", NOON, "post_transfer", user, ben, 1, None, None)
