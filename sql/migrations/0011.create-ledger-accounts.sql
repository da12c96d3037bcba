-- 0011.create-ledger-accounts: every place where money can be is a row of an immutable registry; the house's own are there
-- Why: a movement names two of these accounts. The registry holds no balance and does not know its owner: the owner's row
--   (wallet, plan, group, member) holds account_id, so that no row is shared by two users and none is locked to post.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the registry and its accounts.
-- depends: 0010.create-money-vocabulary

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE TABLE ledger_accounts (
  id uuid DEFAULT app_uuid() NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  kind text NOT NULL,
  currency currency_code DEFAULT 'NGN' NOT NULL,
  normal_side text NOT NULL,
  CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id),
  -- ledger_entries refers to both columns: both sides of a movement then have its currency.
  CONSTRAINT ledger_accounts_currency_id_key UNIQUE (currency, id),
  CONSTRAINT ledger_accounts_kind_values_check CHECK (
    kind IN (
      'wallet', 'plan', 'group_pool', 'group_deposit', 'receivable',
      'payout_clearing', 'transfer_clearing', 'settlement', 'fee_income', 'penalty_income',
      'interest_expense', 'reward_expense', 'opening_equity'
    )
  ),
  CONSTRAINT ledger_accounts_normal_side_of_kind_check CHECK (
    normal_side = CASE
      WHEN kind IN ('settlement', 'receivable', 'interest_expense', 'reward_expense') THEN 'debit'
      ELSE 'credit'
    END
  )
);

-- system_account(): the one account of the house for a kind and a currency.
CREATE UNIQUE INDEX ledger_accounts_kind_currency_key ON ledger_accounts (kind, currency)
  WHERE kind IN (
    'payout_clearing', 'transfer_clearing', 'settlement', 'fee_income', 'penalty_income',
    'interest_expense', 'reward_expense', 'opening_equity'
  );

COMMENT ON TABLE ledger_accounts IS 'Registry of ledger accounts; immutable, without balances. The owner''s row holds account_id.';
COMMENT ON COLUMN ledger_accounts.id IS 'Account id (UUID v7).';
COMMENT ON COLUMN ledger_accounts.created_at IS 'When the account was opened.';
COMMENT ON COLUMN ledger_accounts.kind IS 'What the money in it is: of a user (wallet, plan, group_deposit, receivable), of a group (group_pool) or of the house.';
COMMENT ON COLUMN ledger_accounts.currency IS 'ISO 4217 code; every movement of the account has it.';
COMMENT ON COLUMN ledger_accounts.normal_side IS 'The side on which the account grows: debit for what the house has or spends, credit for what it owes or earns.';

CREATE TRIGGER ledger_accounts_refuse_change BEFORE UPDATE OR DELETE ON ledger_accounts
  FOR EACH ROW EXECUTE FUNCTION refuse_change('ledger_accounts');
CREATE TRIGGER ledger_accounts_refuse_truncate BEFORE TRUNCATE ON ledger_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('ledger_accounts');

INSERT INTO ledger_accounts (kind, normal_side) VALUES
  ('settlement', 'debit'),
  ('payout_clearing', 'credit'),
  ('transfer_clearing', 'credit'),
  ('fee_income', 'credit'),
  ('penalty_income', 'credit'),
  ('interest_expense', 'debit'),
  ('reward_expense', 'debit'),
  ('opening_equity', 'credit');

-- Further arguments name columns: an UPDATE that leaves them as they are passes.
CREATE FUNCTION refuse_balance_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_old CONSTANT jsonb := to_jsonb(OLD);
  v_new CONSTANT jsonb := to_jsonb(NEW);
BEGIN
  IF TG_OP = 'UPDATE' AND TG_NARGS > 1
    AND NOT EXISTS (SELECT FROM unnest(TG_ARGV[1:]) AS name WHERE v_old -> name IS DISTINCT FROM v_new -> name)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'cannot % a balance or an account of "%" by hand', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV091',  -- balance_guard
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'Call a post_* function: it writes the ledger too.';
END $$;

COMMENT ON FUNCTION refuse_balance_change() IS 'Trigger of every table with a balance: refuses with AV091 what no posting explains; the arguments are the table''s name and the guarded columns.';

-- For tables whose balances move often: set_updated_at() is a BEFORE trigger, and that costs every posting a row lock.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.updated_at = OLD.updated_at AND OLD.* IS DISTINCT FROM NEW.* THEN
    -- Later than before in any case: that ends the second update's own call of this function.
    EXECUTE format(
      'UPDATE %I.%I SET updated_at = greatest(now(), updated_at + interval ''1 microsecond'') WHERE id = $1',
      TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) USING NEW.id;
  END IF;
  RETURN NULL;
END $$;

COMMENT ON FUNCTION touch_updated_at() IS 'Trigger: gives a row that was changed by hand the time of that change, in a second step.';

GRANT SELECT ON ledger_accounts TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON ledger_accounts TO avdaily_ledger;
