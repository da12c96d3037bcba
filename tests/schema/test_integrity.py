"""check_integrity(): silent on a sound database; for each check one damage that this check reports and no other."""

import json
import time
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

ADA, BEN, CHI, DAN, EVE, FAY = (UUID(int=number) for number in range(1, 7))
NOBODY = UUID(int=99)


def call(conn, function, *arguments):
    """Call one of our functions and return its first column: of a row, its id."""
    holders = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    row = conn.execute(
        sql.SQL("SELECT * FROM {}({})").format(sql.Identifier(function), holders), arguments or None
    ).fetchone()
    return row[0] if row else None


def value(conn, query, *parameters):
    return conn.execute(query, parameters or None).fetchone()[0]


def become_somebody(conn, user, number):
    conn.execute(
        """INSERT INTO "user" (id, name, email, kyc_tier, kyc_status, kyc_verified_at)
           VALUES (%s, %s, %s, 2, 'approved', now())""",
        [user, f"Test {number}", f"test{number}@avdaily.test"],
    )
    call(conn, "open_wallet", user)
    call(conn, "post_deposit", user, Decimal(200000), "bank_transfer", "paystack", f"ref-{number}")


def live(conn):
    """Let three people use everything that moves money."""
    for number, user in enumerate((ADA, BEN, CHI)):
        become_somebody(conn, user, number)
    call(conn, "post_transfer", ADA, BEN, Decimal("1234.56"))
    back = call(conn, "post_transfer", ADA, CHI, Decimal(10))
    call(conn, "post_reversal", ADA, back, "sent to the wrong person")

    bank = value(
        conn,
        """INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name, is_verified)
           VALUES (%s, '058', 'Bank', '0123456789', 'Test 0', true) RETURNING id""",
        ADA,
    )
    settled, void, _ = (call(conn, "post_withdrawal_hold", ADA, Decimal(5000), bank) for _ in range(3))
    call(conn, "post_withdrawal_settlement", ADA, settled)
    call(conn, "post_withdrawal_void", ADA, void, "account closed")

    plan = call(conn, "create_savings_plan", ADA, "School fees", Decimal(100), 30)
    for _ in range(3):
        call(conn, "post_contribution", ADA, plan, Decimal(100))
    call(conn, "post_plan_withdrawal", ADA, plan, Decimal(50))

    call(conn, "request_funding", BEN, Decimal(1000), "debit_card")
    failed = call(conn, "request_funding", BEN, Decimal(1000), "debit_card")
    call(conn, "fail_funding", BEN, failed, "declined")
    charged = call(conn, "post_deposit", CHI, Decimal(1000), "debit_card", "paystack", "ref-charged")
    call(conn, "post_transfer", CHI, BEN, Decimal(100500))
    call(conn, "post_transfer", CHI, BEN, Decimal(99900))
    call(conn, "post_chargeback", CHI, charged, "card reported stolen")
    rotate(conn)


def rotate(conn):
    """Let three people complete one round of a group, and be in the middle of the next."""
    members = DAN, EVE, FAY
    for number, user in enumerate(members, start=3):
        become_somebody(conn, user, number)
    group = value(
        conn,
        """SELECT id FROM create_ajo_group(%s, 'Market women', 3, 1000, 'daily',
             p_default_policy => 'cover_from_deposit', p_deposit_amount => 1000)""",
        DAN,
    )
    call(conn, "join_ajo_group", EVE, group)
    call(conn, "join_ajo_group", FAY, group)
    call(conn, "start_ajo_group", DAN, group)
    call(conn, "collect_group_round", DAN, group)
    call(conn, "disburse_group_round", DAN, group, 1)
    call(conn, "open_group_round", DAN, group)
    call(conn, "record_group_contribution", DAN, group, 2)


def findings(conn):
    """Return what the checks found: name → (count, sample)."""
    rows = conn.execute("SELECT name, count, sample FROM check_integrity() WHERE count > 0").fetchall()
    return {name: (count, sample) for name, count, sample in rows}


@pytest.fixture
def lived(conn):
    """A connection to a database in which people have lived; as a superuser whom no trigger stops."""
    live(conn)
    assert findings(conn) == {}
    conn.execute("SET LOCAL session_replication_role = replica")
    return conn


