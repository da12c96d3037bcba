-- 0010.create-money-limits: what each KYC tier may move, and how often anyone may withdraw, are rows of two tables
-- Why: limits change more often than code; a change is one UPDATE by a migration, and the functions read it at the next call.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops both tables with their rows.
-- depends: 0005.create-kyc

CREATE TABLE kyc_limits (
  tier integer NOT NULL,
  single_limit money_amount NOT NULL,
  daily_limit money_amount NOT NULL,
  monthly_limit money_amount NOT NULL,
  max_plans integer NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT kyc_limits_pkey PRIMARY KEY (tier),
  CONSTRAINT kyc_limits_tier_range_check CHECK (tier BETWEEN 0 AND 2),
  CONSTRAINT kyc_limits_single_within_daily_check CHECK (single_limit <= daily_limit),
  CONSTRAINT kyc_limits_daily_within_monthly_check CHECK (daily_limit <= monthly_limit),
  CONSTRAINT kyc_limits_max_plans_not_negative_check CHECK (max_plans >= 0)
);

COMMENT ON TABLE kyc_limits IS 'What a user of each KYC tier may move; one row a tier.';
COMMENT ON COLUMN kyc_limits.tier IS 'KYC tier, 0 to 2, as in "user".kyc_tier.';
COMMENT ON COLUMN kyc_limits.single_limit IS 'Naira; the most in one funding, contribution, transfer sent or withdrawal.';
COMMENT ON COLUMN kyc_limits.daily_limit IS 'Naira; the most sent, withdrawn and contributed to groups in one Lagos day, pending included.';
COMMENT ON COLUMN kyc_limits.monthly_limit IS 'Naira; the same for one Lagos calendar month.';
COMMENT ON COLUMN kyc_limits.max_plans IS 'The most active and paused savings plans at a time.';
COMMENT ON COLUMN kyc_limits.created_at IS 'When the row was written.';
COMMENT ON COLUMN kyc_limits.updated_at IS 'When the row last changed.';

INSERT INTO kyc_limits (tier, single_limit, daily_limit, monthly_limit, max_plans) VALUES
  (0, 2000, 5000, 50000, 1),
  (1, 20000, 50000, 500000, 3),
  (2, 200000, 500000, 5000000, 10);

CREATE TABLE withdrawal_limits (
  period text NOT NULL,
  max_count integer NOT NULL,
  max_amount money_amount NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT withdrawal_limits_pkey PRIMARY KEY (period),
  CONSTRAINT withdrawal_limits_period_values_check CHECK (period IN ('day', 'week', 'month')),
  CONSTRAINT withdrawal_limits_max_count_positive_check CHECK (max_count > 0)
);

COMMENT ON TABLE withdrawal_limits IS 'How often and how much any user may withdraw from the wallet; on top of kyc_limits.';
COMMENT ON COLUMN withdrawal_limits.period IS 'Lagos calendar period: day, week (from Monday) or month.';
COMMENT ON COLUMN withdrawal_limits.max_count IS 'The most withdrawals in the period, pending included.';
COMMENT ON COLUMN withdrawal_limits.max_amount IS 'Naira; the most withdrawn in the period, pending included.';
COMMENT ON COLUMN withdrawal_limits.created_at IS 'When the row was written.';
COMMENT ON COLUMN withdrawal_limits.updated_at IS 'When the row last changed.';

INSERT INTO withdrawal_limits (period, max_count, max_amount) VALUES
  ('day', 5, 100000),
  ('week', 15, 500000),
  ('month', 30, 2000000);

CREATE TRIGGER kyc_limits_set_updated_at BEFORE UPDATE ON kyc_limits
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER withdrawal_limits_set_updated_at BEFORE UPDATE ON withdrawal_limits
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

GRANT SELECT ON kyc_limits TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT SELECT ON withdrawal_limits TO avdaily_app, avdaily_readonly, avdaily_ledger;
