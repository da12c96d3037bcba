"""Plans are opened, saved into, changed, and emptied, early with a penalty."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.schema.bank import BAD_AMOUNTS, NOON, naira

TODAY = date(2031, 3, 5)


@pytest.fixture
def user(bank):
    return bank.user(1_000_000)


@pytest.fixture
def plan(bank, user):
    return bank.plan(user)


def contribute(bank, user, plan, amount, moment=NOON):
    return bank.at(moment, "post_contribution", user, plan.id, amount, None)


# Opening -------------------------------------------------------------------------------------------------------------


def test_a_plan_runs_for_its_cycle_towards_daily_times_days(plan):
    assert (plan.status, plan.current_amount, plan.target_amount) == ("active", 0, 3000)
    assert (plan.start_date, plan.end_date) == (TODAY, TODAY + timedelta(days=30))
    assert (plan.version, plan.currency, plan.contribution_streak) == (1, "NGN", 0)


def test_a_plan_can_be_opened_by_the_application(bank, user):
    opened = bank.call("create_savings_plan", user, "Emergency", 100, 30, p_target_amount=9000)
    assert (opened.target_amount, opened.start_date) == (9000, bank.value("SELECT app_today()"))


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_none_is_refused(bank, user, plan, amount):
    bank.refused("22023", "create_savings_plan", user, "Plan", amount, 30)
    bank.refused("22023", "post_contribution", user, plan.id, amount)
    bank.refused("22023", "post_plan_withdrawal", user, plan.id, amount)
    if amount is not None:
        bank.refused("22023", "create_savings_plan", user, "Plan", 100, 30, p_target_amount=amount)
        bank.refused("22023", "update_plan_settings", user, plan.id, 1, p_daily_amount=amount)
    if amount not in (None, "0"):
        bank.refused("22023", "create_savings_plan", user, "Plan", 100, 30, p_minimum_balance=amount)
        bank.refused("22023", "update_plan_settings", user, plan.id, 1, p_minimum_balance=amount)


@pytest.mark.parametrize(("daily", "cycle"), [("9.99", 30), ("50000.01", 30), (100, 6), (100, 366)])
def test_daily_amount_and_cycle_have_bounds(bank, user, daily, cycle):
    bank.refused("AV006", "create_savings_plan", user, "Plan", daily, cycle)


def test_a_daily_amount_outside_the_bounds_is_no_setting_either(bank, user, plan):
    bank.refused("AV006", "update_plan_settings", user, plan.id, 1, p_daily_amount="50000.01")


def test_the_first_days_amount_must_be_in_the_wallet(bank):
    user = bank.user(99)
    assert bank.refused("AV001", "create_savings_plan", user, "Plan", 100, 30) == {
        "needed": "100.00",
        "available": "99.00",
    }
    bank.refused("AV002", "create_savings_plan", uuid4(), "Plan", 100, 30)


@pytest.mark.parametrize(("tier", "maximum"), [(0, 1), (1, 3), (2, 10)])
def test_a_tier_allows_so_many_open_plans(bank, tier, maximum):
    user = bank.user(1000, tier=tier)
    plans = [bank.plan(user) for _ in range(maximum)]
    assert bank.refused("AV013", "create_savings_plan", user, "Plan", 100, 30) == {
        "tier": tier, "plans": maximum, "maximum": maximum,
    }  # fmt: skip
    # A paused plan counts, a cancelled one does not.
    bank.call("pause_plan", user, plans[0].id, 1)
    bank.refused("AV013", "create_savings_plan", user, "Plan", 100, 30)
    bank.call("post_plan_cancellation", user, plans[0].id, 2)
    bank.call("create_savings_plan", user, "Plan", 100, 30)


def test_a_plan_does_not_begin_in_the_past(bank, user):
    bank.refused("22023", "create_savings_plan", user, "Plan", 100, 30, p_start_date=date(2020, 1, 1))


def test_a_key_makes_a_repeated_plan_one(bank, user):
    first = bank.call("create_savings_plan", user, "Plan", 100, 30, p_idempotency_key="plan-key-1")
    assert bank.call("create_savings_plan", user, "Plan", "100.00", 30, p_idempotency_key="plan-key-1") == first
    bank.refused("AV018", "create_savings_plan", user, "Other", 100, 30, p_idempotency_key="plan-key-1")


# Settings and states -------------------------------------------------------------------------------------------------


def test_settings_change_only_at_the_version_that_was_read(bank, user, plan):
    changed = bank.call("update_plan_settings", user, plan.id, 1, p_plan_name="New", p_auto_save_enabled=False)
    assert (changed.plan_name, changed.auto_save_enabled, changed.daily_amount, changed.version) == (
        "New",
        False,
        100,
        2,
    )
    assert bank.refused("AV012", "update_plan_settings", user, plan.id, 1, p_plan_name="Old") == {
        "plan_id": str(plan.id), "expected": 1, "actual": 2,
    }  # fmt: skip
    for function in ("pause_plan", "post_plan_cancellation"):
        bank.refused("AV012", function, user, plan.id, 1)


def test_a_plan_pauses_and_resumes(bank, user, plan):
    assert bank.call("pause_plan", user, plan.id, 1).status == "paused"
    assert bank.refused("AV011", "post_contribution", user, plan.id, 100) == {
        "plan_id": str(plan.id), "status": "paused", "needed": "active",
    }  # fmt: skip
    bank.refused("AV011", "pause_plan", user, plan.id, 2)
    assert bank.call("resume_plan", user, plan.id, 2).status == "active"
    bank.refused("AV011", "resume_plan", user, plan.id, 3)


def test_another_users_plan_is_not_found(bank, user, plan):
    other = bank.user(1000)
    for function, arguments in (
        ("post_contribution", (100,)), ("post_plan_withdrawal", (100,)), ("post_plan_cancellation", (1,)),
        ("update_plan_settings", (1,)), ("pause_plan", (1,)), ("resume_plan", (1,)), ("complete_plan", (1,)),
    ):  # fmt: skip
        assert bank.refused("AV010", function, other, plan.id, *arguments) == {"plan_id": str(plan.id)}


def test_a_suspended_user_changes_nothing(bank, user, plan):
    bank.suspend(user)
    for function, arguments in (
        ("post_contribution", (100,)), ("post_plan_withdrawal", (100,)), ("post_plan_cancellation", (1,)),
        ("update_plan_settings", (1,)), ("pause_plan", (1,)),
    ):  # fmt: skip
        assert bank.refused("AV004", function, user, plan.id, *arguments)["reason"] == "suspended"
    bank.refused("AV004", "create_savings_plan", user, "Plan", 100, 30)


def test_a_plan_is_completed_by_hand_at_its_target_or_its_end_only(bank, user):
    plan = bank.call("create_savings_plan", user, "Plan", 100, 30)
    assert bank.refused("AV014", "complete_plan", user, plan.id, 1)["target"] == "3000.00"
    bank.conn.execute(
        "UPDATE savings_plans SET start_date = app_today() - 30, end_date = app_today() WHERE id = %s", (plan.id,)
    )
    done = bank.call("complete_plan", user, plan.id, 1)
    assert done.status == "completed"
    assert done.completed_at is not None
    bank.refused("AV011", "update_plan_settings", user, plan.id, 2)


# Contributions -------------------------------------------------------------------------------------------------------


def test_a_contribution_moves_money_and_counts_a_day(bank, user, plan):
    made = contribute(bank, user, plan, 100)
    assert (made.type, made.status, made.plan_id, made.amount) == ("contribution", "completed", plan.id, 100)
    assert bank.movements(made.id) == [("wallet", "plan", Decimal(100))]
    now = bank.plan_row(plan.id)
    assert (now.current_amount, now.contribution_streak, now.total_contributions) == (100, 1, 1)
    assert now.last_contribution_on == TODAY
    assert bank.balance(user) == 999_900
    bank.assert_books_balance()


def test_the_streak_counts_days_and_a_gap_resets_it(bank, user, plan):
    streaks = []
    for hours in (0, 2, 24, 48, 96, 120):
        contribute(bank, user, plan, 100, NOON + timedelta(hours=hours))
        streaks.append(bank.plan_row(plan.id).contribution_streak)
    assert streaks == [1, 1, 2, 3, 1, 2]
    assert bank.plan_row(plan.id).total_contributions == 6


def test_the_streaks_day_is_the_one_in_lagos(bank, user, plan):
    contribute(bank, user, plan, 100, datetime(2031, 3, 5, 22, 30, tzinfo=UTC))
    contribute(bank, user, plan, 100, datetime(2031, 3, 5, 23, 30, tzinfo=UTC))
    assert bank.plan_row(plan.id).contribution_streak == 2
    assert bank.plan_row(plan.id).last_contribution_on == TODAY + timedelta(days=1)


def test_the_contribution_that_reaches_the_target_completes_the_plan(bank, user, plan):
    contribute(bank, user, plan, 2900)
    assert bank.refused_at("AV015", NOON, "post_contribution", user, plan.id, "100.01", None) == {
        "plan_id": str(plan.id), "needed": "100.01", "remaining": "100.00",
    }  # fmt: skip
    contribute(bank, user, plan, 100)
    done = bank.plan_row(plan.id)
    assert (done.status, done.completed_at) == ("completed", NOON)
    bank.refused("AV011", "post_contribution", user, plan.id, 1)


def test_a_contribution_needs_money_a_working_wallet_and_the_single_limit(bank, plan, user):
    poor = bank.user(150)
    small = bank.plan(poor)
    contribute(bank, poor, small, 100)
    assert bank.refused("AV001", "post_contribution", poor, small.id, "50.01") == {
        "needed": "50.01",
        "available": "50.00",
    }
    bank.call("freeze_wallet", poor, "court order 17/2031")
    bank.refused("AV003", "post_contribution", poor, small.id, 1)
    novice = bank.user(10_000, tier=0)
    large = bank.plan(novice, daily=1000)
    assert bank.refused("AV007", "post_contribution", novice, large.id, "2000.01")["limit"] == "kyc_single"


def test_contributions_do_not_use_up_the_daily_limit(bank):
    user = bank.user(20_000, tier=0)
    plan = bank.plan(user, daily=1000)
    for _ in range(4):
        contribute(bank, user, plan, 2000)
    assert bank.at(NOON, "post_transfer", user, bank.user(), 2000, None, None).status == "completed"


def test_a_key_makes_a_repeated_contribution_one(bank, user, plan):
    first = bank.call("post_contribution", user, plan.id, 100, "contrib-1")
    assert bank.call("post_contribution", user, plan.id, "100.0", "contrib-1") == first
    assert bank.saved(plan.id) == 100
    bank.refused("AV018", "post_contribution", user, plan.id, 101, "contrib-1")


# Withdrawals ---------------------------------------------------------------------------------------------------------


def test_an_early_withdrawal_pays_five_percent_of_what_is_withdrawn(bank, user, plan):
    contribute(bank, user, plan, 1000)
    taken = bank.at(NOON, "post_plan_withdrawal", user, plan.id, 300, None)
    assert (taken.type, taken.amount, taken.penalty_amount, taken.fee_amount) == ("withdrawal", 300, 15, 0)
    assert bank.movements(taken.id) == [("plan", "wallet", Decimal(285)), ("plan", "penalty_income", Decimal(15))]
    assert (bank.saved(plan.id), bank.balance(user), bank.house("penalty_income")) == (700, 999_285, 15)
    bank.assert_books_balance()


@pytest.mark.parametrize(
    ("amount", "penalty"),
    [("0.01", "0.00"), ("0.09", "0.00"), ("0.10", "0.01"), ("10.10", "0.51"), ("10.09", "0.50"), ("300", "15.00")],
)
def test_the_penalty_is_rounded_half_up_to_the_kobo(bank, amount, penalty):
    assert bank.call("early_withdrawal_penalty", amount) == Decimal(penalty)


def test_a_withdrawal_of_a_kobo_has_no_penalty_to_post(bank, user, plan):
    contribute(bank, user, plan, 1000)
    taken = bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.01", None)
    assert bank.movements(taken.id) == [("plan", "wallet", naira("0.01"))]


def test_many_small_withdrawals_pay_the_penalty_of_their_sum(bank, user, plan):
    contribute(bank, user, plan, 1000)
    parts = [bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.09", None) for _ in range(100)]
    assert sum(part.penalty_amount for part in parts) == bank.call("early_withdrawal_penalty", 9) == Decimal("0.45")
    rest = bank.at(NOON, "post_plan_withdrawal", user, plan.id, 991, None)
    assert rest.penalty_amount == Decimal("49.55")
    assert bank.house("penalty_income") == 50
    bank.assert_books_balance()


def test_a_kobo_may_be_all_penalty(bank, user, plan):
    contribute(bank, user, plan, 1000)
    bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.09", None)
    taken = bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.01", None)
    assert bank.movements(taken.id) == [("plan", "penalty_income", naira("0.01"))]
    assert bank.balance(user) == naira("999000.09")
    bank.assert_books_balance()


def test_a_reversed_withdrawal_counts_for_no_penalty(bank, user, plan):
    contribute(bank, user, plan, 1000)
    parts = [bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.01", None) for _ in range(50)]
    for part in parts:
        if part.penalty_amount:
            bank.call("post_reversal", user, part.id, "entered by mistake")
    # 0.47 are still withdrawn and nothing is paid for them: no part pays more than itself.
    taken = bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.01", None)
    assert taken.penalty_amount == naira("0.01")
    assert bank.at(NOON, "post_plan_withdrawal", user, plan.id, "0.52", None).penalty_amount == naira("0.04")
    bank.assert_books_balance()


def test_a_large_withdrawal_pays_half_a_percent_of_what_exceeds_100_000(bank, user):
    plan = bank.plan(user, daily=50_000, cycle=30)
    contribute(bank, user, plan, 200_000)
    taken = bank.at(NOON, "post_plan_withdrawal", user, plan.id, 150_000, None)
    assert (taken.fee_amount, taken.penalty_amount) == (250, 7500)
    assert [amount for *_, amount in bank.movements(taken.id)] == [142_250, 7500, 250]
    assert bank.call("plan_withdrawal_fee", 10**6) == 2000
    bank.assert_books_balance()


def test_after_the_end_or_completion_nothing_is_withheld(bank, user, plan):
    contribute(bank, user, plan, 1000)
    end = NOON + timedelta(days=30)
    taken = bank.at(end, "post_plan_withdrawal", user, plan.id, 300, None)
    assert (taken.penalty_amount, taken.fee_amount) == (0, 0)
    other = bank.plan(user)
    contribute(bank, user, other, 3000)
    taken = bank.at(NOON, "post_plan_withdrawal", user, other.id, 3000, None)
    assert taken.penalty_amount == 0
    assert bank.plan_row(other.id).status == "completed"


def test_the_last_evening_is_early_and_the_next_minute_in_lagos_is_not(bank, user, plan):
    contribute(bank, user, plan, 1000)
    last_minute = datetime(2031, 4, 3, 22, 59, tzinfo=UTC)
    assert bank.at(last_minute, "post_plan_withdrawal", user, plan.id, 100, None).penalty_amount == 5
    assert (
        bank.at(last_minute + timedelta(minutes=1), "post_plan_withdrawal", user, plan.id, 100, None).penalty_amount
        == 0
    )


def test_more_than_is_saved_cannot_be_withdrawn(bank, user, plan):
    contribute(bank, user, plan, 100)
    assert bank.refused("AV001", "post_plan_withdrawal", user, plan.id, "100.01") == {
        "needed": "100.01", "available": "100.00",
    }  # fmt: skip


def test_an_early_withdrawal_leaves_the_minimum(bank, user):
    plan = bank.plan(user, minimum=400)
    contribute(bank, user, plan, 1000)
    assert bank.refused_at("AV024", NOON, "post_plan_withdrawal", user, plan.id, "600.01", None) == {
        "plan_id": str(plan.id), "minimum": "400.00", "remaining": "399.99",
    }  # fmt: skip
    bank.at(NOON, "post_plan_withdrawal", user, plan.id, 600, None)
    bank.at(NOON + timedelta(days=30), "post_plan_withdrawal", user, plan.id, 400, None)


def test_a_key_makes_a_repeated_withdrawal_one(bank, user, plan):
    contribute(bank, user, plan, 1000)
    first = bank.call("post_plan_withdrawal", user, plan.id, 100, "take-key-1")
    assert bank.call("post_plan_withdrawal", user, plan.id, 100, "take-key-1") == first
    assert bank.saved(plan.id) == 900
    bank.refused("AV018", "post_plan_withdrawal", user, plan.id, 101, "take-key-1")


# Cancellation --------------------------------------------------------------------------------------------------------


def test_a_cancelled_plan_pays_all_back_less_the_penalty(bank, user, plan):
    contribute(bank, user, plan, 1000)
    cancelled = bank.at(NOON, "post_plan_cancellation", user, plan.id, 1)
    assert (cancelled.status, cancelled.current_amount, cancelled.version) == ("cancelled", 0, 2)
    assert (bank.balance(user), bank.house("penalty_income")) == (999_950, 50)
    assert bank.refused("AV011", "post_plan_cancellation", user, plan.id, 2)["status"] == "cancelled"
    bank.refused("AV011", "post_plan_withdrawal", user, plan.id, 1)
    bank.assert_books_balance()


def test_an_empty_plan_is_cancelled_without_a_transaction(bank, user, plan):
    bank.at(NOON, "post_plan_cancellation", user, plan.id, 1)
    assert bank.value("SELECT count(*) FROM transactions WHERE plan_id = %s", plan.id) == 0


def test_cancelled_at_its_end_nothing_is_withheld(bank, user, plan):
    contribute(bank, user, plan, 1000)
    bank.at(NOON + timedelta(days=30), "post_plan_cancellation", user, plan.id, 1)
    assert bank.balance(user) == 1_000_000
