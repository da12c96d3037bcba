-- 0012.create-wallets: each user can have one wallet, and bank accounts to withdraw to
-- Why: the wallet is the user's money at hand; its balance changes only inside post_* functions.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on "user" for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops both tables; fails while transactions refer to them, and that is right.
-- depends: 0011.create-ledger-accounts

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Half of each page stays free, so that a new version of a row finds room beside the old one and no index is touched (HOT).
CREATE TABLE wallets (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  account_id uuid NOT NULL,
  balance money_amount DEFAULT 0 NOT NULL,
  currency currency_code DEFAULT 'NGN' NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  frozen_at timestamptz,
  freeze_reason freeze_reason,
  receivable_account_id uuid,
  receivable_balance money_amount DEFAULT 0 NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT wallets_pkey PRIMARY KEY (id),
  CONSTRAINT wallets_user_id_key UNIQUE (user_id),
  CONSTRAINT wallets_account_id_key UNIQUE (account_id),
  CONSTRAINT wallets_receivable_account_id_key UNIQUE (receivable_account_id),
  CONSTRAINT wallets_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT wallets_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger_accounts (id) ON DELETE RESTRICT,
  CONSTRAINT wallets_receivable_account_id_fkey FOREIGN KEY (receivable_account_id)
    REFERENCES ledger_accounts (id) ON DELETE RESTRICT
) WITH (fillfactor = 50);

COMMENT ON TABLE wallets IS 'One wallet a user: money at hand. Opened by open_wallet(); the balance moves only inside post_* functions.';
COMMENT ON COLUMN wallets.id IS 'Wallet id (UUID v7).';
COMMENT ON COLUMN wallets.user_id IS 'Owner; one wallet each.';
COMMENT ON COLUMN wallets.account_id IS 'The wallet''s account in the ledger.';
COMMENT ON COLUMN wallets.balance IS 'Available amount, in currency; equals the postings of account_id. A pending withdrawal has left it already.';
COMMENT ON COLUMN wallets.currency IS 'ISO 4217 code, the same as its account''s.';
COMMENT ON COLUMN wallets.is_active IS 'False while frozen: no money leaves it; what comes from outside or back to the user still arrives.';
COMMENT ON COLUMN wallets.frozen_at IS 'When it was frozen; NULL while active.';
COMMENT ON COLUMN wallets.freeze_reason IS 'Why it was frozen, 10 to 500 characters; NULL while active.';
COMMENT ON COLUMN wallets.receivable_account_id IS 'Account of what the user owes after a chargeback; opened with the first one.';
COMMENT ON COLUMN wallets.receivable_balance IS 'What the user owes after chargebacks, in currency; equals the postings of receivable_account_id.';
COMMENT ON COLUMN wallets.created_at IS 'When it was opened.';
COMMENT ON COLUMN wallets.updated_at IS 'When the row last changed.';

-- A balance or an account changes only inside post_* functions, which run as avdaily_ledger. Whoever may SET ROLE to it can pass on
-- purpose: check_integrity() finds that, because no posting explains it.
-- AFTER, not BEFORE: an error stops the statement either way, and a BEFORE trigger of any kind makes PostgreSQL lock each row a
-- second time. The test of the role stands in WHEN, short, because every statement parses it anew.
CREATE TRIGGER wallets_guard_balance AFTER UPDATE ON wallets
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger')
  EXECUTE FUNCTION refuse_balance_change('wallets', 'balance', 'receivable_balance', 'account_id', 'receivable_account_id');
-- post_* functions set updated_at themselves.
CREATE TRIGGER wallets_set_updated_at AFTER UPDATE ON wallets
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger') EXECUTE FUNCTION touch_updated_at();
-- A rule about several columns of a table that every posting writes is a trigger, not a CHECK: PostgreSQL parses and plans each
-- CHECK anew in every statement, 8 µs apiece, which was a third of a contribution. A function's body is prepared once.
CREATE FUNCTION check_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN num_nonnulls(NEW.frozen_at, NEW.freeze_reason) <> CASE WHEN NEW.is_active THEN 0 ELSE 2 END
    THEN 'wallets_freeze_is_dated_and_reasoned_check'
    WHEN NEW.receivable_balance > 0 AND NEW.receivable_account_id IS NULL
    THEN 'wallets_receivable_needs_account_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the row of "wallets" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'wallets', CONSTRAINT = v_rule;
