-- 0033.add-group-membership: groups can be created and changed, and users can join them
-- Why: capacity, tier and deposit are judged under the group's lock, so that of two who take the last place one gets it.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; groups and members stay.
-- depends: 0032.create-group-rules

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Whoever may not join is refused by the caller; here the place is taken and paid for.
CREATE FUNCTION admit_group_member(p_user_id uuid, p_group ajo_groups, p_role text, p_at timestamptz) RETURNS group_members
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_currency CONSTANT text := (SELECT currency FROM wallets WHERE user_id = p_user_id);
  v_member group_members;
BEGIN
  IF v_currency IS NULL THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  ELSIF v_currency <> p_group.currency THEN
    RAISE EXCEPTION 'the wallet of user % is in %, not in %', p_user_id, v_currency, p_group.currency
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', p_group.currency, 'given', v_currency)::text;
  END IF;

  -- Whoever left while the group was recruiting comes back to the same row and account.
  UPDATE group_members
  SET status = 'active', removed_at = NULL, removal_reason = NULL, joined_at = p_at, updated_at = p_at
  WHERE group_id = p_group.id AND user_id = p_user_id
  RETURNING * INTO v_member;
  IF NOT FOUND THEN
    INSERT INTO group_members (group_id, user_id, role, deposit_account_id, joined_at, created_at, updated_at)
    VALUES (p_group.id, p_user_id, p_role, open_ledger_account('group_deposit', p_group.currency), p_at, p_at, p_at)
    RETURNING * INTO v_member;
  END IF;

  IF p_group.deposit_amount > 0 THEN
    PERFORM post_wallet_debit(
      p_user_id, p_group.deposit_amount, v_member.deposit_account_id, 'group_contribution', p_at,
      format('%s: deposit', p_group.group_name), jsonb_build_object('group_id', p_group.id),
      v_member.deposit_balance + p_group.deposit_amount
    );
    UPDATE group_members SET deposit_balance = deposit_balance + p_group.deposit_amount, updated_at = p_at
    WHERE id = v_member.id
    RETURNING * INTO v_member;
  END IF;
  RETURN v_member;
END $$;

COMMENT ON FUNCTION admit_group_member(uuid, ajo_groups, text, timestamptz) IS 'Makes the user a member and takes the deposit; AV002, AV005 or what a debit raises.';

CREATE FUNCTION create_ajo_group_at(
  p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text,
  p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean,
  p_invite_code text, p_at timestamptz
) RETURNS ajo_groups LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_deposit CONSTANT numeric := coalesce(
    p_deposit_amount, CASE p_default_policy WHEN 'cover_from_deposit' THEN p_contribution_amount ELSE 0 END
  );
  v_currency text;
  v_group ajo_groups;
BEGIN
  IF NOT is_money(p_contribution_amount) THEN
    PERFORM refuse_amount(p_contribution_amount);
  END IF;
  IF v_deposit <> 0 AND NOT is_money(v_deposit) THEN
    PERFORM refuse_amount(v_deposit);
  END IF;
  PERFORM check_group_tier(p_user_id, 2, p_contribution_amount);

  -- Two calls at once: the second waits here and finds the first one's group, and no account is opened in vain.
  PERFORM pg_advisory_xact_lock(hashtextextended('create_ajo_group ' || p_user_id, 0));
  SELECT * INTO v_group FROM ajo_groups
  WHERE organizer_id = p_user_id AND lower(group_name) = lower(p_group_name) AND status IN ('recruiting', 'active', 'paused');
  IF FOUND THEN
    IF (
      v_group.member_count, v_group.contribution_amount, v_group.contribution_frequency, v_group.rotation_order,
      v_group.default_policy, v_group.deposit_amount
    ) IS DISTINCT FROM (
      p_member_count, p_contribution_amount, p_contribution_frequency, p_rotation_order, p_default_policy, v_deposit
    ) THEN
      RAISE EXCEPTION 'user % organizes another group named "%"', p_user_id, p_group_name
        USING ERRCODE = 'AV045',  -- group_name_taken
          DETAIL = json_build_object('group_id', v_group.id, 'group_name', v_group.group_name)::text,
          HINT = 'Choose another name, or end that group first.';
    END IF;
    RETURN v_group;
  END IF;

  SELECT currency INTO v_currency FROM wallets WHERE user_id = p_user_id;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  -- Names, counts and policies are judged by the CHECKs of the table: 23514 with the rule's name.
  INSERT INTO ajo_groups (
    organizer_id, group_name, description, member_count, contribution_amount, contribution_frequency, rotation_order,
    default_policy, deposit_amount, is_private, invite_code, currency, pool_account_id, created_at, updated_at
  )
  VALUES (
    p_user_id, p_group_name, p_description, p_member_count, p_contribution_amount, p_contribution_frequency,
    p_rotation_order, p_default_policy, v_deposit, p_is_private,
    -- Ten hexadecimal digits of a random UUID: not to be guessed in the time that a group recruits.
    coalesce(p_invite_code, upper(right(gen_random_uuid()::text, 10))),
    v_currency, open_ledger_account('group_pool', v_currency), p_at, p_at
  )
  RETURNING * INTO v_group;
  PERFORM admit_group_member(p_user_id, v_group, 'organizer', p_at);
  RETURN v_group;
END $$;

COMMENT ON FUNCTION create_ajo_group_at(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text, timestamptz)
  IS 'As create_ajo_group(), at a given moment.';

