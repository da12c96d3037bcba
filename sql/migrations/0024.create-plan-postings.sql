-- 0024.create-plan-postings: money moves from the wallet into a plan, and back, early with a penalty
-- Why: wallet, plan, streak, transaction and ledger change together or not at all, in one call.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0023.create-plan-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION post_contribution_at(
  p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_day CONSTANT date := app_day(p_at);
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_contribution', jsonb_build_array(p_plan_id, trim_scale(p_amount))::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  -- One statement: the rules stand in WHERE, where a row that another call has just changed is judged anew.
  WITH wallet AS (
    UPDATE wallets SET balance = wallets.balance - p_amount, updated_at = p_at
    FROM "user" AS owner, kyc_limits
    WHERE wallets.user_id = p_user_id AND wallets.is_active AND wallets.balance >= p_amount AND wallets.receivable_balance = 0
      AND owner.id = p_user_id AND owner.is_active AND NOT owner.is_suspended
      AND kyc_limits.tier = owner.kyc_tier AND p_amount <= kyc_limits.single_limit
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + p_amount,
      total_contributions = savings_plans.total_contributions + 1,
      -- The streak counts days: a second contribution of a day adds none, a day without one begins anew.
      contribution_streak = CASE v_day - savings_plans.last_contribution_on
        WHEN 0 THEN savings_plans.contribution_streak
        WHEN 1 THEN savings_plans.contribution_streak + 1
        ELSE 1
      END,
      last_contribution_on = v_day,
      status = CASE WHEN savings_plans.current_amount + p_amount = savings_plans.target_amount THEN 'completed' ELSE 'active' END,
      completed_at = CASE WHEN savings_plans.current_amount + p_amount = savings_plans.target_amount THEN p_at END,
      updated_at = p_at
    FROM wallet
    WHERE savings_plans.user_id = p_user_id AND savings_plans.id = p_plan_id AND savings_plans.status = 'active'
      AND savings_plans.current_amount + p_amount <= savings_plans.target_amount
    RETURNING savings_plans.account_id, savings_plans.current_amount
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT v_id, p_user_id, p_plan_id, p_amount, wallet.currency, 'contribution', 'completed', 'wallet',
      mint_reference('CTB', p_user_id, v_id), 'Contribution', p_at, p_at, p_at
    FROM wallet, plan
    RETURNING *
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, v_id, wallet.account_id, plan.account_id, p_amount, wallet.balance, plan.current_amount,
      wallet.currency
    FROM wallet, plan
  )
  SELECT * INTO v_row FROM written;
  IF NOT FOUND THEN
    PERFORM refuse_contribution(p_user_id, p_plan_id, p_amount, p_at);
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_contribution_at(uuid, uuid, numeric, text, timestamptz) IS 'post_contribution() at a given time.';

-- The wallet may be debited already in the caller's statement: so the plan is judged first, and it always raises.
CREATE FUNCTION refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_user_id, p_plan_id, ARRAY['active']);
BEGIN
  IF v_plan.current_amount + p_amount > v_plan.target_amount THEN
    RAISE EXCEPTION 'plan % needs % to its target, not %', p_plan_id, v_plan.target_amount - v_plan.current_amount, p_amount
      USING ERRCODE = 'AV015',  -- target_exceeded
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'needed', round(p_amount, 2)::text,
          'remaining', (v_plan.target_amount - v_plan.current_amount)::text
        )::text;
  END IF;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_limits(p_user_id, 'contribution', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount);
  PERFORM refuse_race();
END $$;

COMMENT ON FUNCTION refuse_contribution(uuid, uuid, numeric, timestamptz)
  IS 'Raises the reason for which post_contribution() found nothing to do.';

