"""0050 and 0051: users are suspended, reinstated, deactivated and forgotten."""

from uuid import UUID

import psycopg
import pytest

from tests.schema.people import (
    acting_as,
    call,
    digest,
    give_role,
    insert,
    new_plan,
    one,
    refused,
    register,
    rows,
    value,
    with_permissions,
)

NOBODY = UUID(int=99)
REASON = "sold her account"


@pytest.fixture
def conn(house_conn):
    return house_conn


def standing(conn, user_id):
    return one(
        conn,
        """SELECT is_active, is_suspended, suspended_at IS NOT NULL AS dated, suspension_reason
           FROM "user" WHERE id = %s""",
        user_id,
    )


def sign_in(conn, user_id, name):
    return call(conn, "create_session", user_id, digest(f"{user_id}{name}"))


def alive(conn, user_id):
    return value(conn, "SELECT count(*) FROM session WHERE user_id = %s AND revoked_at IS NULL", user_id)


def last_audit(conn, user_id):
    return rows(conn, "SELECT * FROM audit_log WHERE subject_user_id = %s ORDER BY id DESC LIMIT 1", user_id)[0]


# Suspension


def test_a_suspension_blocks_the_user_ends_the_sessions_and_says_why(conn, admin):
    ada = register(conn)
    for device in "ab":
        sign_in(conn, ada, device)
    sign_in(conn, admin, "a")
    assert call(conn, "suspend_user", ada, admin, f" {REASON} ") == 2
    assert standing(conn, ada) == (True, True, True, REASON)
    assert (alive(conn, ada), alive(conn, admin)) == (0, 1)
    assert not call(conn, "has_permission", ada, "wallet:fund")
    entry = last_audit(conn, ada)
    assert (entry.user_id, entry.metadata["new"]) == (admin, {"is_suspended": True})


def test_a_reinstated_user_may_again_and_signs_in_anew(conn, admin):
    ada = register(conn)
    sign_in(conn, ada, "a")
    call(conn, "suspend_user", ada, admin, REASON)
    call(conn, "reinstate_user", ada, admin)
    assert standing(conn, ada) == (True, False, False, None)
    assert alive(conn, ada) == 0
    assert call(conn, "has_permission", ada, "wallet:fund")
    assert last_audit(conn, ada).user_id == admin


@pytest.mark.parametrize(
    ("reason", "given"), [(None, 0), ("", 0), ("too short", 9), (" too short ", 9), ("x" * 501, 501)]
)
def test_a_reason_has_ten_to_five_hundred_characters(conn, admin, reason, given):
    ada = register(conn)
    assert refused(conn, "AV055", "suspend_user", ada, admin, reason) == {
        "minimum": 10,
        "maximum": 500,
        "given": given,
    }
    assert standing(conn, ada) == (True, False, False, None)


def test_nobody_is_suspended_twice_or_reinstated_without_need(conn, admin):
    ada = register(conn)
    assert refused(conn, "AV054", "reinstate_user", ada, admin) == {"user_id": str(ada)}
    call(conn, "suspend_user", ada, admin, REASON)
    assert refused(conn, "AV053", "suspend_user", ada, admin, "another reason") == {"user_id": str(ada)}
    assert standing(conn, ada).suspension_reason == REASON


def test_who_is_unknown_or_deactivated_is_not_suspended(conn, admin):
    ada = register(conn)
    call(conn, "deactivate_user", ada, admin)
    assert refused(conn, "AV051", "suspend_user", ada, admin, REASON) == {"user_id": str(ada)}
    refused(conn, "AV050", "suspend_user", NOBODY, admin, REASON)
    refused(conn, "AV050", "suspend_user", None, admin, REASON)


