"""What a fraudster tries: with every public function, every setting of the session, and lucky timing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from tests.schema import groups
from tests.schema.bank import NOON, Bank

# New York puts its clocks forward on this day of Lagos, which ends at 23:00 UTC: in that zone the day has 23 hours.
SHORT_DAY_IN_NEW_YORK = datetime(2031, 3, 9, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Apia"])
def test_the_time_zone_of_the_session_does_not_move_the_day_of_a_limit(bank, zone):
    sender, other = bank.user(20_000, tier=0), bank.user()
    bank.conn.execute(f"SET LOCAL timezone = '{zone}'")
    for _ in range(2):
        bank.at(SHORT_DAY_IN_NEW_YORK, "post_transfer", sender, other, 2000, None, None)
    bank.refused_at("AV008", SHORT_DAY_IN_NEW_YORK, "post_transfer", sender, other, 2000, None, None)


def test_a_transfer_counts_towards_the_limit_what_a_withdrawal_counts(conn, bank):
    """A contribution that the deposit covered left the wallet, and counted, with the deposit."""
    group = groups.Group(conn, 3, amount=20_000, policy="cover_from_deposit")
    late = group.users[2]
    groups.spend(conn, late, groups.balance(conn, late))
    group.collect(groups.day(1))
    group.mark(groups.day(2))
    assert group.contribution(late, 1).status == "covered"
    groups.give(conn, late, 90_000)
    for _ in range(2):
        bank.at(groups.day(2), "post_transfer", late, group.organizer, 20_000, None, None)
    bank.refused_at("AV008", groups.day(2), "post_transfer", late, group.organizer, 20_000, None, None)


def test_a_debit_whose_refusal_lost_its_reason_meanwhile_is_to_be_repeated_and_books_nothing(conn, bank):
    group = groups.Group(conn, 2, amount=30_000, policy="cover_from_deposit", capacity=3, start=False)
    user = groups.new_user(conn, tier=1)
    for _ in range(2):
        bank.at(groups.day(0), "post_transfer", user, group.organizer, 20_000, None, None)
    # The tier is raised after the statement that refused the deposit and before the search for the reason.
    conn.execute(
        """CREATE OR REPLACE FUNCTION check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamptz)
           RETURNS void LANGUAGE sql AS 'UPDATE "user" SET kyc_tier = 2 WHERE id = p_user_id'"""
    )
    conn.execute('GRANT UPDATE ON "user" TO avdaily_ledger')
    groups.refusal(conn, "40001", lambda: group.join(user))
    groups.assert_books_balance(conn)


@pytest.mark.parametrize(("provider", "reference"), [(None, None), ("paystack", None), (None, "ref-1")])
def test_a_deposit_without_the_name_that_makes_it_one_is_refused(bank, provider, reference):
    bank.refused("22023", "post_deposit", bank.user(), 1000, "cash", provider, reference)


def test_a_withdrawal_is_not_sent_while_staff_block_its_user(bank):
    waiting = {}
    for block in ("freeze", "suspend", "deactivate"):
        user = bank.user(10_000)
        waiting[block] = (user, bank.call("post_withdrawal_hold", user, 1000, bank.bank_account(user)))
    bank.call("freeze_wallet", waiting["freeze"][0], "court order 17/2031")
    bank.suspend(waiting["suspend"][0])
    bank.conn.execute('UPDATE "user" SET is_active = false WHERE id = %s', (waiting["deactivate"][0],))
    assert bank.call_all("claim_withdrawals", "paystack", 10) == []
    user, held = waiting["freeze"]
    bank.call("unfreeze_wallet", user)
    assert [row.id for row in bank.call_all("claim_withdrawals", "paystack", 10)] == [held.id]
    # What still waits can be given back.
    user, held = waiting["suspend"]
    bank.call("post_withdrawal_void", user, held.id, "suspended")
    assert bank.balance(user) == 10_000


def test_a_name_taken_by_somebody_holds_up_one_withdrawal_and_not_all(bank):
    victim, thief, other = bank.user(10_000), bank.user(), bank.user(10_000)
    first = bank.call("post_withdrawal_hold", victim, 1000, bank.bank_account(victim))
    second = bank.call("post_withdrawal_hold", other, 1000, bank.bank_account(other))
    bank.call("request_funding", thief, 100, "cash", "paystack", first.reference)
    assert [row.id for row in bank.call_all("claim_withdrawals", "paystack", 10)] == [second.id]
    assert [row.id for row in bank.call_all("claim_withdrawals", "flutterwave", 10)] == [first.id]


def test_two_calls_in_repeatable_read_do_not_open_one_plan_too_many(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        bank = Bank(conn)
        user = bank.user(10_000, tier=0)

        def open_plan(own):
            try:
                own.execute("SELECT create_savings_plan(%s, 'Plan', 100, 30)", (user,))
                own.commit()
            except psycopg.Error as error:
                return error.sqlstate
            return "opened"

        with psycopg.connect(migrated_url) as one, psycopg.connect(migrated_url) as two:
            for own in (one, two):
                own.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                own.execute("SELECT FROM wallets")
            assert [open_plan(one), open_plan(two)] == ["opened", "40001"]
        assert bank.value("SELECT count(*) FROM savings_plans WHERE user_id = %s", user) == 1


def test_no_plan_has_a_time_or_a_day_that_clients_cannot_read(bank):
    user = bank.user(10_000)
    bank.refused("23514", "create_savings_plan", user, "Plan", 100, 30, p_auto_save_time="24:00")
    bank.refused("22023", "create_savings_plan", user, "Plan", 100, 30, p_start_date="9999-12-31")
    bank.refused("22023", "create_savings_plan", user, "Plan", 100, 30, p_start_date="infinity")
    plan = bank.plan(user, start=NOON.date() + timedelta(days=365), time="23:59:59.999999")
    bank.refused("23514", "update_plan_settings", user, plan.id, 1, p_auto_save_time="24:00")


def test_an_amount_of_many_digits_does_not_fill_the_log(bank):
    with pytest.raises(psycopg.Error) as caught:
        bank.call("post_transfer", bank.user(), bank.user(), "1e130000")
    assert caught.value.sqlstate == "22023"
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(("amount", "currency"), [(None, "USD"), (4000, None), (4000, "NGN"), (5000, "USD")])
def test_an_event_that_says_something_else_is_rejected_with_what_it_says(bank, amount, currency):
    user = bank.user()
    asked = bank.call("request_funding", user, 5000, "cash", "paystack", "ref-1")
    event = bank.call("record_payment_event", "paystack", "e1", "funding_succeeded", "{}", "ref-1", amount, currency)
    event = bank.call("process_payment_event", event.id)
    assert event.status == "rejected"
    said = " ".join(str(part) for part in (amount and Decimal(f"{amount}.00"), currency) if part)
    assert event.result == f"the provider says {said}, transaction {asked.id} is of 5000.00 NGN"
    assert bank.balance(user) == 0


def test_what_is_shadowed_in_pg_temp_changes_no_rule(bank):
    sender, other = bank.user(5000, tier=0), bank.user()
    with bank.role("avdaily_app"):
        for statement in (
            "CREATE TEMP TABLE kyc_limits AS SELECT * FROM kyc_limits",
            "UPDATE pg_temp.kyc_limits SET single_limit = 1e9, daily_limit = 1e9, monthly_limit = 1e9",
            "CREATE TEMP TABLE wallets AS SELECT * FROM wallets",
            "UPDATE pg_temp.wallets SET balance = 1e9",
            'CREATE TEMP TABLE "user" AS SELECT * FROM "user"',
            "CREATE TYPE pg_temp.transactions AS (id int)",
            "CREATE FUNCTION pg_temp.is_money(numeric) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "CREATE FUNCTION pg_temp.always(numeric, numeric) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "CREATE OPERATOR pg_temp.<= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = pg_temp.always)",
        ):
            bank.conn.execute(statement)
        schema = bank.conn.execute(
            "SELECT nspname FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace WHERE proname = 'post_transfer'"
        ).fetchone()[0]
        bank.conn.execute(f"SET LOCAL search_path = pg_temp, pg_catalog, {schema}")
        for amount, sqlstate in ((-5, "22023"), (2001, "AV007"), ("0.005", "22023")):
            with pytest.raises(psycopg.Error) as caught, bank.conn.transaction():
                bank.conn.execute(f"SELECT {schema}.post_transfer(%s, %s, %s)", (sender, other, amount))
            assert caught.value.sqlstate == sqlstate, caught.value
        bank.conn.execute(f"SELECT {schema}.post_transfer(%s, %s, 2000)", (sender, other))
        assert bank.value(f"SELECT balance FROM {schema}.wallets WHERE user_id = %s", sender) == 3000


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_the_settings_of_the_session_do_not_move_the_months_of_the_audit_log(bank, zone):
    """Before PostgreSQL 18 the IST that Kolkata's times are written with is read back as another zone's."""
    bank.conn.execute(f"SET LOCAL timezone = '{zone}'; SET LOCAL datestyle = 'SQL, DMY'")
    assert bank.call_all("ensure_partitions", 7)
    bank.conn.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")
    for bounds in bank.rows(
        """SELECT pg_get_expr(relpartbound, oid) AS text FROM pg_class
           WHERE relispartition AND relkind = 'r' AND relname ~ '^(audit_log|notifications)_[0-9]'"""
    ):
        assert bounds.text.count("-01 00:00:00+00'") == 2, bounds.text
