"""What some queries answer, where their own text decides it and no function of the schema."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import psycopg
import pytest

from avdaily_sql import queries
from avdaily_sql.refusals import Refusal
from tests.queries import world as world_module
from tests.queries.world import BUSINESS, FAR_AHEAD, LONG_AGO, MARKET, NOBODY, ONE, THREE, TWO, today

# The newest page of a list.
NEWEST = (None, None, 100)


@pytest.fixture
def ids(bank):
    return bank[1]


@pytest.fixture
def app(bank):
    with psycopg.connect(bank[0]) as connection:
        connection.execute("SET ROLE avdaily_app")
        yield connection
        connection.rollback()


@pytest.fixture
def owner(bank):
    """A connection as the owner of the tables, for what the application cannot make."""
    with psycopg.connect(bank[0]) as connection:
        yield connection
        connection.rollback()


def test_a_key_is_reserved_once_and_says_what_its_work_led_to(app):
    first = queries.reserve_idempotency_key(app, TWO, "key-of-a-report", "send_report", "month 3")
    assert (first.is_new, first.result_id) == (True, None)
    again = queries.reserve_idempotency_key(app, TWO, "key-of-a-report", "send_report", "month 3")
    assert (again.is_new, again.result_id, again.created_at) == (False, None, first.created_at)
    assert queries.complete_idempotency_key(app, TWO, "key-of-a-report", BUSINESS) is True
    assert queries.complete_idempotency_key(app, TWO, "key-of-a-report", NOBODY) is False
    done = queries.reserve_idempotency_key(app, TWO, "key-of-a-report", "send_report", "month 3")
    assert (done.is_new, done.result_id) == (False, BUSINESS)


def test_a_reserved_key_is_no_key_of_another_request_of_another_user_or_of_a_function(app):
    queries.reserve_idempotency_key(app, ONE, "key-of-a-report", "send_report", "month 3")
    assert queries.reserve_idempotency_key(app, TWO, "key-of-a-report", "send_report", "month 4").is_new
    for attempt in (
        lambda: queries.reserve_idempotency_key(app, ONE, "key-of-a-report", "send_report", "month 4"),
        lambda: queries.contribute_to_plan(app, ONE, world_module.EMERGENCY, Decimal(100), "key-of-a-report"),
    ):
        with pytest.raises(Refusal) as caught, app.transaction():
            attempt()
        assert caught.value.sqlstate == "AV018"
    assert queries.complete_idempotency_key(app, TWO, "key-contribution-1", NOBODY) is False, "it is a function's"


def test_an_invitation_to_a_phone_or_an_address_is_seen_by_whoever_has_proved_it(owner, ids):
    owner.execute("UPDATE group_invitations SET status = 'revoked' WHERE status = 'pending'")
    for column, value in (("invited_phone", "+2348012345681"), ("invited_email", "user3@avdaily.test")):
        owner.execute(
            f"INSERT INTO group_invitations (group_id, invited_by, {column}, expires_at)"
            " VALUES (%s, %s, %s, now() + interval '1 day')",
            (MARKET, TWO, value),
        )
    owner.execute('UPDATE "user" SET phone_verified = true, email_verified = false WHERE id = %s', (THREE,))
    assert len(queries.list_user_invitations(owner, THREE, None, 10)) == 1
    owner.execute('UPDATE "user" SET email_verified = true WHERE id = %s', (THREE,))
    assert len(queries.list_user_invitations(owner, THREE, None, 10)) == 2
    owner.execute("UPDATE group_invitations SET invited_user_id = %s WHERE invited_phone IS NOT NULL", (THREE,))
    assert len(queries.list_user_invitations(owner, THREE, None, 10)) == 2, "found in two ways, listed once"
    owner.execute(
        "UPDATE group_invitations SET expires_at = now() - interval '1 hour', created_at = now() - interval '1 day'"
    )
    assert queries.list_user_invitations(owner, THREE, None, 10) == []


def test_a_group_without_a_place_is_not_open(owner):
    assert MARKET in {row.id for row in queries.list_open_groups(owner, None, None, 100)}
    owner.execute("UPDATE ajo_groups SET member_count = current_member_count WHERE id = %s", (MARKET,))
    assert MARKET not in {row.id for row in queries.list_open_groups(owner, None, None, 100)}


def test_a_private_group_is_seen_by_its_members_and_by_staff(owner):
    owner.execute("UPDATE ajo_groups SET is_private = true WHERE id = %s", (MARKET,))
    assert queries.get_group(owner, ONE, MARKET) is not None
    assert queries.get_group(owner, world_module.ADMIN, MARKET) is not None
    assert queries.get_group(owner, NOBODY, MARKET) is None
    assert queries.list_group_members(owner, NOBODY, MARKET, None, 10) == []


def test_the_trend_has_every_day_and_leaves_out_what_was_reversed(app, ids):
    def saved() -> Decimal:
        days = queries.get_contribution_trend(app, TWO, today() - timedelta(days=9), today() + timedelta(days=1))
        assert [row.day for row in days] == [today() - timedelta(days=9 - n) for n in range(10)]
        return days[-1].amount

    before = saved()
    queries.reverse_transaction(app, TWO, ids.contribution, "by mistake")
    assert saved() == before - 100
    assert len(queries.get_contribution_trend(app, TWO, LONG_AGO.date(), FAR_AHEAD.date())) == 400


def test_the_breakdown_leaves_out_what_was_reversed_and_tells_the_trend(app, ids):
    def contribution():
        now = app.execute("SELECT now() + interval '1 minute'").fetchone()[0]
        rows = queries.get_spending_breakdown(app, TWO, now - timedelta(days=1), now)
        assert "reversal" not in {row.type for row in rows}
        return next(row for row in rows if row.type == "contribution")

    before = contribution()
    queries.reverse_transaction(app, TWO, ids.contribution, "by mistake")
    after = contribution()
    assert (after.transactions, after.amount) == (before.transactions - 1, before.amount - 100)
    assert before.trend == {True: "up", False: "down"}[before.amount > before.previous_amount]


@pytest.mark.parametrize(
    ("now", "before", "trend"),
    [(105, 100, "stable"), (106, 100, "up"), (95, 100, "stable"), (94, 100, "down"), (10, 0, "up"), (0, 10, "down")],
)
def test_up_to_five_per_cent_is_stable(owner, now, before, trend):
    until = FAR_AHEAD
    for amount, at in ((now, until - timedelta(hours=1)), (before, until - timedelta(hours=30))):
        if amount:
            owner.execute(
                "INSERT INTO transactions"
                " (user_id, amount, type, status, payment_source, reference, created_at, completed_at)"
                " VALUES (%s, %s, 'fee', 'completed', 'system', %s, %s, %s)",
                (ONE, amount, f"FEE-{amount}-{at}", at, at),
            )
    rows = queries.get_spending_breakdown(owner, ONE, until - timedelta(days=1), until)
    assert [(row.type, row.amount, row.previous_amount, row.trend) for row in rows] == [("fee", now, before, trend)]


def test_a_streak_that_has_ended_is_not_on_the_board(owner):
    owner.execute(
        "UPDATE user_analytics SET current_streak = 7, longest_streak = 7, total_contributions = 1,"
        " last_contribution_date = app_today() - 2"
    )
    owner.execute("UPDATE user_analytics SET last_contribution_date = app_today() - 1 WHERE user_id = %s", (ONE,))
    assert [row.user_id for row in queries.get_leaderboard_streaks(owner, None, None, 10)] == [ONE]


def test_usage_is_counted_by_day_week_and_month_and_by_plan(app):
    bare = queries.get_withdrawal_usage(app, TWO, None)
    assert [(row.period, row.max_count) for row in bare] == [("day", 5), ("week", 15), ("month", 30)]
    assert [(row.used_count, row.used_amount) for row in bare] == [(2, 3000)] * 3, "two to the bank, both pending"
    assert [row.plan_count for row in bare] == [0, 0, 0]
    queries.withdraw_from_plan(app, TWO, BUSINESS, Decimal(500), None)
    assert [row.plan_amount for row in queries.get_withdrawal_usage(app, TWO, BUSINESS)] == [500] * 3
    assert [row.plan_amount for row in queries.get_withdrawal_usage(app, TWO, NOBODY)] == [0] * 3


def test_a_wish_that_is_none_stays_as_it_was(app):
    wishes = dict.fromkeys(queries.upsert_notification_preferences.definition.parameters)
    before = queries.get_notification_preferences(app, ONE)
    after = queries.upsert_notification_preferences(app, **(wishes | {"user_id": ONE, "sms_milestones": True}))
    assert after.sms_milestones is True
    changed = {name for name in after._fields if getattr(after, name) != getattr(before, name)}
    assert changed <= {"sms_milestones", "updated_at"}


def test_a_first_wish_has_the_defaults_of_the_table(owner):
    """What the query writes for None is what the table would have written."""
    kept = queries.get_notification_preferences(owner, THREE)
    owner.execute("DELETE FROM notification_preferences WHERE user_id = %s", (THREE,))
    owner.execute("INSERT INTO notification_preferences (user_id) VALUES (%s)", (THREE,))
    expected = queries.get_notification_preferences(owner, THREE)
    owner.execute("DELETE FROM notification_preferences WHERE user_id = %s", (THREE,))
    wishes = dict.fromkeys(queries.upsert_notification_preferences.definition.parameters)
    written = queries.upsert_notification_preferences(owner, **(wishes | {"user_id": THREE}))
    assert written == expected
    assert kept[:-1] == expected[:-1]


# Money: signs, what was reversed, pages -------------------------------------------------------------------------------


def history(app, user):
    return {row.id: row for row in queries.list_user_transactions(app, user, None, None, 100)}


def test_the_history_tells_what_came_into_the_wallet_from_what_went_out(app):
    sent = queries.transfer_between_wallets(app, TWO, ONE, Decimal(50), "Lunch today", None)
    sender, receiver = history(app, TWO)[sent.id], queries.list_transactions_by_type(app, ONE, "transfer", *NEWEST)[0]
    assert (sender.amount, sender.wallet_change, sender.counterparty_id) == (50, -50, ONE)
    assert (receiver.amount, receiver.wallet_change, receiver.counterparty_id) == (50, 50, TWO)
    asked = queries.get_transaction_history(app, ONE, None, None, "wallet_funding", "pending", *NEWEST)
    assert {row.wallet_change for row in asked} == {0}


def test_the_history_shows_fee_and_penalty_and_what_is_left(app):
    taken = queries.withdraw_from_plan(app, TWO, BUSINESS, Decimal(1000), None)
    row = queries.get_transaction(app, TWO, taken.id)
    assert (row.amount, row.penalty_amount, row.wallet_change) == (1000, 50, 950)
    in_plan = queries.list_plan_transactions(app, TWO, BUSINESS, *NEWEST)
    assert (in_plan[0].id, in_plan[0].plan_change) == (taken.id, -1000)
    assert {row.plan_change for row in in_plan[1:]} == {500}


def test_a_withdrawal_that_was_given_up_has_changed_nothing_in_the_end(app, ids):
    held = queries.get_transaction(app, TWO, ids.withdrawal)
    assert (held.amount, held.fee_amount, held.wallet_change) == (1000, 50, -1050)
    queries.void_withdrawal(app, TWO, ids.withdrawal, "no such account")
    assert queries.get_transaction_by_reference(app, TWO, held.reference).wallet_change == 0


def test_a_reversal_names_what_it_undoes_and_has_the_opposite_sign(app, ids):
    undone = queries.reverse_transaction(app, TWO, ids.contribution, "by mistake")
    rows = history(app, TWO)
    assert rows[undone.id].reverses_id == ids.contribution
    assert (rows[ids.contribution].wallet_change, rows[undone.id].wallet_change) == (-100, 100)


@pytest.mark.parametrize("total", [queries.get_daily_transaction_total, queries.get_monthly_transaction_total])
def test_a_total_counts_what_was_sent_and_not_what_was_received_or_reversed(app, ids, total):
    sent, saved = total(app, TWO, ["transfer"], today()), total(app, TWO, ["contribution"], today())
    back = queries.transfer_between_wallets(app, TWO, ONE, Decimal(70), None, None)
    queries.transfer_between_wallets(app, TWO, ONE, Decimal(30), None, None)
    queries.transfer_between_wallets(app, ONE, TWO, Decimal(500), None, None)
    queries.reverse_transaction(app, TWO, back.id, "sent to the wrong person")
    queries.reverse_transaction(app, TWO, ids.contribution, "by mistake")
    assert total(app, TWO, ["transfer"], today()) - sent == 30
    assert total(app, TWO, ["contribution"], today()) - saved == -100


def test_a_withdrawal_from_a_plan_that_was_reversed_is_not_counted(app):
    taken = queries.withdraw_from_plan(app, TWO, BUSINESS, Decimal(500), None)
    queries.reverse_transaction(app, TWO, taken.id, "by mistake")
    usage = queries.get_withdrawal_usage(app, TWO, BUSINESS)
    assert [(row.plan_count, row.plan_amount) for row in usage] == [(0, 0)] * 3


def test_the_breakdown_keeps_what_was_received_apart_from_what_was_sent(app):
    now = app.execute("SELECT now() + interval '1 hour'").fetchone()[0]

    def amounts():
        rows = queries.get_spending_breakdown(app, TWO, now - timedelta(days=1), now)
        found = {row.type: row.amount for row in rows}
        return found.get("transfer", 0), found.get("transfer_received", 0)

    sent, received = amounts()
    queries.transfer_between_wallets(app, TWO, ONE, Decimal(30), None, None)
    queries.transfer_between_wallets(app, ONE, TWO, Decimal(500), None, None)
    assert amounts() == (sent + 30, received + 500)


def pages(app, user, size):
    """Return a whole statement, read page by page."""
    lines = []
    while page := queries.get_wallet_statement(
        app, user, LONG_AGO, FAR_AHEAD, lines[-1].position if lines else None, size
    ):
        lines += page
    return lines


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_statement_in_pages_is_whole_and_ends_with_the_balance(app, size):
    lines = pages(app, TWO, size)
    assert [line.line for line in lines] == ["opening", *["posting"] * (len(lines) - 2), "closing"]
    assert all(line.balance == before.balance + line.amount for before, line in pairwise(lines[:-1]))
    assert lines[-2].balance == lines[-1].balance == queries.get_wallet_balance(app, TWO).balance


def test_a_posting_with_an_earlier_time_than_the_one_before_it_stays_at_its_place(owner):
    before = pages(owner, ONE, 1000)
    owner.execute("SET ROLE avdaily_ledger")
    owner.execute("SELECT post_deposit_at(%s, 700, 'cash', 'till', 'late', now() - interval '20 days')", (ONE,))
    lines = pages(owner, ONE, 3)
    assert lines[:-2] == before[:-1]
    assert [(line.line, line.amount, line.balance) for line in lines[-2:]] == [
        ("posting", 700, before[-1].balance + 700),
        ("closing", None, before[-1].balance + 700),
    ]
