-- 0045.create-rewards: what users have achieved, and what they were given for it, can be kept
-- Why: a badge is earned once, by a unique key and not by a check before the insert; a cashback is money, so its row names the
--   transaction that paid it.
-- Locks: new tables only; SHARE ROW EXCLUSIVE on "user", savings_plans and transactions for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops both tables; what was paid out stays in the ledger.
-- depends: 0044.create-analytics

CREATE TABLE savings_milestones (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  plan_id uuid,
  milestone_type text NOT NULL,
  milestone_name text NOT NULL,
  description text,
  badge_icon text,
  reward_points integer DEFAULT 0 NOT NULL,
  achieved_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT savings_milestones_pkey PRIMARY KEY (id),
  -- Without a plan too a milestone is reached once; also the foreign key's index.
  CONSTRAINT savings_milestones_user_id_plan_id_milestone_type_key UNIQUE NULLS NOT DISTINCT (user_id, plan_id, milestone_type),
  CONSTRAINT savings_milestones_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT savings_milestones_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT savings_milestones_milestone_type_values_check CHECK (
    milestone_type IN (
      'first_contribution', 'week_streak', 'month_streak', 'quarter_streak', 'year_streak', 'first_plan_completed',
      'five_plans_completed', 'ten_plans_completed', 'savings_champion', 'consistent_saver', 'goal_crusher', 'early_bird',
      'night_owl', 'goal_reached'
    )
  ),
  CONSTRAINT savings_milestones_plan_of_type_check CHECK (
    (plan_id IS NOT NULL) = (milestone_type IN ('goal_reached', 'goal_crusher'))
  ),
  CONSTRAINT savings_milestones_milestone_name_length_check CHECK (char_length(milestone_name) BETWEEN 1 AND 100),
  CONSTRAINT savings_milestones_description_length_check CHECK (char_length(description) BETWEEN 1 AND 255),
  CONSTRAINT savings_milestones_badge_icon_length_check CHECK (char_length(badge_icon) BETWEEN 1 AND 100),
  CONSTRAINT savings_milestones_reward_points_not_negative_check CHECK (reward_points >= 0)
);

-- list_milestones: WHERE user_id = … ORDER BY achieved_at DESC, id
CREATE INDEX savings_milestones_user_id_achieved_at_id_idx ON savings_milestones (user_id, achieved_at, id);

CREATE TABLE rewards (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  reward_type text NOT NULL,
  reward_name text NOT NULL,
  description text,
  value money_amount,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  points integer DEFAULT 0 NOT NULL,
  status text DEFAULT 'active' NOT NULL,
  expires_at timestamptz,
  redeemed_at timestamptz,
  transaction_id uuid,
  grant_key text,
  metadata jsonb,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT rewards_pkey PRIMARY KEY (id),
  -- grant_reward() called again for the same cause gives the same reward.
  CONSTRAINT rewards_user_id_grant_key_key UNIQUE (user_id, grant_key),
  CONSTRAINT rewards_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT rewards_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT rewards_reward_type_values_check CHECK (reward_type IN ('points', 'discount', 'cashback', 'badge')),
  CONSTRAINT rewards_reward_name_length_check CHECK (char_length(reward_name) BETWEEN 1 AND 100),
  CONSTRAINT rewards_description_length_check CHECK (char_length(description) BETWEEN 1 AND 255),
  CONSTRAINT rewards_value_of_type_check CHECK ((reward_type IN ('cashback', 'discount')) = coalesce(value > 0, false)),
  CONSTRAINT rewards_points_of_type_check CHECK ((reward_type = 'points') = (points > 0)),
  CONSTRAINT rewards_points_not_negative_check CHECK (points >= 0),
  CONSTRAINT rewards_currency_format_check CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT rewards_status_values_check CHECK (status IN ('active', 'redeemed', 'expired')),
  CONSTRAINT rewards_expires_after_creation_check CHECK (expires_at > created_at),
  CONSTRAINT rewards_expired_has_end_check CHECK (status <> 'expired' OR expires_at IS NOT NULL),
  CONSTRAINT rewards_redeemed_at_of_status_check CHECK ((status = 'redeemed') = (redeemed_at IS NOT NULL)),
  CONSTRAINT rewards_transaction_of_cashback_check CHECK (
    (transaction_id IS NOT NULL) = (reward_type = 'cashback' AND status = 'redeemed')
  ),
  CONSTRAINT rewards_grant_key_length_check CHECK (char_length(grant_key) BETWEEN 1 AND 200),
  CONSTRAINT rewards_metadata_object_check CHECK (jsonb_typeof(metadata) = 'object')
);

