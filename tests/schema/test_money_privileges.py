"""What the roles of clients may do about money: call functions, read, and nothing else."""

import psycopg
import pytest
from psycopg import sql

from tests.schema.bank import NOON

TABLES = [
    "kyc_limits", "withdrawal_limits", "ledger_accounts", "wallets", "savings_plans", "transactions", "ledger_entries",
    "idempotency_keys", "payment_events", "auto_save_attempts", "interest_accruals",
]  # fmt: skip
READERS = ["account_balance_at", "wallet_balance_at", "plan_balance_at", "wallet_statement", "trial_balance"]


@pytest.fixture
def user(bank):
    return bank.user(1000)


def denied(bank, role, statement, *arguments):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), bank.role(role):
        bank.conn.execute(statement, arguments)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
def test_no_client_writes_a_table_of_money(bank, role, table):
    name = sql.Identifier(table)
    column = sql.Identifier("created_at")
    denied(bank, role, sql.SQL("INSERT INTO {} DEFAULT VALUES").format(name))
    denied(bank, role, sql.SQL("UPDATE {} SET {} = now()").format(name, column))
    denied(bank, role, sql.SQL("DELETE FROM {}").format(name))
    denied(bank, role, sql.SQL("TRUNCATE {}").format(name))


def test_no_client_reads_a_request_hash(bank):
    for role in ("avdaily_app", "avdaily_readonly"):
        denied(bank, role, "SELECT request_hash FROM idempotency_keys")
        with bank.role(role):
            bank.conn.execute("SELECT user_id, key, operation, result_id FROM idempotency_keys")
    denied(bank, "avdaily_readonly", "SELECT payload FROM payment_events")


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
def test_a_client_cannot_become_the_ledger(bank, role):
    assert not bank.value("SELECT pg_has_role(%s, 'avdaily_ledger', 'MEMBER')", role)
    assert not bank.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'avdaily_ledger'")


def test_the_application_cannot_call_what_only_functions_call(bank, user):
    granted = {
        name
        for (name,) in bank.rows(
            """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
               AND has_function_privilege('avdaily_app', oid, 'EXECUTE')"""
        )
    }
    inner = {
        "post_entry", "post_movement", "post_wallet_debit", "post_wallet_credit", "post_wallet_debits",
        "post_wallet_credits", "post_from_plan", "post_opposite", "post_opening_balance", "post_cashback_at",
        "move_balance", "undo_withdrawal",
        "open_ledger_account", "claim_idempotency_key",
    }  # fmt: skip
    assert granted & inner == set()
    assert not [name for name in granted if name.endswith("_at") and name not in READERS]
    denied(bank, "avdaily_app", "SELECT post_opening_balance(%s, 100, now())", user)
    denied(bank, "avdaily_app", "SELECT post_transfer_at(%s, %s, 1, NULL, NULL, now())", user, user)


def test_reports_read_and_move_nothing(bank, user):
    readable = {
        name
        for (name,) in bank.rows(
            """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND provolatile = 'v'
               AND has_function_privilege('avdaily_readonly', oid, 'EXECUTE')"""
        )
    }
    assert not [name for name in readable if name.startswith("post_")]
    denied(bank, "avdaily_readonly", "SELECT post_transfer(%s, %s, 1)", user, user)
    denied(bank, "avdaily_readonly", "SELECT freeze_wallet(%s, 'no reason at all')", user)
    with bank.role("avdaily_readonly"):
        assert bank.value("SELECT wallet_balance_at(%s, %s)", user, NOON.replace(year=2032)) == 1000
        assert bank.value("SELECT sum(balance) FROM trial_balance()") == 0
        assert bank.rows("SELECT * FROM wallet_statement(%s, %s, %s)", user, NOON, NOON.replace(year=2032))


def test_the_application_keeps_bank_accounts_but_not_their_owner(bank, user):
    with bank.role("avdaily_app"):
        account = bank.value(
            """INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name)
               VALUES (%s, '058', 'Bank', '0123456789', 'Test') RETURNING id""",
            user,
        )
        bank.conn.execute("UPDATE bank_accounts SET is_verified = true WHERE user_id = %s AND id = %s", (user, account))
    denied(bank, "avdaily_app", "UPDATE bank_accounts SET user_id = app_uuid()")
    denied(bank, "avdaily_app", "UPDATE bank_accounts SET account_number = '9999999999'")
    with bank.role("avdaily_app"):
        bank.conn.execute("DELETE FROM bank_accounts WHERE user_id = %s AND id = %s", (user, account))


def test_each_function_of_money_pins_its_path_or_names_nothing(bank):
    assert bank.rows(
        """SELECT oid::regprocedure FROM pg_proc
           WHERE pronamespace = 'public'::regnamespace AND prosecdef
             AND NOT 'search_path=public, pg_temp' = ANY (coalesce(proconfig, '{}'))"""
    ) == []  # fmt: skip
