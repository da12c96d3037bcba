-- 0032.create-group-rules: what every function of groups shares: locking, refusals, due dates, who owes what, deposits
-- Why: one place decides each of these. Nothing here is granted: only functions owned by avdaily_ledger call it.
--   The order of locks: group; wallets by user_id. Rounds, members and contributions change only while their group is locked,
--   so they need no order of their own.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0031.create-group-rounds

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION lock_group(p_group_id uuid) RETURNS ajo_groups LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups;
BEGIN
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'group % does not exist', coalesce(p_group_id::text, 'NULL')
      USING ERRCODE = 'AV030',  -- group_not_found
        DETAIL = json_build_object('group_id', p_group_id)::text;
  END IF;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION lock_group(uuid) IS 'The group, locked until the transaction ends; AV030 if there is none.';

CREATE FUNCTION lock_own_group(p_user_id uuid, p_group_id uuid) RETURNS ajo_groups
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
BEGIN
  IF v_group.organizer_id IS DISTINCT FROM p_user_id THEN
    RAISE EXCEPTION 'user % does not organize group %', coalesce(p_user_id::text, 'NULL'), p_group_id
      USING ERRCODE = 'AV031',  -- not_organizer
        DETAIL = json_build_object('group_id', p_group_id, 'user_id', p_user_id)::text;
  END IF;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION lock_own_group(uuid, uuid) IS 'As lock_group(); AV031 unless the user is its organizer.';