def first_wallet(conn):
    return value(conn, "SELECT id FROM wallets WHERE user_id = %s", ADA)


def transaction_of(conn, kind, status="completed"):
    return value(
        conn,
        "SELECT id FROM transactions WHERE type = %s AND status = %s ORDER BY created_at, id LIMIT 1",
        kind,
        status,
    )


def forget_rules(conn, table):
    """Drop every CHECK of a table and of its columns' domains: what a damage needs that no client could do."""
    relation = sql.Identifier(table)
    for name, domain in conn.execute(
        """SELECT conname, NULL FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'c'
           UNION
           SELECT conname, typname FROM pg_constraint JOIN pg_type ON pg_type.oid = contypid
           WHERE contypid IN (SELECT atttypid FROM pg_attribute WHERE attrelid = %(table)s::regclass)""",
        {"table": relation.as_string(conn)},
    ).fetchall():
        owner = sql.SQL("DOMAIN {}").format(sql.Identifier(domain)) if domain else sql.SQL("TABLE {}").format(relation)
        conn.execute(sql.SQL("ALTER {} DROP CONSTRAINT {}").format(owner, sql.Identifier(name)))


# Each damage returns the row that the check must name.


def wallets_without_user(conn):
    account = call(conn, "open_ledger_account", "wallet", "NGN")
    return value(conn, "INSERT INTO wallets (user_id, account_id) VALUES (%s, %s) RETURNING id", NOBODY, account)


def plans_without_user(conn):
    account = call(conn, "open_ledger_account", "plan", "NGN")
    return value(
        conn,
        """INSERT INTO savings_plans (user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount,
             start_date, end_date)
           VALUES (%s, %s, 'Nobody''s', 100, 30, 3000, app_today(), app_today() + 30) RETURNING id""",
        NOBODY,
        account,
    )


def transactions_without_owner(conn):
    return value(
        conn,
        """INSERT INTO transactions (user_id, amount, type, payment_source, reference)
           VALUES (%s, 100, 'wallet_funding', 'cash', 'nobody') RETURNING id""",
        NOBODY,
    )


def group_members_without_owner(conn):
    account = call(conn, "open_ledger_account", "group_deposit", "NGN")
    return value(
        conn,
        """INSERT INTO group_members (group_id, user_id, status, removed_at, deposit_account_id)
           SELECT id, %s, 'left', now(), %s FROM ajo_groups RETURNING id""",
        NOBODY,
        account,
    )


def group_member_counts(conn):
    return value(conn, "UPDATE ajo_groups SET current_member_count = current_member_count - 1 RETURNING id")


def wallets_below_zero(conn):
    forget_rules(conn, "wallets")
    wallet = value(conn, "UPDATE wallets SET balance = balance - 900000 WHERE user_id = %s RETURNING id", BEN)
    conn.execute(
        """WITH spent AS (
             INSERT INTO transactions (user_id, amount, type, status, payment_source, reference, completed_at)
             VALUES (%(user)s, 900000, 'fee', 'completed', 'system', 'spent', now()) RETURNING id
           )
           INSERT INTO ledger_entries (created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount,
             debit_balance_after, currency)
           SELECT clock_timestamp(), %(user)s, spent.id, account_id, system_account('fee_income', 'NGN'), 900000,
             balance, 'NGN'
           FROM wallets, spent WHERE user_id = %(user)s""",
        {"user": BEN},
    )
    return wallet


def plan_dates_reversed(conn):
    forget_rules(conn, "savings_plans")
    return value(conn, "UPDATE savings_plans SET end_date = start_date - 1 RETURNING id")


def kyc_tier_unknown(conn):
    forget_rules(conn, "user")
    return value(conn, 'UPDATE "user" SET kyc_tier = 3 WHERE id = %s RETURNING id', BEN)


def transaction_amounts_not_positive(conn):
    forget_rules(conn, "transactions")
    pending = transaction_of(conn, "wallet_funding", "pending")
    return value(conn, "UPDATE transactions SET amount = 0 WHERE id = %s RETURNING id", pending)


def plan_balances(conn):
    return value(conn, "UPDATE savings_plans SET current_amount = current_amount + 0.01 RETURNING id")


