"""Any number of members, any order: positions are a permutation, and each member is paid out once."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.groups import (
    FULL,
    Group,
    all_at,
    assert_books_balance,
    at,
    balance,
    call,
    call_all,
    day,
    due,
    new_user,
    refusal,
    spend,
)


def set_order(group, member_ids):
    return call_all(group.conn, "set_rotation_order", group.organizer, group.id, member_ids)


def positions(group):
    return [member.position for member in group.members()]


def test_a_sequential_order_is_that_of_joining(conn):
    group = Group(conn, 4)
    assert [member.user_id for member in group.members()] == group.users
    assert positions(group) == [1, 2, 3, 4]


def test_a_manual_order_is_the_organizers(conn):
    group = Group(conn, 4, order="manual", start=False)
    wanted = [member.id for member in reversed(group.members())]
    assert [member.id for member in set_order(group, wanted)] == wanted
    # It can be changed until the start.
    wanted = wanted[1:] + wanted[:1]
    assert [member.id for member in set_order(group, wanted)] == wanted
    group.start()
    assert [group.round(number).recipient_member_id for number in range(1, 5)] == wanted
    refusal(conn, "AV032", lambda: set_order(group, wanted))


def test_a_manual_order_names_each_member_once(conn):
    group = Group(conn, 3, order="manual", start=False)
    ids = [member.id for member in group.members()]
    stranger = Group(conn, 1, capacity=2, start=False).members()[0].id
    for wrong in ([], ids[:2], [*ids, ids[0]], [ids[0], ids[0], ids[1]], [*ids[:2], stranger], [*ids[:2], None], None):
        values = refusal(conn, "AV039", lambda wrong=wrong: set_order(group, wrong))
        assert values["members"] == 3
    refusal(conn, "AV031", lambda: call_all(conn, "set_rotation_order", group.users[1], group.id, ids))
    # Without an order, or with one that somebody who joined later is missing in, there is no start.
    refusal(conn, "AV039", group.start)
    set_order(group, ids)
    group.leave(group.users[1], day(0))
    refusal(conn, "AV039", group.start)
    group.join(group.users[1])
    refusal(conn, "AV039", group.start)
    set_order(group, ids[::-1])
    group.start()
    assert [member.id for member in group.members()] == ids[::-1]


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_only_a_manual_rotation_takes_an_order(conn, order):
    group = Group(conn, 2, order=order, start=False)
    refusal(conn, "AV039", lambda: set_order(group, [member.id for member in group.members()]))


def test_a_seed_gives_one_order_and_another_seed_another(conn):
    def order_of(seed):
        with conn.transaction(force_rollback=True):
            started = group.start(seed)
            assert started.rotation_seed == seed
            return tuple(member.user_id for member in group.members())

    group = Group(conn, 6, order="random", start=False)
    orders = {seed: order_of(seed) for seed in range(8)}
    assert {seed: order_of(seed) for seed in range(8)} == orders
    assert len(set(orders.values())) > 1


def test_nobody_chooses_the_seed_of_a_random_order(conn):
    group = Group(conn, 6, order="random", start=False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
        call(conn, "start_ajo_group_at", group.organizer, group.id, None, 7, day(1), role="avdaily_app")
    started = call(conn, "start_ajo_group", group.organizer, group.id)
    assert started.rotation_seed is not None
    # The seed that was kept explains the order.
    again = conn.execute(
        """SELECT array_agg(id ORDER BY sha256(convert_to(%s || ' ' || user_id, 'UTF8')))
           FROM group_members WHERE group_id = %s""",
        (str(started.rotation_seed), group.id),
    ).fetchone()[0]
    assert [member.id for member in group.members()] == again


def test_the_start_writes_all_rounds_and_opens_the_first(conn):
    group = Group(conn, 3, frequency="weekly", capacity=5)
    started = group.row()
    assert (started.status, started.current_round, started.current_position) == ("active", 1, 1)
    assert (started.start_date, started.next_payout_date, started.end_date) == (due(1), due(1), due(15))
    rounds = conn.execute(
        "SELECT round, due_date, status, expected, collected FROM ajo_rounds WHERE group_id = %s ORDER BY round",
        (group.id,),
    ).fetchall()
    assert rounds == [(1, due(1), "open", 3000, 0), (2, due(8), "scheduled", 0, 0), (3, due(15), "scheduled", 0, 0)]
    assert group.statuses(1) == ["pending"] * 3
    refusal(conn, "AV032", group.start)


def test_a_start_lies_between_today_and_ninety_days_ahead(conn):
    group = Group(conn, 2, start=False)

    def start(date):
        return at_start(group, date)

    def at_start(group, date):
        return call(conn, "start_ajo_group_at", group.organizer, group.id, date, 1, day(1), role="avdaily_ledger")

    for date in (due(0), due(92), "infinity", "-infinity"):
        refusal(conn, "AV044", lambda date=date: start(date))
    assert start(due(91)).next_payout_date == due(91)
    refusal(conn, "AV042", lambda: group.collect(day(90)))
    assert group.mark(day(90)) == []


def test_a_rotation_needs_two(conn):
    group = Group(conn, 1, capacity=2, start=False)
    values = refusal(conn, "AV039", group.start)
    assert values["members"] == 1
    refusal(conn, "AV031", lambda: call(conn, "start_ajo_group", new_user(conn), group.id))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), order=st.sampled_from(["sequential", "manual", "random"]), seed=st.integers(-(2**63), 2**63 - 1))
def test_each_member_of_any_rotation_is_paid_out_exactly_once(conn, data, order, seed):
    size = data.draw(st.sampled_from([2, 3, 4, 5, 7, 12, 25, 50]), label="size")
    with conn.transaction(force_rollback=True):
        group = Group(conn, size, amount=100, order=order, start=False)
        if order == "manual":
            set_order(group, data.draw(st.permutations([member.id for member in group.members()]), label="order"))
        group.start(seed)
        assert positions(group) == list(range(1, size + 1))
        for number in range(1, size + 1):
            payout = group.run_round(number)
            assert payout.member_id == group.members()[number - 1].id
            assert group.pool() == 0
        group.complete(day(size))
        paid = conn.execute("SELECT user_id FROM group_payouts WHERE group_id = %s", (group.id,)).fetchall()
        assert sorted(user for (user,) in paid) == sorted(group.users)
        assert all(member.has_received_payout for member in group.members())
        # What a member loses is the fee on one pot of 100 a member.
        assert {balance(conn, user) for user in group.users} == {FULL - 2 * size}
        assert_books_balance(conn)


def test_a_round_is_not_paid_out_before_it_is_full_due_and_its_turn(conn):
    group = Group(conn, 3, frequency="weekly")
    group.pay(group.users[0], 1, day(1))
    values = refusal(conn, "AV041", lambda: group.disburse(1, day(1)))
    assert (values["expected"], values["collected"]) == ("3000.00", "1000.00")
    for number in (0, 2, 4, -1, None):
        refusal(conn, "AV040", lambda number=number: group.disburse(number, day(1)))
    group.run_round(1)
    refusal(conn, "AV040", lambda: group.disburse(2, day(8)))
    call(conn, "open_group_round", group.organizer, group.id)
    for user in group.users:
        group.pay(user, 2, day(2))
    values = refusal(conn, "AV042", lambda: group.disburse(2, day(7)))
    assert values == {"group_id": str(group.id), "round": 2, "due_date": "2031-02-07", "today": "2031-02-06"}
    group.disburse(2, day(8))
    assert_books_balance(conn)


def test_only_the_organizer_runs_the_rotation(conn):
    group = Group(conn, 2)
    member = group.users[1]
    for function, *arguments in (
        ("open_group_round",),
        ("collect_group_round",),
        ("mark_group_defaults",),
        ("disburse_group_round", 1),
        ("complete_ajo_group",),
        ("cover_group_default", group.member(member).id, "organizer"),
    ):
        values = refusal(conn, "AV031", lambda f=function, a=arguments: call_all(conn, f, member, group.id, *a))
        assert values == {"group_id": str(group.id), "user_id": str(member)}
        refusal(conn, "AV031", lambda f=function, a=arguments: call_all(conn, f, None, group.id, *a))


def test_a_group_that_does_not_run_collects_nothing(conn):
    group = Group(conn, 2, start=False)
    for function, *arguments in (
        ("open_group_round",),
        ("collect_group_round",),
        ("mark_group_defaults",),
        ("disburse_group_round", 1),
        ("complete_ajo_group",),
        ("cover_group_default", group.members()[1].id, "organizer"),
    ):
        refusal(conn, "AV032", lambda f=function, a=arguments: call_all(conn, f, group.organizer, group.id, *a))


def test_a_rotation_completes_after_its_last_payout_and_once(conn):
    group = Group(conn, 2, policy="cover_from_deposit")
    group.run_round(1)
    values = refusal(conn, "AV041", lambda: group.complete(day(1)))
    assert values["rounds_left"] == 1
    group.run_round(2)
    refusal(conn, "AV040", lambda: group.collect(day(3)))
    done = group.complete(day(2))
    assert done.status == "completed"
    entries = conn.execute("SELECT count(*) FROM ledger_entries").fetchone()
    assert group.complete(day(3)) == done
    assert conn.execute("SELECT count(*) FROM ledger_entries").fetchone() == entries
    assert [balance(conn, user) for user in group.users] == [FULL - 40] * 2
    refusal(conn, "AV032", lambda: group.cancel(group.organizer, day(3)))


def test_what_a_member_cannot_pay(conn):
    group = Group(conn, 3)
    refusal(conn, "AV034", lambda: group.pay(new_user(conn), 1, day(1)))
    for number in (0, 2, 99, None):
        values = refusal(conn, "AV049", lambda number=number: group.pay(group.users[1], number, day(1)))
        assert values == {"group_id": str(group.id), "round": number, "status": None}
    refusal(conn, "AV030", lambda: at(conn, day(1), "record_group_contribution", group.users[1], None, 1))


def test_what_cannot_be_covered(conn):
    group = Group(conn, 3, policy="cover_from_deposit", deposit=1500)
    late = group.users[2]
    refusal(conn, "AV049", lambda: group.cover(late, "deposit", day(1)))
    spend(conn, late, balance(conn, late))
    group.collect(day(1))
    group.mark(day(2))
    covered = group.cover(late, "deposit", day(2))
    assert (covered.status, covered.cover_source) == ("covered", "deposit")
    group.disburse(1, day(2))
    group.collect(day(2))
    group.mark(day(3))
    values = refusal(conn, "AV047", lambda: group.cover(late, "deposit", day(3)))
    assert values == {"source": "deposit", "needed": "1000.00", "deposit": "500.00"}
    refusal(conn, "AV047", lambda: group.cover(late, "charity", day(3)))
    refusal(conn, "AV047", lambda: group.cover(late, None, day(3)))
    spend(conn, group.organizer, balance(conn, group.organizer) - 5)
    refusal(conn, "AV001", lambda: group.cover(late, "organizer", day(3)))
    assert group.row().status == "paused"


def test_the_organizer_may_help_whatever_the_policy(conn):
    group = Group(conn, 3, policy="pause")
    late = group.users[2]
    spend(conn, late, FULL)
    group.collect(day(1))
    group.mark(day(2))
    assert group.row().status == "paused"
    covered = group.cover(late, "organizer", day(2))
    assert (covered.status, covered.cover_source) == ("covered", "organizer")
    assert group.row().status == "active"
    group.disburse(1, day(2))
    assert_books_balance(conn)


def test_the_organizers_own_default_is_covered_by_nobody_else(conn):
    group = Group(conn, 3, policy="organizer_covers")
    spend(conn, group.organizer, FULL)
    group.collect(day(1))
    group.mark(day(2))
    assert group.statuses(1) == ["late", "completed", "completed"]
    assert group.row().status == "paused"
    refusal(conn, "AV047", lambda: group.cover(group.organizer, "organizer", day(2)))


def test_the_jobs_results_come_in_the_order_of_positions(conn):
    group = Group(conn, 4, order="random")
    expected = [member.id for member in group.members()]
    collected = all_at(conn, day(1), "collect_group_round", group.organizer, group.id)
    assert [contribution.member_id for contribution in collected] == expected
