-- 0039.add-group-cancellation: a member can be removed and a group cancelled, with every kobo accounted for
-- Why: money that the rotation can no longer use goes back to whoever gave it; what was paid out already is settled between
--   those who gave and those who received.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0038.add-group-payouts

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Each contribution goes back the way it came: to the member's wallet, the deposit, or the organizer who covered it.
CREATE FUNCTION give_back_contributions(
  p_group ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamptz
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_note CONSTANT text := format('%s: round %s given back', p_group.group_name, p_group.current_round);
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_group.id, 'round', p_group.current_round);
  v record;
  v_dropped numeric;
  v_refunded numeric;
BEGIN
  -- Wallets: members who paid themselves, and the organizer once for all that he covered.
  SELECT array_agg(due.user_id) AS user_ids, array_agg(due.amount) AS amounts, array_agg(p_group.pool_account_id) AS accounts
  INTO v
  FROM (
    SELECT CASE status WHEN 'completed' THEN user_id ELSE covered_by END AS user_id, sum(amount) AS amount
    FROM group_contributions
    WHERE group_id = p_group.id AND round = p_group.current_round AND member_id = ANY (p_member_ids)
      AND (status = 'completed' OR status = 'covered' AND cover_source = 'organizer')
    GROUP BY 1
  ) AS due;
  IF v.user_ids IS NOT NULL THEN
    PERFORM post_wallet_credits(v.user_ids, v.amounts, v.accounts, 'refund', p_at, v_note, v_facts);
    UPDATE group_members SET total_contributed = total_contributed - due.amount, updated_at = p_at
    FROM unnest(v.user_ids, v.amounts) AS due (user_id, amount)
    WHERE group_members.group_id = p_group.id AND group_members.user_id = due.user_id;
  END IF;

  WITH posted AS MATERIALIZED (
    SELECT member.id, covered.amount,
      post_movement(
        member.user_id, p_group.pool_account_id, member.deposit_account_id, covered.amount, 'refund', p_at, v_note,
        p_group.currency, v_facts, NULL, member.deposit_balance + covered.amount
      ) AS transaction_id
    FROM group_contributions AS covered
    JOIN group_members AS member ON member.id = covered.member_id
    WHERE covered.group_id = p_group.id AND covered.round = p_group.current_round AND covered.member_id = ANY (p_member_ids)
      AND covered.status = 'covered' AND covered.cover_source = 'deposit'
  )
  UPDATE group_members
  SET deposit_balance = deposit_balance + posted.amount, total_contributed = total_contributed - posted.amount,
    updated_at = p_at
  FROM posted
  WHERE group_members.id = posted.id;

  WITH given_back AS (
    UPDATE group_contributions
    SET status = CASE WHEN status IN ('completed', 'covered') THEN 'refunded' ELSE p_unpaid_status END, updated_at = p_at
    WHERE group_id = p_group.id AND round = p_group.current_round AND member_id = ANY (p_member_ids)
      AND status IN ('pending', 'late', 'completed', 'covered')
    RETURNING amount, status
  )
  SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE status = 'refunded'), 0)
  INTO v_dropped, v_refunded
  FROM given_back;
  UPDATE ajo_rounds SET expected = expected - v_dropped, collected = collected - v_refunded, updated_at = p_at
  WHERE group_id = p_group.id AND round = p_group.current_round;
  UPDATE ajo_groups SET total_refunded = total_refunded + v_refunded, updated_at = p_at WHERE id = p_group.id;
END $$;

COMMENT ON FUNCTION give_back_contributions(ajo_groups, uuid[], text, timestamptz) IS 'Takes these members out of the open round: what they paid is refunded, what they did not gets the given status.';

CREATE FUNCTION remove_group_member_at(
  p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamptz
) RETURNS group_members LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_member group_members;
  v_round ajo_rounds;
