"""Plans earn by the day, mature at their end, and are paid what they earned, to the kobo, once."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest

from tests.schema.bank import NOON

TODAY = date(2031, 3, 5)
RATE = Decimal("0.1000")


def after(days):
    """Return a moment shortly after midnight in Lagos, some days on."""
    return datetime(2031, 3, 5, 23, 30, tzinfo=UTC) + timedelta(days=days - 1)


def accrue(bank, day, moment=None):
    return bank.at(moment or after((day - TODAY).days + 1), "accrue_interest", day, 0, 1)


def earned(balance, rate=RATE):
    return (balance * rate / 365).quantize(Decimal("0.00000001"), ROUND_HALF_UP)


@pytest.fixture
def user(bank):
    return bank.user(1_000_000)


@pytest.fixture
def plan(bank, user):
    plan = bank.plan(user, daily=10_000, rate=RATE, cycle=10)
    bank.at(NOON, "post_contribution", user, plan.id, 12_345, None)
    return plan


def accruals(bank, plan):
    return [
        tuple(row)
        for row in bank.rows(
            "SELECT day, balance, amount FROM interest_accruals WHERE plan_id = %s ORDER BY day", plan.id
        )
    ]


def test_a_day_earns_its_balance_times_rate_by_365_once(bank, plan):
    assert accrue(bank, TODAY) == 1
    assert accrue(bank, TODAY) == 0
    assert accruals(bank, plan) == [(TODAY, 12_345, earned(Decimal(12_345)))]
    assert bank.saved(plan.id) == 12_345


def test_the_balance_is_that_at_the_end_of_the_day_however_late_the_job_runs(bank, user, plan):
    bank.at(NOON + timedelta(days=1), "post_contribution", user, plan.id, 655, None)
    bank.at(NOON + timedelta(days=2), "post_plan_withdrawal", user, plan.id, 3_000, None)
    for day in range(3):
        accrue(bank, TODAY + timedelta(days=day), moment=after(9))
    assert [balance for _, balance, _ in accruals(bank, plan)] == [12_345, 13_000, 10_000]


def test_a_movement_at_2330_utc_belongs_to_the_next_day(bank, user, plan):
    bank.at(datetime(2031, 3, 5, 23, 30, tzinfo=UTC), "post_contribution", user, plan.id, 655, None)
    accrue(bank, TODAY, moment=after(5))
    accrue(bank, TODAY + timedelta(days=1), moment=after(5))
    assert [balance for _, balance, _ in accruals(bank, plan)] == [12_345, 13_000]


def test_a_day_that_is_not_over_in_lagos_is_refused(bank, plan):
    last_minute = datetime(2031, 3, 5, 22, 59, tzinfo=UTC)
    values = bank.refused_at("AV026", last_minute, "accrue_interest", TODAY, 0, 1)
    assert values["day"] == str(TODAY)
    assert accrue(bank, TODAY, moment=last_minute + timedelta(minutes=1)) == 1
    bank.refused_at("AV026", NOON, "accrue_interest", None, 0, 1)


def test_only_plans_with_a_rate_and_a_balance_inside_their_cycle_earn(bank, user, plan):
    bank.plan(user, rate=RATE)
    without = bank.plan(user, rate=0)
    bank.at(NOON, "post_contribution", user, without.id, 100, None)
    cancelled = bank.plan(user, rate=RATE)
    bank.at(NOON, "post_contribution", user, cancelled.id, 100, None)
    bank.at(NOON, "post_plan_cancellation", user, cancelled.id, 1)
    assert accrue(bank, TODAY) == 1
    assert accrue(bank, TODAY + timedelta(days=9)) == 1
    assert accrue(bank, TODAY + timedelta(days=10)) == 0


def test_a_paused_plan_goes_on_earning(bank, user, plan):
    bank.call("pause_plan", user, plan.id, 1)
    assert accrue(bank, TODAY) == 1


def test_a_plan_matures_at_its_end_and_is_paid_rounded_down_once(bank, user, plan):
    for day in range(10):
        accrue(bank, TODAY + timedelta(days=day))
    end = TODAY + timedelta(days=10)
    assert bank.at(after(10), "mature_plans", end - timedelta(days=1), 0, 1) == 0
    assert bank.at(after(10), "mature_plans", end, 0, 1) == 1
    assert bank.at(after(10), "mature_plans", end, 0, 1) == 0
    total = 10 * earned(Decimal(12_345))
    paid = total.quantize(Decimal("0.01"), ROUND_DOWN)
    assert paid < total
    assert tuple(bank.at(after(10), "post_interests", 0, 1)) == (1, paid)
    assert tuple(bank.at(after(10), "post_interests", 0, 1)) == (0, 0)
    assert bank.saved(plan.id) == 12_345 + paid
    assert bank.house("interest_expense") == paid
    made = bank.row("SELECT * FROM transactions WHERE plan_id = %s AND type = 'interest'", plan.id)
    assert bank.movements(made.id) == [("interest_expense", "plan", paid)]
    taken = bank.at(after(10), "post_plan_withdrawal", user, plan.id, 12_345 + paid, None)
    assert taken.penalty_amount == 0
    bank.assert_books_balance()


def test_interest_below_a_kobo_is_carried_and_not_posted(bank, user):
    plan = bank.plan(user, daily=10, target=10, rate=Decimal("0.0100"))
    bank.at(NOON, "post_contribution", user, plan.id, 5, None)
    accrue(bank, TODAY)
    bank.at(NOON + timedelta(days=1), "post_contribution", user, plan.id, 5, None)
    assert tuple(bank.at(after(2), "post_interests", 0, 1)) == (0, 0)
    assert bank.value("SELECT count(*) FROM transactions WHERE type = 'interest'") == 0
    assert bank.saved(plan.id) == 10


def test_a_day_made_up_for_after_the_payment_is_paid_too(bank, plan):
    for day in range(9):
        accrue(bank, TODAY + timedelta(days=day))
    bank.at(after(10), "mature_plans", TODAY + timedelta(days=10), 0, 1)
    bank.at(after(10), "post_interests", 0, 1)
    assert accrue(bank, TODAY + timedelta(days=9), moment=after(12)) == 1
    bank.at(after(12), "post_interests", 0, 1)
    total = (10 * earned(Decimal(12_345))).quantize(Decimal("0.01"), ROUND_DOWN)
    assert bank.saved(plan.id) == 12_345 + total
    bank.assert_books_balance()


def test_a_plan_that_reaches_its_target_earns_up_to_the_day_before(bank, user):
    plan = bank.plan(user, daily=10_000, target=12_345, rate=RATE)
    bank.at(NOON, "post_contribution", user, plan.id, 12_000, None)
    bank.at(NOON + timedelta(days=1), "post_contribution", user, plan.id, 345, None)
    assert accrue(bank, TODAY) == 1
    assert accrue(bank, TODAY + timedelta(days=1)) == 0
    paid = earned(Decimal(12_000)).quantize(Decimal("0.01"), ROUND_DOWN)
    assert tuple(bank.at(after(3), "post_interests", 0, 1)) == (1, paid)


def test_maturity_cannot_be_brought_forward(bank, plan):
    bank.refused_at("AV026", NOON, "mature_plans", TODAY + timedelta(days=1), 0, 1)
    bank.refused_at("AV026", NOON, "mature_plans", None, 0, 1)


def test_the_jobs_take_parts(bank, plan):
    for function, arguments in (("accrue_interest", (TODAY,)), ("mature_plans", (TODAY,)), ("post_interests", ())):
        bank.refused_at("22023", after(1), function, *arguments, 2, 2)
    assert sum(bank.at(after(1), "accrue_interest", TODAY, part, 4) for part in range(4)) == 1


def test_the_application_runs_the_jobs(bank):
    yesterday = bank.value("SELECT app_today() - 1")
    assert bank.call("accrue_interest", yesterday) == 0
    assert bank.call("mature_plans", yesterday) == 0
    assert tuple(bank.call("post_interests")) == (0, 0)
