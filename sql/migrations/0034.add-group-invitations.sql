-- 0034.add-group-invitations: organizers can invite, and whoever was invited can accept or reject, once
-- Why: an invitation to a phone or an address is answered by its verified owner only; to everybody else it does not exist.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; invitations stay.
-- depends: 0033.add-group-membership

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION invite_to_group_at(
  p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamptz
) RETURNS group_invitations LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_email CONSTANT text := lower(p_invited_email);
  v_member group_members;
  v_invitation group_invitations;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  SELECT * INTO v_member FROM group_members
  WHERE group_id = p_group_id AND user_id = p_invited_user_id AND status <> 'left';
  IF FOUND THEN
    RAISE EXCEPTION 'user % is % in group %', p_invited_user_id, v_member.status, p_group_id
      USING ERRCODE = 'AV035',  -- membership_exists
        DETAIL = json_build_object('group_id', p_group_id, 'member_id', v_member.id, 'status', v_member.status)::text;
  END IF;

  UPDATE group_invitations SET status = 'expired', updated_at = p_at
  WHERE group_id = p_group_id AND status = 'pending' AND expires_at <= p_at;
  SELECT * INTO v_invitation FROM group_invitations
  WHERE group_id = p_group_id AND status = 'pending'
    AND (invited_user_id = p_invited_user_id OR invited_phone = p_invited_phone OR invited_email = v_email)
  ORDER BY id
  LIMIT 1;
  IF NOT FOUND THEN
    INSERT INTO group_invitations (
      group_id, invited_by, invited_user_id, invited_phone, invited_email, expires_at, created_at, updated_at
    )
    VALUES (p_group_id, p_user_id, p_invited_user_id, p_invited_phone, v_email, p_at + interval '7 days', p_at, p_at)
    RETURNING * INTO v_invitation;
  END IF;
  RETURN v_invitation;
END $$;

COMMENT ON FUNCTION invite_to_group_at(uuid, uuid, uuid, text, text, timestamptz) IS 'As invite_to_group(), at a given moment.';

CREATE FUNCTION invite_to_group(
  p_user_id uuid, p_group_id uuid, p_invited_user_id uuid DEFAULT NULL, p_invited_phone text DEFAULT NULL,
  p_invited_email text DEFAULT NULL
) RETURNS group_invitations LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM invite_to_group_at(p_user_id, p_group_id, p_invited_user_id, p_invited_phone, p_invited_email, now())
$$;

COMMENT ON FUNCTION invite_to_group(uuid, uuid, uuid, text, text) IS 'Invites for seven days; the pending invitation of the same invitee, if there is one.';

-- Locked after its group, as everything of a group is.
CREATE FUNCTION lock_my_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS group_invitations
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_invitation group_invitations;
BEGIN
  PERFORM lock_group(group_id) FROM group_invitations WHERE id = p_invitation_id;
  SELECT group_invitations.* INTO v_invitation
  FROM group_invitations
  JOIN "user" ON "user".id = p_user_id
  WHERE group_invitations.id = p_invitation_id
    AND (
      group_invitations.invited_user_id = "user".id
      OR "user".phone_verified AND group_invitations.invited_phone = "user".phone_number
      OR "user".email_verified AND group_invitations.invited_email = "user".email
    )
  FOR NO KEY UPDATE OF group_invitations;
  IF NOT FOUND THEN
    PERFORM refuse_invitation(p_invitation_id);
  END IF;
  RETURN v_invitation;
END $$;

COMMENT ON FUNCTION lock_my_invitation(uuid, uuid) IS 'The invitation and its group, locked; AV037 unless it is addressed to the user.';

