"""A production database of the TypeScript package is moved: its people, their money, and no secret in plain text."""

# ruff: noqa: E501 (statements that read better on one line)

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.backup.conftest import drop_family
from tests.backup.test_pages import blocks
from tests.conftest import new_name
from tests.moves.conftest import HERE, ROOT, SCRIPTS, Moving

PAGE = (ROOT / "docs" / "from-typescript.md").read_text()
ADA, BOLA, CHIDI, DAYO, EFE = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 6))


def the_steps_of_the_page():
    return "".join(blocks("from-typescript.md", "sh")[:5])


@pytest.fixture(scope="module")
def moved_once(server, tmp_path_factory):
    """A database that was moved; each test that only looks at the outcome, or goes on from it, has a copy."""
    name = new_name(server)
    moving = Moving(server.create_database(name), server.bin, tmp_path_factory.mktemp("moved"))
    moving.load("original", "awkward", "bank_accounts")
    moving.migrate()
    done = moving.script("move")
    assert done.returncode == 0, done.stderr
    yield name
    drop_family(server, name)


@pytest.fixture
def moved(moved_once, server, tmp_path):
    name = new_name(server)
    yield Moving(server.create_database(name, moved_once), server.bin, tmp_path)
    drop_family(server, name)


def move_as_the_page_says(moving, steps):
    moving.load("awkward", "bank_accounts")
    before = moving.query("SELECT sum(balance), (SELECT sum(current_amount) FROM savings_plans) FROM wallets")
    out = moving.run(steps)
    assert moving.query("SELECT sum(balance), (SELECT sum(current_amount) FROM savings_plans) FROM wallets") == before
    assert "no problem" in out
    assert ("0 differences from the files" in out) == ("verify" in steps)
    assert moving.query("SELECT count(*) FROM original.transactions") == [(3,)]


@pytest.mark.slow
def test_the_steps_of_the_page_move_a_database(moving):
    move_as_the_page_says(moving, the_steps_of_the_page())


@pytest.mark.slow
@pytest.mark.needs("postgresql-15")
def test_the_steps_of_the_page_move_a_database_on_postgresql_15(moving_on_15):
    # What verify proves it proves on any server; it is left out for its length.
    move_as_the_page_says(moving_on_15, the_steps_of_the_page().replace("avdaily-sql verify\n", ""))


def test_the_schema_afterwards_is_the_one_of_a_fresh_migration(moved, server, migrated_url):
    fresh = type(moved)(migrated_url, moved.programs, HERE)
    options = ("--schema-only", "--schema=public", "--exclude-table=*_y20*", "--exclude-table=*_20[0-9][0-9]*")
    assert moved.dump(*options) == fresh.dump(*options)


def test_every_balance_is_an_opening_posting_and_the_ledger_explains_it(moved):
    held = {"a1": "0.10", "a2": "9007199254740.93", "a3": "2500.20", "a4": "0.00"}
    rows = dict(moved.query("SELECT right(id::text, 2), balance FROM wallets WHERE id::text LIKE '%-0000000000a_'"))
    assert rows == {name: Decimal(amount) for name, amount in held.items()}
    assert moved.query("SELECT count(*) FROM wallets WHERE balance = 0") == [(3,)]
    assert moved.query("SELECT DISTINCT type, status FROM transactions") == [("opening_balance", "completed")]
    (total,) = moved.query("SELECT sum(balance) + (SELECT sum(current_amount) FROM savings_plans) FROM wallets")[0]
    accounts = dict(moved.query("SELECT kind, balance FROM trial_balance"))
    assert accounts["opening_equity"] == -total
    assert moved.query("SELECT * FROM reconciliation WHERE difference <> 0") == []


