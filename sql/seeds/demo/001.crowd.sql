-- demo/001.crowd: a crowd of savers with wallets, plans and a past, as many as avdaily.demo_users says (1000 when it is not set)
-- Why: benchmarks need a size, and people who look around need something to see. Money moves by the same posting functions as
--   everywhere: all balances reconcile, and some auto-saves fail for want of money.
-- Again: finds people by id and adds only those who are missing; a run that adds nobody changes nothing.
-- By hand: SET avdaily.demo_users = 5000; before this file. Best in a database of its own: past days are saved for every plan.

-- The person's number is in each id, so that the same number gives the same crowd: …7001… a user, 7002 the wallet's account,
-- 7003 the wallet, 7004 the plan's account, 7005 the plan.
CREATE FUNCTION pg_temp.demo_id(p_kind integer, p_number integer) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN ('d0000000-0000-' || p_kind || '-8000-' || lpad(to_hex(p_number), 12, '0'))::uuid;

GRANT EXECUTE ON FUNCTION pg_temp.demo_id(integer, integer) TO avdaily_ledger;

SELECT set_config('avdaily.demo_added', '0', true);

DO $$
DECLARE
  v_users CONSTANT integer := coalesce(nullif(current_setting('avdaily.demo_users', true), ''), '1000')::integer;
  -- A long past for a small crowd, a short one for a large one: about as many movements as take a few minutes.
  v_days CONSTANT integer := greatest(3, least(30, 300000 / v_users));
  v_joined_at CONSTANT timestamptz := app_day_start(app_today() - v_days - 1);
  v_first_names CONSTANT text[] := ARRAY['Adaeze', 'Bola', 'Chidi', 'Dayo', 'Efe', 'Funke', 'Gbenga', 'Halima', 'Ifeoma', 'Jide',
    'Kemi', 'Lanre', 'Musa', 'Ngozi', 'Obinna', 'Patience', 'Rotimi', 'Sade', 'Tunde', 'Uche', 'Yemisi', 'Zainab', 'Amaka'];
  v_last_names CONSTANT text[] := ARRAY['Abiola', 'Bello', 'Chukwu', 'Danjuma', 'Eze', 'Fashola', 'Garba', 'Hassan', 'Igwe', 'Johnson',
    'Kalu', 'Lawal', 'Mohammed', 'Nwosu', 'Okafor', 'Peters', 'Sanni', 'Taiwo', 'Umar', 'Williams', 'Yusuf'];
  v_plan_names CONSTANT text[] := ARRAY['School fees', 'Rent', 'Emergency fund', 'New phone', 'Shop stock', 'Wedding', 'Generator'];
  v_role CONSTANT uuid := (SELECT id FROM roles WHERE name = 'user');
  v_numbers integer[];
  v_user_ids uuid[];
  v_added integer := 0;
