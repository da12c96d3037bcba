-- 0023.create-plan-functions: a savings plan can be opened, changed, paused, resumed and completed by its owner
-- Why: number of plans and states are rules of money; a version stops two devices from overwriting each other's settings.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0022.create-withdrawals

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION create_savings_plan_at(
  p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric,
  p_auto_save_enabled boolean, p_auto_save_time time, p_interest_rate numeric, p_minimum_balance numeric,
  p_start_date date, p_idempotency_key text, p_at timestamptz
) RETURNS savings_plans LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_start CONSTANT date := coalesce(p_start_date, app_day(p_at));
  v_first uuid;
  v_currency text;
  v_limit record;
  v_plan savings_plans;
BEGIN
  IF NOT is_money(p_daily_amount) THEN
    PERFORM refuse_amount(p_daily_amount);
  END IF;
  IF p_target_amount IS NOT NULL AND NOT is_money(p_target_amount) THEN
    PERFORM refuse_amount(p_target_amount);
  END IF;
  IF p_minimum_balance <> 0 AND NOT is_money(p_minimum_balance) THEN
    PERFORM refuse_amount(p_minimum_balance);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'create_savings_plan',
      jsonb_build_array(
        p_plan_name, trim_scale(p_daily_amount), p_cycle_duration, trim_scale(p_target_amount), p_auto_save_enabled,
        p_auto_save_time, trim_scale(p_interest_rate), trim_scale(p_minimum_balance), p_start_date
      )::text,
      v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_plan FROM savings_plans WHERE user_id = p_user_id AND id = v_first;
      RETURN v_plan;
    END IF;
  END IF;
  PERFORM check_bounds(p_daily_amount, 10, 50000, 'a daily amount');
  PERFORM check_bounds(p_cycle_duration, 7, 365, 'a cycle in days');
  IF v_start NOT BETWEEN app_day(p_at) AND app_day(p_at) + 365 THEN
    RAISE EXCEPTION 'a plan cannot start on %: only today or within a year', v_start
      USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  -- The wallet's lock makes two calls at once count each other's plans; written to, so that a REPEATABLE READ caller, who
  -- cannot see the other's plan, fails with 40001.
  UPDATE wallets SET updated_at = p_at WHERE user_id = p_user_id RETURNING currency INTO v_currency;
  PERFORM check_wallet_debit(p_user_id, p_daily_amount);
  SELECT kyc_limits.tier, kyc_limits.max_plans, (
    SELECT count(*) FROM savings_plans WHERE savings_plans.user_id = p_user_id AND savings_plans.status IN ('active', 'paused')
  ) AS plans INTO STRICT v_limit
  FROM "user" JOIN kyc_limits ON kyc_limits.tier = "user".kyc_tier WHERE "user".id = p_user_id;
  IF v_limit.plans >= v_limit.max_plans THEN
    RAISE EXCEPTION 'user % has % open plans; tier % allows %', p_user_id, v_limit.plans, v_limit.tier, v_limit.max_plans
      USING ERRCODE = 'AV013',  -- too_many_plans
        DETAIL = json_build_object('tier', v_limit.tier, 'plans', v_limit.plans, 'maximum', v_limit.max_plans)::text;
  END IF;
  INSERT INTO savings_plans (
    id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, minimum_balance, auto_save_enabled,
    auto_save_time, start_date, end_date, interest_rate, currency, created_at, updated_at
  )
  VALUES (
    v_id, p_user_id, open_ledger_account('plan', v_currency), p_plan_name, p_daily_amount, p_cycle_duration,
    coalesce(p_target_amount, p_daily_amount * p_cycle_duration), p_minimum_balance, p_auto_save_enabled, p_auto_save_time,
    v_start, v_start + p_cycle_duration, p_interest_rate, v_currency, p_at, p_at
  )
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;

COMMENT ON FUNCTION create_savings_plan_at(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text, timestamptz)
  IS 'create_savings_plan() at a given time.';

CREATE FUNCTION create_savings_plan(
  p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric DEFAULT NULL,
  p_auto_save_enabled boolean DEFAULT false, p_auto_save_time time DEFAULT '09:00', p_interest_rate numeric DEFAULT 0,
  p_minimum_balance numeric DEFAULT 0, p_start_date date DEFAULT NULL, p_idempotency_key text DEFAULT NULL
) RETURNS savings_plans LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN create_savings_plan_at(
    p_user_id, p_plan_name, p_daily_amount, p_cycle_duration, p_target_amount, p_auto_save_enabled, p_auto_save_time,
    p_interest_rate, p_minimum_balance, p_start_date, p_idempotency_key, now()
  );
