-- Savings plans: opening, saving, taking out, and the jobs of each day.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- A plan has a version: a change names the one that its caller has read, and is refused (AV012) if there is a newer.

-- name: create_savings_plan(user_id, plan_name, daily_amount, cycle_duration, target_amount, auto_save_enabled, auto_save_time, interest_rate, minimum_balance, start_date, idempotency_key)^
-- Opens a plan of cycle_duration days; the target is daily amount times days unless it is given.
-- columns id, plan_name, daily_amount, cycle_duration, target_amount, current_amount, currency: not null
-- columns auto_save_enabled, auto_save_time, status, start_date, end_date, interest_rate, version, created_at: not null
SELECT p.id, p.plan_name, p.daily_amount, p.cycle_duration, p.target_amount, p.current_amount, p.currency,
  p.auto_save_enabled, p.auto_save_time, p.status, p.start_date, p.end_date, p.interest_rate, p.version, p.created_at
FROM create_savings_plan(
  p_user_id => :user_id, p_plan_name => :plan_name, p_daily_amount => :daily_amount,
  p_cycle_duration => :cycle_duration, p_target_amount => :target_amount,
  p_auto_save_enabled => coalesce(:auto_save_enabled, false),
  p_auto_save_time => coalesce(:auto_save_time::time, '09:00'),
  p_interest_rate => coalesce(:interest_rate::numeric, 0), p_minimum_balance => coalesce(:minimum_balance::numeric, 0),
  p_start_date => :start_date, p_idempotency_key => :idempotency_key
) AS p;

-- name: get_savings_plan(user_id, plan_id)^
-- One plan of the user.
SELECT p.id, p.plan_name, p.daily_amount, p.cycle_duration, p.target_amount, p.current_amount, p.minimum_balance,
  p.currency, p.auto_save_enabled, p.auto_save_time, p.status, p.start_date, p.end_date, p.interest_rate,
  p.contribution_streak, p.last_contribution_on, p.total_contributions, p.version, p.completed_at, p.cancelled_at,
  p.created_at, p.updated_at
FROM savings_plans AS p
WHERE p.user_id = :user_id AND p.id = :plan_id;

-- name: list_user_plans(user_id, before_id, page_size)
-- All plans of the user, newest first. A page begins behind before_id, the first one without it.
SELECT p.id, p.plan_name, p.daily_amount, p.target_amount, p.current_amount, p.currency, p.auto_save_enabled, p.status,
  p.start_date, p.end_date, p.contribution_streak, p.version, p.created_at
FROM savings_plans AS p
WHERE p.user_id = :user_id AND p.id < coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY p.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_active_plans(user_id, before_id, page_size)
-- The user's plans that are being saved into, newest first.
SELECT p.id, p.plan_name, p.daily_amount, p.target_amount, p.current_amount, p.currency, p.auto_save_enabled, p.status,
  p.start_date, p.end_date, p.contribution_streak, p.version, p.created_at
FROM savings_plans AS p
WHERE p.user_id = :user_id AND p.status = 'active'
  AND p.id < coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY p.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_plans_by_status(user_id, status, before_id, page_size)
-- The user's plans in one state: active, paused, completed or cancelled; newest first.
SELECT p.id, p.plan_name, p.daily_amount, p.target_amount, p.current_amount, p.currency, p.auto_save_enabled, p.status,
  p.start_date, p.end_date, p.contribution_streak, p.version, p.created_at
FROM savings_plans AS p
WHERE p.user_id = :user_id AND p.status = :status
  AND p.id < coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY p.id DESC
LIMIT least(:page_size::int, 100);

-- name: update_plan_settings(user_id, plan_id, version, plan_name, daily_amount, auto_save_enabled, auto_save_time, minimum_balance)^
-- Changes an open plan; None leaves a setting as it is.
-- columns id, plan_name, daily_amount, auto_save_enabled, auto_save_time, minimum_balance, status, version: not null
SELECT p.id, p.plan_name, p.daily_amount, p.auto_save_enabled, p.auto_save_time, p.minimum_balance, p.status, p.version
FROM update_plan_settings(
  p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version, p_plan_name => :plan_name,
  p_daily_amount => :daily_amount, p_auto_save_enabled => :auto_save_enabled, p_auto_save_time => :auto_save_time,
  p_minimum_balance => :minimum_balance
) AS p;

-- name: set_plan_auto_save(user_id, plan_id, version, auto_save_enabled, auto_save_time)^
-- Switches the daily saving of an open plan on or off; a time of None stays as it is.
-- columns id, auto_save_enabled, auto_save_time, status, version: not null
SELECT p.id, p.auto_save_enabled, p.auto_save_time, p.status, p.version
FROM update_plan_settings(
  p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version, p_auto_save_enabled => :auto_save_enabled,
  p_auto_save_time => :auto_save_time
) AS p;

-- name: pause_plan(user_id, plan_id, version)^
-- Nothing is saved into the plan until it is resumed.
-- columns id, status, version: not null
SELECT p.id, p.status, p.version
FROM pause_plan(p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version) AS p;

-- name: resume_plan(user_id, plan_id, version)^
-- A paused plan is active again.
-- columns id, status, version: not null
SELECT p.id, p.status, p.version
FROM resume_plan(p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version) AS p;

-- name: cancel_plan(user_id, plan_id, version)^
-- Ends a plan before its time: what is in it goes back to the wallet, less penalty and fee.
-- columns id, status, version, current_amount: not null
SELECT p.id, p.status, p.version, p.current_amount, p.cancelled_at
FROM post_plan_cancellation(p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version) AS p;