@pytest.mark.parametrize(
    ("function", "more"),
    [("suspend_user", [REASON]), ("reinstate_user", []), ("deactivate_user", []), ("reactivate_user", [])],
)
def test_only_who_has_authority_over_a_user_changes_their_standing(conn, admin, function, more):
    ada = with_permissions(conn, "kyc:review")
    if function == "reinstate_user":
        call(conn, "suspend_user", ada, admin, REASON)
    before = standing(conn, ada)
    refused(conn, "AV082", function, ada, register(conn), *more)
    refused(conn, "AV082", function, ada, None, *more)
    refused(conn, "AV082", function, ada, admin, *more, actor=register(conn))
    # admin:users alone is not enough against somebody who may more.
    clerk = with_permissions(conn, "admin:users")
    assert refused(conn, "AV082", function, ada, clerk, *more)["permission"] == "kyc:review"
    assert standing(conn, ada) == before


def test_a_clerk_with_every_right_of_a_saver_may_suspend_one(conn, admin):
    ada = register(conn)
    clerk = with_permissions(conn, "admin:users")
    call(conn, "suspend_user", ada, clerk, REASON)
    assert standing(conn, ada).is_suspended


def test_a_suspended_administrator_suspends_nobody(conn, admin):
    other = register(conn)
    give_role(conn, other, "admin")
    call(conn, "suspend_user", other, admin, REASON)
    refused(conn, "AV082", "suspend_user", register(conn), other, REASON)
    refused(conn, "AV082", "reinstate_user", other, other)


def test_the_last_administrator_is_not_suspended_or_deactivated(conn, admin):
    refused(conn, "AV081", "suspend_user", admin, admin, REASON)
    refused(conn, "AV081", "deactivate_user", admin, admin)
    refused(conn, "AV081", "anonymise_user", admin, admin)
    assert standing(conn, admin) == (True, False, False, None)


# Deactivation


def test_a_user_may_leave_and_an_administrator_may_open_the_account_again(conn, admin):
    ada = register(conn)
    sign_in(conn, ada, "a")
    assert call(conn, "deactivate_user", ada, ada, actor=ada) == 1
    assert (standing(conn, ada).is_active, alive(conn, ada)) == (False, 0)
    assert last_audit(conn, ada).user_id == ada
    assert refused(conn, "AV051", "deactivate_user", ada, ada) == {"user_id": str(ada)}
    call(conn, "reactivate_user", ada, admin)
    assert standing(conn, ada).is_active
    assert refused(conn, "AV058", "reactivate_user", ada, admin) == {"user_id": str(ada)}


def test_who_is_signed_in_as_somebody_else_does_not_leave_for_a_user(conn, admin):
    ada, eve = register(conn), register(conn)
    refused(conn, "AV082", "deactivate_user", ada, ada, actor=eve)
    refused(conn, "AV082", "anonymise_user", ada, ada, actor=eve)
    assert standing(conn, ada).is_active


# Anonymisation

PERSONAL = [
    "Adaeze",
    "Okonkwo",
    "ada@people.test",
    "+2348055512345",
    "1990-05-17",
    "12 Marina Road",
    "Wedding in Enugu",
]


@pytest.fixture
def ada(conn, admin):
    """Somebody of whom every table knows something."""
    name, surname, email, phone, birthday, address, plan = PERSONAL
    ada = call(conn, "register_user", None, f"{name} {surname}", email, phone, birthday)
    conn.execute(
        """UPDATE "user" SET image = 'https://files/Adaeze.jpg', kyc_data = '{"name": "Adaeze"}',
             biometric_enabled = true, biometric_public_key = 'Adaeze' WHERE id = %s""",
        [ada],
    )
    insert(conn, "account", {"user_id": ada, "provider_id": "google", "account_id": email})
    sign_in(conn, ada, "phone")
    insert(conn, "biometric_auth", {"user_id": ada, "device_id": "d", "device_name": "Adaeze", "public_key": "k"})
    for identifier in (email, f"password-reset:{email}"):
        insert(
            conn,
            "verification",
            {"identifier": identifier, "value_hash": digest("t"), "expires_at": "2999-01-01"},
        )
    insert(conn, "phone_verification", {"phone_number": phone, "otp_hash": digest("1"), "expires_at": "2999-01-01"})
    request = call(conn, "submit_kyc_tier1", ada, name, surname, birthday, address)
    call(conn, "reject_kyc", ada, request, admin, f"{name} is not readable")
    request = call(conn, "submit_kyc_tier1", ada, name, surname, birthday, address)
    call(conn, "approve_kyc", ada, request, admin)
    call(
        conn, "submit_kyc_tier2", ada, name, surname, birthday, address,
        "nin", bytes(40), "8901", digest("8901"), "https://files/Adaeze-id.jpg", "https://files/Adaeze.jpg",
    )  # fmt: skip
    call(conn, "create_notification", ada, "security", "email", "Adaeze", "Dear Adaeze")
    call(conn, "schedule_notification", ada, "weekly_report", "email", "Adaeze", "Dear Adaeze", "2999-01-01")
    call(conn, "register_push_token", ada, "token of a phone", "ios", "d", "Phone of Adaeze")
    new_plan(conn, ada, plan_name=plan)
    return ada