CREATE FUNCTION post_contribution(
  p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text DEFAULT NULL
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_contribution_at(p_user_id, p_plan_id, p_amount, p_idempotency_key, now());
END $$;

COMMENT ON FUNCTION post_contribution(uuid, uuid, numeric, text)
  IS 'Wallet → plan, up to the target, within the tier''s single limit; completes the plan at its target.';

CREATE FUNCTION plan_withdrawal_fee(p_amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(2000, round(greatest(p_amount - 100000, 0) * 0.005, 2));

COMMENT ON FUNCTION plan_withdrawal_fee(numeric) IS 'Naira: 0.5 % of what exceeds 100,000, half up to the kobo, at most 2,000; no flat fee inside the house.';

CREATE FUNCTION early_withdrawal_penalty(p_amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(p_amount * 0.05, 2);

COMMENT ON FUNCTION early_withdrawal_penalty(numeric) IS 'Naira: 5 % of the withdrawn amount, half up to the kobo.';

-- Of all that was taken out early, less what was paid for it: parts of 0.09, of which each alone rounds to nothing, pay what one
-- withdrawal of their sum pays. Called for an open plan, so that each of its withdrawals was early; a reversed one never was.
CREATE FUNCTION plan_penalty(p_plan savings_plans, p_amount numeric) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  -- Reversals took parts away: the rest of their penalty is never more than the amount that is asked for now.
  SELECT least(
    greatest(early_withdrawal_penalty(p_amount + coalesce(sum(taken.amount), 0)) - coalesce(sum(taken.penalty_amount), 0), 0),
    p_amount
  )
  FROM transactions AS taken
  WHERE taken.user_id = p_plan.user_id AND taken.plan_id = p_plan.id AND taken.type = 'withdrawal' AND taken.status = 'completed'
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal WHERE reversal.user_id = taken.user_id AND reversal.reverses_id = taken.id
    )
$$;

COMMENT ON FUNCTION plan_penalty(savings_plans, numeric)
  IS 'Naira: what withdrawing this amount early costs now, so that all early withdrawals of the plan together cost 5 % of their sum.';

-- The common part of withdrawal and cancellation; wallet and plan are locked, wallet first.
CREATE FUNCTION post_from_plan(p_plan savings_plans, p_amount numeric, p_id uuid, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_early CONSTANT boolean := p_plan.status <> 'completed' AND p_plan.end_date > app_day(p_at);
  v_penalty CONSTANT numeric := CASE WHEN v_early THEN plan_penalty(p_plan, p_amount) ELSE 0 END;
  v_fee CONSTANT numeric := plan_withdrawal_fee(p_amount);
  v_net CONSTANT numeric := p_amount - v_penalty - v_fee;
  v_left numeric := p_plan.current_amount;
  v_wallet wallets;
  v_row transactions;
BEGIN
  UPDATE savings_plans SET current_amount = current_amount - p_amount, updated_at = p_at WHERE id = p_plan.id;
  UPDATE wallets SET balance = balance + v_net, updated_at = p_at WHERE user_id = p_plan.user_id
  RETURNING * INTO STRICT v_wallet;
  INSERT INTO transactions (
    id, user_id, plan_id, amount, fee_amount, penalty_amount, currency, type, status, payment_source, reference, description,
    created_at, completed_at, updated_at
  )
  VALUES (
    p_id, p_plan.user_id, p_plan.id, p_amount, v_fee, v_penalty, p_plan.currency, 'withdrawal', 'completed', 'wallet',
    mint_reference('PWD', p_plan.user_id, p_id), 'Withdrawal from plan', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  v_left := v_left - v_net;
  -- The kobo that completes a penalty may be all there is.
  IF v_net > 0 THEN
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, v_wallet.account_id, v_net, p_plan.currency, p_at, v_left, v_wallet.balance
    );
  END IF;
  IF v_penalty > 0 THEN
    v_left := v_left - v_penalty;
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, system_account('penalty_income', p_plan.currency), v_penalty,
      p_plan.currency, p_at, v_left
    );
  END IF;
  IF v_fee > 0 THEN
    v_left := v_left - v_fee;
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, system_account('fee_income', p_plan.currency), v_fee, p_plan.currency, p_at,
      v_left
    );
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_from_plan(savings_plans, numeric, uuid, timestamptz)
  IS 'Plan → wallet, less penalty → penalty_income when early, less fee → fee_income.';

CREATE FUNCTION post_plan_withdrawal_at(
  p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_first uuid;
  v_plan savings_plans;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_plan_withdrawal', jsonb_build_array(p_plan_id, trim_scale(p_amount))::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_plan := lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused', 'completed']);
  IF v_plan.current_amount < p_amount THEN
    RAISE EXCEPTION 'plan % holds % and % is needed', p_plan_id, v_plan.current_amount, round(p_amount, 2)
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', round(p_amount, 2)::text, 'available', v_plan.current_amount::text)::text;
  END IF;
  IF v_plan.status <> 'completed' AND v_plan.end_date > app_day(p_at)
    AND v_plan.current_amount - p_amount < v_plan.minimum_balance
  THEN
    RAISE EXCEPTION 'an early withdrawal must leave % in plan %', v_plan.minimum_balance, p_plan_id
      USING ERRCODE = 'AV024',  -- minimum_balance_kept
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'minimum', v_plan.minimum_balance::text,
          'remaining', (v_plan.current_amount - p_amount)::numeric(15, 2)::text
        )::text;
  END IF;
  RETURN post_from_plan(v_plan, p_amount, v_id, p_at);
