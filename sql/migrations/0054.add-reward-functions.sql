-- 0054.add-reward-functions: rewards are given, redeemed once and expire; a cashback is paid through the ledger
-- Why: a reward with a value is money of the house, so somebody with authority gives it, and to redeem it is a posting as any
--   other is (reward_expense → wallet), together with the change of the reward.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; rewards and what was paid stay.
-- depends: 0053.add-milestone-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Points and badges come from the application's own rules; whatever has a value needs admin:system.
CREATE FUNCTION grant_reward(
  p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric DEFAULT NULL,
  p_points integer DEFAULT 0, p_expires_at timestamptz DEFAULT NULL, p_granted_by uuid DEFAULT NULL,
  p_description text DEFAULT NULL, p_metadata jsonb DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_first rewards;
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  PERFORM require_future(p_expires_at);
  IF p_reward_type IN ('cashback', 'discount') THEN
    PERFORM require_permission(p_granted_by, 'admin:system');
  END IF;
  IF p_value IS NOT NULL AND NOT is_money(p_value) THEN
    PERFORM refuse_amount(p_value);
  END IF;
  INSERT INTO rewards (
    user_id, reward_type, reward_name, description, value, currency, points, expires_at, grant_key, metadata
  ) VALUES (
    p_user_id, p_reward_type, p_reward_name, p_description, p_value,
    -- That of the wallet, which a cashback goes to and which never changes its currency.
    coalesce((SELECT currency FROM wallets WHERE user_id = p_user_id), 'NGN'),
    p_points, p_expires_at, p_grant_key, p_metadata
  )
  ON CONFLICT ON CONSTRAINT rewards_user_id_grant_key_key DO NOTHING
  RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    SELECT * INTO v_first FROM rewards WHERE user_id = p_user_id AND grant_key = p_grant_key;
    IF (v_first.reward_type, v_first.value, v_first.points) IS DISTINCT FROM (p_reward_type, p_value, p_points) THEN
      RAISE EXCEPTION 'grant key "%" was used for another reward', p_grant_key
        USING ERRCODE = 'AV066',  -- reward_grant_conflict
          DETAIL = json_build_object('grant_key', p_grant_key, 'reward_id', v_first.id)::text;
    END IF;
    RETURN v_first.id;
  END IF;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION grant_reward(uuid, text, text, text, numeric, integer, timestamptz, uuid, text, jsonb) IS
  'Gives a reward and returns its id, for the same grant key the id of the first call; cashback and discount need admin:system.';

CREATE FUNCTION redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamptz) RETURNS rewards LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_reward rewards;
BEGIN
  PERFORM require_acting_user(p_user_id);
  -- The wallet before the reward: the order of locks of every function that posts.
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_reward FROM rewards WHERE id = p_reward_id AND user_id = p_user_id FOR NO KEY UPDATE;
  IF v_reward.id IS NULL THEN
    RAISE EXCEPTION 'user % has no reward %', p_user_id, coalesce(p_reward_id::text, 'without an id')
      USING ERRCODE = 'AV067',  -- reward_not_found
        DETAIL = json_build_object('user_id', p_user_id, 'reward_id', p_reward_id)::text;
  ELSIF v_reward.status <> 'active' THEN
    RAISE EXCEPTION 'reward % is %', p_reward_id, v_reward.status
      USING ERRCODE = 'AV068',  -- reward_not_active
        DETAIL = json_build_object('reward_id', p_reward_id, 'status', v_reward.status)::text;
  ELSIF v_reward.expires_at <= p_at THEN
    RAISE EXCEPTION 'reward % ended at %', p_reward_id, v_reward.expires_at
      USING ERRCODE = 'AV069',  -- reward_expired
        DETAIL = json_build_object('reward_id', p_reward_id, 'expires_at', v_reward.expires_at)::text;
  END IF;
  IF v_reward.reward_type = 'cashback' THEN
    v_reward.transaction_id := post_cashback_at(p_user_id, v_reward.value, 'Cashback: ' || v_reward.reward_name, p_at);
  END IF;
  UPDATE rewards
  SET status = 'redeemed', redeemed_at = p_at, transaction_id = v_reward.transaction_id, updated_at = p_at
  WHERE id = p_reward_id
  RETURNING * INTO v_reward;
  RETURN v_reward;
END $$;

COMMENT ON FUNCTION redeem_reward_at(uuid, uuid, timestamptz) IS 'redeem_reward() at a given moment.';

CREATE FUNCTION redeem_reward(p_user_id uuid, p_reward_id uuid) RETURNS rewards LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT redeem_reward_at(p_user_id, p_reward_id, now())
$$;

COMMENT ON FUNCTION redeem_reward(uuid, uuid) IS 'Redeems an active reward, once; a cashback goes to the wallet. Returns the reward.';

CREATE FUNCTION expire_rewards_at(p_limit integer, p_at timestamptz) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_count integer;
BEGIN
  -- As an array: a join might read all of the table for a few ids.
  UPDATE rewards SET status = 'expired', updated_at = p_at
  WHERE id = ANY (ARRAY(
    SELECT id FROM rewards WHERE status = 'active' AND expires_at <= p_at
    ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION expire_rewards_at(integer, timestamptz) IS 'expire_rewards() at a given moment.';

CREATE FUNCTION expire_rewards(p_limit integer DEFAULT 10000) RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT expire_rewards_at(p_limit, now())
$$;

COMMENT ON FUNCTION expire_rewards(integer) IS 'Marks at most p_limit rewards whose end has come; returns how many.';

ALTER FUNCTION grant_reward(uuid, text, text, text, numeric, integer, timestamptz, uuid, text, jsonb) OWNER TO avdaily_ledger;
ALTER FUNCTION redeem_reward_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION redeem_reward(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION expire_rewards_at(integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION expire_rewards(integer) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION grant_reward(uuid, text, text, text, numeric, integer, timestamptz, uuid, text, jsonb) TO avdaily_app;
GRANT EXECUTE ON FUNCTION redeem_reward(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION expire_rewards(integer) TO avdaily_app;
