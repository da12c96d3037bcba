"""0049: KYC: the next tier is asked for, somebody else decides, request and user change together."""

import threading
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import (
    call,
    digest,
    one,
    open_house,
    refused,
    register,
    rows,
    value,
    with_permissions,
)

NOBODY = UUID(int=99)
PERSON = ("Ada", "Obi", "1990-05-17", "12 Marina Road, Lagos")
SEALED = bytes(40)
DOCUMENT = ("nin", SEALED, "8901", digest("nin 12345678901"), "https://files/id.jpg", "https://files/selfie.jpg")


@pytest.fixture
def conn(house_conn):
    return house_conn


def ask(conn, user_id, tier=1, document=DOCUMENT):
    return call(conn, f"submit_kyc_tier{tier}", user_id, *PERSON, *(document if tier == 2 else ()))


def user(conn, user_id):
    return one(
        conn, 'SELECT kyc_tier, kyc_status, kyc_verified_at IS NOT NULL AS dated FROM "user" WHERE id = %s', user_id
    )


def request(conn, kyc_id):
    return one(conn, "SELECT * FROM kyc_verification WHERE id = %s", kyc_id)


def test_a_user_rises_tier_by_tier_and_request_and_user_agree(conn, admin):
    ada = register(conn)
    first = ask(conn, ada)
    assert user(conn, ada) == (0, "pending", False)
    call(conn, "start_kyc_review", ada, first, admin)
    assert (request(conn, first).status, user(conn, ada).kyc_status) == ("under_review", "under_review")
    assert call(conn, "approve_kyc", ada, first, admin) == 1
    assert user(conn, ada) == (1, "approved", True)
    decided = request(conn, first)
    assert (decided.status, decided.verified_by) == ("approved", admin)
    assert decided.verified_at is not None
    assert (decided.first_name, decided.last_name, decided.address) == ("Ada", "Obi", "12 Marina Road, Lagos")
    assert call(conn, "approve_kyc", ada, ask(conn, ada, 2), admin) == 2
    assert user(conn, ada) == (2, "approved", True)
    trail = rows(
        conn,
        """SELECT action, metadata -> 'new' ->> 'kyc_tier' AS tier, user_id FROM audit_log
           WHERE subject_user_id = %s AND action = 'user.update' AND metadata -> 'new' ? 'kyc_tier' ORDER BY id""",
        ada,
    )
    assert [(entry.tier, entry.user_id) for entry in trail] == [("1", admin), ("2", admin)]


def test_a_rejected_user_may_ask_again(conn, admin):
    ada = register(conn)
    first = ask(conn, ada)
    call(conn, "reject_kyc", ada, first, admin, " blurred picture ")
    assert (request(conn, first).status, request(conn, first).rejection_reason) == ("rejected", "blurred picture")
    assert user(conn, ada) == (0, "rejected", False)
    assert call(conn, "approve_kyc", ada, ask(conn, ada), admin) == 1


def test_whoever_has_a_tier_keeps_it_while_the_next_is_asked_for_reviewed_and_rejected(conn, admin):
    ada = register(conn, tier=1)
    second = ask(conn, ada, 2)
    assert user(conn, ada)[:2] == (1, "approved")
    call(conn, "start_kyc_review", ada, second, admin)
    assert user(conn, ada)[:2] == (1, "approved")
    call(conn, "reject_kyc", ada, second, admin, "expired document")
    assert user(conn, ada)[:2] == (1, "approved")


@pytest.mark.parametrize(("tier", "wanted"), [(0, 2), (1, 1), (2, 1), (2, 2)])
def test_no_tier_is_skipped_repeated_or_lost(conn, admin, tier, wanted):
    ada = register(conn, tier=tier)
    values = refused(conn, "AV060", f"submit_kyc_tier{wanted}", ada, *PERSON, *(DOCUMENT if wanted == 2 else ()))
    assert values == {"user_id": str(ada), "current_tier": tier, "tier": wanted}
    assert rows(conn, "SELECT FROM kyc_verification WHERE user_id = %s", ada) == []


