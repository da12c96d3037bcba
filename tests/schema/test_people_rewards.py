"""0054: rewards are given, redeemed once and expire; a cashback is a posting like any other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import (
    call,
    call_at,
    one,
    open_house,
    refused,
    register,
    rows,
    value,
    with_permissions,
)

NOBODY = UUID(int=99)
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def conn(house_conn):
    return house_conn


def cashback(conn, user_id, admin, key="spring", naira=Decimal("250.50"), expires_at=None):
    return call(conn, "grant_reward", user_id, "cashback", "Spring", key, naira, 0, expires_at, admin)


def reward(conn, reward_id):
    return one(conn, "SELECT * FROM rewards WHERE id = %s", reward_id)


def balance(conn, user_id):
    return value(conn, "SELECT balance FROM wallets WHERE user_id = %s", user_id)


def test_a_cashback_goes_from_reward_expense_to_the_wallet_once(conn, admin):
    ada = register(conn)
    given = cashback(conn, ada, admin)
    assert (reward(conn, given).status, balance(conn, ada)) == ("active", 0)
    redeemed = call(conn, "redeem_reward", ada, given)
    assert (redeemed.status, redeemed.redeemed_at is not None) == ("redeemed", True)
    assert balance(conn, ada) == Decimal("250.50")
    payment = one(conn, "SELECT * FROM transactions WHERE id = %s", redeemed.transaction_id)
    assert (payment.user_id, payment.type, payment.status, payment.amount) == (
        ada,
        "refund",
        "completed",
        Decimal("250.50"),
    )
    entry = one(conn, "SELECT * FROM ledger_entries WHERE transaction_id = %s", payment.id)
    assert entry.debit_account_id == value(conn, "SELECT id FROM ledger_accounts WHERE kind = 'reward_expense'")
    assert entry.credit_account_id == value(conn, "SELECT account_id FROM wallets WHERE user_id = %s", ada)
    assert refused(conn, "AV068", "redeem_reward", ada, given) == {"reward_id": str(given), "status": "redeemed"}
    assert balance(conn, ada) == Decimal("250.50")


@pytest.mark.parametrize("reward_type", ["points", "badge"])
def test_what_has_no_value_moves_no_money(conn, admin, reward_type):
    ada = register(conn)
    given = call(conn, "grant_reward", ada, reward_type, "Thanks", None, None, 5 if reward_type == "points" else 0)
    assert call(conn, "redeem_reward", ada, given).transaction_id is None
    assert rows(conn, "SELECT FROM transactions") == []


def test_a_discount_is_redeemed_without_a_posting_and_keeps_its_value(conn, admin):
    ada = register(conn)
    given = call(conn, "grant_reward", ada, "discount", "Fee off", "fee", 50, 0, None, admin)
    assert call(conn, "redeem_reward", ada, given).value == 50
    assert balance(conn, ada) == 0


def test_the_same_cause_gives_the_same_reward(conn, admin):
    ada, ben = register(conn), register(conn)
    first = cashback(conn, ada, admin)
    assert cashback(conn, ada, admin) == first
    assert cashback(conn, ben, admin) != first
    values = refused(conn, "AV066", "grant_reward", ada, "cashback", "Spring", "spring", 999, 0, None, admin)
    assert values == {"grant_key": "spring", "reward_id": str(first)}
    assert value(conn, "SELECT count(*) FROM rewards WHERE user_id = %s", ada) == 1


@pytest.mark.parametrize("reward_type", ["cashback", "discount"])
def test_only_who_has_authority_gives_what_has_a_value(conn, admin, reward_type):
    ada = register(conn)
    clerk = with_permissions(conn, "admin:users", "admin:reports")
    for giver in (None, ada, clerk, NOBODY):
        values = refused(conn, "AV082", "grant_reward", ada, reward_type, "Gift", "g", 1_000_000, 0, None, giver)
        assert values["permission"] == "admin:system"
    refused(conn, "AV082", "grant_reward", ada, reward_type, "Gift", "g", 100, 0, None, admin, actor=ada)
    assert rows(conn, "SELECT FROM rewards") == []


@pytest.mark.parametrize("naira", [0, -1, Decimal("0.005"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e13")])
def test_a_value_that_is_no_money_is_refused(conn, admin, naira):
    refused(conn, "22023", "grant_reward", register(conn), "cashback", "Gift", "g", naira, 0, None, admin)
    assert rows(conn, "SELECT FROM rewards") == []


@pytest.mark.parametrize("end", ["-infinity", "infinity", "2020-01-01"])
def test_a_reward_ends_in_the_future_or_never(conn, admin, end):
    refused(conn, "AV084", "grant_reward", register(conn), "badge", "Gift", "g", None, 0, end)


@pytest.mark.parametrize(
    ("sqlstate", "standing"),
    [
        ("AV051", "is_active = false"),
        ("AV052", "is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"),
    ],
)
def test_who_may_not_act_is_given_nothing_and_redeems_nothing(conn, admin, sqlstate, standing):
    ada = register(conn)
    given = cashback(conn, ada, admin)
    conn.execute(f'UPDATE "user" SET {standing} WHERE id = %s', [ada])
    assert refused(conn, sqlstate, "redeem_reward", ada, given) == {"user_id": str(ada)}
    refused(conn, sqlstate, "grant_reward", ada, "badge", "Gift", "g")
    assert (reward(conn, given).status, balance(conn, ada)) == ("active", 0)


def test_nobody_redeems_what_is_not_theirs(conn, admin):
    ada, ben = register(conn), register(conn)
    given = cashback(conn, ada, admin)
    assert refused(conn, "AV067", "redeem_reward", ben, given) == {"user_id": str(ben), "reward_id": str(given)}
    refused(conn, "AV067", "redeem_reward", ada, NOBODY)
    refused(conn, "AV067", "redeem_reward", ada, None)
    refused(conn, "AV050", "redeem_reward", NOBODY, given)
    assert (balance(conn, ada), balance(conn, ben)) == (0, 0)


def test_a_frozen_wallet_still_takes_a_cashback(conn, admin):
    ada = register(conn)
    given = cashback(conn, ada, admin)
    conn.execute(
        "UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'court order 17' WHERE user_id = %s",
        [ada],
    )
    call(conn, "redeem_reward", ada, given)
    assert balance(conn, ada) == Decimal("250.50")


# Time


def test_a_reward_can_be_redeemed_until_its_end_and_not_at_it(conn, admin):
    ada = register(conn)
    given = cashback(conn, ada, admin, expires_at=NOW + DAY)
    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        call_at(conn, NOW + DAY, "redeem_reward", ada, given)
    assert caught.value.sqlstate == "AV069"
    assert call_at(conn, NOW + DAY - timedelta(microseconds=1), "redeem_reward", ada, given).status == "redeemed"


def test_what_has_come_to_its_end_expires_and_nothing_else(conn, admin):
    ada = register(conn)
    ending = [cashback(conn, ada, admin, f"end {number}", expires_at=NOW + DAY) for number in range(3)]
    later = cashback(conn, ada, admin, "later", expires_at=NOW + 2 * DAY)
    endless = cashback(conn, ada, admin, "endless")
    used = cashback(conn, ada, admin, "used", expires_at=NOW + DAY)
    call(conn, "redeem_reward", ada, used)
    assert call_at(conn, NOW + DAY - timedelta(microseconds=1), "expire_rewards", 100) == 0
    assert call_at(conn, NOW + DAY, "expire_rewards", 2) == 2
    assert call_at(conn, NOW + DAY, "expire_rewards", 100) == 1
    assert call_at(conn, NOW + DAY, "expire_rewards", 100) == 0
    assert {reward(conn, given).status for given in ending} == {"expired"}
    assert [reward(conn, given).status for given in (later, endless, used)] == ["active", "active", "redeemed"]
    assert refused(conn, "AV068", "redeem_reward", ada, ending[0])["status"] == "expired"
    assert call(conn, "expire_rewards") == 0


# At once


def together(number, action):
    start = threading.Barrier(number)

    def run(index):
        start.wait()
        try:
            return action(index)
        except psycopg.Error as error:
            return error.sqlstate

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.fixture
def house(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        yield conn, open_house(conn)


def test_of_parallel_redemptions_one_pays(house, migrated_url):
    conn, admin = house
    ada = register(conn)
    given = cashback(conn, ada, admin)

    def redeem(_):
        with psycopg.connect(migrated_url) as other:
            return call(other, "redeem_reward", ada, given).status

    assert sorted(together(6, redeem)) == ["AV068"] * 5 + ["redeemed"]
    assert balance(conn, ada) == Decimal("250.50")


def test_of_parallel_grants_for_one_cause_one_is_made(house, migrated_url):
    conn, admin = house
    ada = register(conn)

    def grant(_):
        with psycopg.connect(migrated_url) as other:
            return cashback(other, ada, admin)

    assert len(set(together(6, grant))) == 1
    assert value(conn, "SELECT count(*) FROM rewards") == 1


def test_redeeming_two_rewards_in_either_order_is_no_deadlock(house, migrated_url):
    conn, admin = house
    ada = register(conn)
    for turn in range(5):
        pair = [cashback(conn, ada, admin, f"{turn} {name}", 1) for name in "ab"]

        def redeem(index, pair=pair):
            with psycopg.connect(migrated_url) as other, other.transaction():
                return [call(other, "redeem_reward", ada, given).status for given in pair[:: -1 if index else 1]]

        outcomes = together(2, redeem)
        assert sorted(map(str, outcomes)) == ["AV068", "['redeemed', 'redeemed']"]
    assert balance(conn, ada) == 10


def test_a_reward_that_expires_while_it_is_redeemed_does_one_of_both(house, migrated_url):
    conn, admin = house
    ada = register(conn)
    given = [cashback(conn, ada, admin, str(number), 1, NOW + DAY) for number in range(20)]

    def act(index):
        with psycopg.connect(migrated_url, autocommit=True) as other:
            if index:
                return [call_at(other, NOW + DAY, "expire_rewards", 1) for _ in given]
            done = []
            for reward_id in given:
                try:
                    done.append(call(other, "redeem_reward", ada, reward_id).status)
                except psycopg.Error as error:
                    done.append(error.sqlstate)
            return done

    redeemed, expired = together(2, act)
    assert set(redeemed) <= {"redeemed", "AV068"}
    assert redeemed.count("redeemed") + sum(expired) == 20
    assert balance(conn, ada) == redeemed.count("redeemed")
