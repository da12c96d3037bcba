"""Five members live through five rounds, under each policy, with one who pays late."""

from decimal import Decimal

import pytest

from tests.schema.groups import (
    FULL,
    Group,
    assert_books_balance,
    balance,
    call,
    call_all,
    day,
    due,
    give,
    new_user,
    refusal,
    row,
    spend,
)


def assert_all_were_paid_once(group):
    payouts = group.conn.execute(
        "SELECT round, user_id, amount, service_fee, net_amount FROM group_payouts WHERE group_id = %s ORDER BY round",
        (group.id,),
    ).fetchall()
    assert payouts == [
        (number, user, Decimal(5000), Decimal(100), Decimal(4900)) for number, user in enumerate(group.users, start=1)
    ]
    done = group.row()
    assert (done.total_collected, done.total_disbursed, done.total_fees, done.total_refunded) == (25000, 24500, 500, 0)
    assert (done.current_round, done.current_position, done.next_payout_date) == (5, 5, due(5))


def test_everybody_pays_and_everybody_is_paid_once(conn):
    group = Group(conn)
    for number in range(1, 6):
        paid = group.collect(day(number))
        assert [contribution.status for contribution in paid] == ["completed"] * 5
        assert group.pool() == 5000
        payout = group.disburse(number, day(number))
        assert payout.user_id == group.users[number - 1]
        assert group.pool() == 0
        assert_books_balance(conn)
    assert group.complete(day(5)).status == "completed"
    assert_all_were_paid_once(group)
    # Each gave five times 1,000 and got 4,900: the fee is all that is gone.
    assert [balance(conn, user) for user in group.users] == [FULL - 100] * 5
    assert [member.status for member in group.members()] == ["active"] * 5


def test_with_pause_the_group_waits_for_the_late_payer(conn):
    group = Group(conn, policy="pause")
    late = group.users[3]
    group.run_round(1)
    spend(conn, late, balance(conn, late) - 1)
    assert group.statuses(2) == []
    paid = group.collect(day(2))
    assert [contribution.status for contribution in paid] == ["completed"] * 3 + ["pending", "completed"]
    assert group.contribution(late, 2).failure_reason == "insufficient_funds"
    assert_books_balance(conn)

    # On the due day nobody is late yet.
    assert group.mark(day(2)) == []
    marked = group.mark(day(3))
    assert [(contribution.user_id, contribution.status) for contribution in marked] == [(late, "late")]
    assert group.row().status == "paused"
    assert (group.member(late).status, group.member(late).missed_contributions) == ("defaulted", 1)
    values = refusal(conn, "AV032", lambda: group.disburse(2, day(3)))
    assert values == {"group_id": str(group.id), "status": "paused", "allowed": ["active"]}
    # Again changes nothing: once late, once missed.
    group.mark(day(4))
    assert group.member(late).missed_contributions == 1
    assert_books_balance(conn)

    give(conn, late, 10_000)
    assert group.pay(late, 2, day(4)).status == "completed"
    assert group.row().status == "active"
    assert group.member(late).status == "active"
    group.disburse(2, day(4))
    assert group.pool() == 0
    for number in (3, 4, 5):
        group.run_round(number)
        assert group.pool() == 0
        assert_books_balance(conn)
    group.complete(day(5))
    assert_all_were_paid_once(group)


def test_with_pause_the_next_collection_takes_what_was_late(conn):
    group = Group(conn, policy="pause")
    late = group.users[1]
    spend(conn, late, FULL)
    group.collect(day(1))
    group.mark(day(2))
    give(conn, late, 1000)
    assert [contribution.status for contribution in group.collect(day(2))] == ["completed"] * 5
    assert group.row().status == "active"
    assert group.contribution(late, 1).failure_reason is None
    assert group.contribution(late, 1).late_at == day(2)
    assert_books_balance(conn)


