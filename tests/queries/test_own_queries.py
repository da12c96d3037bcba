"""Every query of the package, run as the application's role: with rows, without, and as its stub says."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import queries
from avdaily_sql.queries import own_directory
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_all
from avdaily_sql.queries.library import read_definitions
from avdaily_sql.refusals import Refusal
from tests.queries.cases import CASES, MAY_BE_EMPTY, Empty

if TYPE_CHECKING:
    import uuid


def _names(text: str) -> list[str]:
    return text.split()


# What the application, its operators and its reports need: the operations that the schema was made for.
WANTED = _names(
    """
create_user get_user get_user_by_email get_user_by_phone update_user_profile mark_email_verified mark_phone_verified
email_exists phone_exists deactivate_user suspend_user reinstate_user list_active_users list_users_by_kyc_tier
list_users_by_kyc_status create_session get_session_by_token_hash touch_session rotate_refresh_token revoke_session
revoke_user_sessions delete_expired_sessions list_user_sessions upsert_account get_account_by_provider
list_user_accounts delete_account create_verification consume_verification delete_verifications_by_identifier
create_phone_verification verify_phone_otp get_latest_phone_verification register_biometric get_biometric_by_device
list_user_biometrics touch_biometric disable_biometric revoke_user_biometrics submit_kyc_tier1 submit_kyc_tier2
list_pending_kyc approve_kyc reject_kyc get_kyc_status get_kyc_limits get_wallet get_wallet_balance create_wallet
fund_wallet confirm_wallet_funding fail_wallet_funding withdraw_wallet settle_withdrawal void_withdrawal
transfer_between_wallets set_wallet_active get_wallet_statement get_wallet_balance_at get_wallet_transaction_summary
create_savings_plan get_savings_plan list_user_plans list_active_plans list_plans_by_status update_plan_settings
pause_plan resume_plan cancel_plan complete_plan set_plan_auto_save contribute_to_plan withdraw_from_plan
get_plan_progress get_total_savings list_due_auto_saves run_auto_save_batch list_plans_for_interest accrue_interest
post_interest mature_plans get_transaction get_transaction_by_reference list_user_transactions
list_plan_transactions list_transactions_by_status list_transactions_by_type list_transactions_by_source
get_transaction_history complete_transaction fail_transaction cancel_transaction reverse_transaction
get_daily_transaction_total get_monthly_transaction_total get_withdrawal_usage has_pending_withdrawal
list_stale_transactions claim_transactions_for_processing record_payment_event reserve_idempotency_key
complete_idempotency_key create_ajo_group get_group get_group_by_invite_code list_user_groups list_open_groups
list_group_members update_group cancel_group invite_member accept_invitation reject_invitation expire_invitations
join_group leave_group remove_member set_rotation_order start_group open_round collect_round_contributions
record_group_contribution mark_defaults cover_default disburse_round_payout complete_group get_group_statement
get_group_balance create_role get_role_by_name list_roles update_role delete_role create_permission list_permissions
grant_role_permission revoke_role_permission list_role_permissions assign_role revoke_role grant_user_permission
revoke_user_permission get_effective_permissions has_permission list_user_roles get_user_analytics
refresh_user_analytics upsert_daily_analytics get_daily_analytics record_milestone list_milestones grant_reward
redeem_reward expire_rewards list_rewards get_contribution_trend get_spending_breakdown get_leaderboard_streaks
create_notification list_notifications count_unread mark_notification_read mark_all_read
get_notification_preferences upsert_notification_preferences register_push_token deactivate_push_token
list_active_push_tokens schedule_notification claim_due_notifications mark_notification_sent reschedule_recurring
record_audit_event list_audit_events list_user_audit_events seal_audit_log verify_audit_chain check_integrity
reconcile_wallets reconcile_plans trial_balance
"""
)
DEFINITIONS = {definition.name: definition for definition in read_definitions(own_directory())}


@pytest.fixture
def app(bank):
    """A connection as the application's role; what a test does is rolled back."""
    with psycopg.connect(bank[0]) as connection:
        connection.execute("SET ROLE avdaily_app")
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def described(bank):
    with psycopg.connect(bank[0]) as connection:
        return {query.definition.name: query for query in describe_all(connection, DEFINITIONS.values())}


def test_every_operation_of_the_list_has_its_query():
    assert len(WANTED) == len(set(WANTED)) == 181
    assert [name for name in WANTED if name not in DEFINITIONS] == []


def test_every_query_is_run_below():
    assert CASES.keys() == DEFINITIONS.keys()


def act_as(connection: psycopg.Connection, actor: uuid.UUID | None) -> None:
    connection.execute(sql.SQL("SET LOCAL app.user_id = {}").format(str(actor or "")))


@pytest.mark.parametrize("name", CASES)
def test_with_something_to_find(app, bank, described, name):
    case = CASES[name]
    act_as(app, case.actor)
    answer = getattr(queries, name)(app, **case.found(bank[1]))
    query = described[name]
    assert answer or name in MAY_BE_EMPTY
    rows = answer if isinstance(answer, list) else [answer]
    for row in rows:
        if isinstance(row, tuple):
            assert list(row._fields) == [column.name for column in query.columns]
            empty = {column.name for column, value in zip(query.columns, row, strict=True) if value is None}
            assert not empty & {column.name for column in query.columns if column.not_null}


@pytest.mark.parametrize("name", CASES)
def test_with_nothing_to_find(app, bank, name):
    case, function = CASES[name], getattr(queries, name)
    act_as(app, case.actor)
    arguments = case.missing(bank[1])
    if isinstance(case.answer, str) and case.answer != "any":
        with pytest.raises((Refusal, psycopg.Error)) as caught:
            function(app, **arguments)
        error = caught.value
        assert error.sqlstate == case.answer, error
        if isinstance(error, Refusal):
            # Each value of the database is an attribute, of the type that the class declares.
            assert type(error).code == case.answer
            assert {name: getattr(error, name) for name in error.values} == error.values
            for name, value in error.values.items():
                assert type(value).__name__ in type(error).__annotations__[name].replace("None", "NoneType")
        return
    answer = function(app, **arguments)
    if case.answer is Empty:
        assert not answer
    elif case.answer != "any":
        assert answer == case.answer


@pytest.mark.parametrize("name", [name for name, one in DEFINITIONS.items() if one.operator is Operator.many])
def test_a_list_has_a_limit_and_a_total_order(name):
    text = DEFINITIONS[name].sql.decode()
    assert "ORDER BY" in text.rpartition("\n")[0] or "ORDER BY" in text
    assert text.rstrip().splitlines()[-1].startswith("LIMIT ")


def test_each_query_says_what_it_does():
    silent = [name for name in DEFINITIONS if not getattr(queries, name).__doc__.endswith(".")]
    assert silent == []


def test_parameters_of_functions_are_named(bank):
    for name, definition in DEFINITIONS.items():
        assert str(inspect.signature(getattr(queries, name))) == f"({', '.join(['conn', *definition.parameters])})"