def analytics_plan_counts(conn):
    return value(
        conn,
        "INSERT INTO user_analytics (user_id, active_plans) VALUES (%s, 7) RETURNING id",
        ADA,
    )


def foreign_keys_without_index(conn):
    conn.execute("DROP INDEX account_user_id_idx")
    return "account_user_id_fkey"


def wallet_balances(conn):
    return value(conn, "UPDATE wallets SET balance = balance + 1000000 WHERE user_id = %s RETURNING id", ADA)


def receivable_balances(conn):
    return value(
        conn, "UPDATE wallets SET receivable_balance = receivable_balance - 1 WHERE user_id = %s RETURNING id", CHI
    )


def trial_balance(conn):
    conn.execute(
        """UPDATE ledger_entries SET debit_account_id = %s
           WHERE id = (SELECT min(id) FROM ledger_entries
                       WHERE debit_account_id = system_account('settlement', 'NGN'))""",
        [NOBODY],
    )
    return "NGN"


def balance_sequence(conn):
    return value(
        conn,
        """UPDATE ledger_entries SET credit_balance_after = credit_balance_after + 5
           WHERE id = (SELECT min(id) FROM ledger_entries WHERE user_id = %s) RETURNING id""",
        ADA,
    )


def posting_times(conn):
    """A movement out of a wallet that is dated before the one that filled it."""
    return value(
        conn,
        """UPDATE ledger_entries SET created_at = created_at - interval '1 day'
           WHERE transaction_id = (
             SELECT id FROM transactions WHERE user_id = %s AND type = 'transfer' ORDER BY id LIMIT 1
           )
           RETURNING id""",
        ADA,
    )


def group_deposit_balances(conn):
    return value(
        conn, "UPDATE group_members SET deposit_balance = deposit_balance + 1 WHERE user_id = %s RETURNING id", EVE
    )


def group_totals(conn):
    return value(conn, "UPDATE ajo_groups SET total_collected = total_collected + 1 RETURNING id")


def group_pools(conn):
    """A contribution to the first round that is posted after its payout: the pot was paid before it was full."""
    conn.execute(
        """UPDATE ledger_entries SET id = DEFAULT, created_at = clock_timestamp()
           WHERE id = (SELECT max(id) FROM ledger_entries WHERE user_id = %s)""",
        [FAY],
    )
    return value(conn, "SELECT id FROM ajo_groups")


def group_round_totals(conn):
    return value(
        conn, "UPDATE ajo_rounds SET expected = expected + 1, collected = collected + 1 WHERE round = 1 RETURNING id"
    )


def group_member_totals(conn):
    return value(
        conn, "UPDATE group_members SET total_contributed = total_contributed + 1 WHERE user_id = %s RETURNING id", EVE
    )


def group_payments_not_as_posted(conn):
    deposit = "SELECT id FROM transactions WHERE user_id = %s AND type = 'wallet_funding'"
    return value(
        conn,
        f"UPDATE group_contributions SET transaction_id = ({deposit}) WHERE user_id = %s AND round = 1 RETURNING id",
        FAY,
        FAY,
    )


def transactions_not_as_posted(conn):
    contribution = transaction_of(conn, "contribution")
    return value(conn, "UPDATE transactions SET amount = amount + 1 WHERE id = %s RETURNING id", contribution)


def unfinished_transactions_posted(conn):
    return value(
        conn,
        """UPDATE transactions SET status = 'failed', completed_at = NULL, failed_at = now() WHERE id = %s
           RETURNING id""",
        transaction_of(conn, "contribution"),
    )


def entries_without_transaction(conn):
    contribution = transaction_of(conn, "contribution")
    entry = value(conn, "SELECT id FROM ledger_entries WHERE transaction_id = %s", contribution)
    conn.execute("DELETE FROM transactions WHERE id = %s", [contribution])
    return entry


def transfer_clearing(conn):
    return value(
        conn,
        """UPDATE ledger_entries SET debit_account_id = system_account('opening_equity', 'NGN')
           WHERE id = (SELECT min(id) FROM ledger_entries
                       WHERE debit_account_id = system_account('transfer_clearing', 'NGN'))
           RETURNING (SELECT transfer_id FROM transactions WHERE transactions.id = transaction_id)""",
    )


