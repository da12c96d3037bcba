"""Written by `avdaily-sql queries stubs` from the SQL files and a migrated database; do not edit."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import date as _date, datetime as _datetime, time as _time, timedelta as _timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple, overload
from uuid import UUID
from psycopg import AsyncConnection, Connection
from psycopg.types.json import Json, Jsonb
from avdaily_sql.queries.library import Library, ReloadingLibrary

def load(directory: str | PathLike[str], *, reload: bool | None = None) -> Library | ReloadingLibrary: ...
def own_directory() -> Path: ...


class GetUserAnalyticsRow(NamedTuple):
    total_saved: Decimal
    total_withdrawn: Decimal
    total_interest_earned: Decimal
    current_streak: int
    longest_streak: int
    total_contributions: int
    completed_plans: int
    active_plans: int
    currency: str
    last_contribution_date: _date | None
    updated_at: _datetime

class _GetUserAnalytics:  # sql/queries/analytics.sql:4
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetUserAnalyticsRow | None:
        """The figures of a user as they were last computed."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetUserAnalyticsRow | None]:
        """The figures of a user as they were last computed."""

get_user_analytics: Final[_GetUserAnalytics]

class RefreshUserAnalyticsRow(NamedTuple):
    total_saved: Decimal
    total_withdrawn: Decimal
    total_interest_earned: Decimal
    current_streak: int
    longest_streak: int
    total_contributions: int
    completed_plans: int
    active_plans: int
    currency: str
    last_contribution_date: _date | None
    updated_at: _datetime

class _RefreshUserAnalytics:  # sql/queries/analytics.sql:11
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> RefreshUserAnalyticsRow:
        """Computes the figures of a user and returns them."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[RefreshUserAnalyticsRow]:
        """Computes the figures of a user and returns them."""

refresh_user_analytics: Final[_RefreshUserAnalytics]

class UpsertDailyAnalyticsRow(NamedTuple):
    date: _date
    currency: str
    total_users: int
    active_users: int
    new_users: int
    total_contributions: int
    total_contribution_amount: Decimal
    total_withdrawals: int
    total_withdrawal_amount: Decimal

class _UpsertDailyAnalytics:  # sql/queries/analytics.sql:19
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], day: _date, currency: str) -> UpsertDailyAnalyticsRow:
        """Computes the figures of one day in Lagos, keeps and returns them."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], day: _date, currency: str) -> Awaitable[UpsertDailyAnalyticsRow]:
        """Computes the figures of one day in Lagos, keeps and returns them."""

upsert_daily_analytics: Final[_UpsertDailyAnalytics]

class GetDailyAnalyticsRow(NamedTuple):
    date: _date
    currency: str
    total_users: int
    active_users: int
    new_users: int
    total_savings_plans: int
    active_savings_plans: int
    total_contributions: int
    total_contribution_amount: Decimal
    total_withdrawals: int
    total_withdrawal_amount: Decimal
    active_ajo_groups: int

class _GetDailyAnalytics:  # sql/queries/analytics.sql:27
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        from_day: _date,
        until_day: _date,
        currency: str,
        page_size: int | None,
    ) -> list[GetDailyAnalyticsRow]:
        """The kept figures of days, from_day <= day < until_day, in their order."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        from_day: _date,
        until_day: _date,
        currency: str,
        page_size: int | None,
    ) -> Awaitable[list[GetDailyAnalyticsRow]]:
        """The kept figures of days, from_day <= day < until_day, in their order."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        from_day: _date,
        until_day: _date,
        currency: str,
        page_size: int | None,
    ) -> Iterator[GetDailyAnalyticsRow]:
        """The kept figures of days, from_day <= day < until_day, in their order.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        from_day: _date,
        until_day: _date,
        currency: str,
        page_size: int | None,
    ) -> AsyncIterator[GetDailyAnalyticsRow]:
        """The kept figures of days, from_day <= day < until_day, in their order.

        Yields the rows as they arrive.
        """

get_daily_analytics: Final[_GetDailyAnalytics]

class RecordMilestoneRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    milestone_type: str
    milestone_name: str
    description: str | None
    reward_points: int
    achieved_at: _datetime

class _RecordMilestone:  # sql/queries/analytics.sql:37
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> list[RecordMilestoneRow]:
        """Records every milestone that the user has reached by now; returns those that are new."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[list[RecordMilestoneRow]]:
        """Records every milestone that the user has reached by now; returns those that are new."""
    @overload
    def stream(self, conn: Connection[Any], user_id: UUID) -> Iterator[RecordMilestoneRow]:
        """Records every milestone that the user has reached by now; returns those that are new.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any], user_id: UUID) -> AsyncIterator[RecordMilestoneRow]:
        """Records every milestone that the user has reached by now; returns those that are new.

        Yields the rows as they arrive.
        """

record_milestone: Final[_RecordMilestone]

class ListMilestonesRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    milestone_type: str
    milestone_name: str
    description: str | None
    badge_icon: str | None
    reward_points: int
    achieved_at: _datetime

class _ListMilestones:  # sql/queries/analytics.sql:45
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListMilestonesRow]:
        """What the user has reached, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListMilestonesRow]]:
        """What the user has reached, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListMilestonesRow]:
        """What the user has reached, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListMilestonesRow]:
        """What the user has reached, newest first.

        Yields the rows as they arrive.
        """

list_milestones: Final[_ListMilestones]

class _GrantReward:  # sql/queries/analytics.sql:56
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        reward_type: str,
        reward_name: str,
        grant_key: str,
        value: Decimal | int | None,
        points: int | None,
        expires_at: _datetime | None,
        granted_by: UUID | None,
        description: str | None,
        metadata: dict[str, Any] | Json | Jsonb | None,
    ) -> UUID:
        """Gives a reward and returns its id; the same grant key again gives the same id."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        reward_type: str,
        reward_name: str,
        grant_key: str,
        value: Decimal | int | None,
        points: int | None,
        expires_at: _datetime | None,
        granted_by: UUID | None,
        description: str | None,
        metadata: dict[str, Any] | Json | Jsonb | None,
    ) -> Awaitable[UUID]:
        """Gives a reward and returns its id; the same grant key again gives the same id."""

grant_reward: Final[_GrantReward]

class RedeemRewardRow(NamedTuple):
    id: UUID
    reward_type: str
    reward_name: str
    value: Decimal | None
    points: int
    status: str
    redeemed_at: _datetime | None
    transaction_id: UUID | None

class _RedeemReward:  # sql/queries/analytics.sql:65
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, reward_id: UUID) -> RedeemRewardRow:
        """Redeems an active reward, once; a cashback goes into the wallet."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, reward_id: UUID) -> Awaitable[RedeemRewardRow]:
        """Redeems an active reward, once; a cashback goes into the wallet."""

redeem_reward: Final[_RedeemReward]

class _ExpireRewards:  # sql/queries/analytics.sql:71
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], page_size: int | None) -> int:
        """Closes rewards whose end has come; returns how many. Call it until it returns 0."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], page_size: int | None) -> Awaitable[int]:
        """Closes rewards whose end has come; returns how many. Call it until it returns 0."""

expire_rewards: Final[_ExpireRewards]

class ListRewardsRow(NamedTuple):
    id: UUID
    reward_type: str
    reward_name: str
    description: str | None
    value: Decimal | None
    currency: str
    points: int
    status: str
    expires_at: _datetime | None
    redeemed_at: _datetime | None
    created_at: _datetime

class _ListRewards:  # sql/queries/analytics.sql:76
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListRewardsRow]:
        """The user's rewards, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListRewardsRow]]:
        """The user's rewards, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListRewardsRow]:
        """The user's rewards, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListRewardsRow]:
        """The user's rewards, newest first.

        Yields the rows as they arrive.
        """

list_rewards: Final[_ListRewards]

class GetRewardPointsRow(NamedTuple):
    contribution_points: int | None
    plan_points: int | None
    streak_points: int | None
    average_streak_points: int | None
    milestone_points: int | None
    reward_points: int | None
    total_points: int
    tier: str
    next_tier_at: int | None

class _GetRewardPoints:  # sql/queries/analytics.sql:88
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetRewardPointsRow:
        """The user's points by where they come from, the tier, and where the next one begins."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetRewardPointsRow]:
        """The user's points by where they come from, the tier, and where the next one begins."""

get_reward_points: Final[_GetRewardPoints]

class GetContributionTrendRow(NamedTuple):
    day: _date | None
    amount: Decimal
    contributions: int

class _GetContributionTrend:  # sql/queries/analytics.sql:96
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_day: _date,
        until_day: _date,
    ) -> list[GetContributionTrendRow]:
        """What the user saved on each day in Lagos, from_day <= day < until_day, at most 400 days; days without saving are 0.
        What was reversed does not count.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_day: _date,
        until_day: _date,
    ) -> Awaitable[list[GetContributionTrendRow]]:
        """What the user saved on each day in Lagos, from_day <= day < until_day, at most 400 days; days without saving are 0.
        What was reversed does not count.
        """
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_day: _date,
        until_day: _date,
    ) -> Iterator[GetContributionTrendRow]:
        """What the user saved on each day in Lagos, from_day <= day < until_day, at most 400 days; days without saving are 0.
        What was reversed does not count.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_day: _date,
        until_day: _date,
    ) -> AsyncIterator[GetContributionTrendRow]:
        """What the user saved on each day in Lagos, from_day <= day < until_day, at most 400 days; days without saving are 0.
        What was reversed does not count.

        Yields the rows as they arrive.
        """

get_contribution_trend: Final[_GetContributionTrend]

class GetSpendingBreakdownRow(NamedTuple):
    type: str
    amount: Decimal
    transactions: int
    previous_amount: Decimal
    trend: str

class _GetSpendingBreakdown:  # sql/queries/analytics.sql:113
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> list[GetSpendingBreakdownRow]:
        """The user's completed transactions of a period by type, beside the period of the same length before it;
        a difference of up to five per cent is stable. What was reversed does not count, nor does the reversal. A transfer
        from somebody else is a type of its own, transfer_received.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> Awaitable[list[GetSpendingBreakdownRow]]:
        """The user's completed transactions of a period by type, beside the period of the same length before it;
        a difference of up to five per cent is stable. What was reversed does not count, nor does the reversal. A transfer
        from somebody else is a type of its own, transfer_received.
        """
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> Iterator[GetSpendingBreakdownRow]:
        """The user's completed transactions of a period by type, beside the period of the same length before it;
        a difference of up to five per cent is stable. What was reversed does not count, nor does the reversal. A transfer
        from somebody else is a type of its own, transfer_received.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> AsyncIterator[GetSpendingBreakdownRow]:
        """The user's completed transactions of a period by type, beside the period of the same length before it;
        a difference of up to five per cent is stable. What was reversed does not count, nor does the reversal. A transfer
        from somebody else is a type of its own, transfer_received.

        Yields the rows as they arrive.
        """

get_spending_breakdown: Final[_GetSpendingBreakdown]

class GetLeaderboardStreaksRow(NamedTuple):
    user_id: UUID
    name: str
    current_streak: int
    longest_streak: int

class _GetLeaderboardStreaks:  # sql/queries/analytics.sql:140
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        below_streak: int | None,
        below_user_id: UUID | None,
        page_size: int | None,
    ) -> list[GetLeaderboardStreaksRow]:
        """Active users by the days in a row on which they have saved, up to today or yesterday; most first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        below_streak: int | None,
        below_user_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[GetLeaderboardStreaksRow]]:
        """Active users by the days in a row on which they have saved, up to today or yesterday; most first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        below_streak: int | None,
        below_user_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[GetLeaderboardStreaksRow]:
        """Active users by the days in a row on which they have saved, up to today or yesterday; most first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        below_streak: int | None,
        below_user_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[GetLeaderboardStreaksRow]:
        """Active users by the days in a row on which they have saved, up to today or yesterday; most first.

        Yields the rows as they arrive.
        """

get_leaderboard_streaks: Final[_GetLeaderboardStreaks]

class _RecordAuditEvent:  # sql/queries/audit.sql:4
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID | None,
        action: str,
        resource: str,
        resource_id: UUID | None,
        status: str | None,
        subject_user_id: UUID | None,
        metadata: dict[str, Any] | Json | Jsonb | None,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
        error_message: str | None,
    ) -> int:
        """Notes what somebody did to what; returns the number of the row. No personal data in the metadata."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID | None,
        action: str,
        resource: str,
        resource_id: UUID | None,
        status: str | None,
        subject_user_id: UUID | None,
        metadata: dict[str, Any] | Json | Jsonb | None,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
        error_message: str | None,
    ) -> Awaitable[int]:
        """Notes what somebody did to what; returns the number of the row. No personal data in the metadata."""

record_audit_event: Final[_RecordAuditEvent]

class ListAuditEventsRow(NamedTuple):
    id: int
    user_id: UUID | None
    subject_user_id: UUID | None
    action: str
    resource: str
    resource_id: UUID | None
    status: str
    ip_address: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface | None
    metadata: Any
    error_message: str | None
    created_at: _datetime

class _ListAuditEvents:  # sql/queries/audit.sql:15
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> list[ListAuditEventsRow]:
        """Everything that was noted in a period, from_at <= time < until_at, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Awaitable[list[ListAuditEventsRow]]:
        """Everything that was noted in a period, from_at <= time < until_at, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Iterator[ListAuditEventsRow]:
        """Everything that was noted in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> AsyncIterator[ListAuditEventsRow]:
        """Everything that was noted in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """

list_audit_events: Final[_ListAuditEvents]

class ListUserAuditEventsRow(NamedTuple):
    id: int
    subject_user_id: UUID | None
    action: str
    resource: str
    resource_id: UUID | None
    status: str
    ip_address: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface | None
    metadata: Any
    error_message: str | None
    created_at: _datetime

class _ListUserAuditEvents:  # sql/queries/audit.sql:27
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> list[ListUserAuditEventsRow]:
        """What a user did in a period, from_at <= time < until_at, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserAuditEventsRow]]:
        """What a user did in a period, from_at <= time < until_at, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Iterator[ListUserAuditEventsRow]:
        """What a user did in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserAuditEventsRow]:
        """What a user did in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """

list_user_audit_events: Final[_ListUserAuditEvents]

class ListSubjectAuditEventsRow(NamedTuple):
    id: int
    user_id: UUID | None
    action: str
    resource: str
    resource_id: UUID | None
    status: str
    metadata: Any
    error_message: str | None
    created_at: _datetime

class _ListSubjectAuditEvents:  # sql/queries/audit.sql:39
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        subject_user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> list[ListSubjectAuditEventsRow]:
        """What was done to a user in a period, from_at <= time < until_at, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        subject_user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Awaitable[list[ListSubjectAuditEventsRow]]:
        """What was done to a user in a period, from_at <= time < until_at, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        subject_user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Iterator[ListSubjectAuditEventsRow]:
        """What was done to a user in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        subject_user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> AsyncIterator[ListSubjectAuditEventsRow]:
        """What was done to a user in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """

list_subject_audit_events: Final[_ListSubjectAuditEvents]

class ListResourceAuditEventsRow(NamedTuple):
    id: int
    user_id: UUID | None
    subject_user_id: UUID | None
    action: str
    resource: str
    status: str
    metadata: Any
    error_message: str | None
    created_at: _datetime

class _ListResourceAuditEvents:  # sql/queries/audit.sql:50
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        resource_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> list[ListResourceAuditEventsRow]:
        """What happened to one row, such as a role or a group, in a period, from_at <= time < until_at, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        resource_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Awaitable[list[ListResourceAuditEventsRow]]:
        """What happened to one row, such as a role or a group, in a period, from_at <= time < until_at, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        resource_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> Iterator[ListResourceAuditEventsRow]:
        """What happened to one row, such as a role or a group, in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        resource_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        before_at: _datetime | None,
        before_id: int | None,
        page_size: int | None,
    ) -> AsyncIterator[ListResourceAuditEventsRow]:
        """What happened to one row, such as a role or a group, in a period, from_at <= time < until_at, newest first.

        Yields the rows as they arrive.
        """

list_resource_audit_events: Final[_ListResourceAuditEvents]

class SealAuditLogRow(NamedTuple):
    sealed_rows: int
    head_id: int | None
    head_hash: bytes | None

class _SealAuditLog:  # sql/queries/audit.sql:61
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], page_size: int | None) -> SealAuditLogRow:
        """Chains the rows that are final by hashes; keep the head somewhere else."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], page_size: int | None) -> Awaitable[SealAuditLogRow]:
        """Chains the rows that are final by hashes; keep the head somewhere else."""

seal_audit_log: Final[_SealAuditLog]

class VerifyAuditChainRow(NamedTuple):
    is_intact: bool
    checked_rows: int
    first_broken_id: int | None
    reason: str | None

class _VerifyAuditChain:  # sql/queries/audit.sql:68
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], head_id: int | None, head_hash: bytes | None) -> VerifyAuditChainRow:
        """Computes the whole chain again: whether it is intact, or the first broken row and why."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        head_id: int | None,
        head_hash: bytes | None,
    ) -> Awaitable[VerifyAuditChainRow]:
        """Computes the whole chain again: whether it is intact, or the first broken row and why."""

verify_audit_chain: Final[_VerifyAuditChain]

class CheckIntegrityRow(NamedTuple):
    name: str
    severity: str
    findings: int
    sample: list[str | None]

class _CheckIntegrity:  # sql/queries/audit.sql:75
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[CheckIntegrityRow]:
        """Every check of the data with how often it failed and the first rows; nothing failed in a sound database."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[CheckIntegrityRow]]:
        """Every check of the data with how often it failed and the first rows; nothing failed in a sound database."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[CheckIntegrityRow]:
        """Every check of the data with how often it failed and the first rows; nothing failed in a sound database.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[CheckIntegrityRow]:
        """Every check of the data with how often it failed and the first rows; nothing failed in a sound database.

        Yields the rows as they arrive.
        """

check_integrity: Final[_CheckIntegrity]

class ReconcileWalletsRow(NamedTuple):
    name: str
    severity: str
    findings: int
    sample: list[str | None]

class _ReconcileWallets:  # sql/queries/audit.sql:83
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> ReconcileWalletsRow:
        """How many wallets have a balance that the ledger does not explain, and the first ten of them."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[ReconcileWalletsRow]:
        """How many wallets have a balance that the ledger does not explain, and the first ten of them."""

reconcile_wallets: Final[_ReconcileWallets]

class ReconcilePlansRow(NamedTuple):
    name: str
    severity: str
    findings: int
    sample: list[str | None]

class _ReconcilePlans:  # sql/queries/audit.sql:92
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> ReconcilePlansRow:
        """How many plans have an amount that the ledger does not explain, and the first ten of them."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[ReconcilePlansRow]:
        """How many plans have an amount that the ledger does not explain, and the first ten of them."""

reconcile_plans: Final[_ReconcilePlans]

class TrialBalanceRow(NamedTuple):
    currency: str
    kind: str
    accounts: int
    debits: Decimal
    credits: Decimal
    balance: Decimal

class _TrialBalance:  # sql/queries/audit.sql:101
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[TrialBalanceRow]:
        """Debits and credits of every kind of account; the balances of a currency add up to 0."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[TrialBalanceRow]]:
        """Debits and credits of every kind of account; the balances of a currency add up to 0."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[TrialBalanceRow]:
        """Debits and credits of every kind of account; the balances of a currency add up to 0.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[TrialBalanceRow]:
        """Debits and credits of every kind of account; the balances of a currency add up to 0.

        Yields the rows as they arrive.
        """