def test_statuses_and_people_are_mapped(moved):
    people = moved.query(
        """SELECT name, email, phone_number, phone_verified, kyc_status, is_suspended, suspension_reason, kyc_data
           FROM "user" ORDER BY id"""
    )
    assert people[0] == ("Ada Obi", "ada@example.com", "+2348012345678", True, "approved", False, None, None)
    assert people[1][2:4] == ("+2348012345679", False)
    assert people[2][5:7] == (True, "Suspended before the move: fraud")
    assert people[3][2:4] == (None, False)
    assert people[5][0] == "No name"
    plans = dict(moved.query("SELECT plan_name, status FROM savings_plans"))
    assert plans == {
        "Rent": "active", "Done": "completed", "Given up": "completed", "Empty": "cancelled", "Waits": "paused",
    }  # fmt: skip
    requests = moved.query("SELECT first_name, tier, status FROM kyc_verification ORDER BY user_id, created_at")
    assert [each[2] for each in requests] == ["approved", "approved", "rejected", "under_review", "rejected"]
    sent = moved.query("SELECT channel, status, is_read FROM notifications ORDER BY channel")
    assert sent == [("in_app", "sent", True), ("push", "sent", True), ("sms", "failed", False)]
    milestones = moved.query("SELECT milestone_type FROM savings_milestones ORDER BY 1")
    assert milestones == [("month_streak",), ("week_streak",)]


def test_plans_keep_their_streaks_and_the_day_of_the_last_contribution_in_lagos(moved):
    found = moved.query(
        "SELECT contribution_streak, last_contribution_on::text FROM savings_plans WHERE plan_name = 'Rent'"
    )
    assert found == [(400, "2025-01-31")], "half past eleven in the evening UTC is the next day in Lagos"


def test_no_secret_is_in_the_new_tables_in_plain_text(moved):
    dump = moved.dump("--data-only", "--schema=public")
    old = moved.dump("--data-only", "--schema=original")
    secrets = ("plain-session-token-of-ada", "plain-refresh-of-ada", "hunter2", "ya29.plain", "plain-google", "424242",
               "22222222222", "A01234567", "33333333333", "a-long-random-token-for-an-email", "123456\t")  # fmt: skip
    assert [each for each in secrets if each in dump] == []
    assert [each for each in secrets if each not in old] == [], "the fixture must hold what is looked for"
    found = moved.query("SELECT count(*) FROM session WHERE token_hash = sha256('plain-session-token-of-ada-1'::bytea)")
    assert found == [(1,)]
    assert moved.query("SELECT count(*), count(refresh_token_expires_at) FROM session") == [(2, 2)]
    kinds = moved.query("SELECT account_id, split_part(password, '$', 2) FROM account ORDER BY account_id")
    assert kinds == [("ada", "scrypt"), ("bola", "bcrypt"), ("chidi", None), ("dayo", "argon2id"), ("g-1", None)]


def test_duplicates_that_may_be_dropped_leave_the_newest(moved):
    assert moved.query("SELECT device_name, is_active FROM biometric_auth") == [("new", True)]
    banks = moved.query("SELECT account_name, account_number, is_primary FROM bank_accounts ORDER BY account_number")
    assert banks == [("Ada Obi again", "0123456789", False), ("Ada Obi", "1111111111", True)]
    assert moved.query("SELECT total_users FROM daily_analytics") == [(3,)]
    assert moved.query("SELECT count(*) FROM verification") == [(1,)]


def test_groups_that_collected_nothing_recruit_with_their_organizer_among_the_members(moved):
    groups = moved.query(
        "SELECT group_name, status, current_member_count, invite_code FROM ajo_groups ORDER BY group_name"
    )
    assert groups == [("Friends Esusu", "recruiting", 2, None), ("Market Women Ajo", "recruiting", 2, "INV-ABC123")]
    assert moved.query("SELECT count(*) FROM group_members WHERE role = 'organizer'") == [(2,)]
    assert moved.query("SELECT invited_phone FROM group_invitations") == [("+2348011112222",)]


def test_roles_go_on_and_the_seeded_ones_keep_their_rights(moved):
    given = moved.query(
        """SELECT "user".name, string_agg(roles.name, ' ' ORDER BY roles.name) FROM user_roles
           JOIN roles ON roles.id = role_id JOIN "user" ON "user".id = user_id WHERE "user".id <= '00000000-0000-4000-8000-000000000003'
           GROUP BY 1 ORDER BY 1"""
    )
    assert given == [("Ada Obi", "admin user"), ("Bola", "kyc_reviewer user"), ("Chidi", "user")]
    may = "SELECT has_permission('{}', '{}')"
    assert moved.query(may.format(BOLA, "group:moderate")) == [(True,)]
    assert moved.query(may.format(ADA, "group:moderate")) == [(False,)], "an old grant changes no seeded role"


