"""What functions of rotating savings groups refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.refusals.base import Refusal

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID


class GroupNotFound(Refusal, code="AV030"):
    """Group not found: every function of groups."""

    group_id: UUID


class NotOrganizer(Refusal, code="AV031"):
    """Not organizer: what only the organizer may: update, invite, set_rotation_order, start, open, collect, mark
    defaults, cover, disburse, complete, remove.
    """

    group_id: UUID
    user_id: UUID


class GroupStatus(Refusal, code="AV032"):
    """Group status: whatever does not fit the group's state."""

    group_id: UUID
    status: str
    allowed: list[str]


class GroupFull(Refusal, code="AV033"):
    """Group full: join_ajo_group, accept_group_invitation."""

    group_id: UUID
    capacity: int


class NotAMember(Refusal, code="AV034"):
    """Not a member: leave_ajo_group, record_group_contribution, remove_group_member."""

    group_id: UUID
    user_id: UUID


class MembershipExists(Refusal, code="AV035"):
    """Membership exists: joining after a removal; inviting a member."""

    group_id: UUID
    member_id: UUID
    status: str


class InvitationNeeded(Refusal, code="AV036"):
    """Invitation needed: join_ajo_group: a private group without its code."""

    group_id: UUID


class InvitationNotFound(Refusal, code="AV037"):
    """Invitation not found: accept, reject, revoke: none, or addressed to somebody else."""

    invitation_id: UUID


class InvitationClosed(Refusal, code="AV038"):
    """Invitation closed: accept, reject, revoke: expired or answered."""

    invitation_id: UUID
    status: str
    expires_at: datetime


class RotationInvalid(Refusal, code="AV039"):
    """Rotation invalid: set_rotation_order, start_ajo_group: not each member once, or fewer than two."""

    group_id: UUID
    members: int
    reason: str


class RoundNotOpen(Refusal, code="AV040"):
    """Round not open: collect, disburse: another round, or none, is open."""

    group_id: UUID
    round: int
    current_round: int
    status: str | None


class RoundIncomplete(Refusal, code="AV041"):
    """Round incomplete: disburse: a contribution is missing; complete: rounds to go."""

    group_id: UUID | None = None
    round: int | None = None
    expected: Decimal | None = None
    collected: Decimal | None = None
    rounds_left: int | None = None


class RoundNotDue(Refusal, code="AV042"):
    """Round not due: collect, disburse before the due date (Africa/Lagos)."""

    group_id: UUID
    round: int
    due_date: date
    today: date


class MemberOwes(Refusal, code="AV043"):
    """Member owes: leave, remove during a rotation; cancel by the organizer after a payout."""

    group_id: UUID | None = None
    member_id: UUID | None = None
    owed: Decimal | None = None
    has_received_payout: bool | None = None


class StartDateInvalid(Refusal, code="AV044"):
    """Start date invalid: start_ajo_group: before today or more than 90 days ahead."""

    start_date: date
    earliest: date
    latest: date


class GroupNameTaken(Refusal, code="AV045"):
    """Group name taken: create_ajo_group: an open group of that name with other terms."""

    group_id: UUID
    group_name: str


class TierTooLow(Refusal, code="AV046"):
    """Tier too low: create (tier 2), join (tier 1, and one contribution within a day's limit)."""

    tier: int
    needed: int
    amount: Decimal


class CannotCover(Refusal, code="AV047"):
    """Cannot cover: cover_group_default: deposit too low, or no such source."""

    source: str
    needed: Decimal
    deposit: Decimal


class OrganizerStays(Refusal, code="AV048"):
    """Organizer stays: leave, remove: the organizer."""

    group_id: UUID
    member_id: UUID


class NothingToPay(Refusal, code="AV049"):
    """Nothing to pay: record_group_contribution, cover_group_default."""

    group_id: UUID
    round: int
    status: str | None
