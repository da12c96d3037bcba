-- 0017.create-daily-savings: each plan has one auto-save attempt and one interest accrual a day, by primary key
-- Why: a job that runs twice finds its own rows and does nothing; the key decides it, not the job's clock.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on savings_plans for foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops both tables.
-- depends: 0016.create-payment-intake

CREATE TABLE auto_save_attempts (
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  day date NOT NULL,
  amount money_amount NOT NULL,
  outcome text NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT auto_save_attempts_pkey PRIMARY KEY (user_id, plan_id, day),
  CONSTRAINT auto_save_attempts_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT auto_save_attempts_amount_positive_check CHECK (amount > 0),
  CONSTRAINT auto_save_attempts_outcome_values_check CHECK (
    outcome IN ('saved', 'insufficient_funds', 'wallet_frozen', 'user_inactive')
  )
);

COMMENT ON TABLE auto_save_attempts IS 'What the auto-save of a day did with a plan; its row makes a second attempt on that day impossible.';
COMMENT ON COLUMN auto_save_attempts.user_id IS 'Owner of the plan.';
COMMENT ON COLUMN auto_save_attempts.plan_id IS 'The plan.';
COMMENT ON COLUMN auto_save_attempts.day IS 'The Lagos day; with owner and plan it is the transaction''s reference (ASV-…).';
COMMENT ON COLUMN auto_save_attempts.amount IS 'What was to be saved: the daily amount, or less if less was missing to the target.';
COMMENT ON COLUMN auto_save_attempts.outcome IS 'saved, or why not: insufficient_funds, wallet_frozen, user_inactive.';
COMMENT ON COLUMN auto_save_attempts.created_at IS 'When it was tried.';

CREATE TABLE interest_accruals (
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  day date NOT NULL,
  balance money_amount NOT NULL,
  interest_rate numeric(5, 4) NOT NULL,
  amount numeric(20, 8) NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT interest_accruals_pkey PRIMARY KEY (user_id, plan_id, day),
  CONSTRAINT interest_accruals_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT interest_accruals_interest_rate_range_check CHECK (interest_rate BETWEEN 0 AND 1),
  CONSTRAINT interest_accruals_amount_of_balance_check CHECK (amount = round(balance * interest_rate / 365, 8))
);

COMMENT ON TABLE interest_accruals IS 'Interest earned by a plan on a day; what is not yet posted, fractions of a kobo included, is carried here.';
COMMENT ON COLUMN interest_accruals.user_id IS 'Owner of the plan.';
COMMENT ON COLUMN interest_accruals.plan_id IS 'The plan.';
COMMENT ON COLUMN interest_accruals.day IS 'The Lagos day that earned it.';
COMMENT ON COLUMN interest_accruals.balance IS 'Balance of the plan at the end of that day.';
COMMENT ON COLUMN interest_accruals.interest_rate IS 'Yearly rate of the plan on that day.';
COMMENT ON COLUMN interest_accruals.amount IS 'balance × interest_rate ÷ 365, eight decimals of a naira.';
COMMENT ON COLUMN interest_accruals.created_at IS 'When it was accrued.';

CREATE TRIGGER auto_save_attempts_refuse_change BEFORE UPDATE OR DELETE ON auto_save_attempts
  FOR EACH ROW EXECUTE FUNCTION refuse_change('auto_save_attempts');
CREATE TRIGGER auto_save_attempts_refuse_truncate BEFORE TRUNCATE ON auto_save_attempts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('auto_save_attempts');
CREATE TRIGGER interest_accruals_refuse_change BEFORE UPDATE OR DELETE ON interest_accruals
  FOR EACH ROW EXECUTE FUNCTION refuse_change('interest_accruals');
CREATE TRIGGER interest_accruals_refuse_truncate BEFORE TRUNCATE ON interest_accruals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('interest_accruals');

GRANT SELECT ON auto_save_attempts TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON auto_save_attempts TO avdaily_ledger;
GRANT SELECT ON interest_accruals TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON interest_accruals TO avdaily_ledger;
