"""Many at once, and backends that are killed: real connections, real commits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from tests.schema.groups import (
    FULL,
    Group,
    acting_as,
    assert_books_balance,
    balance,
    call,
    call_all,
    day,
    new_user,
    row,
    spend,
)
from tests.waiting import eventually


@pytest.fixture
def conn(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        yield connection


def at_once(url, *actions):
    """Run each action on its own connection, all at the same moment; return results, or what the database raised."""
    barrier = threading.Barrier(len(actions))

    def run(action):
        with psycopg.connect(url, autocommit=True) as connection:
            barrier.wait(timeout=30)
            try:
                return action(connection)
            except psycopg.Error as error:
                return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def states(results):
    return sorted(result.sqlstate for result in results if isinstance(result, psycopg.Error))


def run_at(connection, moment, function, *arguments):
    return call_all(connection, f"{function}_at", *arguments, moment, role="avdaily_ledger")


def test_of_many_who_join_at_once_only_as_many_get_in_as_there_are_places(conn, migrated_url):
    group = Group(conn, 1, policy="cover_from_deposit", capacity=5, start=False)
    users = [new_user(conn) for _ in range(12)]
    results = at_once(migrated_url, *[lambda c, user=user: call(c, "join_ajo_group", user, group.id) for user in users])
    assert states(results) == ["AV033"] * 8
    assert group.row().current_member_count == 5
    assert len(group.members()) == 5
    # Who was refused has paid no deposit.
    assert sorted(balance(conn, user) for user in users) == [FULL - 1000] * 4 + [FULL] * 8
    assert_books_balance(conn)


def test_one_who_joins_many_times_at_once_joins_once(conn, migrated_url):
    group = Group(conn, 1, policy="cover_from_deposit", capacity=5, start=False)
    user = new_user(conn)
    results = at_once(migrated_url, *[lambda c: call(c, "join_ajo_group", user, group.id)] * 6)
    assert len({member.id for member in results}) == 1
    assert balance(conn, user) == FULL - 1000
    assert group.row().current_member_count == 2


def test_a_group_that_is_created_many_times_at_once_is_one(conn, migrated_url):
    user = new_user(conn, tier=2)
    terms = ("Market Women", 5, 1000, "daily", "random", "pause")
    results = at_once(migrated_url, *[lambda c: call(c, "create_ajo_group", user, *terms)] * 6)
    assert len({group.id for group in results}) == 1
    assert row(conn, "SELECT count(*) AS n FROM ledger_accounts WHERE kind = 'group_pool'").n == 1


def test_an_invitation_that_is_accepted_many_times_at_once_is_one_place(conn, migrated_url):
    group = Group(conn, 1, capacity=5, start=False)
    guest = new_user(conn)
    invitation = call(conn, "invite_to_group", group.organizer, group.id, guest)
    results = at_once(migrated_url, *[lambda c: call(c, "accept_group_invitation", guest, invitation.id)] * 5)
    assert len({member.id for member in results}) == 1
    assert group.row().current_member_count == 2


def test_whoever_joins_while_the_group_starts_is_in_the_rotation_or_refused(conn, migrated_url):
    for _ in range(5):
        group = Group(conn, 2, capacity=9, start=False)
        users = [new_user(conn) for _ in range(4)]
        results = at_once(
            migrated_url,
            lambda c, g=group: call(c, "start_ajo_group", g.organizer, g.id),
            *[lambda c, user=user, g=group: call(c, "join_ajo_group", user, g.id) for user in users],
        )
        assert set(states(results)) <= {"AV032"}
        members = group.members()
        assert [member.position for member in members] == list(range(1, len(members) + 1))
        assert len(group.statuses(1)) == len(members) == group.row().current_member_count


def test_a_pot_that_is_paid_out_many_times_at_once_is_paid_once(conn, migrated_url):
    group = Group(conn)
    group.collect(day(1))
    before = balance(conn, group.organizer)
    results = at_once(
        migrated_url, *[lambda c: run_at(c, day(1), "disburse_group_round", group.organizer, group.id, 1)] * 8
    )
    assert states(results) == []
    assert len({payout.id for (payout,) in results}) == 1
    assert balance(conn, group.organizer) == before + 4900
    assert group.row().current_round == 2
    assert group.pool() == 0
    assert_books_balance(conn)


def test_a_round_that_is_collected_and_paid_many_times_at_once_is_taken_once(conn, migrated_url):
    group = Group(conn)
    results = at_once(
        migrated_url,
        *[lambda c: run_at(c, day(1), "collect_group_round", group.organizer, group.id)] * 4,
        *[
            lambda c, user=user: run_at(c, day(1), "record_group_contribution", user, group.id, 1)
            for user in group.users[:4]
        ],
    )
    assert states(results) == []
    assert [balance(conn, user) for user in group.users] == [FULL - 1000] * 5
    assert (group.pool(), group.round(1).collected) == (5000, 5000)
    assert_books_balance(conn)


def test_groups_that_share_their_members_never_wait_for_each_other_in_a_circle(conn, migrated_url):
    """Six groups of the same users, joined in opposite orders, live at the same time."""
    users = [new_user(conn, tier=2) for _ in range(6)]
    groups = []
    for number, organizer in enumerate(users):
        group = Group(conn, 1, capacity=6, start=False, policy="cover_from_deposit")
        others = [user for user in users if user != organizer]
        for user in others if number % 2 else others[::-1]:
            group.join(user)
        group.start()
        groups.append(group)

    def live(group):
        last = group.members()[-1].id

        def run(connection):
            for number in range(1, 5):
                run_at(connection, day(number), "collect_group_round", group.organizer, group.id)
                run_at(connection, day(number), "disburse_group_round", group.organizer, group.id, number)
            run_at(connection, day(5), "collect_group_round", group.organizer, group.id)
            return run_at(connection, day(5), "remove_group_member", group.organizer, group.id, last, "Moved away")

        return run

    results = at_once(migrated_url, *[live(group) for group in groups])
    assert states(results) == []
    assert_books_balance(conn)


def test_a_payment_of_many_and_a_collection_from_the_same_wallets_do_not_lock_each_other_out(conn, migrated_url):
    group = Group(conn, 4)
    settlement = row(conn, "SELECT id FROM ledger_accounts WHERE kind = 'settlement'").id

    def pay(connection):
        for _ in range(20):
            with acting_as(connection, "avdaily_ledger"):
                connection.execute(
                    "SELECT * FROM post_wallet_debits(%s, %s, %s, 'group_contribution', %s)",
                    (group.users[::-1], [Decimal(1)] * 4, [settlement] * 4, day(1)),
                )

    def collect(connection):
        for number in range(1, 5):
            run_at(connection, day(number), "collect_group_round", group.organizer, group.id)
            run_at(connection, day(number), "disburse_group_round", group.organizer, group.id, number)

    assert states(at_once(migrated_url, pay, collect, pay)) == []
    assert_books_balance(conn)


def wait_until(connection, query, *arguments):
    eventually(lambda: connection.execute(query, arguments).fetchone()[0], query)


def kill(conn, victim):
    pid = victim.info.backend_pid
    conn.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_until(conn, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", pid)
    with pytest.raises(psycopg.OperationalError):
        victim.execute("SELECT 1")


@pytest.mark.fault
@pytest.mark.parametrize("step", ["collect_group_round", "disburse_group_round", "mark_group_defaults"])
def test_a_backend_that_is_killed_before_its_commit_has_done_nothing(conn, migrated_url, step):
    group = Group(conn, policy="cover_from_deposit")
    spend(conn, group.users[4], balance(conn, group.users[4]))
    if step != "collect_group_round":
        group.collect(day(1))
    if step == "disburse_group_round":
        group.mark(day(2))
    arguments = (group.organizer, group.id, *([1] if step == "disburse_group_round" else []))
    before = (group.row(), group.members(), group.statuses(1), [balance(conn, user) for user in group.users])

    with psycopg.connect(migrated_url) as victim:
        victim.execute("BEGIN")
        run_at(victim, day(2), step, *arguments)
        kill(conn, victim)
    assert (group.row(), group.members(), group.statuses(1), [balance(conn, user) for user in group.users]) == before
    assert_books_balance(conn)

    # Whoever comes next does the same step, once, and the life goes on.
    run_at(conn, day(2), step, *arguments)
    if step != "disburse_group_round":
        group.mark(day(2))
        group.disburse(1, day(2))
    assert (group.pool(), group.row().current_round) == (0, 2)
    assert_books_balance(conn)


@pytest.mark.fault
def test_a_backend_that_is_killed_in_the_middle_of_a_collection_has_taken_nothing(conn, migrated_url):
    """Half of the work is done when it waits for the last wallet, which somebody holds; there it is killed."""
    group = Group(conn)
    last = max(group.users)
    outcome = []

    def collect(victim):
        victim.execute("BEGIN")
        try:
            run_at(victim, day(1), "collect_group_round", group.organizer, group.id)
        except psycopg.OperationalError as error:
            outcome.append(error)

    with psycopg.connect(migrated_url) as holder, psycopg.connect(migrated_url) as victim:
        holder.execute("SELECT FROM wallets WHERE user_id = %s FOR NO KEY UPDATE", (last,))
        thread = threading.Thread(target=collect, args=(victim,))
        thread.start()
        pid = victim.info.backend_pid
        wait_until(conn, "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", pid)
        conn.execute("SELECT pg_terminate_backend(%s)", (pid,))
        thread.join(timeout=30)
        holder.rollback()
    assert len(outcome) == 1
    assert [balance(conn, user) for user in group.users] == [FULL] * 5
    assert_books_balance(conn)
    group.run_round(1)
    assert group.pool() == 0
    assert_books_balance(conn)


@pytest.mark.fault
def test_a_second_payout_waits_for_the_first_and_does_its_work_when_that_is_killed(conn, migrated_url):
    group = Group(conn)
    group.collect(day(1))
    done = []

    def pay_out(connection):
        done.append(run_at(connection, day(1), "disburse_group_round", group.organizer, group.id, 1))

    with psycopg.connect(migrated_url) as first, psycopg.connect(migrated_url, autocommit=True) as second:
        first.execute("BEGIN")
        run_at(first, day(1), "disburse_group_round", group.organizer, group.id, 1)
        thread = threading.Thread(target=pay_out, args=(second,))
        thread.start()
        wait_until(
            conn, "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", second.info.backend_pid
        )
        kill(conn, first)
        thread.join(timeout=30)
    assert len(done) == 1
    assert balance(conn, group.organizer) == FULL - 1000 + 4900
    assert group.pool() == 0
    assert_books_balance(conn)
