-- 0034.add-group-invitations: invitations can be neither sent nor answered
DROP FUNCTION expire_group_invitations();
DROP FUNCTION expire_group_invitations_at(timestamptz);
DROP FUNCTION revoke_group_invitation(uuid, uuid);
DROP FUNCTION revoke_group_invitation_at(uuid, uuid, timestamptz);
DROP FUNCTION reject_group_invitation(uuid, uuid);
DROP FUNCTION reject_group_invitation_at(uuid, uuid, timestamptz);
DROP FUNCTION accept_group_invitation(uuid, uuid);
DROP FUNCTION accept_group_invitation_at(uuid, uuid, timestamptz);
DROP FUNCTION check_invitation_open(group_invitations, timestamptz);
DROP FUNCTION refuse_invitation(uuid);
DROP FUNCTION lock_my_invitation(uuid, uuid);
DROP FUNCTION invite_to_group(uuid, uuid, uuid, text, text);
DROP FUNCTION invite_to_group_at(uuid, uuid, uuid, text, text, timestamptz);
