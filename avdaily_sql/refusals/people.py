"""What functions of people refuse: accounts, proof of identity, rewards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avdaily_sql.refusals.base import Refusal

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class UserNotFound(Refusal, code="AV050"):
    """User not found: every function of a user: unknown, or no id given."""

    user_id: UUID


class UserDeactivated(Refusal, code="AV051"):
    """User deactivated: what only an active user can be given or do."""

    user_id: UUID


class UserSuspended(Refusal, code="AV052"):
    """User suspended: what a suspended user cannot do: create_session, submit_kyc_*, approve_kyc, register_push_token,
    grant_reward, redeem_reward.
    """

    user_id: UUID


class AlreadySuspended(Refusal, code="AV053"):
    """Already suspended: suspend_user."""

    user_id: UUID


class NotSuspended(Refusal, code="AV054"):
    """Not suspended: reinstate_user."""

    user_id: UUID


class ReasonLength(Refusal, code="AV055"):
    """Reason length: suspend_user (10 to 500 characters), reject_kyc (1 to 500)."""

    minimum: int
    maximum: int
    given: int


class EmailTaken(Refusal, code="AV056"):
    """Email taken: register_user."""

    field: str


class PhoneTaken(Refusal, code="AV057"):
    """Phone taken: register_user."""

    field: str


class NotDeactivated(Refusal, code="AV058"):
    """Not deactivated: reactivate_user: active, unknown or anonymised."""

    user_id: UUID


class PhoneOfAnother(Refusal, code="AV059"):
    """Phone of another: verify_phone_otp: the number is not the user's."""

    user_id: UUID


class KycTierStep(Refusal, code="AV060"):
    """Kyc tier step: submit_kyc_tier1, submit_kyc_tier2, approve_kyc: not the next tier."""

    user_id: UUID
    current_tier: int
    tier: int


class KycRequestOpen(Refusal, code="AV061"):
    """Kyc request open: submit_kyc_tier1, submit_kyc_tier2."""

    user_id: UUID
    tier: int


class KycRequestNotOpen(Refusal, code="AV062"):
    """Kyc request not open: start_kyc_review, approve_kyc, reject_kyc: decided, unknown or another user's."""

    user_id: UUID
    kyc_id: UUID
    status: str | None


class KycSelfReview(Refusal, code="AV063"):
    """Kyc self review: start_kyc_review, approve_kyc, reject_kyc."""

    user_id: UUID


class KycIncomplete(Refusal, code="AV064"):
    """Kyc incomplete: submit_kyc_tier1, submit_kyc_tier2."""

    tier: int
    missing: Any


class KycDocumentTaken(Refusal, code="AV065"):
    """Kyc document taken: approve_kyc: the document was approved for another user."""

    kyc_id: UUID
    tier: int


class RewardGrantConflict(Refusal, code="AV066"):
    """Reward grant conflict: grant_reward: the grant key stands for another reward."""

    grant_key: str
    reward_id: UUID


class RewardNotFound(Refusal, code="AV067"):
    """Reward not found: redeem_reward: unknown or another user's."""

    user_id: UUID
    reward_id: UUID


class RewardNotActive(Refusal, code="AV068"):
    """Reward not active: redeem_reward: redeemed or expired."""

    reward_id: UUID
    status: str


class RewardExpired(Refusal, code="AV069"):
    """Reward expired: redeem_reward: its end has come."""

    reward_id: UUID
    expires_at: datetime


class AnonymisationBlocked(Refusal, code="AV070"):
    """Anonymisation blocked: anonymise_user: money or promises are left."""

    user_id: UUID
    blockers: list[str]


class AlreadyAnonymised(Refusal, code="AV071"):
    """Already anonymised: anonymise_user."""

    user_id: UUID
    anonymised_at: datetime


class RoleUserMissing(Refusal, code="AV072"):
    """Role user missing: register_user: the role "user" was not seeded."""

    role: str