BEGIN
  PERFORM check_user_acts(p_user_id);
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND id = p_member_id;
  IF NOT FOUND THEN
    PERFORM refuse_stranger(p_member_id, p_group_id);
  END IF;
  IF v_member.status IN ('left', 'removed') THEN
    RETURN v_member;
  END IF;
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  PERFORM check_not_organizer(v_member);
  -- Who was paid out has promised the rest; who let the organizer pay owes that first.
  IF v_group.status <> 'recruiting' AND (
    v_member.has_received_payout AND group_member_debt(p_group_id, p_member_id) > 0
    OR EXISTS (
      SELECT FROM group_contributions
      WHERE group_id = p_group_id AND member_id = p_member_id AND status = 'covered' AND cover_source = 'organizer'
    )
  ) THEN
    PERFORM refuse_group_exit(v_group, v_member);
  END IF;

  PERFORM lock_member_wallets(p_group_id);
  SELECT * INTO v_round FROM ajo_rounds WHERE group_id = p_group_id AND round = v_group.current_round;
  -- Of the open round his own contribution goes back, and if it is his round those of all whom he has not paid. Whoever
  -- was paid out has paid for it, to the last round.
  IF v_round.status = 'open' AND NOT v_member.has_received_payout THEN
    PERFORM give_back_contributions(
      v_group,
      ARRAY(
        SELECT owed.member_id
        FROM group_contributions AS owed
        JOIN group_members AS payer ON payer.id = owed.member_id
        WHERE owed.group_id = p_group_id AND owed.round = v_round.round
          AND (
            owed.member_id = p_member_id
            OR v_round.recipient_member_id = p_member_id AND NOT EXISTS (
              SELECT FROM group_contributions AS given
              WHERE given.group_id = p_group_id AND given.member_id = p_member_id AND given.round = payer.position
                AND given.status IN ('completed', 'covered')
            )
          )
      ),
      'waived', p_at
    );
  END IF;
  v_member := end_group_membership(v_group, p_member_id, 'removed', p_reason, p_at);

  UPDATE ajo_rounds SET status = 'skipped', closed_at = p_at, updated_at = p_at
  WHERE id = v_round.id AND status = 'open' AND expected = 0;
  IF FOUND THEN
    PERFORM advance_group(p_group_id, p_at);
  END IF;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_member;
END $$;

COMMENT ON FUNCTION remove_group_member_at(uuid, uuid, uuid, text, timestamptz) IS 'As remove_group_member(), at a given moment.';

CREATE FUNCTION remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) RETURNS group_members
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM remove_group_member_at(p_user_id, p_group_id, p_member_id, p_reason, now())
$$;

COMMENT ON FUNCTION remove_group_member(uuid, uuid, uuid, text) IS 'Removes a member: the open contribution and the deposit go back; at his turn those whom he had paid pay him.';

-- Deposits of those who received more than they gave pay those who gave more than they received, in proportion.
CREATE FUNCTION share_deposits_of_debtors(p_group ajo_groups, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_note CONSTANT text := format('%s: settled on cancellation', p_group.group_name);
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_group.id);
  v_taken numeric;
  v record;
BEGIN
  WITH posted AS MATERIALIZED (
    SELECT standing.id, standing.taken,
      post_movement(
        standing.user_id, standing.deposit_account_id, p_group.pool_account_id, standing.taken, 'group_contribution', p_at,
        v_note, p_group.currency, v_facts, standing.deposit_balance - standing.taken
      ) AS transaction_id
    FROM (
      SELECT member.*, least(member.deposit_balance, payout.amount - member.total_contributed) AS taken
      FROM group_members AS member
      JOIN group_payouts AS payout ON payout.member_id = member.id AND payout.amount > member.total_contributed
      WHERE member.group_id = p_group.id AND member.deposit_balance > 0
    ) AS standing
  ),
  debited AS (
    UPDATE group_members
    SET deposit_balance = deposit_balance - posted.taken, total_contributed = total_contributed + posted.taken,
      updated_at = p_at
    FROM posted
    WHERE group_members.id = posted.id
  )
  SELECT sum(taken) INTO v_taken FROM posted;
  IF v_taken IS NULL THEN
    RETURN;
  END IF;

  -- Rounding the running sum, not each share: the shares add up to the kobo.
  SELECT array_agg(user_id) AS user_ids, array_agg(share) AS amounts, array_agg(p_group.pool_account_id) AS accounts
  INTO v
  FROM (
    SELECT user_id,
      round(v_taken * sum(claim) OVER running / sum(claim) OVER (), 2)
        - round(v_taken * (sum(claim) OVER running - claim) / sum(claim) OVER (), 2) AS share
    FROM (
      SELECT member.user_id, member.position, member.total_contributed - coalesce(payout.amount, 0) AS claim
      FROM group_members AS member
      LEFT JOIN group_payouts AS payout ON payout.member_id = member.id
      WHERE member.group_id = p_group.id AND member.total_contributed > coalesce(payout.amount, 0)
    ) AS creditor
    WINDOW running AS (ORDER BY position)
  ) AS shared
  WHERE share > 0;
  PERFORM post_wallet_credits(v.user_ids, v.amounts, v.accounts, 'refund', p_at, v_note, v_facts);
  UPDATE group_members SET total_contributed = total_contributed - shared.amount, updated_at = p_at
  FROM unnest(v.user_ids, v.amounts) AS shared (user_id, amount)
  WHERE group_members.group_id = p_group.id AND group_members.user_id = shared.user_id;
  UPDATE ajo_groups
  SET total_collected = total_collected + v_taken, total_refunded = total_refunded + v_taken, updated_at = p_at
  WHERE id = p_group.id;
