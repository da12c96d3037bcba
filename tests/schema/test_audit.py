"""0007: the audit log: what a change leaves in it, what it must not hold, and that it cannot be changed."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.schema.people import (
    acting_as,
    call,
    constraints_of,
    insert,
    one,
    refused,
    register,
    rows,
    table_of,
    value,
)

NOBODY = UUID(int=99)
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
ROW = {
    "audit_log": {"action": "auth.sign_in", "resource": "auth"},
    "audit_chain": {"audit_id": 1, "hash": bytes(32)},
    "audit_seal_state": {},
}
KEY = {"audit_log": "id", "audit_chain": "audit_id", "audit_seal_state": "only_row"}

BROKEN = [
    ("audit_log_user_id_fkey", {"user_id": NOBODY}),
    ("audit_log_subject_user_id_fkey", {"subject_user_id": NOBODY}),
    ("audit_log_action_format_check", {"action": "sign in"}),
    ("audit_log_action_format_check", {"action": "signin"}),
    ("audit_log_action_length_check", {"action": "auth." + "x" * 96}),
    ("audit_log_resource_format_check", {"resource": "Auth"}),
    ("audit_log_status_values_check", {"status": "pending"}),
    ("audit_log_ip_address_network_check", {"ip_address": "10.1.2.3"}),
    ("audit_log_ip_address_network_check", {"ip_address": "10.1.2.0/25"}),
    ("audit_log_ip_address_network_check", {"ip_address": "2001:db8::1"}),
    ("audit_log_user_agent_length_check", {"user_agent": "x" * 1001}),
    ("audit_log_metadata_object_check", {"metadata": Jsonb([])}),
    ("audit_log_metadata_length_check", {"metadata": Jsonb({"count": "x" * 8000})}),
    ("audit_log_error_message_format_check", {"error_message": "no user ada@example.com"}),
    ("audit_log_error_message_format_check", {"error_message": "x" * 201}),
    ("audit_log_created_at_finite_check", {"created_at": "infinity"}),
    ("audit_log_created_at_finite_check", {"created_at": "-infinity"}),
    ("audit_chain_hash_sha256_check", {"hash": b"short"}),
    ("audit_seal_state_only_row_check", {"only_row": False}),
    ("audit_seal_state_waiting_whole_check", {"only_row": True, "waiting_id": 1}),
]
TWICE = ["audit_chain_pkey", "audit_seal_state_pkey"]


@pytest.mark.parametrize(("constraint", "values"), BROKEN)
def test_a_row_that_breaks_one_rule_is_refused_by_its_name(conn, constraint, values):
    table = table_of(constraint, ROW)
    with pytest.raises(psycopg.IntegrityError) as refusal:
        insert(conn, table, ROW[table] | values, KEY[table])
    assert refusal.value.diag.constraint_name == constraint


@pytest.mark.parametrize("constraint", TWICE)
def test_a_second_row_with_the_same_key_is_refused_by_its_name(conn, constraint):
    table = table_of(constraint, ROW)
    values = ROW[table] or {"only_row": True}
    insert(conn, table, values, KEY[table])
    with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        insert(conn, table, values, KEY[table])
    assert refusal.value.diag.constraint_name == constraint


def test_no_id_is_given_twice_and_none_can_be_chosen(conn):
    first = insert(conn, "audit_log", ROW["audit_log"])
    assert insert(conn, "audit_log", ROW["audit_log"]) > first
    with pytest.raises(psycopg.errors.GeneratedAlways):
        insert(conn, "audit_log", ROW["audit_log"] | {"id": 1})


def test_every_constraint_of_these_tables_was_broken_above(conn):
    assert constraints_of(conn, ROW) == {case[0] for case in BROKEN} | set(TWICE) | {"audit_log_pkey"}


# What a change leaves


@pytest.fixture
def conn(house_conn):
    return house_conn


def last(conn):
    return rows(conn, "SELECT * FROM audit_log ORDER BY id DESC LIMIT 1")[0]


def count(conn):
    return value(conn, "SELECT count(*) FROM audit_log")


def test_a_change_says_who_did_what_to_whom_and_which_columns_changed(conn, admin):
    ada = register(conn)
    with conn.transaction():
        conn.execute(f"SET LOCAL app.user_id = '{admin}'")
        conn.execute(
            """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'sold her account'
               WHERE id = %s""",
            [ada],
        )
    entry = last(conn)
    assert (entry.action, entry.resource, entry.resource_id) == ("user.update", "user", ada)
    assert (entry.user_id, entry.subject_user_id, entry.status) == (admin, ada, "success")
    assert entry.metadata == {
        "changed": ["is_suspended", "suspended_at", "suspension_reason"],
        "old": {"is_suspended": False},
        "new": {"is_suspended": True},
    }


def test_without_an_actor_the_actor_is_null(conn, admin):
    ada = register(conn)
    assert last(conn).subject_user_id == ada
    assert last(conn).user_id is None


def test_an_insert_and_a_delete_keep_the_values_of_the_chosen_columns(conn, admin):
    role = insert(conn, "roles", {"name": "auditor", "display_name": "Auditor", "description": "Reads"})
    assert (last(conn).action, last(conn).metadata) == (
        "roles.insert",
        {"changed": [], "old": {}, "new": {"name": "auditor", "is_system": False}},
    )
    conn.execute("DELETE FROM roles WHERE id = %s", [role])
    assert (last(conn).action, last(conn).metadata) == (
        "roles.delete",
        {"changed": [], "old": {"name": "auditor", "is_system": False}, "new": {}},
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE roles SET updated_at = now() + interval '1 day' WHERE name = 'user'",
        "UPDATE roles SET name = name",
        """UPDATE "user" SET name = 'Somebody else', image = 'x.png', updated_at = now()""",
        "UPDATE wallets SET updated_at = now() + interval '1 day'",
    ],
)
def test_what_is_nobodys_business_leaves_no_row(conn, admin, statement):
    before = count(conn)
    conn.execute(statement)
    assert count(conn) == before


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        ("""UPDATE "user" SET kyc_tier = 1, kyc_status = 'approved' WHERE id = %s""", "user.update"),
        ("""UPDATE "user" SET is_active = false WHERE id = %s""", "user.update"),
        ("INSERT INTO kyc_verification (user_id, tier) VALUES (%s, 1)", "kyc_verification.insert"),
        (
            """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'court order 17'
               WHERE user_id = %s""",
            "wallets.update",
        ),
        (
            "INSERT INTO user_permissions (user_id, permission_id) SELECT %s, id FROM permissions LIMIT 1",
            "user_permissions.insert",
        ),
        ("DELETE FROM user_roles WHERE user_id = %s", "user_roles.delete"),
    ],
)
def test_each_audited_table_names_the_subject_whoever_writes_it(conn, admin, statement, action):
    ada = register(conn)
    conn.execute(statement, [ada])
    assert (last(conn).action, last(conn).subject_user_id) == (action, ada)


@pytest.mark.parametrize(
    ("actor", "error"),
    [(NOBODY, psycopg.errors.ForeignKeyViolation), ("ada", psycopg.errors.InvalidTextRepresentation)],
)
def test_an_actor_who_does_not_exist_or_is_no_id_stops_the_change(conn, admin, actor, error):
    conn.execute(f"SET LOCAL app.user_id = '{actor}'")
    with pytest.raises(error), conn.transaction():
        conn.execute("INSERT INTO roles (name, display_name) VALUES ('auditor', 'Auditor')")
    assert rows(conn, "SELECT FROM roles WHERE name = 'auditor'") == []


def test_what_is_rolled_back_leaves_no_row(conn, admin):
    before = count(conn)
    with conn.transaction(force_rollback=True):
        conn.execute("INSERT INTO roles (name, display_name) VALUES ('auditor', 'Auditor')")
        assert count(conn) == before + 1
    assert count(conn) == before


def test_no_personal_data_gets_into_the_log(conn, admin):
    """A whole life: registered, checked, suspended, reinstated, frozen, forgotten. The log knows her by her id."""
    personal = ["Adaeze", "Okonkwo", "ada.okonkwo@people.test", "+2348055512345", "12 Marina Road", "1990-05-17"]
    name, surname, email, phone, address, birthday = personal
    ada = call(conn, "register_user", None, f"{name} {surname}", email, phone, birthday)
    request = call(conn, "submit_kyc_tier1", ada, name, surname, birthday, address)
    call(conn, "reject_kyc", ada, request, admin, f"{name} is not on the list")
    request = call(conn, "submit_kyc_tier1", ada, name, surname, birthday, address)
    call(conn, "approve_kyc", ada, request, admin)
    call(conn, "suspend_user", ada, admin, f"{name} {surname} sold her account")
    call(conn, "reinstate_user", ada, admin)
    conn.execute(
        """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'debt of Adaeze'
           WHERE user_id = %s""",
        [ada],
    )
    call(conn, "anonymise_user", ada, admin)
    entries = rows(conn, "SELECT audit_log::text AS entry FROM audit_log WHERE subject_user_id = %s", ada)
    assert len(entries) >= 10
    assert [entry for (entry,) in entries if any(word in entry for word in personal)] == []


# Events


def test_an_event_of_the_application_is_kept_with_the_network_only(conn, admin):
    ada = register(conn)
    event = call(
        conn,
        "record_audit_event",
        ada,
        "auth.sign_in",
        "auth",
        NOBODY,
        "denied",
        admin,
        Jsonb({"method": "password", "count": 3, "channel": None}),
        "102.89.34.17",
        "x" * 2000,
        "AV052: suspended",
    )
    entry = one(conn, "SELECT * FROM audit_log WHERE id = %s", event)
    assert (entry.user_id, entry.subject_user_id, entry.resource_id) == (ada, admin, NOBODY)
    assert (entry.action, entry.resource, entry.status) == ("auth.sign_in", "auth", "denied")
    assert (str(entry.ip_address), len(entry.user_agent)) == ("102.89.34.0/24", 1000)
    assert entry.metadata == {"method": "password", "count": 3, "channel": None}
    assert entry.error_message == "AV052: suspended"


def test_of_an_ipv6_address_the_first_48_bits_are_kept(conn):
    event = call(
        conn, "record_audit_event", None, "auth.sign_in", "auth", None, "success", None, Jsonb({}), "2001:db8:7:9::5"
    )
    assert str(value(conn, "SELECT ip_address FROM audit_log WHERE id = %s", event)) == "2001:db8:7::/48"


@pytest.mark.parametrize(
    "metadata",
    [
        {"email": "x"},
        {"name": "Ada"},
        {"count": 1, "phone": "x"},
        {"reason_code": {"nested": 1}},
        {"reason_code": ["list"]},
        {"reason_code": "ada@example.com"},
        {"reason_code": "x" * 99},
    ],
)
def test_an_event_with_anything_but_short_plain_values_under_known_keys_is_refused(conn, metadata):
    before = count(conn)
    values = refused(
        conn, "AV085", "record_audit_event", None, "auth.sign_in", "auth", None, "success", None, Jsonb(metadata)
    )
    assert values["key"] in metadata
    assert count(conn) == before


def test_an_event_cannot_be_blamed_on_somebody_else_than_who_signed_in(conn, admin):
    ada = register(conn)
    before = count(conn)
    values = refused(conn, "AV082", "record_audit_event", admin, "auth.sign_in", "auth", actor=ada)
    assert values == {"user_id": str(admin), "app_user_id": str(ada), "permission": None}
    assert count(conn) == before
    call(conn, "record_audit_event", ada, "auth.sign_in", "auth", actor=ada)


def test_the_application_reads_the_log_and_cannot_choose_its_time(conn):
    event = call(conn, "record_audit_event", None, "auth.sign_in", "auth")
    with acting_as(conn, "avdaily_app"):
        assert value(conn, "SELECT created_at = now() FROM audit_log WHERE id = %s", event)


# Append-only


@pytest.mark.parametrize("partition", ["audit_log", "audit_log_default", "made"])
@pytest.mark.parametrize("operation", ["update", "delete", "truncate"])
def test_no_row_is_changed_or_deleted_even_by_the_owner(conn, operation, partition):
    if partition == "made":
        conn.execute("SELECT ensure_partitions(0)")
        conn.execute("SELECT record_audit_event(NULL, 'auth.sign_in', 'auth')")
        partition = value(conn, "SELECT DISTINCT tableoid::regclass::text FROM audit_log WHERE created_at = now()")
    elif partition == "audit_log_default":
        insert(conn, "audit_log", ROW["audit_log"] | {"created_at": BEFORE})
    else:
        insert(conn, "audit_log", ROW["audit_log"])
    before = count(conn)
    statement = {
        "update": f"UPDATE {partition} SET status = 'failure'",
        "delete": f"DELETE FROM {partition}",
        "truncate": f"TRUNCATE {partition}",
    }[operation]
    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        conn.execute(statement)
    assert caught.value.sqlstate == "AV090"
    assert f'"operation" : "{operation}"' in caught.value.diag.message_detail
    assert count(conn) == before


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_chain SET hash = sha256('x')", "DELETE FROM audit_chain", "TRUNCATE audit_chain"],
)
def test_no_link_of_the_chain_is_changed_or_deleted_even_by_the_owner(conn, statement):
    insert(conn, "audit_chain", ROW["audit_chain"], "audit_id")
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(statement)
    assert caught.value.sqlstate == "AV090"