def test_with_deposits_the_late_payers_own_deposit_pays_and_is_refilled(conn):
    group = Group(conn, policy="cover_from_deposit")
    late = group.users[3]
    assert [member.deposit_balance for member in group.members()] == [1000] * 5
    assert_books_balance(conn)
    group.run_round(1)
    spend(conn, late, balance(conn, late))

    group.collect(day(2))
    marked = group.mark(day(3))
    assert [(contribution.user_id, contribution.status, contribution.cover_source) for contribution in marked] == [
        (late, "covered", "deposit")
    ]
    assert group.row().status == "active"
    assert (group.member(late).deposit_balance, group.member(late).status) == (0, "defaulted")
    assert_books_balance(conn)
    group.disburse(2, day(3))
    assert group.pool() == 0

    # The member owes it: paying round 2 now refills the deposit and leaves the pool alone.
    give(conn, late, 10_000)
    paid = group.pay(late, 2, day(3))
    assert (paid.status, paid.cover_source) == ("completed", "deposit")
    assert (group.member(late).deposit_balance, group.member(late).status) == (1000, "active")
    assert group.pool() == 0
    assert_books_balance(conn)

    for number in (3, 4, 5):
        group.run_round(number)
        assert group.pool() == 0
    group.complete(day(5))
    assert_all_were_paid_once(group)
    assert [member.deposit_balance for member in group.members()] == [0] * 5
    assert balance(conn, late) == 10_000 - 1000 - 3 * 1000 + 4900 + 1000
    assert [balance(conn, user) for user in group.users if user != late] == [FULL - 100] * 4
    assert_books_balance(conn)


def test_with_deposits_a_second_default_pauses_the_group(conn):
    group = Group(conn, policy="cover_from_deposit")
    late = group.users[4]
    spend(conn, late, balance(conn, late))
    for number in (1, 2):
        group.collect(day(number))
        group.mark(day(number + 1))
        if number == 1:
            group.disburse(1, day(2))
    assert group.row().status == "paused"
    assert group.statuses(2)[4] == "late"
    assert group.member(late).missed_contributions == 2
    assert_books_balance(conn)


def test_with_an_organizer_who_covers_the_member_owes_the_organizer(conn):
    group = Group(conn, policy="organizer_covers")
    late = group.users[3]
    group.run_round(1)
    spend(conn, late, balance(conn, late))
    group.collect(day(2))
    before = balance(conn, group.organizer)
    marked = group.mark(day(3))
    assert [(contribution.user_id, contribution.status, contribution.covered_by) for contribution in marked] == [
        (late, "covered", group.organizer)
    ]
    assert balance(conn, group.organizer) == before - 1000
    assert group.row().status == "active"
    assert group.member(group.organizer).total_contributed == 3000
    assert_books_balance(conn)
    group.disburse(2, day(3))
    assert group.pool() == 0

    give(conn, late, 10_000)
    assert group.pay(late, 2, day(3)).status == "completed"
    assert balance(conn, group.organizer) == before
    assert balance(conn, late) == 9000
    assert group.member(group.organizer).total_contributed == 2000
    assert group.member(late).status == "active"
    assert group.pool() == 0
    assert_books_balance(conn)
    for number in (3, 4, 5):
        group.run_round(number)
        assert group.pool() == 0
    group.complete(day(5))
    assert_all_were_paid_once(group)


def test_an_organizer_covers_as_many_as_the_wallet_can_and_then_the_group_pauses(conn):
    group = Group(conn, policy="organizer_covers")
    for user in group.users[2:]:
        spend(conn, user, FULL)
    spend(conn, group.organizer, balance(conn, group.organizer) - 3500)
    group.collect(day(1))
    group.mark(day(2))
    assert group.statuses(1) == ["completed", "completed", "covered", "covered", "late"]
    assert (group.row().status, balance(conn, group.organizer)) == ("paused", 500)
    assert_books_balance(conn)
    # With new money the same call goes on where it stopped.
    give(conn, group.organizer, 500)
    group.mark(day(2))
    assert group.statuses(1) == ["completed", "completed", "covered", "covered", "covered"]
    assert group.row().status == "active"
    assert_books_balance(conn)