trial_balance: Final[_TrialBalance]

class _CreateUser:  # sql/queries/auth.sql:5
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID | None,
        name: str,
        email: str,
        phone_number: str | None,
        date_of_birth: _date | None,
    ) -> UUID:
        """Registers a user with wallet, preferences, figures and the role "user", and returns the id.
        With an id minted by the caller the call may be repeated: it then returns that id again.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID | None,
        name: str,
        email: str,
        phone_number: str | None,
        date_of_birth: _date | None,
    ) -> Awaitable[UUID]:
        """Registers a user with wallet, preferences, figures and the role "user", and returns the id.
        With an id minted by the caller the call may be repeated: it then returns that id again.
        """

create_user: Final[_CreateUser]

class GetUserRow(NamedTuple):
    id: UUID
    name: str
    email: str
    email_verified: bool
    image: str | None
    phone_number: str | None
    phone_verified: bool
    date_of_birth: _date | None
    kyc_tier: int
    kyc_status: str
    kyc_verified_at: _datetime | None
    biometric_enabled: bool
    is_active: bool
    is_suspended: bool
    suspended_at: _datetime | None
    suspension_reason: str | None
    created_at: _datetime
    updated_at: _datetime

class _GetUser:  # sql/queries/auth.sql:14
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetUserRow | None:
        """One user by id."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetUserRow | None]:
        """One user by id."""

get_user: Final[_GetUser]

class GetUserByEmailRow(NamedTuple):
    id: UUID
    name: str
    email: str
    email_verified: bool
    image: str | None
    phone_number: str | None
    phone_verified: bool
    date_of_birth: _date | None
    kyc_tier: int
    kyc_status: str
    kyc_verified_at: _datetime | None
    biometric_enabled: bool
    is_active: bool
    is_suspended: bool
    suspended_at: _datetime | None
    suspension_reason: str | None
    created_at: _datetime
    updated_at: _datetime

class _GetUserByEmail:  # sql/queries/auth.sql:22
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], email: str) -> GetUserByEmailRow | None:
        """One user by e-mail address, in whatever case it is written."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], email: str) -> Awaitable[GetUserByEmailRow | None]:
        """One user by e-mail address, in whatever case it is written."""

get_user_by_email: Final[_GetUserByEmail]

class GetUserByPhoneRow(NamedTuple):
    id: UUID
    name: str
    email: str
    email_verified: bool
    image: str | None
    phone_number: str
    phone_verified: bool
    date_of_birth: _date | None
    kyc_tier: int
    kyc_status: str
    kyc_verified_at: _datetime | None
    biometric_enabled: bool
    is_active: bool
    is_suspended: bool
    suspended_at: _datetime | None
    suspension_reason: str | None
    created_at: _datetime
    updated_at: _datetime

class _GetUserByPhone:  # sql/queries/auth.sql:30
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], phone_number: str) -> GetUserByPhoneRow | None:
        """One user by telephone number, in international form."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], phone_number: str) -> Awaitable[GetUserByPhoneRow | None]:
        """One user by telephone number, in international form."""

get_user_by_phone: Final[_GetUserByPhone]

class UpdateUserProfileRow(NamedTuple):
    id: UUID
    name: str
    image: str | None
    phone_number: str | None
    phone_verified: bool
    date_of_birth: _date | None
    updated_at: _datetime

class _UpdateUserProfile:  # sql/queries/auth.sql:38
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        name: str | None,
        image: str | None,
        phone_number: str | None,
        date_of_birth: _date | None,
    ) -> UpdateUserProfileRow | None:
        """Changes what a user may change; None leaves it as it is. Another number has to be verified anew."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        name: str | None,
        image: str | None,
        phone_number: str | None,
        date_of_birth: _date | None,
    ) -> Awaitable[UpdateUserProfileRow | None]:
        """Changes what a user may change; None leaves it as it is. Another number has to be verified anew."""

update_user_profile: Final[_UpdateUserProfile]

class _MarkEmailVerified:  # sql/queries/auth.sql:48
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, email: str) -> int:
        """The address was proved to be the user's; nothing happens if the user has another one by now."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, email: str) -> Awaitable[int]:
        """The address was proved to be the user's; nothing happens if the user has another one by now."""

mark_email_verified: Final[_MarkEmailVerified]

class _MarkPhoneVerified:  # sql/queries/auth.sql:53
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, phone_number: str) -> int:
        """The number was proved to be the user's; nothing happens if the user has another one by now."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, phone_number: str) -> Awaitable[int]:
        """The number was proved to be the user's; nothing happens if the user has another one by now."""

mark_phone_verified: Final[_MarkPhoneVerified]

class _EmailExists:  # sql/queries/auth.sql:58
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], email: str) -> bool:
        """Whether a user has this address, in whatever case it is written."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], email: str) -> Awaitable[bool]:
        """Whether a user has this address, in whatever case it is written."""

email_exists: Final[_EmailExists]

class _PhoneExists:  # sql/queries/auth.sql:62
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], phone_number: str) -> bool:
        """Whether a user has this telephone number."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], phone_number: str) -> Awaitable[bool]:
        """Whether a user has this telephone number."""

phone_exists: Final[_PhoneExists]

class _DeactivateUser:  # sql/queries/auth.sql:66
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, deactivated_by: UUID) -> int:
        """Closes an account, which is how a user is deleted, and ends its sessions; returns how many."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, deactivated_by: UUID) -> Awaitable[int]:
        """Closes an account, which is how a user is deleted, and ends its sessions; returns how many."""

deactivate_user: Final[_DeactivateUser]

class _ReactivateUser:  # sql/queries/auth.sql:71
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, reactivated_by: UUID) -> int:
        """Opens a closed account again."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, reactivated_by: UUID) -> Awaitable[int]:
        """Opens a closed account again."""

reactivate_user: Final[_ReactivateUser]

class _AnonymiseUser:  # sql/queries/auth.sql:75
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, anonymised_by: UUID) -> int:
        """Erases what is personal about a user who owes and is owed nothing; it cannot be undone."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, anonymised_by: UUID) -> Awaitable[int]:
        """Erases what is personal about a user who owes and is owed nothing; it cannot be undone."""

anonymise_user: Final[_AnonymiseUser]

class _SuspendUser:  # sql/queries/auth.sql:79
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, suspended_by: UUID, reason: str) -> int:
        """Blocks an active user for a reason of 10 to 500 characters and ends the sessions; returns how many."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, suspended_by: UUID, reason: str) -> Awaitable[int]:
        """Blocks an active user for a reason of 10 to 500 characters and ends the sessions; returns how many."""

suspend_user: Final[_SuspendUser]

class _ReinstateUser:  # sql/queries/auth.sql:84
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, reinstated_by: UUID) -> int:
        """Ends a suspension; the sessions stay ended."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, reinstated_by: UUID) -> Awaitable[int]:
        """Ends a suspension; the sessions stay ended."""

reinstate_user: Final[_ReinstateUser]

class ListActiveUsersRow(NamedTuple):
    id: UUID
    name: str
    email: str
    phone_number: str | None
    kyc_tier: int
    kyc_status: str
    created_at: _datetime

class _ListActiveUsers:  # sql/queries/auth.sql:88
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListActiveUsersRow]:
        """Users who may act, oldest first. A page begins behind after_at and after_id, the first one without them."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListActiveUsersRow]]:
        """Users who may act, oldest first. A page begins behind after_at and after_id, the first one without them."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListActiveUsersRow]:
        """Users who may act, oldest first. A page begins behind after_at and after_id, the first one without them.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListActiveUsersRow]:
        """Users who may act, oldest first. A page begins behind after_at and after_id, the first one without them.

        Yields the rows as they arrive.
        """

list_active_users: Final[_ListActiveUsers]

class ListUsersByKycTierRow(NamedTuple):
    id: UUID
    name: str
    email: str
    phone_number: str | None
    kyc_tier: int
    kyc_status: str
    is_active: bool
    created_at: _datetime

class _ListUsersByKycTier:  # sql/queries/auth.sql:99
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        kyc_tier: int,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUsersByKycTierRow]:
        """Users of one tier, in the order of their ids."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        kyc_tier: int,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUsersByKycTierRow]]:
        """Users of one tier, in the order of their ids."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        kyc_tier: int,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUsersByKycTierRow]:
        """Users of one tier, in the order of their ids.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        kyc_tier: int,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUsersByKycTierRow]:
        """Users of one tier, in the order of their ids.

        Yields the rows as they arrive.
        """

list_users_by_kyc_tier: Final[_ListUsersByKycTier]

class ListUsersByKycStatusRow(NamedTuple):
    id: UUID
    name: str
    email: str
    phone_number: str | None
    kyc_tier: int
    kyc_status: str
    is_active: bool
    created_at: _datetime

class _ListUsersByKycStatus:  # sql/queries/auth.sql:107
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        kyc_status: str,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUsersByKycStatusRow]:
        """Users of one state of verification, in the order of their ids."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        kyc_status: str,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUsersByKycStatusRow]]:
        """Users of one state of verification, in the order of their ids."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        kyc_status: str,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUsersByKycStatusRow]:
        """Users of one state of verification, in the order of their ids.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        kyc_status: str,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUsersByKycStatusRow]:
        """Users of one state of verification, in the order of their ids.

        Yields the rows as they arrive.
        """

list_users_by_kyc_status: Final[_ListUsersByKycStatus]

class _CreateSession:  # sql/queries/auth.sql:115
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        token_hash: bytes,
        refresh_token_hash: bytes | None,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
        device_id: str | None,
    ) -> UUID:
        """Begins a session of 30 days for somebody who has proved who they are; returns its id."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        token_hash: bytes,
        refresh_token_hash: bytes | None,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
        device_id: str | None,
    ) -> Awaitable[UUID]:
        """Begins a session of 30 days for somebody who has proved who they are; returns its id."""

create_session: Final[_CreateSession]

class GetSessionByTokenHashRow(NamedTuple):
    id: UUID
    user_id: UUID
    expires_at: _datetime
    device_id: str | None
    last_activity_at: _datetime | None
    created_at: _datetime
    kyc_tier: int
    email_verified: bool
    phone_verified: bool

class _GetSessionByTokenHash:  # sql/queries/auth.sql:123
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], token_hash: bytes) -> GetSessionByTokenHashRow | None:
        """The session that a token opens, and its user; nothing when it expired or was ended."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], token_hash: bytes) -> Awaitable[GetSessionByTokenHashRow | None]:
        """The session that a token opens, and its user; nothing when it expired or was ended."""

get_session_by_token_hash: Final[_GetSessionByTokenHash]

class _TouchSession:  # sql/queries/auth.sql:132
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, session_id: UUID) -> int:
        """Notes that a session is in use, at most once a minute, so that reading stays cheap."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, session_id: UUID) -> Awaitable[int]:
        """Notes that a session is in use, at most once a minute, so that reading stays cheap."""

touch_session: Final[_TouchSession]

class RotateRefreshTokenRow(NamedTuple):
    outcome: str
    user_id: UUID | None
    session_id: UUID | None

class _RotateRefreshToken:  # sql/queries/auth.sql:138
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        refresh_token_hash: bytes,
        new_token_hash: bytes,
        new_refresh_token_hash: bytes,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
    ) -> RotateRefreshTokenRow:
        """Exchanges a refresh token for a new session. The outcome is rotated, or reused (all sessions of that sign-in end:
        somebody else has the token), revoked, expired, unknown, user_inactive. Commit whatever the outcome is.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        refresh_token_hash: bytes,
        new_token_hash: bytes,
        new_refresh_token_hash: bytes,
        ip_address: IPv4Address | IPv6Address | str | None,
        user_agent: str | None,
    ) -> Awaitable[RotateRefreshTokenRow]:
        """Exchanges a refresh token for a new session. The outcome is rotated, or reused (all sessions of that sign-in end:
        somebody else has the token), revoked, expired, unknown, user_inactive. Commit whatever the outcome is.
        """

rotate_refresh_token: Final[_RotateRefreshToken]

class _RevokeSession:  # sql/queries/auth.sql:149
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, session_id: UUID) -> int:
        """Ends one session of a user: signing out."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, session_id: UUID) -> Awaitable[int]:
        """Ends one session of a user: signing out."""

revoke_session: Final[_RevokeSession]

class _RevokeUserSessions:  # sql/queries/auth.sql:154
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, except_session_id: UUID | None) -> int:
        """Ends all sessions of a user but the one given; returns how many."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, except_session_id: UUID | None) -> Awaitable[int]:
        """Ends all sessions of a user but the one given; returns how many."""

revoke_user_sessions: Final[_RevokeUserSessions]

class _DeleteExpiredSessions:  # sql/queries/auth.sql:159
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], page_size: int | None) -> int:
        """Removes sessions that can be neither used nor refreshed, the oldest first; call it until it removes none."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], page_size: int | None) -> Awaitable[int]:
        """Removes sessions that can be neither used nor refreshed, the oldest first; call it until it removes none."""

delete_expired_sessions: Final[_DeleteExpiredSessions]

class ListUserSessionsRow(NamedTuple):
    id: UUID
    ip_address: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface | None
    user_agent: str | None
    device_id: str | None
    last_activity_at: _datetime | None
    expires_at: _datetime
    created_at: _datetime

class _ListUserSessions:  # sql/queries/auth.sql:170
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserSessionsRow]:
        """Sessions of a user that are open, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserSessionsRow]]:
        """Sessions of a user that are open, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserSessionsRow]:
        """Sessions of a user that are open, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserSessionsRow]:
        """Sessions of a user that are open, newest first.

        Yields the rows as they arrive.
        """

list_user_sessions: Final[_ListUserSessions]

class UpsertAccountRow(NamedTuple):
    id: UUID
    provider_id: str
    account_id: str
    created_at: _datetime
    updated_at: _datetime

class _UpsertAccount:  # sql/queries/auth.sql:179
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        provider_id: str,
        account_id: str,
        password: str | None,
        access_token: bytes | None,
        access_token_expires_at: _datetime | None,
        refresh_token: bytes | None,
        refresh_token_expires_at: _datetime | None,
        id_token: bytes | None,
        scope: str | None,
    ) -> UpsertAccountRow | None:
        """Keeps how a user signs in: a password as PHC string, or tokens of a provider encrypted by the application.
        Nothing when the account at that provider belongs to another user.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        provider_id: str,
        account_id: str,
        password: str | None,
        access_token: bytes | None,
        access_token_expires_at: _datetime | None,
        refresh_token: bytes | None,
        refresh_token_expires_at: _datetime | None,
        id_token: bytes | None,
        scope: str | None,
    ) -> Awaitable[UpsertAccountRow | None]:
        """Keeps how a user signs in: a password as PHC string, or tokens of a provider encrypted by the application.
        Nothing when the account at that provider belongs to another user.
        """

upsert_account: Final[_UpsertAccount]

class GetAccountByProviderRow(NamedTuple):
    id: UUID
    user_id: UUID
    provider_id: str
    account_id: str
    password: str | None
    scope: str | None
    access_token_expires_at: _datetime | None
    refresh_token_expires_at: _datetime | None
    created_at: _datetime

class _GetAccountByProvider:  # sql/queries/auth.sql:198
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], provider_id: str, account_id: str) -> GetAccountByProviderRow | None:
        """The account that a sign-in names, with the password's PHC string to compare."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        provider_id: str,
        account_id: str,
    ) -> Awaitable[GetAccountByProviderRow | None]:
        """The account that a sign-in names, with the password's PHC string to compare."""

get_account_by_provider: Final[_GetAccountByProvider]

class ListUserAccountsRow(NamedTuple):
    id: UUID
    provider_id: str
    account_id: str
    has_password: bool
    scope: str | None
    created_at: _datetime
    updated_at: _datetime

class _ListUserAccounts:  # sql/queries/auth.sql:205
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserAccountsRow]:
        """How a user can sign in; no secrets."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserAccountsRow]]:
        """How a user can sign in; no secrets."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserAccountsRow]:
        """How a user can sign in; no secrets.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserAccountsRow]:
        """How a user can sign in; no secrets.

        Yields the rows as they arrive.
        """

list_user_accounts: Final[_ListUserAccounts]

class _DeleteAccount:  # sql/queries/auth.sql:214
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, id: UUID) -> int:
        """Removes one way of signing in."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, id: UUID) -> Awaitable[int]:
        """Removes one way of signing in."""

delete_account: Final[_DeleteAccount]

class CreateVerificationRow(NamedTuple):
    id: UUID
    identifier: str
    expires_at: _datetime

class _CreateVerification:  # sql/queries/auth.sql:218
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        identifier: str,
        value_hash: bytes,
        expires_at: _datetime | None,
    ) -> CreateVerificationRow | None:
        """Keeps a one-time token that was sent out; without a time it works for 24 hours."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        identifier: str,
        value_hash: bytes,
        expires_at: _datetime | None,
    ) -> Awaitable[CreateVerificationRow | None]:
        """Keeps a one-time token that was sent out; without a time it works for 24 hours."""

create_verification: Final[_CreateVerification]

class _ConsumeVerification:  # sql/queries/auth.sql:224
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], identifier: str, value_hash: bytes) -> bool:
        """Uses up a one-time token: true for one caller, if it had not expired. Commit whatever the answer is."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], identifier: str, value_hash: bytes) -> Awaitable[bool]:
        """Uses up a one-time token: true for one caller, if it had not expired. Commit whatever the answer is."""

consume_verification: Final[_ConsumeVerification]

class _DeleteVerificationsByIdentifier:  # sql/queries/auth.sql:229
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], identifier: str) -> int:
        """Withdraws every token of one purpose, before a new one is sent."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], identifier: str) -> Awaitable[int]:
        """Withdraws every token of one purpose, before a new one is sent."""

delete_verifications_by_identifier: Final[_DeleteVerificationsByIdentifier]

class CreatePhoneVerificationRow(NamedTuple):
    id: UUID
    phone_number: str
    expires_at: _datetime

class _CreatePhoneVerification:  # sql/queries/auth.sql:233
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        phone_number: str,
        otp_hash: bytes,
        expires_at: _datetime | None,
    ) -> CreatePhoneVerificationRow | None:
        """Keeps a code that was sent by SMS; without a time it works for 10 minutes."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        phone_number: str,
        otp_hash: bytes,
        expires_at: _datetime | None,
    ) -> Awaitable[CreatePhoneVerificationRow | None]:
        """Keeps a code that was sent by SMS; without a time it works for 10 minutes."""

create_phone_verification: Final[_CreatePhoneVerification]

class VerifyPhoneOtpRow(NamedTuple):
    outcome: str
    attempts_left: int

class _VerifyPhoneOtp:  # sql/queries/auth.sql:239
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID | None,
        phone_number: str,
        otp_hash: bytes,
    ) -> VerifyPhoneOtpRow:
        """Compares with the newest code of a number and counts the guess; outcome: verified, wrong, used, expired, exhausted,
        unknown. With a user the number must be theirs and is marked as verified. Commit whatever the outcome is.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID | None,
        phone_number: str,
        otp_hash: bytes,
    ) -> Awaitable[VerifyPhoneOtpRow]:
        """Compares with the newest code of a number and counts the guess; outcome: verified, wrong, used, expired, exhausted,
        unknown. With a user the number must be theirs and is marked as verified. Commit whatever the outcome is.
        """

verify_phone_otp: Final[_VerifyPhoneOtp]

class GetLatestPhoneVerificationRow(NamedTuple):
    id: UUID
    phone_number: str
    expires_at: _datetime
    verified: bool
    attempts: int
    created_at: _datetime

class _GetLatestPhoneVerification:  # sql/queries/auth.sql:248
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], phone_number: str) -> GetLatestPhoneVerificationRow | None:
        """The newest code sent to a number, without the code."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        phone_number: str,
    ) -> Awaitable[GetLatestPhoneVerificationRow | None]:
        """The newest code sent to a number, without the code."""

