"""Rules that every query of ``sql/queries/`` keeps, read from the files and from the server."""

from __future__ import annotations

import re

import psycopg
import pytest

from avdaily_sql import queries
from avdaily_sql.queries import own_directory
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_all
from avdaily_sql.queries.library import read_definitions
from tests.queries.cases import CASES
from tests.queries.world import NOBODY
from tests.schema.tables import OWNED_TABLES

DEFINITIONS = {definition.name: definition for definition in read_definitions(own_directory())}
TEXTS = {name: definition.sql.decode() for name, definition in DEFINITIONS.items()}
FILES = sorted(own_directory().glob("*.sql"))
DOMAINS = "analytics audit auth groups kyc notifications ops rbac savings transactions wallets".split()  # noqa: SIM905

# Found by a secret, an address or a provider's reference that is unique everywhere, as the owner is what is asked for.
BY_A_UNIQUE_KEY = {
    "get_session_by_token_hash",
    "get_account_by_provider",
    "get_transaction_by_provider_reference",
}
# Over all users on purpose: for staff, for jobs and for reports.
OVER_ALL_USERS = {
    "delete_expired_sessions",
    "list_pending_kyc",
    "list_due_auto_saves",
    "list_plans_for_interest",
    "list_stale_transactions",
    "get_leaderboard_streaks",
}
# What operators and reports ask, which the role for reports may ask too.
FOR_REPORTS = [
    name
    for name, definition in DEFINITIONS.items()
    if definition.domain == "ops"
    or name
    in {
        "list_audit_events", "list_user_audit_events", "list_subject_audit_events", "list_resource_audit_events",
        "verify_audit_chain", "check_integrity", "reconcile_wallets", "reconcile_plans", "trial_balance",
        "get_daily_analytics", "get_leaderboard_streaks", "get_user_analytics", "get_contribution_trend",
        "get_spending_breakdown", "get_reward_points", "list_active_users", "list_users_by_kyc_tier",
        "list_users_by_kyc_status", "list_pending_kyc", "get_wallet", "get_wallet_balance", "get_wallet_statement",
        "get_wallet_balance_at", "get_wallet_transaction_summary", "get_savings_plan", "list_user_plans",
        "get_transaction", "list_user_transactions", "list_plan_transactions", "get_transaction_history",
        "list_stale_transactions", "get_withdrawal_usage", "list_due_auto_saves", "list_plans_for_interest",
        "list_due_groups", "list_open_groups", "get_group_statement", "get_group_balance", "list_roles",
        "list_permissions", "get_effective_permissions",
    }
]  # fmt: skip

# The last word of an order: a key, or what is unique in the rows of its query.
KEYS = {
    "id", "entry_id", "group_id", "plan_id", "user_id", "name", "round", "position", "day", "date", "type", "period",
    "kind", "pid", "oid", "relid", "indexrelid", "mode", "sequencename",
}  # fmt: skip
# They only read, by their names.
READS = [
    name
    for name in DEFINITIONS
    if name.startswith(("get_", "list_", "count_", "has_", "check_", "reconcile_", "trial_"))
    or name.endswith("_exists")
]
LISTS = [name for name, definition in DEFINITIONS.items() if definition.operator is Operator.many]


def as_role(url: str, role: str) -> psycopg.Connection:
    connection = psycopg.connect(url)
    connection.execute(f"SET ROLE {role}")
    return connection


# The files.


def test_there_is_one_file_for_each_domain():
    assert [path.stem for path in FILES] == DOMAINS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_explains_its_signs_at_the_top(path):
    lines = path.read_text().splitlines()
    assert re.fullmatch(r"-- [A-Z].*\.", lines[0])
    assert lines[1].startswith("-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected")
    assert [line for line in lines if len(line) > 120 and not line.startswith("-- name: ")] == []


def offenders(pattern: str) -> list[str]:
    return [name for name, text in TEXTS.items() if re.search(pattern, text)]


