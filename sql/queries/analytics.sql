-- Figures of users and days, milestones and rewards.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.

-- name: get_user_analytics(user_id)^
-- The figures of a user as they were last computed.
SELECT a.total_saved, a.total_withdrawn, a.total_interest_earned, a.current_streak, a.longest_streak,
  a.total_contributions, a.completed_plans, a.active_plans, a.currency, a.last_contribution_date, a.updated_at
FROM user_analytics AS a
WHERE a.user_id = :user_id;

-- name: refresh_user_analytics(user_id)^
-- Computes the figures of a user and returns them.
-- columns total_saved, total_withdrawn, total_interest_earned, current_streak, longest_streak: not null
-- columns total_contributions, completed_plans, active_plans, currency, updated_at: not null
SELECT a.total_saved, a.total_withdrawn, a.total_interest_earned, a.current_streak, a.longest_streak,
  a.total_contributions, a.completed_plans, a.active_plans, a.currency, a.last_contribution_date, a.updated_at
FROM refresh_user_analytics(p_user_id => :user_id) AS a;

-- name: upsert_daily_analytics(day, currency)^
-- Computes the figures of one day in Lagos, keeps and returns them.
-- columns date, currency, total_users, active_users, new_users, total_contributions: not null
-- columns total_contribution_amount, total_withdrawals, total_withdrawal_amount: not null
SELECT d.date, d.currency, d.total_users, d.active_users, d.new_users, d.total_contributions,
  d.total_contribution_amount, d.total_withdrawals, d.total_withdrawal_amount
FROM upsert_daily_analytics(p_day => :day, p_currency => :currency) AS d;

-- name: get_daily_analytics(from_day, until_day, currency, page_size)
-- The kept figures of days, from_day <= day < until_day, in their order.
SELECT d.date, d.currency, d.total_users, d.active_users, d.new_users, d.total_savings_plans, d.active_savings_plans,
  d.total_contributions, d.total_contribution_amount, d.total_withdrawals, d.total_withdrawal_amount,
  d.active_ajo_groups
FROM daily_analytics AS d
WHERE d.date >= :from_day AND d.date < :until_day AND d.currency = :currency
ORDER BY d.date
LIMIT least(:page_size::int, 400);

-- name: record_milestone(user_id)
-- Records every milestone that the user has reached by now; returns those that are new.
-- columns id, milestone_type, milestone_name, reward_points, achieved_at: not null
SELECT m.id, m.plan_id, m.milestone_type, m.milestone_name, m.description, m.reward_points, m.achieved_at
FROM record_milestones(p_user_id => :user_id) AS m
ORDER BY m.milestone_type, m.plan_id, m.id
LIMIT 1000;