-- list_rewards: WHERE user_id = … ORDER BY created_at DESC, id
CREATE INDEX rewards_user_id_created_at_id_idx ON rewards (user_id, created_at, id);
-- The foreign key's: which reward a transaction paid.
CREATE UNIQUE INDEX rewards_user_id_transaction_id_key ON rewards (user_id, transaction_id) WHERE transaction_id IS NOT NULL;
-- expire_rewards: WHERE status = 'active' AND expires_at <= …
CREATE INDEX rewards_expires_at_active_idx ON rewards (expires_at) WHERE status = 'active';

CREATE TRIGGER rewards_set_updated_at BEFORE UPDATE ON rewards FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE savings_milestones IS 'Badges earned; each once a user, or once a plan.';
COMMENT ON COLUMN savings_milestones.id IS 'UUID version 7.';
COMMENT ON COLUMN savings_milestones.user_id IS 'Who earned it.';
COMMENT ON COLUMN savings_milestones.plan_id IS 'The plan, of the same user, of goal_reached and goal_crusher; null of all others.';
COMMENT ON COLUMN savings_milestones.milestone_type IS 'Which badge it is.';
COMMENT ON COLUMN savings_milestones.milestone_name IS 'What the user reads, 1 to 100 characters.';
COMMENT ON COLUMN savings_milestones.description IS 'What it was earned for, 1 to 255 characters.';
COMMENT ON COLUMN savings_milestones.badge_icon IS 'Name of the picture in the application.';
COMMENT ON COLUMN savings_milestones.reward_points IS 'Points given with it, on top of those of get_reward_points().';
COMMENT ON COLUMN savings_milestones.achieved_at IS 'When it was recorded.';

COMMENT ON TABLE rewards IS 'What a user was given: points, discount, cashback or badge; active → redeemed or expired.';
COMMENT ON COLUMN rewards.id IS 'UUID version 7.';
COMMENT ON COLUMN rewards.user_id IS 'Whose it is.';
COMMENT ON COLUMN rewards.reward_type IS 'points, discount, cashback or badge.';
COMMENT ON COLUMN rewards.reward_name IS 'What the user reads, 1 to 100 characters.';
COMMENT ON COLUMN rewards.description IS 'What it is for, 1 to 255 characters.';
COMMENT ON COLUMN rewards.value IS 'What a cashback pays or a discount takes off, in currency; null of the others.';
COMMENT ON COLUMN rewards.currency IS 'ISO 4217 code of value.';
COMMENT ON COLUMN rewards.points IS 'Number of points of a points reward; 0 of the others.';
COMMENT ON COLUMN rewards.status IS 'active, redeemed or expired; the last two are final.';
COMMENT ON COLUMN rewards.expires_at IS 'From this moment on it cannot be redeemed; null: no end.';
COMMENT ON COLUMN rewards.redeemed_at IS 'When it was redeemed.';
COMMENT ON COLUMN rewards.transaction_id IS 'The transaction, of the same user, that paid a cashback.';
COMMENT ON COLUMN rewards.grant_key IS 'What it was given for, chosen by the giver; unique by user.';
COMMENT ON COLUMN rewards.metadata IS 'Further facts as a JSON object; no rule reads it.';
COMMENT ON COLUMN rewards.created_at IS 'When it was given.';
COMMENT ON COLUMN rewards.updated_at IS 'When the row last changed.';

GRANT SELECT ON savings_milestones, rewards TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON savings_milestones TO avdaily_ledger;
GRANT SELECT, INSERT, UPDATE ON rewards TO avdaily_ledger;