END $$;

COMMENT ON FUNCTION check_wallet() IS 'Trigger: the rules about several columns of a wallet; refuses with 23514 and the rule''s name, as a CHECK does.';

-- A posting sets none of these columns, and pays nothing.
CREATE TRIGGER wallets_check
  AFTER INSERT OR UPDATE OF is_active, frozen_at, freeze_reason, receivable_balance, receivable_account_id ON wallets
  FOR EACH ROW EXECUTE FUNCTION check_wallet();
CREATE TRIGGER wallets_guard_insert BEFORE INSERT ON wallets
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND (NEW.balance <> 0 OR NEW.receivable_balance <> 0))
  EXECUTE FUNCTION refuse_balance_change('wallets');

CREATE TABLE bank_accounts (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  bank_code text NOT NULL,
  bank_name text NOT NULL,
  account_number text NOT NULL,
  account_name text NOT NULL,
  is_verified boolean DEFAULT false NOT NULL,
  is_primary boolean DEFAULT false NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT bank_accounts_pkey PRIMARY KEY (id),
  -- transactions refers to both columns: a withdrawal cannot name another user's bank account.
  CONSTRAINT bank_accounts_user_id_id_key UNIQUE (user_id, id),
  CONSTRAINT bank_accounts_user_id_bank_code_account_number_key UNIQUE (user_id, bank_code, account_number),
  CONSTRAINT bank_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT bank_accounts_bank_code_format_check CHECK (bank_code ~ '^[0-9]{3}$'),
  CONSTRAINT bank_accounts_bank_name_length_check CHECK (length(bank_name) BETWEEN 1 AND 100),
  CONSTRAINT bank_accounts_account_number_format_check CHECK (account_number ~ '^[0-9]{10}$'),
  CONSTRAINT bank_accounts_account_name_length_check CHECK (length(account_name) BETWEEN 1 AND 100)
);

-- At most one primary account a user.
CREATE UNIQUE INDEX bank_accounts_user_id_primary_key ON bank_accounts (user_id) WHERE is_primary;

COMMENT ON TABLE bank_accounts IS 'Bank accounts a user may withdraw to, once verified with the bank.';
COMMENT ON COLUMN bank_accounts.id IS 'Bank account id (UUID v7).';
COMMENT ON COLUMN bank_accounts.user_id IS 'Owner.';
COMMENT ON COLUMN bank_accounts.bank_code IS 'Three digits of the Central Bank of Nigeria.';
COMMENT ON COLUMN bank_accounts.bank_name IS 'Name of the bank, 1 to 100 characters.';
COMMENT ON COLUMN bank_accounts.account_number IS 'NUBAN, ten digits.';
COMMENT ON COLUMN bank_accounts.account_name IS 'Holder as the bank has it, 1 to 100 characters.';
COMMENT ON COLUMN bank_accounts.is_verified IS 'True once the bank confirmed number and holder; withdrawals need it.';
COMMENT ON COLUMN bank_accounts.is_primary IS 'The one proposed first; at most one a user.';
COMMENT ON COLUMN bank_accounts.created_at IS 'When it was added.';
COMMENT ON COLUMN bank_accounts.updated_at IS 'When the row last changed.';

CREATE TRIGGER bank_accounts_set_updated_at BEFORE UPDATE ON bank_accounts
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

GRANT SELECT ON wallets TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON wallets TO avdaily_ledger;
GRANT SELECT ON bank_accounts TO avdaily_readonly, avdaily_ledger;
-- No function moves money on these rows: the application keeps them itself. Number, code and owner never change.
GRANT SELECT, DELETE ON bank_accounts TO avdaily_app;
GRANT INSERT (id, user_id, bank_code, bank_name, account_number, account_name, is_primary) ON bank_accounts TO avdaily_app;
GRANT UPDATE (bank_name, account_name, is_verified, is_primary, updated_at) ON bank_accounts TO avdaily_app;
