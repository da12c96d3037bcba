"""0006: the tables of access control. What is refused is refused by the rule's own name."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import constraints_of, insert, table_of

ADA, BEN = UUID(int=1), UUID(int=2)
ROLE, PERMISSION, NOBODY = UUID(int=11), UUID(int=12), UUID(int=99)
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)

ROW = {
    "roles": {"name": "auditor", "display_name": "Auditor"},
    "permissions": {"name": "books:read", "display_name": "Read the books", "resource": "books", "action": "read"},
    "role_permissions": {"role_id": ROLE, "permission_id": PERMISSION},
    "user_roles": {"user_id": ADA, "role_id": ROLE},
    "user_permissions": {"user_id": ADA, "permission_id": PERMISSION},
}
TABLES = list(ROW)

BROKEN = [
    ("roles_name_format_check", {"name": "Auditor"}),
    ("roles_name_format_check", {"name": "a"}),
    ("roles_name_format_check", {"name": "x" * 51}),
    ("roles_display_name_length_check", {"display_name": " "}),
    ("roles_display_name_length_check", {"display_name": "x" * 101}),
    ("roles_description_length_check", {"description": "x" * 501}),
    ("permissions_name_matches_resource_action_check", {"name": "books.read"}),
    ("permissions_resource_format_check", {"name": "Books:read", "resource": "Books"}),
    ("permissions_action_format_check", {"name": "books:", "action": ""}),
    ("permissions_display_name_length_check", {"display_name": ""}),
    ("permissions_description_length_check", {"description": "x" * 501}),
    ("role_permissions_role_id_fkey", {"role_id": NOBODY}),
    ("role_permissions_permission_id_fkey", {"permission_id": NOBODY}),
    ("user_roles_user_id_fkey", {"user_id": NOBODY}),
    ("user_roles_role_id_fkey", {"role_id": NOBODY}),
    ("user_roles_assigned_by_fkey", {"assigned_by": NOBODY}),
    ("user_roles_expires_after_assignment_check", {"expires_at": BEFORE}),
    ("user_permissions_user_id_fkey", {"user_id": NOBODY}),
    ("user_permissions_permission_id_fkey", {"permission_id": NOBODY}),
    ("user_permissions_assigned_by_fkey", {"assigned_by": NOBODY}),
    ("user_permissions_expires_after_assignment_check", {"expires_at": BEFORE}),
]
OTHER_PERMISSION = {"name": "books:write", "action": "write"}
TWICE = [
    ("roles_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "name": "other"}),
    ("roles_name_key", {}, {}),
    ("permissions_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7)} | OTHER_PERMISSION),
    ("permissions_name_key", {}, {}),
    ("role_permissions_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7)}),
    ("role_permissions_role_id_permission_id_key", {}, {}),
    ("user_roles_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "user_id": BEN}),
    ("user_roles_user_id_role_id_key", {}, {}),
    ("user_permissions_pkey", {"id": UUID(int=7)}, {"id": UUID(int=7), "user_id": BEN}),
    ("user_permissions_user_id_permission_id_key", {}, {}),
]


@pytest.fixture
def catalogue(conn):
    for user_id, email in ((ADA, "ada@example.com"), (BEN, "ben@example.com")):
        insert(conn, "user", {"id": user_id, "name": "Test", "email": email})
    insert(conn, "roles", {"id": ROLE, "name": "clerk", "display_name": "Clerk"})
    insert(
        conn,
        "permissions",
        {"id": PERMISSION, "name": "desk:sit", "display_name": "Sit", "resource": "desk", "action": "sit"},
    )
    return conn


@pytest.mark.parametrize(("constraint", "values"), BROKEN)
def test_a_row_that_breaks_one_rule_is_refused_by_its_name(catalogue, constraint, values):
    table = table_of(constraint, TABLES)
    with pytest.raises(psycopg.IntegrityError) as refusal:
        insert(catalogue, table, ROW[table] | values)
    assert refusal.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "first", "second"), TWICE)
def test_a_second_row_with_the_same_key_is_refused_by_its_name(catalogue, constraint, first, second):
    table = table_of(constraint, TABLES)
    insert(catalogue, table, ROW[table] | first)
    with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        insert(catalogue, table, ROW[table] | second)
    assert refusal.value.diag.constraint_name == constraint


def test_two_permissions_on_one_resource_cannot_have_the_same_action(catalogue):
    """The name follows from both, so this key needs the rule on names out of the way to be reached."""
    catalogue.execute("ALTER TABLE permissions DROP CONSTRAINT permissions_name_matches_resource_action_check")
    insert(catalogue, "permissions", ROW["permissions"])
    with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        insert(catalogue, "permissions", ROW["permissions"] | {"name": "books:look"})
    assert refusal.value.diag.constraint_name == "permissions_resource_action_key"


@pytest.mark.parametrize("table", TABLES)
def test_a_row_within_the_rules_is_accepted(catalogue, table):
    assert insert(catalogue, table, ROW[table]).version == 7


def test_every_constraint_of_these_tables_was_broken_above(conn):
    tried = {case[0] for case in [*BROKEN, *TWICE]} | {"permissions_resource_action_key"}
    assert constraints_of(conn, TABLES) == tried


@pytest.mark.parametrize(
    "statement",
    ['DELETE FROM "user" WHERE id = %s', "DELETE FROM roles WHERE id = %s", "DELETE FROM permissions WHERE id = %s"],
)
def test_what_a_grant_names_cannot_be_deleted(catalogue, statement):
    insert(catalogue, "user_roles", ROW["user_roles"])
    insert(catalogue, "role_permissions", ROW["role_permissions"])
    target = {"user": ADA, "roles": ROLE, "permissions": PERMISSION}[statement.split()[2].strip('"')]
    with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation)):
        catalogue.execute(statement, [target])


@pytest.mark.parametrize("table", TABLES)
def test_what_must_be_there_cannot_be_null(catalogue, table):
    columns = catalogue.execute(
        """SELECT attname FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND attgenerated = ''""",
        [table],
    ).fetchall()
    assert columns
    for (column,) in columns:
        with pytest.raises(psycopg.errors.NotNullViolation) as refusal, catalogue.transaction():
            insert(catalogue, table, ROW[table] | {column: None})
        assert refusal.value.diag.column_name == column
