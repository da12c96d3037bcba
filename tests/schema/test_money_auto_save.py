"""The auto-saves of a day: once a plan and day, for each part of the users, whatever happens in between."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.schema.bank import NOON

TODAY = date(2031, 3, 5)


def run(bank, day=TODAY, part=0, parts=1, moment=NOON):
    return tuple(bank.at(moment, "post_auto_saves", day, part, parts))


def outcomes(bank, plan):
    return [
        tuple(row)
        for row in bank.rows(
            "SELECT day, amount, outcome FROM auto_save_attempts WHERE plan_id = %s ORDER BY day", plan.id
        )
    ]


@pytest.fixture(autouse=True)
def no_other_plans(bank):
    assert bank.value("SELECT count(*) FROM savings_plans") == 0


def test_each_due_plan_saves_its_daily_amount_once_a_day(bank):
    users = [bank.user(1000) for _ in range(3)]
    plans = [bank.plan(user, daily=100 * (number + 1)) for number, user in enumerate(users)]
    assert run(bank) == (3, 600, 0)
    assert run(bank) == (0, 0, 0)
    assert [bank.saved(plan.id) for plan in plans] == [100, 200, 300]
    assert [bank.balance(user) for user in users] == [900, 800, 700]
    assert outcomes(bank, plans[0]) == [(TODAY, 100, "saved")]
    saved = bank.row("SELECT * FROM transactions WHERE plan_id = %s", plans[0].id)
    assert (saved.type, saved.status, saved.amount) == ("auto_save", "completed", 100)
    assert saved.reference == f"ASV-{users[0]}-{plans[0].id}-20310305"
    assert bank.movements(saved.id) == [("wallet", "plan", Decimal(100))]
    bank.assert_books_balance()


def test_the_next_day_saves_again_and_the_streak_grows(bank):
    user = bank.user(1000)
    plan = bank.plan(user)
    for days in (0, 1, 3):
        run(bank, TODAY + timedelta(days=days), moment=NOON + timedelta(days=days))
    now = bank.plan_row(plan.id)
    assert (now.current_amount, now.contribution_streak, now.total_contributions) == (300, 1, 3)
    # The day that was missed is made up for afterwards: a day of the past begins no streak and breaks none.
    run(bank, TODAY + timedelta(days=2), moment=NOON + timedelta(days=3))
    assert bank.plan_row(plan.id).current_amount == 400
    assert bank.plan_row(plan.id).last_contribution_on == TODAY + timedelta(days=3)


def test_a_plan_is_due_from_its_time_of_day_in_lagos(bank):
    user = bank.user(1000)
    plan = bank.plan(user, moment=datetime(2031, 3, 5, 1, tzinfo=UTC), time="18:30")
    before = datetime(2031, 3, 5, 17, 29, tzinfo=UTC)
    assert run(bank, moment=before) == (0, 0, 0)
    assert outcomes(bank, plan) == []
    assert run(bank, moment=before + timedelta(minutes=1)) == (1, 100, 0)


def test_nobody_who_cannot_pay_stops_the_others(bank):
    rich, poor, frozen, suspended = (bank.user(funds) for funds in (1000, 100, 1000, 1000))
    plans = {user: bank.plan(user) for user in (rich, poor, frozen, suspended)}
    bank.at(NOON, "post_transfer", poor, rich, "0.01", None, None)
    bank.call("freeze_wallet", frozen, "court order 17/2031")
    bank.suspend(suspended)
    assert run(bank) == (1, 100, 3)
    assert [outcomes(bank, plan)[0][2] for plan in plans.values()] == [
        "saved", "insufficient_funds", "wallet_frozen", "user_inactive",
    ]  # fmt: skip
    assert bank.balance(poor) == Decimal("99.99")
    # One attempt a day: money that comes later is for the owner to save.
    bank.call("post_deposit", poor, 500, "cash", "paystack", "late")
    assert run(bank) == (0, 0, 0)
    bank.assert_books_balance()


def test_who_owes_after_a_chargeback_saves_nothing(bank):
    user = bank.user(200)
    plan = bank.plan(user)
    funded = bank.call("post_deposit", user, 500, "debit_card", "paystack", "card")
    other = bank.user()
    bank.call("post_transfer", user, other, 500)
    bank.call("post_chargeback", user, funded.id, "stolen card")
    assert run(bank) == (0, 0, 1)
    assert outcomes(bank, plan)[0][2] == "debt_outstanding"


def test_of_several_plans_the_smallest_amounts_are_saved_first(bank):
    user = bank.user(350)
    large, middle, small = (bank.plan(user, daily=daily) for daily in (200, 150, 100))
    assert run(bank) == (2, 250, 1)
    assert [bank.saved(plan.id) for plan in (large, middle, small)] == [0, 150, 100]
    assert outcomes(bank, large)[0][2] == "insufficient_funds"
    assert bank.balance(user) == 100
    bank.assert_books_balance()


def test_the_last_auto_save_takes_what_is_missing_and_completes_the_plan(bank):
    user = bank.user(1000)
    plan = bank.plan(user, target=250)
    bank.at(NOON, "post_contribution", user, plan.id, 200, None)
    assert run(bank) == (1, 50, 0)
    done = bank.plan_row(plan.id)
    assert (done.status, done.current_amount, done.completed_at) == ("completed", 250, NOON)
    assert run(bank, TODAY + timedelta(days=1), moment=NOON + timedelta(days=1)) == (0, 0, 0)


def test_only_active_plans_with_auto_save_inside_their_cycle_are_due(bank):
    user = bank.user(10_000)
    bank.plan(user, auto=False)
    paused = bank.plan(user)
    bank.call("pause_plan", user, paused.id, 1)
    cancelled = bank.plan(user)
    bank.call("post_plan_cancellation", user, cancelled.id, 1)
    bank.plan(user, start=TODAY + timedelta(days=1))
    assert run(bank) == (0, 0, 0)
    tomorrow = NOON + timedelta(days=1)
    assert run(bank, TODAY + timedelta(days=1), moment=tomorrow) == (1, 100, 0)
    last = NOON + timedelta(days=30)
    assert run(bank, TODAY + timedelta(days=30), moment=last) == (1, 100, 0)
    assert run(bank, TODAY + timedelta(days=31), moment=last + timedelta(days=1)) == (0, 0, 0)


def test_a_tier_does_not_limit_auto_saves(bank):
    user = bank.user(10_000, tier=0)
    bank.plan(user, daily=5000)
    assert run(bank) == (1, 5000, 0)


def test_parts_cover_all_users_and_none_twice(bank):
    for _ in range(12):
        user = bank.user(1000)
        bank.plan(user)
    parts = [run(bank, part=part, parts=5)[0] for part in range(5)]
    assert sum(parts) == 12
    assert run(bank) == (0, 0, 0)


def test_the_parts_of_any_number_are_a_partition(bank):
    for parts in (1, 2, 3, 7, 16, 255, 256):
        ranges = [
            bank.row("SELECT lower(r), upper(r) FROM part_range(%s, %s) AS r", part, parts) for part in range(parts)
        ]
        assert [high for _, high in ranges] == [low for low, _ in ranges[1:]] + [256]
        assert ranges[0][0] == 0
    assert bank.value("SELECT user_part(%s)", UUID("00000000-0000-7000-8000-0000000000ff")) == 255


@pytest.mark.parametrize(("part", "parts"), [(0, 0), (1, 1), (-1, 4), (4, 4), (0, 257), (None, 1), (0, None)])
def test_a_part_that_is_none_is_refused(bank, part, parts):
    bank.refused_at("22023", NOON, "post_auto_saves", TODAY, part, parts)


@pytest.mark.parametrize("days", [1, -8])
def test_only_the_days_of_a_week_can_be_run(bank, days):
    values = bank.refused_at("AV026", NOON, "post_auto_saves", TODAY + timedelta(days=days), 0, 1)
    assert values == {"day": str(TODAY + timedelta(days=days)), "today": str(TODAY)}
    bank.refused_at("AV026", NOON, "post_auto_saves", None, 0, 1)


def test_the_application_runs_today(bank):
    user = bank.user(1000, moment=bank.value("SELECT now()"))
    bank.plan(user, moment=bank.value("SELECT now()"), time="00:00")
    assert tuple(bank.call("post_auto_saves", bank.value("SELECT app_today()"))) == (1, 100, 0)


def test_a_lost_attempt_row_does_not_make_a_second_debit_possible(bank):
    user = bank.user(1000)
    bank.plan(user)
    run(bank)
    bank.conn.execute("ALTER TABLE auto_save_attempts DISABLE TRIGGER auto_save_attempts_refuse_change")
    bank.conn.execute("DELETE FROM auto_save_attempts")
    assert (
        bank.refused_at("23505", NOON, "post_auto_saves", TODAY, 0, 1).constraint_name == "transactions_reference_key"
    )
    assert bank.balance(user) == 900


def test_a_day_that_statistics_do_not_know_is_looked_up_by_its_key(bank):
    """A join planned for one row of the new day would read all of it again for each plan."""
    user = bank.user(1000)
    with bank.role("avdaily_ledger"):
        bank.conn.execute(
            """WITH account AS (
                 INSERT INTO ledger_accounts (kind, normal_side)
                 SELECT 'plan', 'credit' FROM generate_series(1, 500) RETURNING id
               ), plan AS (
                 INSERT INTO savings_plans (
                   user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, start_date, end_date,
                   auto_save_enabled, auto_save_time
                 )
                 SELECT %s, id, 'Plan', 100, 30, 3000, %s, %s, true, '00:00' FROM account RETURNING id
               )
               INSERT INTO auto_save_attempts (user_id, plan_id, day, amount, outcome)
               SELECT %s, id, %s::date - days, 100, 'saved' FROM plan, generate_series(1, 20) AS days""",
            (user, TODAY - timedelta(days=20), TODAY + timedelta(days=10), user, TODAY),
        )
    for table in ("auto_save_attempts", "savings_plans"):
        bank.conn.execute(f"ANALYZE {table}")
    # By the table that the search path finds: the tests of a second schema have two of the name.
    seen = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = 'auto_save_attempts'::regclass"
    before = bank.value(seen)
    assert run(bank) == (10, 1000, 490)
    assert run(bank) == (0, 0, 0)
    assert bank.value(seen) == before


# What was not asked for is not made up for ---------------------------------------------------------------------------


@pytest.fixture
def old_plan(bank):
    """A plan that began five days ago, by the real calendar: settings are changed now."""
    user = bank.user(10_000)
    plan = bank.call("create_savings_plan", user, "Plan", 100, 30)
    bank.conn.execute(
        "UPDATE savings_plans SET start_date = app_today() - 5, auto_save_time = '00:00' WHERE id = %s", (plan.id,)
    )
    return plan


def catch_up(bank):
    """Return the days before today that auto-save makes up for."""
    today, now = bank.row("SELECT app_today(), now()")
    return [days for days in range(6) if run(bank, today - timedelta(days=days), moment=now)[0]]


def test_catching_up_begins_on_the_day_auto_save_was_switched_on(bank, old_plan):
    assert catch_up(bank) == []
    bank.call("update_plan_settings", old_plan.user_id, old_plan.id, 1, p_auto_save_enabled=True)
    assert catch_up(bank) == [0]


def test_a_plan_that_always_had_auto_save_catches_up_from_its_start(bank, old_plan):
    bank.conn.execute("UPDATE savings_plans SET auto_save_enabled = true WHERE id = %s", (old_plan.id,))
    # Other settings, and switching on what is on, leave its days alone.
    bank.call("update_plan_settings", old_plan.user_id, old_plan.id, 1, p_auto_save_enabled=True, p_plan_name="New")
    assert catch_up(bank) == [0, 1, 2, 3, 4, 5]


def test_the_days_of_a_pause_are_not_saved_afterwards(bank, old_plan):
    bank.conn.execute("UPDATE savings_plans SET auto_save_enabled = true WHERE id = %s", (old_plan.id,))
    bank.call("pause_plan", old_plan.user_id, old_plan.id, 1)
    bank.call("resume_plan", old_plan.user_id, old_plan.id, 2)
    assert catch_up(bank) == [0]
