-- 0036.add-group-collection: a round can be collected from all members at once, and a member can pay alone
-- Why: one statement debits everybody who can pay and records why the others could not; what is paid stays paid, so a second
--   call collects the rest and nothing twice.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; contributions stay.
-- depends: 0035.add-group-rotation

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION check_round_open(p_group ajo_groups, p_round integer) RETURNS ajo_rounds
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_round ajo_rounds;
BEGIN
  SELECT * INTO v_round FROM ajo_rounds WHERE group_id = p_group.id AND round = p_round;
  IF p_round IS DISTINCT FROM p_group.current_round OR v_round.status IS DISTINCT FROM 'open' THEN
    RAISE EXCEPTION 'round % of group % is not the open one', coalesce(p_round::text, 'NULL'), p_group.id
      USING ERRCODE = 'AV040',  -- round_not_open
        DETAIL = json_build_object(
          'group_id', p_group.id, 'round', p_round, 'current_round', p_group.current_round, 'status', v_round.status
        )::text;
  END IF;
  RETURN v_round;
END $$;

COMMENT ON FUNCTION check_round_open(ajo_groups, integer) IS 'The round; AV040 unless it is the group''s open one.';

CREATE FUNCTION check_round_due(p_round ajo_rounds, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF app_day(p_at) < p_round.due_date THEN
    RAISE EXCEPTION 'round % of group % is due on %', p_round.round, p_round.group_id, p_round.due_date
      USING ERRCODE = 'AV042',  -- round_not_due
        DETAIL = json_build_object(
          'group_id', p_round.group_id, 'round', p_round.round, 'due_date', p_round.due_date, 'today', app_day(p_at)
        )::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_round_due(ajo_rounds, timestamptz) IS 'Raises AV042 before the due date of the round (Africa/Lagos).';

CREATE FUNCTION collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamptz) RETURNS SETOF group_contributions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_round ajo_rounds;
  v_open record;
  v_collected numeric;
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  PERFORM open_current_round(p_group_id, p_at);
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id;
  v_round := check_round_open(v_group, v_group.current_round);
  PERFORM check_round_due(v_round, p_at);

  SELECT array_agg(user_id) AS user_ids, array_agg(amount::numeric) AS amounts,
    array_agg(v_group.pool_account_id) AS accounts
  INTO v_open
  FROM group_contributions
  WHERE group_id = p_group_id AND round = v_round.round AND status IN ('pending', 'late');

  IF v_open.user_ids IS NOT NULL THEN
    WITH tried AS MATERIALIZED (
      SELECT * FROM post_wallet_debits(
        v_open.user_ids, v_open.amounts, v_open.accounts, 'group_contribution', p_at,
        format('%s: round %s', v_group.group_name, v_round.round),
        jsonb_build_object('group_id', p_group_id, 'round', v_round.round)
      )
    ),
    recorded AS (
      UPDATE group_contributions
      SET transaction_id = tried.transaction_id, updated_at = p_at,
        status = CASE tried.outcome WHEN 'posted' THEN 'completed' ELSE group_contributions.status END,
        paid_at = CASE tried.outcome WHEN 'posted' THEN p_at END,
        failure_reason = nullif(tried.outcome, 'posted')
      FROM tried
      WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_round.round
        AND group_contributions.user_id = tried.user_id
      RETURNING group_contributions.member_id, group_contributions.amount, group_contributions.status
    ),
    credited AS (
      UPDATE group_members
      SET total_contributed = group_members.total_contributed + recorded.amount, updated_at = p_at
      FROM recorded
      WHERE group_members.id = recorded.member_id AND recorded.status = 'completed'
    )
    SELECT sum(amount) INTO v_collected FROM recorded WHERE status = 'completed';
  END IF;
  IF v_collected > 0 THEN
    PERFORM credit_group_pool(p_group_id, v_round.round, v_collected, p_at);
    PERFORM refresh_group_standing(p_group_id, p_at);
  END IF;

  RETURN QUERY
  SELECT group_contributions.*
  FROM group_contributions
  JOIN group_members ON group_members.id = group_contributions.member_id
  WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_round.round
  ORDER BY group_members.position;
END $$;

COMMENT ON FUNCTION collect_group_round_at(uuid, uuid, timestamptz) IS 'As collect_group_round(), at a given moment.';

CREATE FUNCTION collect_group_round(p_user_id uuid, p_group_id uuid) RETURNS SETOF group_contributions
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM collect_group_round_at(p_user_id, p_group_id, now())
$$;

COMMENT ON FUNCTION collect_group_round(uuid, uuid) IS 'Debits all members who can pay the current round; its contributions by position, with a failure_reason where nothing was taken.';