def test_a_covered_debt_to_the_organizer_can_be_paid_after_the_group_has_completed(conn):
    group = Group(conn, 2, policy="organizer_covers")
    late = group.users[1]
    spend(conn, late, FULL)
    group.collect(day(1))
    group.mark(day(2))
    group.disburse(1, day(2))
    group.collect(day(2))
    group.mark(day(3))
    group.disburse(2, day(3))
    group.complete(day(3))
    before = balance(conn, group.organizer)
    group.pay(late, 1, day(4))
    assert balance(conn, group.organizer) == before + 1000
    assert group.member(late).status == "defaulted"  # round 2 is still owed
    assert_books_balance(conn)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (
            """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'under suspicion'
            WHERE user_id = %s""",
            "wallet_frozen",
        ),
        (
            """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'under suspicion'
            WHERE id = %s""",
            "user_inactive",
        ),
    ],
)
def test_who_cannot_pay_is_recorded_and_does_not_stop_the_others(conn, trouble, reason):
    group = Group(conn)
    conn.execute(trouble, (group.users[2],))
    group.collect(day(1))
    assert group.statuses(1) == ["completed", "completed", "pending", "completed", "completed"]
    assert group.contribution(group.users[2], 1).failure_reason == reason
    assert balance(conn, group.users[2]) == FULL
    assert_books_balance(conn)


def test_a_contribution_above_the_days_limit_is_not_taken(conn):
    first, second = (Group(conn, 2, amount=30_000, capacity=3, start=False) for _ in range(2))
    member = new_user(conn, tier=1)
    for group in (first, second):
        group.join(member)
        group.start()
    # Tier 1 may send 50,000 a day.
    first.collect(day(1))
    second.collect(day(1))
    assert first.contribution(member, 1).status == "completed"
    assert second.contribution(member, 1).failure_reason == "limit_exceeded"
    second.collect(day(2))
    assert second.contribution(member, 1).status == "completed"
    assert_books_balance(conn)


def test_a_default_that_the_deposit_covers_uses_up_no_limit(conn):
    """The deposit counted on the day on which it left the wallet."""
    group = Group(conn, 2, amount=30_000, policy="cover_from_deposit", frequency="weekly", naira=FULL * 2)
    late, spent = group.users[1], balance(conn, group.users[1])
    spend(conn, late, spent)
    group.collect(day(1))
    group.mark(day(2))
    assert group.statuses(1) == ["completed", "covered"]
    give(conn, late, spent)
    # Tier 1 may send 50,000 a day: the refill fits in, beside the 30,000 that were covered on the same day.
    assert group.pay(late, 1, day(2)).status == "completed"


def test_every_member_is_told_once_that_contributions_are_late(conn):
    group = Group(conn, 4, start=False)
    group.leave(group.users[3], day(0))
    group.start()
    conn.execute("INSERT INTO notification_preferences (user_id) SELECT unnest(%s::uuid[])", (group.users,))
    conn.execute(
        "UPDATE notification_preferences SET push_group_activity = false WHERE user_id = %s", (group.users[1],)
    )
    for user in group.users[1:3]:
        spend(conn, user, FULL)
    group.collect(day(1))
    group.mark(day(2))
    group.mark(day(2))
    told = conn.execute(
        "SELECT user_id, channel, status, message, data FROM notifications WHERE user_id = ANY (%s)", (group.users,)
    ).fetchall()
    assert {(user, channel, status) for user, channel, status, *_ in told} == {
        *[(user, "in_app", "sent") for user in group.users[:3]],
        *[(user, "push", "pending") for user in (group.users[0], group.users[2])],
    }
    assert len(told) == 5
    assert {message for *_, message, _ in told} == {f"{group.row().group_name}, round 1: 2 contributions are late."}
    assert told[0][-1] == {"group_id": str(group.id), "round": 1, "late": 2}


def test_collecting_again_takes_nothing_again(conn):
    group = Group(conn)
    group.collect(day(1))
    before = [balance(conn, user) for user in group.users]
    entries = conn.execute("SELECT count(*) FROM ledger_entries").fetchone()
    group.collect(day(1))
    group.collect(day(2))
    assert [balance(conn, user) for user in group.users] == before
    assert conn.execute("SELECT count(*) FROM ledger_entries").fetchone() == entries


def test_paying_and_disbursing_again_give_the_same_rows(conn):
    group = Group(conn)
    first = group.pay(group.users[1], 1, day(1))
    assert group.pay(group.users[1], 1, day(1)) == first
    group.collect(day(1))
    payout = group.disburse(1, day(1))
    assert group.disburse(1, day(3)) == payout
    assert group.round(1).status == "disbursed"
    assert row(conn, "SELECT count(*) AS n FROM group_payouts WHERE group_id = %s", group.id).n == 1
    group_after = group.row()
    assert (group_after.current_round, group_after.total_disbursed) == (2, 4900)