def test_a_moved_wallet_works(moved):
    moved.query(f"SELECT post_deposit('{ADA}', 1000, 'bank_transfer', 'paystack', 'after-the-move-1')")
    assert moved.query(f"SELECT balance FROM wallets WHERE user_id = '{ADA}'") == [(Decimal("1000.10"),)]
    assert moved.sh("avdaily-sql check").returncode == 0


def test_the_old_books_can_be_read_by_the_application_and_their_secrets_cannot(moved):
    assert (
        moved.run(
            'avdaily-sql db psql -X -q -At -c "SET ROLE avdaily_app" -c "SELECT count(*) FROM original.transactions"'
        )
        == "3\n"
    )
    refused = moved.sh(
        'avdaily-sql db psql -X -v ON_ERROR_STOP=1 -c "SET ROLE avdaily_app" -c "TABLE original.session"'
    )
    assert refused.returncode != 0
    assert "permission denied" in refused.stderr


def test_forget_drops_the_secrets_and_keeps_the_books(moved):
    assert moved.script("forget").returncode == 0
    old = moved.dump("--data-only", "--schema=original")
    assert "plain-session-token" not in old
    assert "33333333333" not in old
    assert "22222222222" not in old
    assert moved.query("SELECT count(*) FROM original.transactions") == [(3,)]


def test_the_zone_of_the_old_times_can_be_said(moving):
    moving.load("awkward")
    moving.migrate()
    assert moving.script("move", PGOPTIONS="-c avdaily.move_timezone=Africa/Lagos").returncode == 0
    found = moving.query(f"""SELECT (created_at AT TIME ZONE 'UTC')::text FROM "user" WHERE id = '{ADA}'""")
    assert found == [("2025-01-01 07:00:00",)]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE \"user\" SET email = 'ADA@example.COM' WHERE email = 'bola@example.com'", "two users have one e-mail"),
        ("UPDATE \"user\" SET phone_number = '+234 801 234 5678' WHERE email = 'bola@example.com'", "one phone number"),
        ("UPDATE \"user\" SET email = 'none'  WHERE email = 'bola@example.com'", "an e-mail address has no @"),
        ("UPDATE \"user\" SET kyc_tier = 7 WHERE email = 'bola@example.com'", "a KYC tier is not"),
        ("UPDATE wallets SET balance = -100 WHERE balance = 0", "a wallet holds less than zero"),
        ("ALTER TABLE wallets ALTER balance TYPE float8; UPDATE wallets SET balance = 'NaN' WHERE balance = 0", "or no number"),
        ("UPDATE wallets SET currency = 'USD' WHERE balance = 0", "is not in NGN"),
        ("UPDATE savings_plans SET end_date = start_date WHERE plan_name = 'Rent'", "a plan breaks a rule"),
        ("UPDATE savings_plans SET current_amount = -1 WHERE plan_name = 'Rent'", "a plan holds less than zero"),
        ("UPDATE savings_plans SET start_date = current_date, end_date = current_date + 9 WHERE plan_name = 'Done'", "before it has begun"),
        ("UPDATE transactions SET status = 'pending' WHERE reference = 'DEP-1'", "a transaction is pending"),
        ("UPDATE ajo_groups SET total_collected = 1 WHERE status = 'active'", "has collected or paid out money"),
        ("UPDATE ajo_groups SET member_count = 1 WHERE status = 'active'", "a group breaks a rule"),
        ("UPDATE ajo_groups SET group_name = 'market women ajo' WHERE status = 'active'", "two open groups of one name"),
        ("INSERT INTO account (account_id, provider_id, user_id) SELECT 'g-1', 'google', id FROM \"user\" WHERE email LIKE 'bola%'", "one account of a provider"),
    ],
)  # fmt: skip
def test_what_our_rules_forbid_is_told_before_and_stops_the_move(moving, shared_move, change, what):
    """On one prepared database; each change is undone by the transaction that made it."""
    lines = f"""avdaily-sql db psql -X <<'END'
BEGIN; SET search_path = original; {change}; \\i {shared_move.look}
ROLLBACK;
END"""
    shown = shared_move.moving.run(lines)
    (line,) = (each for each in shown.splitlines() if each.strip().startswith("stop"))
    assert what in line


