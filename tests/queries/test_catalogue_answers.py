"""What some queries answer, where their own text decides it and no function of the schema."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from avdaily_sql import queries
from avdaily_sql.refusals import Refusal
from tests.queries import world as world_module
from tests.queries.world import BUSINESS, FAR_AHEAD, LONG_AGO, MARKET, NOBODY, ONE, THREE, TWO, today


@pytest.fixture(scope="module")
def bank(server, template):
    name = f"test_{server.session}_answers_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    yield url, world_module.build(server, url)
    server.drop_database(name)


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
