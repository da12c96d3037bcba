-- 0037.add-group-defaults: late contributions are marked and covered by the group's policy, or by hand
-- Why: a pot is paid out whole or not at all, so somebody pays for who is late, and the member owes it to them.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; contributions stay.
-- depends: 0036.add-group-collection

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- All or nothing for each member: half a contribution would leave the round open and the deposit gone.
CREATE FUNCTION cover_from_deposits(p_group ajo_groups, p_member_ids uuid[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_covered numeric;
BEGIN
  WITH posted AS MATERIALIZED (
    SELECT owed.id, member.id AS member_id, member.user_id, owed.amount, member.deposit_balance - owed.amount AS after,
      post_movement(
        member.user_id, member.deposit_account_id, p_group.pool_account_id, owed.amount, 'group_contribution', p_at,
        format('%s: round %s covered by the deposit', p_group.group_name, owed.round), p_group.currency,
        jsonb_build_object('group_id', p_group.id, 'round', owed.round), member.deposit_balance - owed.amount
      ) AS transaction_id
    FROM group_contributions AS owed
    JOIN group_members AS member ON member.id = owed.member_id
    WHERE owed.group_id = p_group.id AND owed.round = p_group.current_round AND owed.status = 'late'
      AND owed.member_id = ANY (p_member_ids) AND member.deposit_balance >= owed.amount
  ),
  recorded AS (
    UPDATE group_contributions
    SET status = 'covered', cover_source = 'deposit', covered_by = posted.user_id,
      cover_transaction_id = posted.transaction_id, updated_at = p_at
    FROM posted
    WHERE group_contributions.id = posted.id
  ),
  debited AS (
    UPDATE group_members
    SET deposit_balance = posted.after, total_contributed = group_members.total_contributed + posted.amount, updated_at = p_at
    FROM posted
    WHERE group_members.id = posted.member_id
  )
  SELECT sum(amount) INTO v_covered FROM posted;
  IF v_covered > 0 THEN
    PERFORM credit_group_pool(p_group.id, p_group.current_round, v_covered, p_at);
  END IF;
END $$;

COMMENT ON FUNCTION cover_from_deposits(ajo_groups, uuid[], timestamptz) IS 'Pays late contributions of the current round from the members'' own deposits, where these suffice.';

-- One after the other, by position: the organizer's wallet pays as many as it can. His own he can only pay.
CREATE FUNCTION cover_by_organizer(p_group ajo_groups, p_member_ids uuid[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_late record;
  v_try record;
  v_covered numeric := 0;
BEGIN
  FOR v_late IN
    SELECT owed.id, owed.amount, owed.round
    FROM group_contributions AS owed
    JOIN group_members AS member ON member.id = owed.member_id
    WHERE owed.group_id = p_group.id AND owed.round = p_group.current_round AND owed.status = 'late'
      AND owed.member_id = ANY (p_member_ids) AND owed.user_id <> p_group.organizer_id
    ORDER BY member.position
  LOOP
    SELECT * INTO v_try FROM post_wallet_debits(
      ARRAY[p_group.organizer_id], ARRAY[v_late.amount::numeric], ARRAY[p_group.pool_account_id], 'group_contribution', p_at,
      format('%s: round %s covered for a member', p_group.group_name, v_late.round),
      jsonb_build_object('group_id', p_group.id, 'round', v_late.round)
    );
    EXIT WHEN v_try.outcome <> 'posted';
    UPDATE group_contributions
    SET status = 'covered', cover_source = 'organizer', covered_by = p_group.organizer_id,
      cover_transaction_id = v_try.transaction_id, updated_at = p_at
    WHERE id = v_late.id;
    v_covered := v_covered + v_late.amount;
  END LOOP;
  IF v_covered > 0 THEN
    UPDATE group_members SET total_contributed = total_contributed + v_covered, updated_at = p_at
    WHERE group_id = p_group.id AND user_id = p_group.organizer_id;
    PERFORM credit_group_pool(p_group.id, p_group.current_round, v_covered, p_at);
  END IF;
END $$;

COMMENT ON FUNCTION cover_by_organizer(ajo_groups, uuid[], timestamptz) IS 'Pays late contributions of the current round from the organizer''s wallet, as far as it goes.';

CREATE FUNCTION mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamptz) RETURNS SETOF group_contributions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_late uuid[];
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  WITH marked AS (
    UPDATE group_contributions SET status = 'late', late_at = p_at, updated_at = p_at
    WHERE group_id = p_group_id AND round = v_group.current_round AND status = 'pending' AND due_date < app_day(p_at)
    RETURNING member_id
  )
  UPDATE group_members SET missed_contributions = missed_contributions + 1, updated_at = p_at
  FROM marked
  WHERE group_members.id = marked.member_id;

  v_late := ARRAY(SELECT member_id FROM group_contributions WHERE group_id = p_group_id AND status = 'late');
  IF v_group.default_policy = 'cover_from_deposit' THEN
    PERFORM cover_from_deposits(v_group, v_late, p_at);
  ELSIF v_group.default_policy = 'organizer_covers' THEN
    PERFORM cover_by_organizer(v_group, v_late, p_at);
  END IF;
  UPDATE ajo_groups SET status = 'paused', updated_at = p_at
  WHERE id = p_group_id AND status = 'active'
    AND EXISTS (SELECT FROM group_contributions WHERE group_id = p_group_id AND status = 'late');
  PERFORM refresh_group_standing(p_group_id, p_at);

  RETURN QUERY
  SELECT group_contributions.*
  FROM group_contributions
  JOIN group_members ON group_members.id = group_contributions.member_id
  WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_group.current_round
    AND group_contributions.status IN ('late', 'covered')
  ORDER BY group_members.position;
END $$;

COMMENT ON FUNCTION mark_group_defaults_at(uuid, uuid, timestamptz) IS 'As mark_group_defaults(), at a given moment.';

CREATE FUNCTION mark_group_defaults(p_user_id uuid, p_group_id uuid) RETURNS SETOF group_contributions
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM mark_group_defaults_at(p_user_id, p_group_id, now())
$$;

COMMENT ON FUNCTION mark_group_defaults(uuid, uuid) IS 'Marks what is unpaid after the due date late, covers it by the group''s policy, else pauses the group; what is late or covered.';

CREATE FUNCTION cover_group_default_at(
  p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamptz
) RETURNS group_contributions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_contribution group_contributions;
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  SELECT * INTO v_contribution FROM group_contributions
  WHERE group_id = p_group_id AND round = v_group.current_round AND member_id = p_member_id;
  IF v_contribution.status = 'covered' THEN
    RETURN v_contribution;
  ELSIF v_contribution.status IS DISTINCT FROM 'late' THEN
    RAISE EXCEPTION 'member % is not late in round % of group %',
      coalesce(p_member_id::text, 'NULL'), v_group.current_round, p_group_id
      USING ERRCODE = 'AV049',  -- nothing_to_pay
        DETAIL = json_build_object(
          'group_id', p_group_id, 'round', v_group.current_round, 'status', v_contribution.status
        )::text;
  END IF;

  IF p_source = 'deposit' THEN
    PERFORM cover_from_deposits(v_group, ARRAY[p_member_id], p_at);
  ELSIF p_source = 'organizer' AND v_contribution.user_id <> v_group.organizer_id THEN
    PERFORM check_wallet_debit(v_group.organizer_id, v_contribution.amount);
    PERFORM check_limits(v_group.organizer_id, 'group_contribution', v_contribution.amount, p_at);
    PERFORM cover_by_organizer(v_group, ARRAY[p_member_id], p_at);
  END IF;
  SELECT * INTO v_contribution FROM group_contributions WHERE id = v_contribution.id;
  IF v_contribution.status <> 'covered' THEN
    RAISE EXCEPTION 'the % cannot cover % for member %', coalesce(p_source, 'NULL'), v_contribution.amount, p_member_id
      USING ERRCODE = 'AV047',  -- cannot_cover
        DETAIL = json_build_object(
          'source', p_source, 'needed', v_contribution.amount::text,
          'deposit', (SELECT deposit_balance::text FROM group_members WHERE id = p_member_id)
        )::text,
        HINT = 'Sources are deposit and organizer; the organizer pays his own contribution.';
  END IF;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_contribution;
END $$;

COMMENT ON FUNCTION cover_group_default_at(uuid, uuid, uuid, text, timestamptz) IS 'As cover_group_default(), at a given moment.';

CREATE FUNCTION cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text)
RETURNS group_contributions LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM cover_group_default_at(p_user_id, p_group_id, p_member_id, p_source, now())
$$;

COMMENT ON FUNCTION cover_group_default(uuid, uuid, uuid, text) IS 'Pays one late contribution by hand, whatever the policy: from the member''s deposit, or as organizer.';

ALTER FUNCTION cover_from_deposits(ajo_groups, uuid[], timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION cover_by_organizer(ajo_groups, uuid[], timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_group_defaults_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_group_defaults(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION cover_group_default_at(uuid, uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION cover_group_default(uuid, uuid, uuid, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION mark_group_defaults(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION cover_group_default(uuid, uuid, uuid, text) TO avdaily_app;
