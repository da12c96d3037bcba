-- 0052.add-analytics-functions: the figures of a user and of a day are computed from the transactions, as often as one likes
-- Why: a counter that is added to is wrong for ever after one mistake; a figure that is computed again heals itself.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; the figures stay as they were last computed.
-- depends: 0051.anonymise-users

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- What was reversed never counted. The moment is the one of the operation, in whose Lagos day it belongs.
CREATE FUNCTION list_contributions(p_user_id uuid)
RETURNS TABLE (plan_id uuid, type text, amount numeric, currency text, day date, lagos_time time)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT saved.plan_id, saved.type, saved.amount, saved.currency, app_day(saved.created_at),
    (saved.created_at AT TIME ZONE 'Africa/Lagos')::time
  FROM transactions AS saved
  WHERE saved.user_id = p_user_id AND saved.type IN ('contribution', 'auto_save') AND saved.status = 'completed'
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal
      WHERE reversal.user_id = p_user_id AND reversal.reverses_id = saved.id AND reversal.status = 'completed'
    )
$$;

COMMENT ON FUNCTION list_contributions(uuid) IS 'Contributions and auto-saves of a user that stand, with their Lagos day and time.';

-- Days in a row share the difference between day and row number.
CREATE FUNCTION list_streaks(p_user_id uuid) RETURNS TABLE (plan_id uuid, first_day date, last_day date, days integer)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT run.plan_id, min(run.day), max(run.day), count(*)::integer
  FROM (
    SELECT plan_day.plan_id, plan_day.day,
      plan_day.day - row_number() OVER (PARTITION BY plan_day.plan_id ORDER BY plan_day.day)::integer AS island
    FROM (
      SELECT list_contributions.plan_id, list_contributions.day FROM list_contributions(p_user_id)
      UNION
      SELECT NULL, list_contributions.day FROM list_contributions(p_user_id)
    ) AS plan_day
  ) AS run
  GROUP BY run.plan_id, run.island
$$;

COMMENT ON FUNCTION list_streaks(uuid) IS
  'Every run of days with a contribution, for each plan and, with plan_id null, for all plans together.';

CREATE FUNCTION refresh_user_analytics_at(p_user_id uuid, p_at timestamptz) RETURNS user_analytics LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_row user_analytics;
BEGIN
  IF NOT EXISTS (SELECT FROM "user" WHERE id = p_user_id) THEN
    PERFORM require_active_user(p_user_id);
  END IF;
  INSERT INTO user_analytics (user_id) VALUES (p_user_id) ON CONFLICT ON CONSTRAINT user_analytics_user_id_key DO NOTHING;
  -- Two calls at once: the second computes after the first one's commit.
  SELECT * INTO v_row FROM user_analytics WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0), count(*), max(day)
  INTO v_row.total_saved, v_row.total_contributions, v_row.last_contribution_date
  FROM list_contributions(p_user_id) WHERE currency = v_row.currency;
  SELECT coalesce(sum(amount) FILTER (WHERE type = 'withdrawal'), 0), coalesce(sum(amount) FILTER (WHERE type = 'interest'), 0)
  INTO v_row.total_withdrawn, v_row.total_interest_earned
  FROM transactions AS moved
  WHERE user_id = p_user_id AND type IN ('withdrawal', 'interest') AND status = 'completed' AND currency = v_row.currency
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal
      WHERE reversal.user_id = p_user_id AND reversal.reverses_id = moved.id AND reversal.status = 'completed'
    );
  -- Whoever has not saved yet today still has the streak of yesterday.
  SELECT coalesce(max(days) FILTER (WHERE last_day >= app_day(p_at) - 1), 0), coalesce(max(days), 0)
  INTO v_row.current_streak, v_row.longest_streak
  FROM list_streaks(p_user_id) WHERE plan_id IS NULL;
  SELECT count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'active')
  INTO v_row.completed_plans, v_row.active_plans
  FROM savings_plans WHERE user_id = p_user_id AND currency = v_row.currency;
  UPDATE user_analytics
  SET total_saved = v_row.total_saved, total_withdrawn = v_row.total_withdrawn,
    total_interest_earned = v_row.total_interest_earned, current_streak = v_row.current_streak,
    longest_streak = v_row.longest_streak, total_contributions = v_row.total_contributions,
    completed_plans = v_row.completed_plans, active_plans = v_row.active_plans,
    last_contribution_date = v_row.last_contribution_date, updated_at = p_at
  WHERE user_id = p_user_id
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION refresh_user_analytics_at(uuid, timestamptz) IS 'refresh_user_analytics() at a given moment.';