BEGIN
  FOR v_from IN 1..v_users BY 20000 LOOP
    WITH people AS (
      INSERT INTO "user" (
        id, name, email, email_verified, phone_number, phone_verified, date_of_birth, kyc_tier, kyc_status, kyc_verified_at,
        created_at, updated_at
      )
      SELECT pg_temp.demo_id(7001, n),
        'Test ' || v_first_names[1 + n % cardinality(v_first_names)] || ' ' || v_last_names[1 + n % cardinality(v_last_names)],
        'demo' || n || '@avdaily.test', true, '+23470' || lpad(n::text, 8, '0'), true, DATE '1970-01-01' + n % 12000,
        kyc.tier, CASE WHEN kyc.tier > 0 THEN 'approved' ELSE 'pending' END,
        CASE WHEN kyc.tier > 0 THEN v_joined_at END, v_joined_at, v_joined_at
      FROM generate_series(v_from, least(v_from + 19999, v_users)) AS n
      CROSS JOIN LATERAL (SELECT CASE WHEN n % 10 < 2 THEN 0 WHEN n % 10 < 7 THEN 1 ELSE 2 END) AS kyc (tier)
      ON CONFLICT DO NOTHING
      RETURNING id
    )
    SELECT array_agg(number ORDER BY number), array_agg(pg_temp.demo_id(7001, number) ORDER BY number)
    INTO v_numbers, v_user_ids
    FROM people
    CROSS JOIN LATERAL (SELECT ('x' || right(people.id::text, 8))::bit(32)::integer) AS own (number);
    CONTINUE WHEN v_numbers IS NULL;
    v_added := v_added + cardinality(v_numbers);

    INSERT INTO user_roles (user_id, role_id, assigned_at) SELECT id, v_role, v_joined_at FROM unnest(v_user_ids) AS id;
    INSERT INTO notification_preferences (user_id) SELECT id FROM unnest(v_user_ids) AS id;
    INSERT INTO user_analytics (user_id) SELECT id FROM unnest(v_user_ids) AS id;
    INSERT INTO ledger_accounts (id, kind, normal_side, created_at)
    SELECT pg_temp.demo_id(account.kind_number, n), account.kind, 'credit', v_joined_at
    FROM unnest(v_numbers) AS n
    CROSS JOIN (VALUES (7002, 'wallet'), (7004, 'plan')) AS account (kind_number, kind);
    INSERT INTO wallets (id, user_id, account_id, created_at, updated_at)
    SELECT pg_temp.demo_id(7003, n), pg_temp.demo_id(7001, n), pg_temp.demo_id(7002, n), v_joined_at, v_joined_at
    FROM unnest(v_numbers) AS n;
    INSERT INTO savings_plans (
      id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, auto_save_enabled, auto_save_time,
      start_date, end_date, interest_rate, created_at, updated_at
    )
    SELECT pg_temp.demo_id(7005, n), pg_temp.demo_id(7001, n), pg_temp.demo_id(7004, n),
      v_plan_names[1 + n % cardinality(v_plan_names)], plan.daily_amount, plan.days, plan.daily_amount * plan.days, n % 8 <> 0,
      TIME '06:00' + n % 12 * interval '1 hour', app_day(v_joined_at) + 1, app_day(v_joined_at) + 1 + plan.days,
      n % 3 * 0.0400, v_joined_at, v_joined_at
    FROM unnest(v_numbers) AS n
    CROSS JOIN LATERAL (SELECT 50 + 50 * (n % 12), 60 + 30 * (n % 10)) AS plan (daily_amount, days);

    -- One in forty soon runs out of money.
    SET LOCAL ROLE avdaily_ledger;
    PERFORM post_wallet_credits(
      v_user_ids,
      (SELECT array_agg(CASE WHEN n % 40 = 0 THEN 120 ELSE 5000 + 500 * (n % 60) END::numeric ORDER BY n) FROM unnest(v_numbers) AS n),
      array_fill(system_account('opening_equity', 'NGN'), ARRAY[cardinality(v_numbers)]),
      'opening_balance', v_joined_at, 'Opening balance'
    );
    RESET ROLE;
    RAISE NOTICE 'demo: % of % people', least(v_from + 19999, v_users), v_users;
  END LOOP;
  PERFORM set_config('avdaily.demo_added', v_added::text, true);
END $$;

SET LOCAL ROLE avdaily_ledger;

-- The days since they joined: auto-saves in parts of the crowd, and every day some people who save by hand, send and withdraw.
DO $$
DECLARE
  v_users CONSTANT integer := coalesce(nullif(current_setting('avdaily.demo_users', true), ''), '1000')::integer;
  v_days CONSTANT integer := greatest(3, least(30, 300000 / v_users));
  v_parts CONSTANT integer := CASE WHEN v_users > 50000 THEN 8 ELSE 1 END;
  v_day date;
  v_evening timestamptz;
