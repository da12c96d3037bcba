"""0002 to 0005: shared functions, users, authentication and KYC. What is refused is refused by the rule's own name."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb

ADA, BEN = UUID(int=1), UUID(int=2)
HASH = bytes(32)
SEALED = bytes(29)
LATER = datetime(2999, 1, 1, tzinfo=UTC)
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
PHC = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21l$cRRsAqOZ1bSEaQYIDLxh9J8bBfLrXXgq4T1r1hZc0Kk"
DOCUMENT = {
    "government_id_type": "nin",
    "government_id_number": SEALED,
    "government_id_last_four": "8901",
    "government_id_hash": HASH,
}
APPROVED = {"status": "approved", "verified_at": BEFORE}

# A row of each table that is accepted as it stands.
ROW = {
    "user": {"name": "Ada Obi", "email": "third@example.com"},
    "account": {"user_id": ADA, "provider_id": "credential", "account_id": "ada", "password": PHC},
    "session": {"user_id": ADA, "token_hash": HASH, "expires_at": LATER},
    "verification": {"identifier": "email:ada@example.com", "value_hash": HASH, "expires_at": LATER},
    "biometric_auth": {"user_id": ADA, "device_id": "phone-1", "public_key": "MFkw"},
    "kyc_verification": {"user_id": ADA, "tier": 1},
    "phone_verification": {"phone_number": "+2348012345678", "otp_hash": HASH, "expires_at": LATER},
}
TABLES = list(ROW)

# Constraint → what a row has to have to break it, and nothing else with it.
BROKEN = [
    ("user_name_length_check", {"name": ""}),
    ("user_name_length_check", {"name": "x" * 201}),
    ("user_email_lower_case_check", {"email": "Ada@example.com"}),
    ("user_email_shape_check", {"email": "ada"}),
    ("user_email_shape_check", {"email": "ada obi@example.com"}),
    ("user_email_length_check", {"email": "a" * 250 + "@b.c.d"}),
    ("user_phone_number_e164_check", {"phone_number": "08012345678"}),
    ("user_phone_number_e164_check", {"phone_number": "2348012345678"}),
    ("user_phone_number_e164_check", {"phone_number": "+2348012345678901"}),
    ("user_phone_verified_has_number_check", {"phone_verified": True}),
    ("user_date_of_birth_plausible_check", {"date_of_birth": "1899-12-31"}),
    ("user_kyc_tier_range_check", {"kyc_tier": -1}),
    ("user_kyc_tier_range_check", {"kyc_tier": 3}),
    ("user_kyc_status_values_check", {"kyc_status": "verified"}),
    ("user_kyc_data_object_check", {"kyc_data": Jsonb([])}),
    ("user_suspension_dated_check", {"is_suspended": True, "suspension_reason": "chargebacks"}),
    ("user_suspension_reason_present_check", {"is_suspended": True, "suspended_at": BEFORE}),
    ("user_suspension_reason_present_check", {"suspension_reason": "chargebacks"}),
    ("user_suspension_reason_length_check", {"is_suspended": True, "suspended_at": BEFORE, "suspension_reason": "no"}),
    ("user_anonymised_inactive_check", {"anonymised_at": BEFORE}),
    ("account_provider_id_length_check", {"provider_id": ""}),
    ("account_account_id_length_check", {"account_id": ""}),
    ("account_password_phc_check", {"password": "Secret123"}),
    ("account_password_phc_check", {"password": "$argon2id$Secret123"}),
    ("account_password_phc_check", {"password": "5f4dcc3b5aa765d61d8327deb882cf99"}),
    ("account_access_token_encrypted_check", {"access_token": b"ya29.short"}),
    ("account_refresh_token_encrypted_check", {"refresh_token": b"short"}),
    ("account_id_token_encrypted_check", {"id_token": b"short"}),
    ("account_user_id_fkey", {"user_id": UUID(int=99)}),
    ("session_token_hash_sha256_check", {"token_hash": b"a token in plain text"}),
    ("session_refresh_token_hash_sha256_check", {"refresh_token_hash": b"x", "refresh_token_expires_at": LATER}),
    ("session_expires_after_creation_check", {"expires_at": BEFORE}),
    ("session_refresh_token_dated_check", {"refresh_token_hash": HASH}),
    ("session_refresh_token_dated_check", {"refresh_token_expires_at": LATER}),
    ("session_used_has_refresh_token_check", {"used_at": LATER}),
    ("session_user_agent_length_check", {"user_agent": "x" * 1001}),
    ("session_device_id_length_check", {"device_id": ""}),
    ("session_user_id_fkey", {"user_id": UUID(int=99)}),
    ("verification_identifier_length_check", {"identifier": ""}),
    ("verification_value_hash_sha256_check", {"value_hash": b"123456"}),
    ("verification_expires_after_creation_check", {"expires_at": BEFORE}),
    ("biometric_auth_device_id_length_check", {"device_id": ""}),
    ("biometric_auth_device_name_length_check", {"device_name": ""}),
    ("biometric_auth_public_key_length_check", {"public_key": ""}),
    ("biometric_auth_user_id_fkey", {"user_id": UUID(int=99)}),
    ("kyc_verification_tier_range_check", {"tier": 0}),
    ("kyc_verification_tier_range_check", {"tier": 3}),
    ("kyc_verification_status_values_check", {"status": "verified"}),
    ("kyc_verification_first_name_length_check", {"first_name": ""}),
    ("kyc_verification_last_name_length_check", {"last_name": "x" * 101}),
    ("kyc_verification_date_of_birth_plausible_check", {"date_of_birth": "1899-12-31"}),
    ("kyc_verification_address_length_check", {"address": ""}),
    ("kyc_verification_government_id_type_values_check", DOCUMENT | {"government_id_type": "NIN"}),
    ("kyc_verification_government_id_number_encrypted_check", DOCUMENT | {"government_id_number": b"12345678901"}),
    ("kyc_verification_government_id_last_four_shape_check", DOCUMENT | {"government_id_last_four": "12345678901"}),
    ("kyc_verification_government_id_hash_sha256_check", DOCUMENT | {"government_id_hash": b"12345678901"}),
    ("kyc_verification_government_id_whole_check", DOCUMENT | {"government_id_hash": None}),
    ("kyc_verification_government_id_whole_check", {"government_id_type": "nin"}),
    ("kyc_verification_verification_data_object_check", {"verification_data": Jsonb("text")}),
    ("kyc_verification_decision_dated_check", {"status": "approved"}),
    ("kyc_verification_decision_dated_check", {"verified_at": BEFORE}),
    ("kyc_verification_decider_decided_check", {"verified_by": BEN}),
    ("kyc_verification_not_by_oneself_check", APPROVED | {"verified_by": ADA}),
    ("kyc_verification_rejection_reason_present_check", {"status": "rejected", "verified_at": BEFORE}),
    ("kyc_verification_rejection_reason_present_check", {"rejection_reason": "blurred"}),
    (
        "kyc_verification_rejection_reason_length_check",
        {"status": "rejected", "verified_at": BEFORE, "rejection_reason": ""},
    ),
    ("kyc_verification_user_id_fkey", {"user_id": UUID(int=99)}),
    ("kyc_verification_verified_by_fkey", APPROVED | {"verified_by": UUID(int=99)}),
    ("phone_verification_phone_number_e164_check", {"phone_number": "0801"}),
    ("phone_verification_otp_hash_sha256_check", {"otp_hash": b"123456"}),
    ("phone_verification_expires_after_creation_check", {"expires_at": BEFORE}),
    ("phone_verification_attempts_range_check", {"attempts": -1}),
    ("phone_verification_attempts_range_check", {"attempts": 6}),
]

# Unique key → what the two rows have; the second differs from the first in all but the key.
TWICE = [
    ("user_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "email": "other@example.com"}),
    ("user_email_key", {}, {}),
    ("user_phone_number_key", {"phone_number": "+2341"}, {"phone_number": "+2341", "email": "other@example.com"}),
    ("account_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "account_id": "other"}),
    ("account_provider_id_account_id_key", {}, {"user_id": BEN}),
    ("session_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "token_hash": bytes([1]) * 32}),
    ("session_token_hash_key", {}, {"user_id": BEN}),
    (
        "session_refresh_token_hash_key",
        {"refresh_token_hash": HASH, "refresh_token_expires_at": LATER},
        {"token_hash": bytes([1]) * 32, "refresh_token_hash": HASH, "refresh_token_expires_at": LATER},
    ),
    ("verification_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "identifier": "other"}),
    ("verification_identifier_value_hash_key", {}, {}),
    ("biometric_auth_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "user_id": BEN}),
    ("biometric_auth_user_id_device_id_key", {}, {"public_key": "other"}),
    ("kyc_verification_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "user_id": BEN}),
    ("kyc_verification_user_id_tier_open_key", {}, {"status": "under_review"}),
    (
        "kyc_verification_government_id_hash_tier_approved_key",
        DOCUMENT | APPROVED,
        DOCUMENT | APPROVED | {"user_id": BEN},
    ),
    ("phone_verification_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7)}),
]

ACCEPTED = [
    ("user", {"name": "x" * 200, "date_of_birth": "1900-01-01", "kyc_tier": 2, "kyc_status": "approved"}),
    ("user", {"is_suspended": True, "suspended_at": BEFORE, "suspension_reason": "x" * 10}),
    ("user", {"anonymised_at": BEFORE, "is_active": False, "phone_number": "+234801234567890"}),
    (
        "account",
        {"password": "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi3$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+i"},
    ),
    ("account", {"password": None, "provider_id": "google", "access_token": SEALED, "id_token": SEALED}),
    ("session", {"refresh_token_hash": HASH, "refresh_token_expires_at": LATER, "used_at": LATER, "ip_address": "::1"}),
    ("kyc_verification", DOCUMENT | APPROVED | {"verified_by": BEN, "tier": 2}),
    ("kyc_verification", {"status": "rejected", "verified_at": BEFORE, "rejection_reason": "blurred"}),
    ("phone_verification", {"attempts": 5}),
]


def table_of(constraint):
    return max((table for table in TABLES if constraint.startswith(f"{table}_")), key=len)


def insert(conn, table, values):
    values = ROW[table] | values
    row = conn.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        ),
        values,
    ).fetchone()
    return row[0]


@pytest.fixture
def people(conn):
    insert(conn, "user", {"id": ADA, "email": "ada@example.com"})
    insert(conn, "user", {"id": BEN, "email": "ben@example.com"})
    return conn


@pytest.mark.parametrize(("constraint", "values"), BROKEN)
def test_a_row_that_breaks_one_rule_is_refused_by_its_name(people, constraint, values):
    with pytest.raises(psycopg.IntegrityError) as refused:
        insert(people, table_of(constraint), values)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "first", "second"), TWICE)
def test_a_second_row_with_the_same_key_is_refused_by_its_name(people, constraint, first, second):
    insert(people, table_of(constraint), first)
    with pytest.raises(psycopg.errors.UniqueViolation) as refused:
        insert(people, table_of(constraint), second)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("table", "values"), [(table, {}) for table in TABLES] + ACCEPTED)
def test_a_row_within_the_rules_is_accepted(people, table, values):
    assert insert(people, table, values).version == 7


def test_every_constraint_and_unique_index_of_these_tables_was_broken_above(conn):
    known = conn.execute(
        """SELECT conname FROM pg_constraint WHERE conrelid = ANY (%(tables)s::regclass[]) AND contype <> 'n'
           UNION SELECT indexrelid::regclass::text FROM pg_index
           WHERE indrelid = ANY (%(tables)s::regclass[]) AND indisunique""",
        {"tables": [f'"{table}"' for table in TABLES]},
    ).fetchall()
    assert {name for (name,) in known} == {case[0] for case in [*BROKEN, *TWICE]}


@pytest.mark.parametrize("table", TABLES)
def test_what_must_be_there_cannot_be_null(people, table):
    columns = people.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull", [f'"{table}"']
    ).fetchall()
    assert columns
    for (column,) in columns:
        with pytest.raises(psycopg.errors.NotNullViolation) as refused, people.transaction():
            insert(people, table, {column: None})
        assert refused.value.diag.column_name == column


def test_a_rejected_or_open_request_of_another_person_does_not_block_a_document(people):
    rejected = {"status": "rejected", "verified_at": BEFORE, "rejection_reason": "blurred"}
    insert(people, "kyc_verification", DOCUMENT | rejected)
    insert(people, "kyc_verification", DOCUMENT | {"user_id": BEN})
    insert(people, "kyc_verification", DOCUMENT | APPROVED)


@pytest.mark.parametrize("table", ["kyc_verification", "biometric_auth"])
def test_a_user_with_kyc_or_devices_cannot_be_deleted(people, table):
    insert(people, table, {})
    people.execute("ALTER TABLE audit_log DROP CONSTRAINT audit_log_subject_user_id_fkey")  # it would refuse first
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        people.execute('DELETE FROM "user" WHERE id = %s', [ADA])
    assert refused.value.diag.constraint_name == f"{table}_user_id_fkey"


def test_sign_ins_go_with_their_user(people):
    account, session = insert(people, "account", {}), insert(people, "session", {})
    people.execute('DELETE FROM "user" WHERE id = %s', [ADA])
    assert people.execute("SELECT count(*) FROM account WHERE id = %s", [account]).fetchone() == (0,)
    assert people.execute("SELECT count(*) FROM session WHERE id = %s", [session]).fetchone() == (0,)


@pytest.mark.parametrize("table", [table for table in TABLES if table != "phone_verification"])
def test_updated_at_moves_with_a_change_and_only_with_a_change(people, table):
    created = {"created_at": BEFORE, "updated_at": BEFORE}
    row = insert(people, table, created)
    update = sql.SQL("UPDATE {} SET created_at = %s WHERE id = %s RETURNING updated_at, now()").format(
        sql.Identifier(table)
    )
    assert people.execute(update, [BEFORE, row]).fetchone()[0] == BEFORE
    updated_at, now = people.execute(update, [BEFORE + timedelta(days=1), row]).fetchone()
    assert updated_at == now


# Shared functions


def test_app_uuid_is_a_version_7_of_this_millisecond(conn):
    before, made, after = conn.execute(
        """SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, app_uuid(),
                  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"""
    ).fetchone()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= after


def test_app_uuid_is_sorted_by_millisecond_and_never_repeats(conn):
    made = [row[0] for row in conn.execute("SELECT app_uuid() FROM generate_series(1, 50000)")]
    milliseconds = [one.int >> 80 for one in made]
    assert milliseconds == sorted(milliseconds)
    assert milliseconds[0] < milliseconds[-1]
    assert len(set(made)) == len(made)
    assert {one.version for one in made} == {7}


@pytest.mark.parametrize(
    ("call", "inside"),
    [
        ("app_uuid()", "gen_random_uuid()"),
        ("app_today()", "now() AT TIME ZONE 'Africa/Lagos'"),
        ("app_day(created_at)", "created_at AT TIME ZONE 'Africa/Lagos'"),
        ("app_day_start(date_of_birth)", "without time zone AT TIME ZONE 'Africa/Lagos'"),
    ],
)
def test_the_planner_inlines(conn, call, inside):
    plan = "\n".join(row[0] for row in conn.execute(f'EXPLAIN (VERBOSE, COSTS OFF) SELECT {call} FROM "user"'))
    assert inside in plan
    assert call.partition("(")[0] not in plan


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-01 22:59:59.999999+00", "2026-03-01"),
        ("2026-03-01 23:00:00+00", "2026-03-02"),
        ("2026-03-01 23:30:00+00", "2026-03-02"),
        ("2026-12-31 23:00:00+00", "2027-01-01"),
    ],
)
def test_the_business_day_is_the_one_in_lagos_whatever_the_sessions_zone(conn, zone, moment, day):
    conn.execute(sql.SQL("SET LOCAL timezone = {}").format(zone))
    assert conn.execute("SELECT app_day(%s::timestamptz) = %s::date", [moment, day]).fetchone() == (True,)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)))
def test_every_moment_lies_between_the_start_of_its_day_and_of_the_next(conn, moment):
    assert conn.execute(
        "SELECT app_day_start(app_day(%(t)s)) <= %(t)s AND %(t)s < app_day_start(app_day(%(t)s) + 1)", {"t": moment}
    ).fetchone() == (True,)


def test_app_today_is_the_day_of_the_transaction(conn):
    assert conn.execute("SELECT app_today() = app_day(now())").fetchone() == (True,)


@pytest.mark.parametrize(
    ("value", "constraint"),
    [
        ("-0.01", "money_amount_not_negative_check"),
        ("NaN", "money_amount_upper_bound_check"),
    ],
)
def test_an_amount_outside_its_range_is_refused_by_the_rules_name(conn, value, constraint):
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        conn.execute("SELECT %s::numeric::money_amount", [value])
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize("value", ["1e13", "9999999999999.995", "Infinity", "-Infinity"])
def test_an_amount_that_does_not_fit_is_refused(conn, value):
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        conn.execute("SELECT %s::numeric::money_amount", [value])


@pytest.mark.parametrize(
    ("value", "kept"), [("0", "0.00"), ("9999999999999.99", "9999999999999.99"), ("0.005", "0.01"), (None, None)]
)
def test_an_amount_is_kept_with_two_decimals(conn, value, kept):
    row = conn.execute("SELECT %s::numeric::money_amount", [value]).fetchone()
    assert row == (None if kept is None else Decimal(kept),)
    assert str(row[0]) == str(kept)


@pytest.mark.parametrize(
    ("operation", "statement"),
    [
        ("update", "UPDATE history SET note = 'other'"),
        ("delete", "DELETE FROM history"),
        ("truncate", "TRUNCATE history"),
    ],
)
def test_an_append_only_table_refuses_change_with_av090(conn, operation, statement):
    conn.execute(
        """CREATE TABLE history (note text);
           CREATE TRIGGER history_refuse_change BEFORE UPDATE OR DELETE ON history FOR EACH ROW
             EXECUTE FUNCTION refuse_change('history');
           CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON history FOR EACH STATEMENT
             EXECUTE FUNCTION refuse_change('history');
           INSERT INTO history VALUES ('as it was')"""
    )
    with pytest.raises(psycopg.Error) as refused, conn.transaction():
        conn.execute(statement)
    assert refused.value.sqlstate == "AV090"
    assert json.loads(refused.value.diag.message_detail) == {"table": "history", "operation": operation}
    assert conn.execute("SELECT note FROM history").fetchall() == [("as it was",)]


# Roles


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO "user" (name, email) VALUES ('Eve', 'eve@example.com')""",
        """UPDATE "user" SET kyc_tier = 2""",
        """UPDATE "user" SET kyc_status = 'approved'""",
        """UPDATE "user" SET is_suspended = false""",
        """UPDATE "user" SET anonymised_at = now()""",
        """UPDATE "user" SET is_active = true""",
        """DELETE FROM "user" """,
        """TRUNCATE "user" CASCADE""",
        """INSERT INTO session (user_id, token_hash, expires_at) SELECT id, sha256('x'), 'infinity' FROM "user" """,
        "UPDATE session SET used_at = NULL",
        "UPDATE session SET user_id = user_id",
        "UPDATE session SET token_hash = token_hash",
        "UPDATE verification SET expires_at = 'infinity'",
        'INSERT INTO kyc_verification (user_id, tier) SELECT id, 1 FROM "user"',
        "UPDATE kyc_verification SET status = 'approved'",
        "UPDATE phone_verification SET attempts = 0",
        "UPDATE phone_verification SET verified = true",
        "DELETE FROM biometric_auth",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1",
        "SET LOCAL ROLE avdaily_ledger",
    ],
)
def test_the_application_cannot(conn, statement):
    login = sql.Identifier(f"login_{uuid4().hex}")
    conn.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE avdaily_app").format(login))
    conn.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(login))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


