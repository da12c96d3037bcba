-- 0044.create-analytics: figures of each user and of each day can be kept
-- Why: a home page and a report ask for sums over years of rows; here they are, computed from the transactions and never added
--   to, so that a figure can be computed again and is then the same.
-- Locks: new tables only; SHARE ROW EXCLUSIVE on "user" for the foreign key.
-- Runtime: milliseconds.
-- Rollback: drops both tables; refresh_user_analytics() and upsert_daily_analytics() can fill them again.
-- depends: 0043.ensure-partitions

CREATE TABLE user_analytics (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  total_saved money_amount DEFAULT 0 NOT NULL,
  total_withdrawn money_amount DEFAULT 0 NOT NULL,
  total_interest_earned money_amount DEFAULT 0 NOT NULL,
  current_streak integer DEFAULT 0 NOT NULL,
  longest_streak integer DEFAULT 0 NOT NULL,
  total_contributions integer DEFAULT 0 NOT NULL,
  completed_plans integer DEFAULT 0 NOT NULL,
  active_plans integer DEFAULT 0 NOT NULL,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  last_contribution_date date,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT user_analytics_pkey PRIMARY KEY (id),
  CONSTRAINT user_analytics_user_id_key UNIQUE (user_id),
  CONSTRAINT user_analytics_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT user_analytics_current_streak_not_negative_check CHECK (current_streak >= 0),
  CONSTRAINT user_analytics_longest_streak_not_below_current_check CHECK (longest_streak >= current_streak),
  CONSTRAINT user_analytics_total_contributions_not_negative_check CHECK (total_contributions >= 0),
  CONSTRAINT user_analytics_completed_plans_not_negative_check CHECK (completed_plans >= 0),
  CONSTRAINT user_analytics_active_plans_not_negative_check CHECK (active_plans >= 0),
  CONSTRAINT user_analytics_currency_format_check CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT user_analytics_contributions_are_dated_check CHECK (
    (total_contributions = 0) = (last_contribution_date IS NULL)
  )
);

-- get_leaderboard_streaks: the longest running streaks.
CREATE INDEX user_analytics_current_streak_user_id_idx ON user_analytics (current_streak, user_id);

CREATE TRIGGER user_analytics_set_updated_at BEFORE UPDATE ON user_analytics FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

CREATE TABLE daily_analytics (
  id uuid DEFAULT app_uuid() NOT NULL,
  date date NOT NULL,
  total_users integer DEFAULT 0 NOT NULL,
  active_users integer DEFAULT 0 NOT NULL,
  new_users integer DEFAULT 0 NOT NULL,
  total_savings_plans integer DEFAULT 0 NOT NULL,
  active_savings_plans integer DEFAULT 0 NOT NULL,
  total_contributions integer DEFAULT 0 NOT NULL,
  total_contribution_amount money_amount DEFAULT 0 NOT NULL,
  total_withdrawals integer DEFAULT 0 NOT NULL,
  total_withdrawal_amount money_amount DEFAULT 0 NOT NULL,
  active_ajo_groups integer DEFAULT 0 NOT NULL,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT daily_analytics_pkey PRIMARY KEY (id),
  CONSTRAINT daily_analytics_date_currency_key UNIQUE (date, currency),
  CONSTRAINT daily_analytics_active_users_range_check CHECK (active_users BETWEEN 0 AND total_users),
  CONSTRAINT daily_analytics_new_users_range_check CHECK (new_users BETWEEN 0 AND total_users),
  CONSTRAINT daily_analytics_active_savings_plans_range_check CHECK (
    active_savings_plans BETWEEN 0 AND total_savings_plans
  ),
  CONSTRAINT daily_analytics_total_contributions_not_negative_check CHECK (total_contributions >= 0),
  CONSTRAINT daily_analytics_total_withdrawals_not_negative_check CHECK (total_withdrawals >= 0),
  CONSTRAINT daily_analytics_active_ajo_groups_not_negative_check CHECK (active_ajo_groups >= 0),
  CONSTRAINT daily_analytics_currency_format_check CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TRIGGER daily_analytics_set_updated_at BEFORE UPDATE ON daily_analytics FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE user_analytics IS 'Figures of one user, computed by refresh_user_analytics(); one row a user.';
COMMENT ON COLUMN user_analytics.id IS 'UUID version 7.';
COMMENT ON COLUMN user_analytics.user_id IS 'Whose figures these are.';
COMMENT ON COLUMN user_analytics.total_saved IS 'Contributions and auto-saves that were not reversed, in currency.';
COMMENT ON COLUMN user_analytics.total_withdrawn IS 'Withdrawals from plans that were not reversed, penalty and fee included, in currency.';
COMMENT ON COLUMN user_analytics.total_interest_earned IS 'Interest posted to plans, in currency.';
COMMENT ON COLUMN user_analytics.current_streak IS 'Lagos days in a row with a contribution, up to today or yesterday.';
COMMENT ON COLUMN user_analytics.longest_streak IS 'The most Lagos days in a row with a contribution.';
COMMENT ON COLUMN user_analytics.total_contributions IS 'Number of contributions and auto-saves that were not reversed.';
COMMENT ON COLUMN user_analytics.completed_plans IS 'Number of plans that reached their target or end.';
COMMENT ON COLUMN user_analytics.active_plans IS 'Number of plans that are active now.';
COMMENT ON COLUMN user_analytics.currency IS 'ISO 4217 code; rows in another currency are not counted.';
COMMENT ON COLUMN user_analytics.last_contribution_date IS 'Lagos day of the latest contribution.';
COMMENT ON COLUMN user_analytics.created_at IS 'When the row was made.';
COMMENT ON COLUMN user_analytics.updated_at IS 'When the figures last changed.';

COMMENT ON TABLE daily_analytics IS 'Figures of one Lagos day, computed by upsert_daily_analytics(); one row a day and currency.';
COMMENT ON COLUMN daily_analytics.id IS 'UUID version 7.';
COMMENT ON COLUMN daily_analytics.date IS 'The Lagos day.';
COMMENT ON COLUMN daily_analytics.total_users IS 'Users registered by the end of the day.';
COMMENT ON COLUMN daily_analytics.active_users IS 'Users with a completed transaction on that day.';
COMMENT ON COLUMN daily_analytics.new_users IS 'Users registered on that day.';
COMMENT ON COLUMN daily_analytics.total_savings_plans IS 'Plans made by the end of the day.';
COMMENT ON COLUMN daily_analytics.active_savings_plans IS 'Of these, plans neither completed nor cancelled by the end of the day.';
COMMENT ON COLUMN daily_analytics.total_contributions IS 'Contributions and auto-saves completed on that day.';
COMMENT ON COLUMN daily_analytics.total_contribution_amount IS 'Their sum, in currency.';
COMMENT ON COLUMN daily_analytics.total_withdrawals IS 'Withdrawals from plans and wallets completed on that day.';
COMMENT ON COLUMN daily_analytics.total_withdrawal_amount IS 'Their sum, in currency.';
COMMENT ON COLUMN daily_analytics.active_ajo_groups IS 'Groups active when the row was computed.';
COMMENT ON COLUMN daily_analytics.currency IS 'ISO 4217 code of the amounts, plans and groups.';
COMMENT ON COLUMN daily_analytics.created_at IS 'When the row was made.';
COMMENT ON COLUMN daily_analytics.updated_at IS 'When the figures last changed.';

GRANT SELECT ON user_analytics, daily_analytics TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON user_analytics, daily_analytics TO avdaily_ledger;
