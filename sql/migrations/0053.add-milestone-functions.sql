-- 0053.add-milestone-functions: badges are recorded when their rule is met, and points are counted from what a user has done
-- Why: the original counted the newest 50 transactions and never computed three of the badges. Here each rule is one line of one
--   statement over everything, and calling it again records nothing twice.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; badges stay.
-- depends: 0052.add-analytics-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION list_reached_milestones(p_user_id uuid)
RETURNS TABLE (plan_id uuid, milestone_type text, milestone_name text, description text)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH saved AS (
    SELECT count(*) AS contributions, coalesce(sum(amount), 0) AS amount,
      count(*) FILTER (WHERE type = 'contribution' AND lagos_time < '09:00') AS early,
      count(*) FILTER (WHERE type = 'contribution' AND lagos_time >= '21:00') AS late
    FROM list_contributions(p_user_id)
  ),
  streak AS (
    SELECT coalesce(max(days) FILTER (WHERE plan_id IS NOT NULL), 0) AS in_one_plan,
      coalesce(max(days) FILTER (WHERE plan_id IS NULL), 0) AS in_any_plan
    FROM list_streaks(p_user_id)
  ),
  completed AS (
    SELECT count(*) AS plans FROM savings_plans WHERE user_id = p_user_id AND status = 'completed'
  ),
  -- What went into the plan, interest included, whatever was withdrawn since.
  plan AS (
    SELECT savings_plans.id, savings_plans.target_amount,
      coalesce((SELECT sum(amount) FROM list_contributions(p_user_id) AS paid WHERE paid.plan_id = savings_plans.id), 0)
      + coalesce((
        SELECT sum(amount) FROM transactions
        WHERE transactions.user_id = p_user_id AND transactions.plan_id = savings_plans.id AND type = 'interest'
          AND transactions.status = 'completed'
      ), 0) AS collected
    FROM savings_plans WHERE savings_plans.user_id = p_user_id
  )
  SELECT NULL::uuid, rule.type, rule.name, rule.description
  FROM saved, streak, completed, LATERAL (
    VALUES
      ('first_contribution', 'First contribution', 'Saved for the first time', saved.contributions >= 1),
      ('week_streak', 'Week streak', 'Saved 7 days in a row into one plan', streak.in_one_plan >= 7),
      ('month_streak', 'Month streak', 'Saved 30 days in a row into one plan', streak.in_one_plan >= 30),
      ('quarter_streak', 'Quarter streak', 'Saved 90 days in a row into one plan', streak.in_one_plan >= 90),
      ('year_streak', 'Year streak', 'Saved 365 days in a row into one plan', streak.in_one_plan >= 365),
      ('first_plan_completed', 'First plan completed', 'Completed a plan', completed.plans >= 1),
      ('five_plans_completed', 'Five plans completed', 'Completed five plans', completed.plans >= 5),
      ('ten_plans_completed', 'Ten plans completed', 'Completed ten plans', completed.plans >= 10),
      ('savings_champion', 'Savings champion', 'Saved 100,000 in all', saved.amount >= 100000),
      ('consistent_saver', 'Consistent saver', 'Saved 30 days in a row, whatever the plan', streak.in_any_plan >= 30),
      ('early_bird', 'Early bird', 'Saved seven times before 09:00', saved.early >= 7),
      ('night_owl', 'Night owl', 'Saved seven times after 21:00', saved.late >= 7)
  ) AS rule (type, name, description, is_met)
  WHERE rule.is_met
  UNION ALL
  SELECT plan.id, rule.type, rule.name, rule.description
  FROM plan, LATERAL (
    VALUES
      ('goal_reached', 'Goal reached', 'Reached the target of a plan', plan.collected >= plan.target_amount),
      ('goal_crusher', 'Goal crusher', 'Exceeded the target of a plan by 20 %', plan.collected >= plan.target_amount * 1.2)
  ) AS rule (type, name, description, is_met)
  WHERE rule.is_met
$$;

COMMENT ON FUNCTION list_reached_milestones(uuid) IS
  'The milestones whose rule a user meets now, recorded or not; times of day are those of Lagos and count manual contributions.';

CREATE FUNCTION record_milestones(p_user_id uuid) RETURNS SETOF savings_milestones LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  INSERT INTO savings_milestones (user_id, plan_id, milestone_type, milestone_name, description, badge_icon)
  SELECT p_user_id, plan_id, milestone_type, milestone_name, description, milestone_type
  FROM list_reached_milestones(p_user_id)
  ORDER BY milestone_type, plan_id
  ON CONFLICT ON CONSTRAINT savings_milestones_user_id_plan_id_milestone_type_key DO NOTHING
  RETURNING *
$$;

COMMENT ON FUNCTION record_milestones(uuid) IS 'Records what a user has reached and returns what is new; each milestone once.';

-- 1 a manual contribution, 100 a completed plan, 50 for each full 7 days of the longest streak, 25 for each full 10 of the
-- average streak of the plans; and what milestones and rewards gave.
CREATE FUNCTION get_reward_points(p_user_id uuid)
RETURNS TABLE (
  contribution_points integer, plan_points integer, streak_points integer, average_streak_points integer,
  milestone_points integer, reward_points integer, total_points integer, tier text, next_tier_at integer
) LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH counted AS (
    SELECT
      (SELECT count(*) FROM list_contributions(p_user_id) WHERE type = 'contribution')::integer AS contributions,
      100 * (
        SELECT count(*) FROM savings_plans WHERE savings_plans.user_id = p_user_id AND savings_plans.status = 'completed'
      )::integer AS plans,
      50 * (coalesce((SELECT max(days) FROM list_streaks(p_user_id) WHERE plan_id IS NULL), 0) / 7) AS streak,
      25 * floor(coalesce(
        (SELECT avg(contribution_streak) FROM savings_plans WHERE savings_plans.user_id = p_user_id), 0
      ) / 10)::integer AS average,
      coalesce((
        SELECT sum(savings_milestones.reward_points) FROM savings_milestones WHERE savings_milestones.user_id = p_user_id
      ), 0)::integer AS milestones,
      coalesce((
        SELECT sum(rewards.points) FROM rewards
        WHERE rewards.user_id = p_user_id AND rewards.status = 'active' AND (rewards.expires_at IS NULL OR rewards.expires_at > now())
      ), 0)::integer AS given
  )
  SELECT contributions, plans, streak, average, milestones, given, summed.total, level.tier, level.next_tier_at
  FROM counted
  CROSS JOIN LATERAL (SELECT contributions + plans + streak + average + milestones + given) AS summed (total)
  JOIN (
    VALUES ('bronze', 0, 500), ('silver', 500, 1000), ('gold', 1000, 2500), ('platinum', 2500, 5000), ('diamond', 5000, NULL)
  ) AS level (tier, starts_at, next_tier_at)
    ON summed.total >= level.starts_at AND (level.next_tier_at IS NULL OR summed.total < level.next_tier_at)
$$;

COMMENT ON FUNCTION get_reward_points(uuid) IS
  'The points of a user by their sources, the tier (bronze, silver, gold, platinum, diamond) and the points at which the next begins.';

ALTER FUNCTION record_milestones(uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION list_reached_milestones(uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION record_milestones(uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION get_reward_points(uuid) TO avdaily_app, avdaily_readonly;