END $$;

COMMENT ON FUNCTION create_savings_plan(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text)
  IS 'A new active plan; the wallet must hold the first daily amount, and the tier allow one more plan.';

-- The plan, locked; every function that changes one plan starts here.
CREATE FUNCTION lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[]) RETURNS savings_plans
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  SELECT * INTO v_plan FROM savings_plans WHERE user_id = p_user_id AND id = p_plan_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no plan %', p_user_id, p_plan_id
      USING ERRCODE = 'AV010',  -- plan_not_found
        DETAIL = json_build_object('plan_id', p_plan_id)::text;
  END IF;
  IF v_plan.status <> ALL (p_statuses) THEN
    RAISE EXCEPTION 'plan % is %, not %', p_plan_id, v_plan.status, array_to_string(p_statuses, ' or ')
      USING ERRCODE = 'AV011',  -- plan_status_refused
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'status', v_plan.status, 'needed', array_to_string(p_statuses, ' or ')
        )::text;
  END IF;
  RETURN v_plan;
END $$;

COMMENT ON FUNCTION lock_plan(uuid, uuid, text[])
  IS 'The user''s plan, locked; AV010 if there is none, another user''s included, AV011 in another state.';

CREATE FUNCTION check_plan_version(p_plan savings_plans, p_version integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_plan.version IS DISTINCT FROM p_version THEN
    RAISE EXCEPTION 'plan % is at version %, not %', p_plan.id, p_plan.version, coalesce(p_version::text, 'NULL')
      USING ERRCODE = 'AV012',  -- plan_version_conflict
        DETAIL = json_build_object('plan_id', p_plan.id, 'expected', p_version, 'actual', p_plan.version)::text,
        HINT = 'Read the plan again, then decide again.';
  END IF;
END $$;

COMMENT ON FUNCTION check_plan_version(savings_plans, integer) IS 'Raises AV012 when the plan has changed since the caller read it.';

CREATE FUNCTION update_plan_settings(
  p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text DEFAULT NULL, p_daily_amount numeric DEFAULT NULL,
  p_auto_save_enabled boolean DEFAULT NULL, p_auto_save_time time DEFAULT NULL, p_minimum_balance numeric DEFAULT NULL
) RETURNS savings_plans LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  IF p_daily_amount IS NOT NULL THEN
    IF NOT is_money(p_daily_amount) THEN
      PERFORM refuse_amount(p_daily_amount);
    END IF;
    PERFORM check_bounds(p_daily_amount, 10, 50000, 'a daily amount');
  END IF;
  IF p_minimum_balance <> 0 AND NOT is_money(p_minimum_balance) THEN
    PERFORM refuse_amount(p_minimum_balance);
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM check_plan_version(lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused']), p_version);
  UPDATE savings_plans
  SET plan_name = coalesce(p_plan_name, plan_name), daily_amount = coalesce(p_daily_amount, daily_amount),
    auto_save_enabled = coalesce(p_auto_save_enabled, auto_save_enabled),
    auto_save_time = coalesce(p_auto_save_time, auto_save_time),
    -- Days before are not made up for: nobody had asked for them.
    auto_save_from = CASE WHEN p_auto_save_enabled AND NOT auto_save_enabled THEN app_today() ELSE auto_save_from END,
    minimum_balance = coalesce(p_minimum_balance, minimum_balance), version = version + 1, updated_at = now()
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;

COMMENT ON FUNCTION update_plan_settings(uuid, uuid, integer, text, numeric, boolean, time, numeric)
  IS 'Changes what is not NULL of an open plan, if it is still at this version.';

CREATE FUNCTION set_plan_status(
  p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text
) RETURNS savings_plans LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_plan_version(lock_plan(p_user_id, p_plan_id, ARRAY[p_from]), p_version);
  UPDATE savings_plans
  SET status = p_to, completed_at = CASE p_to WHEN 'completed' THEN now() END,
    auto_save_from = CASE p_to WHEN 'active' THEN app_today() ELSE auto_save_from END, version = version + 1, updated_at = now()
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;

COMMENT ON FUNCTION set_plan_status(uuid, uuid, integer, text, text) IS 'One step of a plan''s states, if it is still at this version.';

CREATE FUNCTION pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS savings_plans
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'active', 'paused');
END $$;

COMMENT ON FUNCTION pause_plan(uuid, uuid, integer) IS 'active → paused: no contribution and no auto-save; interest goes on.';

CREATE FUNCTION resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS savings_plans
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'paused', 'active');
END $$;

