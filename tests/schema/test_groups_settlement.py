"""Removing members and cancelling groups: every kobo goes back to whoever gave it."""

import contextlib
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.groups import (
    FULL,
    Group,
    assert_books_balance,
    balance,
    call,
    call_all,
    day,
    give,
    new_user,
    refusal,
    row,
    spend,
)


def money_in(conn, group):
    """Return what the members have, wherever it is: wallets, deposits and the pool."""
    return row(
        conn,
        """SELECT (SELECT sum(balance) FROM wallets WHERE user_id = ANY (%s))
             + (SELECT sum(deposit_balance) FROM group_members WHERE group_id = %s) + %s AS total""",
        group.users,
        group.id,
        group.pool(),
    ).total


def administrator(conn):
    user = new_user(conn, tier=2)
    conn.execute(
        """WITH named AS (
             INSERT INTO permissions (name, display_name, resource, action)
             VALUES ('group:manage', 'Manage groups', 'group', 'manage')
             ON CONFLICT DO NOTHING
           ) SELECT 1"""
    )
    conn.execute(
        """INSERT INTO user_permissions (user_id, permission_id)
           SELECT %s, id FROM permissions WHERE name = 'group:manage'""",
        (user,),
    )
    return user


def test_removing_a_member_before_any_payout_gives_the_open_contribution_back(conn):
    group = Group(conn, 4)
    gone = group.users[2]
    group.collect(day(1))
    group.remove(gone, day(1))
    assert group.contribution(gone, 1).status == "refunded"
    assert balance(conn, gone) == FULL
    assert (group.round(1).expected, group.round(1).collected) == (3000, 3000)
    assert_books_balance(conn)
    for number in (1, 2):
        group.run_round(number)
    # Nobody owes the removed member anything: round 3 is skipped.
    assert group.run_round(4).user_id == group.users[3]
    assert group.round(3).status == "skipped"
    group.complete(day(4))
    assert [balance(conn, user) for user in group.users] == [FULL - 60, FULL - 60, FULL, FULL - 60]
    assert_books_balance(conn)


def test_removing_the_recipient_of_the_first_round_gives_every_contribution_back(conn):
    group = Group(conn, 3, order="manual", start=False)
    members = group.members()
    call_all(conn, "set_rotation_order", group.organizer, group.id, [members[1].id, members[0].id, members[2].id])
    group.start()
    gone = group.users[1]
    spend(conn, group.users[2], FULL)
    group.collect(day(1))
    group.mark(day(2))
    assert group.row().status == "paused"
    group.remove(gone, day(2))
    assert sorted(group.statuses(1)) == ["refunded", "refunded", "waived"]
    assert group.round(1).status == "skipped"
    after = group.row()
    assert (after.status, after.current_round, after.next_payout_date) == ("active", 2, group.round(2).due_date)
    assert (group.pool(), after.total_collected, after.total_refunded) == (0, 2000, 2000)
    assert [balance(conn, user) for user in group.users] == [FULL, FULL, 0]
    assert group.member(group.users[2]).status == "active"
    assert_books_balance(conn)


def test_a_removed_member_gets_back_in_his_round_what_he_has_given(conn):
    """He paid two rounds; at his turn those two recipients pay him, without a fee, and nobody else does."""
    group = Group(conn, 5)
    gone = group.users[3]
    group.run_round(1)
    group.run_round(2)
    group.collect(day(3))
    group.remove(gone, day(3))
    assert balance(conn, gone) == FULL - 2000
    group.disburse(3, day(3))
    assert row(conn, "SELECT amount FROM group_payouts WHERE group_id = %s AND round = 3", group.id).amount == 4000

    paid = group.collect(day(4))
    assert [contribution.user_id for contribution in paid] == group.users[:2]
    payout = group.disburse(4, day(4))
    assert (payout.user_id, payout.amount, payout.service_fee, payout.net_amount) == (gone, 2000, 0, 2000)
    assert balance(conn, gone) == FULL
    assert group.pool() == 0
    group.run_round(5)
    group.complete(day(5))
    # Members 1 and 2: six rounds of equal give and take with everybody, less the fee on their pots.
    assert [balance(conn, user) for user in group.users] == [FULL - 100, FULL - 100, FULL - 80, FULL, FULL - 80]
    assert_books_balance(conn)