get_latest_phone_verification: Final[_GetLatestPhoneVerification]

class RegisterBiometricRow(NamedTuple):
    id: UUID
    device_id: str
    device_name: str | None
    is_active: bool
    created_at: _datetime
    updated_at: _datetime

class _RegisterBiometric:  # sql/queries/auth.sql:256
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        device_id: str,
        device_name: str | None,
        public_key: str,
    ) -> RegisterBiometricRow | None:
        """Keeps the public key of a device; a device that was known gets its new key and works again."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        device_id: str,
        device_name: str | None,
        public_key: str,
    ) -> Awaitable[RegisterBiometricRow | None]:
        """Keeps the public key of a device; a device that was known gets its new key and works again."""

register_biometric: Final[_RegisterBiometric]

class GetBiometricByDeviceRow(NamedTuple):
    id: UUID
    device_id: str
    device_name: str | None
    public_key: str
    last_used_at: _datetime | None
    created_at: _datetime

class _GetBiometricByDevice:  # sql/queries/auth.sql:265
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, device_id: str) -> GetBiometricByDeviceRow | None:
        """The key of a device of the user that may still be used."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        device_id: str,
    ) -> Awaitable[GetBiometricByDeviceRow | None]:
        """The key of a device of the user that may still be used."""

get_biometric_by_device: Final[_GetBiometricByDevice]

class ListUserBiometricsRow(NamedTuple):
    id: UUID
    device_id: str
    device_name: str | None
    is_active: bool
    last_used_at: _datetime | None
    created_at: _datetime

class _ListUserBiometrics:  # sql/queries/auth.sql:271
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserBiometricsRow]:
        """Devices of a user, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserBiometricsRow]]:
        """Devices of a user, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserBiometricsRow]:
        """Devices of a user, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserBiometricsRow]:
        """Devices of a user, newest first.

        Yields the rows as they arrive.
        """

list_user_biometrics: Final[_ListUserBiometrics]

class _TouchBiometric:  # sql/queries/auth.sql:280
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, device_id: str) -> int:
        """Notes that a device was used."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, device_id: str) -> Awaitable[int]:
        """Notes that a device was used."""

touch_biometric: Final[_TouchBiometric]

class _DisableBiometric:  # sql/queries/auth.sql:285
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, device_id: str) -> int:
        """One device may no longer be used."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, device_id: str) -> Awaitable[int]:
        """One device may no longer be used."""

disable_biometric: Final[_DisableBiometric]

class _RevokeUserBiometrics:  # sql/queries/auth.sql:290
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> int:
        """None of the user's devices may be used any longer."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[int]:
        """None of the user's devices may be used any longer."""

revoke_user_biometrics: Final[_RevokeUserBiometrics]

class CreateAjoGroupRow(NamedTuple):
    id: UUID
    group_name: str
    member_count: int
    current_member_count: int
    contribution_amount: Decimal
    status: str
    is_private: bool
    invite_code: str | None
    created_at: _datetime

class _CreateAjoGroup:  # sql/queries/groups.sql:4
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_name: str,
        member_count: int,
        contribution_amount: Decimal | int,
        contribution_frequency: str,
        rotation_order: str | None,
        default_policy: str | None,
        deposit_amount: Decimal | int | None,
        description: str | None,
        is_private: bool | None,
        invite_code: str | None,
    ) -> CreateAjoGroupRow:
        """Opens a group for members; whoever makes it (tier 2) organizes it and is its first member."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_name: str,
        member_count: int,
        contribution_amount: Decimal | int,
        contribution_frequency: str,
        rotation_order: str | None,
        default_policy: str | None,
        deposit_amount: Decimal | int | None,
        description: str | None,
        is_private: bool | None,
        invite_code: str | None,
    ) -> Awaitable[CreateAjoGroupRow]:
        """Opens a group for members; whoever makes it (tier 2) organizes it and is its first member."""

create_ajo_group: Final[_CreateAjoGroup]

class GetGroupRow(NamedTuple):
    id: UUID
    organizer_id: UUID
    group_name: str
    description: str | None
    member_count: int
    current_member_count: int
    contribution_amount: Decimal
    contribution_frequency: str
    rotation_order: str
    default_policy: str
    deposit_amount: Decimal
    current_round: int
    status: str
    service_fee_rate: Decimal
    total_collected: Decimal
    total_disbursed: Decimal
    currency: str
    start_date: _date | None
    next_payout_date: _date | None
    end_date: _date | None
    is_private: bool
    created_at: _datetime
    updated_at: _datetime

class _GetGroup:  # sql/queries/groups.sql:18
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> GetGroupRow | None:
        """A group that the user is in, or anybody may join."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, group_id: UUID) -> Awaitable[GetGroupRow | None]:
        """A group that the user is in, or anybody may join."""

get_group: Final[_GetGroup]

class GetGroupByInviteCodeRow(NamedTuple):
    id: UUID
    group_name: str
    description: str | None
    member_count: int
    current_member_count: int
    contribution_amount: Decimal
    contribution_frequency: str
    deposit_amount: Decimal
    status: str
    currency: str

class _GetGroupByInviteCode:  # sql/queries/groups.sql:29
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], invite_code: str) -> GetGroupByInviteCodeRow | None:
        """What a person sees who was given a code."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], invite_code: str) -> Awaitable[GetGroupByInviteCodeRow | None]:
        """What a person sees who was given a code."""

get_group_by_invite_code: Final[_GetGroupByInviteCode]

class ListUserGroupsRow(NamedTuple):
    id: UUID
    group_name: str
    status: str
    contribution_amount: Decimal
    contribution_frequency: str
    current_round: int
    member_count: int
    next_payout_date: _date | None
    member_id: UUID
    role: str
    member_status: str
    position: int | None
    has_received_payout: bool
    joined_at: _datetime

class _ListUserGroups:  # sql/queries/groups.sql:36
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_group_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserGroupsRow]:
        """The groups that the user is or was in."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_group_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserGroupsRow]]:
        """The groups that the user is or was in."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_group_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserGroupsRow]:
        """The groups that the user is or was in.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_group_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserGroupsRow]:
        """The groups that the user is or was in.

        Yields the rows as they arrive.
        """

list_user_groups: Final[_ListUserGroups]

class ListOpenGroupsRow(NamedTuple):
    id: UUID
    group_name: str
    description: str | None
    member_count: int
    current_member_count: int
    contribution_amount: Decimal
    contribution_frequency: str
    deposit_amount: Decimal
    currency: str
    created_at: _datetime

class _ListOpenGroups:  # sql/queries/groups.sql:47
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListOpenGroupsRow]:
        """Groups that anybody may join and that have a place, the oldest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListOpenGroupsRow]]:
        """Groups that anybody may join and that have a place, the oldest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListOpenGroupsRow]:
        """Groups that anybody may join and that have a place, the oldest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListOpenGroupsRow]:
        """Groups that anybody may join and that have a place, the oldest first.

        Yields the rows as they arrive.
        """

list_open_groups: Final[_ListOpenGroups]

class ListGroupMembersRow(NamedTuple):
    id: UUID
    user_id: UUID
    name: str
    role: str
    position: int | None
    status: str
    has_received_payout: bool
    total_contributed: Decimal
    missed_contributions: int
    joined_at: _datetime

class _ListGroupMembers:  # sql/queries/groups.sql:59
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListGroupMembersRow]:
        """The members of a group that the user is in, those of the past too; a rotation's order is position."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListGroupMembersRow]]:
        """The members of a group that the user is in, those of the past too; a rotation's order is position."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListGroupMembersRow]:
        """The members of a group that the user is in, those of the past too; a rotation's order is position.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListGroupMembersRow]:
        """The members of a group that the user is in, those of the past too; a rotation's order is position.

        Yields the rows as they arrive.
        """

list_group_members: Final[_ListGroupMembers]

class UpdateGroupRow(NamedTuple):
    id: UUID
    group_name: str
    description: str | None
    member_count: int
    status: str
    is_private: bool

class _UpdateGroup:  # sql/queries/groups.sql:70
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        group_name: str | None,
        description: str | None,
        member_count: int | None,
        is_private: bool | None,
    ) -> UpdateGroupRow:
        """Changes a group that is still recruiting; None leaves a setting as it is."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        group_name: str | None,
        description: str | None,
        member_count: int | None,
        is_private: bool | None,
    ) -> Awaitable[UpdateGroupRow]:
        """Changes a group that is still recruiting; None leaves a setting as it is."""

update_group: Final[_UpdateGroup]

class CancelGroupRow(NamedTuple):
    id: UUID
    status: str
    cancellation_reason: str | None

class _CancelGroup:  # sql/queries/groups.sql:79
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, reason: str | None) -> CancelGroupRow:
        """Ends a group; what is in the pool and the deposits go back."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        reason: str | None,
    ) -> Awaitable[CancelGroupRow]:
        """Ends a group; what is in the pool and the deposits go back."""

cancel_group: Final[_CancelGroup]

class InviteMemberRow(NamedTuple):
    id: UUID
    group_id: UUID
    invited_user_id: UUID | None
    invited_phone: str | None
    invited_email: str | None
    status: str
    expires_at: _datetime

class _InviteMember:  # sql/queries/groups.sql:85
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        invited_user_id: UUID | None,
        invited_phone: str | None,
        invited_email: str | None,
    ) -> InviteMemberRow:
        """Invites somebody by id, telephone number or e-mail address."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        invited_user_id: UUID | None,
        invited_phone: str | None,
        invited_email: str | None,
    ) -> Awaitable[InviteMemberRow]:
        """Invites somebody by id, telephone number or e-mail address."""

invite_member: Final[_InviteMember]

class AcceptInvitationRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str
    joined_at: _datetime

class _AcceptInvitation:  # sql/queries/groups.sql:94
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, invitation_id: UUID) -> AcceptInvitationRow:
        """Joins the group of an invitation."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        invitation_id: UUID,
    ) -> Awaitable[AcceptInvitationRow]:
        """Joins the group of an invitation."""

accept_invitation: Final[_AcceptInvitation]

class RejectInvitationRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str
    rejected_at: _datetime | None

class _RejectInvitation:  # sql/queries/groups.sql:100
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, invitation_id: UUID) -> RejectInvitationRow:
        """Says no to an invitation."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        invitation_id: UUID,
    ) -> Awaitable[RejectInvitationRow]:
        """Says no to an invitation."""

reject_invitation: Final[_RejectInvitation]

class RevokeInvitationRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str

class _RevokeInvitation:  # sql/queries/groups.sql:106
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, invitation_id: UUID) -> RevokeInvitationRow:
        """The organizer takes an invitation back."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        invitation_id: UUID,
    ) -> Awaitable[RevokeInvitationRow]:
        """The organizer takes an invitation back."""

revoke_invitation: Final[_RevokeInvitation]

class ListUserInvitationsRow(NamedTuple):
    id: UUID
    group_id: UUID
    group_name: str
    contribution_amount: Decimal
    contribution_frequency: str
    expires_at: _datetime
    created_at: _datetime

class _ListUserInvitations:  # sql/queries/groups.sql:112
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserInvitationsRow]:
        """Invitations that wait for the user's answer: to the user, or to the telephone number or address that is proved to be
        the user's.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserInvitationsRow]]:
        """Invitations that wait for the user's answer: to the user, or to the telephone number or address that is proved to be
        the user's.
        """
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserInvitationsRow]:
        """Invitations that wait for the user's answer: to the user, or to the telephone number or address that is proved to be
        the user's.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserInvitationsRow]:
        """Invitations that wait for the user's answer: to the user, or to the telephone number or address that is proved to be
        the user's.

        Yields the rows as they arrive.
        """

list_user_invitations: Final[_ListUserInvitations]

class ListGroupInvitationsRow(NamedTuple):
    id: UUID
    invited_user_id: UUID | None
    invited_phone: str | None
    invited_email: str | None
    status: str
    expires_at: _datetime
    accepted_at: _datetime | None
    rejected_at: _datetime | None
    created_at: _datetime

class _ListGroupInvitations:  # sql/queries/groups.sql:133
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListGroupInvitationsRow]:
        """The invitations to a group that the user organizes, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListGroupInvitationsRow]]:
        """The invitations to a group that the user organizes, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListGroupInvitationsRow]:
        """The invitations to a group that the user organizes, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListGroupInvitationsRow]:
        """The invitations to a group that the user organizes, newest first.

        Yields the rows as they arrive.
        """

list_group_invitations: Final[_ListGroupInvitations]

class ListGroupRoundsRow(NamedTuple):
    id: UUID
    round: int
    recipient_member_id: UUID
    due_date: _date
    expected: Decimal
    collected: Decimal
    status: str
    opened_at: _datetime | None
    closed_at: _datetime | None

class _ListGroupRounds:  # sql/queries/groups.sql:146
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        after_round: int | None,
        page_size: int | None,
    ) -> list[ListGroupRoundsRow]:
        """The rounds of a group that the user is in: who is paid when, and how much has come in."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        after_round: int | None,
        page_size: int | None,
    ) -> Awaitable[list[ListGroupRoundsRow]]:
        """The rounds of a group that the user is in: who is paid when, and how much has come in."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        after_round: int | None,
        page_size: int | None,
    ) -> Iterator[ListGroupRoundsRow]:
        """The rounds of a group that the user is in: who is paid when, and how much has come in.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        after_round: int | None,
        page_size: int | None,
    ) -> AsyncIterator[ListGroupRoundsRow]:
        """The rounds of a group that the user is in: who is paid when, and how much has come in.

        Yields the rows as they arrive.
        """

list_group_rounds: Final[_ListGroupRounds]

class ListUserContributionsRow(NamedTuple):
    id: UUID
    group_id: UUID
    round: int
    amount: Decimal
    currency: str
    status: str
    due_date: _date
    paid_at: _datetime | None
    failure_reason: str | None

class _ListUserContributions:  # sql/queries/groups.sql:155
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_day: _date | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserContributionsRow]:
        """What the user owes and has paid in all groups, the latest due date first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_day: _date | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserContributionsRow]]:
        """What the user owes and has paid in all groups, the latest due date first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_day: _date | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserContributionsRow]:
        """What the user owes and has paid in all groups, the latest due date first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_day: _date | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserContributionsRow]:
        """What the user owes and has paid in all groups, the latest due date first.

        Yields the rows as they arrive.
        """

list_user_contributions: Final[_ListUserContributions]

class ListDueGroupsRow(NamedTuple):
    id: UUID
    organizer_id: UUID
    group_name: str
    status: str
    current_round: int
    next_payout_date: _date

class _ListDueGroups:  # sql/queries/groups.sql:166
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        day: _date,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListDueGroupsRow]:
        """Running groups whose round is due by a day, for the job that collects and disburses, with who organizes them."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        day: _date,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListDueGroupsRow]]:
        """Running groups whose round is due by a day, for the job that collects and disburses, with who organizes them."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        day: _date,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListDueGroupsRow]:
        """Running groups whose round is due by a day, for the job that collects and disburses, with who organizes them.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        day: _date,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListDueGroupsRow]:
        """Running groups whose round is due by a day, for the job that collects and disburses, with who organizes them.

        Yields the rows as they arrive.
        """

list_due_groups: Final[_ListDueGroups]

class _ExpireInvitations:  # sql/queries/groups.sql:175
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> int:
        """Closes the invitations whose time is over; returns how many."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[int]:
        """Closes the invitations whose time is over; returns how many."""

expire_invitations: Final[_ExpireInvitations]

class JoinGroupRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str
    deposit_balance: Decimal
    joined_at: _datetime

class _JoinGroup:  # sql/queries/groups.sql:180
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, invite_code: str | None) -> JoinGroupRow:
        """Joins a group and pays its deposit; a private one needs its code."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        invite_code: str | None,
    ) -> Awaitable[JoinGroupRow]:
        """Joins a group and pays its deposit; a private one needs its code."""

join_group: Final[_JoinGroup]

class LeaveGroupRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str
    removed_at: _datetime | None

class _LeaveGroup:  # sql/queries/groups.sql:186
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, reason: str | None) -> LeaveGroupRow:
        """Leaves a group before it starts, or when nothing is owed any more."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        reason: str | None,
    ) -> Awaitable[LeaveGroupRow]:
        """Leaves a group before it starts, or when nothing is owed any more."""

leave_group: Final[_LeaveGroup]

class RemoveMemberRow(NamedTuple):
    id: UUID
    group_id: UUID
    status: str
    removed_at: _datetime | None
    removal_reason: str | None

class _RemoveMember:  # sql/queries/groups.sql:192
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        member_id: UUID,
        reason: str,
    ) -> RemoveMemberRow:
        """The organizer removes a member."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        member_id: UUID,
        reason: str,
    ) -> Awaitable[RemoveMemberRow]:
        """The organizer removes a member."""

remove_member: Final[_RemoveMember]

class SetRotationOrderRow(NamedTuple):
    id: UUID
    user_id: UUID
    position: int | None

class _SetRotationOrder:  # sql/queries/groups.sql:200
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        member_ids: list[UUID],
    ) -> list[SetRotationOrderRow]:
        """Says in which order the members are paid: each of them once."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        member_ids: list[UUID],
    ) -> Awaitable[list[SetRotationOrderRow]]:
        """Says in which order the members are paid: each of them once."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        member_ids: list[UUID],
    ) -> Iterator[SetRotationOrderRow]:
        """Says in which order the members are paid: each of them once.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        member_ids: list[UUID],
    ) -> AsyncIterator[SetRotationOrderRow]:
        """Says in which order the members are paid: each of them once.

        Yields the rows as they arrive.
        """

set_rotation_order: Final[_SetRotationOrder]

class StartGroupRow(NamedTuple):
    id: UUID
    status: str
    current_round: int
    start_date: _date | None
    next_payout_date: _date | None
    end_date: _date | None

class _StartGroup:  # sql/queries/groups.sql:208
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, start_date: _date | None) -> StartGroupRow:
        """Begins the rotation: the order is fixed and the first round is planned."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        start_date: _date | None,
    ) -> Awaitable[StartGroupRow]:
        """Begins the rotation: the order is fixed and the first round is planned."""

start_group: Final[_StartGroup]

class OpenRoundRow(NamedTuple):
    id: UUID
    round: int
    recipient_member_id: UUID | None
    due_date: _date
    expected: Decimal
    collected: Decimal
    status: str

