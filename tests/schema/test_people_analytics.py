"""0052 and 0053: figures, badges and points follow from what a user has done, however often they are computed."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import (
    call,
    call_at,
    call_rows,
    insert,
    new_plan,
    one,
    refused,
    register,
    rows,
    value,
)

NOON = time(11)  # UTC: noon in Lagos
FIRST = date(2026, 3, 1)
_numbers = itertools.count(1)


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn):
    return register(conn)


def at(day, moment=NOON):
    return datetime.combine(day, moment, UTC)


def pay(conn, user_id, plan_id, moment, amount=100, type_="contribution", **values):
    return insert(
        conn,
        "transactions",
        {
            "user_id": user_id,
            "plan_id": plan_id,
            "amount": amount,
            "type": type_,
            "status": "completed",
            "payment_source": "wallet",
            "reference": f"TEST-{next(_numbers)}",
            "created_at": moment,
            "completed_at": moment,
        }
        | values,
    )


def save_daily(conn, user_id, plan_id, first, days, **values):
    for number in range(days):
        pay(conn, user_id, plan_id, at(first + timedelta(days=number)), **values)


def figures(conn, user_id, today):
    return call_at(conn, at(today), "refresh_user_analytics", user_id)


def badges(conn, user_id):
    return {row.milestone_type for row in call_rows(conn, "list_reached_milestones", user_id)}


# Figures


def test_the_figures_are_sums_of_what_stands(conn, ada):
    plan = new_plan(conn, ada)
    save_daily(conn, ada, plan, FIRST, 3)
    pay(conn, ada, plan, at(FIRST), Decimal("250.50"), "auto_save")
    pay(conn, ada, plan, at(FIRST), 40, "withdrawal")
    pay(conn, ada, plan, at(FIRST), 7, "interest")
    pay(conn, ada, plan, at(FIRST), 1000, status="pending", completed_at=None)
    pay(conn, ada, plan, at(FIRST), 1000, status="failed", completed_at=None, failed_at=at(FIRST))
    undone = pay(conn, ada, plan, at(FIRST), 5000)
    pay(conn, ada, plan, at(FIRST), 5000, "reversal", reverses_id=undone)
    pay(conn, ada, plan, at(FIRST), 900, currency="USD")
    new_plan(conn, ada, status="completed", completed_at=at(FIRST))
    new_plan(conn, ada, status="paused")
    other = register(conn)
    pay(conn, other, new_plan(conn, other), at(FIRST), 777)
    found = figures(conn, ada, FIRST + timedelta(days=2))
    assert (found.total_saved, found.total_withdrawn, found.total_interest_earned) == (Decimal("550.50"), 40, 7)
    assert (found.total_contributions, found.active_plans, found.completed_plans) == (4, 1, 1)
    assert (found.current_streak, found.longest_streak) == (3, 3)
    assert found.last_contribution_date == FIRST + timedelta(days=2)


def test_computing_again_changes_nothing(conn, ada):
    save_daily(conn, ada, new_plan(conn, ada), FIRST, 3)
    first = figures(conn, ada, FIRST)
    assert figures(conn, ada, FIRST) == first
    assert value(conn, "SELECT count(*) FROM user_analytics WHERE user_id = %s", ada) == 1


def test_a_user_who_has_done_nothing_has_zeros(conn, ada):
    found = call(conn, "refresh_user_analytics", ada)
    assert (found.total_saved, found.current_streak, found.longest_streak, found.last_contribution_date) == (
        0,
        0,
        0,
        None,
    )


def test_figures_of_nobody_are_refused(conn, ada):
    refused(conn, "AV050", "refresh_user_analytics", UUID(int=99))


@pytest.mark.parametrize(
    ("days", "today", "current", "longest"),
    [
        ([0, 1, 2], 2, 3, 3),
        ([0, 1, 2], 3, 3, 3),
        ([0, 1, 2], 4, 0, 3),
        ([0, 1, 2, 4, 5], 5, 2, 3),
        ([0, 0, 0], 0, 1, 1),
        ([5, 3, 4], 5, 3, 3),
        ([0, 2, 4], 4, 1, 1),
    ],
)
def test_a_streak_counts_days_and_ends_with_a_gap(conn, ada, days, today, current, longest):
    plan = new_plan(conn, ada)
    for number in days:
        pay(conn, ada, plan, at(FIRST + timedelta(days=number)))
    found = figures(conn, ada, FIRST + timedelta(days=today))
    assert (found.current_streak, found.longest_streak) == (current, longest)


def test_days_of_different_plans_are_one_streak_of_the_user(conn, ada):
    for number in range(4):
        pay(conn, ada, new_plan(conn, ada), at(FIRST + timedelta(days=number)))
    assert figures(conn, ada, FIRST + timedelta(days=3)).current_streak == 4


def test_a_day_is_one_of_lagos(conn, ada):
    """23:30 UTC belongs to the next day there, so these two moments are one day and not two."""
    plan = new_plan(conn, ada)
    pay(conn, ada, plan, at(FIRST, time(23, 30)))
    pay(conn, ada, plan, at(FIRST + timedelta(days=1), time(22, 59)))
    found = figures(conn, ada, FIRST + timedelta(days=1))
    assert (found.current_streak, found.last_contribution_date) == (1, FIRST + timedelta(days=1))


# Days


def day_figures(conn, day, currency="NGN"):
    return call(conn, "upsert_daily_analytics", day, currency)


def test_a_day_has_its_figures_once_however_often_they_are_computed(conn, ada):
    conn.execute('UPDATE "user" SET created_at = %s', [at(FIRST - timedelta(days=10))])
    ben = register(conn)
    conn.execute('UPDATE "user" SET created_at = %s WHERE id = %s', [at(FIRST), ben])
    later = register(conn)
    conn.execute('UPDATE "user" SET created_at = %s WHERE id = %s', [at(FIRST + timedelta(days=1)), later])
    plan = new_plan(conn, ada, created_at=at(FIRST))
    new_plan(conn, ada, created_at=at(FIRST), status="completed", completed_at=at(FIRST))
    new_plan(conn, ada, created_at=at(FIRST), status="cancelled", cancelled_at=at(FIRST + timedelta(days=5)))
    new_plan(conn, ada, created_at=at(FIRST + timedelta(days=1)))
    pay(conn, ada, plan, at(FIRST), 100)
    pay(conn, ada, plan, at(FIRST), 50, "auto_save")
    pay(conn, ada, plan, at(FIRST), 30, "withdrawal")
    pay(conn, ada, plan, at(FIRST, time(23, 30)), 1000)
    pay(conn, ada, plan, at(FIRST - timedelta(days=1), time(23, 30)), 7)
    found = day_figures(conn, FIRST)
    assert (found.date, found.currency) == (FIRST, "NGN")
    assert (found.total_users, found.new_users, found.active_users) == (3, 1, 1)
    assert (found.total_savings_plans, found.active_savings_plans) == (3, 2)
    assert (found.total_contributions, found.total_contribution_amount) == (3, 157)
    assert (found.total_withdrawals, found.total_withdrawal_amount) == (1, 30)
    pay(conn, ben, new_plan(conn, ben, created_at=at(FIRST)), at(FIRST), 10)
    again = day_figures(conn, FIRST)
    assert (again.id, again.active_users, again.total_contribution_amount) == (found.id, 2, 167)
    assert value(conn, "SELECT count(*) FROM daily_analytics") == 1


def test_a_day_has_a_row_for_each_currency(conn, ada):
    day_figures(conn, FIRST)
    assert day_figures(conn, FIRST, "USD").total_contributions == 0
    assert value(conn, "SELECT count(*) FROM daily_analytics") == 2


@pytest.mark.parametrize("day", [None, date(2999, 1, 1)])
def test_a_day_that_has_not_come_has_no_figures(conn, ada, day):
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        day_figures(conn, day)


# Badges


def test_nobody_has_a_badge_for_nothing(conn, ada):
    assert badges(conn, ada) == set()
    assert call_rows(conn, "record_milestones", ada) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, {"first_contribution"}),
        (6, {"first_contribution"}),
        (7, {"first_contribution", "week_streak"}),
        (30, {"first_contribution", "week_streak", "month_streak", "consistent_saver"}),
        (
            90,
            {"first_contribution", "week_streak", "month_streak", "quarter_streak", "consistent_saver", "goal_reached"},
        ),
    ],
)
def test_days_in_a_row_earn_streaks(conn, ada, days, expected):
    save_daily(conn, ada, new_plan(conn, ada), FIRST, days)
    assert badges(conn, ada) == expected


def test_a_year_in_a_row_earns_the_last_streak(conn, ada):
    plan = new_plan(conn, ada, target_amount=1_000_000)
    conn.execute(
        """INSERT INTO transactions (
             user_id, plan_id, amount, type, status, payment_source, reference, created_at, completed_at
           )
           SELECT %s, %s, 100, 'auto_save', 'completed', 'wallet', 'YEAR-' || day, day, day
           FROM generate_series(timestamptz '2025-01-01 12:00+00', '2025-12-31 12:00+00', '1 day') AS day""",
        [ada, plan],
    )
    assert "year_streak" in badges(conn, ada)


def test_a_streak_badge_is_for_one_plan_and_consistency_for_all(conn, ada):
    first, second = new_plan(conn, ada), new_plan(conn, ada)
    for number in range(30):
        pay(conn, ada, (first, second)[number % 2], at(FIRST + timedelta(days=number)))
    assert badges(conn, ada) == {"first_contribution", "consistent_saver"}


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        (1, {"first_plan_completed"}),
        (5, {"first_plan_completed", "five_plans_completed"}),
        (10, {"first_plan_completed", "five_plans_completed", "ten_plans_completed"}),
    ],
)
def test_completed_plans_earn_badges(conn, ada, plans, expected):
    for _ in range(plans):
        new_plan(conn, ada, status="completed", completed_at=at(FIRST))
    assert badges(conn, ada) == expected


@pytest.mark.parametrize(("amount", "earned"), [(Decimal("99999.99"), False), (100_000, True)])
def test_a_hundred_thousand_saved_makes_a_champion(conn, ada, amount, earned):
    pay(conn, ada, new_plan(conn, ada, target_amount=1_000_000), at(FIRST), amount)
    assert ("savings_champion" in badges(conn, ada)) is earned


@pytest.mark.parametrize(
    ("moment", "badge"),
    [
        (time(7, 59, 59), "early_bird"),
        (time(8, 0), None),
        (time(19, 59, 59), None),
        (time(20, 0), "night_owl"),
        (time(23, 30), "early_bird"),
    ],
)
@pytest.mark.parametrize(("times", "type_"), [(7, "contribution"), (6, "contribution"), (7, "auto_save")])
def test_early_and_late_are_by_the_clock_of_lagos_and_seven_times_by_hand(conn, ada, moment, badge, times, type_):
    plan = new_plan(conn, ada)
    for number in range(times):
        pay(conn, ada, plan, at(FIRST + timedelta(days=2 * number), moment), type_=type_)
    earned = badges(conn, ada) & {"early_bird", "night_owl"}
    assert earned == ({badge} if badge and times == 7 and type_ == "contribution" else set())


@pytest.mark.parametrize(
    ("saved", "interest", "expected"),
    [
        (8999, 0, set()),
        (8000, 1000, {"goal_reached"}),
        (9000, 0, {"goal_reached"}),
        (9000, 1799, {"goal_reached"}),
        (9000, 1800, {"goal_reached", "goal_crusher"}),
    ],
)
def test_a_target_is_reached_with_interest_and_crushed_by_a_fifth(conn, ada, saved, interest, expected):
    plan = new_plan(conn, ada)
    pay(conn, ada, plan, at(FIRST), saved)
    if interest:
        pay(conn, ada, plan, at(FIRST), interest, "interest")
    assert badges(conn, ada) & {"goal_reached", "goal_crusher"} == expected


def test_a_badge_is_recorded_once_and_each_plan_has_its_own(conn, ada):
    for _ in range(2):
        pay(conn, ada, new_plan(conn, ada), at(FIRST), 9000)
    recorded = call_rows(conn, "record_milestones", ada)
    assert sorted(row.milestone_type for row in recorded) == ["first_contribution", "goal_reached", "goal_reached"]
    assert all(row.milestone_name and row.description for row in recorded)
    assert call_rows(conn, "record_milestones", ada) == []
    assert value(conn, "SELECT count(*) FROM savings_milestones WHERE user_id = %s", ada) == 3


def test_a_badge_stays_when_its_reason_has_gone(conn, ada):
    plan = new_plan(conn, ada)
    paid = pay(conn, ada, plan, at(FIRST))
    call_rows(conn, "record_milestones", ada)
    pay(conn, ada, plan, at(FIRST), 100, "reversal", reverses_id=paid)
    assert badges(conn, ada) == set()
    assert [row.milestone_type for row in rows(conn, "SELECT milestone_type FROM savings_milestones")] == [
        "first_contribution"
    ]


# Points


def points(conn, user_id):
    return call(conn, "get_reward_points", user_id)


def test_points_are_counted_from_their_sources(conn, ada):
    plan = new_plan(conn, ada, contribution_streak=39)
    new_plan(conn, ada, contribution_streak=20, status="completed", completed_at=at(FIRST))
    save_daily(conn, ada, plan, FIRST, 20)
    pay(conn, ada, plan, at(FIRST + timedelta(days=20)), type_="auto_save")
    call(conn, "grant_reward", ada, "points", "Welcome", "welcome", None, 40)
    found = points(conn, ada)
    assert found.contribution_points == 20
    assert found.plan_points == 100
    assert found.streak_points == 50 * (21 // 7)
    assert found.average_streak_points == 25 * (int((39 + 20) / 2) // 10)
    assert (found.milestone_points, found.reward_points) == (0, 40)
    assert found.total_points == 20 + 100 + 150 + 50 + 40


def test_a_user_without_anything_has_bronze_and_none(conn, ada):
    assert points(conn, ada) == (0, 0, 0, 0, 0, 0, 0, "bronze", 500)


@pytest.mark.parametrize(
    ("total", "tier", "next_tier_at"),
    [
        (499, "bronze", 500),
        (500, "silver", 1000),
        (999, "silver", 1000),
        (1000, "gold", 2500),
        (2500, "platinum", 5000),
        (4999, "platinum", 5000),
        (5000, "diamond", None),
        (90_000, "diamond", None),
    ],
)
def test_points_make_a_tier(conn, ada, total, tier, next_tier_at):
    call(conn, "grant_reward", ada, "points", "Gift", "gift", None, total)
    found = points(conn, ada)
    assert (found.total_points, found.tier, found.next_tier_at) == (total, tier, next_tier_at)


def test_points_that_were_redeemed_or_have_expired_no_longer_count(conn, ada):
    first = call(conn, "grant_reward", ada, "points", "Gift", "first", None, 10)
    call(conn, "grant_reward", ada, "points", "Gift", "second", None, 20)
    call(conn, "redeem_reward", ada, first)
    assert points(conn, ada).reward_points == 20
    conn.execute(
        """UPDATE rewards SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day'
           WHERE points = 20"""
    )
    assert points(conn, ada).reward_points == 0


def test_a_reader_may_look(conn, ada):
    assert call(conn, "get_reward_points", ada, role="avdaily_readonly").tier == "bronze"
    assert call_rows(conn, "list_reached_milestones", ada, role="avdaily_readonly") == []
    assert one(conn, "SELECT count(*) AS n FROM list_streaks(%s)", ada).n == 0