CREATE FUNCTION create_ajo_group(
  p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text,
  p_rotation_order text DEFAULT 'sequential', p_default_policy text DEFAULT 'pause', p_deposit_amount numeric DEFAULT NULL,
  p_description text DEFAULT NULL, p_is_private boolean DEFAULT false, p_invite_code text DEFAULT NULL
) RETURNS ajo_groups LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM create_ajo_group_at(
    p_user_id, p_group_name, p_member_count, p_contribution_amount, p_contribution_frequency, p_rotation_order,
    p_default_policy, p_deposit_amount, p_description, p_is_private, p_invite_code, now()
  )
$$;

COMMENT ON FUNCTION create_ajo_group(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text)
  IS 'Creates a group with its organizer, of tier 2, as member 1; the open group of that name and these terms, if there is one.';

-- What members have agreed to (amount, frequency, order, policy, deposit) stays as it was when they joined.
CREATE FUNCTION update_ajo_group(
  p_user_id uuid, p_group_id uuid, p_group_name text DEFAULT NULL, p_description text DEFAULT NULL,
  p_member_count integer DEFAULT NULL, p_is_private boolean DEFAULT NULL
) RETURNS ajo_groups LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  UPDATE ajo_groups
  SET group_name = coalesce(p_group_name, group_name), description = coalesce(p_description, description),
    member_count = coalesce(p_member_count, member_count), is_private = coalesce(p_is_private, is_private)
  WHERE id = p_group_id
  RETURNING * INTO v_group;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION update_ajo_group(uuid, uuid, text, text, integer, boolean) IS 'Changes a recruiting group; null leaves a value as it is.';

-- The caller has found the user admitted: by code, by invitation, or because the group is open to all.
CREATE FUNCTION join_locked_group(p_user_id uuid, p_group ajo_groups, p_at timestamptz) RETURNS group_members
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM check_group_status(p_group, 'recruiting');
  PERFORM check_group_tier(p_user_id, 1, p_group.contribution_amount);
  IF p_group.current_member_count >= p_group.member_count THEN
    RAISE EXCEPTION 'group % is full: % of % places are taken', p_group.id, p_group.current_member_count, p_group.member_count
      USING ERRCODE = 'AV033',  -- group_full
        DETAIL = json_build_object('group_id', p_group.id, 'capacity', p_group.member_count)::text;
  END IF;
  UPDATE ajo_groups SET current_member_count = current_member_count + 1, updated_at = p_at WHERE id = p_group.id;
  RETURN admit_group_member(p_user_id, p_group, 'member', p_at);
END $$;

COMMENT ON FUNCTION join_locked_group(uuid, ajo_groups, timestamptz) IS 'Takes a place in a locked group; AV032, AV033, AV046 or what the deposit raises.';

-- A membership that lives is the answer to a repeated call; one that was ended by the organizer stays ended.
CREATE FUNCTION find_group_membership(p_user_id uuid, p_group_id uuid) RETURNS group_members
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_member group_members;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id AND status <> 'left';
  IF v_member.status = 'removed' THEN
    RAISE EXCEPTION 'user % was removed from group %', p_user_id, p_group_id
      USING ERRCODE = 'AV035',  -- membership_exists
        DETAIL = json_build_object('group_id', p_group_id, 'member_id', v_member.id, 'status', v_member.status)::text;
  END IF;
  RETURN v_member;
END $$;

COMMENT ON FUNCTION find_group_membership(uuid, uuid) IS 'The user''s membership unless there is none or it was left; AV035 if it was taken away.';

CREATE FUNCTION join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamptz) RETURNS group_members
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_member CONSTANT group_members := find_group_membership(p_user_id, p_group_id);
BEGIN
  IF v_member.id IS NOT NULL THEN
    RETURN v_member;
  END IF;
  IF v_group.is_private AND p_invite_code IS DISTINCT FROM v_group.invite_code THEN
    RAISE EXCEPTION 'group % is private', p_group_id
      USING ERRCODE = 'AV036',  -- invitation_needed
        DETAIL = json_build_object('group_id', p_group_id)::text,
        HINT = 'Join with its invite code, or accept an invitation.';
  END IF;
  RETURN join_locked_group(p_user_id, v_group, p_at);
END $$;

COMMENT ON FUNCTION join_ajo_group_at(uuid, uuid, text, timestamptz) IS 'As join_ajo_group(), at a given moment.';

CREATE FUNCTION join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text DEFAULT NULL) RETURNS group_members
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM join_ajo_group_at(p_user_id, p_group_id, p_invite_code, now())
$$;

COMMENT ON FUNCTION join_ajo_group(uuid, uuid, text) IS 'Joins a recruiting group, paying its deposit; a private one needs its code. A member gets the membership back.';

ALTER FUNCTION admit_group_member(uuid, ajo_groups, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION create_ajo_group_at(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION create_ajo_group(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text) OWNER TO avdaily_ledger;
ALTER FUNCTION update_ajo_group(uuid, uuid, text, text, integer, boolean) OWNER TO avdaily_ledger;
ALTER FUNCTION join_locked_group(uuid, ajo_groups, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION find_group_membership(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION join_ajo_group_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION join_ajo_group(uuid, uuid, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION create_ajo_group(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION update_ajo_group(uuid, uuid, text, text, integer, boolean) TO avdaily_app;
GRANT EXECUTE ON FUNCTION join_ajo_group(uuid, uuid, text) TO avdaily_app;