class _OpenRound:  # sql/queries/groups.sql:214
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> OpenRoundRow:
        """Opens the next round: every member owes a contribution."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, group_id: UUID) -> Awaitable[OpenRoundRow]:
        """Opens the next round: every member owes a contribution."""

open_round: Final[_OpenRound]

class CollectRoundContributionsRow(NamedTuple):
    id: UUID
    member_id: UUID
    user_id: UUID
    round: int
    amount: Decimal
    status: str
    failure_reason: str | None
    paid_at: _datetime | None

class _CollectRoundContributions:  # sql/queries/groups.sql:220
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> list[CollectRoundContributionsRow]:
        """Debits the wallets of all members who owe this round's contribution; returns each with what became of it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
    ) -> Awaitable[list[CollectRoundContributionsRow]]:
        """Debits the wallets of all members who owe this round's contribution; returns each with what became of it."""
    @overload
    def stream(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> Iterator[CollectRoundContributionsRow]:
        """Debits the wallets of all members who owe this round's contribution; returns each with what became of it.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
    ) -> AsyncIterator[CollectRoundContributionsRow]:
        """Debits the wallets of all members who owe this round's contribution; returns each with what became of it.

        Yields the rows as they arrive.
        """

collect_round_contributions: Final[_CollectRoundContributions]

class RecordGroupContributionRow(NamedTuple):
    id: UUID
    round: int
    amount: Decimal
    status: str
    transaction_id: UUID | None
    paid_at: _datetime | None

class _RecordGroupContribution:  # sql/queries/groups.sql:228
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, round: int) -> RecordGroupContributionRow:
        """A member pays a round's contribution from the wallet."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        round: int,
    ) -> Awaitable[RecordGroupContributionRow]:
        """A member pays a round's contribution from the wallet."""

record_group_contribution: Final[_RecordGroupContribution]

class MarkDefaultsRow(NamedTuple):
    id: UUID
    member_id: UUID
    user_id: UUID
    round: int
    amount: Decimal
    status: str
    late_at: _datetime | None

class _MarkDefaults:  # sql/queries/groups.sql:234
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> list[MarkDefaultsRow]:
        """Notes who has not paid by the due date, and does what the group's rule says."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, group_id: UUID) -> Awaitable[list[MarkDefaultsRow]]:
        """Notes who has not paid by the due date, and does what the group's rule says."""
    @overload
    def stream(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> Iterator[MarkDefaultsRow]:
        """Notes who has not paid by the due date, and does what the group's rule says.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any], user_id: UUID, group_id: UUID) -> AsyncIterator[MarkDefaultsRow]:
        """Notes who has not paid by the due date, and does what the group's rule says.

        Yields the rows as they arrive.
        """

mark_defaults: Final[_MarkDefaults]

class CoverDefaultRow(NamedTuple):
    id: UUID
    member_id: UUID
    round: int
    amount: Decimal
    status: str
    cover_source: str | None

class _CoverDefault:  # sql/queries/groups.sql:242
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        member_id: UUID,
        source: str,
    ) -> CoverDefaultRow:
        """Pays a missing contribution from the member's deposit or the organizer's wallet; the member owes it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        member_id: UUID,
        source: str,
    ) -> Awaitable[CoverDefaultRow]:
        """Pays a missing contribution from the member's deposit or the organizer's wallet; the member owes it."""

cover_default: Final[_CoverDefault]

class DisburseRoundPayoutRow(NamedTuple):
    id: UUID
    member_id: UUID
    user_id: UUID
    round: int
    amount: Decimal
    service_fee: Decimal
    net_amount: Decimal
    status: str
    disbursed_at: _datetime | None

class _DisburseRoundPayout:  # sql/queries/groups.sql:250
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID, round: int) -> DisburseRoundPayoutRow:
        """Pays the pot of a round, less the fee, to the member whose turn it is; once."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        round: int,
    ) -> Awaitable[DisburseRoundPayoutRow]:
        """Pays the pot of a round, less the fee, to the member whose turn it is; once."""

disburse_round_payout: Final[_DisburseRoundPayout]

class CompleteGroupRow(NamedTuple):
    id: UUID
    status: str
    total_collected: Decimal
    total_disbursed: Decimal
    end_date: _date | None

class _CompleteGroup:  # sql/queries/groups.sql:256
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> CompleteGroupRow:
        """Ends a rotation in which everybody was paid; deposits go back."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, group_id: UUID) -> Awaitable[CompleteGroupRow]:
        """Ends a rotation in which everybody was paid; deposits go back."""

complete_group: Final[_CompleteGroup]

class GetGroupStatementRow(NamedTuple):
    entry_id: int
    created_at: _datetime
    user_id: UUID | None
    transaction_id: UUID | None
    type: str | None
    description: str | None
    amount: Decimal
    pool_balance: Decimal

class _GetGroupStatement:  # sql/queries/groups.sql:262
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_entry_id: int | None,
        page_size: int | None,
    ) -> list[GetGroupStatementRow]:
        """What went into and out of a group's pool, from_at <= time < until_at, with the balance after each."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_entry_id: int | None,
        page_size: int | None,
    ) -> Awaitable[list[GetGroupStatementRow]]:
        """What went into and out of a group's pool, from_at <= time < until_at, with the balance after each."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        group_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_entry_id: int | None,
        page_size: int | None,
    ) -> Iterator[GetGroupStatementRow]:
        """What went into and out of a group's pool, from_at <= time < until_at, with the balance after each.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_entry_id: int | None,
        page_size: int | None,
    ) -> AsyncIterator[GetGroupStatementRow]:
        """What went into and out of a group's pool, from_at <= time < until_at, with the balance after each.

        Yields the rows as they arrive.
        """

get_group_statement: Final[_GetGroupStatement]

class GetGroupBalanceRow(NamedTuple):
    total_collected: Decimal | None
    total_disbursed: Decimal | None
    total_fees: Decimal | None
    total_refunded: Decimal | None
    pool_balance: Decimal | None
    ledger_balance: Decimal | None
    deposits: Decimal | None

class _GetGroupBalance:  # sql/queries/groups.sql:273
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, group_id: UUID) -> GetGroupBalanceRow | None:
        """A group's money: collected, disbursed, fees, pool; what the rows say beside what the ledger says."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        group_id: UUID,
    ) -> Awaitable[GetGroupBalanceRow | None]:
        """A group's money: collected, disbursed, fees, pool; what the rows say beside what the ledger says."""

get_group_balance: Final[_GetGroupBalance]

class _SubmitKycTier1:  # sql/queries/kyc.sql:4
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        first_name: str,
        last_name: str,
        date_of_birth: _date,
        address: str,
    ) -> UUID:
        """Asks for tier 1; one open request for each user and tier. Returns its id."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        first_name: str,
        last_name: str,
        date_of_birth: _date,
        address: str,
    ) -> Awaitable[UUID]:
        """Asks for tier 1; one open request for each user and tier. Returns its id."""

submit_kyc_tier1: Final[_SubmitKycTier1]

class _SubmitKycTier2:  # sql/queries/kyc.sql:12
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        first_name: str,
        last_name: str,
        date_of_birth: _date,
        address: str,
        government_id_type: str,
        government_id_number: bytes,
        government_id_last_four: str,
        government_id_hash: bytes,
        government_id_image: str,
        selfie_image: str,
    ) -> UUID:
        """Asks for tier 2 with a document: its number encrypted by the application, its keyed hash, its last four characters."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        first_name: str,
        last_name: str,
        date_of_birth: _date,
        address: str,
        government_id_type: str,
        government_id_number: bytes,
        government_id_last_four: str,
        government_id_hash: bytes,
        government_id_image: str,
        selfie_image: str,
    ) -> Awaitable[UUID]:
        """Asks for tier 2 with a document: its number encrypted by the application, its keyed hash, its last four characters."""

submit_kyc_tier2: Final[_SubmitKycTier2]

class ListPendingKycRow(NamedTuple):
    id: UUID
    user_id: UUID
    tier: int
    status: str
    first_name: str | None
    last_name: str | None
    date_of_birth: _date | None
    government_id_type: str | None
    government_id_last_four: str | None
    created_at: _datetime

class _ListPendingKyc:  # sql/queries/kyc.sql:22
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        tier: int,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListPendingKycRow]:
        """Requests that wait for a decision, the oldest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        tier: int,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListPendingKycRow]]:
        """Requests that wait for a decision, the oldest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        tier: int,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListPendingKycRow]:
        """Requests that wait for a decision, the oldest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        tier: int,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListPendingKycRow]:
        """Requests that wait for a decision, the oldest first.

        Yields the rows as they arrive.
        """

list_pending_kyc: Final[_ListPendingKyc]

class _StartKycReview:  # sql/queries/kyc.sql:34
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, kyc_id: UUID, reviewed_by: UUID) -> int:
        """Somebody with kyc:review has taken up a request."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, kyc_id: UUID, reviewed_by: UUID) -> Awaitable[int]:
        """Somebody with kyc:review has taken up a request."""

start_kyc_review: Final[_StartKycReview]

class _ApproveKyc:  # sql/queries/kyc.sql:38
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, kyc_id: UUID, verified_by: UUID) -> int:
        """Grants a request: user and request change together. Returns the new tier."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, kyc_id: UUID, verified_by: UUID) -> Awaitable[int]:
        """Grants a request: user and request change together. Returns the new tier."""

approve_kyc: Final[_ApproveKyc]

class _RejectKyc:  # sql/queries/kyc.sql:43
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, kyc_id: UUID, verified_by: UUID, reason: str) -> int:
        """Refuses a request with a reason of 1 to 500 characters; the tier stays as it was."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        kyc_id: UUID,
        verified_by: UUID,
        reason: str,
    ) -> Awaitable[int]:
        """Refuses a request with a reason of 1 to 500 characters; the tier stays as it was."""

reject_kyc: Final[_RejectKyc]

class GetKycStatusRow(NamedTuple):
    user_id: UUID
    kyc_tier: int
    kyc_status: str
    kyc_verified_at: _datetime | None
    request_id: UUID | None
    request_tier: int | None
    request_status: str | None
    rejection_reason: str | None
    requested_at: _datetime | None
    decided_at: _datetime | None

class _GetKycStatus:  # sql/queries/kyc.sql:47
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetKycStatusRow | None:
        """A user's tier, and the newest request if there is one."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetKycStatusRow | None]:
        """A user's tier, and the newest request if there is one."""

get_kyc_status: Final[_GetKycStatus]

class GetKycLimitsRow(NamedTuple):
    tier: int
    single_limit: Decimal
    daily_limit: Decimal
    monthly_limit: Decimal
    max_plans: int

class _GetKycLimits:  # sql/queries/kyc.sql:61
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetKycLimitsRow | None:
        """What the user's tier allows, in naira and plans."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetKycLimitsRow | None]:
        """What the user's tier allows, in naira and plans."""

get_kyc_limits: Final[_GetKycLimits]

class _CreateNotification:  # sql/queries/notifications.sql:5
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        type: str,
        channel: str,
        title: str,
        message: str,
        data: dict[str, Any] | Json | Jsonb | None,
    ) -> UUID | None:
        """Makes a message and returns its id; None if the user does not want such messages."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        type: str,
        channel: str,
        title: str,
        message: str,
        data: dict[str, Any] | Json | Jsonb | None,
    ) -> Awaitable[UUID | None]:
        """Makes a message and returns its id; None if the user does not want such messages."""

create_notification: Final[_CreateNotification]

class ListNotificationsRow(NamedTuple):
    id: UUID
    type: str
    channel: str
    title: str
    message: str
    data: Any
    status: str
    is_read: bool
    read_at: _datetime | None
    created_at: _datetime

class _ListNotifications:  # sql/queries/notifications.sql:12
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListNotificationsRow]:
        """The user's messages, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListNotificationsRow]]:
        """The user's messages, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListNotificationsRow]:
        """The user's messages, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListNotificationsRow]:
        """The user's messages, newest first.

        Yields the rows as they arrive.
        """

list_notifications: Final[_ListNotifications]

class _CountUnread:  # sql/queries/notifications.sql:23
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> int:
        """How many messages the user has not read."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[int]:
        """How many messages the user has not read."""

count_unread: Final[_CountUnread]

class _MarkNotificationRead:  # sql/queries/notifications.sql:29
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, notification_id: UUID, created_at: _datetime) -> bool:
        """The user has read a message; false if there is none."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        notification_id: UUID,
        created_at: _datetime,
    ) -> Awaitable[bool]:
        """The user has read a message; false if there is none."""

mark_notification_read: Final[_MarkNotificationRead]

class _MarkAllRead:  # sql/queries/notifications.sql:36
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> int:
        """The user has read everything; returns how many were unread."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[int]:
        """The user has read everything; returns how many were unread."""

mark_all_read: Final[_MarkAllRead]

class GetNotificationPreferencesRow(NamedTuple):
    push_enabled: bool
    push_contribution_reminders: bool
    push_milestones: bool
    push_group_activity: bool
    push_payment_updates: bool
    sms_enabled: bool
    sms_contribution_reminders: bool
    sms_milestones: bool
    sms_payment_updates: bool
    email_enabled: bool
    email_weekly_report: bool
    email_milestones: bool
    email_group_activity: bool
    email_payment_updates: bool
    quiet_hours_enabled: bool
    quiet_hours_start: _time | None
    quiet_hours_end: _time | None
    updated_at: _datetime

class _GetNotificationPreferences:  # sql/queries/notifications.sql:41
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetNotificationPreferencesRow | None:
        """What the user wants to hear of, by which channel, and when not."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetNotificationPreferencesRow | None]:
        """What the user wants to hear of, by which channel, and when not."""

get_notification_preferences: Final[_GetNotificationPreferences]

class UpsertNotificationPreferencesRow(NamedTuple):
    push_enabled: bool
    push_contribution_reminders: bool
    push_milestones: bool
    push_group_activity: bool
    push_payment_updates: bool
    sms_enabled: bool
    sms_contribution_reminders: bool
    sms_milestones: bool
    sms_payment_updates: bool
    email_enabled: bool
    email_weekly_report: bool
    email_milestones: bool
    email_group_activity: bool
    email_payment_updates: bool
    quiet_hours_enabled: bool
    quiet_hours_start: _time | None
    quiet_hours_end: _time | None
    updated_at: _datetime

class _UpsertNotificationPreferences:  # sql/queries/notifications.sql:50
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        push_enabled: bool | None,
        push_contribution_reminders: bool | None,
        push_milestones: bool | None,
        push_group_activity: bool | None,
        push_payment_updates: bool | None,
        sms_enabled: bool | None,
        sms_contribution_reminders: bool | None,
        sms_milestones: bool | None,
        sms_payment_updates: bool | None,
        email_enabled: bool | None,
        email_weekly_report: bool | None,
        email_milestones: bool | None,
        email_group_activity: bool | None,
        email_payment_updates: bool | None,
        quiet_hours_enabled: bool | None,
        quiet_hours_start: _time | None,
        quiet_hours_end: _time | None,
    ) -> UpsertNotificationPreferencesRow | None:
        """Changes what the user wants; None leaves a wish as it is, at first as the application's defaults have it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        push_enabled: bool | None,
        push_contribution_reminders: bool | None,
        push_milestones: bool | None,
        push_group_activity: bool | None,
        push_payment_updates: bool | None,
        sms_enabled: bool | None,
        sms_contribution_reminders: bool | None,
        sms_milestones: bool | None,
        sms_payment_updates: bool | None,
        email_enabled: bool | None,
        email_weekly_report: bool | None,
        email_milestones: bool | None,
        email_group_activity: bool | None,
        email_payment_updates: bool | None,
        quiet_hours_enabled: bool | None,
        quiet_hours_start: _time | None,
        quiet_hours_end: _time | None,
    ) -> Awaitable[UpsertNotificationPreferencesRow | None]:
        """Changes what the user wants; None leaves a wish as it is, at first as the application's defaults have it."""

upsert_notification_preferences: Final[_UpsertNotificationPreferences]

class _RegisterPushToken:  # sql/queries/notifications.sql:91
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        token: str,
        platform: str,
        device_id: str | None,
        device_name: str | None,
    ) -> UUID:
        """Makes a device one of the user's, whosever it was; returns the id of its row."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        token: str,
        platform: str,
        device_id: str | None,
        device_name: str | None,
    ) -> Awaitable[UUID]:
        """Makes a device one of the user's, whosever it was; returns the id of its row."""

register_push_token: Final[_RegisterPushToken]

class _DeactivatePushToken:  # sql/queries/notifications.sql:99
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, token: str) -> bool:
        """No more messages to a device; false if it was not one of the user's."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, token: str) -> Awaitable[bool]:
        """No more messages to a device; false if it was not one of the user's."""

deactivate_push_token: Final[_DeactivatePushToken]

class ListActivePushTokensRow(NamedTuple):
    id: UUID
    token: str
    platform: str
    device_id: str | None
    device_name: str | None
    last_used_at: _datetime | None
    created_at: _datetime

class _ListActivePushTokens:  # sql/queries/notifications.sql:104
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListActivePushTokensRow]:
        """The devices that the user's messages go to."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListActivePushTokensRow]]:
        """The devices that the user's messages go to."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListActivePushTokensRow]:
        """The devices that the user's messages go to.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListActivePushTokensRow]:
        """The devices that the user's messages go to.

        Yields the rows as they arrive.
        """

list_active_push_tokens: Final[_ListActivePushTokens]

class _ScheduleNotification:  # sql/queries/notifications.sql:113
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        type: str,
        channel: str,
        title: str,
        message: str,
        scheduled_for: _datetime,
        recurring_pattern: str | None,
        data: dict[str, Any] | Json | Jsonb | None,
    ) -> UUID:
        """Plans a message, once or daily, weekly, monthly from that moment on; returns the id of the plan."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        type: str,
        channel: str,
        title: str,
        message: str,
        scheduled_for: _datetime,
        recurring_pattern: str | None,
        data: dict[str, Any] | Json | Jsonb | None,
    ) -> Awaitable[UUID]:
        """Plans a message, once or daily, weekly, monthly from that moment on; returns the id of the plan."""

schedule_notification: Final[_ScheduleNotification]

class _CancelScheduledNotification:  # sql/queries/notifications.sql:121
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, scheduled_notification_id: UUID) -> bool:
        """Takes a planned message back; false if it was not waiting."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, scheduled_notification_id: UUID) -> Awaitable[bool]:
        """Takes a planned message back; false if it was not waiting."""

cancel_scheduled_notification: Final[_CancelScheduledNotification]

class ClaimDueNotificationsRow(NamedTuple):
    id: UUID
    user_id: UUID
    type: str
    channel: str
    title: str
    message: str
    data: Any
    attempts: int
    created_at: _datetime

class _ClaimDueNotifications:  # sql/queries/notifications.sql:128
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        page_size: int | None,
        lease: _timedelta | None,
    ) -> list[ClaimDueNotificationsRow]:
        """Gives a worker messages that are due, for the length of the lease (five minutes without it); two workers never get
        the same one.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        page_size: int | None,
        lease: _timedelta | None,
    ) -> Awaitable[list[ClaimDueNotificationsRow]]:
        """Gives a worker messages that are due, for the length of the lease (five minutes without it); two workers never get
        the same one.
        """
    @overload
    def stream(
        self,
        conn: Connection[Any],
        page_size: int | None,
        lease: _timedelta | None,
    ) -> Iterator[ClaimDueNotificationsRow]:
        """Gives a worker messages that are due, for the length of the lease (five minutes without it); two workers never get
        the same one.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        page_size: int | None,
        lease: _timedelta | None,
    ) -> AsyncIterator[ClaimDueNotificationsRow]:
        """Gives a worker messages that are due, for the length of the lease (five minutes without it); two workers never get
        the same one.

        Yields the rows as they arrive.
        """

claim_due_notifications: Final[_ClaimDueNotifications]

class _MarkNotificationSent:  # sql/queries/notifications.sql:139
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, notification_id: UUID, created_at: _datetime) -> bool:
        """The channel has taken a message; false if it was no longer waiting."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        notification_id: UUID,
        created_at: _datetime,
    ) -> Awaitable[bool]:
        """The channel has taken a message; false if it was no longer waiting."""

mark_notification_sent: Final[_MarkNotificationSent]

