"""What each role may do, read from the catalog: rules that hold for every table and function, also those to come."""

import re

import pytest

SCHEMA = "(SELECT oid FROM pg_namespace WHERE nspname = 'public')"
RELATIONS = f"SELECT * FROM pg_class WHERE relnamespace = {SCHEMA} AND relkind IN ('r', 'p', 'v', 'm')"
SECRET = "(atttypid = 'bytea'::regtype OR attname IN ('password', 'token') OR attname LIKE '%\\_hash')"
# Its hashes are there to be read and compared.
CHAIN = "audit_chain"


@pytest.fixture
def rows(conn):
    def run(query):
        return conn.execute(query).fetchall()

    return run


def test_public_may_do_nothing_with_our_relations_and_functions(rows):
    assert rows(f"SELECT relname FROM ({RELATIONS}) AS r, aclexplode(relacl) WHERE grantee = 0") == []
    assert (
        rows(
            f"""SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = {SCHEMA}
                  AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))"""
        )
        == []
    )


def test_avdaily_readonly_executes_nothing_that_could_write(rows):
    """A STABLE or IMMUTABLE function cannot write: PostgreSQL refuses it."""
    assert (
        rows(
            f"""SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = {SCHEMA} AND provolatile = 'v'
                  AND has_function_privilege('avdaily_readonly', oid, 'EXECUTE')"""
        )
        == []
    )


def test_avdaily_readonly_writes_nowhere(rows):
    assert (
        rows(
            f"""SELECT relname FROM ({RELATIONS}) AS r
                WHERE has_table_privilege('avdaily_readonly', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                   OR has_any_column_privilege('avdaily_readonly', oid, 'INSERT, UPDATE, REFERENCES')"""
        )
        == []
    )


def test_avdaily_readonly_reads_every_table_and_no_secret(rows):
    assert (
        rows(
            f"""SELECT relname FROM ({RELATIONS}) AS r
                WHERE NOT relispartition AND NOT has_any_column_privilege('avdaily_readonly', oid, 'SELECT')"""
        )
        == []
    )
    assert (
        rows(
            f"""SELECT relname, attname FROM ({RELATIONS}) AS r JOIN pg_attribute ON attrelid = r.oid
                WHERE attnum > 0 AND NOT attisdropped AND {SECRET} AND relname <> '{CHAIN}'
                  AND has_column_privilege('avdaily_readonly', r.oid, attnum, 'SELECT')"""
        )
        == []
    )


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_ledger", "avdaily_readonly"])
def test_no_role_may_truncate_or_make_triggers(rows, role):
    assert (
        rows(
            f"""SELECT relname FROM ({RELATIONS}) AS r
                WHERE has_table_privilege('{role}', oid, 'TRUNCATE, TRIGGER, REFERENCES')"""
        )
        == []
    )


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_entries", "audit_log"])
def test_history_is_written_by_functions_only(rows, table):
    assert rows(
        f"""SELECT has_any_column_privilege('avdaily_app', '{table}', 'INSERT, UPDATE')
                OR has_table_privilege('avdaily_app', '{table}', 'DELETE')"""
    ) == [(False,)]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("wallets", "balance"),
        ("wallets", "account_id"),
        ("savings_plans", "current_amount"),
        ("savings_plans", "account_id"),
        ("ajo_groups", "total_collected"),
        ("ajo_groups", "total_disbursed"),
        ("group_members", "deposit_balance"),
    ],
)
def test_no_client_may_write_a_balance(rows, table, column):
    assert rows(
        f"""SELECT has_column_privilege('avdaily_app', '{table}', '{column}', 'INSERT')
                OR has_column_privilege('avdaily_app', '{table}', '{column}', 'UPDATE')"""
    ) == [(False,)]


def test_what_runs_with_other_rights_belongs_to_the_ledger_role_and_pins_its_path(rows):
    # Only a table's owner may partition it.
    owner = "(SELECT relowner FROM pg_class WHERE relname = 'audit_log')"
    partitioner = f"proname LIKE 'ensure\\_partitions%' AND proowner = {owner}"
    assert (
        rows(
            f"""SELECT oid::regprocedure::text, proowner::regrole::text, proconfig FROM pg_proc
                WHERE pronamespace = {SCHEMA} AND prosecdef AND NOT ({partitioner})
                  AND (proowner <> 'avdaily_ledger'::regrole
                       OR NOT 'search_path=public, pg_temp' = ANY (coalesce(proconfig, '{{}}')))"""
        )
        == []
    )


def test_no_function_of_the_ledger_role_runs_with_the_callers_rights_unless_inner(rows):
    """What avdaily_app may call either runs as the ledger role, or as the caller and belongs to the migrating role."""
    assert (
        rows(
            f"""SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = {SCHEMA} AND proowner = 'avdaily_ledger'::regrole AND NOT prosecdef
                  AND has_function_privilege('avdaily_app', oid, 'EXECUTE')"""
        )
        == []
    )


def test_a_body_that_names_our_objects_pins_its_path(rows):
    """A string body is looked up when it runs: without a pinned path the caller decides what its names mean."""
    relations = {name for (name,) in rows(f"SELECT relname FROM ({RELATIONS}) AS r")}
    functions = {name for (name,) in rows(f"SELECT proname FROM pg_proc WHERE pronamespace = {SCHEMA}")}
    offenders = []
    for name, body in rows(
        f"""SELECT oid::regprocedure::text, prosrc FROM pg_proc
            WHERE pronamespace = {SCHEMA} AND prosqlbody IS NULL
              AND NOT 'search_path=public, pg_temp' = ANY (coalesce(proconfig, '{{}}'))"""
    ):
        code = re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", body)
        named = {
            found.strip('"') for found in re.findall(r'\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY)\s+("?\w+"?)', code, re.I)
        }
        called = set(re.findall(r"\b(\w+)\(", code))
        if named & relations or called & functions:
            offenders.append(name)
    assert offenders == []


def test_no_client_sets_the_clock_of_a_function_that_writes(rows):
    assert (
        rows(
            f"""SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = {SCHEMA} AND provolatile = 'v' AND 'p_at' = ANY (proargnames)
                  AND has_function_privilege('avdaily_app', oid, 'EXECUTE')"""
        )
        == []
    )