COMMENT ON FUNCTION resume_plan(uuid, uuid, integer) IS 'paused → active; the days of the pause are not saved afterwards.';

CREATE FUNCTION complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS savings_plans
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_user_id, p_plan_id, ARRAY['active']);
BEGIN
  IF v_plan.current_amount < v_plan.target_amount AND v_plan.end_date > app_today() THEN
    RAISE EXCEPTION 'plan % has % of % and matures on %', p_plan_id, v_plan.current_amount, v_plan.target_amount, v_plan.end_date
      USING ERRCODE = 'AV014',  -- plan_not_mature
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'current', v_plan.current_amount::text, 'target', v_plan.target_amount::text,
          'end_date', v_plan.end_date
        )::text;
  END IF;
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'active', 'completed');
END $$;

COMMENT ON FUNCTION complete_plan(uuid, uuid, integer)
  IS 'active → completed, once the target or the end is reached; from then on withdrawals are free of penalty.';

-- A plan that its target completed, and that is below it again, goes on: money that is not there has completed nothing, and free
-- withdrawals before the end were for a target that was reached.
CREATE FUNCTION uncount_contribution(p_original transactions, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_original.user_id, p_original.plan_id, ARRAY['active', 'paused', 'completed']);
  v_reopens CONSTANT boolean := v_plan.status = 'completed' AND v_plan.end_date > app_day(p_at)
    AND v_plan.current_amount - p_original.amount < v_plan.target_amount;
BEGIN
  IF v_reopens AND v_plan.current_amount < v_plan.target_amount THEN
    RAISE EXCEPTION 'transaction % cannot be reversed: plan % was completed by it, and money was taken out of the plan since',
      p_original.id, v_plan.id
      USING ERRCODE = 'AV020',  -- not_reversible
        DETAIL = json_build_object(
          'transaction_id', p_original.id, 'type', p_original.type, 'reason', 'money was taken out of the completed plan since'
        )::text,
        HINT = 'Reverse the withdrawals of the plan first.';
  END IF;
  UPDATE savings_plans
  SET total_contributions = greatest(total_contributions - 1, 0), updated_at = p_at,
    status = CASE WHEN v_reopens THEN 'active' ELSE status END,
    completed_at = CASE WHEN v_reopens THEN NULL ELSE completed_at END,
    -- What it earned so far was posted; post_interests() subtracts that at the real end.
    interest_posted_at = CASE WHEN v_reopens THEN NULL ELSE interest_posted_at END,
    auto_save_from = CASE WHEN v_reopens THEN app_day(p_at) ELSE auto_save_from END,
    version = version + v_reopens::integer
  WHERE user_id = v_plan.user_id AND id = v_plan.id;
END $$;

COMMENT ON FUNCTION uncount_contribution(transactions, timestamptz)
  IS 'Takes a contribution out of its plan''s count; a plan below its target and before its end is active again, AV020 if money has left it since.';

ALTER FUNCTION create_savings_plan_at(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION create_savings_plan(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text) OWNER TO avdaily_ledger;
ALTER FUNCTION lock_plan(uuid, uuid, text[]) OWNER TO avdaily_ledger;
ALTER FUNCTION check_plan_version(savings_plans, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION update_plan_settings(uuid, uuid, integer, text, numeric, boolean, time, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION set_plan_status(uuid, uuid, integer, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION pause_plan(uuid, uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION resume_plan(uuid, uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION complete_plan(uuid, uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION uncount_contribution(transactions, timestamptz) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION create_savings_plan(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION update_plan_settings(uuid, uuid, integer, text, numeric, boolean, time, numeric) TO avdaily_app;
GRANT EXECUTE ON FUNCTION pause_plan(uuid, uuid, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION resume_plan(uuid, uuid, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION complete_plan(uuid, uuid, integer) TO avdaily_app;