class _MarkNotificationFailed:  # sql/queries/notifications.sql:146
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        notification_id: UUID,
        created_at: _datetime,
        reason: str,
    ) -> str | None:
        """The channel refused a message: pending again, or failed after the fifth time; None if it was not waiting."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        notification_id: UUID,
        created_at: _datetime,
        reason: str,
    ) -> Awaitable[str | None]:
        """The channel refused a message: pending again, or failed after the fifth time; None if it was not waiting."""

mark_notification_failed: Final[_MarkNotificationFailed]

class _RescheduleRecurring:  # sql/queries/notifications.sql:152
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], page_size: int | None) -> int:
        """Makes messages of the plans that are due and plans the recurring ones again; returns how many plans it took."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], page_size: int | None) -> Awaitable[int]:
        """Makes messages of the plans that are due and plans the recurring ones again; returns how many plans it took."""

reschedule_recurring: Final[_RescheduleRecurring]

class ListSessionsRow(NamedTuple):
    pid: int
    username: str | None
    application_name: str | None
    client_addr: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface | None
    state: str | None
    wait_event_type: str | None
    wait_event: str | None
    backend_start: _datetime | None
    state_change: _datetime | None
    query: str | None

class _ListSessions:  # sql/queries/ops.sql:5
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListSessionsRow]:
        """Who is connected, and what they do."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListSessionsRow]]:
        """Who is connected, and what they do."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListSessionsRow]:
        """Who is connected, and what they do.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListSessionsRow]:
        """Who is connected, and what they do.

        Yields the rows as they arrive.
        """

list_sessions: Final[_ListSessions]

class ListBlockedSessionsRow(NamedTuple):
    waiting_pid: int | None
    waiting_user: str | None
    waiting_for: _timedelta | None
    waiting_query: str | None
    blocking_pid: int
    blocking_user: str | None
    blocking_state: str | None
    blocking_transaction_age: _timedelta | None
    blocking_query: str | None

class _ListBlockedSessions:  # sql/queries/ops.sql:14
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListBlockedSessionsRow]:
        """Who waits for whom, longest first."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListBlockedSessionsRow]]:
        """Who waits for whom, longest first."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListBlockedSessionsRow]:
        """Who waits for whom, longest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListBlockedSessionsRow]:
        """Who waits for whom, longest first.

        Yields the rows as they arrive.
        """

list_blocked_sessions: Final[_ListBlockedSessions]

class ListLocksRow(NamedTuple):
    pid: int
    relation: str | None
    mode: str | None
    granted: bool | None
    username: str | None
    transaction_age: _timedelta | None
    query: str | None

class _ListLocks:  # sql/queries/ops.sql:26
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListLocksRow]:
        """Locks on tables of this database, those that are waited for first."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListLocksRow]]:
        """Locks on tables of this database, those that are waited for first."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListLocksRow]:
        """Locks on tables of this database, those that are waited for first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListLocksRow]:
        """Locks on tables of this database, those that are waited for first.

        Yields the rows as they arrive.
        """

list_locks: Final[_ListLocks]

class ListLongQueriesRow(NamedTuple):
    pid: int
    username: str | None
    application_name: str | None
    running_for: _timedelta
    wait_event_type: str | None
    wait_event: str | None
    query: str | None

class _ListLongQueries:  # sql/queries/ops.sql:36
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], longer_than: _timedelta) -> list[ListLongQueriesRow]:
        """Queries that have been running for longer than an interval."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], longer_than: _timedelta) -> Awaitable[list[ListLongQueriesRow]]:
        """Queries that have been running for longer than an interval."""
    @overload
    def stream(self, conn: Connection[Any], longer_than: _timedelta) -> Iterator[ListLongQueriesRow]:
        """Queries that have been running for longer than an interval.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any], longer_than: _timedelta) -> AsyncIterator[ListLongQueriesRow]:
        """Queries that have been running for longer than an interval.

        Yields the rows as they arrive.
        """

list_long_queries: Final[_ListLongQueries]

class ListLongTransactionsRow(NamedTuple):
    pid: int
    username: str | None
    application_name: str | None
    state: str | None
    open_for: _timedelta
    xmin_age: int | None
    last_query: str | None

class _ListLongTransactions:  # sql/queries/ops.sql:46
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], longer_than: _timedelta) -> list[ListLongTransactionsRow]:
        """Transactions that have been open for longer than an interval; they keep vacuum from its work."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], longer_than: _timedelta) -> Awaitable[list[ListLongTransactionsRow]]:
        """Transactions that have been open for longer than an interval; they keep vacuum from its work."""
    @overload
    def stream(self, conn: Connection[Any], longer_than: _timedelta) -> Iterator[ListLongTransactionsRow]:
        """Transactions that have been open for longer than an interval; they keep vacuum from its work.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any], longer_than: _timedelta) -> AsyncIterator[ListLongTransactionsRow]:
        """Transactions that have been open for longer than an interval; they keep vacuum from its work.

        Yields the rows as they arrive.
        """

list_long_transactions: Final[_ListLongTransactions]

class ListTableSizesRow(NamedTuple):
    table_name: str
    estimated_rows: int
    table_bytes: int | None
    index_bytes: int | None
    total_bytes: int | None

class _ListTableSizes:  # sql/queries/ops.sql:55
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListTableSizesRow]:
        """Tables with their indexes by size on disk."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListTableSizesRow]]:
        """Tables with their indexes by size on disk."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListTableSizesRow]:
        """Tables with their indexes by size on disk.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListTableSizesRow]:
        """Tables with their indexes by size on disk.

        Yields the rows as they arrive.
        """

list_table_sizes: Final[_ListTableSizes]

class ListIndexSizesRow(NamedTuple):
    index_name: str
    table_name: str
    index_bytes: int | None
    scans: int | None

class _ListIndexSizes:  # sql/queries/ops.sql:64
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListIndexSizesRow]:
        """Indexes by size, with how often each was used since the statistics were reset."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListIndexSizesRow]]:
        """Indexes by size, with how often each was used since the statistics were reset."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListIndexSizesRow]:
        """Indexes by size, with how often each was used since the statistics were reset.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListIndexSizesRow]:
        """Indexes by size, with how often each was used since the statistics were reset.

        Yields the rows as they arrive.
        """

list_index_sizes: Final[_ListIndexSizes]

class ListUnusedIndexesRow(NamedTuple):
    index_name: str
    table_name: str
    index_bytes: int | None

class _ListUnusedIndexes:  # sql/queries/ops.sql:73
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListUnusedIndexesRow]:
        """Indexes that no query has used since the statistics were reset and that keep no rule; look at replicas, too."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListUnusedIndexesRow]]:
        """Indexes that no query has used since the statistics were reset and that keep no rule; look at replicas, too."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListUnusedIndexesRow]:
        """Indexes that no query has used since the statistics were reset and that keep no rule; look at replicas, too.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListUnusedIndexesRow]:
        """Indexes that no query has used since the statistics were reset and that keep no rule; look at replicas, too.

        Yields the rows as they arrive.
        """

list_unused_indexes: Final[_ListUnusedIndexes]

class ListDuplicateIndexesRow(NamedTuple):
    table_name: str
    index_name: str
    duplicate_name: str
    duplicate_bytes: int | None

class _ListDuplicateIndexes:  # sql/queries/ops.sql:84
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListDuplicateIndexesRow]:
        """Pairs of indexes of a table over the same columns, with the same order and the same condition."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListDuplicateIndexesRow]]:
        """Pairs of indexes of a table over the same columns, with the same order and the same condition."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListDuplicateIndexesRow]:
        """Pairs of indexes of a table over the same columns, with the same order and the same condition.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListDuplicateIndexesRow]:
        """Pairs of indexes of a table over the same columns, with the same order and the same condition.

        Yields the rows as they arrive.
        """

list_duplicate_indexes: Final[_ListDuplicateIndexes]

class ListBloatRow(NamedTuple):
    table_name: str
    live_rows: int | None
    dead_rows: int | None
    dead_percent: Decimal | None
    table_bytes: int | None
    excess_bytes: int | None

class _ListBloat:  # sql/queries/ops.sql:97
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListBloatRow]:
        """Tables by dead rows and by excess_bytes: about how much more they take on disk than their rows need.
        A page of 8192 bytes has 8168 for rows, each with a pointer of 4 and a header of 24, in steps of 8. Widths are the
        planner's: look after ANALYZE; a tenth of a table is no bloat. None where the role may not see every column.
        """
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListBloatRow]]:
        """Tables by dead rows and by excess_bytes: about how much more they take on disk than their rows need.
        A page of 8192 bytes has 8168 for rows, each with a pointer of 4 and a header of 24, in steps of 8. Widths are the
        planner's: look after ANALYZE; a tenth of a table is no bloat. None where the role may not see every column.
        """
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListBloatRow]:
        """Tables by dead rows and by excess_bytes: about how much more they take on disk than their rows need.
        A page of 8192 bytes has 8168 for rows, each with a pointer of 4 and a header of 24, in steps of 8. Widths are the
        planner's: look after ANALYZE; a tenth of a table is no bloat. None where the role may not see every column.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListBloatRow]:
        """Tables by dead rows and by excess_bytes: about how much more they take on disk than their rows need.
        A page of 8192 bytes has 8168 for rows, each with a pointer of 4 and a header of 24, in steps of 8. Widths are the
        planner's: look after ANALYZE; a tenth of a table is no bloat. None where the role may not see every column.

        Yields the rows as they arrive.
        """

list_bloat: Final[_ListBloat]

class GetCacheHitsRow(NamedTuple):
    table_hit_percent: Decimal | None
    index_hit_percent: Decimal | None

class _GetCacheHits:  # sql/queries/ops.sql:129
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> GetCacheHitsRow:
        """How much of what was read came from memory, in per cent; None before anything was read."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[GetCacheHitsRow]:
        """How much of what was read came from memory, in per cent; None before anything was read."""

get_cache_hits: Final[_GetCacheHits]

class ListVacuumStateRow(NamedTuple):
    table_name: str
    last_vacuum: _datetime | None
    last_autovacuum: _datetime | None
    last_analyze: _datetime | None
    last_autoanalyze: _datetime | None
    changes_since_analyze: int | None
    transaction_age: int | None

class _ListVacuumState:  # sql/queries/ops.sql:135
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListVacuumStateRow]:
        """When each table was cleaned and analysed last, and how old its oldest row is, oldest first."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListVacuumStateRow]]:
        """When each table was cleaned and analysed last, and how old its oldest row is, oldest first."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListVacuumStateRow]:
        """When each table was cleaned and analysed last, and how old its oldest row is, oldest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListVacuumStateRow]:
        """When each table was cleaned and analysed last, and how old its oldest row is, oldest first.

        Yields the rows as they arrive.
        """

list_vacuum_state: Final[_ListVacuumState]

class ListReplicationLagRow(NamedTuple):
    application_name: str | None
    client_addr: IPv4Address | IPv6Address | IPv4Interface | IPv6Interface | None
    state: str | None
    sync_state: str | None
    lag_bytes: Decimal | None
    write_lag: _timedelta | None
    flush_lag: _timedelta | None
    replay_lag: _timedelta | None

class _ListReplicationLag:  # sql/queries/ops.sql:145
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListReplicationLagRow]:
        """The server's standbys and how far they are behind, in bytes and time."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListReplicationLagRow]]:
        """The server's standbys and how far they are behind, in bytes and time."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListReplicationLagRow]:
        """The server's standbys and how far they are behind, in bytes and time.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListReplicationLagRow]:
        """The server's standbys and how far they are behind, in bytes and time.

        Yields the rows as they arrive.
        """

list_replication_lag: Final[_ListReplicationLag]

class ListSequenceUsageRow(NamedTuple):
    sequence_name: str
    last_value: int | None
    max_value: int
    used_percent: Decimal | None

class _ListSequenceUsage:  # sql/queries/ops.sql:154
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any]) -> list[ListSequenceUsageRow]:
        """How much of each sequence is used up, fullest first; None where the role may not see it."""
    @overload
    def __call__(self, conn: AsyncConnection[Any]) -> Awaitable[list[ListSequenceUsageRow]]:
        """How much of each sequence is used up, fullest first; None where the role may not see it."""
    @overload
    def stream(self, conn: Connection[Any]) -> Iterator[ListSequenceUsageRow]:
        """How much of each sequence is used up, fullest first; None where the role may not see it.

        Yields the rows as they arrive.
        """
    @overload
    def stream(self, conn: AsyncConnection[Any]) -> AsyncIterator[ListSequenceUsageRow]:
        """How much of each sequence is used up, fullest first; None where the role may not see it.

        Yields the rows as they arrive.
        """

list_sequence_usage: Final[_ListSequenceUsage]

class _CreateRole:  # sql/queries/rbac.sql:5
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        name: str,
        display_name: str,
        description: str | None,
    ) -> UUID:
        """Makes a role without permissions; returns its id."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        name: str,
        display_name: str,
        description: str | None,
    ) -> Awaitable[UUID]:
        """Makes a role without permissions; returns its id."""

create_role: Final[_CreateRole]

class GetRoleByNameRow(NamedTuple):
    id: UUID
    name: str
    display_name: str
    description: str | None
    is_system: bool
    created_at: _datetime
    updated_at: _datetime

class _GetRoleByName:  # sql/queries/rbac.sql:12
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], name: str) -> GetRoleByNameRow | None:
        """One role by its key, such as admin."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], name: str) -> Awaitable[GetRoleByNameRow | None]:
        """One role by its key, such as admin."""

get_role_by_name: Final[_GetRoleByName]

class ListRolesRow(NamedTuple):
    id: UUID
    name: str
    display_name: str
    description: str | None
    is_system: bool

class _ListRoles:  # sql/queries/rbac.sql:18
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], after_name: str | None, page_size: int | None) -> list[ListRolesRow]:
        """All roles, by name."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> Awaitable[list[ListRolesRow]]:
        """All roles, by name."""
    @overload
    def stream(self, conn: Connection[Any], after_name: str | None, page_size: int | None) -> Iterator[ListRolesRow]:
        """All roles, by name.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> AsyncIterator[ListRolesRow]:
        """All roles, by name.

        Yields the rows as they arrive.
        """

list_roles: Final[_ListRoles]

class _UpdateRole:  # sql/queries/rbac.sql:26
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        name: str,
        display_name: str,
        description: str | None,
    ) -> bool:
        """Changes what people read of a role; false if there is none of that name."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        name: str,
        display_name: str,
        description: str | None,
    ) -> Awaitable[bool]:
        """Changes what people read of a role; false if there is none of that name."""

update_role: Final[_UpdateRole]

class _DeleteRole:  # sql/queries/rbac.sql:34
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, name: str) -> bool:
        """Deletes a role that nobody has, never one of the system's; false if there is none of that name."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, name: str) -> Awaitable[bool]:
        """Deletes a role that nobody has, never one of the system's; false if there is none of that name."""

delete_role: Final[_DeleteRole]

class _CreatePermission:  # sql/queries/rbac.sql:39
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        resource: str,
        action: str,
        display_name: str,
        description: str | None,
    ) -> UUID:
        """Makes the permission resource:action; returns its id."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        resource: str,
        action: str,
        display_name: str,
        description: str | None,
    ) -> Awaitable[UUID]:
        """Makes the permission resource:action; returns its id."""

create_permission: Final[_CreatePermission]

class ListPermissionsRow(NamedTuple):
    id: UUID
    name: str
    display_name: str
    description: str | None
    resource: str
    action: str
    is_system: bool

class _ListPermissions:  # sql/queries/rbac.sql:47
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> list[ListPermissionsRow]:
        """All permissions, by name."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> Awaitable[list[ListPermissionsRow]]:
        """All permissions, by name."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> Iterator[ListPermissionsRow]:
        """All permissions, by name.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_name: str | None,
        page_size: int | None,
    ) -> AsyncIterator[ListPermissionsRow]:
        """All permissions, by name.

        Yields the rows as they arrive.
        """

list_permissions: Final[_ListPermissions]

class _GrantRolePermission:  # sql/queries/rbac.sql:55
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, role: str, permission: str) -> bool:
        """Adds a permission to a role; false if it was there."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, role: str, permission: str) -> Awaitable[bool]:
        """Adds a permission to a role; false if it was there."""

grant_role_permission: Final[_GrantRolePermission]

class _RevokeRolePermission:  # sql/queries/rbac.sql:60
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, role: str, permission: str) -> bool:
        """Takes a permission from a role; false if it was not there."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, role: str, permission: str) -> Awaitable[bool]:
        """Takes a permission from a role; false if it was not there."""

revoke_role_permission: Final[_RevokeRolePermission]

class ListRolePermissionsRow(NamedTuple):
    id: UUID
    name: str
    display_name: str
    resource: str
    action: str

class _ListRolePermissions:  # sql/queries/rbac.sql:65
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        role: str,
        after_name: str | None,
        page_size: int | None,
    ) -> list[ListRolePermissionsRow]:
        """What a role allows, by name."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        role: str,
        after_name: str | None,
        page_size: int | None,
    ) -> Awaitable[list[ListRolePermissionsRow]]:
        """What a role allows, by name."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        role: str,
        after_name: str | None,
        page_size: int | None,
    ) -> Iterator[ListRolePermissionsRow]:
        """What a role allows, by name.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        role: str,
        after_name: str | None,
        page_size: int | None,
    ) -> AsyncIterator[ListRolePermissionsRow]:
        """What a role allows, by name.

        Yields the rows as they arrive.
        """

list_role_permissions: Final[_ListRolePermissions]

class _AssignRole:  # sql/queries/rbac.sql:75
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        role: str,
        assigned_by: UUID,
        expires_at: _datetime | None,
    ) -> UUID:
        """Gives a user a role, or gives it anew with another end; without an end it stays. Returns the id of the grant."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        role: str,
        assigned_by: UUID,
        expires_at: _datetime | None,
    ) -> Awaitable[UUID]:
        """Gives a user a role, or gives it anew with another end; without an end it stays. Returns the id of the grant."""

assign_role: Final[_AssignRole]

class _RevokeRole:  # sql/queries/rbac.sql:82
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, role: str, revoked_by: UUID) -> bool:
        """Takes a role from a user; false if the user had it not. The last administrator stays."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, role: str, revoked_by: UUID) -> Awaitable[bool]:
        """Takes a role from a user; false if the user had it not. The last administrator stays."""

revoke_role: Final[_RevokeRole]

class _GrantUserPermission:  # sql/queries/rbac.sql:87
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        permission: str,
        assigned_by: UUID,
        expires_at: _datetime | None,
    ) -> UUID:
        """Gives a user one permission directly; returns the id of the grant."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        permission: str,
        assigned_by: UUID,
        expires_at: _datetime | None,
    ) -> Awaitable[UUID]:
        """Gives a user one permission directly; returns the id of the grant."""

grant_user_permission: Final[_GrantUserPermission]

class _RevokeUserPermission:  # sql/queries/rbac.sql:94
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, permission: str, revoked_by: UUID) -> bool:
        """Takes a direct permission from a user; false if there was none. What comes by a role stays."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, permission: str, revoked_by: UUID) -> Awaitable[bool]:
        """Takes a direct permission from a user; false if there was none. What comes by a role stays."""

revoke_user_permission: Final[_RevokeUserPermission]

class GetEffectivePermissionsRow(NamedTuple):
    name: str
    resource: str
    action: str

class _GetEffectivePermissions:  # sql/queries/rbac.sql:101
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> list[GetEffectivePermissionsRow]:
        """Everything the user may do now, by roles and directly; nothing when deactivated or suspended."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> Awaitable[list[GetEffectivePermissionsRow]]:
        """Everything the user may do now, by roles and directly; nothing when deactivated or suspended."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> Iterator[GetEffectivePermissionsRow]:
        """Everything the user may do now, by roles and directly; nothing when deactivated or suspended.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> AsyncIterator[GetEffectivePermissionsRow]:
        """Everything the user may do now, by roles and directly; nothing when deactivated or suspended.

        Yields the rows as they arrive.
        """

