"""Every constraint of the tables of groups, broken once: the refusal carries the constraint's name."""

import psycopg
import pytest

from tests.schema.groups import FULL, Group, acting_as, call, day, new_user, spend

TABLES = ["ajo_groups", "group_members", "ajo_rounds", "group_contributions", "group_payouts", "group_invitations"]
CHECK, UNIQUE, FOREIGN = "23514", "23505", "23503"
FAR = "(repeat('x', {}))"
NOBODY = "'00000000-0000-7000-8000-000000000000'"


def update(table, where, *cases):
    return [(name, state, f"UPDATE {table} SET {change} WHERE {where}") for name, state, change in cases]


# {g} the group, {h} another one, {m1}, {m2}, {m3} its members, {left} one who has left, {open} the round that is open.
CASES = [
    ("ajo_groups_pkey", UNIQUE, "INSERT INTO ajo_groups SELECT * FROM ajo_groups WHERE id = {g}"),
    *update(
        "ajo_groups",
        "id = {g}",
        ("ajo_groups_invite_code_key", UNIQUE, "invite_code = (SELECT invite_code FROM ajo_groups WHERE id = {h})"),
        (
            "ajo_groups_pool_account_id_key",
            UNIQUE,
            "pool_account_id = (SELECT pool_account_id FROM ajo_groups WHERE id = {h})",
        ),
        (
            "ajo_groups_organizer_id_group_name_open_key",
            UNIQUE,
            "(organizer_id, group_name) = (SELECT organizer_id, upper(group_name) FROM ajo_groups WHERE id = {h})",
        ),
        ("ajo_groups_organizer_id_fkey", FOREIGN, f"organizer_id = {NOBODY}"),
        ("ajo_groups_pool_account_id_fkey", FOREIGN, f"pool_account_id = {NOBODY}"),
        ("ajo_groups_group_name_length_check", CHECK, "group_name = '  '"),
        ("ajo_groups_description_length_check", CHECK, f"description = {FAR.format(501)}"),
        ("ajo_groups_member_count_range_check", CHECK, "member_count = 51"),
        ("ajo_groups_current_member_count_positive_check", CHECK, "current_member_count = 0"),
        ("ajo_groups_current_member_count_within_capacity_check", CHECK, "current_member_count = 50"),
        ("ajo_groups_contribution_amount_positive_check", CHECK, "contribution_amount = 0"),
        ("ajo_groups_contribution_amount_limit_check", CHECK, "contribution_amount = 1000000.01"),
        ("ajo_groups_contribution_frequency_values_check", CHECK, "contribution_frequency = 'yearly'"),
        ("ajo_groups_rotation_order_values_check", CHECK, "rotation_order = 'age'"),
        ("ajo_groups_current_round_range_check", CHECK, "current_round = 0"),
        ("ajo_groups_current_position_range_check", CHECK, "current_position = 51"),
        ("ajo_groups_status_values_check", CHECK, "status = 'asleep'"),
        ("ajo_groups_service_fee_rate_range_check", CHECK, "service_fee_rate = 0.51"),
        ("ajo_groups_pool_not_negative_check", CHECK, "total_refunded = total_collected"),
        ("ajo_groups_currency_format_check", CHECK, "currency = 'naira'"),
        ("ajo_groups_end_not_before_start_check", CHECK, "end_date = start_date - 1"),
        ("ajo_groups_started_has_dates_check", CHECK, "next_payout_date = NULL"),
        ("ajo_groups_invite_code_format_check", CHECK, "invite_code = 'short'"),
        ("ajo_groups_default_policy_values_check", CHECK, "default_policy = 'forgive'"),
        ("ajo_groups_deposit_fits_policy_check", CHECK, "deposit_amount = 1"),
        ("ajo_groups_cancellation_reason_length_check", CHECK, f"cancellation_reason = {FAR.format(201)}"),
    ),
    ("group_members_pkey", UNIQUE, "INSERT INTO group_members SELECT * FROM group_members WHERE id = {m1}"),
    (
        "group_members_group_id_user_id_key",
        UNIQUE,
        """INSERT INTO group_members (group_id, user_id, deposit_account_id)
           SELECT group_id, user_id, open_ledger_account('group_deposit', 'NGN') FROM group_members WHERE id = {m1}""",
    ),
    *update(
        "group_members",
        "id = {m2}",
        ("group_members_group_id_position_key", UNIQUE, "position = 1"),
        (
            "group_members_deposit_account_id_key",
            UNIQUE,
            "deposit_account_id = (SELECT deposit_account_id FROM group_members WHERE id = {m1})",
        ),
        ("group_members_group_id_organizer_key", UNIQUE, "role = 'organizer'"),
        ("group_members_deposit_account_id_fkey", FOREIGN, f"deposit_account_id = {NOBODY}"),
        ("group_members_role_values_check", CHECK, "role = 'guest'"),
        ("group_members_position_range_check", CHECK, "position = 0"),
        ("group_members_status_values_check", CHECK, "status = 'asleep'"),
        ("group_members_payout_received_at_when_received_check", CHECK, "has_received_payout = true"),
        ("group_members_missed_contributions_not_negative_check", CHECK, "missed_contributions = -1"),
        ("group_members_removed_at_of_status_check", CHECK, "removed_at = now()"),
        ("group_members_removal_reason_length_check", CHECK, f"removal_reason = {FAR.format(201)}"),
    ),
    # Nothing refers to whoever left before the start: only then are these two the first to refuse.
    *update(
        "group_members",
        "id = {left}",
        ("group_members_group_id_fkey", FOREIGN, f"group_id = {NOBODY}"),
        ("group_members_user_id_fkey", FOREIGN, f"user_id = {NOBODY}"),
    ),
    ("ajo_rounds_pkey", UNIQUE, "INSERT INTO ajo_rounds SELECT * FROM ajo_rounds WHERE group_id = {g} AND round = 1"),
    *[
        (name, state, f"INSERT INTO ajo_rounds (group_id, round, recipient_member_id, due_date) VALUES {values}")
        for name, state, values in (
            ("ajo_rounds_group_id_round_key", UNIQUE, "({g}, 1, {left}, '2031-02-01')"),
            ("ajo_rounds_group_id_recipient_member_id_key", UNIQUE, "({g}, 4, {m1}, '2031-02-01')"),
            ("ajo_rounds_group_id_recipient_member_id_fkey", FOREIGN, "({h}, 1, {m1}, '2031-02-01')"),
            ("ajo_rounds_round_range_check", CHECK, "({g}, 51, {left}, '2031-02-01')"),
        )
    ],
    *update(
        "ajo_rounds",
        "group_id = {g} AND round = 3",
        ("ajo_rounds_group_id_open_key", UNIQUE, "status = 'open', opened_at = now()"),
        ("ajo_rounds_group_id_fkey", FOREIGN, f"group_id = {NOBODY}"),
        ("ajo_rounds_status_values_check", CHECK, "status = 'asleep'"),
        ("ajo_rounds_collected_within_expected_check", CHECK, "collected = 1"),
        ("ajo_rounds_closed_at_of_status_check", CHECK, "closed_at = now()"),
    ),
    *update(
        "ajo_rounds",
        "group_id = {g} AND round = 2",
        ("ajo_rounds_opened_at_of_status_check", CHECK, "opened_at = NULL"),
        ("ajo_rounds_disbursed_is_complete_check", CHECK, "status = 'disbursed', closed_at = now()"),
    ),
    (
        "group_contributions_pkey",
        UNIQUE,
        "INSERT INTO group_contributions SELECT * FROM group_contributions WHERE member_id = {m1}",
    ),
    (
        "group_contributions_group_id_member_id_round_key",
        UNIQUE,
        """INSERT INTO group_contributions (group_id, member_id, user_id, round, amount, due_date)
           SELECT group_id, member_id, user_id, round, amount, due_date FROM group_contributions
           WHERE member_id = {m1}""",
    ),
    (
        "group_contributions_user_id_transaction_id_key",
        UNIQUE,
        """UPDATE group_contributions SET transaction_id = (
             SELECT transaction_id FROM group_contributions WHERE member_id = {m2} AND round = 1
           ) WHERE member_id = {m2} AND round = 2""",
    ),
    (
        "group_contributions_covered_by_cover_transaction_id_key",
        UNIQUE,
        """UPDATE group_contributions SET (cover_source, covered_by, cover_transaction_id) = (
             SELECT cover_source, covered_by, cover_transaction_id FROM group_contributions
             WHERE member_id = {m3} AND round = 2
           ) WHERE member_id = {m2} AND round = 2""",
    ),
    *update(
        "group_contributions",
        "member_id = {m2} AND round = 2",
        ("group_contributions_group_id_round_fkey", FOREIGN, "round = 40"),
        ("group_contributions_user_id_group_id_member_id_fkey", FOREIGN, f"member_id = {NOBODY}"),
        (
            "group_contributions_user_id_transaction_id_fkey",
            FOREIGN,
            "transaction_id = (SELECT id FROM transactions WHERE user_id = {stranger} LIMIT 1)",
        ),
        (
            "group_contributions_covered_by_cover_transaction_id_fkey",
            FOREIGN,
            """cover_source = 'organizer', covered_by = user_id,
               cover_transaction_id = (SELECT id FROM transactions WHERE user_id = {stranger} LIMIT 1)""",
        ),
        ("group_contributions_amount_positive_check", CHECK, "amount = 0"),
        ("group_contributions_currency_format_check", CHECK, "currency = 'naira'"),
        ("group_contributions_status_values_check", CHECK, "status = 'asleep'"),
        ("group_contributions_completed_has_transaction_check", CHECK, "status = 'completed', transaction_id = NULL"),
        ("group_contributions_covered_has_source_check", CHECK, "status = 'covered'"),
        (
            "group_contributions_cover_source_values_check",
            CHECK,
            """cover_source = 'charity', covered_by = user_id,
               cover_transaction_id = (SELECT id FROM transactions WHERE user_id = {stranger} LIMIT 1)""",
        ),
        ("group_contributions_cover_is_whole_check", CHECK, "covered_by = user_id"),
        ("group_contributions_failure_reason_length_check", CHECK, "failure_reason = ''"),
    ),
    ("group_payouts_pkey", UNIQUE, "INSERT INTO group_payouts SELECT * FROM group_payouts WHERE group_id = {g}"),
    *[
        (
            name,
            UNIQUE,
            f"""INSERT INTO group_payouts (group_id, member_id, user_id, round, amount, service_fee, net_amount,
                  scheduled_date)
                SELECT {{g}}, id, user_id, {number}, 10, 0, 10, '2031-01-01' FROM group_members
                WHERE id = {member}""",
        )
        for name, member, number in (
            ("group_payouts_group_id_round_key", "{m2}", 1),
            ("group_payouts_group_id_member_id_key", "{m1}", 2),
        )
    ],
    (
        "group_payouts_user_id_transaction_id_key",
        UNIQUE,
        """INSERT INTO group_payouts (group_id, member_id, user_id, round, amount, service_fee, net_amount,
             scheduled_date, transaction_id)
           SELECT {h}, member.id, payout.user_id, 1, 10, 0, 10, '2031-01-01', payout.transaction_id
           FROM group_payouts AS payout, group_members AS member
           WHERE payout.group_id = {g} AND member.group_id = {h} LIMIT 1""",
    ),
    *update(
        "group_payouts",
        "group_id = {g}",
        ("group_payouts_group_id_round_fkey", FOREIGN, "round = 40"),
        # A member of the group, but not the recipient of any round.
        (
            "group_payouts_group_id_member_id_fkey",
            FOREIGN,
            "(member_id, user_id, transaction_id, status)"
            " = (SELECT id, user_id, NULL::uuid, 'pending' FROM group_members WHERE id = {left})",
        ),
        (
            "group_payouts_user_id_group_id_member_id_fkey",
            FOREIGN,
            "user_id = {stranger}, transaction_id = NULL, status = 'pending'",
        ),
        (
            "group_payouts_user_id_transaction_id_fkey",
            FOREIGN,
            "transaction_id = (SELECT id FROM transactions WHERE user_id = {stranger} LIMIT 1)",
        ),
        ("group_payouts_amount_positive_check", CHECK, "amount = 0, service_fee = 0, net_amount = 0"),
        ("group_payouts_net_amount_of_fee_check", CHECK, "net_amount = net_amount + 1"),
        ("group_payouts_currency_format_check", CHECK, "currency = 'naira'"),
        ("group_payouts_status_values_check", CHECK, "status = 'asleep'"),
        ("group_payouts_completed_has_transaction_check", CHECK, "transaction_id = NULL"),
    ),
    (
        "group_invitations_pkey",
        UNIQUE,
        "INSERT INTO group_invitations SELECT * FROM group_invitations WHERE group_id = {h} AND invited_email IS NULL",
    ),
    *[
        (
            name,
            state,
            f"""INSERT INTO group_invitations (group_id, invited_by, expires_at, {columns})
                VALUES ({{h}}, {{organizer}}, now() + interval '1 day', {values})""",
        )
        for name, state, columns, values in (
            ("group_invitations_group_id_invited_user_id_pending_key", UNIQUE, "invited_user_id", "{stranger}"),
            ("group_invitations_group_id_invited_phone_pending_key", UNIQUE, "invited_phone", "'+2348000000000'"),
            ("group_invitations_group_id_invited_email_pending_key", UNIQUE, "invited_email", "'guest@x.test'"),
            ("group_invitations_invited_user_id_fkey", FOREIGN, "invited_user_id", NOBODY),
            ("group_invitations_invitee_present_check", CHECK, "created_at", "now()"),
            ("group_invitations_not_oneself_check", CHECK, "invited_user_id", "{organizer}"),
            ("group_invitations_invited_phone_e164_check", CHECK, "invited_phone", "'08000000000'"),
            ("group_invitations_invited_email_lower_case_check", CHECK, "invited_email", "'A@x.test'"),
            ("group_invitations_invited_email_length_check", CHECK, "invited_email", "'x'"),
            ("group_invitations_status_values_check", CHECK, "invited_email, status", "'b@x.test', 'asleep'"),
            (
                "group_invitations_expires_after_creation_check",
                CHECK,
                "invited_email, created_at",
                "'b@x.test', now() + interval '2 days'",
            ),
            ("group_invitations_accepted_at_of_status_check", CHECK, "invited_email, accepted_at", "'b@x.test', now()"),
            (
                "group_invitations_accepted_by_user_check",
                CHECK,
                "invited_email, status, accepted_at",
                "'b@x.test', 'accepted', now()",
            ),
            ("group_invitations_rejected_at_of_status_check", CHECK, "invited_email, rejected_at", "'b@x.test', now()"),
        )
    ],
    *update(
        "group_invitations",
        "group_id = {h} AND invited_phone IS NOT NULL",
        ("group_invitations_group_id_fkey", FOREIGN, f"group_id = {NOBODY}"),
        ("group_invitations_invited_by_fkey", FOREIGN, f"invited_by = {NOBODY}"),
    ),
]


