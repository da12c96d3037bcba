-- 0035.add-group-rotation: a rotation's order can be set, the rotation started, and its rounds opened
-- Why: the start freezes who is paid out when, in rows of ajo_rounds; a random order comes from a seed that is drawn at the
--   start and kept, so that nobody could choose it and anybody can compute the order again.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; rounds stay.
-- depends: 0034.add-group-invitations

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION refuse_rotation(p_group_id uuid, p_members integer, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the rotation of group % is not possible: %', p_group_id, p_reason
    USING ERRCODE = 'AV039',  -- rotation_invalid
      DETAIL = json_build_object('group_id', p_group_id, 'members', p_members, 'reason', p_reason)::text;
END $$;

COMMENT ON FUNCTION refuse_rotation(uuid, integer, text) IS 'Raises AV039.';

-- Positions are unique at every moment, so the old ones go before the new ones come.
CREATE FUNCTION write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamptz) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  UPDATE group_members SET position = NULL, updated_at = p_at WHERE group_id = p_group_id AND position IS NOT NULL;
  UPDATE group_members SET position = wanted.position, updated_at = p_at
  FROM unnest(p_member_ids) WITH ORDINALITY AS wanted (id, position)
  WHERE group_members.group_id = p_group_id AND group_members.id = wanted.id
$$;

COMMENT ON FUNCTION write_positions(uuid, uuid[], timestamptz) IS 'Gives the members positions 1 to n in this order.';

CREATE FUNCTION set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) RETURNS SETOF group_members
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_members CONSTANT uuid[] := ARRAY(
    SELECT id FROM group_members WHERE group_id = p_group_id AND status NOT IN ('removed', 'left') ORDER BY id
  );
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  IF v_group.rotation_order <> 'manual' THEN
    PERFORM refuse_rotation(p_group_id, cardinality(v_members), format('its order is %s, not manual', v_group.rotation_order));
  END IF;
  IF ARRAY(SELECT id FROM unnest(p_member_ids) AS id ORDER BY id) IS DISTINCT FROM v_members THEN
    PERFORM refuse_rotation(p_group_id, cardinality(v_members), 'the order does not name each member once');
  END IF;
  PERFORM write_positions(p_group_id, p_member_ids, now());
  RETURN QUERY SELECT * FROM group_members WHERE group_id = p_group_id AND position IS NOT NULL ORDER BY position;
END $$;

COMMENT ON FUNCTION set_rotation_order(uuid, uuid, uuid[]) IS 'Sets the order of a manual rotation before its start: all members, each once.';

CREATE FUNCTION order_of_rotation(p_group ajo_groups, p_seed bigint) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT array_agg(
    id ORDER BY
      CASE p_group.rotation_order WHEN 'manual' THEN position END,
      CASE p_group.rotation_order WHEN 'random' THEN sha256(convert_to(p_seed || ' ' || user_id, 'UTF8')) END,
      role DESC, joined_at, id  -- sequential: the organizer, then as they joined
  )
  FROM group_members
  WHERE group_id = p_group.id AND status NOT IN ('removed', 'left')
$$;

COMMENT ON FUNCTION order_of_rotation(ajo_groups, bigint) IS 'The members in the order in which they will be paid out.';

-- The seed is an argument here only: an organizer who could choose it could try until the first place is his.
CREATE FUNCTION start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamptz)
RETURNS ajo_groups LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_start CONSTANT date := coalesce(p_start_date, app_day(p_at));
  v_order CONSTANT uuid[] := order_of_rotation(v_group, p_seed);
  v_count CONSTANT integer := cardinality(v_order);
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  IF v_start NOT BETWEEN app_day(p_at) AND app_day(p_at) + 90 THEN
    RAISE EXCEPTION 'start date % is not between % and %', v_start, app_day(p_at), app_day(p_at) + 90
      USING ERRCODE = 'AV044',  -- start_date_invalid
        DETAIL = json_build_object('start_date', v_start, 'earliest', app_day(p_at), 'latest', app_day(p_at) + 90)::text;
  END IF;
  IF v_count < 2 THEN
    PERFORM refuse_rotation(p_group_id, v_count, 'it needs at least 2 members');
  END IF;
  IF v_group.rotation_order = 'manual' AND v_order IS DISTINCT FROM (
    SELECT array_agg(id ORDER BY position) FROM group_members WHERE group_id = p_group_id AND position BETWEEN 1 AND v_count
  ) THEN
    PERFORM refuse_rotation(p_group_id, v_count, 'not every member has a position');
  END IF;

  PERFORM write_positions(p_group_id, v_order, p_at);
  INSERT INTO ajo_rounds (group_id, round, recipient_member_id, due_date, created_at, updated_at)
  SELECT p_group_id, round, member_id, group_due_date(v_start, v_group.contribution_frequency, round::integer), p_at, p_at
  FROM unnest(v_order) WITH ORDINALITY AS place (member_id, round);
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE group_id = p_group_id AND status = 'pending';
  UPDATE ajo_groups
  SET status = 'active', current_round = 1, current_position = 1, start_date = v_start, next_payout_date = v_start,
    end_date = group_due_date(v_start, contribution_frequency, v_count),
    rotation_seed = CASE rotation_order WHEN 'random' THEN p_seed END, updated_at = p_at
  WHERE id = p_group_id;
  PERFORM open_current_round(p_group_id, p_at);
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id;
  RETURN v_group;