@pytest.mark.parametrize("tier", [1, 2])
def test_a_request_that_was_overtaken_is_not_approved(conn, admin, tier):
    """An open request for a tier that the user has reached meanwhile, or is no longer the next."""
    ada = register(conn, tier=tier - 1)
    open_request = ask(conn, ada, tier)
    conn.execute('UPDATE "user" SET kyc_tier = %s, kyc_verified_at = now() WHERE id = %s', [2 - (tier == 1), ada])
    before = user(conn, ada)
    refused(conn, "AV060", "approve_kyc", ada, open_request, admin)
    assert user(conn, ada) == before
    assert request(conn, open_request).status == "pending"


def test_one_request_is_open_at_a_time(conn, admin):
    ada = register(conn)
    ask(conn, ada)
    assert refused(conn, "AV061", "submit_kyc_tier1", ada, *PERSON) == {"user_id": str(ada), "tier": 1}


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("empty", [None, ""])
def test_what_a_request_for_tier_1_lacks_is_named(conn, admin, position, empty):
    if empty == "" and position == 2:
        empty = None
    person = [*PERSON]
    person[position] = empty
    missing = ["first_name", "last_name", "date_of_birth", "address"][position]
    assert refused(conn, "AV064", "submit_kyc_tier1", register(conn), *person) == {"tier": 1, "missing": [missing]}


def test_what_a_request_for_tier_2_lacks_is_named(conn, admin):
    ada = register(conn, tier=1)
    values = refused(conn, "AV064", "submit_kyc_tier2", ada, *PERSON, *[None] * 6)
    assert values["missing"] == [
        "government_id_type",
        "government_id_number",
        "government_id_last_four",
        "government_id_hash",
        "government_id_image",
        "selfie_image",
    ]


def test_a_number_in_plain_text_is_refused(conn, admin):
    ada = register(conn, tier=1)
    plain = ("nin", b"12345678901", *DOCUMENT[2:])
    diagnostics = refused(conn, "23514", "submit_kyc_tier2", ada, *PERSON, *plain)
    assert diagnostics.constraint_name == "kyc_verification_government_id_number_encrypted_check"


@pytest.mark.parametrize(
    ("sqlstate", "standing"),
    [
        ("AV051", "is_active = false"),
        ("AV052", "is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"),
    ],
)
def test_who_may_not_act_neither_asks_nor_rises(conn, admin, sqlstate, standing):
    ada = register(conn)
    open_request = ask(conn, ada)
    conn.execute(f'UPDATE "user" SET {standing} WHERE id = %s', [ada])
    refused(conn, sqlstate, "approve_kyc", ada, open_request, admin)
    refused(conn, sqlstate, "submit_kyc_tier1", ada, *PERSON)
    refused(conn, "AV050", "submit_kyc_tier1", NOBODY, *PERSON)
    assert (user(conn, ada).kyc_tier, request(conn, open_request).status) == (0, "pending")


DECISIONS = [
    ("start_kyc_review", [], "kyc:review"),
    ("approve_kyc", [], "kyc:approve"),
    ("reject_kyc", ["not readable"], "kyc:reject"),
]


@pytest.mark.parametrize(("function", "more", "permission"), DECISIONS)
def test_only_who_has_the_permission_decides(conn, admin, function, more, permission):
    ada = register(conn)
    open_request = ask(conn, ada)
    others = {"kyc:review", "kyc:approve", "kyc:reject"} - {permission}
    clerk = with_permissions(conn, *others)
    assert refused(conn, "AV082", function, ada, open_request, clerk, *more)["permission"] == permission
    refused(conn, "AV082", function, ada, open_request, None, *more)
    refused(conn, "AV082", function, ada, open_request, admin, *more, actor=clerk)
    assert (user(conn, ada), request(conn, open_request).status) == ((0, "pending", False), "pending")
    call(conn, function, ada, open_request, with_permissions(conn, permission), *more)


