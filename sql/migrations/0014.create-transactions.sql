-- 0014.create-transactions: each operation with money has one row of its user, pending until it is completed, failed or cancelled
-- Why: it is what a user sees and a provider confirms; ledger_entries (0015) holds what moved. Both tell one story by id.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on "user", savings_plans and bank_accounts for foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the table.
-- depends: 0013.create-savings-plans

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE TABLE transactions (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  plan_id uuid,
  amount positive_amount NOT NULL,
  fee_amount money_amount DEFAULT 0 NOT NULL,
  penalty_amount money_amount DEFAULT 0 NOT NULL,
  currency currency_code DEFAULT 'NGN' NOT NULL,
  type transaction_type NOT NULL,
  status transaction_status DEFAULT 'pending' NOT NULL,
  payment_source payment_source NOT NULL,
  reference money_reference NOT NULL,
  description money_text,
  metadata json_map,
  provider provider_name,
  provider_reference provider_key,
  bank_account_id uuid,
  transfer_id uuid,
  counterparty_id uuid,
  reverses_id uuid,
  created_at timestamptz DEFAULT now() NOT NULL,
  completed_at timestamptz,
  failed_at timestamptz,
  cancelled_at timestamptz,
  failure_reason money_text,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT transactions_pkey PRIMARY KEY (id),
  -- Whatever belongs to a transaction refers to both columns: it cannot point at another user's.
  CONSTRAINT transactions_user_id_id_key UNIQUE (user_id, id),
  CONSTRAINT transactions_reference_key UNIQUE (reference),
  CONSTRAINT transactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT transactions_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT transactions_user_id_bank_account_id_fkey FOREIGN KEY (user_id, bank_account_id)
    REFERENCES bank_accounts (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT transactions_user_id_reverses_id_fkey FOREIGN KEY (user_id, reverses_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT
);

-- A user's history, newest first, page by page; and the day's and month's sums for the limits.
CREATE INDEX transactions_user_id_created_at_id_idx ON transactions (user_id, created_at, id);
-- The history of one plan.
CREATE INDEX transactions_user_id_plan_id_idx ON transactions (user_id, plan_id) WHERE plan_id IS NOT NULL;
-- Withdrawals to one bank account; its deletion asks.
CREATE INDEX transactions_user_id_bank_account_id_idx ON transactions (user_id, bank_account_id)
  WHERE bank_account_id IS NOT NULL;
-- Work that waits: payouts to send, fundings that nobody confirmed.
CREATE INDEX transactions_pending_type_created_at_idx ON transactions (type, created_at) WHERE status = 'pending';
-- What of one user's is on its way: get_wallet_balance, has_pending_withdrawal. Completed rows never enter it.
CREATE INDEX transactions_user_id_pending_idx ON transactions (user_id) WHERE status = 'pending';
-- A reversal happens once; an id belongs to one user, so this is unique by reverses_id alone.
CREATE UNIQUE INDEX transactions_user_id_reverses_id_key ON transactions (user_id, reverses_id) WHERE reverses_id IS NOT NULL;
-- A provider's confirmation finds its transaction, and cannot confirm two.
CREATE UNIQUE INDEX transactions_provider_provider_reference_key ON transactions (provider, provider_reference)
  WHERE provider_reference IS NOT NULL;

COMMENT ON TABLE transactions IS 'One operation of one user; pending → completed, failed or cancelled, then frozen. A correction is a reversal.';
COMMENT ON COLUMN transactions.id IS 'Transaction id (UUID v7).';
COMMENT ON COLUMN transactions.user_id IS 'Whose operation it is.';
COMMENT ON COLUMN transactions.plan_id IS 'The savings plan concerned, of the same user.';
COMMENT ON COLUMN transactions.amount IS 'What the user asked for, in currency, positive; the direction follows from type, transfer_id and the ledger.';
COMMENT ON COLUMN transactions.fee_amount IS 'Fee, in currency: on top of amount for a wallet withdrawal, out of amount for a plan withdrawal or a payout.';
COMMENT ON COLUMN transactions.penalty_amount IS 'Penalty for an early plan withdrawal, out of amount, in currency.';
COMMENT ON COLUMN transactions.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN transactions.type IS 'What kind of operation it is.';
COMMENT ON COLUMN transactions.status IS 'pending, completed, failed or cancelled.';
COMMENT ON COLUMN transactions.payment_source IS 'Where the money comes from: wallet, bank_transfer, debit_card, cash, ussd or system.';
COMMENT ON COLUMN transactions.reference IS 'Unique name for people and other systems: kind, owner''s id and the operation''s own id or day.';
COMMENT ON COLUMN transactions.description IS 'What the user reads, 1 to 255 characters.';
COMMENT ON COLUMN transactions.metadata IS 'Further facts as a JSON object; no rule reads it.';
COMMENT ON COLUMN transactions.provider IS 'Payment provider, lower case.';
COMMENT ON COLUMN transactions.provider_reference IS 'The provider''s own name for it; set once, unique by provider.';
COMMENT ON COLUMN transactions.bank_account_id IS 'Where a wallet withdrawal goes, of the same user.';
COMMENT ON COLUMN transactions.transfer_id IS 'The same on both sides of a transfer: the id of the sender''s row; so the sender has transfer_id = id.';
-- No foreign key: the other side's own row refers to that user, so the user cannot vanish, and a check a row is saved.
COMMENT ON COLUMN transactions.counterparty_id IS 'The user on the other side of a transfer.';
COMMENT ON COLUMN transactions.reverses_id IS 'The transaction that this reversal undoes, of the same user; unique.';
COMMENT ON COLUMN transactions.created_at IS 'When it was asked for; decides its Lagos day for the limits.';
COMMENT ON COLUMN transactions.completed_at IS 'When it was completed.';
COMMENT ON COLUMN transactions.failed_at IS 'When it failed.';
COMMENT ON COLUMN transactions.cancelled_at IS 'When it was cancelled.';
COMMENT ON COLUMN transactions.failure_reason IS 'Why it failed or was cancelled, 1 to 255 characters.';
COMMENT ON COLUMN transactions.updated_at IS 'When the row last changed.';

-- While pending, a provider's name and reference may be learnt; else only the end and its time are written.
CREATE FUNCTION refuse_transaction_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.* IS NOT DISTINCT FROM NEW.* OR OLD.status = 'pending' AND (
    OLD.id, OLD.user_id, OLD.plan_id, OLD.amount, OLD.fee_amount, OLD.penalty_amount, OLD.currency, OLD.type,
    OLD.payment_source, OLD.reference, OLD.description, OLD.metadata, OLD.bank_account_id, OLD.transfer_id,
    OLD.counterparty_id, OLD.reverses_id, OLD.created_at,
    coalesce(OLD.provider, NEW.provider), coalesce(OLD.provider_reference, NEW.provider_reference)
  ) IS NOT DISTINCT FROM (
    NEW.id, NEW.user_id, NEW.plan_id, NEW.amount, NEW.fee_amount, NEW.penalty_amount, NEW.currency, NEW.type,
    NEW.payment_source, NEW.reference, NEW.description, NEW.metadata, NEW.bank_account_id, NEW.transfer_id,
    NEW.counterparty_id, NEW.reverses_id, NEW.created_at, NEW.provider, NEW.provider_reference
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'cannot change transaction %: it is % and only a pending one is completed, failed or cancelled', OLD.id, OLD.status
    USING ERRCODE = 'AV092',  -- transaction_frozen
      DETAIL = json_build_object('transaction_id', OLD.id, 'status', OLD.status)::text,
      HINT = 'Correct a completed transaction with post_reversal().';
END $$;

COMMENT ON FUNCTION refuse_transaction_change() IS 'Trigger: refuses with AV092 what is no step from pending to an end.';

CREATE TRIGGER transactions_refuse_change BEFORE UPDATE ON transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_transaction_change();
-- A trigger for the reason given in 0012.
CREATE FUNCTION check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN NEW.plan_id IS NULL AND NEW.type IN ('contribution', 'auto_save', 'withdrawal', 'interest', 'penalty')
    THEN 'transactions_plan_of_type_check'
    WHEN (NEW.completed_at IS NOT NULL, NEW.failed_at IS NOT NULL, NEW.cancelled_at IS NOT NULL)
      <> (NEW.status = 'completed', NEW.status = 'failed', NEW.status = 'cancelled')
    THEN 'transactions_end_time_of_status_check'
    WHEN num_nulls(NEW.transfer_id, NEW.counterparty_id) = 1 OR NEW.type = 'transfer' AND NEW.transfer_id IS NULL
    THEN 'transactions_transfer_names_both_sides_check'
    WHEN NEW.counterparty_id = NEW.user_id
    THEN 'transactions_transfer_to_another_user_check'
    WHEN (NEW.reverses_id IS NOT NULL) <> (NEW.type = 'reversal')
    THEN 'transactions_reverses_id_of_type_check'
    WHEN NEW.failure_reason IS NOT NULL AND NEW.status NOT IN ('failed', 'cancelled')
    THEN 'transactions_failure_reason_of_status_check'
    WHEN NEW.provider_reference IS NOT NULL AND NEW.provider IS NULL
    THEN 'transactions_provider_reference_needs_provider_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the row of "transactions" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'transactions', CONSTRAINT = v_rule;
END $$;

COMMENT ON FUNCTION check_transaction() IS 'Trigger: the rules about several columns of a transaction; refuses with 23514 and the rule''s name, as a CHECK does.';

CREATE TRIGGER transactions_check BEFORE INSERT OR UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION check_transaction();
CREATE TRIGGER transactions_refuse_delete BEFORE DELETE ON transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change('transactions');
CREATE TRIGGER transactions_refuse_truncate BEFORE TRUNCATE ON transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('transactions');
CREATE TRIGGER transactions_set_updated_at BEFORE UPDATE ON transactions
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();

GRANT SELECT ON transactions TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON transactions TO avdaily_ledger;