def test_who_was_paid_out_still_owes_a_removed_member(conn):
    group = Group(conn, 3)
    group.run_round(1)
    group.remove(group.users[2], day(1))
    group.run_round(2)
    # The second member has never received from the removed one and may leave; the first owes him round 3.
    assert group.leave(group.users[1], day(2)).status == "left"
    assert [contribution.user_id for contribution in group.collect(day(3))] == [group.organizer]
    assert group.disburse(3, day(3)).net_amount == 1000
    assert balance(conn, group.users[2]) == FULL
    group.complete(day(3))
    assert_books_balance(conn)


def test_who_was_paid_out_and_owes_is_not_removed(conn):
    group = Group(conn, 3, order="manual", start=False)
    members = group.members()
    call_all(conn, "set_rotation_order", group.organizer, group.id, [members[1].id, members[0].id, members[2].id])
    group.start()
    group.run_round(1)
    values = refusal(conn, "AV043", lambda: group.remove(group.users[1], day(1)))
    assert (values["owed"], values["has_received_payout"]) == ("2000.00", True)


def test_who_owes_the_organizer_is_not_removed(conn):
    group = Group(conn, 3, policy="organizer_covers")
    late = group.users[2]
    spend(conn, late, FULL)
    group.collect(day(1))
    group.mark(day(2))
    refusal(conn, "AV043", lambda: group.remove(late, day(2)))
    give(conn, late, 1000)
    group.pay(late, 1, day(2))
    assert group.remove(late, day(2)).status == "removed"
    assert balance(conn, late) == 1000
    assert_books_balance(conn)


def test_a_removed_members_deposit_comes_back_with_what_it_covered(conn):
    group = Group(conn, 3, policy="cover_from_deposit", deposit=1500)
    late = group.users[2]
    spend(conn, late, balance(conn, late))
    group.collect(day(1))
    group.mark(day(2))
    assert group.member(late).deposit_balance == 500
    removed = group.remove(late, day(2))
    assert (removed.deposit_balance, removed.total_contributed) == (0, 0)
    assert balance(conn, late) == 1500
    assert group.contribution(late, 1).status == "refunded"
    assert_books_balance(conn)


def test_cancelling_a_recruiting_group_returns_the_deposits(conn):
    group = Group(conn, 3, policy="cover_from_deposit", start=False)
    cancelled = group.cancel(group.organizer, day(0))
    assert (cancelled.status, cancelled.cancellation_reason) == ("cancelled", "The market burnt down")
    assert [balance(conn, user) for user in group.users] == [FULL] * 3
    assert group.cancel(group.organizer, day(0)) == cancelled
    refusal(conn, "AV032", lambda: group.join(new_user(conn)))
    assert_books_balance(conn)


@pytest.mark.parametrize("policy", ["pause", "cover_from_deposit", "organizer_covers"])
def test_cancelling_before_the_first_payout_gives_everybody_everything_back(conn, policy):
    group = Group(conn, 4, policy=policy)
    late = group.users[2]
    gone = balance(conn, late)
    spend(conn, late, gone)
    group.collect(day(1))
    group.mark(day(2))
    group.cancel(group.organizer, day(2))
    assert [balance(conn, user) for user in group.users] == [FULL, FULL, FULL - gone, FULL]
    assert group.statuses(1) == ["refunded", "refunded", "failed" if policy == "pause" else "refunded", "refunded"]
    assert [group.round(number).status for number in range(1, 5)] == ["cancelled"] * 4
    assert group.pool() == 0
    assert_books_balance(conn)


