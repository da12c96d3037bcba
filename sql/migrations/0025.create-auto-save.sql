-- 0025.create-auto-save: the auto-saves of a day are posted for one part of the users in one statement, once a plan and day
-- Why: a loop of calls takes minutes for 100,000 plans; one statement takes seconds. The primary key of auto_save_attempts and
--   the transaction's reference (owner, plan, day) each make a second debit of a day impossible.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0024.create-plan-postings

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION part_range(p_part integer, p_parts integer) RETURNS int4range LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF (p_parts BETWEEN 1 AND 256 AND p_part BETWEEN 0 AND p_parts - 1) IS NOT TRUE THEN
    RAISE EXCEPTION 'there is no part % of %', p_part, p_parts
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'Parts are counted from 0; there are 1 to 256.';
  END IF;
  RETURN int4range(256 * p_part / p_parts, 256 * (p_part + 1) / p_parts);
END $$;

COMMENT ON FUNCTION part_range(integer, integer) IS 'The values of user_part() that make up part p_part (from 0) of p_parts; together all, none twice.';

CREATE FUNCTION post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamptz)
RETURNS TABLE (saved bigint, saved_amount numeric, refused bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  -- Due from its time of day on; later runs of the day catch up what an earlier one was too early for.
  v_time CONSTANT interval := (p_at AT TIME ZONE 'Africa/Lagos') - p_day::timestamp;
  v_users uuid[];
BEGIN
  IF (p_day BETWEEN app_day(p_at) - 7 AND app_day(p_at)) IS NOT TRUE THEN
    RAISE EXCEPTION 'the auto-saves of % are not due: only those of today and of the seven days before are', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'today', app_day(p_at))::text;
  END IF;
  -- In the order of user_id, as every function takes wallets. A second run of this part waits here for the first one's end,
  -- and the next statement then sees its attempts. Only these users are touched: a plan that becomes due meanwhile waits for the
  -- next run, because its wallet is not locked.
  SELECT array_agg(locked.user_id) INTO v_users
  FROM (
    SELECT wallets.user_id FROM wallets
    WHERE wallets.user_id IN (
      SELECT savings_plans.user_id FROM savings_plans
      WHERE user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
        AND savings_plans.auto_save_enabled AND savings_plans.status = 'active'
        AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day AND savings_plans.auto_save_time <= v_time
        AND (savings_plans.auto_save_from IS NULL OR savings_plans.auto_save_from <= p_day)
        -- A scalar subquery, not NOT EXISTS: it stays one look-up by the primary key. Statistics know nothing of a day that is
        -- being written, and a planner that expects one row of it may join by reading all of it for each plan.
        AND (
          SELECT tried.outcome FROM auto_save_attempts AS tried
          WHERE tried.user_id = savings_plans.user_id AND tried.plan_id = savings_plans.id AND tried.day = p_day
        ) IS NULL
    )
    ORDER BY wallets.user_id
    FOR NO KEY UPDATE
  ) AS locked;
  RETURN QUERY
  WITH due AS (
    SELECT savings_plans.user_id, savings_plans.id AS plan_id, wallets.account_id, wallets.balance, wallets.currency,
      least(savings_plans.daily_amount, savings_plans.target_amount - savings_plans.current_amount) AS amount,
      CASE
        WHEN owner.is_suspended OR NOT owner.is_active THEN 'user_inactive'
        WHEN NOT wallets.is_active THEN 'wallet_frozen'
        WHEN wallets.receivable_balance > 0 THEN 'debt_outstanding'
      END AS obstacle
    FROM unnest(v_users) AS locked (user_id)
    JOIN savings_plans ON savings_plans.user_id = locked.user_id
    JOIN wallets ON wallets.user_id = locked.user_id
    JOIN "user" AS owner ON owner.id = locked.user_id
    WHERE savings_plans.auto_save_enabled AND savings_plans.status = 'active'
      AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day AND savings_plans.auto_save_time <= v_time
      AND (savings_plans.auto_save_from IS NULL OR savings_plans.auto_save_from <= p_day)
      AND savings_plans.current_amount < savings_plans.target_amount
      AND (
        SELECT tried.outcome FROM auto_save_attempts AS tried
        WHERE tried.user_id = savings_plans.user_id AND tried.plan_id = savings_plans.id AND tried.day = p_day
      ) IS NULL
  ),
  -- Of several plans of a user the smallest amounts come first: that saves into the most plans, whatever order the rows have.
  judged AS MATERIALIZED (
    SELECT due.*, coalesce(
        due.obstacle,
        CASE
          WHEN sum(due.amount) OVER (PARTITION BY due.user_id ORDER BY due.amount, due.plan_id) > due.balance
          THEN 'insufficient_funds'
          ELSE 'saved'
        END
      ) AS outcome
    FROM due
  ),
  -- A plan that its owner pauses at this moment is left out here, before its wallet is touched.
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + judged.amount,
      total_contributions = savings_plans.total_contributions + 1,
      contribution_streak = CASE
        WHEN savings_plans.last_contribution_on >= p_day THEN savings_plans.contribution_streak
        WHEN savings_plans.last_contribution_on = p_day - 1 THEN savings_plans.contribution_streak + 1
        ELSE 1
      END,
      last_contribution_on = greatest(savings_plans.last_contribution_on, p_day),
      status = CASE
        WHEN savings_plans.current_amount + judged.amount >= savings_plans.target_amount THEN 'completed' ELSE 'active'
      END,
      completed_at = CASE WHEN savings_plans.current_amount + judged.amount >= savings_plans.target_amount THEN p_at END,
      updated_at = p_at
    FROM judged
    WHERE savings_plans.id = judged.plan_id AND judged.outcome = 'saved'
      AND savings_plans.status = 'active' AND savings_plans.auto_save_enabled
    RETURNING judged.user_id, judged.plan_id, judged.amount, judged.account_id AS debit_account_id, judged.balance,
      judged.currency, savings_plans.account_id, savings_plans.current_amount, app_uuid() AS id
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance - debit.amount, updated_at = p_at
    FROM (SELECT plan.user_id, sum(plan.amount) AS amount FROM plan GROUP BY plan.user_id) AS debit
    WHERE wallets.user_id = debit.user_id
  ),
  tried AS (
    INSERT INTO auto_save_attempts (user_id, plan_id, day, amount, outcome, created_at)
    SELECT plan.user_id, plan.plan_id, p_day, plan.amount, 'saved', p_at FROM plan
    UNION ALL
    SELECT judged.user_id, judged.plan_id, p_day, judged.amount, judged.outcome, p_at FROM judged WHERE judged.outcome <> 'saved'
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT plan.id, plan.user_id, plan.plan_id, plan.amount, plan.currency, 'auto_save', 'completed', 'wallet',
      'ASV-' || plan.user_id || '-' || plan.plan_id || '-' || to_char(p_day, 'YYYYMMDD'), 'Auto-save', p_at, p_at, p_at
    FROM plan
    ORDER BY plan.user_id
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), plan.user_id, plan.id, plan.debit_account_id, plan.account_id, plan.amount,
      plan.balance - sum(plan.amount) OVER (PARTITION BY plan.user_id ORDER BY plan.amount, plan.plan_id),
      plan.current_amount, plan.currency
    FROM plan
    ORDER BY plan.user_id, plan.amount, plan.plan_id
  )
  SELECT count(*), coalesce(sum(plan.amount), 0),
    (SELECT count(*) FROM judged WHERE judged.outcome <> 'saved')
  FROM plan;
END $$;

COMMENT ON FUNCTION post_auto_saves_at(date, integer, integer, timestamptz) IS 'post_auto_saves() at a given time.';

CREATE FUNCTION post_auto_saves(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1)
RETURNS TABLE (saved bigint, saved_amount numeric, refused bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY SELECT * FROM post_auto_saves_at(p_day, p_part, p_parts, now());
END $$;

COMMENT ON FUNCTION post_auto_saves(date, integer, integer)
  IS 'Wallet → plan for every auto-save of the Lagos day that is due and was not tried, for part p_part (from 0) of p_parts.';

ALTER FUNCTION part_range(integer, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION post_auto_saves_at(date, integer, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_auto_saves(date, integer, integer) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION post_auto_saves(date, integer, integer) TO avdaily_app;
