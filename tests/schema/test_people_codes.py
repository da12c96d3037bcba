"""0048: codes and one-time tokens: compared in the database, counted under a lock, used once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import call, call_at, digest, insert, one, refused, register, value

PHONE, OTHER = "+2348012345678", "+2348087654321"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn):
    return register(conn, phone=PHONE)


def send_code(conn, code="123456", moment=NOW, phone=PHONE):
    return insert(
        conn,
        "phone_verification",
        {
            "phone_number": phone,
            "otp_hash": digest(code),
            "created_at": moment,
            "expires_at": moment + 10 * MINUTES,
        },
    )


def guess(conn, code, moment=NOW, user_id=None, phone=PHONE):
    return call_at(conn, moment, "verify_phone_otp", user_id, phone, digest(code))


def state(conn, code_id):
    return one(conn, "SELECT attempts, verified FROM phone_verification WHERE id = %s", code_id)


def test_the_right_code_marks_the_users_phone_and_works_once(conn, ada):
    code = send_code(conn)
    assert guess(conn, "123456", user_id=ada) == ("verified", 0)
    assert state(conn, code) == (1, True)
    assert value(conn, 'SELECT phone_verified FROM "user" WHERE id = %s', ada)
    assert guess(conn, "123456", user_id=ada) == ("used", 0)
    assert state(conn, code) == (1, True)


def test_before_there_is_a_user_a_code_can_be_verified_too(conn, ada):
    code = send_code(conn)
    assert guess(conn, "123456").outcome == "verified"
    assert state(conn, code).verified
    assert not value(conn, 'SELECT phone_verified FROM "user" WHERE id = %s', ada)


def test_five_wrong_guesses_are_the_last(conn, ada):
    code = send_code(conn)
    assert [guess(conn, "000000") for _ in range(5)] == [("wrong", left) for left in (4, 3, 2, 1, 0)]
    assert guess(conn, "123456") == ("exhausted", 0)
    assert state(conn, code) == (5, False)


def test_the_fifth_guess_may_still_be_right(conn, ada):
    send_code(conn)
    for _ in range(4):
        guess(conn, "000000")
    assert guess(conn, "123456").outcome == "verified"


@pytest.mark.parametrize(
    ("age", "outcome"), [(10 * MINUTES - timedelta(microseconds=1), "verified"), (10 * MINUTES, "expired")]
)
def test_a_code_works_until_its_end_and_not_at_it(conn, ada, age, outcome):
    code = send_code(conn)
    assert guess(conn, "123456", NOW + age).outcome == outcome
    assert state(conn, code).attempts == (1 if outcome == "verified" else 0)


def test_only_the_newest_code_of_a_number_counts(conn, ada):
    old = send_code(conn, "111111")
    send_code(conn, "222222", NOW + MINUTES)
    assert guess(conn, "111111", NOW + MINUTES).outcome == "wrong"
    assert state(conn, old).attempts == 0
    assert guess(conn, "222222", NOW + MINUTES).outcome == "verified"


def test_a_number_without_a_code_is_unknown(conn, ada):
    assert guess(conn, "123456") == ("unknown", 0)
    send_code(conn)
    assert guess(conn, "123456", phone=OTHER) == ("unknown", 0)


@pytest.mark.parametrize("whose", ["another user's", "nobody's"])
def test_nobody_verifies_a_number_that_is_not_theirs(conn, ada, whose):
    ben = register(conn, phone=OTHER if whose == "another user's" else None)
    code = send_code(conn)
    assert refused(conn, "AV059", "verify_phone_otp", ben, PHONE, digest("123456")) == {"user_id": str(ben)}
    refused(conn, "AV059", "verify_phone_otp", UUID(int=99), PHONE, digest("123456"))
    assert state(conn, code) == (0, False)


def test_parallel_guesses_are_all_counted_and_no_sixth_is_compared(migrated_url):
    with psycopg.connect(migrated_url) as setup:
        code = send_code(setup)
    start = threading.Barrier(8)

    def attempt(index):
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            return [guess(conn, f"{index}{turn}").outcome for turn in range(3)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for found in pool.map(attempt, range(8)) for outcome in found]
    assert sorted(outcomes) == ["exhausted"] * 19 + ["wrong"] * 5
    with psycopg.connect(migrated_url) as conn:
        assert state(conn, code) == (5, False)
        assert guess(conn, "123456").outcome == "exhausted"


def test_of_parallel_right_guesses_one_is_the_one(migrated_url):
    with psycopg.connect(migrated_url) as setup:
        send_code(setup)
    start = threading.Barrier(6)

    def attempt(_):
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            return guess(conn, "123456").outcome

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == ["used"] * 5 + ["verified"]


# Tokens


def send_token(conn, identifier="email:ada@example.com", name="token"):
    return insert(
        conn,
        "verification",
        {
            "identifier": identifier,
            "value_hash": digest(name),
            "created_at": NOW,
            "expires_at": NOW + timedelta(hours=24),
        },
    )


def consume(conn, identifier="email:ada@example.com", name="token", moment=NOW):
    return call_at(conn, moment, "consume_verification", identifier, digest(name))


def test_a_token_is_used_up_by_the_first_who_shows_it(conn):
    send_token(conn)
    assert consume(conn) is True
    assert consume(conn) is False
    assert value(conn, "SELECT count(*) FROM verification") == 0


@pytest.mark.parametrize(
    ("identifier", "name"), [("email:ben@example.com", "token"), ("email:ada@example.com", "other")]
)
def test_a_token_for_something_else_or_a_wrong_one_uses_up_nothing(conn, identifier, name):
    send_token(conn)
    assert consume(conn, identifier, name) is False
    assert consume(conn) is True


@pytest.mark.parametrize(
    ("age", "valid"), [(timedelta(hours=24) - timedelta(microseconds=1), True), (timedelta(hours=24), False)]
)
def test_a_token_works_until_its_end_and_is_gone_either_way(conn, age, valid):
    send_token(conn)
    assert consume(conn, moment=NOW + age) is valid
    assert value(conn, "SELECT count(*) FROM verification") == 0


def test_of_parallel_uses_of_one_token_one_succeeds(migrated_url):
    with psycopg.connect(migrated_url) as setup:
        send_token(setup)
    start = threading.Barrier(6)

    def attempt(_):
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            return consume(conn)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [False] * 5 + [True]


def test_the_application_calls_both_without_a_clock(conn):
    assert call(conn, "verify_phone_otp", None, PHONE, digest("1")) == ("unknown", 0)
    assert call(conn, "consume_verification", "email:x", digest("1")) is False