@pytest.fixture(scope="module")
def shared_move(server, tmp_path_factory):
    name = new_name(server)
    moving = Moving(server.create_database(name), server.bin, tmp_path_factory.mktemp("stops"))
    moving.load("original", "awkward")
    assert moving.script("aside").returncode == 0
    yield SimpleNamespace(moving=moving, look=SCRIPTS / "look.sql")
    server.drop_database(name)


def test_a_stop_leaves_the_new_tables_empty(moving):
    moving.load("awkward")
    moving.query("UPDATE wallets SET balance = -100 WHERE balance = 0")
    moving.migrate()
    done = moving.script("move")
    assert done.returncode == 3
    assert "cannot move: a wallet holds less than zero, or no number (1 rows" in done.stderr
    assert moving.query('SELECT count(*) FROM "user"') == [(0,)]
    moving.query("UPDATE original.wallets SET balance = 0 WHERE balance < 0")
    assert moving.script("move").returncode == 0
    again = moving.script("move")
    assert (again.returncode, "this runs once" in again.stderr) == (3, True)


def test_fractions_of_a_kobo_are_rounded_and_told(moving):
    moving.load("awkward")
    moving.query(
        """ALTER TABLE wallets ALTER balance TYPE float8;
           UPDATE wallets SET balance = 0.1::float8 + 0.2::float8 WHERE balance = 0;
           UPDATE wallets SET balance = 100.125 WHERE balance = 2500.2"""
    )
    assert re.search(r"change \| an amount has fractions of a kobo +\| +1 ", moving.script("look").stdout)
    moving.migrate()
    assert moving.script("move").returncode == 0
    held = moving.query("SELECT balance FROM wallets WHERE balance BETWEEN 0.2 AND 1000 ORDER BY 1")
    assert held == [(Decimal("0.30"),), (Decimal("100.13"),)]
    assert moving.sh("avdaily-sql check").returncode == 0


@pytest.mark.slow
def test_the_way_back_leaves_the_old_database_as_it_was(moving):
    moving.load("awkward", "bank_accounts")
    before = moving.dump("--schema=public")
    moving.migrate()
    assert moving.script("move").returncode == 0
    moving.run(next(each for each in blocks("from-typescript.md", "sh") if "rollback" in each))
    after = [line for line in moving.dump("--schema=public").splitlines() if "avdaily" not in line]
    assert after == before.splitlines()


@pytest.mark.slow
def test_baseline_refuses_the_old_database_and_adopts_what_psql_built(moving):
    moving.load("awkward")
    refused = moving.sh("avdaily-sql baseline --to 0064")
    assert refused.returncode == 4
    assert "is not what the files" in refused.stderr
    assert moving.script("aside").returncode == 0
    moving.run(next(each for each in blocks("from-typescript.md", "sh") if "baseline" in each))
    assert moving.run("avdaily-sql status --exit-code")
    moving.run("avdaily-sql seed --env production")
    assert moving.script("move").returncode == 0


def test_the_page_names_every_table_and_every_column_that_changed_its_name(conn):
    text = "\n".join((HERE / f"{name}.sql").read_text() for name in ("original", "bank_accounts"))
    tables = re.findall(r"^CREATE TABLE (?:\w+\.)?\"?(\w+)\"? \(", text, re.MULTILINE)
    section = PAGE.partition("## Tables and columns")[2].partition("## Values")[0]
    assert [name for name in tables if f"`{name}`" not in section.replace('"', "") and name[0] != "_"] == []
    assert len(tables) == 32
    gone = []
    whole = text.partition("CREATE TABLE todo")[2].partition("\n")[2]
    for table, body in re.findall(r"^CREATE TABLE \"?(\w+)\"? \((.*?)^\);", whole, re.MULTILINE | re.DOTALL):
        columns = re.findall(r"(?:^|, )\s*([a-z_]+) (?:uuid|text|varchar|integer|boolean|jsonb|timestamp|numeric|date|time)\b", body, re.MULTILINE)  # fmt: skip
        ours = {
            name
            for (name,) in conn.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [f'"{table}"']
            )
        }
        gone += [f"{table}.{name}" for name in columns if name not in ours]
    assert sorted(gone) == [
        "phone_verification.otp", "session.refresh_token", "session.token", "verification.value"
    ]  # fmt: skip
    assert all(f"`{name.partition('.')[2]}` → `" in section for name in gone)
