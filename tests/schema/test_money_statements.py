"""Balances and movements at any time, read from the ledger; and a wallet that is frozen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.bank import NOON

DAY = timedelta(days=1)


@pytest.fixture
def user(bank):
    user = bank.user(1000)
    other = bank.user(1000)
    bank.at(NOON + DAY, "post_transfer", user, other, 300, "Rent", None)
    bank.at(NOON + 2 * DAY, "post_transfer", other, user, 50, None, None)
    plan = bank.plan(user)
    bank.at(NOON + 2 * DAY, "post_contribution", user, plan.id, 100, None)
    return user


def test_a_statement_opens_lists_and_closes(bank, user):
    lines = bank.call_all("wallet_statement", user, NOON + DAY, NOON + 3 * DAY)
    assert [(line.line, line.type, line.amount, line.balance) for line in lines] == [
        ("opening", None, None, 1000),
        ("posting", "transfer", -300, 700),
        ("posting", "transfer", 50, 750),
        ("posting", "contribution", -100, 650),
        ("closing", None, None, 650),
    ]
    assert lines[1].description == "Rent"
    assert lines[-1].balance == bank.balance(user)


def test_a_statement_includes_its_first_moment_and_not_its_last(bank, user):
    lines = bank.call_all("wallet_statement", user, NOON, NOON + DAY)
    assert [line.balance for line in lines] == [0, 1000, 1000]
    lines = bank.call_all("wallet_statement", user, NOON + 9 * DAY, NOON + 10 * DAY)
    assert [(line.line, line.balance) for line in lines] == [("opening", 650), ("closing", 650)]


def test_a_statement_of_nobody_is_empty(bank):
    assert bank.call_all("wallet_statement", uuid4(), NOON, NOON + DAY) == []


def test_a_balance_can_be_read_at_any_time(bank, user):
    at = [bank.call("wallet_balance_at", user, NOON + hours * DAY) for hours in (0, 1, 2, 3)]
    assert at == [0, 1000, 700, 650]
    plan = bank.value("SELECT id FROM savings_plans WHERE user_id = %s", user)
    assert bank.call("plan_balance_at", user, plan, NOON + 3 * DAY) == 100
    assert bank.call("plan_balance_at", bank.user(), plan, NOON + 3 * DAY) is None
    assert bank.call("wallet_balance_at", uuid4(), NOON) is None


@pytest.mark.parametrize(("first", "end"), [(1, 0), (None, 1), (0, None)])
def test_a_period_that_ends_before_it_begins_is_refused(bank, user, first, end):
    moments = [None if hours is None else NOON + hours * DAY for hours in (first, end)]
    refused = bank.refused("22023", "wallet_statement", user, *moments)
    assert refused.message_primary.startswith("a statement from ")


def test_an_empty_period_opens_and_closes_with_the_same(bank, user):
    lines = bank.call_all("wallet_statement", user, NOON + DAY, NOON + DAY)
    assert [(line.line, line.at, line.balance) for line in lines] == [
        ("opening", NOON + DAY, 1000),
        ("closing", NOON + DAY, 1000),
    ]


def test_a_fee_is_a_line_of_its_own_and_what_comes_back_says_so(bank):
    user = bank.user(2000)
    asked = bank.at(NOON, "post_withdrawal_hold", user, 500, bank.bank_account(user), None)
    bank.inner("undo_withdrawal", user, asked.id, "failed", "account closed", NOON + DAY)
    lines = bank.call_all("wallet_statement", user, NOON, NOON + 2 * DAY)[2:-1]
    assert [(line.type, line.description, line.amount, line.balance) for line in lines] == [
        ("wallet_withdrawal", "Withdrawal to bank", -500, 1500),
        ("fee", "Fee: Withdrawal to bank", -50, 1450),
        ("wallet_withdrawal", "Returned: Withdrawal to bank", 500, 1950),
        ("fee", "Returned: Fee: Withdrawal to bank", 50, 2000),
    ]
    assert {line.reference for line in lines} == {asked.reference}


def test_both_sides_of_a_transfer_name_each_other_also_when_it_is_reversed(bank):
    sender, receiver = bank.user(1000), bank.user()
    sent = bank.at(NOON + DAY, "post_transfer", sender, receiver, 300, None, None)
    bank.at(NOON + 2 * DAY, "post_reversal", sender, sent.id, "sent to the wrong person")
    for user, other, amounts in ((sender, receiver, [-300, 300]), (receiver, sender, [300, -300])):
        lines = bank.call_all("wallet_statement", user, NOON + DAY, NOON + 3 * DAY)[1:-1]
        assert [line.amount for line in lines] == amounts
        assert [line.counterparty_id for line in lines] == [other, other]
        assert [line.description for line in lines] == [None, "sent to the wrong person"]


def test_a_statement_of_a_day_in_lagos_has_what_was_posted_between_its_midnights(bank):
    user, other = bank.user(1000), bank.user()
    for amount, moment in enumerate(
        # Lagos is one hour ahead of UTC: its 6 March begins at 23:00 of the 5th and ends before 23:00 of the 6th.
        [datetime(2031, 3, 5, 22, 59, 59), datetime(2031, 3, 5, 23), datetime(2031, 3, 6, 22, 59, 59),
         datetime(2031, 3, 6, 23)],
        start=1,
    ):  # fmt: skip
        bank.at(moment.replace(tzinfo=UTC), "post_transfer", user, other, amount, None, None)
    start, end = bank.row("SELECT app_day_start('2031-03-06') AS start, app_day_start('2031-03-07') AS until")
    lines = bank.call_all("wallet_statement", user, start, end)
    assert [line.amount for line in lines] == [None, -2, -3, None]
    assert [line.balance for line in lines] == [999, 997, 994, 994]


# Whatever was posted: the lines add up, and a balance at a time is the sum of what was posted before it ---------------


def post(bank, moment, step, crowd):
    """Let one of the two do one thing; what a rule forbids is left undone."""
    kind, amount = step
    user, other = crowd["users"]
    plan, account = crowd["plan"], crowd["account"]
    calls = {
        "fund": ("post_deposit", user, amount, "cash", "till", str(uuid4())),
        "send": ("post_transfer", user, other, amount, None, None),
        "receive": ("post_transfer", other, user, amount, "Thanks", None),
        "save": ("post_contribution", user, plan, amount, None),
        "take": ("post_plan_withdrawal", user, plan, amount, None),
        "withdraw": ("post_withdrawal_hold", user, amount + 100, account, None),
        # What the wallet no longer holds is owed: a receivable, whose normal side is the debit.
        "dispute": ("post_chargeback", user, crowd["funded"].pop() if crowd["funded"] else uuid4(), "stolen card"),
    }
    try:
        with bank.conn.transaction():
            made = bank.at(moment, *calls[kind])
            if kind == "withdraw" and amount % 2:
                bank.inner("undo_withdrawal", user, made.id, "failed", None, moment)
            if kind == "fund":
                crowd["funded"].append(made.id)
    except psycopg.Error as refusal:
        if not refusal.sqlstate.startswith("AV"):
            raise


def live(bank, steps, moments):
    users = [bank.user(500, moment=NOON - DAY), bank.user(500, moment=NOON - DAY)]
    plan = bank.plan(users[0], target=5000).id
    crowd = {"users": users, "plan": plan, "account": bank.bank_account(users[0]), "funded": []}
    for step, moment in zip(steps, moments, strict=True):
        post(bank, moment, step, crowd)
    return users[0]


def balances_by_hand(bank, moment):
    """Return what every account held just before a moment: its own normal side, summed from all of its postings."""
    return dict(
        bank.conn.execute(
            """SELECT account.id, CASE account.normal_side WHEN 'debit' THEN -1 ELSE 1 END * coalesce(sum(amount), 0)
               FROM ledger_accounts AS account
               LEFT JOIN ledger_postings AS posting ON posting.account_id = account.id AND posting.created_at < %s
               GROUP BY account.id""",
            (moment,),
        ).fetchall()
    )


def assert_adds_up(lines):
    assert [line.line for line in lines] == ["opening", *["posting"] * (len(lines) - 2), "closing"]
    for before, line in pairwise(lines[:-1]):
        assert line.balance == before.balance + line.amount
    assert lines[-1].balance == lines[-2].balance


STEPS = st.lists(
    st.tuples(st.sampled_from(["fund", "send", "receive", "save", "take", "withdraw", "dispute"]), st.integers(1, 400)),
    min_size=1,
    max_size=15,
)
# Few different hours, so that several postings have one time and a period begins or ends exactly at one.
HOURS = st.integers(0, 12)


def test_a_debt_has_a_positive_balance_at_any_time(bank):
    user = bank.user()
    paid = bank.at(NOON, "post_deposit", user, 300, "debit_card", "till", "stolen")
    bank.at(NOON + DAY, "post_transfer", user, bank.user(), 200, None, None)
    bank.at(NOON + 2 * DAY, "post_chargeback", user, paid.id, "stolen card")
    bank.at(NOON + 3 * DAY, "post_deposit", user, 50, "cash", "till", "repayment")
    bank.at(NOON + 3 * DAY, "post_debt_repayment", user, 50)
    account = bank.wallet(user).receivable_account_id
    owed = [bank.call("account_balance_at", account, NOON + days * DAY) for days in (2, 3, 4)]
    assert owed == [0, 200, 150]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, data=st.data())
def test_every_statement_adds_up_and_meets_the_balances_and_the_next_one(bank, steps, data):
    hours = sorted(data.draw(st.lists(HOURS, min_size=len(steps), max_size=len(steps))))
    cuts = sorted(data.draw(st.lists(HOURS, min_size=2, max_size=4)))
    with bank.conn.transaction(force_rollback=True):
        user = live(bank, steps, [NOON + timedelta(hours=hour) for hour in hours])
        stored = dict(
            bank.conn.execute(
                "SELECT entry_id, balance_after FROM ledger_postings JOIN wallets USING (account_id)"
                " WHERE wallets.user_id = %s",
                (user,),
            ).fetchall()
        )
        bounds = ["2000-01-01", *(NOON + timedelta(hours=hour) for hour in cuts), "2100-01-01"]
        closing = Decimal(0)
        for start, end in pairwise(bounds):
            lines = bank.call_all("wallet_statement", user, start, end)
            assert_adds_up(lines)
            assert lines[0].balance == closing == bank.call("wallet_balance_at", user, start)
            assert [line.balance for line in lines[1:-1]] == [stored.pop(line.entry_id) for line in lines[1:-1]]
            closing = lines[-1].balance
            assert closing == bank.call("wallet_balance_at", user, end)
        assert closing == bank.balance(user)
        assert stored == {}
        for moment in bounds:
            assert balances_by_hand(bank, moment) == dict(
                bank.conn.execute("SELECT id, account_balance_at(id, %s) FROM ledger_accounts", (moment,)).fetchall()
            )
        assert bank.rows("SELECT * FROM integrity_findings WHERE name IN ('posting_times', 'balance_sequence')") == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, data=st.data())
def test_with_a_clock_that_was_set_back_a_statement_still_adds_up(bank, steps, data):
    """Only a time can be out of order then: the balances are those that the wallet had, one after the other."""
    hours = data.draw(st.lists(HOURS, min_size=len(steps), max_size=len(steps)))
    start, end = (NOON + timedelta(hours=hour) for hour in sorted((data.draw(HOURS), data.draw(HOURS))))
    with bank.conn.transaction(force_rollback=True):
        user = live(bank, steps, [NOON + timedelta(hours=hour) for hour in hours])
        assert_adds_up(bank.call_all("wallet_statement", user, start, end))
        lines = bank.call_all("wallet_statement", user, "2000-01-01", "2100-01-01")
        assert_adds_up(lines)
        assert lines[-1].balance == bank.balance(user)
        assert [line.balance for line in lines[1:-1]] == [
            row.balance_after
            for row in bank.rows(
                "SELECT balance_after FROM ledger_postings JOIN wallets USING (account_id)"
                " WHERE wallets.user_id = %s ORDER BY entry_id",
                user,
            )
        ]
        times = [line.at for line in lines[1:-1]]
        assert (times != sorted(times)) <= bool(
            bank.rows("SELECT * FROM integrity_findings WHERE name = 'posting_times'")
        )


def test_a_balance_at_a_time_reads_two_postings_of_an_account_however_many_there_are(bank):
    user = bank.user(9000)
    with bank.role("avdaily_ledger"):
        bank.conn.execute(
            """SELECT post_wallet_credit(
                 %s, 1, system_account('opening_equity', 'NGN'), 'refund', %s::timestamptz + n * interval '1 minute'
               )
               FROM generate_series(1, 1000) AS n""",
            (user, NOON),
        )
    bank.conn.execute("ANALYZE ledger_entries")
    account = bank.wallet(user).account_id
    moment = NOON + timedelta(minutes=700, seconds=30)
    body = bank.value("SELECT prosrc FROM pg_proc WHERE oid = 'account_balance_at(uuid, timestamptz)'::regprocedure")
    statement = body.replace("p_account_id", f"'{account}'::uuid").replace(
        "p_at", f"'{moment.isoformat()}'::timestamptz"
    )
    assert bank.value(statement) == 9000 + 700
    plan = bank.value(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}")
    reads = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "ledger_entries"]
    read = [node for node in reads if node["Actual Loops"]]
    assert {node["Node Type"] for node in read} <= {"Index Scan", "Index Only Scan"}
    assert [node["Index Cond"].count("created_at") for node in read] == [1, 1]
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) <= 4
    # The sum is for accounts that have no balance on their postings; here it is not computed.
    assert [node["Actual Loops"] for node in reads if node not in read] == [0, 0]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_the_trial_balance_sums_to_zero(bank, user):
    lines = bank.call_all("trial_balance")
    assert sum(line.balance for line in lines) == 0
    assert sum(line.debits for line in lines) == sum(line.credits for line in lines)
    by_kind = {line.kind: line.balance for line in lines}
    assert by_kind["opening_equity"] == -2000
    assert by_kind["wallet"] + by_kind["plan"] == 2000


def test_freezing_is_dated_reasoned_and_repeatable(bank, user):
    frozen = bank.call("freeze_wallet", user, "court order 17/2031")
    assert (frozen.is_active, frozen.freeze_reason) == (False, "court order 17/2031")
    assert bank.call("freeze_wallet", user, "another reason here") == frozen
    thawed = bank.call("unfreeze_wallet", user)
    assert (thawed.is_active, thawed.frozen_at, thawed.freeze_reason) == (True, None, None)
    assert bank.refused("23514", "freeze_wallet", user, "short").constraint_name == "freeze_reason_length_check"
    assert bank.refused("23514", "freeze_wallet", user, None).constraint_name == "freeze_reason_length_check"
    bank.refused("AV002", "freeze_wallet", uuid4(), "court order 17/2031")
    bank.refused("AV002", "unfreeze_wallet", uuid4())


# What nobody may change by hand, not even the owner of the tables ----------------------------------------------------


def refuses(bank, sqlstate, statement, *arguments):
    with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
        bank.conn.execute(statement, arguments)
    assert caught.value.sqlstate == sqlstate, caught.value
    return caught.value.diag


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets SET balance = balance + 1 WHERE user_id = %s",
        "UPDATE wallets SET receivable_account_id = account_id WHERE user_id = %s",
        "UPDATE wallets SET account_id = (SELECT account_id FROM savings_plans LIMIT 1) WHERE user_id = %s",
        "UPDATE savings_plans SET current_amount = 0 WHERE user_id = %s",
        "UPDATE savings_plans SET account_id = (SELECT id FROM ledger_accounts WHERE kind = 'settlement')"
        " WHERE user_id = %s",
    ],
)
def test_a_balance_and_its_account_are_guarded(bank, user, statement):
    before = bank.fingerprint()
    refuses(bank, "AV091", statement, user)
    assert bank.fingerprint() == before


def test_a_wallet_or_plan_begins_empty(bank, user):
    account = bank.inner("open_ledger_account", "wallet", "NGN")
    nobody = bank.value("""INSERT INTO "user" (name, email) VALUES ('Test', 'rich@avdaily.test') RETURNING id""")
    refuses(bank, "AV091", "INSERT INTO wallets (user_id, account_id, balance) VALUES (%s, %s, 1)", nobody, account)
    refuses(
        bank, "AV091",
        """INSERT INTO savings_plans (user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount,
             current_amount,
             start_date, end_date) VALUES (%s, %s, 'Rich', 100, 30, 3000, 1, '2031-01-01', '2031-01-31')""",
        nobody, account,
    )  # fmt: skip


def test_other_columns_may_change_and_their_time_is_kept(bank, user):
    before = bank.wallet(user).updated_at
    bank.conn.execute(
        """UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'court order 17/2031'
           WHERE user_id = %s""",
        (user,),
    )
    assert bank.wallet(user).updated_at != before
    unchanged = bank.wallet(user)
    bank.conn.execute("UPDATE wallets SET is_active = is_active WHERE user_id = %s", (user,))
    assert bank.wallet(user) == unchanged


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_accounts", "interest_accruals", "auto_save_attempts"])
def test_a_ledger_is_append_only(bank, user, table):
    if table == "auto_save_attempts":
        bank.at(NOON + 3 * DAY, "post_auto_saves", (NOON + 3 * DAY).date(), 0, 1)
    if table == "interest_accruals":
        plan = bank.plan(user, rate=Decimal("0.1"))
        bank.at(NOON, "post_contribution", user, plan.id, 100, None)
        bank.at(NOON + DAY, "accrue_interest", NOON.date(), 0, 1)
    for statement in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        assert refuses(bank, "AV090", statement)


def test_an_ended_transaction_is_frozen_and_none_is_deleted(bank, user):
    refuses(bank, "AV090", "DELETE FROM transactions")
    refuses(bank, "AV090", "TRUNCATE transactions CASCADE")
    refuses(bank, "AV092", "UPDATE transactions SET amount = 1 WHERE status = 'completed'")
    refuses(bank, "AV092", "UPDATE transactions SET status = 'pending', completed_at = NULL")
    asked = bank.call("request_funding", user, 500, "cash")
    for change in (
        "amount = 501",
        "user_id = app_uuid()",
        "reference = 'another reference'",
        "created_at = now() - interval '1 day'",
    ):
        refuses(bank, "AV092", f"UPDATE transactions SET {change} WHERE id = %s", asked.id)
    # While it is pending the provider's reference may be learnt, once.
    bank.conn.execute(
        "UPDATE transactions SET provider = 'paystack', provider_reference = 'p-1' WHERE id = %s", (asked.id,)
    )
    refuses(bank, "AV092", "UPDATE transactions SET provider_reference = 'p-2' WHERE id = %s", asked.id)


def test_an_entry_cannot_join_currencies_nor_users(bank, user):
    dollars = bank.inner("open_ledger_account", "wallet", "USD")
    own = bank.row("SELECT * FROM transactions WHERE user_id = %s AND type = 'contribution'", user)
    wallet = bank.wallet(user).account_id
    insert = """INSERT INTO ledger_entries
                  (user_id, transaction_id, debit_account_id, credit_account_id, amount, currency)
                VALUES (%s, %s, %s, %s, %s, 'NGN')"""
    found = refuses(bank, "23503", insert, user, own.id, wallet, dollars, 1)
    assert found.constraint_name == "ledger_entries_currency_credit_account_id_fkey"
    other = bank.user()
    found = refuses(bank, "23503", insert, other, own.id, wallet, bank.wallet(other).account_id, 1)
    assert found.constraint_name == "ledger_entries_user_id_transaction_id_fkey"
    assert (
        refuses(bank, "23514", insert, user, own.id, wallet, wallet, 1).constraint_name
        == "ledger_entries_two_accounts_check"
    )
    for amount in (0, -1, "NaN"):
        refuses(bank, "23514", insert, user, own.id, wallet, bank.wallet(other).account_id, amount)
