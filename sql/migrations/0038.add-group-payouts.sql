-- 0038.add-group-payouts: a full round is paid out, a rotation completes, members who owe nothing leave, and members read the books
-- Why: the pot goes out once, to the member whose turn it is; after the last round the deposits go back.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; payouts stay.
-- depends: 0037.add-group-defaults

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamptz)
RETURNS group_payouts LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_payout group_payouts;
  v_round ajo_rounds;
  v_member group_members;
  v_fee numeric;
BEGIN
  SELECT * INTO v_payout FROM group_payouts WHERE group_id = p_group_id AND round = p_round;
  IF FOUND THEN
    RETURN v_payout;
  END IF;
  PERFORM check_group_status(v_group, 'active');
  v_round := check_round_open(v_group, p_round);
  PERFORM check_round_due(v_round, p_at);
  IF v_round.collected < v_round.expected THEN
    RAISE EXCEPTION 'round % of group % has % of %', p_round, p_group_id, v_round.collected, v_round.expected
      USING ERRCODE = 'AV041',  -- round_incomplete
        DETAIL = json_build_object(
          'group_id', p_group_id, 'round', p_round, 'expected', v_round.expected::text, 'collected', v_round.collected::text
        )::text,
        HINT = 'Collect it; after the due date mark_group_defaults() covers what is late.';
  END IF;

  SELECT * INTO v_member FROM group_members WHERE id = v_round.recipient_member_id;
  -- A removed member gets his own money back: no fee on that.
  v_fee := CASE v_member.status WHEN 'removed' THEN 0 ELSE round(v_round.collected * v_group.service_fee_rate, 2) END;
  UPDATE ajo_rounds SET status = 'disbursed', closed_at = p_at, updated_at = p_at WHERE id = v_round.id;
  INSERT INTO group_payouts (
    group_id, member_id, user_id, round, amount, service_fee, net_amount, currency, status, transaction_id, scheduled_date,
    disbursed_at, created_at, updated_at
  )
  VALUES (
    p_group_id, v_member.id, v_member.user_id, p_round, v_round.collected, v_fee, v_round.collected - v_fee,
    v_group.currency, 'completed',
    post_wallet_credit(
      v_member.user_id, v_round.collected - v_fee, v_group.pool_account_id, 'group_payout', p_at,
      format('%s: payout of round %s', v_group.group_name, p_round), v_fee,
      jsonb_build_object('group_id', p_group_id, 'round', p_round)
    ),
    v_round.due_date, p_at, p_at, p_at
  )
  RETURNING * INTO v_payout;
  UPDATE group_members SET has_received_payout = true, payout_received_at = p_at, updated_at = p_at WHERE id = v_member.id;
  UPDATE ajo_groups
  SET total_disbursed = total_disbursed + v_payout.net_amount, total_fees = total_fees + v_fee, updated_at = p_at
  WHERE id = p_group_id;
  PERFORM advance_group(p_group_id, p_at);
  RETURN v_payout;
END $$;

COMMENT ON FUNCTION disburse_group_round_at(uuid, uuid, integer, timestamptz) IS 'As disburse_group_round(), at a given moment.';

CREATE FUNCTION disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) RETURNS group_payouts
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM disburse_group_round_at(p_user_id, p_group_id, p_round, now())
$$;

COMMENT ON FUNCTION disburse_group_round(uuid, uuid, integer) IS 'Pays the pot less the fee to the member whose turn it is and makes the next round the current one; a round that was paid gives its payout.';

CREATE FUNCTION complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamptz) RETURNS ajo_groups
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_left integer;
BEGIN
  IF v_group.status = 'completed' THEN
    RETURN v_group;
  END IF;
  PERFORM check_group_status(v_group, 'active');
  SELECT count(*) INTO v_left FROM ajo_rounds WHERE group_id = p_group_id AND status IN ('scheduled', 'open');
  IF v_left > 0 THEN
    RAISE EXCEPTION 'group % has % rounds to go', p_group_id, v_left
      USING ERRCODE = 'AV041',  -- round_incomplete
        DETAIL = json_build_object('group_id', p_group_id, 'rounds_left', v_left)::text;
  END IF;
  PERFORM return_group_deposits(p_group_id, ARRAY(SELECT id FROM group_members WHERE group_id = p_group_id), p_at);
  UPDATE ajo_groups SET status = 'completed', updated_at = p_at WHERE id = p_group_id RETURNING * INTO v_group;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION complete_ajo_group_at(uuid, uuid, timestamptz) IS 'As complete_ajo_group(), at a given moment.';

CREATE FUNCTION complete_ajo_group(p_user_id uuid, p_group_id uuid) RETURNS ajo_groups
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM complete_ajo_group_at(p_user_id, p_group_id, now())
$$;

COMMENT ON FUNCTION complete_ajo_group(uuid, uuid) IS 'Ends a rotation whose rounds are all paid out, and returns the deposits.';

CREATE FUNCTION end_group_membership(p_group ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamptz)
RETURNS group_members LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_member group_members;
BEGIN
  UPDATE group_members
  SET status = p_status, removed_at = p_at, removal_reason = p_reason, updated_at = p_at,
    -- A place in a rotation that has started is part of its schedule.
    position = CASE WHEN p_group.status <> 'recruiting' THEN position END
  WHERE id = p_member_id;
  UPDATE ajo_groups SET current_member_count = current_member_count - 1, updated_at = p_at WHERE id = p_group.id;
  PERFORM return_group_deposits(p_group.id, ARRAY[p_member_id], p_at);
  SELECT * INTO v_member FROM group_members WHERE id = p_member_id;
  RETURN v_member;
END $$;

