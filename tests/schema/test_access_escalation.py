"""What a client of the database tries in order to become more than it is; each way is refused."""

from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.schema.people import acting_as, administrator_of, call, give_role, refused, register, rows, value

# What neither the application nor a reader may do, whatever they are granted elsewhere.
FORBIDDEN = [
    # rights
    "INSERT INTO roles (name, display_name) VALUES ('king', 'King')",
    "UPDATE roles SET name = 'admin' WHERE name = 'user'",
    "DELETE FROM roles",
    "INSERT INTO permissions (name, display_name, resource, action) VALUES ('all:do', 'All', 'all', 'do')",
    "UPDATE permissions SET is_system = false",
    "DELETE FROM permissions",
    "INSERT INTO role_permissions (role_id, permission_id) SELECT roles.id, permissions.id FROM roles, permissions",
    "DELETE FROM role_permissions",
    'INSERT INTO user_roles (user_id, role_id) SELECT "user".id, roles.id FROM "user", roles',
    "UPDATE user_roles SET role_id = (SELECT id FROM roles WHERE name = 'admin')",
    "UPDATE user_roles SET expires_at = NULL",
    "DELETE FROM user_roles",
    'INSERT INTO user_permissions (user_id, permission_id) SELECT "user".id, permissions.id FROM "user", permissions',
    "UPDATE user_permissions SET expires_at = NULL",
    "DELETE FROM user_permissions",
    "INSERT INTO effective_permissions (user_id, name) VALUES (app_uuid(), 'admin:users')",
    "TRUNCATE user_roles",
    # standing
    """UPDATE "user" SET is_suspended = false, suspended_at = NULL, suspension_reason = NULL""",
    """UPDATE "user" SET is_active = true""",
    """UPDATE "user" SET kyc_tier = 2""",
    "UPDATE kyc_verification SET status = 'approved', verified_at = now()",
    # audit
    "INSERT INTO audit_log (action, resource) VALUES ('user_roles.insert', 'user_roles')",
    "UPDATE audit_log SET user_id = NULL",
    "DELETE FROM audit_log",
    "TRUNCATE audit_log",
    "INSERT INTO audit_log_default (action, resource, created_at) VALUES ('a.b', 'user_roles', now())",
    "DELETE FROM audit_log_default",
    "TRUNCATE audit_log_default",
    "ALTER TABLE audit_log DETACH PARTITION audit_log_default",
    "DROP TABLE audit_log_default",
    "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    "INSERT INTO audit_chain (audit_id, hash) VALUES (1, sha256('x'))",
    "UPDATE audit_chain SET hash = sha256('x')",
    "DELETE FROM audit_chain",
    "UPDATE audit_seal_state SET final_id = 0",
    "ALTER SEQUENCE audit_log_id_seq RESTART",
    # Forwards: no rollback takes a sequence back, and the attempt is also made as a superuser.
    "SELECT setval('audit_log_id_seq', 1000000)",
    # people's rows that only functions write
    """INSERT INTO session (user_id, token_hash, expires_at)
       SELECT id, sha256('x'), now() + interval '1 day' FROM "user" """,
    "UPDATE session SET used_at = NULL",
    "UPDATE phone_verification SET attempts = 0",
    """INSERT INTO rewards (user_id, reward_type, reward_name, value)
       SELECT id, 'cashback', 'Gift', 1000000 FROM "user" """,
    "UPDATE rewards SET status = 'active', redeemed_at = NULL",
    """INSERT INTO savings_milestones (user_id, milestone_type, milestone_name)
       SELECT id, 'year_streak', 'X' FROM "user" """,
    "UPDATE user_analytics SET total_saved = 1000000",
    "UPDATE daily_analytics SET total_users = 0",
    "UPDATE notifications SET status = 'sent', sent_at = now()",
    "DELETE FROM notifications",
    'UPDATE push_tokens SET user_id = (SELECT id FROM "user" LIMIT 1)',
    "UPDATE scheduled_notifications SET status = 'pending'",
    # inner functions
    "SELECT audit_actor()",
    "SELECT require_permission(app_uuid(), 'admin:users')",
    "SELECT require_authority_over_role(app_uuid(), 'admin')",
    "SELECT require_active_user(app_uuid())",
    "SELECT require_acting_user(app_uuid())",
    "SELECT open_kyc_request(app_uuid(), app_uuid(), app_uuid(), 'kyc:approve')",
    "SELECT submit_kyc(NULL)",
    """SELECT erase_records_of("user") FROM "user" """,
    "SELECT create_session_at(app_uuid(), sha256('x'), NULL, NULL, NULL, NULL, now())",
    "SELECT rotate_refresh_token_at(sha256('x'), sha256('y'), sha256('z'), NULL, NULL, now())",
    "SELECT verify_phone_otp_at(NULL, '+2341', sha256('x'), now())",
    "SELECT consume_verification_at('x', sha256('x'), now())",
    "SELECT redeem_reward_at(app_uuid(), app_uuid(), now())",
    "SELECT expire_rewards_at(1, now())",
    "SELECT refresh_user_analytics_at(app_uuid(), now())",
    "SELECT create_notification_at(app_uuid(), 'security', 'push', 't', 'm', NULL, now())",
    "SELECT claim_due_notifications_at(1, '1 minute', now())",
    "SELECT mark_notification_failed_at(app_uuid(), app_uuid(), now(), 'x', now())",
    "SELECT post_scheduled_notifications_at(1, now())",
    "SELECT ensure_partitions_at(1, now())",
    "SELECT make_partitions('audit_log', 1, now())",
    "SELECT make_partition('audit_log', 'audit_log_2091_01', now(), now())",
    "SELECT missing_partitions('audit_log', 1, now())",
    # the database itself
    """CREATE OR REPLACE FUNCTION has_permission(p_user_id uuid, p_permission text) RETURNS boolean
       LANGUAGE sql RETURN true""",
    "ALTER FUNCTION has_permission(uuid, text) OWNER TO CURRENT_USER",
    "DROP VIEW effective_permissions",
    "CREATE OR REPLACE VIEW effective_permissions AS SELECT 1",
    "DROP TRIGGER user_roles_audit ON user_roles",
    "ALTER TABLE user_roles DISABLE TRIGGER USER",
    "ALTER TABLE user_roles OWNER TO CURRENT_USER",
    "CREATE TRIGGER mine BEFORE INSERT ON user_roles FOR EACH ROW EXECUTE FUNCTION set_updated_at()",
    "CREATE RULE mine AS ON DELETE TO audit_log DO INSTEAD NOTHING",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "SET session_replication_role = replica",
    "SET ROLE avdaily_ledger",
    "GRANT avdaily_ledger TO CURRENT_USER",
    "ALTER ROLE avdaily_ledger LOGIN",
    "ALTER ROLE avdaily_app SET search_path = pg_temp",
    "ALTER DEFAULT PRIVILEGES FOR ROLE avdaily_ledger GRANT ALL ON TABLES TO PUBLIC",
    "UPDATE pg_authid SET rolsuper = true",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY audit_log TO PROGRAM 'cat'",
]