-- name: complete_plan(user_id, plan_id, version)^
-- Ends a plan that has reached its target or its end.
-- columns id, status, version, current_amount: not null
SELECT p.id, p.status, p.version, p.current_amount, p.completed_at
FROM complete_plan(p_user_id => :user_id, p_plan_id => :plan_id, p_version => :version) AS p;

-- name: contribute_to_plan(user_id, plan_id, amount, idempotency_key)^
-- Moves money from the wallet into the plan; the streak counts days, and the plan is complete at its target.
-- columns id, plan_id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.plan_id, t.amount, t.currency, t.status, t.reference, t.created_at
FROM post_contribution(
  p_user_id => :user_id, p_plan_id => :plan_id, p_amount => :amount, p_idempotency_key => :idempotency_key
) AS t;

-- name: withdraw_from_plan(user_id, plan_id, amount, idempotency_key)^
-- Moves money from the plan into the wallet; before the plan's end five per cent of it are a penalty.
-- columns id, plan_id, amount, fee_amount, penalty_amount, currency, status, reference, created_at: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, t.currency, t.status, t.reference, t.created_at
FROM post_plan_withdrawal(
  p_user_id => :user_id, p_plan_id => :plan_id, p_amount => :amount, p_idempotency_key => :idempotency_key
) AS t;

-- name: get_plan_progress(user_id, plan_id)^
-- How far a plan has come: per cent of the target, what is missing, days until its end.
SELECT p.id, p.current_amount, p.target_amount, round(p.current_amount * 100 / p.target_amount, 2) AS progress_percent,
  greatest(p.target_amount - p.current_amount, 0.00) AS remaining_amount,
  greatest(p.end_date - app_today(), 0) AS days_remaining, p.contribution_streak, p.total_contributions, p.status
FROM savings_plans AS p
WHERE p.user_id = :user_id AND p.id = :plan_id;

-- name: get_total_savings(user_id)^
-- What is in the user's plans: in those that are active, and in all of them.
SELECT coalesce(sum(p.current_amount) FILTER (WHERE p.status = 'active'), 0.00) AS active_amount,
  coalesce(sum(p.current_amount), 0.00) AS total_amount, count(*) FILTER (WHERE p.status = 'active') AS active_plans
FROM savings_plans AS p
WHERE p.user_id = :user_id;

-- name: list_due_auto_saves(day, after_user_id, after_plan_id, page_size)
-- Plans whose daily saving of a day has not been tried yet; run_auto_save_batch does it.
SELECT p.user_id, p.id AS plan_id, p.auto_save_time,
  least(p.daily_amount, p.target_amount - p.current_amount) AS amount, p.currency
FROM savings_plans AS p
WHERE p.auto_save_enabled AND p.status = 'active' AND p.start_date <= :day::date AND p.end_date > :day::date
  AND p.current_amount < p.target_amount
  AND (user_part(p.user_id), p.user_id, p.id) > (
    coalesce(user_part(:after_user_id::uuid), -1),
    coalesce(:after_user_id::uuid, '00000000-0000-0000-0000-000000000000'),
    coalesce(:after_plan_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
  AND NOT EXISTS (
    SELECT FROM auto_save_attempts AS a WHERE a.user_id = p.user_id AND a.plan_id = p.id AND a.day = :day::date
  )
ORDER BY user_part(p.user_id), p.user_id, p.id
LIMIT least(:page_size::int, 1000);

-- name: run_auto_save_batch(day, part, parts)^
-- Saves for every plan that is due, once for each plan and day. Workers share the users: part 0 to parts - 1.
-- rows: exactly 1
-- columns saved, saved_amount, refused: not null
SELECT a.saved, a.saved_amount, a.refused
FROM post_auto_saves(p_day => :day, p_part => :part, p_parts => :parts) AS a;

-- name: list_plans_for_interest(after_user_id, after_plan_id, page_size)
-- Completed plans whose interest has not been paid yet; post_interest does it.
SELECT p.user_id, p.id AS plan_id, p.current_amount, p.interest_rate, p.currency, p.completed_at
FROM savings_plans AS p
WHERE p.status = 'completed' AND p.interest_rate > 0 AND p.interest_posted_at IS NULL
  AND (user_part(p.user_id), p.user_id, p.id) > (
    coalesce(user_part(:after_user_id::uuid), -1),
    coalesce(:after_user_id::uuid, '00000000-0000-0000-0000-000000000000'),
    coalesce(:after_plan_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY user_part(p.user_id), p.user_id, p.id
LIMIT least(:page_size::int, 1000);

-- name: accrue_interest(day, part, parts)$
-- Notes the interest of a day that is over, once for each plan and day; returns for how many plans.
-- column plans: not null
SELECT accrue_interest(p_day => :day, p_part => :part, p_parts => :parts) AS plans;

-- name: post_interest(part, parts)^
-- Pays what was accrued into the plans that are complete.
-- rows: exactly 1
-- columns paid, paid_amount: not null
SELECT i.paid, i.paid_amount
FROM post_interests(p_part => :part, p_parts => :parts) AS i;

-- name: mature_plans(day, part, parts)$
-- Completes the open plans whose end was reached by this day; returns how many.
-- column plans: not null
SELECT mature_plans(p_day => :day, p_part => :part, p_parts => :parts) AS plans;