COMMENT ON FUNCTION end_group_membership(ajo_groups, uuid, text, text, timestamptz) IS 'Ends a membership (removed or left) and returns its deposit; the caller has judged it.';

CREATE FUNCTION refuse_group_exit(p_group ajo_groups, p_member group_members) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_owed CONSTANT numeric := group_member_debt(p_group.id, p_member.id);
BEGIN
  RAISE EXCEPTION 'member % cannot go while the rotation runs: % owed', p_member.id, v_owed
    USING ERRCODE = 'AV043',  -- member_owes
      DETAIL = json_build_object(
        'group_id', p_group.id, 'member_id', p_member.id, 'owed', round(v_owed, 2)::text,
        'has_received_payout', p_member.has_received_payout
      )::text;
END $$;

COMMENT ON FUNCTION refuse_group_exit(ajo_groups, group_members) IS 'Raises AV043 with what the member owes.';

CREATE FUNCTION leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamptz) RETURNS group_members
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_member group_members;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id;
  IF NOT FOUND THEN
    PERFORM refuse_stranger(p_user_id, p_group_id);
  END IF;
  IF v_member.status IN ('left', 'removed') THEN
    RETURN v_member;
  END IF;
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  PERFORM check_not_organizer(v_member);
  IF v_group.status <> 'recruiting' AND (NOT v_member.has_received_payout OR group_member_debt(p_group_id, v_member.id) > 0) THEN
    PERFORM refuse_group_exit(v_group, v_member);
  END IF;
  RETURN end_group_membership(v_group, v_member.id, 'left', p_reason, p_at);
END $$;

COMMENT ON FUNCTION leave_ajo_group_at(uuid, uuid, text, timestamptz) IS 'As leave_ajo_group(), at a given moment.';

CREATE FUNCTION leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text DEFAULT NULL) RETURNS group_members
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM leave_ajo_group_at(p_user_id, p_group_id, p_reason, now())
$$;

COMMENT ON FUNCTION leave_ajo_group(uuid, uuid, text) IS 'Leaves before the start, or when paid out and owing nothing; the deposit comes back.';

-- A reader with two doors: a member, or staff.
CREATE FUNCTION sees_group(p_user_id uuid, p_group_id uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id)
  OR has_permission(p_user_id, 'group:manage');

COMMENT ON FUNCTION sees_group(uuid, uuid) IS 'Whether the user is or was a member of the group, or has group:manage.';

CREATE FUNCTION get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamptz, p_until timestamptz)
RETURNS TABLE (
  entry_id bigint, created_at timestamptz, user_id uuid, transaction_id uuid, type text, description text, amount numeric,
  pool_balance numeric
) LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT * FROM (
    SELECT ledger_postings.entry_id, ledger_postings.created_at, ledger_postings.user_id, ledger_postings.transaction_id,
      transactions.type, transactions.description, ledger_postings.amount,
      sum(ledger_postings.amount) OVER (ORDER BY ledger_postings.entry_id)
    FROM ajo_groups
    JOIN ledger_postings ON ledger_postings.account_id = ajo_groups.pool_account_id
    JOIN transactions ON transactions.user_id = ledger_postings.user_id AND transactions.id = ledger_postings.transaction_id
    WHERE ajo_groups.id = p_group_id AND sees_group(p_user_id, p_group_id)
  ) AS line (entry_id, created_at, user_id, transaction_id, type, description, amount, pool_balance)
  WHERE line.created_at >= p_from AND line.created_at < p_until
  ORDER BY line.entry_id
$$;

COMMENT ON FUNCTION get_group_statement(uuid, uuid, timestamptz, timestamptz) IS 'What went into and out of the pool in [from, until), with the pool after each line; nothing for strangers.';

CREATE FUNCTION get_group_balance(p_user_id uuid, p_group_id uuid)
RETURNS TABLE (
  total_collected numeric, total_disbursed numeric, total_fees numeric, total_refunded numeric, pool_balance numeric,
  ledger_balance numeric, deposits numeric
) LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT ajo_groups.total_collected, ajo_groups.total_disbursed, ajo_groups.total_fees, ajo_groups.total_refunded,
    ajo_groups.total_collected::numeric - ajo_groups.total_disbursed - ajo_groups.total_fees - ajo_groups.total_refunded,
    (SELECT coalesce(sum(ledger_postings.amount), 0) FROM ledger_postings
     WHERE ledger_postings.account_id = ajo_groups.pool_account_id),
    (SELECT coalesce(sum(group_members.deposit_balance), 0) FROM group_members WHERE group_members.group_id = ajo_groups.id)
  FROM ajo_groups
  WHERE ajo_groups.id = p_group_id AND sees_group(p_user_id, p_group_id)
$$;

COMMENT ON FUNCTION get_group_balance(uuid, uuid) IS 'The group''s totals, its pool by totals and by ledger (they are equal), and the deposits it holds; nothing for strangers.';

ALTER FUNCTION disburse_group_round_at(uuid, uuid, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION disburse_group_round(uuid, uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION complete_ajo_group_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION complete_ajo_group(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION end_group_membership(ajo_groups, uuid, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_group_exit(ajo_groups, group_members) OWNER TO avdaily_ledger;
ALTER FUNCTION leave_ajo_group_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION leave_ajo_group(uuid, uuid, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION disburse_group_round(uuid, uuid, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION complete_ajo_group(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION leave_ajo_group(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION sees_group(uuid, uuid) TO avdaily_app, avdaily_readonly;
GRANT EXECUTE ON FUNCTION get_group_statement(uuid, uuid, timestamptz, timestamptz) TO avdaily_app, avdaily_readonly;
GRANT EXECUTE ON FUNCTION get_group_balance(uuid, uuid) TO avdaily_app, avdaily_readonly;