@pytest.fixture(scope="module")
def conn(shared_migrated_url):
    """One world for all: each test breaks it inside a savepoint of its own."""
    with psycopg.connect(shared_migrated_url) as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture(scope="module")
def world(conn):
    """A group in its second round with a covered contribution, and one that recruits with three open invitations."""
    group = Group(conn, 4, capacity=5, policy="pause", start=False)
    group.leave(group.users[3], day(0))
    group.start()
    group.run_round(1)
    spend(conn, group.users[1], FULL - 1000)
    spend(conn, group.users[2], FULL - 1000)
    group.collect(day(2))
    group.mark(day(3))
    group.cover(group.users[2], "organizer", day(3))
    stranger = new_user(conn)
    recruiting = Group(conn, 1, capacity=9, start=False)
    recruiting.join(group.organizer)
    call(conn, "invite_to_group", recruiting.organizer, recruiting.id, stranger)
    call(conn, "invite_to_group", recruiting.organizer, recruiting.id, None, "+2348000000000")
    call(conn, "invite_to_group", recruiting.organizer, recruiting.id, None, None, "guest@x.test")
    ids = {
        "g": group.id,
        "h": recruiting.id,
        "organizer": recruiting.organizer,
        "stranger": stranger,
        "left": group.member(group.users[3]).id,
    } | {f"m{number}": group.member(group.users[number - 1]).id for number in (1, 2, 3)}
    return {name: f"'{value}'" for name, value in ids.items()}


