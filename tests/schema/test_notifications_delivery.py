"""0056: workers take due messages, each one once; planned messages become messages and come again."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.people import call, call_at, call_rows, one, open_house, refused, register, rows, value

NOBODY = UUID(int=99)
LAGOS = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE


def lagos(hour, minute=0, day=1, month=7, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - LAGOS


NOON = lagos(12)


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn):
    return register(conn)


def tell(conn, user_id, moment=NOON, type_="payment_update", channel="push"):
    return call_at(conn, moment, "create_notification", user_id, type_, channel, "Paid", "You were paid", None)


def claim(conn, moment=NOON, limit=10, lease=LEASE):
    return call_rows(conn, "claim_due_notifications_at", limit, lease, moment, role="avdaily_ledger")


def message(conn, message_id):
    return one(conn, "SELECT * FROM notifications WHERE id = %s", message_id)


def outcome(conn, message_id):
    row = message(conn, message_id)
    return row.status, row.attempts, row.failure_reason


# Claims


def test_a_worker_gets_what_is_due_the_oldest_first(conn, ada):
    late = tell(conn, ada, NOON - MINUTE)
    later = tell(conn, ada, NOON)
    tell(conn, ada, NOON + MINUTE)
    tell(conn, ada, channel="in_app")
    claimed = claim(conn)
    assert [row.id for row in claimed] == [late, later]
    assert {row.attempts for row in claimed} == {1}
    assert {row.message for row in claimed} == {"You were paid"}


def test_a_message_that_was_taken_is_not_taken_again_until_the_lease_is_over(conn, ada):
    taken = tell(conn, ada)
    assert [row.id for row in claim(conn)] == [taken]
    assert claim(conn, NOON + LEASE - timedelta(microseconds=1)) == []
    again = claim(conn, NOON + LEASE)
    assert [(row.id, row.attempts) for row in again] == [(taken, 2)]


def test_a_limit_holds(conn, ada):
    for _ in range(5):
        tell(conn, ada)
    assert [len(claim(conn, limit=2)) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize(("limit", "lease"), [(0, LEASE), (None, LEASE), (1, timedelta(0)), (1, -MINUTE), (1, None)])
def test_a_claim_for_nothing_or_for_no_time_is_refused(conn, ada, limit, lease):
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        claim(conn, limit=limit, lease=lease)


def test_quiet_hours_that_began_since_the_message_was_made_hold_it_back(conn, ada):
    held = tell(conn, ada, lagos(21, 50))
    conn.execute(
        """UPDATE notification_preferences SET quiet_hours_enabled = true, quiet_hours_start = '22:00',
             quiet_hours_end = '06:00'"""
    )
    assert claim(conn, lagos(23)) == []
    assert (message(conn, held).deliver_after, message(conn, held).attempts) == (lagos(6, day=2), 0)
    assert claim(conn, lagos(5, 59, day=2)) == []
    assert [row.id for row in claim(conn, lagos(6, day=2))] == [held]


def test_a_security_message_is_not_held_back(conn, ada):
    conn.execute(
        """UPDATE notification_preferences SET quiet_hours_enabled = true, quiet_hours_start = '22:00',
             quiet_hours_end = '06:00'"""
    )
    urgent = tell(conn, ada, lagos(23), "security")
    assert [row.id for row in claim(conn, lagos(23))] == [urgent]


def test_what_the_user_no_longer_wants_is_given_up(conn, ada):
    unwanted = tell(conn, ada)
    conn.execute("UPDATE notification_preferences SET push_payment_updates = false")
    assert claim(conn) == []
    assert outcome(conn, unwanted) == ("failed", 0, "the user no longer wants it")


def test_what_is_for_somebody_who_has_left_is_given_up(conn, ada):
    left = tell(conn, ada)
    conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', [ada])
    assert claim(conn) == []
    assert outcome(conn, left) == ("failed", 0, "the user is deactivated")


def test_what_five_workers_died_with_is_given_up(conn, ada):
    cursed = tell(conn, ada)
    moment = NOON
    for attempt in range(1, 6):
        assert [row.attempts for row in claim(conn, moment)] == [attempt]
        moment += LEASE
    assert claim(conn, moment) == []
    assert outcome(conn, cursed) == ("failed", 5, "five workers took it and none delivered it")


def test_a_message_is_sent_once(conn, ada):
    sent = tell(conn, ada)
    claim(conn)
    assert call(conn, "mark_notification_sent", ada, sent, NOON) is True
    assert message(conn, sent).status == "sent"
    assert message(conn, sent).sent_at is not None
    assert call(conn, "mark_notification_sent", ada, sent, NOON) is False
    assert call(conn, "mark_notification_failed", ada, sent, NOON, "too late") is None
    assert claim(conn, NOON + 10 * LEASE) == []


def test_a_failed_attempt_is_made_again_after_one_two_four_and_eight_minutes(conn, ada):
    unlucky = tell(conn, ada)
    moment = NOON
    for attempt, minutes in enumerate([1, 2, 4, 8], start=1):
        assert [row.attempts for row in claim(conn, moment)] == [attempt]
        assert call_at(conn, moment, "mark_notification_failed", ada, unlucky, NOON, "no such device") == "pending"
        moment += minutes * MINUTE
        assert message(conn, unlucky).deliver_after == moment
    claim(conn, moment)
    assert call_at(conn, moment, "mark_notification_failed", ada, unlucky, NOON, "no such device") == "failed"
    assert outcome(conn, unlucky) == ("failed", 5, "no such device")


def test_nobody_marks_anothers_message(conn, ada):
    taken = tell(conn, ada)
    claim(conn)
    ben = register(conn)
    assert call(conn, "mark_notification_sent", ben, taken, NOON) is False
    assert call(conn, "mark_notification_failed", ben, taken, NOON, "x") is None
    assert call(conn, "mark_notification_sent", ada, taken, NOON + MINUTE) is False
    assert message(conn, taken).status == "pending"


def test_parallel_workers_share_the_messages_and_none_gets_the_same(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        people = [register(conn) for _ in range(4)]
        made = {tell(conn, user_id) for user_id, _ in itertools.product(people, range(50))}
    start = threading.Barrier(6)

    def work(_):
        taken = []
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            start.wait()
            while found := claim(conn, limit=7):
                taken += [row.id for row in found]
        return taken

    with ThreadPoolExecutor(6) as pool:
        shares = list(pool.map(work, range(6)))
    taken = [message_id for share in shares for message_id in share]
    assert len(taken) == len(made) == 200
    assert set(taken) == made


def test_two_open_claims_are_disjoint_and_neither_waits(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        ada = register(conn)
        made = {tell(conn, ada) for _ in range(10)}
    with (
        psycopg.connect(migrated_url) as first,
        psycopg.connect(migrated_url) as second,
        first.transaction(),
        second.transaction(),
    ):
        second.execute("SET LOCAL lock_timeout = '1s'")
        one_half = {row.id for row in claim(first, limit=5)}
        other_half = {row.id for row in claim(second, limit=10)}
    assert len(one_half) == len(other_half) == 5
    assert one_half | other_half == made


def test_what_a_killed_worker_had_is_taken_by_the_next(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        taken = tell(conn, register(conn))
        worker = psycopg.connect(migrated_url)
        worker.execute("BEGIN")
        assert len(claim(worker)) == 1
        conn.execute("SELECT pg_terminate_backend(%s, 20000)", [worker.info.backend_pid])
        worker.close()
        assert [(row.id, row.attempts) for row in claim(conn)] == [(taken, 1)]


# Plans


def plan(conn, user_id, moment, pattern=None, type_="weekly_report", channel="email"):
    return call(conn, "schedule_notification", user_id, type_, channel, "Report", "Your week", moment, pattern)


def planned(conn, plan_id):
    return one(conn, "SELECT * FROM scheduled_notifications WHERE id = %s", plan_id)


def post(conn, moment, limit=100):
    return call_at(conn, moment, "post_scheduled_notifications", limit)


def told(conn, user_id):
    return rows(conn, "SELECT * FROM notifications WHERE user_id = %s ORDER BY created_at", user_id)


def test_a_plan_becomes_one_message_when_its_time_has_come(conn, ada):
    once = plan(conn, ada, NOON)
    assert post(conn, NOON - timedelta(microseconds=1)) == 0
    assert post(conn, NOON) == 1
    assert post(conn, NOON + 100 * MINUTE) == 0
    assert (planned(conn, once).status, planned(conn, once).sent_at) == ("sent", NOON)
    made = told(conn, ada)
    assert [(row.title, row.message, row.channel, row.status, row.created_at) for row in made] == [
        ("Report", "Your week", "email", "pending", NOON)
    ]


@pytest.mark.parametrize(
    ("pattern", "first", "posted", "following"),
    [
        ("daily", lagos(12), lagos(12), lagos(12, day=2)),
        ("daily", lagos(12), lagos(18, day=3), lagos(12, day=4)),
        ("weekly", lagos(12), lagos(12), lagos(12, day=8)),
        ("weekly", lagos(12), lagos(11, day=8), lagos(12, day=8)),
        ("weekly", lagos(12), lagos(12, day=8), lagos(12, day=15)),
        ("monthly", lagos(12), lagos(12), lagos(12, month=8)),
        ("monthly", lagos(12, day=31, month=1), lagos(12, day=31, month=1), lagos(12, day=28, month=2)),
        ("monthly", lagos(12, day=31, month=1), lagos(12, day=28, month=2), lagos(12, day=31, month=3)),
        ("monthly", lagos(12, day=31, month=12), lagos(12, day=31, month=12), lagos(12, day=31, month=1, year=2027)),
        # Half past midnight in Lagos is still the day before in UTC.
        ("monthly", lagos(0, 30, day=1), lagos(0, 30, day=1), lagos(0, 30, month=8)),
        ("daily", lagos(0, 30), lagos(0, 40), lagos(0, 30, day=2)),
    ],
)
def test_a_recurring_plan_comes_again_in_the_time_of_lagos(conn, ada, pattern, first, posted, following):
    again = plan(conn, ada, first, pattern)
    assert post(conn, posted) == 1
    row = planned(conn, again)
    assert (row.status, row.scheduled_for, row.first_scheduled_for, row.sent_at) == (
        "pending",
        following,
        first,
        posted,
    )


def test_what_was_missed_for_days_becomes_one_message(conn, ada):
    plan(conn, ada, NOON, "daily")
    assert post(conn, lagos(13, day=9)) == 1
    assert post(conn, lagos(13, day=9)) == 0
    assert len(told(conn, ada)) == 1
    assert post(conn, lagos(12, day=10)) == 1


def test_a_cancelled_plan_does_not_come(conn, ada):
    cancelled = plan(conn, ada, NOON, "daily")
    assert call(conn, "cancel_scheduled_notification", register(conn), cancelled) is False
    assert call(conn, "cancel_scheduled_notification", ada, cancelled) is True
    assert call(conn, "cancel_scheduled_notification", ada, cancelled) is False
    assert post(conn, NOON) == 0
    assert planned(conn, cancelled).status == "cancelled"


def test_a_plan_for_somebody_who_has_left_is_cancelled(conn, ada):
    left = plan(conn, ada, NOON, "daily")
    conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', [ada])
    assert post(conn, NOON) == 1
    assert planned(conn, left).status == "cancelled"
    assert told(conn, ada) == []
    refused(conn, "AV051", "schedule_notification", ada, "security", "push", "t", "m", NOON)
    refused(conn, "AV050", "schedule_notification", NOBODY, "security", "push", "t", "m", NOON)


def test_a_plan_for_what_the_user_does_not_want_makes_no_message(conn, ada):
    plan(conn, ada, NOON, channel="sms")
    assert post(conn, NOON) == 1
    assert told(conn, ada) == []


@pytest.mark.parametrize(
    ("moment", "pattern", "constraint"),
    [
        ("infinity", None, "scheduled_notifications_scheduled_for_finite_check"),
        (NOON, "hourly", "scheduled_notifications_pattern_values_check"),
    ],
)
def test_a_bad_plan_is_refused_by_the_rules_name(conn, ada, moment, pattern, constraint):
    diagnostics = refused(
        conn, "23514", "schedule_notification", ada, "weekly_report", "email", "t", "m", moment, pattern
    )
    assert diagnostics.constraint_name == constraint


def test_a_limit_of_plans_holds_and_the_oldest_come_first(conn, ada):
    plans = [plan(conn, ada, NOON - number * MINUTE) for number in range(3)]
    assert [post(conn, NOON, 2), post(conn, NOON, 2), post(conn, NOON, 2)] == [2, 1, 0]
    assert {planned(conn, plan_id).status for plan_id in plans} == {"sent"}


def test_of_parallel_posters_each_plan_is_posted_by_one(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        ada = register(conn)
        for _ in range(60):
            plan(conn, ada, NOON, "daily")
    start = threading.Barrier(4)

    def work(_):
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            start.wait()
            posted = 0
            while count := post(conn, NOON, 7):
                posted += count
            return posted

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 60
    with psycopg.connect(migrated_url) as conn:
        assert value(conn, "SELECT count(*) FROM notifications") == 60
        assert value(conn, "SELECT DISTINCT scheduled_for FROM scheduled_notifications") == lagos(12, day=2)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=moments, after=moments, pattern=st.sampled_from(["daily", "weekly", "monthly"]))
def test_the_next_time_is_after_now_and_not_a_step_too_far(conn, first, after, pattern):
    found = value(conn, "SELECT next_occurrence(%s, %s, %s)", first, pattern, after)
    if after < first:
        assert found == first
        return
    step = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=31)}[pattern]
    assert after < found <= after + step
    local_first, local = first + LAGOS, found + LAGOS
    assert local.time() == local_first.time()
    if pattern == "weekly":
        assert local.weekday() == local_first.weekday()
    if pattern == "monthly":
        end_of_month = (local.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert local.day == min(local_first.day, end_of_month.day)


def test_the_application_calls_all_of_them_without_a_clock(conn, ada):
    plan(conn, ada, datetime.now(UTC) - MINUTE)
    assert call(conn, "post_scheduled_notifications") == 1
    (claimed,) = call_rows(conn, "claim_due_notifications")
    assert call(conn, "mark_notification_failed", ada, claimed.id, claimed.created_at, "refused") == "pending"
    assert call(conn, "mark_notification_sent", ada, claimed.id, claimed.created_at) is True