def test_an_organizer_who_was_paid_cannot_end_the_group(conn):
    group = Group(conn, 3)
    group.run_round(1)
    refusal(conn, "AV043", lambda: group.cancel(group.organizer, day(2)))
    # A stranger and a member have no say at all.
    values = refusal(conn, "AV082", lambda: group.cancel(group.users[1], day(2)))
    assert values["permission"] == "group:manage"
    refusal(conn, "AV082", lambda: group.cancel(None, day(2)))


def test_staff_can_end_a_group_that_has_paid_out(conn):
    group = Group(conn, 3)
    group.run_round(1)
    group.collect(day(2))
    group.cancel(administrator(conn), day(2))
    # The open round goes back; the first payout stands, and what its recipient owes can be read from the rows.
    assert [balance(conn, user) for user in group.users] == [FULL + 1940, FULL - 1000, FULL - 1000]
    assert group.pool() == 0
    assert [member.total_contributed for member in group.members()] == [1000, 1000, 1000]
    assert_books_balance(conn)


def test_deposits_of_those_who_received_more_go_to_those_who_gave_more(conn):
    group = Group(conn, 3, policy="cover_from_deposit", deposit=1000, amount=1000)
    group.run_round(1)
    group.cancel(administrator(conn), day(2))
    # The organizer has received 3,000 and given 1,000: his deposit of 1,000 pays the other two a half each.
    assert [balance(conn, user) for user in group.users] == [FULL - 2000 + 2940, FULL - 500, FULL - 500]
    assert [member.deposit_balance for member in group.members()] == [0, 0, 0]
    assert group.pool() == 0
    assert_books_balance(conn)


def test_shares_that_do_not_divide_add_up_to_the_kobo(conn):
    group = Group(conn, 4, policy="cover_from_deposit", deposit=Decimal("100.01"), amount=100)
    group.run_round(1)
    before = money_in(conn, group)
    group.cancel(administrator(conn), day(2))
    assert [balance(conn, user) for user in group.users[1:]] == [
        FULL - 100 + Decimal("33.34"),
        FULL - 100 + Decimal("33.33"),
        FULL - 100 + Decimal("33.34"),
    ]
    assert money_in(conn, group) == before
    assert group.pool() == 0
    assert_books_balance(conn)


def test_a_refund_reaches_a_frozen_wallet_and_a_suspended_user(conn):
    group = Group(conn, 3)
    group.collect(day(1))
    conn.execute(
        """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'under suspicion'
           WHERE user_id = %s""",
        (group.users[1],),
    )
    conn.execute(
        """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'under suspicion'
           WHERE id = %s""",
        (group.users[2],),
    )
    group.cancel(group.organizer, day(1))
    assert [balance(conn, user) for user in group.users] == [FULL] * 3
    assert_books_balance(conn)


def test_the_statement_explains_the_pool_line_by_line(conn):
    group = Group(conn, 3)
    group.run_round(1)
    group.collect(day(2))
    lines = call_all(conn, "get_group_statement", group.users[1], group.id, day(0), day(9), role="avdaily_readonly")
    assert [(line.type, line.amount) for line in lines] == [
        *[("group_contribution", 1000)] * 3,
        ("group_payout", -60),
        ("group_payout", -2940),
        *[("group_contribution", 1000)] * 3,
    ]
    assert [line.pool_balance for line in lines] == [1000, 2000, 3000, 2940, 0, 1000, 2000, 3000]
    # A part of it still says what the pool was.
    part = call_all(conn, "get_group_statement", group.users[1], group.id, day(2), day(3), role="avdaily_readonly")
    assert part == lines[5:]


def test_the_balance_is_the_same_by_totals_and_by_ledger(conn):
    group = Group(conn, 3, policy="cover_from_deposit")
    group.run_round(1)
    group.collect(day(2))
    found = call(conn, "get_group_balance", group.users[1], group.id, role="avdaily_readonly")
    assert found == (6000, 2940, 60, 0, 3000, 3000, 3000)


