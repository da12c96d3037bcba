"""0042, 0044, 0045: messages, figures and rewards. What is refused is refused by the rule's own name."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.schema.people import constraints_of, insert, new_plan, register, table_of

NOBODY = UUID(int=99)
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2999, 1, 1, tzinfo=UTC)
MESSAGE = {"type": "security", "channel": "push", "title": "Test", "message": "Test"}

ROW = {
    "notifications": MESSAGE,
    "notification_preferences": {},
    "push_tokens": {"token": "token of a phone", "platform": "ios"},
    "scheduled_notifications": MESSAGE | {"scheduled_for": LATER, "first_scheduled_for": LATER},
    "user_analytics": {},
    "daily_analytics": {"date": "2026-07-01"},
    "savings_milestones": {"milestone_type": "first_contribution", "milestone_name": "First"},
    "rewards": {"reward_type": "badge", "reward_name": "Badge"},
}
TABLES = list(ROW)
# One row a user: the tests' users have theirs already.
OF_SOMEBODY_NEW = {"notification_preferences", "user_analytics"}


def each(table, *cases):
    return [(f"{table}_{rule}", values) for rule, values in cases]


MESSAGE_RULES = (
    ("type_values_check", {"type": "gossip"}),
    ("channel_values_check", {"channel": "pigeon"}),
    ("title_length_check", {"title": ""}),
    ("title_length_check", {"title": "x" * 201}),
    ("message_length_check", {"message": ""}),
    ("message_length_check", {"message": "x" * 4001}),
    ("data_object_check", {"data": Jsonb([])}),
    ("user_id_fkey", {"user_id": NOBODY}),
)
CASHBACK = {"reward_type": "cashback", "value": 100}
BROKEN = [
    *each("notifications", *MESSAGE_RULES),
    *each(
        "notifications",
        ("status_values_check", {"status": "read"}),
        ("sent_at_of_status_check", {"status": "sent"}),
        ("sent_at_of_status_check", {"sent_at": BEFORE}),
        ("failure_reason_of_status_check", {"status": "failed"}),
        ("failure_reason_of_status_check", {"failure_reason": "no such device"}),
        ("failure_reason_length_check", {"status": "failed", "failure_reason": ""}),
        ("attempts_range_check", {"attempts": 6}),
        ("attempts_range_check", {"attempts": -1}),
        ("created_at_finite_check", {"created_at": "infinity"}),
    ),
    *each(
        "notification_preferences",
        ("user_id_fkey", {"user_id": NOBODY}),
        ("quiet_hours_whole_check", {"quiet_hours_start": "22:00"}),
        ("quiet_hours_enabled_check", {"quiet_hours_enabled": True}),
        ("quiet_hours_differ_check", {"quiet_hours_start": "22:00", "quiet_hours_end": "22:00"}),
    ),
    *each(
        "push_tokens",
        ("user_id_fkey", {"user_id": NOBODY}),
        ("token_length_check", {"token": "short"}),
        ("platform_values_check", {"platform": "fax"}),
        ("device_id_length_check", {"device_id": ""}),
        ("device_name_length_check", {"device_name": ""}),
    ),
    *each("scheduled_notifications", *MESSAGE_RULES),
    *each(
        "scheduled_notifications",
        ("scheduled_for_finite_check", {"scheduled_for": "infinity"}),
        ("not_before_first_check", {"scheduled_for": BEFORE}),
        ("pattern_values_check", {"is_recurring": True, "recurring_pattern": "hourly"}),
        ("pattern_of_recurring_check", {"is_recurring": True}),
        ("pattern_of_recurring_check", {"recurring_pattern": "daily"}),
        ("status_values_check", {"status": "read"}),
        ("sent_has_time_check", {"status": "sent"}),
    ),
    *each(
        "user_analytics",
        ("user_id_fkey", {"user_id": NOBODY}),
        ("current_streak_not_negative_check", {"current_streak": -1}),
        ("longest_streak_not_below_current_check", {"current_streak": 2, "longest_streak": 1}),
        ("total_contributions_not_negative_check", {"total_contributions": -1, "last_contribution_date": "2026-07-01"}),
        ("completed_plans_not_negative_check", {"completed_plans": -1}),
        ("active_plans_not_negative_check", {"active_plans": -1}),
        ("currency_format_check", {"currency": "naira"}),
        ("contributions_are_dated_check", {"total_contributions": 1}),
        ("contributions_are_dated_check", {"last_contribution_date": "2026-07-01"}),
    ),
    *each(
        "daily_analytics",
        ("active_users_range_check", {"active_users": 1}),
        ("active_users_range_check", {"active_users": -1}),
        ("new_users_range_check", {"new_users": 1}),
        ("active_users_range_check", {"total_users": -1}),
        ("active_savings_plans_range_check", {"active_savings_plans": 1}),
        ("active_savings_plans_range_check", {"total_savings_plans": -1}),
        ("total_contributions_not_negative_check", {"total_contributions": -1}),
        ("total_withdrawals_not_negative_check", {"total_withdrawals": -1}),
        ("active_ajo_groups_not_negative_check", {"active_ajo_groups": -1}),
        ("currency_format_check", {"currency": "NG"}),
    ),
    *each(
        "savings_milestones",
        ("user_id_fkey", {"user_id": NOBODY}),
        ("milestone_type_values_check", {"milestone_type": "streak_7"}),
        ("plan_of_type_check", {"milestone_type": "goal_reached"}),
        ("milestone_name_length_check", {"milestone_name": ""}),
        ("description_length_check", {"description": "x" * 256}),
        ("badge_icon_length_check", {"badge_icon": ""}),
        ("reward_points_not_negative_check", {"reward_points": -1}),
    ),
    *each(
        "rewards",
        ("user_id_fkey", {"user_id": NOBODY}),
        ("reward_type_values_check", {"reward_type": "gift"}),
        ("reward_name_length_check", {"reward_name": ""}),
        ("description_length_check", {"description": ""}),
        ("value_of_type_check", {"reward_type": "cashback"}),
        ("value_of_type_check", {"reward_type": "discount", "value": 0}),
        ("value_of_type_check", {"value": 100}),
        ("points_of_type_check", {"reward_type": "points"}),
        ("points_of_type_check", {"points": 5}),
        ("points_not_negative_check", {"points": -5}),
        ("currency_format_check", {"currency": "ngn"}),
        ("status_values_check", {"status": "spent"}),
        ("expires_after_creation_check", {"expires_at": BEFORE}),
        ("expired_has_end_check", {"status": "expired"}),
        ("redeemed_at_of_status_check", {"status": "redeemed"}),
        ("redeemed_at_of_status_check", {"redeemed_at": BEFORE}),
        ("transaction_of_cashback_check", CASHBACK | {"status": "redeemed", "redeemed_at": BEFORE}),
        ("grant_key_length_check", {"grant_key": ""}),
        ("metadata_object_check", {"metadata": Jsonb([])}),
    ),
]
SAME_ID = {"id": UUID(int=7)}
TWICE = [
    ("notifications_pkey", SAME_ID, SAME_ID),
    ("notification_preferences_pkey", SAME_ID, SAME_ID),
    ("notification_preferences_user_id_key", {}, {}),
    ("push_tokens_pkey", SAME_ID, SAME_ID | {"token": "another token"}),
    ("push_tokens_token_key", {}, {}),
    ("scheduled_notifications_pkey", SAME_ID, SAME_ID),
    ("user_analytics_pkey", SAME_ID, SAME_ID),
    ("user_analytics_user_id_key", {}, {}),
    ("daily_analytics_pkey", SAME_ID, SAME_ID | {"date": "2026-07-02"}),
    ("daily_analytics_date_currency_key", {}, {}),
    ("savings_milestones_pkey", SAME_ID, SAME_ID | {"milestone_type": "early_bird"}),
    ("savings_milestones_user_id_plan_id_milestone_type_key", {}, {}),
    ("rewards_pkey", SAME_ID, SAME_ID),
    ("rewards_user_id_grant_key_key", {"grant_key": "welcome"}, {"grant_key": "welcome"}),
]
OF_ANOTHERS_ROW = {
    "savings_milestones_user_id_plan_id_fkey",
    "rewards_user_id_transaction_id_fkey",
    "rewards_user_id_transaction_id_key",
}


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn):
    return register(conn)


def add(conn, table, user_id, values):
    if table in OF_SOMEBODY_NEW and "user_id" not in values:
        conn.execute(f"DELETE FROM {table} WHERE user_id = %s", [user_id])
    owner = {} if table == "daily_analytics" else {"user_id": user_id}
    return insert(conn, table, owner | ROW[table] | values)


@pytest.mark.parametrize(("constraint", "values"), BROKEN)
def test_a_row_that_breaks_one_rule_is_refused_by_its_name(conn, ada, constraint, values):
    with pytest.raises(psycopg.IntegrityError) as refusal:
        add(conn, table_of(constraint, TABLES), ada, values)
    assert refusal.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "first", "second"), TWICE)
def test_a_second_row_with_the_same_key_is_refused_by_its_name(conn, ada, constraint, first, second):
    table = table_of(constraint, TABLES)
    add(conn, table, ada, first)
    other = register(conn) if "pkey" in constraint or table == "push_tokens" else ada
    if table in OF_SOMEBODY_NEW and other != ada:
        conn.execute(f"DELETE FROM {table} WHERE user_id = %s", [other])
    owner = {} if table == "daily_analytics" else {"user_id": other}
    with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        insert(conn, table, owner | ROW[table] | second)
    expected = {"notifications_pkey": "notifications"}.get(constraint, constraint)
    assert refusal.value.diag.constraint_name.startswith(expected)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_within_the_rules_is_accepted(conn, ada, table):
    assert add(conn, table, ada, {}).version == 7


def payment(conn, user_id, reference):
    return insert(
        conn,
        "transactions",
        {
            "user_id": user_id,
            "amount": 100,
            "type": "refund",
            "status": "completed",
            "completed_at": BEFORE,
            "payment_source": "system",
            "reference": reference,
        },
    )


def test_a_row_cannot_point_at_another_users_plan_or_payment(conn, ada):
    ben = register(conn)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refusal, conn.transaction():
        add(conn, "savings_milestones", ada, {"milestone_type": "goal_reached", "plan_id": new_plan(conn, ben)})
    assert refusal.value.diag.constraint_name == "savings_milestones_user_id_plan_id_fkey"
    redeemed = CASHBACK | {"status": "redeemed", "redeemed_at": BEFORE}
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refusal, conn.transaction():
        add(conn, "rewards", ada, redeemed | {"transaction_id": payment(conn, ben, "REF-BEN")})
    assert refusal.value.diag.constraint_name == "rewards_user_id_transaction_id_fkey"


def test_a_payment_is_of_one_reward(conn, ada):
    paid = CASHBACK | {"status": "redeemed", "redeemed_at": BEFORE, "transaction_id": payment(conn, ada, "REF-ADA")}
    add(conn, "rewards", ada, paid)
    with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        add(conn, "rewards", ada, paid)
    assert refusal.value.diag.constraint_name == "rewards_user_id_transaction_id_key"


def test_read_means_that_there_is_a_time_of_reading(conn, ada):
    for read_at, is_read in ((None, False), (BEFORE, True)):
        message = add(conn, "notifications", ada, {"read_at": read_at})
        found = conn.execute("SELECT is_read FROM notifications WHERE id = %s", [message]).fetchone()
        assert found == (is_read,)
    with pytest.raises(psycopg.errors.GeneratedAlways):
        add(conn, "notifications", ada, {"is_read": True})


def test_every_constraint_of_these_tables_was_broken_above(conn):
    assert constraints_of(conn, TABLES) == {case[0] for case in [*BROKEN, *TWICE]} | OF_ANOTHERS_ROW


@pytest.mark.parametrize("table", TABLES)
def test_what_must_be_there_cannot_be_null(conn, ada, table):
    columns = conn.execute(
        """SELECT attname FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND attgenerated = ''""",
        [table],
    ).fetchall()
    assert columns
    for (column,) in columns:
        with pytest.raises(psycopg.errors.NotNullViolation) as refusal, conn.transaction():
            add(conn, table, ada, {column: None})
        assert refusal.value.diag.column_name == column