-- What somebody else paid for the member goes back to them: to the deposit, or through the clearing to the organizer.
CREATE FUNCTION repay_group_cover(p_contribution group_contributions, p_at timestamptz) RETURNS uuid
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_contribution.group_id, 'round', p_contribution.round);
  v_note CONSTANT text := format('Round %s repaid', p_contribution.round);
  v_clearing CONSTANT uuid := system_account('transfer_clearing', p_contribution.currency);
  v_member group_members;
  v_transaction_id uuid;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE id = p_contribution.member_id;
  IF p_contribution.cover_source = 'deposit' THEN
    v_transaction_id := post_wallet_debit(
      v_member.user_id, p_contribution.amount, v_member.deposit_account_id, 'group_contribution', p_at, v_note, v_facts,
      v_member.deposit_balance + p_contribution.amount
    );
    UPDATE group_members SET deposit_balance = deposit_balance + p_contribution.amount, updated_at = p_at
    WHERE id = v_member.id;
    RETURN v_transaction_id;
  END IF;

  PERFORM FROM wallets WHERE user_id IN (v_member.user_id, p_contribution.covered_by) ORDER BY user_id FOR NO KEY UPDATE;
  v_transaction_id := post_wallet_debit(
    v_member.user_id, p_contribution.amount, v_clearing, 'group_contribution', p_at, v_note, v_facts
  );
  PERFORM post_wallet_credit(
    p_contribution.covered_by, p_contribution.amount, v_clearing, 'refund', p_at, v_note, 0, v_facts
  );
  UPDATE group_members
  SET updated_at = p_at, total_contributed = total_contributed + CASE
    WHEN user_id = p_contribution.covered_by THEN -p_contribution.amount::numeric ELSE p_contribution.amount
  END
  WHERE group_id = p_contribution.group_id AND user_id IN (v_member.user_id, p_contribution.covered_by);
  RETURN v_transaction_id;
END $$;

COMMENT ON FUNCTION repay_group_cover(group_contributions, timestamptz) IS 'Moves what a member owes for a covered contribution to whoever covered it; the member''s transaction.';

CREATE FUNCTION record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamptz)
RETURNS group_contributions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_contribution group_contributions;
  v_transaction_id uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id) THEN
    PERFORM refuse_stranger(p_user_id, p_group_id);
  END IF;
  SELECT * INTO v_contribution FROM group_contributions
  WHERE group_id = p_group_id AND round = p_round AND user_id = p_user_id;
  IF v_contribution.status = 'completed' THEN
    RETURN v_contribution;
  ELSIF v_contribution.status IN ('pending', 'late') THEN
    PERFORM check_group_status(v_group, 'active', 'paused');
    v_transaction_id := post_wallet_debit(
      p_user_id, v_contribution.amount, v_group.pool_account_id, 'group_contribution', p_at,
      format('%s: round %s', v_group.group_name, p_round), jsonb_build_object('group_id', p_group_id, 'round', p_round)
    );
    UPDATE group_members SET total_contributed = total_contributed + v_contribution.amount, updated_at = p_at
    WHERE id = v_contribution.member_id;
    PERFORM credit_group_pool(p_group_id, p_round, v_contribution.amount, p_at);
  -- A deposit that is about to be returned, or was, needs no refill.
  ELSIF v_contribution.status = 'covered'
    AND (v_contribution.cover_source = 'organizer' OR v_group.status IN ('active', 'paused'))
  THEN
    v_transaction_id := repay_group_cover(v_contribution, p_at);
  ELSE
    RAISE EXCEPTION 'user % has nothing to pay in round % of group %', p_user_id, coalesce(p_round::text, 'NULL'), p_group_id
      USING ERRCODE = 'AV049',  -- nothing_to_pay
        DETAIL = json_build_object('group_id', p_group_id, 'round', p_round, 'status', v_contribution.status)::text;
  END IF;

  UPDATE group_contributions
  SET status = 'completed', transaction_id = v_transaction_id, paid_at = p_at, failure_reason = NULL, updated_at = p_at
  WHERE id = v_contribution.id
  RETURNING * INTO v_contribution;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_contribution;
END $$;

COMMENT ON FUNCTION record_group_contribution_at(uuid, uuid, integer, timestamptz) IS 'As record_group_contribution(), at a given moment.';

CREATE FUNCTION record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) RETURNS group_contributions
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM record_group_contribution_at(p_user_id, p_group_id, p_round, now())
$$;

COMMENT ON FUNCTION record_group_contribution(uuid, uuid, integer) IS 'A member pays one contribution, early or late, or repays whoever covered it; repeated, nothing is paid again.';

ALTER FUNCTION check_round_open(ajo_groups, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION check_round_due(ajo_rounds, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION collect_group_round_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION collect_group_round(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION repay_group_cover(group_contributions, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION record_group_contribution_at(uuid, uuid, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION record_group_contribution(uuid, uuid, integer) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION collect_group_round(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION record_group_contribution(uuid, uuid, integer) TO avdaily_app;