END $$;

COMMENT ON FUNCTION start_ajo_group_at(uuid, uuid, date, bigint, timestamptz) IS 'As start_ajo_group(), at a given moment and with a given seed.';

-- 60 random bits.
CREATE FUNCTION start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date DEFAULT NULL) RETURNS ajo_groups
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM start_ajo_group_at(
    p_user_id, p_group_id, p_start_date, ('x' || right(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint, now()
  )
$$;

COMMENT ON FUNCTION start_ajo_group(uuid, uuid, date) IS 'Freezes the order, writes all rounds and opens the first; due from the start date, today unless given.';

CREATE FUNCTION advance_group(p_group_id uuid, p_at timestamptz) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  UPDATE ajo_groups
  SET current_round = ajo_rounds.round, current_position = ajo_rounds.round, next_payout_date = ajo_rounds.due_date,
    updated_at = p_at
  FROM ajo_rounds
  WHERE ajo_groups.id = p_group_id AND ajo_rounds.group_id = p_group_id AND ajo_rounds.round = ajo_groups.current_round + 1
$$;

COMMENT ON FUNCTION advance_group(uuid, timestamptz) IS 'Makes the next round the current one; after the last nothing changes.';

-- A round in which nobody owes its (removed) recipient anything is skipped.
CREATE FUNCTION open_current_round(p_group_id uuid, p_at timestamptz) RETURNS ajo_rounds
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_round ajo_rounds;
  v_expected numeric;
BEGIN
  LOOP
    SELECT ajo_rounds.* INTO v_round
    FROM ajo_groups
    JOIN ajo_rounds ON ajo_rounds.group_id = ajo_groups.id AND ajo_rounds.round = ajo_groups.current_round
    WHERE ajo_groups.id = p_group_id;
    EXIT WHEN v_round.status IS DISTINCT FROM 'scheduled';

    WITH owed AS (
      INSERT INTO group_contributions (group_id, member_id, user_id, round, amount, currency, due_date, created_at, updated_at)
      SELECT ajo_groups.id, debtor.id, debtor.user_id, v_round.round, ajo_groups.contribution_amount, ajo_groups.currency,
        v_round.due_date, p_at, p_at
      FROM ajo_groups
      CROSS JOIN group_round_debtors(p_group_id, v_round.round) AS debtor
      WHERE ajo_groups.id = p_group_id
      RETURNING amount
    )
    SELECT coalesce(sum(amount), 0) INTO v_expected FROM owed;
    UPDATE ajo_rounds
    SET expected = v_expected, updated_at = p_at,
      status = CASE WHEN v_expected > 0 THEN 'open' ELSE 'skipped' END,
      opened_at = CASE WHEN v_expected > 0 THEN p_at END,
      closed_at = CASE WHEN v_expected = 0 THEN p_at END
    WHERE id = v_round.id
    RETURNING * INTO v_round;
    EXIT WHEN v_expected > 0;
    PERFORM advance_group(p_group_id, p_at);
  END LOOP;
  RETURN v_round;
END $$;

COMMENT ON FUNCTION open_current_round(uuid, timestamptz) IS 'Opens the current round if it is scheduled: what each member owes in it is written; the round.';

CREATE FUNCTION open_group_round(p_user_id uuid, p_group_id uuid) RETURNS ajo_rounds
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  RETURN open_current_round(p_group_id, now());
END $$;

COMMENT ON FUNCTION open_group_round(uuid, uuid) IS 'Opens the current round, so that members can pay ahead of its due date; an open one is left as it is.';

ALTER FUNCTION refuse_rotation(uuid, integer, text) OWNER TO avdaily_ledger;
ALTER FUNCTION write_positions(uuid, uuid[], timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION set_rotation_order(uuid, uuid, uuid[]) OWNER TO avdaily_ledger;
ALTER FUNCTION order_of_rotation(ajo_groups, bigint) OWNER TO avdaily_ledger;
ALTER FUNCTION start_ajo_group_at(uuid, uuid, date, bigint, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION start_ajo_group(uuid, uuid, date) OWNER TO avdaily_ledger;
ALTER FUNCTION advance_group(uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION open_current_round(uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION open_group_round(uuid, uuid) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION set_rotation_order(uuid, uuid, uuid[]) TO avdaily_app;
GRANT EXECUTE ON FUNCTION start_ajo_group(uuid, uuid, date) TO avdaily_app;
GRANT EXECUTE ON FUNCTION open_group_round(uuid, uuid) TO avdaily_app;
