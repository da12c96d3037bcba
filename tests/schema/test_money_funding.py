"""Money comes in: asked for and confirmed, failed, unannounced, or told by a provider's webhook."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from tests.schema.bank import BAD_AMOUNTS, NOON

SOURCE = "bank_transfer"


@pytest.fixture
def user(bank):
    return bank.user()


def request(bank, user, amount=500, **named):
    return bank.call("request_funding", user, amount, SOURCE, **named)


def test_a_funding_moves_money_only_when_it_is_confirmed(bank, user):
    asked = request(bank, user)
    assert (asked.status, asked.amount, bank.balance(user)) == ("pending", 500, 0)
    assert bank.movements(asked.id) == []
    done = bank.call("post_funding", user, asked.id)
    assert (done.status, done.id) == ("completed", asked.id)
    assert done.completed_at is not None
    assert bank.balance(user) == 500
    assert bank.movements(asked.id) == [("settlement", "wallet", Decimal(500))]
    assert bank.house("settlement") == 500
    bank.assert_books_balance()


def test_a_second_confirmation_returns_the_first_and_posts_nothing(bank, user):
    asked = request(bank, user)
    first = bank.call("post_funding", user, asked.id)
    assert bank.call("post_funding", user, asked.id) == first
    assert bank.balance(user) == 500


def test_a_failed_funding_stays_failed_and_moves_nothing(bank, user):
    asked = request(bank, user)
    failed = bank.call("fail_funding", user, asked.id, "card declined")
    assert (failed.status, failed.failure_reason) == ("failed", "card declined")
    assert bank.call("fail_funding", user, asked.id, "card declined") == failed
    assert bank.refused("AV017", "post_funding", user, asked.id) == {
        "transaction_id": str(asked.id), "status": "failed", "needed": "pending",
    }  # fmt: skip
    done = bank.call("post_funding", user, request(bank, user).id)
    assert bank.refused("AV017", "fail_funding", user, done.id, "too late")["status"] == "completed"


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_none_is_refused(bank, user, amount):
    bank.refused("22023", "request_funding", user, amount, SOURCE)
    bank.refused("22023", "post_deposit", user, amount, SOURCE, "paystack", "r1")


@pytest.mark.parametrize("amount", ["99.99", "1000000.01"])
def test_an_amount_outside_the_bounds_is_refused(bank, user, amount):
    assert bank.refused("AV006", "request_funding", user, amount, SOURCE) == {
        "needed": amount, "minimum": "100.00", "maximum": "1000000.00",
    }  # fmt: skip


def test_the_single_limit_of_the_tier_holds(bank):
    user = bank.user(tier=0)
    assert bank.refused("AV007", "request_funding", user, "2000.01", SOURCE) == {
        "limit": "kyc_single", "maximum": "2000.00", "used": "0", "needed": "2000.01",
    }  # fmt: skip
    assert request(bank, user, 2000).status == "pending"


def test_another_users_funding_is_not_found(bank, user):
    asked = request(bank, user)
    other = bank.user()
    for function, arguments in (("post_funding", ()), ("fail_funding", ("no",))):
        values = bank.refused("AV016", function, other, asked.id, *arguments)
        assert values == {"transaction_id": str(asked.id)}
    assert bank.refused("AV016", "post_funding", user, uuid4())


def test_a_source_that_is_no_source_of_money_is_refused(bank, user):
    for source in ("wallet", "system", "crypto", None):
        bank.refused("22023", "request_funding", user, 500, source)
        bank.refused("22023", "post_deposit", user, 500, source, "paystack", "ref-1")


def test_a_wrong_currency_is_refused(bank, user):
    assert bank.refused("AV005", "request_funding", user, 500, SOURCE, p_currency="USD") == {
        "expected": "NGN", "given": "USD",
    }  # fmt: skip


def test_who_may_not_act_cannot_ask_but_what_was_asked_for_still_arrives(bank, user):
    asked = request(bank, user)
    bank.suspend(user)
    assert bank.refused("AV004", "request_funding", user, 500, SOURCE)["reason"] == "suspended"
    assert bank.refused("AV004", "request_funding", uuid4(), 500, SOURCE)["reason"] == "unknown"
    assert bank.call("post_funding", user, asked.id).status == "completed"


def test_money_reaches_a_frozen_wallet(bank, user):
    asked = request(bank, user)
    bank.call("freeze_wallet", user, "court order 17/2031")
    bank.call("post_funding", user, asked.id)
    assert bank.balance(user) == 500


# Keys ----------------------------------------------------------------------------------------------------------------


def test_the_same_key_and_request_give_the_same_result(bank, user):
    first = request(bank, user, p_idempotency_key="key-00000001")
    assert request(bank, user, "500.00", p_idempotency_key="key-00000001") == first
    assert bank.value("SELECT count(*) FROM transactions WHERE user_id = %s", user) == 1


def test_the_same_key_with_another_request_is_a_conflict(bank, user):
    request(bank, user, p_idempotency_key="key-00000001")
    values = bank.refused("AV018", "request_funding", user, 501, SOURCE, p_idempotency_key="key-00000001")
    assert values == {"key": "key-00000001"}
    # The key belongs to the user's requests of every kind.
    other = bank.user(1000)
    bank.call("post_transfer", other, user, 5, p_idempotency_key="key-00000002")
    bank.refused("AV018", "request_funding", other, 500, SOURCE, p_idempotency_key="key-00000002")


def test_another_users_key_reveals_nothing(bank, user):
    first = request(bank, user, p_idempotency_key="key-00000001")
    other = bank.user()
    second = request(bank, other, 700, p_idempotency_key="key-00000001")
    assert second.id != first.id
    assert (second.user_id, second.amount) == (other, 700)


def test_a_refused_request_leaves_its_key_free(bank, user):
    bank.refused("AV006", "request_funding", user, 5, SOURCE, p_idempotency_key="key-00000001")
    assert request(bank, user, p_idempotency_key="key-00000001").amount == 500


def test_a_key_of_nobody_is_refused(bank, user):
    assert (
        bank.refused("AV004", "post_transfer", uuid4(), user, 5, p_idempotency_key="key-00000001")["reason"]
        == "unknown"
    )
    bank.refused("23514", "post_transfer", user, bank.user(), 5, p_idempotency_key="short")


def test_old_keys_are_deleted_and_young_ones_never(bank, user):
    for number in (1, 2):
        request(bank, user, p_idempotency_key=f"key-0000000{number}")
    bank.conn.execute("UPDATE idempotency_keys SET created_at = now() - interval '8 days' WHERE key = 'key-00000001'")
    bank.refused("22023", "delete_idempotency_keys", bank.value("SELECT now()"))
    assert bank.call("delete_idempotency_keys", bank.value("SELECT now() - interval '7 days'")) == 1
    assert [key for (key,) in bank.rows("SELECT key FROM idempotency_keys WHERE user_id = %s", user)] == [
        "key-00000002"
    ]


def test_old_keys_are_found_through_their_index_however_many_there_are(bank, user):
    request(bank, user, p_idempotency_key="key-00000001")
    bank.conn.execute("UPDATE idempotency_keys SET created_at = now() - interval '8 days'")
    bank.conn.execute(
        """INSERT INTO idempotency_keys (user_id, key, operation, request_hash)
           SELECT %s, 'young-key-' || number, 'application:test', sha256('')
           FROM generate_series(1, 20000) AS number""",
        (user,),
    )
    bank.conn.execute("ANALYZE idempotency_keys")
    read = "SELECT seq_tup_read FROM pg_stat_xact_all_tables WHERE relid = 'idempotency_keys'::regclass"
    before = bank.value(read)
    assert bank.call("delete_idempotency_keys", bank.value("SELECT now() - interval '7 days'"), 10000) == 1
    assert bank.value(read) == before


# Deposits ------------------------------------------------------------------------------------------------------------


def test_a_deposit_is_posted_once_per_provider_reference(bank, user):
    first = bank.call("post_deposit", user, 250, SOURCE, "paystack", "ref-1")
    assert (first.status, first.provider_reference) == ("completed", "ref-1")
    assert bank.call("post_deposit", user, 250, SOURCE, "paystack", "ref-1") == first
    assert bank.balance(user) == 250
    assert bank.movements(first.id) == [("settlement", "wallet", Decimal(250))]
    # Another provider's reference is another one.
    bank.call("post_deposit", user, 250, SOURCE, "flutterwave", "ref-1")
    assert bank.balance(user) == 500
    bank.assert_books_balance()


def test_a_provider_reference_cannot_serve_two_deposits(bank, user):
    bank.call("post_deposit", user, 250, SOURCE, "paystack", "ref-1")
    bank.refused("AV018", "post_deposit", user, 251, SOURCE, "paystack", "ref-1")
    bank.refused("AV018", "post_deposit", bank.user(), 250, SOURCE, "paystack", "ref-1")


def test_a_deposit_without_a_wallet_is_refused(bank):
    nobody = bank.value("""INSERT INTO "user" (name, email) VALUES ('Test', 'nowallet@avdaily.test') RETURNING id""")
    bank.refused("AV002", "post_deposit", nobody, 250, SOURCE, "paystack", "ref-1")


# Webhooks ------------------------------------------------------------------------------------------------------------


def receive(bank, kind, reference, event="event-1", amount=500, currency="NGN"):
    return bank.call(
        "record_payment_event", "paystack", event, kind, '{"raw": true}',
        p_provider_reference=reference, p_amount=amount, p_currency=currency,
    )  # fmt: skip


@pytest.fixture
def asked(bank, user):
    return request(bank, user, p_provider="paystack", p_provider_reference="pay-1")


def test_a_webhook_confirms_the_funding_it_names_once(bank, user, asked):
    event = receive(bank, "funding_succeeded", "pay-1")
    assert event.status == "received"
    assert bank.balance(user) == 0
    assert bank.call("process_payment_event", event.id).status == "processed"
    assert bank.call("process_payment_event", event.id).status == "processed"
    assert bank.balance(user) == 500
    # The provider sends it again, as the same event and as a new one.
    assert receive(bank, "funding_succeeded", "pay-1").id == event.id
    again = receive(bank, "funding_succeeded", "pay-1", event="event-2")
    assert bank.call("process_payment_event", again.id).status == "ignored"
    assert bank.balance(user) == 500
    bank.assert_books_balance()


def test_a_webhook_fails_the_funding_it_names(bank, user, asked):
    event = receive(bank, "funding_failed", "pay-1")
    assert bank.call("process_payment_event", event.id).status == "processed"
    assert bank.transaction(asked.id).status == "failed"
    late = receive(bank, "funding_succeeded", "pay-1", event="event-2")
    assert bank.call("process_payment_event", late.id).status == "rejected"
    assert bank.balance(user) == 0


@pytest.mark.parametrize(
    ("reference", "changes", "reason"),
    [
        (None, {}, "no transaction"),
        ("pay-1", {"amount": None}, "the provider names no amount"),
        ("pay-1", {"currency": None}, "the provider names no currency"),
        ("pay-1", {"amount": 499}, "the provider says 499.00 NGN"),
        ("pay-1", {"currency": "USD"}, "the provider says 500.00 USD"),
    ],
)
def test_a_webhook_that_does_not_fit_is_kept_for_a_person(bank, user, asked, reference, changes, reason):
    event = bank.call("process_payment_event", receive(bank, "funding_succeeded", reference, **changes).id)
    assert (event.status, bank.transaction(asked.id).status) == ("rejected", "pending")
    assert reason in event.result


def test_a_refusal_needs_no_amount(bank, user, asked):
    event = receive(bank, "funding_failed", "pay-1", amount=None, currency=None)
    assert bank.call("process_payment_event", event.id).status == "processed"
    assert (bank.transaction(asked.id).status, bank.balance(user)) == ("failed", 0)


def test_a_chargeback_without_an_amount_is_kept_for_a_person(bank, user):
    bank.call("post_deposit", user, 500, "debit_card", "paystack", "card-1")
    event = bank.call("process_payment_event", receive(bank, "chargeback", "card-1", amount=None).id)
    assert (event.status, bank.balance(user)) == ("rejected", 500)


def test_a_webhook_that_is_quicker_than_its_transaction_waits_for_it(bank, user):
    event = receive(bank, "funding_succeeded", "pay-1")
    waiting = bank.call("process_payment_event", event.id)
    assert (waiting.status, waiting.processed_at) == ("received", None)
    assert "no transaction" in waiting.result
    asked = request(bank, user, p_provider="paystack", p_provider_reference="pay-1")
    done = bank.call("process_payment_event", event.id)
    assert (done.status, bank.transaction(asked.id).status, bank.balance(user)) == ("processed", "completed", 500)
    bank.assert_books_balance()


def test_a_webhook_whose_transaction_never_comes_is_left_to_a_person_after_seven_days(bank):
    event = receive(bank, "funding_succeeded", "pay-9")
    week = event.created_at + timedelta(days=7)
    assert bank.at(week - timedelta(seconds=1), "process_payment_event", event.id).status == "received"
    assert bank.at(week, "process_payment_event", event.id).status == "rejected"


def test_a_webhook_of_another_kind_of_payment_is_rejected(bank, asked):
    event = bank.call("process_payment_event", receive(bank, "payout_succeeded", "pay-1").id)
    assert (event.status, bank.transaction(asked.id).status) == ("rejected", "pending")


def test_a_webhook_that_concerns_no_money_is_ignored(bank):
    assert bank.call("process_payment_event", receive(bank, "other", None).id).status == "ignored"


def test_an_unknown_event_is_refused(bank):
    unknown = uuid4()
    assert bank.refused("AV028", "process_payment_event", unknown) == {"event_id": str(unknown)}


def test_what_a_provider_sent_never_changes(bank, asked):
    event = receive(bank, "funding_succeeded", "pay-1")
    with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
        bank.conn.execute("UPDATE payment_events SET amount = 501 WHERE id = %s", (event.id,))
    assert caught.value.sqlstate == "AV090"
    bank.call("process_payment_event", event.id)
    with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
        bank.conn.execute("UPDATE payment_events SET status = 'ignored' WHERE id = %s", (event.id,))
    assert caught.value.sqlstate == "AV090"


def test_an_opening_balance_is_posted_once(bank):
    user = bank.user()
    first = bank.inner("post_opening_balance", user, 700, NOON)
    assert bank.inner("post_opening_balance", user, 900, NOON) == first
    assert bank.balance(user) == 700
    assert bank.movements(first.id) == [("opening_equity", "wallet", Decimal(700))]
