"""Each query of ``sql/queries/`` once with something to find and once with nothing; see :mod:`tests.queries.world`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from tests.queries.world import (
    ADMIN,
    BUSINESS,
    EMERGENCY,
    FAR_AHEAD,
    FRIENDS,
    LONG_AGO,
    MARKET,
    NOBODY,
    ONE,
    THREE,
    TWO,
    World,
    digest,
    today,
    yesterday,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Empty:
    """What a query gives when there is nothing: None, [], 0 or False."""


@dataclass(frozen=True)
class Case:
    """Arguments that find something, arguments that do not, and what then comes back: nothing, a value, an AV code."""

    found: Callable[[World], dict[str, object]]
    missing: Callable[[World], dict[str, object]]
    answer: object = Empty
    actor: UUID | None = None


def fixed(**arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda _: arguments


PAGE = {"page_size": 10}
FIRST_AT = {"after_at": None, "after_id": None, **PAGE}
BEYOND_AT = {"after_at": FAR_AHEAD, "after_id": NOBODY, **PAGE}
NEWEST = {"before_id": None, **PAGE}
FIRST = {"after_id": None, **PAGE}
FIRST_NAME = {"after_name": None, **PAGE}
NEWEST_AT = {"before_at": None, "before_id": None, **PAGE}
BEFORE_AT = {"before_at": LONG_AGO, "before_id": NOBODY, **PAGE}
ALL_TIME = {"from_at": LONG_AGO, "until_at": FAR_AHEAD}
SECRET_32 = digest("another")
LATER = datetime(2099, 1, 1, tzinfo=UTC)


def of(user: UUID, **arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda _: {"user_id": user, **arguments}


AUTH = {
    "create_user": Case(
        fixed(
            user_id=None, name="Test New", email="New@avdaily.test", phone_number=None, date_of_birth=date(2000, 1, 1)
        ),
        fixed(user_id=None, name="Test New", email="user1@avdaily.test", phone_number=None, date_of_birth=None),
        "AV056",
    ),
    "get_user": Case(of(ONE), of(NOBODY)),
    "get_user_by_email": Case(fixed(email=" USER1@avdaily.test "), fixed(email="nobody@avdaily.test")),
    "get_user_by_phone": Case(fixed(phone_number="+2348012345679"), fixed(phone_number="+1")),
    "update_user_profile": Case(
        of(ONE, name="Test Renamed", image=None, phone_number=None, date_of_birth=None),
        of(NOBODY, name="Test Renamed", image=None, phone_number=None, date_of_birth=None),
    ),
    "mark_email_verified": Case(of(ONE, email="User1@avdaily.test"), of(ONE, email="other@avdaily.test")),
    "mark_phone_verified": Case(of(ONE, phone_number="+2348012345679"), of(ONE, phone_number="+1")),
    "email_exists": Case(fixed(email="USER1@avdaily.test"), fixed(email="nobody@avdaily.test")),
    "phone_exists": Case(fixed(phone_number="+2348012345679"), fixed(phone_number="+1")),
    "deactivate_user": Case(of(ONE, deactivated_by=ADMIN), of(NOBODY, deactivated_by=ADMIN), "AV050", ADMIN),
    "reactivate_user": Case(
        lambda w: {"user_id": w.closed, "reactivated_by": ADMIN}, of(ONE, reactivated_by=ADMIN), "AV058", ADMIN
    ),
    "anonymise_user": Case(
        lambda w: {"user_id": w.idle, "anonymised_by": ADMIN}, of(ONE, anonymised_by=ADMIN), "AV070", ADMIN
    ),
    "suspend_user": Case(
        of(ONE, suspended_by=ADMIN, reason="for the tests"), of(ONE, suspended_by=ADMIN, reason="short"), "AV055", ADMIN
    ),
    "reinstate_user": Case(
        lambda w: {"user_id": w.suspended, "reinstated_by": ADMIN}, of(ONE, reinstated_by=ADMIN), "AV054", ADMIN
    ),
    "list_active_users": Case(fixed(**FIRST_AT), fixed(**BEYOND_AT)),
    "list_users_by_kyc_tier": Case(
        fixed(kyc_tier=2, after_id=None, **PAGE), fixed(kyc_tier=2, after_id=UUID(int=2**128 - 1), **PAGE)
    ),
    "list_users_by_kyc_status": Case(
        fixed(kyc_status="approved", after_id=None, **PAGE), fixed(kyc_status="rejected", after_id=None, **PAGE)
    ),
    "create_session": Case(
        of(
            ONE,
            token_hash=SECRET_32,
            refresh_token_hash=digest("r"),
            ip_address="10.0.0.1",
            user_agent="x",
            device_id=None,
        ),
        lambda w: {
            "user_id": w.suspended,
            "token_hash": SECRET_32,
            "refresh_token_hash": None,
            "ip_address": None,
            "user_agent": None,
            "device_id": None,
        },
        "AV052",
    ),
    "get_session_by_token_hash": Case(fixed(token_hash=digest("token")), fixed(token_hash=digest("old"))),
    "touch_session": Case(lambda w: {"user_id": ONE, "session_id": w.old_activity}, of(TWO, session_id=NOBODY)),
    "rotate_refresh_token": Case(
        fixed(
            refresh_token_hash=digest("refresh"),
            new_token_hash=SECRET_32,
            new_refresh_token_hash=digest("n"),
            ip_address=None,
            user_agent=None,
        ),
        fixed(
            refresh_token_hash=digest("?"),
            new_token_hash=SECRET_32,
            new_refresh_token_hash=digest("n"),
            ip_address=None,
            user_agent=None,
        ),
        ("unknown", None, None),
    ),
    "revoke_session": Case(
        lambda w: {"user_id": ONE, "session_id": w.session}, lambda w: {"user_id": TWO, "session_id": w.session}
    ),
    "revoke_user_sessions": Case(of(ONE, except_session_id=None), of(THREE, except_session_id=None)),
    "delete_expired_sessions": Case(fixed(page_size=10), fixed(page_size=0)),
    "list_user_sessions": Case(of(ONE, **NEWEST), of(THREE, **NEWEST)),
    "upsert_account": Case(
        of(
            ONE,
            provider_id="credential",
            account_id="user1",
            password="$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$" + "y" * 43,
            access_token=None,
            access_token_expires_at=None,
            refresh_token=None,
            refresh_token_expires_at=None,
            id_token=None,
            scope=None,
        ),
        of(
            TWO,
            provider_id="credential",
            account_id="user1",
            password=None,
            access_token=None,
            access_token_expires_at=None,
            refresh_token=None,
            refresh_token_expires_at=None,
            id_token=None,
            scope=None,
        ),
    ),
    "get_account_by_provider": Case(
        fixed(provider_id="credential", account_id="user1"), fixed(provider_id="credential", account_id="nobody")
    ),
    "list_user_accounts": Case(of(ONE, **FIRST), of(TWO, **FIRST)),
    "delete_account": Case(lambda w: {"user_id": ONE, "id": w.account}, lambda w: {"user_id": TWO, "id": w.account}),
    "create_verification": Case(
        fixed(identifier="reset:user1", value_hash=SECRET_32, expires_at=None),
        fixed(identifier="email:user1", value_hash=digest("mail"), expires_at=LATER),
        "23505",
    ),
    "consume_verification": Case(
        fixed(identifier="email:user1", value_hash=digest("mail")),
        fixed(identifier="email:user1", value_hash=digest("?")),
    ),
    "delete_verifications_by_identifier": Case(fixed(identifier="email:user1"), fixed(identifier="email:nobody")),
    "create_phone_verification": Case(
        fixed(phone_number="+2348012345679", otp_hash=SECRET_32, expires_at=None),
        fixed(phone_number="12", otp_hash=b"short", expires_at=LATER),
        "23514",
    ),
    "verify_phone_otp": Case(
        of(ONE, phone_number="+2348012345679", otp_hash=digest("123456")),
        of(None, phone_number="+2348012345000", otp_hash=digest("123456")),
        ("unknown", 0),
    ),
    "get_latest_phone_verification": Case(fixed(phone_number="+2348012345679"), fixed(phone_number="+1")),
    "register_biometric": Case(
        of(ONE, device_id="device-1", device_name="Phone", public_key="new key"),
        of(NOBODY, device_id="device-1", device_name=None, public_key="key"),
        "23503",
    ),
    "get_biometric_by_device": Case(of(ONE, device_id="device-1"), of(TWO, device_id="device-1")),
    "list_user_biometrics": Case(of(ONE, **NEWEST), of(TWO, **NEWEST)),
    "touch_biometric": Case(of(ONE, device_id="device-1"), of(TWO, device_id="device-1")),
    "disable_biometric": Case(of(ONE, device_id="device-1"), of(TWO, device_id="device-1")),
    "revoke_user_biometrics": Case(of(ONE), of(TWO)),
}

_PERSON = {"first_name": "Test", "last_name": "Two", "date_of_birth": date(1990, 1, 1), "address": "1 Marina, Lagos"}
_DOCUMENT = {
    "government_id_type": "nin",
    "government_id_number": b"encrypted with a nonce and a tag of its own",
    "government_id_last_four": "1234",
    "government_id_hash": digest("nin"),
    "government_id_image": "https://files.test/id.jpg",
    "selfie_image": "https://files.test/me.jpg",
}
KYC = {
    "submit_kyc_tier1": Case(lambda w: {"user_id": w.idle, **_PERSON}, of(THREE, **_PERSON), "AV060"),
    "submit_kyc_tier2": Case(of(ONE, **_PERSON, **_DOCUMENT), of(TWO, **_PERSON, **_DOCUMENT), "AV060"),
    "list_pending_kyc": Case(fixed(tier=1, **FIRST_AT), fixed(tier=2, **FIRST_AT)),
    "start_kyc_review": Case(
        lambda w: {"user_id": w.applicant, "kyc_id": w.kyc, "reviewed_by": ADMIN},
        lambda w: {"user_id": w.applicant, "kyc_id": NOBODY, "reviewed_by": ADMIN},
        "AV062",
        ADMIN,
    ),
    "approve_kyc": Case(
        lambda w: {"user_id": w.applicant, "kyc_id": w.kyc, "verified_by": ADMIN},
        lambda w: {"user_id": w.applicant, "kyc_id": NOBODY, "verified_by": ADMIN},
        "AV062",
        ADMIN,
    ),
    "reject_kyc": Case(
        lambda w: {"user_id": w.applicant, "kyc_id": w.kyc, "verified_by": ADMIN, "reason": "not readable"},
        lambda w: {"user_id": w.applicant, "kyc_id": w.kyc, "verified_by": ADMIN, "reason": ""},
        "AV055",
        ADMIN,
    ),
    "get_kyc_status": Case(of(ONE), of(NOBODY)),
    "get_kyc_limits": Case(of(ONE), of(NOBODY)),
}


def pending(name: str, user: UUID = ONE, **arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": user, "transaction_id": getattr(w, name), **arguments}


_FUNDING = {"payment_source": "debit_card", "provider": "paystack", "idempotency_key": None, "currency": "NGN"}
WALLETS = {
    "get_wallet": Case(of(ONE), of(NOBODY)),
    "get_wallet_balance": Case(of(ONE), of(NOBODY)),
    "create_wallet": Case(of(ONE, currency="NGN"), of(NOBODY, currency="NGN"), "AV004"),
    "fund_wallet": Case(
        of(ONE, amount=Decimal(500), provider_reference="ref-new", **_FUNDING),
        of(ONE, amount=Decimal(5), provider_reference="ref-new", **_FUNDING),
        "AV006",
    ),
    "confirm_wallet_funding": Case(pending("funding"), pending("funding", TWO), "AV016"),
    "fail_wallet_funding": Case(
        pending("funding", reason="refused"), pending("funding", TWO, reason="refused"), "AV016"
    ),
    "deposit_into_wallet": Case(
        of(ONE, amount=Decimal(500), payment_source="bank_transfer", provider="paystack", provider_reference="dep-1"),
        of(
            NOBODY, amount=Decimal(500), payment_source="bank_transfer", provider="paystack", provider_reference="dep-1"
        ),
        "AV002",
    ),
    "withdraw_wallet": Case(
        lambda w: {"user_id": TWO, "amount": Decimal(500), "bank_account_id": w.bank, "idempotency_key": "withdraw-1"},
        of(TWO, amount=Decimal(500), bank_account_id=NOBODY, idempotency_key=None),
        "AV019",
    ),
    "settle_withdrawal": Case(pending("withdrawal", TWO), pending("withdrawal"), "AV016"),
    "void_withdrawal": Case(
        pending("withdrawal", TWO, reason="no such account"), pending("withdrawal", reason="x"), "AV016"
    ),
    "transfer_between_wallets": Case(
        of(TWO, recipient_id=ONE, amount=Decimal(50), description="Lunch today", idempotency_key=None),
        of(TWO, recipient_id=TWO, amount=Decimal(50), description=None, idempotency_key=None),
        "AV023",
    ),
    "repay_debt": Case(lambda w: {"user_id": w.debtor, "amount": Decimal(100)}, of(ONE, amount=Decimal(100)), "AV027"),
    "set_wallet_active": Case(
        of(ONE, is_active=False, reason="stolen telephone"), of(NOBODY, is_active=True, reason=None), "AV002"
    ),
    "get_wallet_statement": Case(
        of(ONE, **ALL_TIME, after_position=None, page_size=1000),
        of(NOBODY, **ALL_TIME, after_position=None, page_size=1000),
    ),
    "get_wallet_balance_at": Case(of(ONE, at=FAR_AHEAD), of(NOBODY, at=FAR_AHEAD)),
    "get_wallet_transaction_summary": Case(of(ONE, **ALL_TIME), of(NOBODY, **ALL_TIME)),
    "create_bank_account": Case(
        of(
            ONE,
            bank_code="044",
            bank_name="Access",
            account_number="0123456789",
            account_name="Test One",
            is_primary=True,
        ),
        of(
            NOBODY, bank_code="044", bank_name="Access", account_number="0123456789", account_name="X", is_primary=False
        ),
        "23503",
    ),
    "list_bank_accounts": Case(of(TWO, **FIRST), of(ONE, **FIRST)),
    "verify_bank_account": Case(
        lambda w: {"user_id": TWO, "bank_account_id": w.bank}, lambda w: {"user_id": ONE, "bank_account_id": w.bank}
    ),
}


def plan(name: str, user: UUID = TWO, **arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": user, "plan_id": getattr(w, name), **arguments}


_SETTINGS = {
    "plan_name": "Rent", "daily_amount": Decimal(100), "cycle_duration": 30, "target_amount": None,
    "auto_save_enabled": True, "auto_save_time": time(8), "interest_rate": Decimal("0.05"), "minimum_balance": None,
    "start_date": None, "idempotency_key": None,
}  # fmt: skip
_CHANGES = {
    "version": 1, "plan_name": "Rest", "daily_amount": None, "auto_save_enabled": None, "auto_save_time": None,
    "minimum_balance": None,
}  # fmt: skip
FIRST_PLANS = {"after_user_id": None, "after_plan_id": None, **PAGE}
LAST_USER = UUID(int=2**128 - 1)
SAVINGS = {
    "create_savings_plan": Case(of(ONE, **_SETTINGS), of(ONE, **(_SETTINGS | {"daily_amount": Decimal(1)})), "AV006"),
    "get_savings_plan": Case(of(ONE, plan_id=EMERGENCY), of(TWO, plan_id=EMERGENCY)),
    "list_user_plans": Case(of(ONE, **NEWEST), of(THREE, **NEWEST)),
    "list_active_plans": Case(of(ONE, **NEWEST), of(THREE, **NEWEST)),
    "list_plans_by_status": Case(of(TWO, status="paused", **NEWEST), of(ONE, status="paused", **NEWEST)),
    "update_plan_settings": Case(
        of(ONE, plan_id=EMERGENCY, **_CHANGES), of(TWO, plan_id=EMERGENCY, **_CHANGES), "AV010"
    ),
    "set_plan_auto_save": Case(
        of(ONE, plan_id=EMERGENCY, version=1, auto_save_enabled=False, auto_save_time=None),
        of(ONE, plan_id=EMERGENCY, version=7, auto_save_enabled=False, auto_save_time=None),
        "AV012",
    ),
    "pause_plan": Case(of(ONE, plan_id=EMERGENCY, version=1), of(TWO, plan_id=EMERGENCY, version=1), "AV010"),
    "resume_plan": Case(plan("paused", version=2), of(ONE, plan_id=EMERGENCY, version=1), "AV011"),
    "cancel_plan": Case(of(ONE, plan_id=EMERGENCY, version=1), plan("done", version=1), "AV011"),
    "complete_plan": Case(plan("ended", version=1), of(ONE, plan_id=EMERGENCY, version=1), "AV014"),
    "contribute_to_plan": Case(
        of(ONE, plan_id=EMERGENCY, amount=Decimal(100), idempotency_key="contribute-1"),
        of(ONE, plan_id=EMERGENCY, amount=Decimal(100_000), idempotency_key=None),
        "AV015",
    ),
    "withdraw_from_plan": Case(
        of(ONE, plan_id=EMERGENCY, amount=Decimal(1000), idempotency_key=None),
        of(TWO, plan_id=EMERGENCY, amount=Decimal(1000), idempotency_key=None),
        "AV010",
    ),
    "get_plan_progress": Case(of(ONE, plan_id=EMERGENCY), of(TWO, plan_id=EMERGENCY)),
    "get_total_savings": Case(of(ONE), of(NOBODY), (Decimal("0.00"), Decimal("0.00"), 0)),
    "list_due_auto_saves": Case(
        lambda _: {"day": yesterday(), **FIRST_PLANS}, fixed(day=date(2000, 1, 1), **FIRST_PLANS)
    ),
    "run_auto_save_batch": Case(
        lambda _: {"day": yesterday(), "part": 0, "parts": 1}, fixed(day=date(2000, 1, 1), part=0, parts=1), "AV026"
    ),
    "list_plans_for_interest": Case(
        fixed(**FIRST_PLANS), fixed(after_user_id=LAST_USER, after_plan_id=LAST_USER, **PAGE), "any"
    ),
    "accrue_interest": Case(
        lambda _: {"day": yesterday(), "part": 0, "parts": 1}, fixed(day=date(2000, 1, 1), part=0, parts=1)
    ),
    "post_interest": Case(fixed(part=0, parts=1), fixed(part=1, parts=1), "22023"),
    "mature_plans": Case(
        lambda _: {"day": today(), "part": 0, "parts": 1}, fixed(day=date(2000, 1, 1), part=0, parts=1)
    ),
}

_HISTORY = {**ALL_TIME, "type": None, "status": None, **NEWEST_AT}
_EVENT = {
    "provider": "paystack", "event_id": "evt-2", "event_type": "funding_failed", "payload": {"event": "failed"},
    "provider_reference": "ref-x", "amount": None, "currency": None,
}  # fmt: skip
_WORK = {"operation": "send_report", "request": "{}"}
TRANSACTIONS = {
    "get_transaction": Case(pending("funding"), pending("funding", TWO)),
    "get_transaction_by_reference": Case(
        lambda w: {"user_id": ONE, "reference": w.reference}, lambda w: {"user_id": TWO, "reference": w.reference}
    ),
    "get_transaction_by_provider_reference": Case(
        fixed(provider="paystack", provider_reference="ref-funding"), fixed(provider="paystack", provider_reference="?")
    ),
    "list_user_transactions": Case(of(ONE, **NEWEST_AT), of(ONE, **BEFORE_AT)),
    "list_plan_transactions": Case(of(ONE, plan_id=EMERGENCY, **NEWEST_AT), of(TWO, plan_id=EMERGENCY, **NEWEST_AT)),
    "list_transactions_by_status": Case(
        of(ONE, status="pending", **NEWEST_AT), of(THREE, status="pending", **NEWEST_AT)
    ),
    "list_transactions_by_type": Case(of(ONE, type="contribution", **NEWEST_AT), of(ONE, type="penalty", **NEWEST_AT)),
    "list_transactions_by_source": Case(
        of(ONE, payment_source="wallet", **NEWEST_AT), of(ONE, payment_source="ussd", **NEWEST_AT)
    ),
    "get_transaction_history": Case(of(ONE, **_HISTORY), of(ONE, **(_HISTORY | {"type": "penalty"}))),
    "complete_transaction": Case(pending("withdrawal", TWO), pending("funding", TWO), "AV016"),
    "fail_transaction": Case(pending("funding", reason="refused"), pending("funding", TWO, reason="refused"), "AV016"),
    "cancel_transaction": Case(pending("withdrawal", TWO), pending("withdrawal"), "AV016"),
    "reverse_transaction": Case(
        lambda w: {"user_id": TWO, "transaction_id": w.contribution, "reason": "by mistake"},
        pending("paid", TWO, reason="by mistake"),
        "AV016",
    ),
    "charge_back_funding": Case(pending("paid", reason="stolen card"), pending("paid", TWO, reason="stolen"), "AV016"),
    "get_daily_transaction_total": Case(
        lambda _: {"user_id": ONE, "types": ["wallet_funding"], "day": today()},
        lambda _: {"user_id": NOBODY, "types": ["wallet_funding"], "day": today()},
    ),
    "get_monthly_transaction_total": Case(
        lambda _: {"user_id": ONE, "types": ["wallet_funding"], "day": today()},
        lambda _: {"user_id": ONE, "types": [], "day": today()},
    ),
    "get_withdrawal_usage": Case(of(TWO, plan_id=None), of(NOBODY, plan_id=NOBODY), "any"),
    "has_pending_withdrawal": Case(of(TWO), of(ONE)),
    "list_stale_transactions": Case(
        fixed(type="wallet_funding", older_than=timedelta(0), **FIRST_AT),
        fixed(type="wallet_funding", older_than=timedelta(days=999), **FIRST_AT),
    ),
    "claim_transactions_for_processing": Case(
        fixed(provider="paystack", **PAGE), fixed(provider="paystack", page_size=0), "any"
    ),
    "record_payment_event": Case(fixed(**_EVENT), fixed(**(_EVENT | {"event_type": "unheard of"})), "23514"),
    "process_payment_event": Case(lambda w: {"event_id": w.event}, fixed(event_id=NOBODY), "AV028"),
    "list_unprocessed_payment_events": Case(fixed(**FIRST_AT), fixed(**BEYOND_AT)),
    "reserve_idempotency_key": Case(
        of(TWO, key="key-of-nobody", **_WORK), of(TWO, key="key-contribution-1", **_WORK), "AV018"
    ),
    "complete_idempotency_key": Case(
        of(TWO, key="key-of-work", result_id=BUSINESS), of(TWO, key="key-contribution-1", result_id=BUSINESS)
    ),
    "delete_idempotency_keys": Case(
        lambda _: {"before_at": datetime.now(UTC) - timedelta(days=10), "page_size": 10},
        fixed(before_at=LONG_AGO, page_size=10),
    ),
}


def group(name: str, user: UUID = TWO, **arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": user, "group_id": getattr(w, name), **arguments}


_TERMS = {
    "group_name": "New group", "member_count": 3, "contribution_amount": Decimal(100),
    "contribution_frequency": "weekly",
    "rotation_order": None, "default_policy": None, "deposit_amount": None, "description": None, "is_private": None,
    "invite_code": None,
}  # fmt: skip
_UPDATE = {"group_name": None, "description": "All of us", "member_count": None, "is_private": None}
GROUPS = {
    "create_ajo_group": Case(of(TWO, **_TERMS), of(ONE, **_TERMS), "AV046"),
    "get_group": Case(of(ONE, group_id=FRIENDS), of(NOBODY, group_id=FRIENDS)),
    "get_group_by_invite_code": Case(fixed(invite_code="MARKET-01"), fixed(invite_code="NOTHING")),
    "list_user_groups": Case(of(ONE, after_group_id=None, **PAGE), of(NOBODY, after_group_id=None, **PAGE)),
    "list_open_groups": Case(fixed(**FIRST_AT), fixed(**BEYOND_AT)),
    "list_group_members": Case(of(ONE, group_id=FRIENDS, **FIRST), of(NOBODY, group_id=FRIENDS, **FIRST)),
    "update_group": Case(of(TWO, group_id=MARKET, **_UPDATE), of(ONE, group_id=MARKET, **_UPDATE), "AV031"),
    "cancel_group": Case(of(TWO, group_id=MARKET, reason="too few"), of(TWO, group_id=NOBODY, reason=None), "AV030"),
    "invite_member": Case(
        of(TWO, group_id=MARKET, invited_user_id=None, invited_phone=None, invited_email="friend@avdaily.test"),
        of(TWO, group_id=MARKET, invited_user_id=ONE, invited_phone=None, invited_email=None),
        "AV035",
    ),
    "accept_invitation": Case(
        lambda w: {"user_id": THREE, "invitation_id": w.invitation}, of(THREE, invitation_id=NOBODY), "AV037"
    ),
    "reject_invitation": Case(
        lambda w: {"user_id": THREE, "invitation_id": w.invitation}, of(THREE, invitation_id=NOBODY), "AV037"
    ),
    "revoke_invitation": Case(
        lambda w: {"user_id": TWO, "invitation_id": w.invitation}, of(TWO, invitation_id=NOBODY), "AV037"
    ),
    "list_user_invitations": Case(of(THREE, **FIRST), of(ONE, **FIRST)),
    "list_group_invitations": Case(of(TWO, group_id=MARKET, **NEWEST_AT), of(ONE, group_id=MARKET, **NEWEST_AT)),
    "list_group_rounds": Case(
        of(ONE, group_id=FRIENDS, after_round=None, **PAGE), of(NOBODY, group_id=FRIENDS, after_round=None, **PAGE)
    ),
    "list_user_contributions": Case(of(ONE, before_day=None, **NEWEST), of(NOBODY, before_day=None, **NEWEST)),
    "list_due_groups": Case(lambda _: {"day": today(), **FIRST}, fixed(day=date(2000, 1, 1), **FIRST)),
    "expire_invitations": Case(fixed(), fixed(), "any"),
    "join_group": Case(of(THREE, group_id=MARKET, invite_code=None), group("ready", THREE, invite_code=None), "AV033"),
    "leave_group": Case(of(ONE, group_id=MARKET, reason=None), of(THREE, group_id=MARKET, reason=None), "AV034"),
    "remove_member": Case(
        lambda w: {"user_id": TWO, "group_id": w.ready, "member_id": w.ready_member, "reason": "asked to"},
        of(TWO, group_id=MARKET, member_id=NOBODY, reason="asked to"),
        "AV034",
    ),
    "set_rotation_order": Case(
        lambda w: {"user_id": TWO, "group_id": w.manual, "member_ids": [w.manual_member, w.manual_organizer]},
        lambda w: {"user_id": TWO, "group_id": w.manual, "member_ids": [w.manual_member]},
        "AV039",
    ),
    "start_group": Case(group("ready", start_date=None), group("started", start_date=None), "AV032"),
    "open_round": Case(group("between"), group("ready"), "AV032"),
    "collect_round_contributions": Case(group("late"), group("ready"), "AV032"),
    "record_group_contribution": Case(group("owing", ONE, round=1), group("owing", THREE, round=1), "AV034"),
    "mark_defaults": Case(group("late"), group("ready"), "AV032"),
    "cover_default": Case(
        lambda w: {"user_id": TWO, "group_id": w.owing, "member_id": w.owing_member, "source": "deposit"},
        lambda w: {"user_id": TWO, "group_id": w.late, "member_id": w.late_member, "source": "deposit"},
        "AV049",
    ),
    "disburse_round_payout": Case(group("collected", round=1), group("late", round=1), "AV041"),
    "complete_group": Case(group("finished"), group("late"), "AV041"),
    "get_group_statement": Case(
        group("finished", ONE, **ALL_TIME, after_entry_id=None, **PAGE),
        group("finished", NOBODY, **ALL_TIME, after_entry_id=None, **PAGE),
    ),
    "get_group_balance": Case(group("finished", ONE), group("finished", NOBODY)),
}

RBAC = {
    "create_role": Case(
        of(ADMIN, name="helper", display_name="Helper", description=None),
        of(ONE, name="helper", display_name="Helper", description=None),
        "AV082",
        ADMIN,
    ),
    "get_role_by_name": Case(fixed(name="admin"), fixed(name="nobody")),
    "list_roles": Case(fixed(after_name=None, **PAGE), fixed(after_name="zzz", **PAGE)),
    "update_role": Case(
        of(ADMIN, name="auditor", display_name="Reader", description=None),
        of(ADMIN, name="nobody", display_name="Reader", description=None),
        actor=ADMIN,
    ),
    "delete_role": Case(of(ADMIN, name="auditor"), of(ADMIN, name="nobody"), actor=ADMIN),
    "create_permission": Case(
        of(ADMIN, resource="reports", action="send", display_name="Send reports", description=None),
        of(ONE, resource="reports", action="send", display_name="Send reports", description=None),
        "AV082",
        ADMIN,
    ),
    "list_permissions": Case(fixed(after_name=None, **PAGE), fixed(after_name="zzz", **PAGE)),
    "grant_role_permission": Case(
        of(ADMIN, role="auditor", permission="wallet:read"),
        of(ADMIN, role="auditor", permission="user:read"),
        actor=ADMIN,
    ),
    "revoke_role_permission": Case(
        of(ADMIN, role="auditor", permission="user:read"),
        of(ADMIN, role="auditor", permission="wallet:read"),
        actor=ADMIN,
    ),
    "list_role_permissions": Case(
        fixed(role="admin", after_name=None, **PAGE), fixed(role="?", after_name=None, **PAGE)
    ),
    "assign_role": Case(
        of(ONE, role="auditor", assigned_by=ADMIN, expires_at=None),
        of(ONE, role="nobody", assigned_by=ADMIN, expires_at=None),
        "AV083",
        ADMIN,
    ),
    "revoke_role": Case(of(ONE, role="user", revoked_by=ADMIN), of(ONE, role="auditor", revoked_by=ADMIN), actor=ADMIN),
    "grant_user_permission": Case(
        of(ONE, permission="analytics:read", assigned_by=ADMIN, expires_at=LATER),
        of(ONE, permission="analytics:read", assigned_by=ADMIN, expires_at=LONG_AGO),
        "AV084",
        ADMIN,
    ),
    "revoke_user_permission": Case(
        of(TWO, permission="analytics:read", revoked_by=ADMIN),
        of(ONE, permission="analytics:read", revoked_by=ADMIN),
        actor=ADMIN,
    ),
    "get_effective_permissions": Case(of(ONE, **FIRST_NAME), of(NOBODY, **FIRST_NAME)),
    "has_permission": Case(of(ADMIN, permission="admin:users"), of(ONE, permission="admin:users")),
    "list_user_roles": Case(of(ONE, **FIRST_NAME), of(NOBODY, **FIRST_NAME)),
}

_REWARD = {
    "reward_type": "points", "reward_name": "Faithful", "grant_key": "faithful", "value": None, "points": 5,
    "expires_at": None, "granted_by": None, "description": None, "metadata": {"from": "tests"},
}  # fmt: skip
ANALYTICS = {
    "get_user_analytics": Case(of(ONE), of(NOBODY)),
    "refresh_user_analytics": Case(of(ONE), of(NOBODY), "AV050"),
    "upsert_daily_analytics": Case(
        lambda _: {"day": yesterday(), "currency": "NGN"}, lambda _: {"day": yesterday(), "currency": "naira"}, "23514"
    ),
    "get_daily_analytics": Case(
        lambda _: {"from_day": yesterday(), "until_day": today(), "currency": "NGN", **PAGE},
        lambda _: {"from_day": yesterday(), "until_day": today(), "currency": "USD", **PAGE},
    ),
    "record_milestone": Case(of(TWO), of(ONE)),
    "list_milestones": Case(of(ONE, **NEWEST_AT), of(NOBODY, **NEWEST_AT)),
    "grant_reward": Case(of(ONE, **_REWARD), of(NOBODY, **_REWARD), "AV050"),
    "redeem_reward": Case(lambda w: {"user_id": ONE, "reward_id": w.reward}, of(ONE, reward_id=NOBODY), "AV067"),
    "expire_rewards": Case(fixed(page_size=10), fixed(page_size=0)),
    "list_rewards": Case(of(ONE, **NEWEST_AT), of(TWO, **NEWEST_AT)),
    "get_reward_points": Case(of(ONE), of(NOBODY), "any"),
    "get_contribution_trend": Case(
        lambda _: {"user_id": ONE, "from_day": today() - timedelta(days=40), "until_day": today()},
        lambda _: {"user_id": ONE, "from_day": today(), "until_day": today()},
    ),
    "get_spending_breakdown": Case(
        of(ONE, from_at=LATER - timedelta(days=99_999 // 3), until_at=LATER), of(NOBODY, **ALL_TIME)
    ),
    "get_leaderboard_streaks": Case(
        fixed(below_streak=None, below_user_id=None, **PAGE), fixed(below_streak=1, below_user_id=UUID(int=0), **PAGE)
    ),
}


def message(**arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": ONE, "notification_id": w.message, "created_at": w.message_at, **arguments}


def waiting(**arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": ONE, "notification_id": w.waiting, "created_at": w.waiting_at, **arguments}


def no_message(**arguments: object) -> Callable[[World], dict[str, object]]:
    return lambda w: {"user_id": ONE, "notification_id": NOBODY, "created_at": w.message_at, **arguments}


_TEXT = {"type": "milestone", "title": "Well done", "message": "You saved.", "data": {"plan": "x"}}
_WISHES = {
    "push_enabled": False, "push_contribution_reminders": None, "push_milestones": None, "push_group_activity": None,
    "push_payment_updates": None, "sms_enabled": None, "sms_contribution_reminders": None, "sms_milestones": True,
    "sms_payment_updates": None, "email_enabled": None, "email_weekly_report": None, "email_milestones": None,
    "email_group_activity": None, "email_payment_updates": None, "quiet_hours_enabled": None,
    "quiet_hours_start": time(22), "quiet_hours_end": time(7),
}  # fmt: skip
_SCHEDULE = {**_TEXT, "channel": "push", "recurring_pattern": "daily"}
NOTIFICATIONS = {
    "create_notification": Case(of(ONE, channel="in_app", **_TEXT), of(ONE, channel="sms", **_TEXT)),
    "list_notifications": Case(of(ONE, **NEWEST_AT), of(NOBODY, **NEWEST_AT)),
    "count_unread": Case(of(ONE), of(NOBODY)),
    "mark_notification_read": Case(message(), no_message()),
    "mark_all_read": Case(of(ONE), of(NOBODY)),
    "get_notification_preferences": Case(of(ONE), of(NOBODY)),
    "upsert_notification_preferences": Case(of(ONE, **_WISHES), of(NOBODY, **_WISHES), "23503"),
    "register_push_token": Case(
        of(TWO, token="token-of-a-phone", platform="android", device_id=None, device_name=None),
        of(TWO, token="token-of-a-fridge", platform="fridge", device_id=None, device_name=None),
        "23514",
    ),
    "deactivate_push_token": Case(of(ONE, token="token-of-a-phone"), of(TWO, token="token-of-a-phone")),
    "list_active_push_tokens": Case(of(ONE, **FIRST), of(TWO, **FIRST)),
    "schedule_notification": Case(
        of(ONE, scheduled_for=LATER, **_SCHEDULE), of(NOBODY, scheduled_for=LATER, **_SCHEDULE), "AV050"
    ),
    "cancel_scheduled_notification": Case(
        lambda w: {"user_id": ONE, "scheduled_notification_id": w.scheduled},
        lambda w: {"user_id": TWO, "scheduled_notification_id": w.scheduled},
    ),
    "claim_due_notifications": Case(
        fixed(lease=timedelta(minutes=5), page_size=10), fixed(lease=timedelta(minutes=5), page_size=0), "22023"
    ),
    "mark_notification_sent": Case(waiting(), no_message()),
    "mark_notification_failed": Case(waiting(reason="no signal"), no_message(reason="no signal")),
    "reschedule_recurring": Case(fixed(page_size=10), fixed(page_size=0), "any"),
}

_AUDIT = {
    "action": "report.sent", "resource": "report", "resource_id": None, "status": None, "subject_user_id": None,
    "metadata": None, "ip_address": "10.0.0.1", "user_agent": None, "error_message": None,
}  # fmt: skip
_NO_TIME = {"from_at": LONG_AGO, "until_at": LONG_AGO, **NEWEST_AT}
AUDIT = {
    "record_audit_event": Case(
        of(ADMIN, **_AUDIT), of(ADMIN, **(_AUDIT | {"metadata": {"not a key of the list": "x"}})), "AV085", ADMIN
    ),
    "list_audit_events": Case(fixed(**ALL_TIME, **NEWEST_AT), fixed(**_NO_TIME)),
    "list_user_audit_events": Case(of(ADMIN, **ALL_TIME, **NEWEST_AT), of(ADMIN, **_NO_TIME)),
    "list_subject_audit_events": Case(
        lambda w: {"subject_user_id": w.suspended, **ALL_TIME, **NEWEST_AT},
        lambda w: {"subject_user_id": w.suspended, **_NO_TIME},
    ),
    "list_resource_audit_events": Case(
        lambda w: {"resource_id": w.role, **ALL_TIME, **NEWEST_AT}, lambda w: {"resource_id": w.role, **_NO_TIME}
    ),
    "seal_audit_log": Case(fixed(page_size=10), fixed(page_size=0), "22023"),
    "verify_audit_chain": Case(fixed(head_id=None, head_hash=None), fixed(head_id=10**9, head_hash=SECRET_32), "any"),
    "check_integrity": Case(fixed(), fixed(), "any"),
    "reconcile_wallets": Case(fixed(), fixed(), "any"),
    "reconcile_plans": Case(fixed(), fixed(), "any"),
    "trial_balance": Case(fixed(), fixed(), "any"),
}

_LONG = timedelta(days=999)
OPS = {
    name: Case(fixed(), fixed(), "any")
    for name in (
        "list_sessions", "list_blocked_sessions", "list_locks", "list_table_sizes", "list_index_sizes",
        "list_unused_indexes", "list_duplicate_indexes", "list_bloat", "get_cache_hits", "list_vacuum_state",
        "list_replication_lag", "list_sequence_usage",
    )
} | {
    "list_long_queries": Case(fixed(longer_than=timedelta(0)), fixed(longer_than=_LONG)),
    "list_long_transactions": Case(fixed(longer_than=timedelta(0)), fixed(longer_than=_LONG)),
}  # fmt: skip

# Empty in a healthy database on a quiet server; tests of their own provoke what they list.
MAY_BE_EMPTY = {
    "list_blocked_sessions", "list_duplicate_indexes", "list_replication_lag", "list_long_queries",
    "list_long_transactions", "list_locks", "list_sessions",
}  # fmt: skip

CASES = AUTH | KYC | WALLETS | SAVINGS | TRANSACTIONS | GROUPS | RBAC | ANALYTICS | NOTIFICATIONS | AUDIT | OPS
assert BUSINESS
