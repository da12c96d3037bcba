-- 0013.create-savings-plans: a user can save a daily amount into plans
-- Why: the plan is where saved money waits; its amount changes only inside post_* functions.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on "user" for the foreign key.
-- Runtime: milliseconds.
-- Rollback: drops the table; fails while transactions refer to it, and that is right.
-- depends: 0012.create-wallets

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Jobs over all users work in parts: by the last byte of the user's id, random in a UUID and the same in every version of
-- PostgreSQL (the hash functions promise neither).
CREATE FUNCTION user_part(p_user_id uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN get_byte(uuid_send(p_user_id), 15);

COMMENT ON FUNCTION user_part(uuid) IS 'The part of a user, 0 to 255, by which jobs over all users are divided.';

-- Half of each page stays free, so that a new version of a row finds room beside the old one and no index is touched (HOT).
CREATE TABLE savings_plans (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  account_id uuid NOT NULL,
  plan_name plan_name NOT NULL,
  daily_amount plan_daily_amount NOT NULL,
  cycle_duration plan_cycle NOT NULL,
  target_amount positive_amount NOT NULL,
  current_amount money_amount DEFAULT 0 NOT NULL,
  minimum_balance money_amount DEFAULT 0 NOT NULL,
  auto_save_enabled boolean DEFAULT false NOT NULL,
  auto_save_time time_of_day DEFAULT '09:00:00' NOT NULL,
  auto_save_from date,
  status plan_status DEFAULT 'active' NOT NULL,
  start_date date NOT NULL,
  end_date date NOT NULL,
  interest_rate yearly_rate DEFAULT 0 NOT NULL,
  contribution_streak counter DEFAULT 0 NOT NULL,
  last_contribution_on date,
  total_contributions counter DEFAULT 0 NOT NULL,
  version counter DEFAULT 1 NOT NULL,
  currency currency_code DEFAULT 'NGN' NOT NULL,
  completed_at timestamptz,
  interest_posted_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT savings_plans_pkey PRIMARY KEY (id),
  -- Whatever belongs to a plan refers to both columns: it cannot point at another user's plan.
  CONSTRAINT savings_plans_user_id_id_key UNIQUE (user_id, id),
  CONSTRAINT savings_plans_account_id_key UNIQUE (account_id),
  CONSTRAINT savings_plans_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT savings_plans_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger_accounts (id) ON DELETE RESTRICT,
  CONSTRAINT savings_plans_end_date_after_start_date_check CHECK (end_date > start_date)
) WITH (fillfactor = 50);

-- post_auto_saves(): the plans of a part of the users that are due. Nothing in it changes with a contribution.
CREATE INDEX savings_plans_auto_save_part_idx ON savings_plans (user_part(user_id), user_id)
  WHERE auto_save_enabled AND status = 'active';
-- mature_plans(): open plans whose cycle has ended.
CREATE INDEX savings_plans_end_date_idx ON savings_plans (end_date) WHERE status IN ('active', 'paused');
-- post_interests(): completed plans that wait for their interest.
CREATE INDEX savings_plans_interest_unposted_part_idx ON savings_plans (user_part(user_id))
  WHERE status = 'completed' AND interest_rate > 0 AND interest_posted_at IS NULL;

COMMENT ON TABLE savings_plans IS 'Savings plans: a daily amount towards a target, for a cycle of days.';
COMMENT ON COLUMN savings_plans.id IS 'Plan id (UUID v7).';
COMMENT ON COLUMN savings_plans.user_id IS 'Owner.';
COMMENT ON COLUMN savings_plans.account_id IS 'The plan''s account in the ledger.';
COMMENT ON COLUMN savings_plans.plan_name IS 'Name given by the owner, 1 to 100 characters.';
COMMENT ON COLUMN savings_plans.daily_amount IS 'What is saved a day, in currency, 10 to 50,000.';
COMMENT ON COLUMN savings_plans.cycle_duration IS 'Days from start_date to end_date, 7 to 365.';
COMMENT ON COLUMN savings_plans.target_amount IS 'The goal, in currency; daily_amount × cycle_duration unless chosen.';
COMMENT ON COLUMN savings_plans.current_amount IS 'What is saved now, in currency; equals the postings of account_id.';
COMMENT ON COLUMN savings_plans.minimum_balance IS 'What an early withdrawal must leave, in currency.';
COMMENT ON COLUMN savings_plans.auto_save_enabled IS 'Whether post_auto_saves() debits the wallet each day.';
COMMENT ON COLUMN savings_plans.auto_save_time IS 'Lagos time of day from which the day''s auto-save is due.';
COMMENT ON COLUMN savings_plans.auto_save_from IS 'First Lagos day of auto-saves since they were switched on or the plan was resumed; NULL: from start_date.';
COMMENT ON COLUMN savings_plans.status IS 'active, paused, completed or cancelled; active ↔ paused, active → completed, active or paused → cancelled.';
COMMENT ON COLUMN savings_plans.start_date IS 'First day of the cycle (Lagos).';
COMMENT ON COLUMN savings_plans.end_date IS 'Day on which it matures (Lagos).';
COMMENT ON COLUMN savings_plans.interest_rate IS 'Yearly rate, 0.0000 to 1.0000, simple, on the balance at the end of each day.';
COMMENT ON COLUMN savings_plans.contribution_streak IS 'Days in a row with a contribution, up to last_contribution_on.';
COMMENT ON COLUMN savings_plans.last_contribution_on IS 'Lagos day of the latest contribution or auto-save.';
COMMENT ON COLUMN savings_plans.total_contributions IS 'Number of contributions and auto-saves.';
COMMENT ON COLUMN savings_plans.version IS 'Grows with each change of settings or status by the owner; compared before such a change.';
COMMENT ON COLUMN savings_plans.currency IS 'ISO 4217 code, the same as its account''s.';
COMMENT ON COLUMN savings_plans.completed_at IS 'When it reached its target or its end.';
COMMENT ON COLUMN savings_plans.interest_posted_at IS 'When the interest of a completed plan was posted; NULL until then.';
COMMENT ON COLUMN savings_plans.cancelled_at IS 'When the owner cancelled it.';
COMMENT ON COLUMN savings_plans.created_at IS 'When it was created.';
COMMENT ON COLUMN savings_plans.updated_at IS 'When the row last changed.';

-- As for wallets: by hand no amount and no account changes.
CREATE TRIGGER savings_plans_guard_balance AFTER UPDATE ON savings_plans
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger')
  EXECUTE FUNCTION refuse_balance_change('savings_plans', 'current_amount', 'account_id');
CREATE TRIGGER savings_plans_set_updated_at AFTER UPDATE ON savings_plans
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger') EXECUTE FUNCTION touch_updated_at();
-- A trigger for the reason given in 0012.
CREATE FUNCTION check_savings_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN (NEW.completed_at IS NOT NULL, NEW.cancelled_at IS NOT NULL)
      <> (NEW.status = 'completed', NEW.status = 'cancelled')
    THEN 'savings_plans_end_time_of_status_check'
    WHEN NEW.status = 'cancelled' AND NEW.current_amount > 0
    THEN 'savings_plans_cancelled_is_empty_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the row of "savings_plans" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'savings_plans', CONSTRAINT = v_rule;
END $$;

COMMENT ON FUNCTION check_savings_plan() IS 'Trigger: the rules about several columns of a plan; refuses with 23514 and the rule''s name, as a CHECK does.';

CREATE TRIGGER savings_plans_check
  AFTER INSERT OR UPDATE OF status, completed_at, cancelled_at, current_amount ON savings_plans
  FOR EACH ROW EXECUTE FUNCTION check_savings_plan();
CREATE TRIGGER savings_plans_guard_insert BEFORE INSERT ON savings_plans
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND NEW.current_amount <> 0)
  EXECUTE FUNCTION refuse_balance_change('savings_plans');

GRANT EXECUTE ON FUNCTION user_part(uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT SELECT ON savings_plans TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON savings_plans TO avdaily_ledger;