CREATE FUNCTION refuse_invitation(p_invitation_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'invitation % does not exist', coalesce(p_invitation_id::text, 'NULL')
    USING ERRCODE = 'AV037',  -- invitation_not_found
      DETAIL = json_build_object('invitation_id', p_invitation_id)::text;
END $$;

COMMENT ON FUNCTION refuse_invitation(uuid) IS 'Raises AV037.';

CREATE FUNCTION check_invitation_open(p_invitation group_invitations, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_invitation.status <> 'pending' OR p_invitation.expires_at <= p_at THEN
    RAISE EXCEPTION 'invitation % is %', p_invitation.id,
      CASE p_invitation.status WHEN 'pending' THEN 'expired' ELSE p_invitation.status END
      USING ERRCODE = 'AV038',  -- invitation_closed
        DETAIL = json_build_object(
          'invitation_id', p_invitation.id, 'status', p_invitation.status, 'expires_at', p_invitation.expires_at
        )::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_invitation_open(group_invitations, timestamptz) IS 'Raises AV038 unless the invitation is pending and has not expired.';

CREATE FUNCTION accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamptz) RETURNS group_members
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_invitation CONSTANT group_invitations := lock_my_invitation(p_user_id, p_invitation_id);
  v_group CONSTANT ajo_groups := lock_group(v_invitation.group_id);
  v_member group_members := find_group_membership(p_user_id, v_invitation.group_id);
BEGIN
  IF v_invitation.status = 'accepted' AND v_member.id IS NOT NULL THEN
    RETURN v_member;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations
  SET status = 'accepted', accepted_at = p_at, invited_user_id = p_user_id, updated_at = p_at
  WHERE id = p_invitation_id;
  -- Whoever joined by code meanwhile is in already: the invitation is used up, and that is all.
  IF v_member.id IS NULL THEN
    v_member := join_locked_group(p_user_id, v_group, p_at);
  END IF;
  RETURN v_member;
END $$;

COMMENT ON FUNCTION accept_group_invitation_at(uuid, uuid, timestamptz) IS 'As accept_group_invitation(), at a given moment.';

CREATE FUNCTION accept_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS group_members
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM accept_group_invitation_at(p_user_id, p_invitation_id, now())
$$;

COMMENT ON FUNCTION accept_group_invitation(uuid, uuid) IS 'Joins the group of an invitation addressed to the user; repeated, it gives the same membership.';

CREATE FUNCTION reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamptz) RETURNS group_invitations
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_invitation group_invitations := lock_my_invitation(p_user_id, p_invitation_id);
BEGIN
  IF v_invitation.status = 'rejected' THEN
    RETURN v_invitation;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations SET status = 'rejected', rejected_at = p_at, updated_at = p_at
  WHERE id = p_invitation_id
  RETURNING * INTO v_invitation;
  RETURN v_invitation;
END $$;

COMMENT ON FUNCTION reject_group_invitation_at(uuid, uuid, timestamptz) IS 'As reject_group_invitation(), at a given moment.';

CREATE FUNCTION reject_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS group_invitations
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM reject_group_invitation_at(p_user_id, p_invitation_id, now())
$$;

COMMENT ON FUNCTION reject_group_invitation(uuid, uuid) IS 'Rejects an invitation addressed to the user.';

CREATE FUNCTION revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamptz) RETURNS group_invitations
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_invitation group_invitations;
BEGIN
  PERFORM lock_group(group_id) FROM group_invitations WHERE id = p_invitation_id;
  SELECT group_invitations.* INTO v_invitation
  FROM group_invitations
  JOIN ajo_groups ON ajo_groups.id = group_invitations.group_id AND ajo_groups.organizer_id = p_user_id
  WHERE group_invitations.id = p_invitation_id
  FOR NO KEY UPDATE OF group_invitations;
  IF NOT FOUND THEN
    PERFORM refuse_invitation(p_invitation_id);
  END IF;
  IF v_invitation.status = 'revoked' THEN
    RETURN v_invitation;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE id = p_invitation_id RETURNING * INTO v_invitation;
  RETURN v_invitation;
END $$;

COMMENT ON FUNCTION revoke_group_invitation_at(uuid, uuid, timestamptz) IS 'As revoke_group_invitation(), at a given moment.';

CREATE FUNCTION revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS group_invitations
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM revoke_group_invitation_at(p_user_id, p_invitation_id, now())
$$;

COMMENT ON FUNCTION revoke_group_invitation(uuid, uuid) IS 'Takes back an invitation to a group that the user organizes.';

-- A row that is being answered at this moment is left to whoever answers it.
CREATE FUNCTION expire_group_invitations_at(p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_expired integer;
BEGIN
  UPDATE group_invitations SET status = 'expired', updated_at = p_at
  WHERE id IN (
    SELECT id FROM group_invitations
    WHERE status = 'pending' AND expires_at <= p_at
    FOR NO KEY UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS v_expired = ROW_COUNT;
  RETURN v_expired;
END $$;

COMMENT ON FUNCTION expire_group_invitations_at(timestamptz) IS 'As expire_group_invitations(), at a given moment.';

CREATE FUNCTION expire_group_invitations() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT expire_group_invitations_at(now())
$$;

COMMENT ON FUNCTION expire_group_invitations() IS 'Closes every invitation whose time is over; how many. For the daily job.';

ALTER FUNCTION invite_to_group_at(uuid, uuid, uuid, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION invite_to_group(uuid, uuid, uuid, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION lock_my_invitation(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_invitation(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION check_invitation_open(group_invitations, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION accept_group_invitation_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION accept_group_invitation(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION reject_group_invitation_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION reject_group_invitation(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_group_invitation_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_group_invitation(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION expire_group_invitations_at(timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION expire_group_invitations() OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION invite_to_group(uuid, uuid, uuid, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION accept_group_invitation(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION reject_group_invitation(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION revoke_group_invitation(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION expire_group_invitations() TO avdaily_app;