@pytest.mark.parametrize(("function", "more", "permission"), DECISIONS)
def test_nobody_decides_about_themselves(conn, admin, function, more, permission):
    open_request = ask(conn, admin)
    assert refused(conn, "AV063", function, admin, open_request, admin, *more) == {"user_id": str(admin)}
    assert user(conn, admin).kyc_tier == 0


@pytest.mark.parametrize(("function", "more", "permission"), DECISIONS)
def test_what_is_decided_unknown_or_of_another_is_not_decided(conn, admin, function, more, permission):
    ada, ben = register(conn), register(conn)
    decided = ask(conn, ada)
    call(conn, "reject_kyc", ada, decided, admin, "not readable")
    assert refused(conn, "AV062", function, ada, decided, admin, *more)["status"] == "rejected"
    refused(conn, "AV062", function, ada, NOBODY, admin, *more)
    refused(conn, "AV062", function, ada, None, admin, *more)
    refused(conn, "AV062", function, ben, ask(conn, ada), admin, *more)
    assert user(conn, ben) == (0, "pending", False)


@pytest.mark.parametrize("reason", [None, "", "  ", "x" * 501])
def test_a_rejection_says_why(conn, admin, reason):
    ada = register(conn)
    open_request = ask(conn, ada)
    values = refused(conn, "AV055", "reject_kyc", ada, open_request, admin, reason)
    assert (values["minimum"], values["maximum"]) == (1, 500)
    assert request(conn, open_request).status == "pending"


def test_one_document_carries_one_person(conn, admin):
    ada, ben = register(conn, tier=1), register(conn, tier=1)
    call(conn, "approve_kyc", ada, ask(conn, ada, 2), admin)
    second = ask(conn, ben, 2)
    assert refused(conn, "AV065", "approve_kyc", ben, second, admin) == {"kyc_id": str(second), "tier": 2}
    assert (user(conn, ben)[:2], request(conn, second).status) == ((1, "approved"), "pending")


@pytest.mark.parametrize("first", ["approve_kyc", "reject_kyc"])
def test_of_two_decisions_at_once_one_counts(migrated_url, first):
    with psycopg.connect(migrated_url, autocommit=True) as setup:
        admin = open_house(setup)
        other = with_permissions(setup, "kyc:approve")
        ada = register(setup)
        open_request = ask(setup, ada)
    outcome = []

    def attempt():
        with psycopg.connect(migrated_url) as conn:
            try:
                outcome.append(call(conn, "approve_kyc", ada, open_request, other))
            except psycopg.Error as error:
                outcome.append(error.sqlstate)

    thread = threading.Thread(target=attempt)
    with psycopg.connect(migrated_url, autocommit=True) as observer:
        with psycopg.connect(migrated_url) as conn, conn.transaction():
            call(conn, first, ada, open_request, admin, *(["not readable"] if first == "reject_kyc" else []))
            thread.start()
            while not observer.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone():
                assert thread.is_alive()
        thread.join()
        assert outcome == ["AV062"]
        assert user(observer, ada).kyc_tier == (1 if first == "approve_kyc" else 0)


def test_two_requests_at_once_make_one(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as setup:
        open_house(setup)
        ada = register(setup)
    outcome, start = [], threading.Barrier(4)

    def attempt():
        with psycopg.connect(migrated_url) as conn:
            start.wait()
            try:
                outcome.append(ask(conn, ada).version)
            except psycopg.Error as error:
                outcome.append(error.sqlstate)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome, key=str) == [7, "AV061", "AV061", "AV061"]
    with psycopg.connect(migrated_url) as conn:
        assert value(conn, "SELECT count(*) FROM kyc_verification") == 1