BEGIN
  IF current_setting('avdaily.demo_added')::integer = 0 THEN
    RETURN;
  END IF;
  FOR v_number IN 1..v_days LOOP
    v_day := app_today() - v_days + v_number - 1;
    v_evening := app_day_start(v_day) + interval '20 hours';
    FOR v_part IN 0..v_parts - 1 LOOP
      PERFORM post_auto_saves_at(v_day, v_part, v_parts, v_evening);
    END LOOP;
    -- At most a hundred of each a day: they are there to be seen, not to be many.
    PERFORM post_contribution_at(
      savings_plans.user_id, savings_plans.id, savings_plans.daily_amount, NULL, v_evening + n * interval '1 second'
    )
    FROM generate_series(8, least(v_users, 800), 8) AS n
    JOIN savings_plans ON savings_plans.id = pg_temp.demo_id(7005, n) AND savings_plans.status = 'active'
    JOIN wallets ON wallets.user_id = savings_plans.user_id AND wallets.balance >= savings_plans.daily_amount
    WHERE n % 5 <> v_number % 5;
    PERFORM post_transfer_at(
      wallets.user_id, pg_temp.demo_id(7001, n + 1), 100 + n % 7 * 50, 'Thank you', NULL,
      v_evening + interval '1 hour' + n * interval '1 second'
    )
    FROM generate_series(7 + v_number % 10, least(v_users - 1, 1000), 30) AS n
    JOIN wallets ON wallets.user_id = pg_temp.demo_id(7001, n) AND wallets.balance > 500;
    RAISE NOTICE 'demo: % of % days', v_number, v_days;
  END LOOP;
END $$;

-- What refresh_user_analytics() computes for one user, for all of them at once; nothing of theirs was reversed or withdrawn.
UPDATE user_analytics
SET total_saved = figures.total_saved, total_contributions = figures.total_contributions,
  last_contribution_date = figures.last_day, longest_streak = figures.longest_streak,
  current_streak = figures.current_streak, completed_plans = figures.completed_plans, active_plans = figures.active_plans,
  updated_at = now()
FROM (
  WITH days AS (
    SELECT user_id, app_day(created_at) AS day, sum(amount) AS amount, count(*) AS contributions
    FROM transactions
    WHERE type IN ('contribution', 'auto_save') AND status = 'completed'
    GROUP BY user_id, app_day(created_at)
  ),
  islands AS (
    SELECT user_id, day, amount, contributions,
      day - row_number() OVER (PARTITION BY user_id ORDER BY day)::integer AS island
    FROM days
  ),
  runs AS (
    SELECT user_id, max(day) AS last_day, count(*) AS days, sum(amount) AS amount, sum(contributions) AS contributions
    FROM islands
    GROUP BY user_id, island
  ),
  saved AS (
    SELECT user_id, sum(amount) AS total_saved, sum(contributions) AS total_contributions, max(last_day) AS last_day,
      max(days) AS longest_streak, coalesce(max(days) FILTER (WHERE last_day >= app_today() - 1), 0) AS current_streak
    FROM runs
    GROUP BY user_id
  )
  SELECT savings_plans.user_id, coalesce(max(saved.total_saved), 0) AS total_saved,
    coalesce(max(saved.total_contributions), 0) AS total_contributions, max(saved.last_day) AS last_day,
    coalesce(max(saved.longest_streak), 0) AS longest_streak, coalesce(max(saved.current_streak), 0) AS current_streak,
    count(*) FILTER (WHERE savings_plans.status = 'completed') AS completed_plans,
    count(*) FILTER (WHERE savings_plans.status = 'active') AS active_plans
  FROM savings_plans
  LEFT JOIN saved ON saved.user_id = savings_plans.user_id
  GROUP BY savings_plans.user_id
) AS figures
WHERE figures.user_id = user_analytics.user_id
  AND current_setting('avdaily.demo_added')::integer > 0
  AND user_analytics.user_id BETWEEN pg_temp.demo_id(7001, 1)
    AND pg_temp.demo_id(7001, coalesce(nullif(current_setting('avdaily.demo_users', true), ''), '1000')::integer);

RESET ROLE;

DROP FUNCTION pg_temp.demo_id(integer, integer);