@pytest.mark.parametrize(("constraint", "state", "statement"), CASES, ids=[case[0] for case in CASES])
def test_what_breaks_a_constraint_is_refused_by_its_name(conn, world, constraint, state, statement):
    # As the role that owns the functions: the one that could write it, and no guard is in the way.
    with pytest.raises(psycopg.Error) as caught, acting_as(conn, "avdaily_ledger"):
        conn.execute(statement.format(**world))
    assert (caught.value.sqlstate, caught.value.diag.constraint_name) == (state, constraint)


def test_every_constraint_is_broken_by_one_of_these_tests(conn):
    found = conn.execute(
        """SELECT conname FROM pg_constraint
           WHERE conrelid::regclass::text = ANY (%s) AND contype IN ('c', 'f', 'p', 'u')
           UNION
           SELECT indexrelid::regclass::text FROM pg_index
           WHERE indrelid::regclass::text = ANY (%s) AND indisunique""",
        (TABLES, TABLES),
    ).fetchall()
    # Wider than the primary key, so never the first to refuse: they are there for foreign keys to refer to.
    targets = {"group_members_user_id_group_id_id_key", "group_members_group_id_id_key"}
    assert {name for (name,) in found} - targets == {name for name, *_ in CASES}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("ajo_groups", "total_collected = total_collected + 1"),
        ("ajo_groups", "total_disbursed = total_disbursed - 1"),
        ("ajo_groups", "total_fees = total_fees - 1"),
        ("ajo_groups", "total_refunded = 1"),
        ("ajo_groups", "pool_account_id = app_uuid()"),
        ("group_members", "deposit_balance = 1"),
        ("group_members", "total_contributed = 0"),
        ("group_members", "deposit_account_id = app_uuid()"),
    ],
)
def test_nobody_changes_a_balance_by_hand_not_even_the_tables_owner(conn, world, table, change):
    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        conn.execute(f"UPDATE {table} SET {change}")
    assert caught.value.sqlstate == "AV091"