def bank_account(conn, user_id, number):
    return insert(
        conn,
        "bank_accounts",
        {
            "user_id": user_id,
            "bank_code": "058",
            "bank_name": "Test Bank",
            "account_number": number,
            "account_name": "Adaeze Okonkwo",
        },
    )


def everything(conn):
    """Return every row of every table as text."""
    tables = rows(
        conn,
        """SELECT oid::regclass::text AS name FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition""",
    )
    return {table.name: [text for (text,) in rows(conn, f"SELECT t::text FROM {table.name} AS t")] for table in tables}


def tables_that_know(conn, words):
    return {table for table, texts in everything(conn).items() if any(word in text for text in texts for word in words)}


def test_nothing_personal_is_left_in_any_table(conn, admin, ada):
    bank_account(conn, ada, "0123456789")
    known = tables_that_know(conn, PERSONAL)
    assert {'"user"', "account", "kyc_verification", "savings_plans", "bank_accounts", "notifications"} <= known
    call(conn, "anonymise_user", ada, ada, actor=ada)
    assert tables_that_know(conn, PERSONAL) == set()


def test_what_stays_is_a_number_without_a_name(conn, admin, ada):
    call(conn, "anonymise_user", ada, admin)
    user = one(conn, 'SELECT * FROM "user" WHERE id = %s', ada)
    assert (user.name, user.email) == ("Anonymised user", f"anonymised-{ada}@invalid")
    assert (user.is_active, user.kyc_tier, user.phone_number, user.date_of_birth) == (False, 1, None, None)
    assert user.anonymised_at is not None
    assert value(conn, "SELECT count(*) FROM wallets WHERE user_id = %s", ada) == 1
    assert value(conn, "SELECT count(*) FROM kyc_verification WHERE user_id = %s", ada) == 3
    for table in (
        "account", "session", "biometric_auth", "push_tokens", "notifications", "scheduled_notifications",
        "notification_preferences", "user_roles", "user_permissions",
    ):  # fmt: skip
        assert value(conn, f"SELECT count(*) FROM {table} WHERE user_id = %s", ada) == 0, table
    assert last_audit(conn, ada).user_id == admin


def test_of_others_nothing_is_erased(conn, admin, ada):
    ben = register(conn, name="Ben Musa", email="ben@people.test", phone="+2348000000001")
    sign_in(conn, ben, "a")
    call(conn, "create_notification", ben, "security", "email", "Ben", "Dear Ben")
    insert(
        conn, "verification", {"identifier": "x:ben@people.test", "value_hash": digest("t"), "expires_at": "2999-01-01"}
    )
    # An address that ends like hers is not hers.
    insert(
        conn,
        "verification",
        {"identifier": "email:grace-ada@people.test", "value_hash": digest("t"), "expires_at": "2999-01-01"},
    )
    before = {table: [text for text in texts if str(ben) in text] for table, texts in everything(conn).items()}
    call(conn, "anonymise_user", ada, admin)
    after = everything(conn)
    assert {table: [text for text in after[table] if str(ben) in text] for table in after} == before
    assert value(conn, "SELECT count(*) FROM verification") == 2