-- name: list_milestones(user_id, before_at, before_id, page_size)
-- What the user has reached, newest first.
SELECT m.id, m.plan_id, m.milestone_type, m.milestone_name, m.description, m.badge_icon, m.reward_points, m.achieved_at
FROM savings_milestones AS m
WHERE m.user_id = :user_id
  AND (m.achieved_at, m.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY m.achieved_at DESC, m.id DESC
LIMIT least(:page_size::int, 100);

-- name: grant_reward(user_id, reward_type, reward_name, grant_key, value, points, expires_at, granted_by, description, metadata)$
-- Gives a reward and returns its id; the same grant key again gives the same id.
-- column id: not null
SELECT grant_reward(
  p_user_id => :user_id, p_reward_type => :reward_type, p_reward_name => :reward_name, p_grant_key => :grant_key,
  p_value => :value, p_points => coalesce(:points, 0), p_expires_at => :expires_at, p_granted_by => :granted_by,
  p_description => :description, p_metadata => :metadata
) AS id;

-- name: redeem_reward(user_id, reward_id)^
-- Redeems an active reward, once; a cashback goes into the wallet.
-- columns id, reward_type, reward_name, points, status: not null
SELECT r.id, r.reward_type, r.reward_name, r.value, r.points, r.status, r.redeemed_at, r.transaction_id
FROM redeem_reward(p_user_id => :user_id, p_reward_id => :reward_id) AS r;

-- name: expire_rewards(page_size)$
-- Closes rewards whose end has come; returns how many. Call it until it returns 0.
-- column rewards: not null
SELECT expire_rewards(p_limit => least(:page_size::int, 10000)) AS rewards;

-- name: list_rewards(user_id, before_at, before_id, page_size)
-- The user's rewards, newest first.
SELECT r.id, r.reward_type, r.reward_name, r.description, r.value, r.currency, r.points, r.status, r.expires_at,
  r.redeemed_at, r.created_at
FROM rewards AS r
WHERE r.user_id = :user_id
  AND (r.created_at, r.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY r.created_at DESC, r.id DESC
LIMIT least(:page_size::int, 100);

-- name: get_reward_points(user_id)^
-- The user's points by where they come from, the tier, and where the next one begins.
-- rows: exactly 1
-- columns total_points, tier: not null
SELECT p.contribution_points, p.plan_points, p.streak_points, p.average_streak_points, p.milestone_points,
  p.reward_points, p.total_points, p.tier, p.next_tier_at
FROM get_reward_points(p_user_id => :user_id) AS p;

-- name: get_contribution_trend(user_id, from_day, until_day)
-- What the user saved on each day in Lagos, from_day <= day < until_day, at most 400 days; days without saving are 0.
-- What was reversed does not count.
SELECT d.day, coalesce(sum(t.amount), 0.00) AS amount, count(t.id) AS contributions
FROM (
  SELECT :from_day::date + n AS day FROM generate_series(0, least(:until_day::date - :from_day::date, 400) - 1) AS n
) AS d
LEFT JOIN transactions AS t ON t.user_id = :user_id AND t.status = 'completed'
  AND t.type IN ('contribution', 'auto_save')
  AND t.created_at >= app_day_start(d.day) AND t.created_at < app_day_start(d.day + 1)
  AND NOT EXISTS (
    SELECT FROM transactions AS v WHERE v.user_id = t.user_id AND v.reverses_id = t.id AND v.status = 'completed'
  )
GROUP BY d.day
ORDER BY d.day
LIMIT 400;

-- name: get_spending_breakdown(user_id, from_at, until_at)
-- The user's completed transactions of a period by type, beside the period of the same length before it;
-- a difference of up to five per cent is stable. What was reversed does not count, nor does the reversal. A transfer
-- from somebody else is a type of its own, transfer_received.
SELECT s.type, s.amount, s.transactions, s.previous_amount,
  CASE
    WHEN s.amount > s.previous_amount * 1.05 THEN 'up'
    WHEN s.amount < s.previous_amount * 0.95 THEN 'down'
    ELSE 'stable'
  END AS trend
FROM (
  SELECT CASE WHEN t.type = 'transfer' AND t.transfer_id <> t.id THEN 'transfer_received' ELSE t.type END AS type,
    coalesce(sum(t.amount) FILTER (WHERE t.created_at >= :from_at::timestamptz), 0.00) AS amount,
    count(*) FILTER (WHERE t.created_at >= :from_at::timestamptz) AS transactions,
    coalesce(sum(t.amount) FILTER (WHERE t.created_at < :from_at::timestamptz), 0.00) AS previous_amount
  FROM transactions AS t
  WHERE t.user_id = :user_id AND t.status = 'completed' AND t.type <> 'reversal'
    AND t.created_at >= :from_at::timestamptz - (:until_at::timestamptz - :from_at::timestamptz)
    AND t.created_at < :until_at::timestamptz
    AND NOT EXISTS (
      SELECT FROM transactions AS v WHERE v.user_id = t.user_id AND v.reverses_id = t.id AND v.status = 'completed'
    )
  GROUP BY 1
) AS s
ORDER BY s.type
LIMIT 100;

-- name: get_leaderboard_streaks(below_streak, below_user_id, page_size)
-- Active users by the days in a row on which they have saved, up to today or yesterday; most first.
SELECT a.user_id, u.name, a.current_streak, a.longest_streak
FROM user_analytics AS a
JOIN "user" AS u ON u.id = a.user_id
WHERE u.is_active AND NOT u.is_suspended AND a.current_streak > 0 AND a.last_contribution_date >= app_today() - 1
  AND (a.current_streak, a.user_id) < (
    coalesce(:below_streak::int, 2147483647), coalesce(:below_user_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY a.current_streak DESC, a.user_id DESC
LIMIT least(:page_size::int, 100);