get_effective_permissions: Final[_GetEffectivePermissions]

class _HasPermission:  # sql/queries/rbac.sql:109
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, permission: str) -> bool:
        """Whether the user has a permission, such as wallet:read, now."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, permission: str) -> Awaitable[bool]:
        """Whether the user has a permission, such as wallet:read, now."""

has_permission: Final[_HasPermission]

class ListUserRolesRow(NamedTuple):
    id: UUID
    name: str
    display_name: str
    assigned_by: UUID | None
    assigned_at: _datetime
    expires_at: _datetime | None

class _ListUserRoles:  # sql/queries/rbac.sql:113
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> list[ListUserRolesRow]:
        """The user's roles with who gave them and when they end."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserRolesRow]]:
        """The user's roles with who gave them and when they end."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> Iterator[ListUserRolesRow]:
        """The user's roles with who gave them and when they end.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_name: str | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserRolesRow]:
        """The user's roles with who gave them and when they end.

        Yields the rows as they arrive.
        """

list_user_roles: Final[_ListUserRoles]

class CreateSavingsPlanRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    cycle_duration: int
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    auto_save_enabled: bool
    auto_save_time: _time
    status: str
    start_date: _date
    end_date: _date
    interest_rate: Decimal
    version: int
    created_at: _datetime

class _CreateSavingsPlan:  # sql/queries/savings.sql:5
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_name: str,
        daily_amount: Decimal | int,
        cycle_duration: int,
        target_amount: Decimal | int | None,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
        interest_rate: Decimal | int | None,
        minimum_balance: Decimal | int | None,
        start_date: _date | None,
        idempotency_key: str | None,
    ) -> CreateSavingsPlanRow:
        """Opens a plan of cycle_duration days; the target is daily amount times days unless it is given."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_name: str,
        daily_amount: Decimal | int,
        cycle_duration: int,
        target_amount: Decimal | int | None,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
        interest_rate: Decimal | int | None,
        minimum_balance: Decimal | int | None,
        start_date: _date | None,
        idempotency_key: str | None,
    ) -> Awaitable[CreateSavingsPlanRow]:
        """Opens a plan of cycle_duration days; the target is daily amount times days unless it is given."""

create_savings_plan: Final[_CreateSavingsPlan]

class GetSavingsPlanRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    cycle_duration: int
    target_amount: Decimal
    current_amount: Decimal
    minimum_balance: Decimal
    currency: str
    auto_save_enabled: bool
    auto_save_time: _time
    status: str
    start_date: _date
    end_date: _date
    interest_rate: Decimal
    contribution_streak: int
    last_contribution_on: _date | None
    total_contributions: int
    version: int
    completed_at: _datetime | None
    cancelled_at: _datetime | None
    created_at: _datetime
    updated_at: _datetime

class _GetSavingsPlan:  # sql/queries/savings.sql:20
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID) -> GetSavingsPlanRow | None:
        """One plan of the user."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, plan_id: UUID) -> Awaitable[GetSavingsPlanRow | None]:
        """One plan of the user."""

get_savings_plan: Final[_GetSavingsPlan]

class ListUserPlansRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    auto_save_enabled: bool
    status: str
    start_date: _date
    end_date: _date
    contribution_streak: int
    version: int
    created_at: _datetime

class _ListUserPlans:  # sql/queries/savings.sql:29
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserPlansRow]:
        """All plans of the user, newest first. A page begins behind before_id, the first one without it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserPlansRow]]:
        """All plans of the user, newest first. A page begins behind before_id, the first one without it."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserPlansRow]:
        """All plans of the user, newest first. A page begins behind before_id, the first one without it.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserPlansRow]:
        """All plans of the user, newest first. A page begins behind before_id, the first one without it.

        Yields the rows as they arrive.
        """

list_user_plans: Final[_ListUserPlans]

class ListActivePlansRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    auto_save_enabled: bool
    status: str
    start_date: _date
    end_date: _date
    contribution_streak: int
    version: int
    created_at: _datetime

class _ListActivePlans:  # sql/queries/savings.sql:38
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListActivePlansRow]:
        """The user's plans that are being saved into, newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListActivePlansRow]]:
        """The user's plans that are being saved into, newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListActivePlansRow]:
        """The user's plans that are being saved into, newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListActivePlansRow]:
        """The user's plans that are being saved into, newest first.

        Yields the rows as they arrive.
        """

list_active_plans: Final[_ListActivePlans]

class ListPlansByStatusRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    target_amount: Decimal
    current_amount: Decimal
    currency: str
    auto_save_enabled: bool
    status: str
    start_date: _date
    end_date: _date
    contribution_streak: int
    version: int
    created_at: _datetime

class _ListPlansByStatus:  # sql/queries/savings.sql:48
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        status: str,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListPlansByStatusRow]:
        """The user's plans in one state: active, paused, completed or cancelled; newest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        status: str,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListPlansByStatusRow]]:
        """The user's plans in one state: active, paused, completed or cancelled; newest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        status: str,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListPlansByStatusRow]:
        """The user's plans in one state: active, paused, completed or cancelled; newest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        status: str,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListPlansByStatusRow]:
        """The user's plans in one state: active, paused, completed or cancelled; newest first.

        Yields the rows as they arrive.
        """

list_plans_by_status: Final[_ListPlansByStatus]

class UpdatePlanSettingsRow(NamedTuple):
    id: UUID
    plan_name: str
    daily_amount: Decimal
    auto_save_enabled: bool
    auto_save_time: _time
    minimum_balance: Decimal
    status: str
    version: int

class _UpdatePlanSettings:  # sql/queries/savings.sql:58
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
        plan_name: str | None,
        daily_amount: Decimal | int | None,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
        minimum_balance: Decimal | int | None,
    ) -> UpdatePlanSettingsRow:
        """Changes an open plan; None leaves a setting as it is."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
        plan_name: str | None,
        daily_amount: Decimal | int | None,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
        minimum_balance: Decimal | int | None,
    ) -> Awaitable[UpdatePlanSettingsRow]:
        """Changes an open plan; None leaves a setting as it is."""

update_plan_settings: Final[_UpdatePlanSettings]

class SetPlanAutoSaveRow(NamedTuple):
    id: UUID
    auto_save_enabled: bool
    auto_save_time: _time
    status: str
    version: int

class _SetPlanAutoSave:  # sql/queries/savings.sql:68
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
    ) -> SetPlanAutoSaveRow:
        """Switches the daily saving of an open plan on or off; a time of None stays as it is."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
        auto_save_enabled: bool | None,
        auto_save_time: _time | None,
    ) -> Awaitable[SetPlanAutoSaveRow]:
        """Switches the daily saving of an open plan on or off; a time of None stays as it is."""

set_plan_auto_save: Final[_SetPlanAutoSave]

class PausePlanRow(NamedTuple):
    id: UUID
    status: str
    version: int

class _PausePlan:  # sql/queries/savings.sql:77
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID, version: int) -> PausePlanRow:
        """Nothing is saved into the plan until it is resumed."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
    ) -> Awaitable[PausePlanRow]:
        """Nothing is saved into the plan until it is resumed."""

pause_plan: Final[_PausePlan]

class ResumePlanRow(NamedTuple):
    id: UUID
    status: str
    version: int

class _ResumePlan:  # sql/queries/savings.sql:83
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID, version: int) -> ResumePlanRow:
        """A paused plan is active again."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
    ) -> Awaitable[ResumePlanRow]:
        """A paused plan is active again."""

resume_plan: Final[_ResumePlan]

class CancelPlanRow(NamedTuple):
    id: UUID
    status: str
    version: int
    current_amount: Decimal
    cancelled_at: _datetime | None

class _CancelPlan:  # sql/queries/savings.sql:89
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID, version: int) -> CancelPlanRow:
        """Ends a plan before its time: what is in it goes back to the wallet, less penalty and fee."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
    ) -> Awaitable[CancelPlanRow]:
        """Ends a plan before its time: what is in it goes back to the wallet, less penalty and fee."""

cancel_plan: Final[_CancelPlan]

class CompletePlanRow(NamedTuple):
    id: UUID
    status: str
    version: int
    current_amount: Decimal
    completed_at: _datetime | None

class _CompletePlan:  # sql/queries/savings.sql:95
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID, version: int) -> CompletePlanRow:
        """Ends a plan that has reached its target or its end."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        version: int,
    ) -> Awaitable[CompletePlanRow]:
        """Ends a plan that has reached its target or its end."""

complete_plan: Final[_CompletePlan]

class ContributeToPlanRow(NamedTuple):
    id: UUID
    plan_id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime

class _ContributeToPlan:  # sql/queries/savings.sql:101
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        amount: Decimal | int,
        idempotency_key: str | None,
    ) -> ContributeToPlanRow:
        """Moves money from the wallet into the plan; the streak counts days, and the plan is complete at its target."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        amount: Decimal | int,
        idempotency_key: str | None,
    ) -> Awaitable[ContributeToPlanRow]:
        """Moves money from the wallet into the plan; the streak counts days, and the plan is complete at its target."""

contribute_to_plan: Final[_ContributeToPlan]

class WithdrawFromPlanRow(NamedTuple):
    id: UUID
    plan_id: UUID
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime

class _WithdrawFromPlan:  # sql/queries/savings.sql:109
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        amount: Decimal | int,
        idempotency_key: str | None,
    ) -> WithdrawFromPlanRow:
        """Moves money from the plan into the wallet; before the plan's end five per cent of it are a penalty."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        amount: Decimal | int,
        idempotency_key: str | None,
    ) -> Awaitable[WithdrawFromPlanRow]:
        """Moves money from the plan into the wallet; before the plan's end five per cent of it are a penalty."""

withdraw_from_plan: Final[_WithdrawFromPlan]

class GetPlanProgressRow(NamedTuple):
    id: UUID
    current_amount: Decimal
    target_amount: Decimal
    progress_percent: Decimal
    remaining_amount: Decimal
    days_remaining: int
    contribution_streak: int
    total_contributions: int
    status: str

class _GetPlanProgress:  # sql/queries/savings.sql:117
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID) -> GetPlanProgressRow | None:
        """How far a plan has come: per cent of the target, what is missing, days until its end."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
    ) -> Awaitable[GetPlanProgressRow | None]:
        """How far a plan has come: per cent of the target, what is missing, days until its end."""

get_plan_progress: Final[_GetPlanProgress]

class GetTotalSavingsRow(NamedTuple):
    active_amount: Decimal
    total_amount: Decimal
    active_plans: int

class _GetTotalSavings:  # sql/queries/savings.sql:125
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetTotalSavingsRow:
        """What is in the user's plans: in those that are active, and in all of them."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetTotalSavingsRow]:
        """What is in the user's plans: in those that are active, and in all of them."""

get_total_savings: Final[_GetTotalSavings]

class ListDueAutoSavesRow(NamedTuple):
    user_id: UUID
    plan_id: UUID
    auto_save_time: _time
    amount: Decimal
    currency: str

class _ListDueAutoSaves:  # sql/queries/savings.sql:132
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        day: _date,
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> list[ListDueAutoSavesRow]:
        """Plans whose daily saving of a day has not been tried yet; run_auto_save_batch does it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        day: _date,
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListDueAutoSavesRow]]:
        """Plans whose daily saving of a day has not been tried yet; run_auto_save_batch does it."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        day: _date,
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListDueAutoSavesRow]:
        """Plans whose daily saving of a day has not been tried yet; run_auto_save_batch does it.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        day: _date,
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListDueAutoSavesRow]:
        """Plans whose daily saving of a day has not been tried yet; run_auto_save_batch does it.

        Yields the rows as they arrive.
        """

list_due_auto_saves: Final[_ListDueAutoSaves]

class RunAutoSaveBatchRow(NamedTuple):
    saved: int
    saved_amount: Decimal
    refused: int

class _RunAutoSaveBatch:  # sql/queries/savings.sql:150
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], day: _date, part: int, parts: int) -> RunAutoSaveBatchRow:
        """Saves for every plan that is due, once for each plan and day. Workers share the users: part 0 to parts - 1."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], day: _date, part: int, parts: int) -> Awaitable[RunAutoSaveBatchRow]:
        """Saves for every plan that is due, once for each plan and day. Workers share the users: part 0 to parts - 1."""

run_auto_save_batch: Final[_RunAutoSaveBatch]

class ListPlansForInterestRow(NamedTuple):
    user_id: UUID
    plan_id: UUID
    current_amount: Decimal
    interest_rate: Decimal
    currency: str
    completed_at: _datetime | None

class _ListPlansForInterest:  # sql/queries/savings.sql:157
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> list[ListPlansForInterestRow]:
        """Completed plans whose interest has not been paid yet; post_interest does it."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListPlansForInterestRow]]:
        """Completed plans whose interest has not been paid yet; post_interest does it."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListPlansForInterestRow]:
        """Completed plans whose interest has not been paid yet; post_interest does it.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_user_id: UUID | None,
        after_plan_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListPlansForInterestRow]:
        """Completed plans whose interest has not been paid yet; post_interest does it.

        Yields the rows as they arrive.
        """

list_plans_for_interest: Final[_ListPlansForInterest]

class _AccrueInterest:  # sql/queries/savings.sql:170
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], day: _date, part: int, parts: int) -> int:
        """Notes the interest of a day that is over, once for each plan and day; returns for how many plans."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], day: _date, part: int, parts: int) -> Awaitable[int]:
        """Notes the interest of a day that is over, once for each plan and day; returns for how many plans."""

accrue_interest: Final[_AccrueInterest]

class PostInterestRow(NamedTuple):
    paid: int
    paid_amount: Decimal

class _PostInterest:  # sql/queries/savings.sql:175
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], part: int, parts: int) -> PostInterestRow:
        """Pays what was accrued into the plans that are complete."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], part: int, parts: int) -> Awaitable[PostInterestRow]:
        """Pays what was accrued into the plans that are complete."""

post_interest: Final[_PostInterest]

class _MaturePlans:  # sql/queries/savings.sql:182
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], day: _date, part: int, parts: int) -> int:
        """Completes the open plans whose end was reached by this day; returns how many."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], day: _date, part: int, parts: int) -> Awaitable[int]:
        """Completes the open plans whose end was reached by this day; returns how many."""

mature_plans: Final[_MaturePlans]

class GetTransactionRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    metadata: Any
    provider: str | None
    provider_reference: str | None
    bank_account_id: UUID | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None
    failed_at: _datetime | None
    cancelled_at: _datetime | None
    failure_reason: str | None
    updated_at: _datetime

class _GetTransaction:  # sql/queries/transactions.sql:7
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID) -> GetTransactionRow | None:
        """One transaction of the user."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
    ) -> Awaitable[GetTransactionRow | None]:
        """One transaction of the user."""

get_transaction: Final[_GetTransaction]

class GetTransactionByReferenceRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    created_at: _datetime
    completed_at: _datetime | None
    failed_at: _datetime | None
    cancelled_at: _datetime | None
    failure_reason: str | None

class _GetTransactionByReference:  # sql/queries/transactions.sql:17
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, reference: str) -> GetTransactionByReferenceRow | None:
        """The user's transaction with this reference."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        reference: str,
    ) -> Awaitable[GetTransactionByReferenceRow | None]:
        """The user's transaction with this reference."""

get_transaction_by_reference: Final[_GetTransactionByReference]

class GetTransactionByProviderReferenceRow(NamedTuple):
    id: UUID
    user_id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    created_at: _datetime

class _GetTransactionByProviderReference:  # sql/queries/transactions.sql:26
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        provider: str,
        provider_reference: str,
    ) -> GetTransactionByProviderReferenceRow | None:
        """The transaction that a provider's message is about, and whose it is."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        provider: str,
        provider_reference: str,
    ) -> Awaitable[GetTransactionByProviderReferenceRow | None]:
        """The transaction that a provider's message is about, and whose it is."""

get_transaction_by_provider_reference: Final[_GetTransactionByProviderReference]

class ListUserTransactionsRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _ListUserTransactions:  # sql/queries/transactions.sql:32
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUserTransactionsRow]:
        """All transactions of the user."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUserTransactionsRow]]:
        """All transactions of the user."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUserTransactionsRow]:
        """All transactions of the user.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUserTransactionsRow]:
        """All transactions of the user.

        Yields the rows as they arrive.
        """

list_user_transactions: Final[_ListUserTransactions]

class ListPlanTransactionsRow(NamedTuple):
    id: UUID
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    plan_change: Decimal
    currency: str
    type: str
    status: str
    reference: str
    description: str | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _ListPlanTransactions:  # sql/queries/transactions.sql:46
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListPlanTransactionsRow]:
        """The transactions of one plan of the user; plan_change is what each put into the plan, negative what it took out."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListPlanTransactionsRow]]:
        """The transactions of one plan of the user; plan_change is what each put into the plan, negative what it took out."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        plan_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListPlanTransactionsRow]:
        """The transactions of one plan of the user; plan_change is what each put into the plan, negative what it took out.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListPlanTransactionsRow]:
        """The transactions of one plan of the user; plan_change is what each put into the plan, negative what it took out.

        Yields the rows as they arrive.
        """

list_plan_transactions: Final[_ListPlanTransactions]

class ListTransactionsByStatusRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _ListTransactionsByStatus:  # sql/queries/transactions.sql:59
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        status: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListTransactionsByStatusRow]:
        """The user's transactions in one state: pending, completed, failed or cancelled."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        status: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListTransactionsByStatusRow]]:
        """The user's transactions in one state: pending, completed, failed or cancelled."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        status: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListTransactionsByStatusRow]:
        """The user's transactions in one state: pending, completed, failed or cancelled.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        status: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListTransactionsByStatusRow]:
        """The user's transactions in one state: pending, completed, failed or cancelled.

        Yields the rows as they arrive.
        """

list_transactions_by_status: Final[_ListTransactionsByStatus]

class ListTransactionsByTypeRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _ListTransactionsByType:  # sql/queries/transactions.sql:73
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        type: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListTransactionsByTypeRow]:
        """The user's transactions of one type, such as contribution or wallet_funding."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        type: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListTransactionsByTypeRow]]:
        """The user's transactions of one type, such as contribution or wallet_funding."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        type: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListTransactionsByTypeRow]:
        """The user's transactions of one type, such as contribution or wallet_funding.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        type: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListTransactionsByTypeRow]:
        """The user's transactions of one type, such as contribution or wallet_funding.

        Yields the rows as they arrive.
        """

list_transactions_by_type: Final[_ListTransactionsByType]

class ListTransactionsBySourceRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _ListTransactionsBySource:  # sql/queries/transactions.sql:87
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        payment_source: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[ListTransactionsBySourceRow]:
        """The user's transactions by where the money came from, such as wallet or bank_transfer."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        payment_source: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListTransactionsBySourceRow]]:
        """The user's transactions by where the money came from, such as wallet or bank_transfer."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        payment_source: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListTransactionsBySourceRow]:
        """The user's transactions by where the money came from, such as wallet or bank_transfer.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        payment_source: str,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListTransactionsBySourceRow]:
        """The user's transactions by where the money came from, such as wallet or bank_transfer.

        Yields the rows as they arrive.
        """

list_transactions_by_source: Final[_ListTransactionsBySource]

class GetTransactionHistoryRow(NamedTuple):
    id: UUID
    plan_id: UUID | None
    amount: Decimal
    fee_amount: Decimal
    penalty_amount: Decimal
    wallet_change: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    description: str | None
    counterparty_id: UUID | None
    reverses_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _GetTransactionHistory:  # sql/queries/transactions.sql:101
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime | None,
        until_at: _datetime | None,
        type: str | None,
        status: str | None,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> list[GetTransactionHistoryRow]:
        """The user's transactions of a period, from_at <= time < until_at, of one type and state if they are given."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime | None,
        until_at: _datetime | None,
        type: str | None,
        status: str | None,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[GetTransactionHistoryRow]]:
        """The user's transactions of a period, from_at <= time < until_at, of one type and state if they are given."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime | None,
        until_at: _datetime | None,
        type: str | None,
        status: str | None,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[GetTransactionHistoryRow]:
        """The user's transactions of a period, from_at <= time < until_at, of one type and state if they are given.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime | None,
        until_at: _datetime | None,
        type: str | None,
        status: str | None,
        before_at: _datetime | None,
        before_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[GetTransactionHistoryRow]:
        """The user's transactions of a period, from_at <= time < until_at, of one type and state if they are given.

        Yields the rows as they arrive.
        """

get_transaction_history: Final[_GetTransactionHistory]

class CompleteTransactionRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    completed_at: _datetime | None

class _CompleteTransaction:  # sql/queries/transactions.sql:117
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID) -> CompleteTransactionRow | None:
        """Ends a pending funding or withdrawal well: posts what came in, or settles what went out."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
    ) -> Awaitable[CompleteTransactionRow | None]:
        """Ends a pending funding or withdrawal well: posts what came in, or settles what went out."""

complete_transaction: Final[_CompleteTransaction]

class FailTransactionRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    failed_at: _datetime | None
    failure_reason: str | None

class _FailTransaction:  # sql/queries/transactions.sql:129
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> FailTransactionRow | None:
        """Ends a pending funding or withdrawal badly; what was held goes back into the wallet."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> Awaitable[FailTransactionRow | None]:
        """Ends a pending funding or withdrawal badly; what was held goes back into the wallet."""

fail_transaction: Final[_FailTransaction]

class CancelTransactionRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    cancelled_at: _datetime | None

class _CancelTransaction:  # sql/queries/transactions.sql:142
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID) -> CancelTransactionRow:
        """The user takes a withdrawal back that has not been sent yet."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
    ) -> Awaitable[CancelTransactionRow]:
        """The user takes a withdrawal back that has not been sent yet."""

cancel_transaction: Final[_CancelTransaction]

class ReverseTransactionRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    reverses_id: UUID | None
    created_at: _datetime

class _ReverseTransaction:  # sql/queries/transactions.sql:148
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> ReverseTransactionRow:
        """Undoes a completed transaction by a new one with opposite postings, once; returns the new one."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> Awaitable[ReverseTransactionRow]:
        """Undoes a completed transaction by a new one with opposite postings, once; returns the new one."""

reverse_transaction: Final[_ReverseTransaction]

class ChargeBackFundingRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    reference: str
    reverses_id: UUID | None
    created_at: _datetime

class _ChargeBackFunding:  # sql/queries/transactions.sql:154
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID, reason: str) -> ChargeBackFundingRow:
        """The provider took a funding back: out of the wallet, and what that cannot give is owed."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> Awaitable[ChargeBackFundingRow]:
        """The provider took a funding back: out of the wallet, and what that cannot give is owed."""

charge_back_funding: Final[_ChargeBackFunding]

class _GetDailyTransactionTotal:  # sql/queries/transactions.sql:160
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, types: list[str], day: _date) -> Decimal:
        """The sum of the user's completed transactions of these types on one day in Lagos.
        Of transfers what was sent. What was reversed does not count.
        """
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, types: list[str], day: _date) -> Awaitable[Decimal]:
        """The sum of the user's completed transactions of these types on one day in Lagos.
        Of transfers what was sent. What was reversed does not count.
        """

get_daily_transaction_total: Final[_GetDailyTransactionTotal]

class _GetMonthlyTransactionTotal:  # sql/queries/transactions.sql:172
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, types: list[str], day: _date) -> Decimal:
        """The sum of the user's completed transactions of these types in the Lagos month of a day.
        Of transfers what was sent. What was reversed does not count.
        """
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, types: list[str], day: _date) -> Awaitable[Decimal]:
        """The sum of the user's completed transactions of these types in the Lagos month of a day.
        Of transfers what was sent. What was reversed does not count.
        """

get_monthly_transaction_total: Final[_GetMonthlyTransactionTotal]

class GetWithdrawalUsageRow(NamedTuple):
    period: str
    max_count: int
    max_amount: Decimal
    used_count: int
    used_amount: Decimal
    plan_count: int
    plan_amount: Decimal

class _GetWithdrawalUsage:  # sql/queries/transactions.sql:185
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, plan_id: UUID | None) -> list[GetWithdrawalUsageRow]:
        """What the user has withdrawn to the bank this day, week (from Monday) and month, beside what is allowed; and out of
        one plan, or of all of them without plan_id. What was reversed does not count.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID | None,
    ) -> Awaitable[list[GetWithdrawalUsageRow]]:
        """What the user has withdrawn to the bank this day, week (from Monday) and month, beside what is allowed; and out of
        one plan, or of all of them without plan_id. What was reversed does not count.
        """
    @overload
    def stream(self, conn: Connection[Any], user_id: UUID, plan_id: UUID | None) -> Iterator[GetWithdrawalUsageRow]:
        """What the user has withdrawn to the bank this day, week (from Monday) and month, beside what is allowed; and out of
        one plan, or of all of them without plan_id. What was reversed does not count.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        plan_id: UUID | None,
    ) -> AsyncIterator[GetWithdrawalUsageRow]:
        """What the user has withdrawn to the bank this day, week (from Monday) and month, beside what is allowed; and out of
        one plan, or of all of them without plan_id. What was reversed does not count.

        Yields the rows as they arrive.
        """

get_withdrawal_usage: Final[_GetWithdrawalUsage]

class _HasPendingWithdrawal:  # sql/queries/transactions.sql:205
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> bool:
        """Whether a withdrawal of the user waits for the bank."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[bool]:
        """Whether a withdrawal of the user waits for the bank."""

has_pending_withdrawal: Final[_HasPendingWithdrawal]

class ListStaleTransactionsRow(NamedTuple):
    id: UUID
    user_id: UUID
    amount: Decimal
    currency: str
    type: str
    provider: str | None
    provider_reference: str | None
    reference: str
    created_at: _datetime

class _ListStaleTransactions:  # sql/queries/transactions.sql:212
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        type: str,
        older_than: _timedelta,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListStaleTransactionsRow]:
        """Pending transactions of one type that are older than an interval, of all users, the oldest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        type: str,
        older_than: _timedelta,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListStaleTransactionsRow]]:
        """Pending transactions of one type that are older than an interval, of all users, the oldest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        type: str,
        older_than: _timedelta,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListStaleTransactionsRow]:
        """Pending transactions of one type that are older than an interval, of all users, the oldest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        type: str,
        older_than: _timedelta,
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListStaleTransactionsRow]:
        """Pending transactions of one type that are older than an interval, of all users, the oldest first.

        Yields the rows as they arrive.
        """

list_stale_transactions: Final[_ListStaleTransactions]

class ClaimTransactionsForProcessingRow(NamedTuple):
    id: UUID
    user_id: UUID
    amount: Decimal
    fee_amount: Decimal
    currency: str
    reference: str
    bank_account_id: UUID | None
    created_at: _datetime

class _ClaimTransactionsForProcessing:  # sql/queries/transactions.sql:223
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        provider: str,
        page_size: int | None,
    ) -> list[ClaimTransactionsForProcessingRow]:
        """Gives a worker pending withdrawals to send through a provider; two workers never get the same one."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        provider: str,
        page_size: int | None,
    ) -> Awaitable[list[ClaimTransactionsForProcessingRow]]:
        """Gives a worker pending withdrawals to send through a provider; two workers never get the same one."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        provider: str,
        page_size: int | None,
    ) -> Iterator[ClaimTransactionsForProcessingRow]:
        """Gives a worker pending withdrawals to send through a provider; two workers never get the same one.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        provider: str,
        page_size: int | None,
    ) -> AsyncIterator[ClaimTransactionsForProcessingRow]:
        """Gives a worker pending withdrawals to send through a provider; two workers never get the same one.

        Yields the rows as they arrive.
        """

claim_transactions_for_processing: Final[_ClaimTransactionsForProcessing]

class RecordPaymentEventRow(NamedTuple):
    id: UUID
    provider: str
    event_id: str
    event_type: str
    status: str
    result: str | None
    created_at: _datetime
    processed_at: _datetime | None

class _RecordPaymentEvent:  # sql/queries/transactions.sql:231
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        provider: str,
        event_id: str,
        event_type: str,
        payload: dict[str, Any] | Json | Jsonb,
        provider_reference: str | None,
        amount: Decimal | int | None,
        currency: str | None,
    ) -> RecordPaymentEventRow:
        """Keeps a provider's message; the same message again gives the row of the first time."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        provider: str,
        event_id: str,
        event_type: str,
        payload: dict[str, Any] | Json | Jsonb,
        provider_reference: str | None,
        amount: Decimal | int | None,
        currency: str | None,
    ) -> Awaitable[RecordPaymentEventRow]:
        """Keeps a provider's message; the same message again gives the row of the first time."""

record_payment_event: Final[_RecordPaymentEvent]

class ProcessPaymentEventRow(NamedTuple):
    id: UUID
    event_type: str
    status: str
    result: str | None
    processed_at: _datetime | None

class _ProcessPaymentEvent:  # sql/queries/transactions.sql:240
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], event_id: UUID) -> ProcessPaymentEventRow:
        """Does what a kept message asks for, once."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], event_id: UUID) -> Awaitable[ProcessPaymentEventRow]:
        """Does what a kept message asks for, once."""

process_payment_event: Final[_ProcessPaymentEvent]

class ListUnprocessedPaymentEventsRow(NamedTuple):
    id: UUID
    provider: str
    event_id: str
    event_type: str
    provider_reference: str | None
    amount: Decimal | None
    currency: str | None
    created_at: _datetime

class _ListUnprocessedPaymentEvents:  # sql/queries/transactions.sql:246
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListUnprocessedPaymentEventsRow]:
        """Messages of providers that were kept and not acted upon yet, the oldest first."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListUnprocessedPaymentEventsRow]]:
        """Messages of providers that were kept and not acted upon yet, the oldest first."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListUnprocessedPaymentEventsRow]:
        """Messages of providers that were kept and not acted upon yet, the oldest first.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        after_at: _datetime | None,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListUnprocessedPaymentEventsRow]:
        """Messages of providers that were kept and not acted upon yet, the oldest first.

        Yields the rows as they arrive.
        """

list_unprocessed_payment_events: Final[_ListUnprocessedPaymentEvents]

class ReserveIdempotencyKeyRow(NamedTuple):
    is_new: bool
    result_id: UUID | None
    created_at: _datetime

class _ReserveIdempotencyKey:  # sql/queries/transactions.sql:257
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        key: str,
        operation: str,
        request: str,
    ) -> ReserveIdempotencyKeyRow:
        """Takes a key for work that no function does, such as a call of a provider. With is_new do it and complete the key;
        else result_id says what it led to, None while it is not done. Functions that move money take their keys themselves.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        key: str,
        operation: str,
        request: str,
    ) -> Awaitable[ReserveIdempotencyKeyRow]:
        """Takes a key for work that no function does, such as a call of a provider. With is_new do it and complete the key;
        else result_id says what it led to, None while it is not done. Functions that move money take their keys themselves.
        """

reserve_idempotency_key: Final[_ReserveIdempotencyKey]

class _CompleteIdempotencyKey:  # sql/queries/transactions.sql:267
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, key: str, result_id: UUID) -> bool:
        """Notes what the work under a reserved key led to; false if there is no such key, or it is complete."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, key: str, result_id: UUID) -> Awaitable[bool]:
        """Notes what the work under a reserved key led to; false if there is no such key, or it is complete."""

complete_idempotency_key: Final[_CompleteIdempotencyKey]

class _DeleteIdempotencyKeys:  # sql/queries/transactions.sql:272
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], before_at: _datetime, page_size: int | None) -> int:
        """Forgets keys that no client repeats any more; returns how many. Call it until it returns 0."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], before_at: _datetime, page_size: int | None) -> Awaitable[int]:
        """Forgets keys that no client repeats any more; returns how many. Call it until it returns 0."""

delete_idempotency_keys: Final[_DeleteIdempotencyKeys]

class GetWalletRow(NamedTuple):
    id: UUID
    user_id: UUID
    balance: Decimal
    currency: str
    is_active: bool
    frozen_at: _datetime | None
    freeze_reason: str | None
    owed: Decimal
    created_at: _datetime
    updated_at: _datetime

class _GetWallet:  # sql/queries/wallets.sql:6
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetWalletRow | None:
        """The wallet of one user, or nothing if the user has none."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetWalletRow | None]:
        """The wallet of one user, or nothing if the user has none."""

get_wallet: Final[_GetWallet]

class GetWalletBalanceRow(NamedTuple):
    balance: Decimal
    currency: str
    available: Decimal
    pending_in: Decimal
    pending_out: Decimal
    owed: Decimal

class _GetWalletBalance:  # sql/queries/wallets.sql:13
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID) -> GetWalletBalanceRow | None:
        """Balance, how much of it can be spent, and what is on its way in and out."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID) -> Awaitable[GetWalletBalanceRow | None]:
        """Balance, how much of it can be spent, and what is on its way in and out."""

get_wallet_balance: Final[_GetWalletBalance]

class CreateWalletRow(NamedTuple):
    id: UUID
    user_id: UUID
    balance: Decimal
    currency: str
    is_active: bool
    created_at: _datetime

class _CreateWallet:  # sql/queries/wallets.sql:27
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, currency: str) -> CreateWalletRow:
        """Opens the user's wallet; the one that exists if there is one."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, currency: str) -> Awaitable[CreateWalletRow]:
        """Opens the user's wallet; the one that exists if there is one."""

create_wallet: Final[_CreateWallet]

class FundWalletRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    type: str
    status: str
    payment_source: str
    reference: str
    provider: str | None
    provider_reference: str | None
    created_at: _datetime

class _FundWallet:  # sql/queries/wallets.sql:33
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        amount: Decimal | int,
        payment_source: str,
        provider: str | None,
        provider_reference: str | None,
        idempotency_key: str | None,
        currency: str,
    ) -> FundWalletRow:
        """Notes that money is coming in: a pending transaction, nothing posted yet."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        amount: Decimal | int,
        payment_source: str,
        provider: str | None,
        provider_reference: str | None,
        idempotency_key: str | None,
        currency: str,
    ) -> Awaitable[FundWalletRow]:
        """Notes that money is coming in: a pending transaction, nothing posted yet."""

fund_wallet: Final[_FundWallet]

class ConfirmWalletFundingRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime
    completed_at: _datetime | None

class _ConfirmWalletFunding:  # sql/queries/wallets.sql:43
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID) -> ConfirmWalletFundingRow:
        """The money has come: posts a pending funding once, however often it is called."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
    ) -> Awaitable[ConfirmWalletFundingRow]:
        """The money has come: posts a pending funding once, however often it is called."""

confirm_wallet_funding: Final[_ConfirmWalletFunding]

class FailWalletFundingRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime
    failed_at: _datetime | None
    failure_reason: str | None

class _FailWalletFunding:  # sql/queries/wallets.sql:49
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID, reason: str) -> FailWalletFundingRow:
        """The money will not come."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> Awaitable[FailWalletFundingRow]:
        """The money will not come."""

fail_wallet_funding: Final[_FailWalletFunding]

class DepositIntoWalletRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime
    completed_at: _datetime | None

class _DepositIntoWallet:  # sql/queries/wallets.sql:55
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        amount: Decimal | int,
        payment_source: str,
        provider: str,
        provider_reference: str,
    ) -> DepositIntoWalletRow:
        """Posts money that has come without being asked for, once for each reference of the provider."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        amount: Decimal | int,
        payment_source: str,
        provider: str,
        provider_reference: str,
    ) -> Awaitable[DepositIntoWalletRow]:
        """Posts money that has come without being asked for, once for each reference of the provider."""

deposit_into_wallet: Final[_DepositIntoWallet]

class WithdrawWalletRow(NamedTuple):
    id: UUID
    amount: Decimal
    fee_amount: Decimal
    currency: str
    status: str
    reference: str
    bank_account_id: UUID | None
    created_at: _datetime

class _WithdrawWallet:  # sql/queries/wallets.sql:64
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        amount: Decimal | int,
        bank_account_id: UUID,
        idempotency_key: str | None,
    ) -> WithdrawWalletRow:
        """Holds money and fee for a transfer to the user's bank account; settle or void it later."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        amount: Decimal | int,
        bank_account_id: UUID,
        idempotency_key: str | None,
    ) -> Awaitable[WithdrawWalletRow]:
        """Holds money and fee for a transfer to the user's bank account; settle or void it later."""

withdraw_wallet: Final[_WithdrawWallet]

class SettleWithdrawalRow(NamedTuple):
    id: UUID
    amount: Decimal
    fee_amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime
    completed_at: _datetime | None

class _SettleWithdrawal:  # sql/queries/wallets.sql:73
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID) -> SettleWithdrawalRow:
        """The bank has the money."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
    ) -> Awaitable[SettleWithdrawalRow]:
        """The bank has the money."""

settle_withdrawal: Final[_SettleWithdrawal]

class VoidWithdrawalRow(NamedTuple):
    id: UUID
    amount: Decimal
    fee_amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime
    failed_at: _datetime | None
    failure_reason: str | None

class _VoidWithdrawal:  # sql/queries/wallets.sql:79
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, transaction_id: UUID, reason: str) -> VoidWithdrawalRow:
        """The bank did not take it: money and fee go back into the wallet."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        transaction_id: UUID,
        reason: str,
    ) -> Awaitable[VoidWithdrawalRow]:
        """The bank did not take it: money and fee go back into the wallet."""

void_withdrawal: Final[_VoidWithdrawal]

class TransferBetweenWalletsRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    counterparty_id: UUID | None
    created_at: _datetime
    completed_at: _datetime | None

class _TransferBetweenWallets:  # sql/queries/wallets.sql:85
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        recipient_id: UUID,
        amount: Decimal | int,
        description: str | None,
        idempotency_key: str | None,
    ) -> TransferBetweenWalletsRow:
        """Sends money to another user; both statements show it. Returns the sender's transaction."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        recipient_id: UUID,
        amount: Decimal | int,
        description: str | None,
        idempotency_key: str | None,
    ) -> Awaitable[TransferBetweenWalletsRow]:
        """Sends money to another user; both statements show it. Returns the sender's transaction."""

transfer_between_wallets: Final[_TransferBetweenWallets]

class RepayDebtRow(NamedTuple):
    id: UUID
    amount: Decimal
    currency: str
    status: str
    reference: str
    created_at: _datetime