def payout_clearing(conn):
    held = transaction_of(conn, "wallet_withdrawal", "pending")
    return value(conn, "UPDATE transactions SET amount = amount + 1 WHERE id = %s RETURNING id", held)


def completed_plans_below_target(conn):
    return value(conn, "UPDATE savings_plans SET status = 'completed', completed_at = now() RETURNING id")


def guards_disabled(conn):
    conn.execute("ALTER TABLE wallets DISABLE TRIGGER wallets_guard_balance")
    return "wallets.wallets_guard_balance"


DAMAGES = [
    wallets_without_user,
    plans_without_user,
    transactions_without_owner,
    group_members_without_owner,
    group_member_counts,
    wallets_below_zero,
    plan_dates_reversed,
    kyc_tier_unknown,
    transaction_amounts_not_positive,
    plan_balances,
    analytics_plan_counts,
    foreign_keys_without_index,
    wallet_balances,
    receivable_balances,
    trial_balance,
    balance_sequence,
    posting_times,
    group_deposit_balances,
    group_totals,
    group_pools,
    group_round_totals,
    group_member_totals,
    group_payments_not_as_posted,
    transactions_not_as_posted,
    unfinished_transactions_posted,
    entries_without_transaction,
    transfer_clearing,
    payout_clearing,
    completed_plans_below_target,
    guards_disabled,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_reported_by_its_check_and_no_other(lived, damage):
    row = damage(lived)
    assert findings(lived) == {damage.__name__: (1, [str(row)])}
    assert value(lived, "SELECT detail FROM integrity_findings WHERE name = %s", damage.__name__)


# What needs commits of its own: sealing looks at finished transactions, statistics are collected after them.


def seal_all(conn):
    """Seal the whole log: a row counts as final when every transaction of the server that was running has ended."""
    deadline = time.monotonic() + 30
    while value(conn, "SELECT (SELECT count(*) FROM audit_log) > (SELECT count(*) FROM audit_chain)"):
        assert time.monotonic() < deadline, "the log could not be sealed"
        call(conn, "seal_audit_log")


def test_a_changed_audit_row_is_reported_by_the_chain_and_no_other(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        for number in range(3):
            call(
                conn,
                "record_audit_event",
                None,
                "auth.sign_in",
                "session",
                NOBODY,
                f"{'success' if number else 'denied'}",
            )
        seal_all(conn)
        assert findings(conn) == {}
        conn.execute("SET session_replication_role = replica")
        changed = value(conn, "UPDATE audit_log SET status = 'success' WHERE status = 'denied' RETURNING id")
        assert findings(conn) == {"audit_chain": (1, [str(changed)])}


def test_outdated_statistics_are_reported_and_no_problem(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute(
            """INSERT INTO verification (identifier, value_hash, expires_at)
               SELECT number::text, sha256(''), 'infinity' FROM generate_series(1, 10001) AS number"""
        )
        conn.execute("SELECT pg_stat_force_next_flush()")
        assert findings(conn) == {"statistics_outdated": (1, ["verification"])}
        conn.execute("ANALYZE verification")
        conn.execute("SELECT pg_stat_force_next_flush()")
        assert findings(conn) == {}


def test_every_check_has_a_damage_here(conn):
    names = {name for (name,) in conn.execute("SELECT name FROM check_integrity()")}
    assert names == {damage.__name__ for damage in DAMAGES} | {"audit_chain", "statistics_outdated"}


def test_what_the_views_find_no_check_forgets(conn):
    """A name that is in a view and not in the list of check_integrity() would be found by nobody."""
    listed = {name for (name,) in conn.execute("SELECT name FROM check_integrity()")}
    views = ("integrity_of_rows", "integrity_of_money", "integrity_of_groups", "integrity_of_schema")
    source = " ".join(value(conn, "SELECT pg_get_viewdef(%s::regclass)", view) for view in views)
    assert {name for name in listed if f"'{name}'" in source} == listed
    assert value(conn, "SELECT count(*) FROM regexp_matches(%s, 'AS name|UNION ALL', 'g')", source) >= len(listed)


def test_the_checks_count_all_rows_and_show_the_first_five(lived):
    conn = lived
    conn.execute(
        """INSERT INTO transactions (user_id, amount, type, payment_source, reference)
           SELECT %s, 100, 'wallet_funding', 'cash', 'nobody-' || number FROM generate_series(1, 7) AS number""",
        [NOBODY],
    )
    ids = [
        str(row[0]) for row in conn.execute("SELECT id::text FROM transactions WHERE user_id = %s ORDER BY 1", [NOBODY])
    ]
    assert findings(conn) == {"transactions_without_owner": (7, ids[:5])}


@pytest.mark.parametrize("role", ["avdaily_readonly", "avdaily_app"])
def test_a_reader_may_check_and_gets_the_same_answer(lived, role):
    row = wallet_balances(lived)
    lived.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
    assert findings(lived) == {"wallet_balances": (1, [str(row)])}


def test_one_users_reconciliation_reads_that_users_entries_only(lived):
    rows = lived.execute(
        "SELECT kind, balance, posted, difference FROM reconciliation WHERE user_id = %s ORDER BY kind", [ADA]
    ).fetchall()
    assert [kind for kind, *_ in rows] == ["plan", "wallet"]
    assert all(balance == posted and difference == 0 for _, balance, posted, difference in rows)
    lived.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(
        line for (line,) in lived.execute("EXPLAIN SELECT * FROM reconciliation WHERE user_id = %s", [ADA])
    )
    assert "ledger_entries_user_id_transaction_id_idx" in plan


def test_the_trial_balance_adds_up_to_zero_and_shows_where_money_is(lived):
    rows = dict(lived.execute("SELECT kind, balance FROM trial_balance").fetchall())
    assert sum(rows.values()) == 0
    assert rows["settlement"] == -(6 * Decimal(200000) - Decimal(5000))
    assert rows["transfer_clearing"] == 0
    assert rows["payout_clearing"] == Decimal(5000)


# The command


def test_check_says_ok_and_exits_0_on_a_sound_database(avdaily, migrated_url):
    with psycopg.connect(migrated_url) as conn:
        live(conn)
    done = avdaily("check", "--database-url", migrated_url)
    assert done.returncode == 0, done.stderr
    assert "wallet_balances" in done.stdout
    assert "no problem" in done.stdout


def test_check_names_the_damaged_row_and_exits_4(avdaily, migrated_url):
    with psycopg.connect(migrated_url) as conn:
        live(conn)
        conn.execute("SET LOCAL session_replication_role = replica")
        row = wallet_balances(conn)
    done = avdaily("check", "--database-url", migrated_url)
    assert done.returncode == 4
    assert str(row) in done.stdout
    assert done.stderr == ""
    done = avdaily("--json", "check", "--database-url", migrated_url)
    assert done.returncode == 4
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert {"name": "wallet_balances", "severity": "error", "count": 1, "sample": [str(row)]} in answer["checks"]
    assert all(set(each) == {"name", "severity", "count", "sample"} for each in answer["checks"])


def test_advice_alone_is_no_problem(avdaily, migrated_url):
    with psycopg.connect(migrated_url) as conn:
        foreign_keys_without_index(conn)
    done = avdaily("--json", "check", "--database-url", migrated_url)
    assert done.returncode == 0
    assert json.loads(done.stdout)["ok"] is True


def test_check_on_a_database_without_migrations_says_what_to_do(avdaily, database_url):
    done = avdaily("check", "--database-url", database_url)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "this database has no function check_integrity()" in done.stderr
    assert "avdaily-sql apply" in done.stderr


def test_check_needs_no_right_to_write(avdaily, migrated_url):
    with psycopg.connect(migrated_url) as conn:
        live(conn)
    separator = "&" if "?" in migrated_url else "?"
    done = avdaily("check", "--database-url", f"{migrated_url}{separator}options=-crole%3Davdaily_readonly")
    assert done.returncode == 0, done.stderr


def test_a_role_that_may_not_check_is_told_what_it_lacks(avdaily, migrated_url):
    with psycopg.connect(migrated_url) as conn:
        conn.execute("REVOKE EXECUTE ON FUNCTION check_integrity() FROM avdaily_readonly")
    separator = "&" if "?" in migrated_url else "?"
    done = avdaily("check", "--database-url", f"{migrated_url}{separator}options=-crole%3Davdaily_readonly")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "could not check the data: permission denied for function check_integrity" in done.stderr
