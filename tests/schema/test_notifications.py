"""0055: a message is made if the user wants it and goes out when they may be disturbed; devices change hands."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.schema.people import (
    acting_as,
    call,
    call_at,
    insert,
    new_plan,
    one,
    open_house,
    refused,
    register,
    rows,
    value,
)

NOBODY = UUID(int=99)
LAGOS = timedelta(hours=1)
TYPES = [
    "contribution_reminder", "milestone", "group_activity", "payment_update", "auto_save_failed", "weekly_report",
    "kyc_update", "security",
]  # fmt: skip
CHANNELS = ["push", "sms", "email", "in_app"]


def lagos(hour, minute=0, second=0, day=1):
    return datetime(2026, 7, day, hour, minute, second, tzinfo=UTC) - LAGOS


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn):
    return register(conn)


def wish(conn, user_id, **values):
    assignments = ", ".join(f"{column} = %({column})s" for column in values)
    with acting_as(conn, "avdaily_app"):
        conn.execute(
            f"UPDATE notification_preferences SET {assignments}, updated_at = now() WHERE user_id = %(user_id)s",
            values | {"user_id": user_id},
        )


def tell(conn, user_id, channel="push", type_="payment_update", moment=None):
    moment = moment or lagos(12)
    return call_at(
        conn, moment, "create_notification", user_id, type_, channel, "Paid", "You were paid", Jsonb({"a": 1})
    )


def message(conn, message_id):
    return one(conn, "SELECT * FROM notifications WHERE id = %s", message_id)


def test_a_message_waits_for_a_worker(conn, ada):
    made = message(conn, tell(conn, ada))
    assert (made.user_id, made.type, made.channel, made.title, made.message, made.data) == (
        ada,
        "payment_update",
        "push",
        "Paid",
        "You were paid",
        {"a": 1},
    )
    assert (made.status, made.deliver_after, made.created_at, made.is_read) == ("pending", lagos(12), lagos(12), False)


def test_a_message_inside_the_application_needs_no_worker(conn, ada):
    made = message(conn, tell(conn, ada, "in_app"))
    assert (made.status, made.sent_at) == ("sent", lagos(12))


@pytest.mark.parametrize(
    ("column", "channel", "types"),
    [
        ("push_enabled", "push", set(TYPES) - {"security"}),
        ("push_contribution_reminders", "push", {"contribution_reminder"}),
        ("push_milestones", "push", {"milestone"}),
        ("push_group_activity", "push", {"group_activity"}),
        ("push_payment_updates", "push", {"payment_update", "auto_save_failed"}),
        ("sms_enabled", "sms", set(TYPES) - {"security"}),
        ("sms_contribution_reminders", "sms", {"contribution_reminder"}),
        ("sms_milestones", "sms", {"milestone"}),
        ("sms_payment_updates", "sms", {"payment_update", "auto_save_failed"}),
        ("email_enabled", "email", set(TYPES) - {"security"}),
        ("email_weekly_report", "email", {"weekly_report"}),
        ("email_milestones", "email", {"milestone"}),
        ("email_group_activity", "email", {"group_activity"}),
        ("email_payment_updates", "email", {"payment_update", "auto_save_failed"}),
    ],
)
def test_each_wish_stops_its_own_messages_and_no_other(conn, ada, column, channel, types):
    every = {
        row.attname: True
        for row in rows(
            conn,
            """SELECT attname FROM pg_attribute WHERE attrelid = 'notification_preferences'::regclass
               AND attname ~ '^(push|sms|email)_'""",
        )
    }
    assert column in every
    wish(conn, ada, **(every | {column: False}))
    stopped = {(other, type_) for other in CHANNELS for type_ in TYPES if tell(conn, ada, other, type_) is None}
    assert stopped == {(channel, type_) for type_ in types}


def test_by_default_there_is_no_sms_but_for_security(conn, ada):
    assert [type_ for type_ in TYPES if tell(conn, ada, "sms", type_) is not None] == ["security"]
    assert value(conn, "SELECT count(*) FROM notifications") == 1


def test_a_user_without_preferences_gets_the_defaults(conn, ada):
    conn.execute("DELETE FROM notification_preferences")
    assert tell(conn, ada) is not None
    assert tell(conn, ada, "sms") is None
    assert value(conn, "SELECT count(*) FROM notification_preferences WHERE user_id = %s", ada) == 1


def test_nobody_unknown_or_deactivated_is_told_anything(conn, ada):
    refused(conn, "AV050", "create_notification", NOBODY, "security", "push", "t", "m")
    conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', [ada])
    refused(conn, "AV051", "create_notification", ada, "security", "push", "t", "m")
    assert rows(conn, "SELECT FROM notifications") == []


@pytest.mark.parametrize(
    ("arguments", "constraint"),
    [
        (["gossip", "push", "t", "m"], "notifications_type_values_check"),
        (["security", "pigeon", "t", "m"], "notifications_channel_values_check"),
        (["security", "push", "", "m"], "notifications_title_length_check"),
        (["security", "push", "t", ""], "notifications_message_length_check"),
    ],
)
def test_a_bad_message_is_refused_by_the_rules_name(conn, ada, arguments, constraint):
    assert refused(conn, "23514", "create_notification", ada, *arguments).constraint_name == constraint


# Quiet hours


@pytest.mark.parametrize(
    ("moment", "deliverable"),
    [
        (lagos(21, 59, 59), lagos(21, 59, 59)),
        (lagos(22), lagos(6, day=2)),
        (lagos(23, 30), lagos(6, day=2)),
        (lagos(0, 0, day=2), lagos(6, day=2)),
        (lagos(5, 59, 59, day=2), lagos(6, day=2)),
        (lagos(6, day=2), lagos(6, day=2)),
        (lagos(12), lagos(12)),
    ],
)
def test_quiet_hours_over_midnight_end_on_the_right_day(conn, ada, moment, deliverable):
    wish(conn, ada, quiet_hours_enabled=True, quiet_hours_start="22:00", quiet_hours_end="06:00")
    assert message(conn, tell(conn, ada, moment=moment)).deliver_after == deliverable


@pytest.mark.parametrize(
    ("moment", "deliverable"),
    [
        (lagos(12, 59), lagos(12, 59)),
        (lagos(13), lagos(15)),
        (lagos(14, 59, 59), lagos(15)),
        (lagos(15), lagos(15)),
        (lagos(0), lagos(0)),
    ],
)
def test_quiet_hours_within_a_day_end_on_that_day(conn, ada, moment, deliverable):
    wish(conn, ada, quiet_hours_enabled=True, quiet_hours_start="13:00", quiet_hours_end="15:00")
    assert message(conn, tell(conn, ada, moment=moment)).deliver_after == deliverable


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_quiet_hours_are_hours_of_lagos_whatever_the_sessions_zone(conn, ada, zone):
    conn.execute(f"SET LOCAL timezone = '{zone}'")
    wish(conn, ada, quiet_hours_enabled=True, quiet_hours_start="22:00", quiet_hours_end="06:00")
    assert message(conn, tell(conn, ada, moment=lagos(23, 30))).deliver_after == lagos(6, day=2)


@pytest.mark.parametrize("column", ["quiet_hours_start", "quiet_hours_end"])
def test_midnight_is_the_hour_0_and_not_24(conn, ada, column):
    hours = {"quiet_hours_start": "22:00", "quiet_hours_end": "06:00"}
    with pytest.raises(psycopg.errors.CheckViolation) as caught, conn.transaction():
        wish(conn, ada, **hours | {column: "24:00"})
    assert caught.value.diag.constraint_name == "time_of_day_before_midnight_check"
    wish(conn, ada, **hours | {column: "00:00"})


@pytest.mark.parametrize(("channel", "type_"), [("push", "security"), ("in_app", "payment_update")])
def test_security_and_the_application_itself_know_no_quiet_hours(conn, ada, channel, type_):
    wish(conn, ada, quiet_hours_enabled=True, quiet_hours_start="22:00", quiet_hours_end="06:00")
    assert message(conn, tell(conn, ada, channel, type_, lagos(23))).deliver_after == lagos(23)


def test_quiet_hours_that_are_switched_off_do_not_count(conn, ada):
    wish(conn, ada, quiet_hours_enabled=False, quiet_hours_start="22:00", quiet_hours_end="06:00")
    assert message(conn, tell(conn, ada, moment=lagos(23))).deliver_after == lagos(23)


minutes = st.integers(0, 24 * 60 - 1).map(lambda number: time(number // 60, number % 60))


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=minutes, end=minutes, moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_quiet_hours_hold_for_every_minute(conn, start, end, moment):
    """A minute walked hand over hand: quiet until the first moment that is not."""
    moment = moment.replace(microsecond=0)

    def is_quiet(at):
        return start <= at.time() < end if start < end else at.time() >= start or at.time() < end

    expected = None
    if start != end and is_quiet(moment):
        expected = datetime.combine(moment.date(), end)
        if expected <= moment:
            expected += timedelta(days=1)
    found = value(conn, "SELECT quiet_until(%s, %s, %s)", start, end, (moment - LAGOS).replace(tzinfo=UTC))
    assert found == (expected and (expected - LAGOS).replace(tzinfo=UTC))


# Reading


def test_reading_a_message_counts_the_first_time(conn, ada):
    message_id = tell(conn, ada)
    created_at = message(conn, message_id).created_at
    assert call(conn, "mark_notification_read", ada, message_id, created_at) is True
    first = message(conn, message_id).read_at
    assert (first is not None, message(conn, message_id).is_read) == (True, True)
    conn.execute("UPDATE notifications SET read_at = read_at - interval '1 hour' WHERE id = %s", [message_id])
    assert call(conn, "mark_notification_read", ada, message_id, created_at) is True
    assert message(conn, message_id).read_at == first - timedelta(hours=1)


def test_nobody_reads_anothers_messages(conn, ada):
    message_id = tell(conn, ada)
    ben = register(conn)
    assert call(conn, "mark_notification_read", ben, message_id, lagos(12)) is False
    assert call(conn, "mark_notification_read", ada, message_id, lagos(13)) is False
    assert call(conn, "mark_notification_read", ada, NOBODY, lagos(12)) is False
    assert message(conn, message_id).read_at is None


def test_everything_can_be_read_at_once(conn, ada):
    ben = register(conn)
    for channel in ("push", "email", "in_app"):
        tell(conn, ada, channel)
    other = tell(conn, ben)
    assert call(conn, "mark_all_notifications_read", ada) == 3
    assert call(conn, "mark_all_notifications_read", ada) == 0
    assert message(conn, other).read_at is None


# Devices

TOKEN = "token of a phone"


def devices(conn, user_id):
    return [row.token for row in rows(conn, "SELECT token FROM push_tokens WHERE user_id = %s AND is_active", user_id)]


def test_a_device_belongs_to_whoever_signed_in_last(conn, ada):
    ben = register(conn)
    first = call(conn, "register_push_token", ada, TOKEN, "ios", "d1", "Phone of Ada")
    assert devices(conn, ada) == [TOKEN]
    assert call(conn, "register_push_token", ben, TOKEN, "ios", "d1", "Phone of Ben") == first
    assert (devices(conn, ada), devices(conn, ben)) == ([], [TOKEN])
    assert value(conn, "SELECT device_name FROM push_tokens WHERE token = %s", TOKEN) == "Phone of Ben"


def test_a_device_that_was_signed_out_comes_back(conn, ada):
    call(conn, "register_push_token", ada, TOKEN, "android")
    assert call(conn, "deactivate_push_token", ada, TOKEN) is True
    assert call(conn, "deactivate_push_token", ada, TOKEN) is False
    assert devices(conn, ada) == []
    call(conn, "register_push_token", ada, TOKEN, "android")
    assert devices(conn, ada) == [TOKEN]


def test_nobody_signs_out_anothers_device(conn, ada):
    call(conn, "register_push_token", ada, TOKEN, "web")
    assert call(conn, "deactivate_push_token", register(conn), TOKEN) is False
    assert devices(conn, ada) == [TOKEN]


def test_who_may_not_act_registers_no_device(conn, ada):
    refused(conn, "AV050", "register_push_token", NOBODY, TOKEN, "ios")
    conn.execute(
        """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"""
        " WHERE id = %s",
        [ada],
    )
    refused(conn, "AV052", "register_push_token", ada, TOKEN, "ios")
    assert devices(conn, ada) == []


def test_a_device_that_many_sign_in_on_at_once_has_one_owner(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        people = [register(conn) for _ in range(6)]
    start = threading.Barrier(6)

    def attempt(user_id):
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            return call(conn, "register_push_token", user_id, TOKEN, "ios")

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(attempt, people))) == 1
    with psycopg.connect(migrated_url) as conn:
        assert sum(len(devices(conn, user_id)) for user_id in people) == 1


# What the database tells of itself


def attempt_auto_save(conn, user_id, plan_id, outcome, moment=None):
    return insert(
        conn,
        "auto_save_attempts",
        {
            "user_id": user_id,
            "plan_id": plan_id,
            "day": "2026-07-01",
            "amount": 100,
            "outcome": outcome,
            "created_at": moment or lagos(9),
        },
        "day",
    )


@pytest.mark.parametrize("outcome", ["insufficient_funds", "wallet_frozen", "debt_outstanding"])
def test_whoevers_auto_save_was_refused_is_told_once_on_each_channel(conn, ada, outcome):
    plan = new_plan(conn, ada)
    attempt_auto_save(conn, ada, plan, outcome)
    told = rows(conn, "SELECT * FROM notifications WHERE user_id = %s ORDER BY channel", ada)
    assert [(row.channel, row.status, row.type) for row in told] == [
        ("in_app", "sent", "auto_save_failed"),
        ("push", "pending", "auto_save_failed"),
    ]
    assert told[0].data == {"plan_id": str(plan), "day": "2026-07-01", "amount": "100.00", "outcome": outcome}


@pytest.mark.parametrize("outcome", ["saved", "user_inactive"])
def test_who_saved_or_may_not_act_is_told_nothing(conn, ada, outcome):
    attempt_auto_save(conn, ada, new_plan(conn, ada), outcome)
    assert rows(conn, "SELECT FROM notifications") == []


def test_a_refused_auto_save_respects_wishes_and_quiet_hours(conn, ada):
    wish(conn, ada, quiet_hours_enabled=True, quiet_hours_start="22:00", quiet_hours_end="06:00")
    attempt_auto_save(conn, ada, new_plan(conn, ada), "insufficient_funds", lagos(5))
    assert value(conn, "SELECT deliver_after FROM notifications WHERE channel = 'push'") == lagos(6)
    wish(conn, ada, push_payment_updates=False)
    attempt_auto_save(conn, ada, new_plan(conn, ada), "insufficient_funds")
    assert value(conn, "SELECT count(*) FROM notifications WHERE channel = 'push'") == 1


def test_an_auto_save_run_without_money_tells_its_user(conn, ada):
    """By the real job, on an empty wallet."""
    new_plan(conn, ada, auto_save_enabled=True, start_date="2026-06-01", end_date="2026-09-01")
    with acting_as(conn, "avdaily_ledger"):
        ran = one(conn, "SELECT * FROM post_auto_saves_at('2026-07-01', 0, 1, %s)", lagos(12))
    assert (ran.saved, ran.refused) == (0, 1)
    assert value(conn, "SELECT count(*) FROM notifications WHERE type = 'auto_save_failed'") == 2
