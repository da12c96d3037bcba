"""Who may do what: permissions as they are now, guards that hold against everybody, grants that ask who gives."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import (
    call,
    give_role,
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
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def conn(house_conn):
    return house_conn


def may(conn, user_id, permission):
    return call(conn, "has_permission", user_id, permission)


def audited(conn, action):
    return rows(conn, "SELECT * FROM audit_log WHERE action = %s ORDER BY id", action)


# What a user may do


def test_a_role_gives_its_permissions_and_no_other(conn, admin):
    ada = register(conn)
    assert may(conn, ada, "wallet:fund")
    assert not may(conn, ada, "admin:users")
    assert may(conn, admin, "admin:users")


def test_a_direct_grant_gives_one_permission(conn, admin):
    ada = with_permissions(conn, "kyc:review")
    assert may(conn, ada, "kyc:review")
    assert not may(conn, ada, "kyc:approve")


def test_a_right_that_comes_by_two_ways_is_one_row(conn, admin):
    ada = with_permissions(conn, "wallet:fund")
    assert (
        value(conn, "SELECT count(*) FROM effective_permissions WHERE user_id = %s AND name = 'wallet:fund'", ada) == 1
    )


@pytest.mark.parametrize(("table", "permission"), [("user_roles", "wallet:fund"), ("user_permissions", "kyc:review")])
def test_a_grant_that_has_expired_counts_for_nothing(conn, admin, table, permission):
    ada = with_permissions(conn, "kyc:review")
    conn.execute(f"UPDATE {table} SET expires_at = %s WHERE user_id = %s", [TOMORROW, ada])
    assert may(conn, ada, permission)
    conn.execute(
        f"""UPDATE {table} SET assigned_at = now() - interval '2 days', expires_at = now() - interval '1 second'
            WHERE user_id = %s""",
        [ada],
    )
    assert not may(conn, ada, permission)


@pytest.mark.parametrize(
    "standing",
    ["is_active = false", "is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"],
)
@pytest.mark.parametrize("permission", ["wallet:fund", "kyc:review"])
def test_who_is_deactivated_or_suspended_may_nothing(conn, admin, standing, permission):
    ada = with_permissions(conn, "kyc:review")
    conn.execute(f'UPDATE "user" SET {standing} WHERE id = %s', [ada])
    assert not may(conn, ada, permission)


@pytest.mark.parametrize(("user_id", "permission"), [(NOBODY, "wallet:fund"), (None, "wallet:fund")])
def test_nobody_known_may_nothing(conn, admin, user_id, permission):
    assert may(conn, user_id, permission) is False
    assert may(conn, admin, "no:such") is False
    assert may(conn, admin, None) is False


# Guards that hold against the tables' owner too


@pytest.mark.parametrize(
    ("statement", "table", "operation"),
    [
        ("DELETE FROM roles WHERE name = 'user'", "roles", "delete"),
        ("UPDATE roles SET name = 'saver' WHERE name = 'user'", "roles", "update"),
        ("UPDATE roles SET is_system = false WHERE name = 'user'", "roles", "update"),
        ("TRUNCATE roles CASCADE", "roles", "truncate"),
        ("DELETE FROM permissions WHERE name = 'wallet:fund'", "permissions", "delete"),
        (
            "UPDATE permissions SET name = 'wallet:fill', action = 'fill' WHERE name = 'wallet:fund'",
            "permissions",
            "update",
        ),
        ("UPDATE permissions SET is_system = false WHERE name = 'wallet:fund'", "permissions", "update"),
        ("TRUNCATE permissions CASCADE", "permissions", "truncate"),
        ("TRUNCATE user_roles", "user_roles", "truncate"),
    ],
)
def test_a_system_row_stays_and_keeps_its_name_whoever_asks(conn, admin, statement, table, operation):
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(statement)
    assert caught.value.sqlstate == "AV080"
    assert f'"table" : "{table}"' in caught.value.diag.message_detail
    assert f'"operation" : "{operation}"' in caught.value.diag.message_detail


def test_the_role_admin_is_guarded_also_where_a_seed_forgot_to_call_it_a_system_role(bare_conn):
    conn = bare_conn
    conn.execute("INSERT INTO roles (name, display_name) VALUES ('admin', 'Administrator')")
    with pytest.raises(psycopg.Error) as caught:
        conn.execute("DELETE FROM roles WHERE name = 'admin'")
    assert caught.value.sqlstate == "AV080"


def test_what_people_read_of_a_system_role_may_change(conn, admin):
    conn.execute("UPDATE roles SET display_name = 'Owner' WHERE name = 'admin'")
    assert call(conn, "update_role", admin, "user", "Member", None) is True


REMOVALS = [
    "DELETE FROM user_roles WHERE user_id = %s AND role_id = (SELECT id FROM roles WHERE name = 'admin')",
    "DELETE FROM user_roles",
    "UPDATE user_roles SET expires_at = now() + interval '1 year' WHERE user_id = %s",
    """UPDATE user_roles SET role_id = (SELECT id FROM roles WHERE name = 'moderator')
       WHERE user_id = %s AND role_id = (SELECT id FROM roles WHERE name = 'admin')""",
    'UPDATE "user" SET is_active = false WHERE id = %s',
    """UPDATE "user" SET is_suspended = true, suspended_at = now(), suspension_reason = 'by mistake' WHERE id = %s""",
]


def remove(conn, statement, user_id):
    conn.execute(statement, [user_id] if "%s" in statement else None)


@pytest.mark.parametrize("statement", REMOVALS)
def test_the_last_administrator_cannot_be_removed(conn, admin, statement):
    with pytest.raises(psycopg.Error) as caught:
        remove(conn, statement, admin)
    assert caught.value.sqlstate == "AV081"


@pytest.mark.parametrize("statement", [statement for statement in REMOVALS if "%s" in statement])
def test_an_administrator_may_go_while_another_one_stays(conn, admin, statement):
    other = register(conn)
    give_role(conn, other, "admin")
    remove(conn, statement, admin)
    with pytest.raises(psycopg.Error) as caught:
        remove(conn, statement, other)
    assert caught.value.sqlstate == "AV081"


@pytest.mark.parametrize(
    "weakness",
    [
        "UPDATE user_roles SET expires_at = now() + interval '1 year' WHERE user_id = %s",
        'UPDATE "user" SET is_active = false WHERE id = %s',
    ],
)
def test_an_administrator_with_an_end_or_without_an_account_does_not_count_as_another(conn, admin, weakness):
    other = register(conn)
    give_role(conn, other, "admin")
    conn.execute(weakness, [other])
    with pytest.raises(psycopg.Error) as caught:
        remove(conn, REMOVALS[0], admin)
    assert caught.value.sqlstate == "AV081"


def test_the_last_administrator_may_be_replaced_in_one_statement(conn, admin):
    other = register(conn)
    conn.execute(
        """UPDATE user_roles SET user_id = %s
           WHERE user_id = %s AND role_id = (SELECT id FROM roles WHERE name = 'admin')""",
        [other, admin],
    )
    assert may(conn, other, "admin:system")


def test_who_is_no_administrator_may_be_deactivated_also_when_there_is_none(bare_conn):
    conn = bare_conn
    conn.execute("INSERT INTO roles (name, display_name) VALUES ('user', 'User')")
    ada = register(conn)
    conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', [ada])
    assert value(conn, 'SELECT is_active FROM "user" WHERE id = %s', ada) is False
    conn.execute("DELETE FROM user_roles")
    assert rows(conn, "SELECT FROM user_roles") == []


@pytest.mark.parametrize(("isolation", "second"), [("read committed", "AV081"), ("repeatable read", "40001")])
def test_two_administrators_who_remove_each_other_at_once_leave_one(migrated_url, isolation, second):
    with psycopg.connect(migrated_url) as setup:
        ada = open_house(setup)
        ben = register(setup)
        give_role(setup, ben, "admin")
    outcome = []

    def remove_ada():
        with psycopg.connect(migrated_url) as conn:
            try:
                conn.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
                conn.execute("SELECT count(*) FROM user_roles")
                ready.wait()
                remove(conn, REMOVALS[0], ada)
            except psycopg.Error as error:
                outcome.append(error.sqlstate)

    ready = threading.Barrier(2)
    thread = threading.Thread(target=remove_ada)
    with psycopg.connect(migrated_url) as conn:
        thread.start()
        remove(conn, REMOVALS[0], ben)
        ready.wait()
        with psycopg.connect(migrated_url, autocommit=True) as observer:
            while not observer.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone():
                assert thread.is_alive()
        conn.commit()
        thread.join(20)
    assert outcome == [second]
    with psycopg.connect(migrated_url) as conn:
        assert may(conn, ada, "admin:users")
        assert not may(conn, ben, "admin:users")


# Giving and taking


def test_an_administrator_gives_a_role_with_an_end_and_it_says_who_gave_it(conn, admin):
    ada = register(conn)
    granted = call(conn, "assign_role", ada, "moderator", admin, TOMORROW)
    row = one(conn, "SELECT * FROM user_roles WHERE id = %s", granted)
    assert (row.user_id, row.assigned_by, row.expires_at) == (ada, admin, TOMORROW)
    assert may(conn, ada, "kyc:approve")
    entry = audited(conn, "user_roles.insert")[-1]
    assert (entry.user_id, entry.subject_user_id, entry.resource_id) == (admin, ada, granted)
    assert entry.metadata["new"]["assigned_by"] == str(admin)


def test_a_role_given_again_is_the_same_row_with_the_new_end(conn, admin):
    ada = register(conn)
    first = call(conn, "assign_role", ada, "moderator", admin, TOMORROW)
    again = call(conn, "assign_role", ada, "moderator", admin)
    assert again == first
    assert value(conn, "SELECT expires_at FROM user_roles WHERE id = %s", first) is None
    assert audited(conn, "user_roles.update")[-1].metadata["changed"] == ["expires_at"]


def test_a_role_is_taken_once(conn, admin):
    ada = register(conn)
    call(conn, "assign_role", ada, "moderator", admin)
    assert call(conn, "revoke_role", ada, "moderator", admin) is True
    assert call(conn, "revoke_role", ada, "moderator", admin) is False
    assert not may(conn, ada, "kyc:approve")
    entry = audited(conn, "user_roles.delete")[-1]
    assert (entry.user_id, entry.subject_user_id) == (admin, ada)


def test_an_administrator_gives_and_takes_one_permission(conn, admin):
    ada = register(conn)
    granted = call(conn, "grant_user_permission", ada, "kyc:review", admin, TOMORROW)
    assert call(conn, "grant_user_permission", ada, "kyc:review", admin) == granted
    row = one(conn, "SELECT * FROM user_permissions WHERE id = %s", granted)
    assert (row.assigned_by, row.expires_at) == (admin, None)
    assert may(conn, ada, "kyc:review")
    assert call(conn, "revoke_user_permission", ada, "kyc:review", admin) is True
    assert call(conn, "revoke_user_permission", ada, "kyc:review", admin) is False
    assert not may(conn, ada, "kyc:review")
    assert [entry.user_id for entry in audited(conn, "user_permissions.delete")] == [admin]


GIVING = [("assign_role", "moderator"), ("grant_user_permission", "kyc:review")]
TAKING = [("revoke_role", "moderator"), ("revoke_user_permission", "kyc:review")]


@pytest.mark.parametrize(("function", "what"), GIVING)
def test_nothing_is_given_to_nobody(conn, admin, function, what):
    assert refused(conn, "AV050", function, NOBODY, what, admin) == {"user_id": str(NOBODY)}
    refused(conn, "AV050", function, None, what, admin)
    ada = register(conn)
    conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', [ada])
    assert refused(conn, "AV051", function, ada, what, admin) == {"user_id": str(ada)}


@pytest.mark.parametrize(("function", "what"), GIVING)
@pytest.mark.parametrize("end", ["-infinity", "infinity", "2020-01-01", "now"])
def test_nothing_is_given_until_yesterday_or_for_ever_and_a_day(conn, admin, function, what, end):
    refused(conn, "AV084", function, register(conn), what, admin, end)


@pytest.mark.parametrize(("function", "what"), [*GIVING, *TAKING])
def test_who_has_no_authority_gives_and_takes_nothing(conn, admin, function, what):
    ada, ben = register(conn), register(conn)
    assert refused(conn, "AV082", function, ada, what, ben) == {
        "user_id": str(ben),
        "app_user_id": None,
        "permission": "admin:users",
    }
    refused(conn, "AV082", function, ada, what, ada)
    refused(conn, "AV082", function, ada, what, None)
    refused(conn, "AV082", function, ada, what, NOBODY)


@pytest.mark.parametrize(("function", "what"), [*GIVING, *TAKING])
def test_who_signed_in_cannot_act_as_an_administrator(conn, admin, function, what):
    ada = register(conn)
    values = refused(conn, "AV082", function, ada, what, admin, actor=ada)
    assert (values["user_id"], values["app_user_id"]) == (str(admin), str(ada))
    call(conn, function, ada, what, admin, actor=admin)


@pytest.mark.parametrize(
    ("function", "what", "missing"),
    [
        ("assign_role", "moderator", "admin:reports"),
        ("revoke_role", "admin", "admin:reports"),
        ("assign_role", "admin", "admin:reports"),
        ("grant_user_permission", "kyc:review", "kyc:review"),
        ("revoke_user_permission", "kyc:review", "kyc:review"),
    ],
)
def test_nobody_gives_or_takes_what_they_have_not(conn, admin, function, what, missing):
    clerk = with_permissions(conn, "admin:users")
    assert refused(conn, "AV082", function, register(conn), what, clerk)["permission"] == missing
    refused(conn, "AV082", function, clerk, what, clerk)


@pytest.mark.parametrize(("function", "key"), [("assign_role", "role"), ("grant_user_permission", "permission")])
def test_an_unknown_role_or_permission_is_named(conn, admin, function, key):
    assert refused(conn, "AV083", function, register(conn), "king", admin) == {key: "king"}
    refused(conn, "AV083", function.replace("assign", "revoke").replace("grant", "revoke"), admin, "king", admin)


def test_an_administrator_cannot_resign_as_the_last_one(conn, admin):
    refused(conn, "AV081", "revoke_role", admin, "admin", admin)
    refused(conn, "AV081", "assign_role", admin, "admin", admin, TOMORROW)


# Roles themselves


def test_a_role_is_made_filled_emptied_and_deleted_by_an_administrator(conn, admin):
    role = call(conn, "create_role", admin, "auditor", "Auditor", "Reads the books")
    assert call(conn, "grant_role_permission", admin, "auditor", "transactions:read") is True
    assert call(conn, "grant_role_permission", admin, "auditor", "transactions:read") is False
    ada = register(conn)
    call(conn, "assign_role", ada, "auditor", admin)
    assert may(conn, ada, "transactions:read")
    assert refused(conn, "AV086", "delete_role", admin, "auditor") == {"role": "auditor", "users": 1}
    call(conn, "revoke_role", ada, "auditor", admin)
    assert call(conn, "revoke_role_permission", admin, "auditor", "transactions:read") is True
    assert call(conn, "revoke_role_permission", admin, "auditor", "transactions:read") is False
    assert call(conn, "delete_role", admin, "auditor") is True
    assert call(conn, "delete_role", admin, "auditor") is False
    assert call(conn, "update_role", admin, "auditor", "Gone", None) is False
    assert [entry.action for entry in rows(conn, "SELECT action FROM audit_log WHERE resource_id = %s", role)] == [
        "roles.insert",
        "roles.delete",
    ]


def test_a_new_permission_is_the_administrators_at_once(conn, admin):
    call(conn, "create_permission", admin, "books", "close", "Close the books")
    assert may(conn, admin, "books:close")
    with pytest.raises(psycopg.errors.UniqueViolation), conn.transaction():
        call(conn, "create_permission", admin, "books", "close", "Again")


def test_a_system_role_is_not_deleted_and_admin_loses_no_permission(conn, admin):
    refused(conn, "AV080", "delete_role", admin, "premium_user")
    assert refused(conn, "AV080", "revoke_role_permission", admin, "admin", "admin:users") == {
        "role": "admin",
        "permission": "admin:users",
    }


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("create_role", ["king", "King", None]),
        ("update_role", ["user", "King", None]),
        ("delete_role", ["premium_user"]),
        ("create_permission", ["books", "burn", "Burn the books"]),
        ("grant_role_permission", ["user", "admin:users"]),
        ("revoke_role_permission", ["user", "wallet:read"]),
    ],
)
def test_who_may_not_change_the_system_changes_no_role(conn, admin, function, arguments):
    clerk = with_permissions(conn, "admin:users", "admin:reports")
    assert refused(conn, "AV082", function, clerk, *arguments)["permission"] == "admin:system"
    refused(conn, "AV082", function, None, *arguments)
    refused(conn, "AV082", function, admin, *arguments, actor=clerk)


def test_nobody_puts_into_a_role_what_they_have_not(conn, admin):
    engineer = with_permissions(conn, "admin:system")
    values = refused(conn, "AV082", "grant_role_permission", engineer, "user", "admin:users")
    assert values["permission"] == "admin:users"
    refused(conn, "AV083", "grant_role_permission", engineer, "king", "admin:system")
    refused(conn, "AV083", "revoke_role_permission", engineer, "user", "no:such")
