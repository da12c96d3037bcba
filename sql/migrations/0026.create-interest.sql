-- 0026.create-interest: plans earn interest day by day, are completed at their end, and are then paid what they earned
-- Why: the accrual's primary key (plan, day) makes a second accrual of a day impossible; what was posted is subtracted from
--   what was accrued, so that posting twice pays nothing twice. Fractions of a kobo stay in the accruals.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0025.create-auto-save

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_end CONSTANT timestamptz := app_day_start(p_day + 1);
  v_count bigint;
BEGIN
  IF (p_at >= v_end) IS NOT TRUE THEN
    RAISE EXCEPTION 'interest of % cannot be accrued before that day is over in Lagos', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'over_at', v_end)::text;
  END IF;
  WITH accrued AS (
    INSERT INTO interest_accruals (user_id, plan_id, day, balance, interest_rate, amount, created_at)
    SELECT daily.user_id, daily.id, p_day, daily.balance, daily.interest_rate, round(daily.balance * daily.interest_rate / 365, 8), p_at
    FROM (
      -- The balance at the end of that day: today's, less what was posted since.
      SELECT savings_plans.user_id, savings_plans.id, savings_plans.interest_rate,
        savings_plans.current_amount - coalesce((
          SELECT sum(since.amount) FROM ledger_postings AS since
          WHERE since.account_id = savings_plans.account_id AND since.currency = savings_plans.currency
            AND since.created_at >= v_end
        ), 0) AS balance
      FROM savings_plans
      WHERE user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
        AND savings_plans.interest_rate > 0
        AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day
        AND savings_plans.status <> 'cancelled'
        AND (savings_plans.completed_at IS NULL OR savings_plans.completed_at >= v_end)
    ) AS daily
    WHERE daily.balance > 0
    ORDER BY daily.user_id, daily.id
    ON CONFLICT ON CONSTRAINT interest_accruals_pkey DO NOTHING
    RETURNING plan_id
  ),
  -- A day made up for after the plan was paid: post_interests() looks at that plan once more.
  reopened AS (
    UPDATE savings_plans SET interest_posted_at = NULL, updated_at = p_at
    FROM accrued
    WHERE savings_plans.id = accrued.plan_id AND savings_plans.interest_posted_at IS NOT NULL
  )
  SELECT count(*) INTO v_count FROM accrued;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION accrue_interest_at(date, integer, integer, timestamptz) IS 'accrue_interest() at a given time.';

CREATE FUNCTION accrue_interest(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN accrue_interest_at(p_day, p_part, p_parts, now());
END $$;

COMMENT ON FUNCTION accrue_interest(date, integer, integer)
  IS 'Writes what each open plan earned on a day that is over: balance at its end × rate ÷ 365, once; the number written.';

CREATE FUNCTION mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_count bigint;
BEGIN
  IF (p_day <= app_day(p_at)) IS NOT TRUE THEN
    RAISE EXCEPTION 'plans that end on % cannot mature before that day', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'over_at', app_day_start(p_day))::text;
  END IF;
  UPDATE savings_plans SET status = 'completed', completed_at = p_at, version = version + 1, updated_at = p_at
  WHERE id IN (
    SELECT id FROM savings_plans
    WHERE end_date <= p_day AND status IN ('active', 'paused')
      AND user_part(user_id) >= v_low AND user_part(user_id) < v_high
    -- A plan that someone changes at this moment is taken by the next run: no job waits for another.
    FOR NO KEY UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION mature_plans_at(date, integer, integer, timestamptz) IS 'mature_plans() at a given time.';

CREATE FUNCTION mature_plans(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN mature_plans_at(p_day, p_part, p_parts, now());
END $$;

COMMENT ON FUNCTION mature_plans(date, integer, integer) IS 'Completes the open plans whose end was reached by this day; their number.';

CREATE FUNCTION post_interests_at(p_part integer, p_parts integer, p_at timestamptz)
RETURNS TABLE (paid bigint, paid_amount numeric)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_ids uuid[];
BEGIN
  -- No day from its completion on counts, so what they earned is all accrued by now.
  SELECT array_agg(locked.id) INTO v_ids
  FROM (
    SELECT savings_plans.id FROM savings_plans
    WHERE savings_plans.status = 'completed' AND savings_plans.interest_rate > 0 AND savings_plans.interest_posted_at IS NULL
      AND user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
    ORDER BY savings_plans.id
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS locked;
  RETURN QUERY
  WITH earned AS MATERIALIZED (
    SELECT savings_plans.id AS plan_id, savings_plans.user_id, app_uuid() AS id,
      floor((accrued.total - coalesce(paid.total, 0)) * 100) / 100 AS amount
    FROM savings_plans
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(interest_accruals.amount), 0) AS total FROM interest_accruals
      WHERE interest_accruals.user_id = savings_plans.user_id AND interest_accruals.plan_id = savings_plans.id
    ) AS accrued
    CROSS JOIN LATERAL (
      SELECT sum(transactions.amount) AS total FROM transactions
      WHERE transactions.user_id = savings_plans.user_id AND transactions.plan_id = savings_plans.id
        AND transactions.type = 'interest' AND transactions.status = 'completed'
    ) AS paid
    WHERE savings_plans.id = ANY (v_ids)
  ),
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + greatest(earned.amount, 0), interest_posted_at = p_at, updated_at = p_at
    FROM earned
    WHERE savings_plans.id = earned.plan_id
    RETURNING earned.id, earned.plan_id, earned.user_id, earned.amount, savings_plans.account_id, savings_plans.currency,
      savings_plans.current_amount
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT plan.id, plan.user_id, plan.plan_id, plan.amount, plan.currency, 'interest', 'completed', 'system',
      mint_reference('INT', plan.user_id, plan.id), 'Interest', p_at, p_at, p_at
    FROM plan
    WHERE plan.amount > 0
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), plan.user_id, plan.id, expense.id, plan.account_id, plan.amount, plan.current_amount, plan.currency
    FROM plan
    JOIN ledger_accounts AS expense ON expense.kind = 'interest_expense' AND expense.currency = plan.currency
    WHERE plan.amount > 0
  )
  SELECT count(*), coalesce(sum(plan.amount), 0) FROM plan WHERE plan.amount > 0;
END $$;

COMMENT ON FUNCTION post_interests_at(integer, integer, timestamptz) IS 'post_interests() at a given time.';

CREATE FUNCTION post_interests(p_part integer DEFAULT 0, p_parts integer DEFAULT 1)
RETURNS TABLE (paid bigint, paid_amount numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY SELECT * FROM post_interests_at(p_part, p_parts, now());
END $$;

COMMENT ON FUNCTION post_interests(integer, integer)
  IS 'Interest_expense → plan for completed plans: all accrued and not yet posted, rounded down to the kobo; run it after accrue_interest().';

ALTER FUNCTION accrue_interest_at(date, integer, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION accrue_interest(date, integer, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION mature_plans_at(date, integer, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mature_plans(date, integer, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION post_interests_at(integer, integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_interests(integer, integer) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION accrue_interest(date, integer, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION mature_plans(date, integer, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_interests(integer, integer) TO avdaily_app;