CREATE FUNCTION check_group_status(p_group ajo_groups, VARIADIC p_allowed text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_group.status <> ALL (p_allowed) THEN
    RAISE EXCEPTION 'group % is %, not %', p_group.id, p_group.status, array_to_string(p_allowed, ' or ')
      USING ERRCODE = 'AV032',  -- group_status
        DETAIL = json_build_object('group_id', p_group.id, 'status', p_group.status, 'allowed', p_allowed)::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_group_status(ajo_groups, text[]) IS 'Raises AV032 unless the group has one of these states.';

CREATE FUNCTION refuse_stranger(p_user_id uuid, p_group_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'user % is not a member of group %', coalesce(p_user_id::text, 'NULL'), p_group_id
    USING ERRCODE = 'AV034',  -- not_a_member
      DETAIL = json_build_object('group_id', p_group_id, 'user_id', p_user_id)::text;
END $$;

COMMENT ON FUNCTION refuse_stranger(uuid, uuid) IS 'Raises AV034.';

CREATE FUNCTION check_not_organizer(p_member group_members) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_member.role = 'organizer' THEN
    RAISE EXCEPTION 'the organizer cannot leave group %', p_member.group_id
      USING ERRCODE = 'AV048',  -- organizer_stays
        DETAIL = json_build_object('group_id', p_member.group_id, 'member_id', p_member.id)::text,
        HINT = 'Cancel the group instead.';
  END IF;
END $$;

COMMENT ON FUNCTION check_not_organizer(group_members) IS 'Raises AV048 for the organizer''s membership.';

-- A member whose tier cannot send one contribution a day could only ever default.
CREATE FUNCTION check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_tier integer;
  v_needed CONSTANT integer := (SELECT min(tier) FROM kyc_limits WHERE tier >= p_tier AND daily_limit >= p_amount);
BEGIN
  PERFORM check_user_acts(p_user_id);
  SELECT kyc_tier INTO v_tier FROM "user" WHERE id = p_user_id;
  IF v_needed IS NULL OR v_tier < v_needed THEN
    RAISE EXCEPTION 'KYC tier % is too low: contributing % needs tier %', v_tier, p_amount, coalesce(v_needed::text, 'above all')
      USING ERRCODE = 'AV046',  -- tier_too_low
        DETAIL = json_build_object('tier', v_tier, 'needed', v_needed, 'amount', round(p_amount, 2)::text)::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_group_tier(uuid, integer, numeric) IS 'Raises AV004 or AV046 unless the user acts, has the tier, and may send the amount in a day.';

-- Each round counts from the first, so that a group which started on the 31st comes back to the 31st.
CREATE FUNCTION group_due_date(p_start_date date, p_frequency text, p_round integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  p_start_date::timestamp + (p_round - 1) * CASE p_frequency
    WHEN 'daily' THEN interval '1 day'
    WHEN 'weekly' THEN interval '7 days'
    WHEN 'monthly' THEN interval '1 month'
  END
)::date;

COMMENT ON FUNCTION group_due_date(date, text, integer) IS 'The due date of a round (from 1) of a rotation that starts on this day.';

-- All members, but for the round of a removed member only those whom that member has paid: what was given comes back, and
-- nobody gives to somebody who will not give in turn.
CREATE FUNCTION group_round_debtors(p_group_id uuid, p_round integer) RETURNS SETOF group_members
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT member.*
  FROM ajo_rounds AS round
  JOIN group_members AS recipient ON recipient.id = round.recipient_member_id
  JOIN group_members AS member ON member.group_id = round.group_id AND member.status NOT IN ('removed', 'left')
  WHERE round.group_id = p_group_id AND round.round = p_round
    AND (
      recipient.status <> 'removed'
      OR EXISTS (
        SELECT FROM group_contributions AS given
        WHERE given.group_id = p_group_id AND given.member_id = recipient.id AND given.round = member.position
          AND given.status IN ('completed', 'covered')
      )
    )
$$;

COMMENT ON FUNCTION group_round_debtors(uuid, integer) IS 'The members who contribute to a round.';

-- A deposit that covered a default was the member's own money: only an organizer's cover is owed to somebody.
CREATE FUNCTION group_member_debt(p_group_id uuid, p_member_id uuid) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(sum(owed.amount), 0)
  FROM (
    SELECT amount FROM group_contributions
    WHERE group_id = p_group_id AND member_id = p_member_id
      AND (status IN ('pending', 'late') OR status = 'covered' AND cover_source = 'organizer')
    UNION ALL
    SELECT ajo_groups.contribution_amount
    FROM ajo_groups
    JOIN ajo_rounds ON ajo_rounds.group_id = ajo_groups.id AND ajo_rounds.status = 'scheduled'
    JOIN LATERAL group_round_debtors(p_group_id, ajo_rounds.round) AS debtor ON debtor.id = p_member_id
    WHERE ajo_groups.id = p_group_id
  ) AS owed
$$;

COMMENT ON FUNCTION group_member_debt(uuid, uuid) IS 'What a member has still to pay: open contributions, an organizer''s covers, and those of the rounds to come.';

-- A function that posts in two steps locks all wallets first, in the one order.
CREATE FUNCTION lock_member_wallets(p_group_id uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM wallets
  WHERE user_id IN (SELECT user_id FROM group_members WHERE group_id = p_group_id)
  ORDER BY user_id
  FOR NO KEY UPDATE;
END $$;

COMMENT ON FUNCTION lock_member_wallets(uuid) IS 'Locks the wallets of all members, by user_id.';

CREATE FUNCTION credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamptz) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  UPDATE ajo_rounds SET collected = collected + p_amount, updated_at = p_at WHERE group_id = p_group_id AND round = p_round;
  UPDATE ajo_groups SET total_collected = total_collected + p_amount, updated_at = p_at WHERE id = p_group_id
$$;

COMMENT ON FUNCTION credit_group_pool(uuid, integer, numeric, timestamptz) IS 'Adds what was posted to the pool to the totals of round and group: once a statement, not once a member.';

-- Members who owe are defaulted, a paused group in which nothing is late goes on.
CREATE FUNCTION refresh_group_standing(p_group_id uuid, p_at timestamptz) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  WITH judged AS (
    SELECT member.id,
      CASE
        WHEN EXISTS (
          SELECT FROM group_contributions AS owed
          WHERE owed.group_id = p_group_id AND owed.member_id = member.id AND owed.status IN ('late', 'covered')
        ) THEN 'defaulted'
        ELSE 'active'
      END AS status
    FROM group_members AS member
    WHERE member.group_id = p_group_id AND member.status IN ('active', 'defaulted')
  )
  UPDATE group_members SET status = judged.status, updated_at = p_at
  FROM judged
  WHERE group_members.id = judged.id AND group_members.status <> judged.status;

  UPDATE ajo_groups SET status = 'active', updated_at = p_at
  WHERE id = p_group_id AND status = 'paused'
    AND NOT EXISTS (SELECT FROM group_contributions WHERE group_id = p_group_id AND status = 'late')
$$;

COMMENT ON FUNCTION refresh_group_standing(uuid, timestamptz) IS 'Sets members active or defaulted by what they owe, and a paused group active when nothing is late.';

CREATE FUNCTION return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(user_id) AS user_ids, array_agg(deposit_balance::numeric) AS amounts,
    array_agg(deposit_account_id) AS accounts, array_agg(0::numeric) AS after
  INTO v
  FROM group_members
  WHERE group_id = p_group_id AND id = ANY (p_member_ids) AND deposit_balance > 0;
  IF v.user_ids IS NULL THEN
    RETURN;
  END IF;
  PERFORM post_wallet_credits(
    v.user_ids, v.amounts, v.accounts, 'refund', p_at, 'Group deposit returned', jsonb_build_object('group_id', p_group_id),
    v.after
  );
  UPDATE group_members SET deposit_balance = 0, updated_at = p_at
  WHERE group_id = p_group_id AND user_id = ANY (v.user_ids);
END $$;

COMMENT ON FUNCTION return_group_deposits(uuid, uuid[], timestamptz) IS 'Pays what is left of these members'' deposits back to their wallets.';

ALTER FUNCTION lock_group(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION lock_own_group(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION check_group_status(ajo_groups, text[]) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_stranger(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION check_not_organizer(group_members) OWNER TO avdaily_ledger;
ALTER FUNCTION check_group_tier(uuid, integer, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION group_due_date(date, text, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION group_round_debtors(uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION group_member_debt(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION lock_member_wallets(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION credit_group_pool(uuid, integer, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION refresh_group_standing(uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION return_group_deposits(uuid, uuid[], timestamptz) OWNER TO avdaily_ledger;