END $$;

COMMENT ON FUNCTION share_deposits_of_debtors(ajo_groups, timestamptz) IS 'On cancellation: deposits of members who received too much go to those who gave too much.';

CREATE FUNCTION cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamptz) RETURNS ajo_groups
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups := lock_group(p_group_id);
  v_members CONSTANT uuid[] := ARRAY(SELECT id FROM group_members WHERE group_id = p_group_id);
BEGIN
  IF v_group.organizer_id IS DISTINCT FROM p_user_id THEN
    PERFORM require_permission(p_user_id, 'group:manage');
  END IF;
  IF v_group.status = 'cancelled' THEN
    RETURN v_group;
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  -- An organizer who was paid first could otherwise end the group and keep the pot.
  IF EXISTS (SELECT FROM group_payouts WHERE group_id = p_group_id) AND NOT has_permission(p_user_id, 'group:manage') THEN
    RAISE EXCEPTION 'group % has paid out and its members owe each other', p_group_id
      USING ERRCODE = 'AV043',  -- member_owes
        DETAIL = json_build_object('group_id', p_group_id)::text,
        HINT = 'Somebody with the permission group:manage can cancel it.';
  END IF;

  PERFORM lock_member_wallets(p_group_id);
  IF EXISTS (SELECT FROM ajo_rounds WHERE group_id = p_group_id AND round = v_group.current_round AND status = 'open') THEN
    PERFORM give_back_contributions(v_group, v_members, 'failed', p_at);
  END IF;
  PERFORM share_deposits_of_debtors(v_group, p_at);
  PERFORM return_group_deposits(p_group_id, v_members, p_at);
  UPDATE ajo_rounds SET status = 'cancelled', closed_at = p_at, updated_at = p_at
  WHERE group_id = p_group_id AND status IN ('scheduled', 'open');
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE group_id = p_group_id AND status = 'pending';
  UPDATE ajo_groups SET status = 'cancelled', cancellation_reason = p_reason, updated_at = p_at
  WHERE id = p_group_id
  RETURNING * INTO v_group;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION cancel_ajo_group_at(uuid, uuid, text, timestamptz) IS 'As cancel_ajo_group(), at a given moment.';

CREATE FUNCTION cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text DEFAULT NULL) RETURNS ajo_groups
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM cancel_ajo_group_at(p_user_id, p_group_id, p_reason, now())
$$;

COMMENT ON FUNCTION cancel_ajo_group(uuid, uuid, text) IS 'Ends a group and gives back pool and deposits; by its organizer before the first payout, later by staff (group:manage).';

ALTER FUNCTION give_back_contributions(ajo_groups, uuid[], text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION remove_group_member_at(uuid, uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION remove_group_member(uuid, uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION share_deposits_of_debtors(ajo_groups, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION cancel_ajo_group_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION cancel_ajo_group(uuid, uuid, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION remove_group_member(uuid, uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION cancel_ajo_group(uuid, uuid, text) TO avdaily_app;
