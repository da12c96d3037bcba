-- 0017.guard-balances: a balance or an account id changes only while avdaily_ledger is the current user
-- Why: inside a post_* function (SECURITY DEFINER, owned by avdaily_ledger) that is so; by hand it is not, whoever owns the
--   table. It stops accidents; who may SET ROLE avdaily_ledger can pass on purpose, and check_integrity() finds that.
-- Locks: SHARE ROW EXCLUSIVE on wallets and savings_plans.
-- Runtime: milliseconds.
-- Rollback: drops the triggers and their function.
-- depends: 0016.create-once-only-records

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION refuse_balance_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'cannot % a balance or an account of "%" by hand', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV091',  -- balance_guard
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'Call a post_* function: it writes the ledger too.';
END $$;

COMMENT ON FUNCTION refuse_balance_change() IS 'Trigger: refuses with AV091 what no posting explains; the argument is the table''s name.';

-- The test stands in WHEN: 0.4 µs a row, in the function 1.2 to 2.2.
CREATE TRIGGER wallets_guard_balance BEFORE UPDATE ON wallets
  FOR EACH ROW WHEN (
    current_user <> 'avdaily_ledger' AND (
      NEW.balance IS DISTINCT FROM OLD.balance
      OR NEW.receivable_balance IS DISTINCT FROM OLD.receivable_balance
      OR NEW.account_id IS DISTINCT FROM OLD.account_id
      OR NEW.receivable_account_id IS DISTINCT FROM OLD.receivable_account_id
    )
  ) EXECUTE FUNCTION refuse_balance_change('wallets');
CREATE TRIGGER wallets_guard_insert BEFORE INSERT ON wallets
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND (NEW.balance <> 0 OR NEW.receivable_balance <> 0))
  EXECUTE FUNCTION refuse_balance_change('wallets');

CREATE TRIGGER savings_plans_guard_balance BEFORE UPDATE ON savings_plans
  FOR EACH ROW WHEN (
    current_user <> 'avdaily_ledger'
    AND (NEW.current_amount IS DISTINCT FROM OLD.current_amount OR NEW.account_id IS DISTINCT FROM OLD.account_id)
  ) EXECUTE FUNCTION refuse_balance_change('savings_plans');
CREATE TRIGGER savings_plans_guard_insert BEFORE INSERT ON savings_plans
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND NEW.current_amount <> 0)
  EXECUTE FUNCTION refuse_balance_change('savings_plans');