# What a reader may not even though the application may.
FORBIDDEN_TO_READERS = [
    "SELECT register_user(NULL, 'Test', 'x@people.test')",
    "SELECT assign_role(app_uuid(), 'admin', app_uuid())",
    "SELECT suspend_user(app_uuid(), app_uuid(), 'because I can')",
    "SELECT anonymise_user(app_uuid(), app_uuid())",
    "SELECT record_audit_event(NULL, 'a.b', 'audit')",
    "SELECT seal_audit_log()",
    "SELECT ensure_partitions()",
    "SELECT claim_due_notifications()",
    "SELECT refresh_user_analytics(app_uuid())",
    "SELECT redeem_reward(app_uuid(), app_uuid())",
    "SELECT grant_reward(app_uuid(), 'cashback', 'Gift', 'k', 100)",
    """UPDATE "user" SET name = 'Nobody'""",
    "UPDATE notification_preferences SET push_enabled = false",
    "SELECT token FROM push_tokens",
    "SELECT * FROM session",
    "SELECT app_uuid()",
]

# A view over a union takes no rows, whoever asks: there PostgreSQL does not come to ask for rights.
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)
REAL_MISTAKES = (
    psycopg.errors.SyntaxError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedObject,
)


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def house(conn):
    register(conn)
    return administrator_of(conn)


def allowed_to_a_login_of(conn, role, statements):
    """Try each statement as a login that has just this role; return those that PostgreSQL did not refuse."""
    login = sql.Identifier(f"login_{uuid4().hex}")
    conn.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(login, sql.Identifier(role)))
    allowed = []
    for statement in statements:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(login))
            try:
                conn.execute(statement)
            except REFUSALS:
                continue
            allowed.append(statement)
    return allowed


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
def test_a_client_is_refused(conn, house, role):
    assert allowed_to_a_login_of(conn, role, FORBIDDEN) == []