END $$;

COMMENT ON FUNCTION post_plan_withdrawal_at(uuid, uuid, numeric, text, timestamptz) IS 'post_plan_withdrawal() at a given time.';

CREATE FUNCTION post_plan_withdrawal(
  p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text DEFAULT NULL
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_plan_withdrawal_at(p_user_id, p_plan_id, p_amount, p_idempotency_key, now());
END $$;

COMMENT ON FUNCTION post_plan_withdrawal(uuid, uuid, numeric, text)
  IS 'Takes an amount out of a plan into the wallet; before the plan''s end with a penalty, and leaving its minimum balance.';

CREATE FUNCTION post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamptz)
RETURNS savings_plans LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_plan := lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused']);
  PERFORM check_plan_version(v_plan, p_version);
  IF v_plan.current_amount > 0 THEN
    PERFORM post_from_plan(v_plan, v_plan.current_amount, app_uuid(), p_at);
  END IF;
  UPDATE savings_plans SET status = 'cancelled', cancelled_at = p_at, version = version + 1, updated_at = p_at
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;

COMMENT ON FUNCTION post_plan_cancellation_at(uuid, uuid, integer, timestamptz) IS 'post_plan_cancellation() at a given time.';

CREATE FUNCTION post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS savings_plans
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_plan_cancellation_at(p_user_id, p_plan_id, p_version, now());
END $$;

COMMENT ON FUNCTION post_plan_cancellation(uuid, uuid, integer)
  IS 'Cancels an open plan: all of it goes back to the wallet as an early withdrawal; interest not yet posted is forfeited.';

ALTER FUNCTION post_contribution_at(uuid, uuid, numeric, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_contribution(uuid, uuid, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_contribution(uuid, uuid, numeric, text) OWNER TO avdaily_ledger;
ALTER FUNCTION plan_penalty(savings_plans, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION post_from_plan(savings_plans, numeric, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_plan_withdrawal_at(uuid, uuid, numeric, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_plan_withdrawal(uuid, uuid, numeric, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_plan_cancellation_at(uuid, uuid, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_plan_cancellation(uuid, uuid, integer) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION post_contribution(uuid, uuid, numeric, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_plan_withdrawal(uuid, uuid, numeric, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_plan_cancellation(uuid, uuid, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION plan_withdrawal_fee(numeric) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION early_withdrawal_penalty(numeric) TO avdaily_app, avdaily_readonly, avdaily_ledger;
