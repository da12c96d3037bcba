"""A small bank to ask: the seeds' people and groups, and one thing in each state that a query is about."""

from __future__ import annotations

import hashlib
import subprocess
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests import throwaway

ADMIN, ONE, TWO, THREE = (uuid.UUID(f"00000000-0000-7000-8000-{number:012}") for number in (1, 2, 3, 4))
EMERGENCY, VACATION, BUSINESS = (uuid.UUID(f"00000000-0000-7000-8000-0000000000d{number}") for number in (1, 2, 3))
MARKET, FRIENDS = (uuid.UUID(f"00000000-0000-7000-8000-0000000000e{number}") for number in (1, 2))
NOBODY = uuid.UUID(int=0xFFFF)
SEEDS = ("common", "testing", "development")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


def today() -> date:
    return datetime.now(ZoneInfo("Africa/Lagos")).date()


def yesterday() -> date:
    return today() - timedelta(days=1)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@dataclass
class World:
    """The ids of what was made."""

    ids: dict[str, object] = field(default_factory=dict)

    def __getattr__(self, name: str):
        try:
            return self.__dict__["ids"][name]
        except KeyError:
            raise AttributeError(name) from None


def seed(server: throwaway.Server, url: str) -> None:
    files = [path for name in SEEDS for path in sorted((throwaway.REPOSITORY / "sql" / "seeds" / name).glob("*.sql"))]
    arguments = [argument for path in files for argument in ("-f", path)]
    subprocess.run(
        [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", *arguments, url],
        check=True,
        capture_output=True,
        text=True,
    )


class Maker:
    """Calls functions of the database, as whichever role they need."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def call(self, function: str, *arguments, role: str = "avdaily_ledger", actor: uuid.UUID | None = None):
        """Return the one row of a function; of a row with one column the value."""
        with self.connection.transaction():
            self.connection.execute(sql.SQL("SET LOCAL app.user_id = {}").format(str(actor or "")))
            self.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            places = ", ".join(["%s"] * len(arguments))
            cursor = self.connection.cursor(row_factory=namedtuple_row)
            row = cursor.execute(f"SELECT * FROM {function}({places})", arguments).fetchone()
            self.connection.execute("RESET ROLE")
        return row[0] if len(row) == 1 else row

    def one(self, query: str, *arguments):
        cursor = self.connection.cursor(row_factory=namedtuple_row)
        row = cursor.execute(query, arguments).fetchone()
        return row[0] if len(row) == 1 else row

    def do(self, statement: str, *arguments) -> None:
        self.connection.execute(statement, arguments)


def build(server: throwaway.Server, url: str) -> World:
    """Fill a migrated database and return what is in it."""
    seed(server, url)
    world = World()
    with psycopg.connect(url) as connection:
        make = Maker(connection)
        for step in (_people, _money, _plans, _groups, _messages):
            step(make, world.ids)
    return world


def _people(make: Maker, ids: dict[str, object]) -> None:
    ids["session"] = make.call(
        "create_session", ONE, digest("token"), digest("refresh"), "127.0.0.1", "tests", "device-1"
    )
    ids["other_session"] = make.call("create_session", ONE, digest("token 2"), digest("refresh 2"), None, None, None)
    ids["old_activity"] = ids["other_session"]
    make.do("UPDATE session SET last_activity_at = now() - interval '1 hour' WHERE id = %s", ids["other_session"])
    make.do(
        "INSERT INTO session (user_id, token_hash, expires_at, created_at, updated_at)"
        " VALUES (%s, %s, now() - interval '1 day', now() - interval '31 days', now())",
        ONE,
        digest("old"),
    )
    ids["account"] = make.one(
        "INSERT INTO account (user_id, provider_id, account_id, password)"
        " VALUES (%s, 'credential', 'user1', %s) RETURNING id",
        ONE,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$" + "x" * 43,
    )
    make.do(
        "INSERT INTO verification (identifier, value_hash, expires_at)"
        " VALUES ('email:user1', %s, now() + interval '1 day')",
        digest("mail"),
    )
    make.do(
        "INSERT INTO phone_verification (phone_number, otp_hash, expires_at)"
        " VALUES ('+2348012345679', %s, now() + interval '10 minutes')",
        digest("123456"),
    )
    make.do("INSERT INTO biometric_auth (user_id, device_id, public_key) VALUES (%s, 'device-1', 'key')", ONE)
    make.do('UPDATE "user" SET email_verified = false, phone_verified = false WHERE id = %s', ONE)
    ids["suspended"] = make.call("register_user", None, "Test Suspended", "suspended@avdaily.test", None, None)
    make.call("suspend_user", ids["suspended"], ADMIN, "for the tests of queries", actor=ADMIN)
    ids["closed"] = make.call("register_user", None, "Test Closed", "closed@avdaily.test", None, None)
    make.call("deactivate_user", ids["closed"], ADMIN, actor=ADMIN)
    ids["idle"] = make.call("register_user", None, "Test Idle", "idle@avdaily.test", None, None)
    ids["applicant"] = make.call("register_user", None, "Test Applicant", "applicant@avdaily.test", None, None)
    ids["kyc"] = make.call("submit_kyc_tier1", ids["applicant"], "Test", "New", date(1990, 1, 1), "1 Marina, Lagos")
    ids["role"] = make.call("create_role", ADMIN, "auditor", "Auditor", None, actor=ADMIN)
    make.call("grant_role_permission", ADMIN, "auditor", "user:read", actor=ADMIN)
    make.call("grant_user_permission", TWO, "analytics:read", ADMIN, None, actor=ADMIN)


def _money(make: Maker, ids: dict[str, object]) -> None:
    ids["bank"] = make.one(
        "INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name, is_verified)"
        " VALUES (%s, '044', 'Access', '0123456789', 'Test Two', true) RETURNING id",
        TWO,
    )
    make.call("post_deposit", TWO, 100_000, "bank_transfer", "paystack", "deposit-two")
    make.call("post_deposit", ONE, 20_000, "bank_transfer", "paystack", "deposit-one")
    for name in ("funding", "funding_2", "funding_3"):
        ids[name] = make.call("request_funding", ONE, 1_000, "debit_card", "paystack", f"ref-{name}", None, "NGN").id
    completed = make.call(
        "request_funding", ONE, 1_000, "debit_card", "paystack", "ref-paid", "key-funding-1", "NGN"
    ).id
    make.call("post_funding", ONE, completed)
    ids["paid"] = completed
    ids["reference"] = make.one("SELECT reference FROM transactions WHERE id = %s", completed)
    ids["withdrawal"] = make.call("post_withdrawal_hold", TWO, 1_000, ids["bank"], None).id
    ids["withdrawal_2"] = make.call("post_withdrawal_hold", TWO, 2_000, ids["bank"], None).id
    ids["debtor"] = make.call("register_user", None, "Test Debtor", "debtor@avdaily.test", None, None)
    funded = make.call("request_funding", ids["debtor"], 1_000, "debit_card", "paystack", "ref-debtor", None, "NGN").id
    make.call("post_funding", ids["debtor"], funded)
    make.do("UPDATE \"user\" SET kyc_tier = 1, kyc_status = 'approved' WHERE id = %s", ids["debtor"])
    make.call("post_transfer", ids["debtor"], ONE, 900, None, None)
    make.call("post_chargeback", ids["debtor"], funded, "the card was stolen")
    make.call("post_deposit", ids["debtor"], 500, "bank_transfer", "paystack", "deposit-debtor")
    payload = psycopg.types.json.Jsonb({"event": "charge.success"})
    ids["event"] = make.call(
        "record_payment_event",
        "paystack",
        "evt-1",
        "funding_succeeded",
        payload,
        "ref-funding_2",
        Decimal(1_000),
        "NGN",
    ).id


def _plans(make: Maker, ids: dict[str, object]) -> None:
    arguments = (100, 30, 200, False, "09:00", Decimal("0.1"), 0, None, None)
    done = make.call("create_savings_plan", TWO, "Quickly done", *arguments)
    make.call("post_contribution", TWO, done.id, 100, "key-contribution-1")
    make.call("reserve_idempotency_key", TWO, "key-of-work", "send_report", "{}")
    contribution = make.call("post_contribution", TWO, done.id, 100, None)
    ids["done"] = done.id
    saved = make.call("create_savings_plan", TWO, "Saved once", *arguments)
    ids["contribution"] = make.call("post_contribution", TWO, saved.id, 100, None).id
    assert contribution.status == "completed"
    # Long ago enough for keys to be forgotten.
    make.do("UPDATE idempotency_keys SET created_at = now() - interval '30 days' WHERE key = 'key-funding-1'")
    ids["paused"] = make.call("create_savings_plan", TWO, "Paused", *arguments).id
    make.call("pause_plan", TWO, ids["paused"], 1)
    ids["ended"] = make.call("create_savings_plan", TWO, "At its end", *arguments).id
    make.do(
        "UPDATE savings_plans SET start_date = app_today() - 30, end_date = app_today() WHERE id = %s", ids["ended"]
    )


def _groups(make: Maker, ids: dict[str, object]) -> None:
    for user in (ONE, THREE):
        make.do('UPDATE "user" SET kyc_tier = greatest(kyc_tier, 1) WHERE id = %s', user)
    for name in ("ready", "manual", "started", "late", "owing", "collected", "between", "finished"):
        terms = ("weekly", "manual" if name == "manual" else "sequential", "cover_from_deposit", 100, None, False, None)
        group = make.call("create_ajo_group", TWO, f"Group {name}", 2, 100, *terms).id
        ids[name] = group
        ids[f"{name}_member"] = make.call("join_ajo_group", ONE, group, None).id
        ids[f"{name}_organizer"] = make.one(
            "SELECT id FROM group_members WHERE group_id = %s AND user_id = %s", group, TWO
        )
    now = datetime.now(UTC)
    make.call("start_ajo_group_at", TWO, ids["started"], today(), 1, now)
    before = now - timedelta(days=30)
    for name in ("late", "owing", "collected", "between", "finished"):
        make.call("start_ajo_group_at", TWO, ids[name], today() - timedelta(days=30), 1, before)
    make.call("mark_group_defaults_at", TWO, ids["owing"], now)
    for name in ("collected", "between"):
        make.call("collect_group_round_at", TWO, ids[name], now)
    make.call("disburse_group_round_at", TWO, ids["between"], 1, now)
    for number in (1, 2):
        make.call("collect_group_round_at", TWO, ids["finished"], now)
        make.call("disburse_group_round_at", TWO, ids["finished"], number, now)
        if number == 1:
            make.call("open_group_round", TWO, ids["finished"])
    ids["invitation"] = make.call("invite_to_group", TWO, MARKET, THREE, None, None).id
    ids["expired_invitation"] = make.call("invite_to_group", TWO, MARKET, ADMIN, None, None).id
    make.do(
        "UPDATE group_invitations SET expires_at = now() - interval '1 hour', created_at = now() - interval '9 days'"
        " WHERE id = %s",
        ids["expired_invitation"],
    )


def _messages(make: Maker, ids: dict[str, object]) -> None:
    ids["message"] = make.call("create_notification", ONE, "milestone", "in_app", "Well done", "You saved.", None)
    ids["message_at"] = make.one("SELECT created_at FROM notifications WHERE id = %s", ids["message"])
    ids["waiting"] = make.call("create_notification", ONE, "milestone", "push", "Well done", "You saved.", None)
    ids["waiting_at"] = make.one("SELECT created_at FROM notifications WHERE id = %s", ids["waiting"])
    make.call("register_push_token", ONE, "token-of-a-phone", "android", "device-1", "A phone")
    plan = (
        ONE,
        "weekly_report",
        "email",
        "Your week",
        "You saved.",
        datetime.now(UTC) + timedelta(days=1),
        "weekly",
        None,
    )
    ids["scheduled"] = make.call("schedule_notification", *plan)
    ids["due_plan"] = make.call("schedule_notification", *plan)
    make.do(
        "UPDATE scheduled_notifications SET scheduled_for = now() - interval '1 minute',"
        " first_scheduled_for = now() - interval '1 minute' WHERE id = %s",
        ids["due_plan"],
    )
    ids["reward"] = make.call("grant_reward", ONE, "points", "Welcome", "welcome", None, 10, None, None, None, None)
    ids["old_reward"] = make.call(
        "grant_reward",
        ONE,
        "points",
        "Gone",
        "gone",
        None,
        10,
        datetime.now(UTC) + timedelta(hours=1),
        None,
        None,
        None,
    )
    make.do(
        "UPDATE rewards SET expires_at = now() - interval '1 minute', created_at = now() - interval '1 day'"
        " WHERE id = %s",
        ids["old_reward"],
    )
    make.call("refresh_user_analytics", ONE)
    make.call("upsert_daily_analytics", yesterday(), "NGN")
    make.call("record_milestones", ONE)
    make.call("seal_audit_log", 100_000)
