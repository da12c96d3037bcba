"""What functions of money refuse; the words after each name say which functions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.refusals.base import Refusal

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID


class InsufficientFunds(Refusal, code="AV001"):
    """Insufficient funds: every function that debits a wallet or a plan."""

    needed: Decimal
    available: Decimal


class WalletNotFound(Refusal, code="AV002"):
    """Wallet not found: every function that needs the user's wallet."""

    user_id: UUID


class WalletFrozen(Refusal, code="AV003"):
    """Wallet frozen: every function that debits a wallet for its owner."""

    user_id: UUID


class UserInactive(Refusal, code="AV004"):
    """User inactive: every function that acts for a user: unknown, deactivated or suspended."""

    user_id: UUID
    reason: str


class CurrencyMismatch(Refusal, code="AV005"):
    """Currency mismatch: open_wallet, request_funding, post_transfer."""

    expected: str
    given: str


class AmountOutOfBounds(Refusal, code="AV006"):
    """Amount out of bounds: request_funding, post_withdrawal_hold, create_savings_plan, update_plan_settings."""

    needed: Decimal
    minimum: Decimal
    maximum: Decimal


class SingleLimitExceeded(Refusal, code="AV007"):
    """Single limit exceeded: request_funding, post_contribution, post_transfer, post_withdrawal_hold."""

    limit: str
    maximum: Decimal
    used: Decimal
    needed: Decimal


class PeriodLimitExceeded(Refusal, code="AV008"):
    """Period limit exceeded: post_transfer, post_withdrawal_hold, post_wallet_debit (group contributions)."""

    limit: str
    maximum: Decimal
    used: Decimal
    needed: Decimal


class WithdrawalLimitExceeded(Refusal, code="AV009"):
    """Withdrawal limit exceeded: post_withdrawal_hold."""

    limit: str
    maximum: Decimal
    used: Decimal
    needed: Decimal


class PlanNotFound(Refusal, code="AV010"):
    """Plan not found: every function of a plan; another user's plan too."""

    plan_id: UUID


class PlanStatusRefused(Refusal, code="AV011"):
    """Plan status refused: every function of a plan."""

    plan_id: UUID
    status: str
    needed: str


class PlanVersionConflict(Refusal, code="AV012"):
    """Plan version conflict: update_plan_settings, pause_plan, resume_plan, complete_plan, post_plan_cancellation."""

    plan_id: UUID
    expected: int
    actual: int


class TooManyPlans(Refusal, code="AV013"):
    """Too many plans: create_savings_plan."""

    tier: int
    plans: int
    maximum: int


class PlanNotMature(Refusal, code="AV014"):
    """Plan not mature: complete_plan."""

    plan_id: UUID
    current: Decimal
    target: Decimal
    end_date: date


class TargetExceeded(Refusal, code="AV015"):
    """Target exceeded: post_contribution."""

    plan_id: UUID
    needed: Decimal
    remaining: Decimal


class TransactionNotFound(Refusal, code="AV016"):
    """Transaction not found: every function that names a transaction; another user's too."""

    transaction_id: UUID


class TransactionStatusRefused(Refusal, code="AV017"):
    """Transaction status refused: post_funding, fail_funding, post_withdrawal_settlement, post_withdrawal_void,
    post_withdrawal_cancellation, post_reversal, post_chargeback.
    """

    transaction_id: UUID
    status: str
    needed: str


class IdempotencyConflict(Refusal, code="AV018"):
    """Idempotency conflict: every function with p_idempotency_key; post_deposit; reserve_idempotency_key."""

    key: str


class BankAccountUnusable(Refusal, code="AV019"):
    """Bank account unusable: post_withdrawal_hold."""

    bank_account_id: UUID
    reason: str


class NotReversible(Refusal, code="AV020"):
    """Not reversible: post_reversal, post_chargeback."""

    transaction_id: UUID
    type: str
    reason: str


class DebtOutstanding(Refusal, code="AV021"):
    """Debt outstanding: every function that debits a wallet for its owner, after a chargeback."""

    owed: Decimal


class RecipientUnavailable(Refusal, code="AV022"):
    """Recipient unavailable: post_transfer; one answer for unknown, inactive and frozen."""

    recipient_id: UUID


class OwnWallet(Refusal, code="AV023"):
    """Own wallet: post_transfer."""

    user_id: UUID


class MinimumBalanceKept(Refusal, code="AV024"):
    """Minimum balance kept: post_plan_withdrawal."""

    plan_id: UUID
    minimum: Decimal
    remaining: Decimal


class WithdrawalSent(Refusal, code="AV025"):
    """Withdrawal sent: post_withdrawal_cancellation."""

    transaction_id: UUID
    provider: str


class DayRefused(Refusal, code="AV026"):
    """Day refused: post_auto_saves, accrue_interest, mature_plans."""

    day: date | None = None
    today: date | None = None
    over_at: datetime | None = None


class DebtExceeded(Refusal, code="AV027"):
    """Debt exceeded: post_debt_repayment."""

    owed: Decimal
    needed: Decimal


class EventNotFound(Refusal, code="AV028"):
    """Event not found: process_payment_event."""

    event_id: UUID
