"""0046: one call makes a user with everything that every user has, or nothing."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.schema.people import call, one, open_house, refused, register, rows, value

TABLES = [
    '"user"',
    "wallets",
    "ledger_accounts",
    "notification_preferences",
    "user_analytics",
    "user_roles",
    "audit_log",
]


@pytest.fixture
def conn(house_conn):
    return house_conn


def counts(conn):
    return {table: value(conn, f"SELECT count(*) FROM {table}") for table in TABLES}


def test_registration_makes_user_wallet_preferences_figures_and_role(conn, admin):
    ada = call(conn, "register_user", None, " Ada Obi ", " Ada@Example.COM ", "+2348012345678", "1990-05-17")
    user = one(conn, 'SELECT * FROM "user" WHERE id = %s', ada)
    assert (user.name, user.email, user.phone_number) == ("Ada Obi", "ada@example.com", "+2348012345678")
    assert (str(user.date_of_birth), user.kyc_tier, user.kyc_status, user.is_active) == (
        "1990-05-17",
        0,
        "pending",
        True,
    )
    assert ada.version == 7
    wallet = one(conn, "SELECT balance, currency, is_active FROM wallets WHERE user_id = %s", ada)
    assert wallet == (0, "NGN", True)
    for table in ("notification_preferences", "user_analytics"):
        assert value(conn, f"SELECT count(*) FROM {table} WHERE user_id = %s", ada) == 1
    assert (
        value(conn, "SELECT roles.name FROM user_roles JOIN roles ON roles.id = role_id WHERE user_id = %s", ada)
        == "user"
    )
    assert call(conn, "has_permission", ada, "wallet:fund")


def test_a_repeated_call_with_the_same_id_is_the_same_user(conn, admin):
    chosen = uuid4()
    arguments = (chosen, "Ada Obi", "ada@example.com", "+2348012345678")
    assert call(conn, "register_user", *arguments) == chosen
    before = counts(conn)
    assert call(conn, "register_user", *arguments) == chosen
    assert counts(conn) == before


@pytest.mark.parametrize(
    ("sqlstate", "email", "phone"),
    [
        ("AV056", "ADA@example.com", None),
        ("AV056", "ada@example.com", "+2348099999999"),
        ("AV057", "other@example.com", "+2348012345678"),
    ],
)
def test_an_address_or_number_of_another_user_is_refused_without_saying_whose(conn, admin, sqlstate, email, phone):
    register(conn, email="ada@example.com", phone="+2348012345678")
    before = counts(conn)
    values = refused(conn, sqlstate, "register_user", None, "Eve", email, phone)
    assert values == {"field": "email" if sqlstate == "AV056" else "phone_number"}
    assert counts(conn) == before


def test_an_id_of_another_user_is_refused(conn, admin):
    ada = register(conn)
    refused(conn, "23505", "register_user", ada, "Eve", "eve@example.com")


@pytest.mark.parametrize(
    ("arguments", "constraint"),
    [
        (["", "eve@example.com"], "user_name_length_check"),
        (["Eve", "eve"], "user_email_shape_check"),
        (["Eve", "eve@example.com", "0801"], "user_phone_number_e164_check"),
        (["Eve", "eve@example.com", None, "1899-01-01"], "user_date_of_birth_plausible_check"),
    ],
)
def test_bad_data_is_refused_by_the_rules_name_and_leaves_nothing(conn, admin, arguments, constraint):
    before = counts(conn)
    assert refused(conn, "23514", "register_user", None, *arguments).constraint_name == constraint
    assert counts(conn) == before


@pytest.mark.parametrize("arguments", [[None, "eve@example.com"], ["Eve", None]])
def test_a_name_and_an_address_are_needed(conn, admin, arguments):
    refused(conn, "23502", "register_user", None, *arguments)


def test_without_the_seeded_role_nobody_is_registered(bare_conn):
    assert refused(bare_conn, "AV072", "register_user", None, "Ada", "ada@example.com") == {"role": "user"}
    assert value(bare_conn, 'SELECT count(*) FROM "user"') == 0


def test_two_registrations_of_one_address_at_once_make_one_user(migrated_url):
    with psycopg.connect(migrated_url) as setup:
        open_house(setup)
    outcome = []

    def attempt():
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            try:
                outcome.append(register(conn, email="ada@example.com"))
            except psycopg.Error as error:
                outcome.append(error.sqlstate)

    start = threading.Barrier(6)
    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome.count("AV056") == 5
    with psycopg.connect(migrated_url) as conn:
        ada = next(result for result in outcome if isinstance(result, UUID))
        assert value(conn, """SELECT id FROM "user" WHERE email = 'ada@example.com'""") == ada
        for table in ("wallets", "notification_preferences", "user_analytics", "user_roles"):
            assert len(rows(conn, f"SELECT FROM {table} WHERE user_id = %s", ada)) == 1