def test_a_member_can_pay_before_the_due_date_of_an_open_round(conn):
    group = Group(conn, frequency="weekly")
    group.run_round(1)
    opened = conn.execute("SELECT status FROM ajo_rounds WHERE group_id = %s AND round = 2", (group.id,)).fetchone()
    assert opened == ("scheduled",)
    assert call(conn, "open_group_round", group.organizer, group.id).status == "open"
    assert group.pay(group.users[4], 2, day(3)).status == "completed"
    refusal(conn, "AV042", lambda: group.collect(day(3)))
    group.collect(day(8))
    assert group.disburse(2, day(8)).amount == 5000
    assert_books_balance(conn)


def test_the_totals_of_a_group_change_once_a_collection_not_once_a_member(conn):
    group = Group(conn)
    conn.execute(
        """CREATE TEMP TABLE seen (total numeric);
           CREATE FUNCTION pg_temp.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             'BEGIN INSERT INTO pg_temp.seen VALUES (NEW.total_collected); RETURN NULL; END';
           CREATE TRIGGER ajo_groups_see AFTER UPDATE ON ajo_groups FOR EACH ROW
             WHEN (OLD.total_collected <> NEW.total_collected) EXECUTE FUNCTION pg_temp.see()"""
    )
    group.collect(day(1))
    assert conn.execute("SELECT total FROM seen").fetchall() == [(5000,)]


def test_the_fee_is_rounded_half_up_to_the_kobo(conn):
    # Three times 0.25; 2 % of 0.75 is 0.015.
    group = Group(conn, 3, amount=Decimal("0.25"))
    payout = group.run_round(1)
    assert (payout.amount, payout.service_fee, payout.net_amount) == (Decimal("0.75"), Decimal("0.02"), Decimal("0.73"))
    assert group.pool() == 0
    assert_books_balance(conn)


def test_a_rotation_that_starts_on_the_31st_comes_back_to_the_31st(conn):
    group = Group(conn, 3, frequency="monthly")
    assert [str(group.round(number).due_date) for number in (1, 2, 3)] == ["2031-01-31", "2031-02-28", "2031-03-31"]
    assert str(group.row().end_date) == "2031-03-31"


def test_the_application_lives_by_the_clock(conn):
    """The public functions pass now(): round 1 of a group that starts today can be lived, round 2 is tomorrow's."""
    organizer, member, late = new_user(conn, tier=2), new_user(conn), new_user(conn)
    terms = ("Clockwork", 3, 1000, "daily", "sequential", "organizer_covers")
    group_id = call(conn, "create_ajo_group", organizer, *terms).id
    for user in (member, late):
        call(conn, "join_ajo_group", user, group_id)
    assert call(conn, "leave_ajo_group", late, group_id).status == "left"
    call(conn, "join_ajo_group", late, group_id)
    started = call(conn, "start_ajo_group", organizer, group_id)
    assert started.start_date == row(conn, "SELECT app_today() AS today").today
    assert call(conn, "record_group_contribution", member, group_id, 1).status == "completed"
    assert [contribution.status for contribution in call_all(conn, "collect_group_round", organizer, group_id)] == [
        "completed"
    ] * 3
    assert call_all(conn, "mark_group_defaults", organizer, group_id) == []
    assert call(conn, "disburse_group_round", organizer, group_id, 1).net_amount == 2940
    late_id = row(conn, "SELECT id FROM group_members WHERE group_id = %s AND user_id = %s", group_id, late).id
    refusal(conn, "AV042", lambda: call_all(conn, "collect_group_round", organizer, group_id))
    refusal(conn, "AV049", lambda: call(conn, "cover_group_default", organizer, group_id, late_id, "organizer"))
    refusal(conn, "AV041", lambda: call(conn, "complete_ajo_group", organizer, group_id))
    assert call(conn, "remove_group_member", organizer, group_id, late_id, "Moved away").status == "removed"
    assert_books_balance(conn)


def test_half_past_eleven_at_night_utc_is_already_the_next_day(conn):
    group = Group(conn, frequency="weekly")
    group.run_round(1)
    night = day(7).replace(hour=23, minute=30)
    assert [contribution.round for contribution in group.collect(night)] == [2] * 5