def test_strangers_read_nothing_of_a_group(conn):
    group = Group(conn, 2)
    group.collect(day(1))
    for user in (new_user(conn), None):
        assert call_all(conn, "get_group_statement", user, group.id, day(0), day(9)) == []
        assert call_all(conn, "get_group_balance", user, group.id) == []
    assert len(call_all(conn, "get_group_balance", administrator(conn), group.id)) == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(3, 7),
    removals=st.lists(st.tuples(st.integers(1, 7), st.booleans(), st.integers(1, 6)), max_size=5),
    seed=st.integers(0, 1000),
)
def test_whoever_is_removed_whenever_everybody_received_what_he_gave(conn, size, removals, seed):
    with conn.transaction(force_rollback=True):
        group = Group(conn, size, order="random", start=False)
        group.start(seed)

        def remove_some(number, *, collected):
            for at_round, after_collection, who in removals:
                if (at_round, after_collection) == (number, collected) and who < size:
                    with contextlib.suppress(psycopg.Error), conn.transaction():
                        group.remove(group.users[who], day(number))

        while (number := group.row().current_round) <= size:
            remove_some(number, collected=False)
            if group.row().current_round == number and group.round(number).status in ("scheduled", "open"):
                call(conn, "open_group_round", group.organizer, group.id)
            if group.row().current_round == number and group.round(number).status == "open":
                group.collect(day(number))
                remove_some(number, collected=True)
            if group.row().current_round == number and group.round(number).status == "open":
                group.disburse(number, day(number))
            assert_books_balance(conn)
            if group.row().current_round == number:
                break
        group.complete(day(size))
        books = conn.execute(
            """SELECT m.user_id, m.total_contributed, coalesce(p.amount, 0), coalesce(p.service_fee, 0)
               FROM group_members AS m LEFT JOIN group_payouts AS p ON p.member_id = m.id WHERE m.group_id = %s""",
            (group.id,),
        ).fetchall()
        assert [(given, received) for _, given, received, _ in books if given != received] == []
        assert [balance(conn, user) for user, *_ in books] == [FULL - fee for *_, fee in books]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["collect", "mark", "disburse", "pay", "cover", "remove", "leave", "give", "spend", "cancel"]),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    min_size=5,
    max_size=40,
)


def take(group, staff, step, *, who, days, now):
    """Do one random step of the organizer, a member, staff or a job."""
    user, number = group.users[who], group.row().current_round
    actions = {
        "collect": lambda: group.collect(now),
        "mark": lambda: group.mark(now),
        "disburse": lambda: group.disburse(number, now),
        "pay": lambda: group.pay(user, max(1, number - days), now),
        "cover": lambda: group.cover(user, "organizer" if days % 2 else "deposit", now),
        "remove": lambda: group.remove(user, now),
        "leave": lambda: group.leave(user, now),
        "give": lambda: give(group.conn, user, 1000),
        "spend": lambda: spend(group.conn, user, balance(group.conn, user) or 1),
        "cancel": lambda: days == 3 and group.cancel(staff, now),
    }
    try:
        with group.conn.transaction():
            actions[step]()
    except psycopg.Error as error:
        if not error.sqlstate.startswith("AV"):
            raise


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, policy=st.sampled_from(["pause", "cover_from_deposit", "organizer_covers"]))
def test_whatever_happens_to_a_group_no_money_is_made_or_lost(conn, steps, policy):
    with conn.transaction(force_rollback=True):
        group = Group(conn, 5, policy=policy, naira=Decimal(4000))
        staff = administrator(conn)
        number = 1
        for step, who, days in steps:
            number += days
            take(group, staff, step, who=who, days=days, now=day(number))
            assert_books_balance(conn)
