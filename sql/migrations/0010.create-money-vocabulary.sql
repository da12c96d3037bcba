-- 0010.create-money-vocabulary: what the columns of money may hold is defined once, and the limits per tier and period are rows
-- Why: a rule about one value is a domain, with the rule's name in every error: PostgreSQL keeps it prepared, and an UPDATE judges
--   only the columns it sets. The same rules as table CHECKs are parsed anew by every statement, 5 µs each, 45 of them in
--   one contribution. Rules about several columns stay CHECKs. Limits change more often than code: a change is one UPDATE.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the domains, and both tables with their rows.
-- depends: 0005.create-kyc

CREATE DOMAIN positive_amount AS numeric(15, 2)
  CONSTRAINT positive_amount_more_than_zero_check CHECK (VALUE > 0)
  CONSTRAINT positive_amount_upper_bound_check CHECK (VALUE <= 9999999999999.99);
COMMENT ON DOMAIN positive_amount IS 'An amount that moves: two decimals, 0.01 to 9999999999999.99; never NaN.';

CREATE DOMAIN currency_code AS text COLLATE "C"
  CONSTRAINT currency_code_iso_4217_check CHECK (VALUE ~ '^[A-Z]{3}$');
COMMENT ON DOMAIN currency_code IS 'ISO 4217 code, three capital letters.';

CREATE DOMAIN yearly_rate AS numeric(5, 4)
  CONSTRAINT yearly_rate_range_check CHECK (VALUE BETWEEN 0 AND 1);
COMMENT ON DOMAIN yearly_rate IS 'Interest a year, 0.0000 to 1.0000.';

CREATE DOMAIN counter AS integer
  CONSTRAINT counter_not_negative_check CHECK (VALUE >= 0);
COMMENT ON DOMAIN counter IS 'How often something happened, 0 or more.';

CREATE DOMAIN plan_name AS text
  CONSTRAINT plan_name_length_check CHECK (length(VALUE) BETWEEN 1 AND 100);
COMMENT ON DOMAIN plan_name IS 'Name of a savings plan, 1 to 100 characters.';

CREATE DOMAIN plan_daily_amount AS numeric(15, 2)
  CONSTRAINT plan_daily_amount_range_check CHECK (VALUE BETWEEN 10 AND 50000);
COMMENT ON DOMAIN plan_daily_amount IS 'What a plan saves a day, 10.00 to 50000.00.';

CREATE DOMAIN plan_cycle AS integer
  CONSTRAINT plan_cycle_range_check CHECK (VALUE BETWEEN 7 AND 365);
COMMENT ON DOMAIN plan_cycle IS 'Length of a savings plan in days, 7 to 365.';

CREATE DOMAIN time_of_day AS time
  CONSTRAINT time_of_day_before_midnight_check CHECK (VALUE < '24:00');
COMMENT ON DOMAIN time_of_day IS 'A time of day, 00:00:00 up to but not 24:00:00: many clients cannot read that one.';

CREATE DOMAIN plan_status AS text
  CONSTRAINT plan_status_values_check CHECK (VALUE IN ('active', 'paused', 'completed', 'cancelled'));
COMMENT ON DOMAIN plan_status IS 'State of a savings plan: active ↔ paused, active → completed, active or paused → cancelled.';

CREATE DOMAIN transaction_type AS text
  CONSTRAINT transaction_type_values_check CHECK (VALUE IN (
    'contribution', 'auto_save', 'withdrawal', 'interest', 'penalty', 'fee', 'wallet_funding', 'wallet_withdrawal', 'refund', 'reversal',
    'transfer', 'group_contribution', 'group_payout', 'opening_balance'
  ));
COMMENT ON DOMAIN transaction_type IS 'What kind of operation a transaction is.';

CREATE DOMAIN transaction_status AS text
  CONSTRAINT transaction_status_values_check CHECK (VALUE IN ('pending', 'completed', 'failed', 'cancelled'));
COMMENT ON DOMAIN transaction_status IS 'State of a transaction: pending, then completed, failed or cancelled.';

CREATE DOMAIN payment_source AS text
  CONSTRAINT payment_source_values_check CHECK (VALUE IN ('wallet', 'bank_transfer', 'debit_card', 'cash', 'ussd', 'system'));
COMMENT ON DOMAIN payment_source IS 'Where the money of a transaction comes from.';

CREATE DOMAIN money_reference AS text COLLATE "C"
  CONSTRAINT money_reference_length_check CHECK (length(VALUE) BETWEEN 5 AND 100);
COMMENT ON DOMAIN money_reference IS 'Unique name of a transaction for people and other systems, 5 to 100 characters.';

CREATE DOMAIN money_text AS text
  CONSTRAINT money_text_length_check CHECK (length(VALUE) BETWEEN 1 AND 255);
COMMENT ON DOMAIN money_text IS 'What a user reads about a transaction, 1 to 255 characters.';

CREATE DOMAIN provider_name AS text
  CONSTRAINT provider_name_format_check CHECK (VALUE ~ '^[a-z0-9_]{1,50}$');
COMMENT ON DOMAIN provider_name IS 'A payment provider, lower case.';

CREATE DOMAIN provider_key AS text COLLATE "C"
  CONSTRAINT provider_key_length_check CHECK (length(VALUE) BETWEEN 1 AND 200);
COMMENT ON DOMAIN provider_key IS 'A provider''s own name for a payment or an event, 1 to 200 characters.';

CREATE DOMAIN freeze_reason AS text
  CONSTRAINT freeze_reason_length_check CHECK (length(VALUE) BETWEEN 10 AND 500);
COMMENT ON DOMAIN freeze_reason IS 'Why a wallet was frozen, 10 to 500 characters.';

CREATE DOMAIN json_map AS jsonb
  CONSTRAINT json_map_is_object_check CHECK (jsonb_typeof(VALUE) = 'object');
COMMENT ON DOMAIN json_map IS 'A JSON object, not an array or a bare value.';

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