def test_a_bank_account_that_money_went_to_stays_masked(conn, admin, ada):
    used, unused = bank_account(conn, ada, "0123456789"), bank_account(conn, ada, "9876543210")
    insert(
        conn,
        "transactions",
        {
            "user_id": ada,
            "amount": 500,
            "type": "wallet_withdrawal",
            "status": "failed",
            "failed_at": "2026-07-01",
            "payment_source": "wallet",
            "reference": "WDR-1",
            "bank_account_id": used,
        },
    )
    call(conn, "anonymise_user", ada, admin)
    row = one(conn, "SELECT * FROM bank_accounts WHERE user_id = %s", ada)
    assert (row.id, row.account_name, row.account_number) == (used, "erased", "0000000001")
    assert unused != used


def give(conn, user_id, naira):
    with acting_as(conn, "avdaily_ledger"):
        conn.execute(
            "SELECT post_wallet_credit(%s, %s, system_account('opening_equity', 'NGN'), 'opening_balance', now())",
            [user_id, naira],
        )


def save_something(conn, user_id):
    with acting_as(conn, "avdaily_ledger"):
        conn.execute("UPDATE savings_plans SET current_amount = 1 WHERE user_id = %s", [user_id])


def owe(conn, user_id):
    with acting_as(conn, "avdaily_ledger"):
        conn.execute(
            """UPDATE wallets SET receivable_balance = 1,
                 receivable_account_id = open_ledger_account('receivable', 'NGN')
               WHERE user_id = %s""",
            [user_id],
        )


def wait_for_money(conn, user_id):
    insert(
        conn,
        "transactions",
        {
            "user_id": user_id,
            "amount": 500,
            "type": "wallet_funding",
            "payment_source": "debit_card",
            "reference": "FUND-1",
        },
    )


def found_a_group(conn, user_id):
    conn.execute('UPDATE "user" SET kyc_tier = 2 WHERE id = %s', [user_id])
    with acting_as(conn, "avdaily_ledger"):
        pool = value(conn, "SELECT open_ledger_account('group_pool', 'NGN')")
    insert(
        conn,
        "ajo_groups",
        {
            "organizer_id": user_id,
            "group_name": "Market women",
            "member_count": 5,
            "contribution_amount": 1000,
            "contribution_frequency": "daily",
            "rotation_order": "sequential",
            "pool_account_id": pool,
        },
    )


BLOCKERS = [
    ("wallet_balance", lambda conn, user_id: give(conn, user_id, 1)),
    ("debt", owe),
    ("plan_balance", save_something),
    ("pending_transactions", wait_for_money),
    ("groups", found_a_group),
]


@pytest.mark.parametrize(("blocker", "happen"), BLOCKERS)
def test_who_has_money_or_promises_left_is_not_forgotten_yet(conn, admin, ada, blocker, happen):
    happen(conn, ada)
    before = everything(conn)
    values = refused(conn, "AV070", "anonymise_user", ada, admin)
    assert values == {"user_id": str(ada), "blockers": [blocker]}
    assert everything(conn) == before


def test_nobody_is_forgotten_twice_or_unknown(conn, admin, ada):
    call(conn, "anonymise_user", ada, admin)
    assert refused(conn, "AV071", "anonymise_user", ada, admin)["user_id"] == str(ada)
    refused(conn, "AV050", "anonymise_user", NOBODY, admin)
    refused(conn, "AV058", "reactivate_user", ada, admin)


def test_a_suspended_user_is_forgotten_by_an_administrator(conn, admin, ada):
    call(conn, "suspend_user", ada, admin, "Adaeze sold her account")
    call(conn, "anonymise_user", ada, admin)
    assert standing(conn, ada) == (False, True, True, "erased with the account")
    assert tables_that_know(conn, PERSONAL) == set()


def test_an_address_may_be_registered_again_after_its_user_was_forgotten(conn, admin, ada):
    call(conn, "anonymise_user", ada, admin)
    again = register(conn, email="ada@people.test", phone="+2348055512345")
    assert again != ada
    with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
        conn.execute('UPDATE "user" SET is_active = true WHERE id = %s', [ada])