def test_a_name_begins_with_what_the_query_does():
    """What is got, listed, counted or asked is only read, and the operator says what comes."""
    one, scalar, many = {Operator.one}, {Operator.scalar}, {Operator.many}
    kinds = {"list_": many, "claim_": many, "count_": scalar, "has_": scalar, "get_": one | scalar | many}
    for name, definition in DEFINITIONS.items():
        for start, allowed in kinds.items():
            if name.startswith(start):
                assert definition.operator in allowed, name
                assert TEXTS[name].startswith(("SELECT", "WITH")), name
        if name.endswith("_exists"):
            assert definition.operator is Operator.scalar, name


def test_parameters_are_declared_so_that_their_order_is_kept():
    text = "\n".join(path.read_text() for path in FILES)
    assert [name for name in DEFINITIONS if not re.search(rf"^-- name: {name}\(", text, re.MULTILINE)] == []


def test_every_query_has_a_comment_that_says_what_it_does():
    assert [name for name, one in DEFINITIONS.items() if len(one.document) < 10 or one.document[-1] not in ".:"] == []


def test_the_text_is_in_the_part_of_the_format_that_aiosql_and_psql_read_the_same():
    assert offenders(r"%|--|/\*|\$|\\") == []
    assert [name for name, one in DEFINITIONS.items() if "%" in one.document] == []
    assert offenders(r"\[\s*-?\d*\s*:") == [], "slices"


def test_no_schema_is_named():
    assert offenders(r"\b(public|pg_catalog)\.") == []


def test_columns_are_named_and_rows_are_not_counted_past():
    assert offenders(r"(SELECT|RETURNING|,)\s+(\w+\.)?\*") == []
    assert offenders(r"\bOFFSET\b") == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_limited_and_in_an_order_that_ends_with_a_key(name):
    order, limit = TEXTS[name].rsplit("\n", 2)[-2:]
    assert re.fullmatch(r"LIMIT (least\(:page_size::int, \d+\)|\d+)", limit)
    last = order.removeprefix("ORDER BY ").rpartition(", ")[2].removesuffix(" DESC")
    assert last.rpartition(".")[2] in KEYS


def test_a_list_without_a_page_size_is_short_by_its_nature():
    """Members of a group, a day's figures, an operator's question: what never has a second page."""
    fixed = {name for name in LISTS if "page_size" not in DEFINITIONS[name].parameters}
    assert {name for name in fixed if DEFINITIONS[name].domain != "ops"} == {
        "get_withdrawal_usage", "set_rotation_order", "collect_round_contributions", "mark_defaults",
        "record_milestone", "get_contribution_trend", "get_spending_breakdown", "check_integrity", "trial_balance",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in LISTS if "page_size" in DEFINITIONS[name].parameters])
def test_pages_of_two_rows_make_up_the_list(name, bank):
    """Page after page, each behind the last row of the one before: nothing twice, nothing left out."""
    definition, arguments = DEFINITIONS[name], CASES[name].found(bank[1])
    behind = [one for one in definition.parameters if one.startswith(("before_", "after_", "below_"))]
    if not behind:
        assert name.startswith("claim_") or name == "get_daily_analytics"
        return
    with as_role(bank[0], "avdaily_app") as connection:
        whole = getattr(queries, name)(connection, **(arguments | {"page_size": 1000}))
        pages, place = [], dict.fromkeys(behind)
        while page := getattr(queries, name)(connection, **(arguments | {"page_size": 2} | place)):
            pages += page
            assert len(pages) <= len(whole) or len(whole) == 100
            if len(pages) >= 100:
                break
            place = {parameter: position(page[-1], parameter) for parameter in behind}
        assert whole
        assert pages[: len(whole)] == whole[: len(pages)]
        connection.rollback()


def position(row, parameter: str):
    """Return a row's value for a parameter of place: before_at is created_at, before_id is id."""
    columns = {
        "at": ("created_at", "achieved_at", "at"),
        "day": ("due_date",),
        "streak": ("current_streak",),
        "group_id": ("id",),
    }
    word = parameter.partition("_")[2]
    return next(getattr(row, column) for column in (*columns.get(word, ()), word) if hasattr(row, column))


# Writing.


@pytest.mark.parametrize("name", [name for name in TEXTS if re.match(r"UPDATE|DELETE", TEXTS[name])])
def test_an_update_or_delete_says_which_rows(name):
    assert re.search(r"\bWHERE\b", TEXTS[name])