def test_nobody_inserts_a_balance_by_hand(conn, world):
    for statement in (
        """INSERT INTO ajo_groups (organizer_id, group_name, member_count, contribution_amount, contribution_frequency,
             rotation_order, pool_account_id, total_collected)
           VALUES ({organizer}, 'Rich', 5, 10, 'daily', 'random', app_uuid(), 1)""",
        """INSERT INTO group_members (group_id, user_id, deposit_account_id, deposit_balance)
           VALUES ({h}, {stranger}, app_uuid(), 1)""",
    ):
        with pytest.raises(psycopg.Error) as caught, conn.transaction():
            conn.execute(statement.format(**world))
        assert caught.value.sqlstate == "AV091"


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
@pytest.mark.parametrize("table", TABLES)
def test_clients_write_these_tables_through_functions_only(conn, table, role):
    column = "status" if table != "group_members" else "position"
    for statement in (
        f"INSERT INTO {table} DEFAULT VALUES",
        f"UPDATE {table} SET {column} = NULL",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting_as(conn, role):
            conn.execute(statement)
    with acting_as(conn, role):
        conn.execute(f"SELECT * FROM {table} LIMIT 1")


def test_the_application_calls_no_function_that_takes_the_time_or_judges_nothing(conn):
    found = conn.execute(
        """SELECT proname, has_function_privilege('avdaily_app', oid, 'EXECUTE'),
             has_function_privilege('avdaily_readonly', oid, 'EXECUTE')
           FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
             AND proname ~ 'group|rotation|_cover|position|round|refuse_stranger|not_organizer'
             AND NOT proname ~ 'late_contributions|plan'"""
    ).fetchall()
    public = {
        "accept_group_invitation",
        "cancel_ajo_group",
        "collect_group_round",
        "complete_ajo_group",
        "cover_group_default",
        "create_ajo_group",
        "disburse_group_round",
        "expire_group_invitations",
        "invite_to_group",
        "join_ajo_group",
        "leave_ajo_group",
        "mark_group_defaults",
        "open_group_round",
        "record_group_contribution",
        "reject_group_invitation",
        "remove_group_member",
        "revoke_group_invitation",
        "set_rotation_order",
        "start_ajo_group",
        "update_ajo_group",
    }
    readers = {"get_group_balance", "get_group_statement", "sees_group"}
    assert {name for name, by_app, _ in found if by_app} == public | readers
    assert {name for name, _, by_reader in found if by_reader} == readers
    assert {f"{name}_at" for name in public if name.startswith(("collect", "disburse", "record", "mark"))} <= {
        name for name, *_ in found
    }
