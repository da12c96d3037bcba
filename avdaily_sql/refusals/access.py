"""What access control and the audit log refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.refusals.base import Refusal

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class SystemObject(Refusal, code="AV080"):
    """System object: DELETE, rename or TRUNCATE of a system role or permission, whoever asks; revoke_role_permission of
    the role admin.
    """

    table: str | None = None
    operation: str | None = None
    role: str | None = None
    permission: str | None = None


class LastAdmin(Refusal, code="AV081"):
    """Last admin: whatever leaves no active administrator without an end date, whoever asks."""

    user_id: UUID


class PermissionDenied(Refusal, code="AV082"):
    """Permission denied: every function that asks who acts: no permission, or not the user in app.user_id
    (record_audit_event too).
    """

    user_id: UUID
    app_user_id: UUID | None
    permission: str | None


class UnknownRoleOrPermission(Refusal, code="AV083"):
    """Unknown role or permission: assign_role, revoke_role, grant_user_permission, revoke_user_permission,
    grant_role_permission, revoke_role_permission.
    """

    role: str | None = None
    permission: str | None = None


class ExpiryNotInTheFuture(Refusal, code="AV084"):
    """Expiry not in the future: assign_role, grant_user_permission, grant_reward."""

    expires_at: datetime
    now: datetime


class AuditMetadataRefused(Refusal, code="AV085"):
    """Audit metadata refused: record_audit_event: a key that is not in its list, or a value that is not short."""

    key: str
    allowed: list[str]


class RoleInUse(Refusal, code="AV086"):
    """Role in use: delete_role."""

    role: str
    users: int