def test_money_and_rights_are_moved_by_functions_only():
    guarded = (
        "wallets savings_plans transactions ledger_entries ledger_accounts idempotency_keys payment_events ajo_groups"
        " group_members group_contributions group_payouts ajo_rounds roles permissions role_permissions user_roles"
        " user_permissions audit_log rewards kyc_verification"
    ).replace(" ", "|")
    assert offenders(rf"\b(INSERT INTO|UPDATE|DELETE FROM) ({guarded})\b") == []


def test_what_belongs_to_a_user_is_asked_for_by_its_user():
    wanting = set()
    for name, text in TEXTS.items():
        owned = any(re.search(rf'\b(FROM|JOIN|UPDATE|INTO) "?{table}\b', text) for table in OWNED_TABLES)
        by_user = re.search(r"user_id = :user_id|p_user_id => :user_id|VALUES \(\s*:user_id", text)
        # Along a row of "user" that is the user's own.
        by_row = re.search(r"\bu\.id = :user_id", text) and re.search(r"\w\.user_id = u\.id", text)
        if owned and not by_user and not by_row:
            wanting.add(name)
    assert wanting == BY_A_UNIQUE_KEY | OVER_ALL_USERS


def test_nobody_reads_what_is_another_users(bank):
    """Asked with another user's id, each query by user and row gives nothing, though the row is there."""
    tried = 0
    with as_role(bank[0], "avdaily_app") as connection:
        for name, definition in DEFINITIONS.items():
            if not (name.startswith(("get_", "list_")) and "user_id" in definition.parameters):
                continue
            if not {"plan_id", "transaction_id", "reference", "device_id"} & set(definition.parameters):
                continue
            if name == "get_withdrawal_usage":
                continue
            arguments = CASES[name].found(bank[1])
            assert getattr(queries, name)(connection, **arguments), name
            assert not getattr(queries, name)(connection, **(arguments | {"user_id": NOBODY})), name
            tried += 1
        connection.rollback()
    assert tried >= 6


# The server.


def test_no_parameter_is_text_only_because_nothing_else_is_known(bank):
    """A uuid, a day, a moment or a number is described as one: by a cast in the file where its place does not say."""
    expected = {
        "_at": {"timestamptz", "timestamp with time zone"},
        "_day": {"date"},
        "day": {"date"},
        "page_size": {"integer"},
        "user_id": {"uuid"},
        "plan_id": {"uuid"},
        "transaction_id": {"uuid"},
        "group_id": {"uuid"},
        "member_id": {"uuid"},
        "session_id": {"uuid"},
        "amount": {"numeric"},
        "round": {"integer"},
        "version": {"integer"},
    }
    with psycopg.connect(bank[0]) as connection:
        described = describe_all(connection, DEFINITIONS.values())
    wrong = []
    for query in described:
        for parameter in query.parameters:
            ending = max((key for key in expected if parameter.name.endswith(key)), key=len, default=None)
            if ending and parameter.type.sql not in expected[ending] | {"positive_amount", "counter"}:
                wrong.append((query.definition.name, parameter.name, parameter.type.sql))
    assert wrong == []
    assert [query.definition.name for query in described if not unique(query)] == []


def unique(query) -> bool:
    names = [column.name for column in query.columns]
    return len(names) == len(set(names))


@pytest.mark.parametrize("name", FOR_REPORTS)
def test_the_role_for_reports_may_ask(bank, name):
    with as_role(bank[0], "avdaily_readonly") as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        getattr(queries, name)(connection, **CASES[name].found(bank[1]))
        connection.rollback()


@pytest.mark.parametrize(
    "name", ["fund_wallet", "transfer_between_wallets", "assign_role", "revoke_session", "record_audit_event"]
)
def test_the_role_for_reports_writes_nothing(bank, name):
    with as_role(bank[0], "avdaily_readonly") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            getattr(queries, name)(connection, **CASES[name].found(bank[1]))
        connection.rollback()


@pytest.mark.parametrize("name", READS)
def test_a_query_that_reads_runs_in_a_transaction_that_only_reads(bank, name):
    with as_role(bank[0], "avdaily_app") as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        getattr(queries, name)(connection, **CASES[name].found(bank[1]))
        connection.rollback()
