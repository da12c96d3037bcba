-- 0015.create-ledger: each movement of money is one row that names a debit and a credit account, and never changes
-- Why: one row with both sides balances by construction; no client can write half of a movement, nor alter one.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on transactions and ledger_accounts for foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the view and the table.
-- depends: 0014.create-transactions

CREATE TABLE ledger_entries (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  user_id uuid NOT NULL,
  transaction_id uuid NOT NULL,
  debit_account_id uuid NOT NULL,
  credit_account_id uuid NOT NULL,
  amount positive_amount NOT NULL,
  debit_balance_after money_amount,
  credit_balance_after money_amount,
  currency currency_code NOT NULL,
  CONSTRAINT ledger_entries_pkey PRIMARY KEY (id),
  CONSTRAINT ledger_entries_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT,
  -- With the currency in both keys, an entry cannot join accounts of different currencies.
  CONSTRAINT ledger_entries_currency_debit_account_id_fkey FOREIGN KEY (currency, debit_account_id)
    REFERENCES ledger_accounts (currency, id) ON DELETE RESTRICT,
  CONSTRAINT ledger_entries_currency_credit_account_id_fkey FOREIGN KEY (currency, credit_account_id)
    REFERENCES ledger_accounts (currency, id) ON DELETE RESTRICT,
  CONSTRAINT ledger_entries_two_accounts_check CHECK (debit_account_id <> credit_account_id)
);

-- What a transaction moved.
CREATE INDEX ledger_entries_user_id_transaction_id_idx ON ledger_entries (user_id, transaction_id);
-- The postings of an account since a moment: statements, balances at a time, daily balances; and the foreign keys.
CREATE INDEX ledger_entries_debit_account_id_currency_created_at_idx
  ON ledger_entries (debit_account_id, currency, created_at);
CREATE INDEX ledger_entries_credit_account_id_currency_created_at_idx
  ON ledger_entries (credit_account_id, currency, created_at);

COMMENT ON TABLE ledger_entries IS 'The ledger: one row a movement, append-only, written by post_* functions only.';
COMMENT ON COLUMN ledger_entries.id IS 'Order of posting; within one account the order of its balances.';
COMMENT ON COLUMN ledger_entries.created_at IS 'When it was posted, read while its accounts were locked: within one account as ordered as the ids.';
COMMENT ON COLUMN ledger_entries.user_id IS 'The user whose operation it is.';
COMMENT ON COLUMN ledger_entries.transaction_id IS 'The operation, of the same user.';
COMMENT ON COLUMN ledger_entries.debit_account_id IS 'Account on the debit side: for accounts of users, where the money leaves.';
COMMENT ON COLUMN ledger_entries.credit_account_id IS 'Account on the credit side: for accounts of users, where the money arrives.';
COMMENT ON COLUMN ledger_entries.amount IS 'What moved, in currency, positive.';
COMMENT ON COLUMN ledger_entries.debit_balance_after IS 'Balance of the debit account after it; NULL for accounts without a balance row.';
COMMENT ON COLUMN ledger_entries.credit_balance_after IS 'Balance of the credit account after it; NULL for accounts without a balance row.';
COMMENT ON COLUMN ledger_entries.currency IS 'ISO 4217 code of both accounts.';

CREATE TRIGGER ledger_entries_refuse_change BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change('ledger_entries');
CREATE TRIGGER ledger_entries_refuse_truncate BEFORE TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('ledger_entries');

-- UNION ALL, so that a question about one account reaches the index of each side.
CREATE VIEW ledger_postings AS
SELECT
  id AS entry_id, created_at, user_id, transaction_id, debit_account_id AS account_id, 'debit' AS side,
  credit_account_id AS counter_account_id, -amount::numeric AS amount, debit_balance_after AS balance_after, currency
FROM ledger_entries
UNION ALL
SELECT
  id, created_at, user_id, transaction_id, credit_account_id, 'credit', debit_account_id, amount::numeric,
  credit_balance_after, currency
FROM ledger_entries;

COMMENT ON VIEW ledger_postings IS 'The ledger as signed legs, two a movement: credit positive, debit negative; the sum of all is zero.';
COMMENT ON COLUMN ledger_postings.entry_id IS 'The movement: ledger_entries.id.';
COMMENT ON COLUMN ledger_postings.created_at IS 'When it was posted.';
COMMENT ON COLUMN ledger_postings.user_id IS 'The user whose operation it is.';
COMMENT ON COLUMN ledger_postings.transaction_id IS 'The operation.';
COMMENT ON COLUMN ledger_postings.account_id IS 'The account of this leg.';
COMMENT ON COLUMN ledger_postings.side IS 'debit or credit.';
COMMENT ON COLUMN ledger_postings.counter_account_id IS 'The account of the other leg.';
COMMENT ON COLUMN ledger_postings.amount IS 'Signed amount: credit positive, debit negative.';
COMMENT ON COLUMN ledger_postings.balance_after IS 'Balance of the account after it; NULL for accounts without a balance row.';
COMMENT ON COLUMN ledger_postings.currency IS 'ISO 4217 code.';

GRANT SELECT ON ledger_entries TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON ledger_entries TO avdaily_ledger;
GRANT SELECT ON ledger_postings TO avdaily_app, avdaily_readonly, avdaily_ledger;