def test_the_application_can_keep_a_profile_and_sign_people_in(people):
    people.execute("SET LOCAL ROLE avdaily_app")
    people.execute(
        """UPDATE "user" SET name = 'Ada O.', phone_number = '+2341', phone_verified = false, updated_at = now()
           WHERE id = %s""",
        [ADA],
    )
    for table in ("account", "verification", "biometric_auth", "phone_verification"):
        insert(people, table, {})
    people.execute("UPDATE session SET revoked_at = now(), last_activity_at = now()")
    people.execute("DELETE FROM verification WHERE identifier = %s", [ROW["verification"]["identifier"]])


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("account", "password"),
        ("account", "access_token"),
        ("session", "token_hash"),
        ("session", "refresh_token_hash"),
        ("verification", "value_hash"),
        ("kyc_verification", "government_id_number"),
        ("kyc_verification", "government_id_hash"),
        ("phone_verification", "otp_hash"),
    ],
)
def test_a_reader_sees_no_secret(conn, table, column):
    conn.execute("SET LOCAL ROLE avdaily_readonly")
    query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(query)


def test_a_reader_reads_and_asks_for_the_day_and_makes_no_ids(people):
    people.execute("SET LOCAL ROLE avdaily_readonly")
    assert people.execute('SELECT count(*) FROM "user" WHERE id IN (%s, %s)', [ADA, BEN]).fetchone() == (2,)
    assert people.execute("SELECT app_today() IS NOT NULL, app_day(now()) IS NOT NULL").fetchone() == (True, True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        people.execute("SELECT app_uuid()")