def test_a_reader_is_refused_also_what_the_application_may(conn, house):
    assert allowed_to_a_login_of(conn, "avdaily_readonly", FORBIDDEN_TO_READERS) == []


def test_the_attempts_are_real_ones(conn, house):
    """A refusal proves nothing about a statement with a slip of the pen: a superuser finds no grammar or name wrong."""
    mistakes = []
    for statement in FORBIDDEN + FORBIDDEN_TO_READERS:
        with conn.transaction(force_rollback=True):
            try:
                conn.execute(statement)
            except REAL_MISTAKES as mistake:
                mistakes.append((statement, str(mistake)))
            except psycopg.Error:
                continue
    assert mistakes == []


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
def test_no_client_may_call_what_only_functions_call(conn, role):
    """Functions that take their time from the caller, checks that a caller could set the actor with, and triggers."""
    open_to_clients = {
        name
        for (name,) in conn.execute(
            """SELECT oid::regprocedure::text FROM pg_proc
               WHERE pronamespace = current_schema()::regnamespace AND has_function_privilege(%s, oid, 'EXECUTE')
                 AND (proname LIKE '%%\\_at' AND provolatile = 'v' OR proname LIKE 'require\\_%%'
                      OR prorettype = 'trigger'::regtype)""",
            [role],
        ).fetchall()
    }
    assert open_to_clients == set()


def test_tables_and_functions_of_the_callers_own_do_not_take_the_place_of_ours(conn, house):
    """Every database lets its clients make temporary objects: they come after ours in the pinned path."""
    eve = register(conn)
    with acting_as(conn, "avdaily_app"):
        for table in ("user_roles", "roles", "effective_permissions", "permissions", "role_permissions", "audit_log"):
            conn.execute(sql.SQL("CREATE TEMP TABLE {0} AS SELECT * FROM public.{0}").format(sql.Identifier(table)))
        conn.execute(
            "INSERT INTO pg_temp.effective_permissions SELECT %s, id, name, resource, action FROM permissions", [eve]
        )
        conn.execute(
            """CREATE FUNCTION pg_temp.has_permission(p_user_id uuid, p_permission text) RETURNS boolean
               LANGUAGE sql RETURN true"""
        )
        conn.execute("SET LOCAL search_path = pg_temp, public")
        with pytest.raises(psycopg.Error) as caught, conn.transaction():
            conn.execute("SELECT public.assign_role(%s, 'admin', %s)", [eve, eve])
        assert caught.value.sqlstate == "AV082"
        conn.execute("SELECT public.record_audit_event(NULL, 'auth.sign_in', 'auth')")
        conn.execute("SET LOCAL search_path = public")
        assert value(conn, "SELECT count(*) FROM public.audit_log WHERE action = 'auth.sign_in'") == 1


def test_nobody_makes_themselves_an_administrator_by_any_function(conn, house):
    eve = register(conn)
    for function, arguments in [
        ("assign_role", [eve, "admin", eve]),
        ("grant_user_permission", [eve, "admin:users", eve]),
        ("grant_role_permission", [eve, "user", "admin:users"]),
        ("create_role", [eve, "king", "King"]),
        ("suspend_user", [house, eve, "out of the way"]),
        ("deactivate_user", [house, eve]),
        ("reinstate_user", [eve, eve]),
    ]:
        refused(conn, "AV082", function, *arguments)
        refused(conn, "AV082", function, *arguments, actor=eve)
    # Signed in as herself she cannot say that she is the administrator.
    refused(conn, "AV082", "assign_role", eve, "admin", house, actor=eve)
    assert rows(conn, "SELECT name FROM effective_permissions WHERE user_id = %s AND resource = 'admin'", eve) == []


def test_a_moderator_cannot_touch_an_administrator(conn, house):
    clerk = register(conn)
    give_role(conn, clerk, "moderator")
    call(conn, "grant_user_permission", clerk, "admin:users", house)
    other = register(conn)
    give_role(conn, other, "admin")
    for function, arguments in [
        ("suspend_user", [other, clerk, "out of the way"]),
        ("deactivate_user", [other, clerk]),
        ("revoke_role", [other, "admin", clerk]),
        ("anonymise_user", [other, clerk]),
    ]:
        refused(conn, "AV082", function, *arguments)