class _RepayDebt:  # sql/queries/wallets.sql:94
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, amount: Decimal | int) -> RepayDebtRow:
        """Pays back part or all of what is owed after a chargeback."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, amount: Decimal | int) -> Awaitable[RepayDebtRow]:
        """Pays back part or all of what is owed after a chargeback."""

repay_debt: Final[_RepayDebt]

class SetWalletActiveRow(NamedTuple):
    id: UUID
    user_id: UUID
    balance: Decimal
    currency: str
    is_active: bool
    frozen_at: _datetime | None
    freeze_reason: str | None

class _SetWalletActive:  # sql/queries/wallets.sql:100
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        is_active: bool | None,
        reason: str | None,
    ) -> SetWalletActiveRow | None:
        """Freezes a wallet, for a reason of 10 to 500 characters, or lets money leave it again."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        is_active: bool | None,
        reason: str | None,
    ) -> Awaitable[SetWalletActiveRow | None]:
        """Freezes a wallet, for a reason of 10 to 500 characters, or lets money leave it again."""

set_wallet_active: Final[_SetWalletActive]

class GetWalletStatementRow(NamedTuple):
    line: str
    at: _datetime
    position: int
    transaction_id: UUID | None
    type: str | None
    description: str | None
    reference: str | None
    counterparty_id: UUID | None
    amount: Decimal | None
    balance: Decimal

class _GetWalletStatement:  # sql/queries/wallets.sql:113
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_position: int | None,
        page_size: int | None,
    ) -> list[GetWalletStatementRow]:
        """Opening balance, each movement with the balance after it, closing balance, for from_at <= time < until_at.
        In the order of posting; a page begins behind the last line's position, the first one without it. Days are days in
        Lagos: a month is from its first midnight there to the next one's. Fees are lines of type fee.
        """
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_position: int | None,
        page_size: int | None,
    ) -> Awaitable[list[GetWalletStatementRow]]:
        """Opening balance, each movement with the balance after it, closing balance, for from_at <= time < until_at.
        In the order of posting; a page begins behind the last line's position, the first one without it. Days are days in
        Lagos: a month is from its first midnight there to the next one's. Fees are lines of type fee.
        """
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_position: int | None,
        page_size: int | None,
    ) -> Iterator[GetWalletStatementRow]:
        """Opening balance, each movement with the balance after it, closing balance, for from_at <= time < until_at.
        In the order of posting; a page begins behind the last line's position, the first one without it. Days are days in
        Lagos: a month is from its first midnight there to the next one's. Fees are lines of type fee.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
        after_position: int | None,
        page_size: int | None,
    ) -> AsyncIterator[GetWalletStatementRow]:
        """Opening balance, each movement with the balance after it, closing balance, for from_at <= time < until_at.
        In the order of posting; a page begins behind the last line's position, the first one without it. Days are days in
        Lagos: a month is from its first midnight there to the next one's. Fees are lines of type fee.

        Yields the rows as they arrive.
        """

get_wallet_statement: Final[_GetWalletStatement]

class _GetWalletBalanceAt:  # sql/queries/wallets.sql:129
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, at: _datetime) -> Decimal | None:
        """The balance just before a moment, by the ledger; nothing without a wallet."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, at: _datetime) -> Awaitable[Decimal | None]:
        """The balance just before a moment, by the ledger; nothing without a wallet."""

get_wallet_balance_at: Final[_GetWalletBalanceAt]

class GetWalletTransactionSummaryRow(NamedTuple):
    currency: str
    credits: Decimal
    debits: Decimal
    net: Decimal
    entries: int

class _GetWalletTransactionSummary:  # sql/queries/wallets.sql:133
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> GetWalletTransactionSummaryRow | None:
        """What came in and went out in a period, from_at <= time < until_at, by the ledger."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        from_at: _datetime,
        until_at: _datetime,
    ) -> Awaitable[GetWalletTransactionSummaryRow | None]:
        """What came in and went out in a period, from_at <= time < until_at, by the ledger."""

get_wallet_transaction_summary: Final[_GetWalletTransactionSummary]

class CreateBankAccountRow(NamedTuple):
    id: UUID
    bank_code: str
    bank_name: str
    account_number: str
    account_name: str
    is_verified: bool
    is_primary: bool
    created_at: _datetime

class _CreateBankAccount:  # sql/queries/wallets.sql:144
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        bank_code: str,
        bank_name: str,
        account_number: str,
        account_name: str,
        is_primary: bool,
    ) -> CreateBankAccountRow | None:
        """Keeps a bank account that the user may withdraw to once it is verified."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        bank_code: str,
        bank_name: str,
        account_number: str,
        account_name: str,
        is_primary: bool,
    ) -> Awaitable[CreateBankAccountRow | None]:
        """Keeps a bank account that the user may withdraw to once it is verified."""

create_bank_account: Final[_CreateBankAccount]

class ListBankAccountsRow(NamedTuple):
    id: UUID
    bank_code: str
    bank_name: str
    account_number: str
    account_name: str
    is_verified: bool
    is_primary: bool
    created_at: _datetime

class _ListBankAccounts:  # sql/queries/wallets.sql:150
    __name__: str
    sql: str
    @overload
    def __call__(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> list[ListBankAccountsRow]:
        """The user's bank accounts, the oldest first; is_primary marks the one to propose."""
    @overload
    def __call__(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Awaitable[list[ListBankAccountsRow]]:
        """The user's bank accounts, the oldest first; is_primary marks the one to propose."""
    @overload
    def stream(
        self,
        conn: Connection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> Iterator[ListBankAccountsRow]:
        """The user's bank accounts, the oldest first; is_primary marks the one to propose.

        Yields the rows as they arrive.
        """
    @overload
    def stream(
        self,
        conn: AsyncConnection[Any],
        user_id: UUID,
        after_id: UUID | None,
        page_size: int | None,
    ) -> AsyncIterator[ListBankAccountsRow]:
        """The user's bank accounts, the oldest first; is_primary marks the one to propose.

        Yields the rows as they arrive.
        """

list_bank_accounts: Final[_ListBankAccounts]

class _VerifyBankAccount:  # sql/queries/wallets.sql:159
    __name__: str
    sql: str
    @overload
    def __call__(self, conn: Connection[Any], user_id: UUID, bank_account_id: UUID) -> int:
        """The bank has confirmed whose account it is."""
    @overload
    def __call__(self, conn: AsyncConnection[Any], user_id: UUID, bank_account_id: UUID) -> Awaitable[int]:
        """The bank has confirmed whose account it is."""

verify_bank_account: Final[_VerifyBankAccount]

class _AnalyticsDomain:
    get_user_analytics: Final[_GetUserAnalytics]
    refresh_user_analytics: Final[_RefreshUserAnalytics]
    upsert_daily_analytics: Final[_UpsertDailyAnalytics]
    get_daily_analytics: Final[_GetDailyAnalytics]
    record_milestone: Final[_RecordMilestone]
    list_milestones: Final[_ListMilestones]
    grant_reward: Final[_GrantReward]
    redeem_reward: Final[_RedeemReward]
    expire_rewards: Final[_ExpireRewards]
    list_rewards: Final[_ListRewards]
    get_reward_points: Final[_GetRewardPoints]
    get_contribution_trend: Final[_GetContributionTrend]
    get_spending_breakdown: Final[_GetSpendingBreakdown]
    get_leaderboard_streaks: Final[_GetLeaderboardStreaks]

analytics: Final[_AnalyticsDomain]

class _AuditDomain:
    record_audit_event: Final[_RecordAuditEvent]
    list_audit_events: Final[_ListAuditEvents]
    list_user_audit_events: Final[_ListUserAuditEvents]
    list_subject_audit_events: Final[_ListSubjectAuditEvents]
    list_resource_audit_events: Final[_ListResourceAuditEvents]
    seal_audit_log: Final[_SealAuditLog]
    verify_audit_chain: Final[_VerifyAuditChain]
    check_integrity: Final[_CheckIntegrity]
    reconcile_wallets: Final[_ReconcileWallets]
    reconcile_plans: Final[_ReconcilePlans]
    trial_balance: Final[_TrialBalance]

audit: Final[_AuditDomain]

class _AuthDomain:
    create_user: Final[_CreateUser]
    get_user: Final[_GetUser]
    get_user_by_email: Final[_GetUserByEmail]
    get_user_by_phone: Final[_GetUserByPhone]
    update_user_profile: Final[_UpdateUserProfile]
    mark_email_verified: Final[_MarkEmailVerified]
    mark_phone_verified: Final[_MarkPhoneVerified]
    email_exists: Final[_EmailExists]
    phone_exists: Final[_PhoneExists]
    deactivate_user: Final[_DeactivateUser]
    reactivate_user: Final[_ReactivateUser]
    anonymise_user: Final[_AnonymiseUser]
    suspend_user: Final[_SuspendUser]
    reinstate_user: Final[_ReinstateUser]
    list_active_users: Final[_ListActiveUsers]
    list_users_by_kyc_tier: Final[_ListUsersByKycTier]
    list_users_by_kyc_status: Final[_ListUsersByKycStatus]
    create_session: Final[_CreateSession]
    get_session_by_token_hash: Final[_GetSessionByTokenHash]
    touch_session: Final[_TouchSession]
    rotate_refresh_token: Final[_RotateRefreshToken]
    revoke_session: Final[_RevokeSession]
    revoke_user_sessions: Final[_RevokeUserSessions]
    delete_expired_sessions: Final[_DeleteExpiredSessions]
    list_user_sessions: Final[_ListUserSessions]
    upsert_account: Final[_UpsertAccount]
    get_account_by_provider: Final[_GetAccountByProvider]
    list_user_accounts: Final[_ListUserAccounts]
    delete_account: Final[_DeleteAccount]
    create_verification: Final[_CreateVerification]
    consume_verification: Final[_ConsumeVerification]
    delete_verifications_by_identifier: Final[_DeleteVerificationsByIdentifier]
    create_phone_verification: Final[_CreatePhoneVerification]
    verify_phone_otp: Final[_VerifyPhoneOtp]
    get_latest_phone_verification: Final[_GetLatestPhoneVerification]
    register_biometric: Final[_RegisterBiometric]
    get_biometric_by_device: Final[_GetBiometricByDevice]
    list_user_biometrics: Final[_ListUserBiometrics]
    touch_biometric: Final[_TouchBiometric]
    disable_biometric: Final[_DisableBiometric]
    revoke_user_biometrics: Final[_RevokeUserBiometrics]

auth: Final[_AuthDomain]

class _GroupsDomain:
    create_ajo_group: Final[_CreateAjoGroup]
    get_group: Final[_GetGroup]
    get_group_by_invite_code: Final[_GetGroupByInviteCode]
    list_user_groups: Final[_ListUserGroups]
    list_open_groups: Final[_ListOpenGroups]
    list_group_members: Final[_ListGroupMembers]
    update_group: Final[_UpdateGroup]
    cancel_group: Final[_CancelGroup]
    invite_member: Final[_InviteMember]
    accept_invitation: Final[_AcceptInvitation]
    reject_invitation: Final[_RejectInvitation]
    revoke_invitation: Final[_RevokeInvitation]
    list_user_invitations: Final[_ListUserInvitations]
    list_group_invitations: Final[_ListGroupInvitations]
    list_group_rounds: Final[_ListGroupRounds]
    list_user_contributions: Final[_ListUserContributions]
    list_due_groups: Final[_ListDueGroups]
    expire_invitations: Final[_ExpireInvitations]
    join_group: Final[_JoinGroup]
    leave_group: Final[_LeaveGroup]
    remove_member: Final[_RemoveMember]
    set_rotation_order: Final[_SetRotationOrder]
    start_group: Final[_StartGroup]
    open_round: Final[_OpenRound]
    collect_round_contributions: Final[_CollectRoundContributions]
    record_group_contribution: Final[_RecordGroupContribution]
    mark_defaults: Final[_MarkDefaults]
    cover_default: Final[_CoverDefault]
    disburse_round_payout: Final[_DisburseRoundPayout]
    complete_group: Final[_CompleteGroup]
    get_group_statement: Final[_GetGroupStatement]
    get_group_balance: Final[_GetGroupBalance]

groups: Final[_GroupsDomain]

class _KycDomain:
    submit_kyc_tier1: Final[_SubmitKycTier1]
    submit_kyc_tier2: Final[_SubmitKycTier2]
    list_pending_kyc: Final[_ListPendingKyc]
    start_kyc_review: Final[_StartKycReview]
    approve_kyc: Final[_ApproveKyc]
    reject_kyc: Final[_RejectKyc]
    get_kyc_status: Final[_GetKycStatus]
    get_kyc_limits: Final[_GetKycLimits]

kyc: Final[_KycDomain]

class _NotificationsDomain:
    create_notification: Final[_CreateNotification]
    list_notifications: Final[_ListNotifications]
    count_unread: Final[_CountUnread]
    mark_notification_read: Final[_MarkNotificationRead]
    mark_all_read: Final[_MarkAllRead]
    get_notification_preferences: Final[_GetNotificationPreferences]
    upsert_notification_preferences: Final[_UpsertNotificationPreferences]
    register_push_token: Final[_RegisterPushToken]
    deactivate_push_token: Final[_DeactivatePushToken]
    list_active_push_tokens: Final[_ListActivePushTokens]
    schedule_notification: Final[_ScheduleNotification]
    cancel_scheduled_notification: Final[_CancelScheduledNotification]
    claim_due_notifications: Final[_ClaimDueNotifications]
    mark_notification_sent: Final[_MarkNotificationSent]
    mark_notification_failed: Final[_MarkNotificationFailed]
    reschedule_recurring: Final[_RescheduleRecurring]

notifications: Final[_NotificationsDomain]

class _OpsDomain:
    list_sessions: Final[_ListSessions]
    list_blocked_sessions: Final[_ListBlockedSessions]
    list_locks: Final[_ListLocks]
    list_long_queries: Final[_ListLongQueries]
    list_long_transactions: Final[_ListLongTransactions]
    list_table_sizes: Final[_ListTableSizes]
    list_index_sizes: Final[_ListIndexSizes]
    list_unused_indexes: Final[_ListUnusedIndexes]
    list_duplicate_indexes: Final[_ListDuplicateIndexes]
    list_bloat: Final[_ListBloat]
    get_cache_hits: Final[_GetCacheHits]
    list_vacuum_state: Final[_ListVacuumState]
    list_replication_lag: Final[_ListReplicationLag]
    list_sequence_usage: Final[_ListSequenceUsage]

ops: Final[_OpsDomain]

class _RbacDomain:
    create_role: Final[_CreateRole]
    get_role_by_name: Final[_GetRoleByName]
    list_roles: Final[_ListRoles]
    update_role: Final[_UpdateRole]
    delete_role: Final[_DeleteRole]
    create_permission: Final[_CreatePermission]
    list_permissions: Final[_ListPermissions]
    grant_role_permission: Final[_GrantRolePermission]
    revoke_role_permission: Final[_RevokeRolePermission]
    list_role_permissions: Final[_ListRolePermissions]
    assign_role: Final[_AssignRole]
    revoke_role: Final[_RevokeRole]
    grant_user_permission: Final[_GrantUserPermission]
    revoke_user_permission: Final[_RevokeUserPermission]
    get_effective_permissions: Final[_GetEffectivePermissions]
    has_permission: Final[_HasPermission]
    list_user_roles: Final[_ListUserRoles]

rbac: Final[_RbacDomain]

class _SavingsDomain:
    create_savings_plan: Final[_CreateSavingsPlan]
    get_savings_plan: Final[_GetSavingsPlan]
    list_user_plans: Final[_ListUserPlans]
    list_active_plans: Final[_ListActivePlans]
    list_plans_by_status: Final[_ListPlansByStatus]
    update_plan_settings: Final[_UpdatePlanSettings]
    set_plan_auto_save: Final[_SetPlanAutoSave]
    pause_plan: Final[_PausePlan]
    resume_plan: Final[_ResumePlan]
    cancel_plan: Final[_CancelPlan]
    complete_plan: Final[_CompletePlan]
    contribute_to_plan: Final[_ContributeToPlan]
    withdraw_from_plan: Final[_WithdrawFromPlan]
    get_plan_progress: Final[_GetPlanProgress]
    get_total_savings: Final[_GetTotalSavings]
    list_due_auto_saves: Final[_ListDueAutoSaves]
    run_auto_save_batch: Final[_RunAutoSaveBatch]
    list_plans_for_interest: Final[_ListPlansForInterest]
    accrue_interest: Final[_AccrueInterest]
    post_interest: Final[_PostInterest]
    mature_plans: Final[_MaturePlans]

savings: Final[_SavingsDomain]

class _TransactionsDomain:
    get_transaction: Final[_GetTransaction]
    get_transaction_by_reference: Final[_GetTransactionByReference]
    get_transaction_by_provider_reference: Final[_GetTransactionByProviderReference]
    list_user_transactions: Final[_ListUserTransactions]
    list_plan_transactions: Final[_ListPlanTransactions]
    list_transactions_by_status: Final[_ListTransactionsByStatus]
    list_transactions_by_type: Final[_ListTransactionsByType]
    list_transactions_by_source: Final[_ListTransactionsBySource]
    get_transaction_history: Final[_GetTransactionHistory]
    complete_transaction: Final[_CompleteTransaction]
    fail_transaction: Final[_FailTransaction]
    cancel_transaction: Final[_CancelTransaction]
    reverse_transaction: Final[_ReverseTransaction]
    charge_back_funding: Final[_ChargeBackFunding]
    get_daily_transaction_total: Final[_GetDailyTransactionTotal]
    get_monthly_transaction_total: Final[_GetMonthlyTransactionTotal]
    get_withdrawal_usage: Final[_GetWithdrawalUsage]
    has_pending_withdrawal: Final[_HasPendingWithdrawal]
    list_stale_transactions: Final[_ListStaleTransactions]
    claim_transactions_for_processing: Final[_ClaimTransactionsForProcessing]
    record_payment_event: Final[_RecordPaymentEvent]
    process_payment_event: Final[_ProcessPaymentEvent]
    list_unprocessed_payment_events: Final[_ListUnprocessedPaymentEvents]
    reserve_idempotency_key: Final[_ReserveIdempotencyKey]
    complete_idempotency_key: Final[_CompleteIdempotencyKey]
    delete_idempotency_keys: Final[_DeleteIdempotencyKeys]

transactions: Final[_TransactionsDomain]

class _WalletsDomain:
    get_wallet: Final[_GetWallet]
    get_wallet_balance: Final[_GetWalletBalance]
    create_wallet: Final[_CreateWallet]
    fund_wallet: Final[_FundWallet]
    confirm_wallet_funding: Final[_ConfirmWalletFunding]
    fail_wallet_funding: Final[_FailWalletFunding]
    deposit_into_wallet: Final[_DepositIntoWallet]
    withdraw_wallet: Final[_WithdrawWallet]
    settle_withdrawal: Final[_SettleWithdrawal]
    void_withdrawal: Final[_VoidWithdrawal]
    transfer_between_wallets: Final[_TransferBetweenWallets]
    repay_debt: Final[_RepayDebt]
    set_wallet_active: Final[_SetWalletActive]
    get_wallet_statement: Final[_GetWalletStatement]
    get_wallet_balance_at: Final[_GetWalletBalanceAt]
    get_wallet_transaction_summary: Final[_GetWalletTransactionSummary]
    create_bank_account: Final[_CreateBankAccount]
    list_bank_accounts: Final[_ListBankAccounts]
    verify_bank_account: Final[_VerifyBankAccount]

wallets: Final[_WalletsDomain]