CREATE FUNCTION refresh_user_analytics(p_user_id uuid) RETURNS user_analytics LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT refresh_user_analytics_at(p_user_id, now())
$$;

COMMENT ON FUNCTION refresh_user_analytics(uuid) IS 'Computes the figures of one user and returns them.';

-- Of past days too: what was registered, made, completed or cancelled by their end is known by its time. Only groups have no
-- history of their status, so theirs is the one of the call.
CREATE FUNCTION upsert_daily_analytics(p_day date, p_currency text DEFAULT 'NGN') RETURNS daily_analytics LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_from CONSTANT timestamptz := app_day_start(p_day);
  v_to CONSTANT timestamptz := app_day_start(p_day + 1);
  v_row daily_analytics;
BEGIN
  IF p_day IS NULL OR p_day > app_today() THEN
    RAISE EXCEPTION 'there are no figures of %: the day has not come', coalesce(p_day::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT count(*), count(*) FILTER (WHERE created_at >= v_from) INTO v_row.total_users, v_row.new_users
  FROM "user" WHERE created_at < v_to;
  SELECT count(*), count(*) FILTER (
      WHERE (completed_at IS NULL OR completed_at >= v_to) AND (cancelled_at IS NULL OR cancelled_at >= v_to)
    )
  INTO v_row.total_savings_plans, v_row.active_savings_plans
  FROM savings_plans WHERE created_at < v_to AND currency = p_currency;
  SELECT count(DISTINCT user_id),
    count(*) FILTER (WHERE type IN ('contribution', 'auto_save')),
    coalesce(sum(amount) FILTER (WHERE type IN ('contribution', 'auto_save')), 0),
    count(*) FILTER (WHERE type IN ('withdrawal', 'wallet_withdrawal')),
    coalesce(sum(amount) FILTER (WHERE type IN ('withdrawal', 'wallet_withdrawal')), 0)
  INTO v_row.active_users, v_row.total_contributions, v_row.total_contribution_amount, v_row.total_withdrawals,
    v_row.total_withdrawal_amount
  FROM transactions
  WHERE status = 'completed' AND completed_at >= v_from AND completed_at < v_to AND currency = p_currency;
  SELECT count(*) INTO v_row.active_ajo_groups FROM ajo_groups WHERE status = 'active' AND currency = p_currency;
  INSERT INTO daily_analytics (
    date, currency, total_users, active_users, new_users, total_savings_plans, active_savings_plans, total_contributions,
    total_contribution_amount, total_withdrawals, total_withdrawal_amount, active_ajo_groups
  ) VALUES (
    p_day, p_currency, v_row.total_users, v_row.active_users, v_row.new_users, v_row.total_savings_plans,
    v_row.active_savings_plans, v_row.total_contributions, v_row.total_contribution_amount, v_row.total_withdrawals,
    v_row.total_withdrawal_amount, v_row.active_ajo_groups
  )
  ON CONFLICT ON CONSTRAINT daily_analytics_date_currency_key DO UPDATE
  SET total_users = excluded.total_users, active_users = excluded.active_users, new_users = excluded.new_users,
    total_savings_plans = excluded.total_savings_plans, active_savings_plans = excluded.active_savings_plans,
    total_contributions = excluded.total_contributions, total_contribution_amount = excluded.total_contribution_amount,
    total_withdrawals = excluded.total_withdrawals, total_withdrawal_amount = excluded.total_withdrawal_amount,
    active_ajo_groups = excluded.active_ajo_groups, updated_at = now()
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION upsert_daily_analytics(date, text) IS 'Computes the figures of one Lagos day and currency, keeps and returns them.';

ALTER FUNCTION refresh_user_analytics_at(uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION refresh_user_analytics(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION upsert_daily_analytics(date, text) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION list_contributions(uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION list_streaks(uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION refresh_user_analytics(uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION upsert_daily_analytics(date, text) TO avdaily_app;
