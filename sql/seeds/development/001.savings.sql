-- development/001.savings: three plans with a month of daily contributions, and a deposit from a bank
-- Why: lists, statements, streaks and interest need a past. After these files the four wallets hold 5000 (admin), 10000 (user1),
--   2500 (user2) and 1000 (user3), and the plans 3000, 5000 and 15000, each naira explained by the ledger.
-- Again: finds the plans by id, and the deposit by the provider's reference; posts nothing twice.

INSERT INTO ledger_accounts (id, kind, normal_side, created_at)
SELECT ('00000000-0000-7000-8000-0000000000c' || n)::uuid, 'plan', 'credit', app_day_start(app_today() - 30)
FROM generate_series(1, 3) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO savings_plans (
  id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, auto_save_enabled, start_date, end_date,
  interest_rate, created_at, updated_at
)
SELECT plan.id::uuid, plan.user_id::uuid, plan.account_id::uuid, plan.plan_name, plan.daily_amount, plan.days, plan.target,
  plan.auto_save, app_today() - 30, app_today() - 30 + plan.days, plan.rate, app_day_start(app_today() - 30),
  app_day_start(app_today() - 30)
FROM (
  VALUES
    (
      '00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-0000000000c1',
      'Emergency Fund', 100, 90, 9000, true, 0.0500
    ),
    (
      '00000000-0000-7000-8000-0000000000d2', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-0000000000c2',
      'Vacation Savings', 200, 60, 12000, false, 0.0000
    ),
    (
      '00000000-0000-7000-8000-0000000000d3', '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-0000000000c3',
      'Business Capital', 500, 120, 60000, true, 0.0800
    )
) AS plan (id, user_id, account_id, plan_name, daily_amount, days, target, auto_save, rate)
ON CONFLICT (id) DO NOTHING;

-- The posting functions with a time of their own are for this role only; who applies migrations is a member of it.
SET LOCAL ROLE avdaily_ledger;

DO $$
BEGIN
  PERFORM post_deposit_at(
    '00000000-0000-7000-8000-000000000002', 5000, 'bank_transfer', 'paystack', 'seed-deposit-0001',
    app_day_start(app_today() - 31)
  );

  -- One a day at nine in the morning in Lagos, in the order of days; a plan that was saved into since is left alone.
  PERFORM
  FROM (
    SELECT savings_plans.user_id, savings_plans.id, savings_plans.daily_amount, savings_plans.start_date + day AS saved_on
    FROM savings_plans
    JOIN (
      VALUES
        ('00000000-0000-7000-8000-0000000000d1', 30),
        ('00000000-0000-7000-8000-0000000000d2', 25),
        ('00000000-0000-7000-8000-0000000000d3', 30)
    ) AS past (plan_id, days) ON past.plan_id::uuid = savings_plans.id
    CROSS JOIN generate_series(0, past.days - 1) AS day
    WHERE NOT EXISTS (
      SELECT FROM transactions WHERE transactions.user_id = savings_plans.user_id AND transactions.plan_id = savings_plans.id
    )
    ORDER BY saved_on, savings_plans.id
  ) AS due
  CROSS JOIN LATERAL post_contribution_at(
    due.user_id, due.id, due.daily_amount, NULL, app_day_start(due.saved_on) + interval '9 hours'
  );

  PERFORM refresh_user_analytics(user_analytics.user_id)
  FROM user_analytics
  WHERE user_analytics.total_contributions = 0
    AND user_analytics.user_id IN ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003');
END $$;

RESET ROLE;
