-- 0060.create-reconciliation: each balance can be seen beside the sum of its postings, and the whole ledger as a trial balance
-- Why: a balance is a number that a superuser can change; the ledger says what it must be. Views, so that a later change of a
--   column that they read is refused until it changes them, too.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the views.
-- depends: 0045.create-rewards

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Signed as the ledger signs: what we owe to the user is positive, what the user owes to us negative.
CREATE VIEW owned_accounts AS
SELECT 'wallet' AS kind, user_id, id AS row_id, account_id, currency, balance::numeric AS balance
FROM wallets
UNION ALL
SELECT 'receivable', user_id, id, receivable_account_id, currency, -receivable_balance::numeric
FROM wallets
WHERE receivable_account_id IS NOT NULL
UNION ALL
SELECT 'plan', user_id, id, account_id, currency, current_amount::numeric
FROM savings_plans
UNION ALL
SELECT 'group_deposit', group_members.user_id, group_members.id, group_members.deposit_account_id, ajo_groups.currency,
  group_members.deposit_balance::numeric
FROM group_members
JOIN ajo_groups ON ajo_groups.id = group_members.group_id;

COMMENT ON VIEW owned_accounts IS 'Each account of a user with the balance that its row says; credit positive.';
COMMENT ON COLUMN owned_accounts.kind IS 'wallet, receivable, plan or group_deposit: the kind of the account.';
COMMENT ON COLUMN owned_accounts.user_id IS 'Whose account it is.';
COMMENT ON COLUMN owned_accounts.row_id IS 'The row with the balance: of wallets, savings_plans or group_members.';
COMMENT ON COLUMN owned_accounts.account_id IS 'The account in the ledger.';
COMMENT ON COLUMN owned_accounts.currency IS 'ISO 4217 code that the row says.';
COMMENT ON COLUMN owned_accounts.balance IS 'What the row says, in currency; a debt is negative.';

-- By user and account on both sides: WHERE user_id = … then reads that user's entries only, and all users are one pass.
CREATE VIEW reconciliation AS
SELECT owned_accounts.kind, owned_accounts.user_id, owned_accounts.row_id, owned_accounts.account_id, owned_accounts.currency,
  owned_accounts.balance, coalesce(posted.amount, 0) AS posted,
  owned_accounts.balance - coalesce(posted.amount, 0) AS difference
FROM owned_accounts
LEFT JOIN (
  SELECT user_id, account_id, sum(amount) AS amount
  FROM ledger_postings
  GROUP BY user_id, account_id
) AS posted ON posted.user_id = owned_accounts.user_id AND posted.account_id = owned_accounts.account_id;

COMMENT ON VIEW reconciliation IS 'Each balance beside the sum of its postings; a difference other than 0 is money that no posting explains.';
COMMENT ON COLUMN reconciliation.kind IS 'wallet, receivable, plan or group_deposit.';
COMMENT ON COLUMN reconciliation.user_id IS 'Whose balance it is.';
COMMENT ON COLUMN reconciliation.row_id IS 'The row with the balance.';
COMMENT ON COLUMN reconciliation.account_id IS 'The account in the ledger.';
COMMENT ON COLUMN reconciliation.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN reconciliation.balance IS 'What the row says; a debt is negative.';
COMMENT ON COLUMN reconciliation.posted IS 'Sum of the user''s postings on the account, credit positive.';
COMMENT ON COLUMN reconciliation.difference IS 'balance - posted: 0, or something is wrong.';

CREATE VIEW trial_balance AS
SELECT ledger_accounts.currency, ledger_accounts.kind, ledger_accounts.normal_side,
  sum(-ledger_postings.amount) FILTER (WHERE ledger_postings.amount < 0) AS debits,
  sum(ledger_postings.amount) FILTER (WHERE ledger_postings.amount > 0) AS credits,
  sum(ledger_postings.amount) AS balance
FROM ledger_postings
JOIN ledger_accounts ON ledger_accounts.id = ledger_postings.account_id
GROUP BY ledger_accounts.currency, ledger_accounts.kind, ledger_accounts.normal_side;

COMMENT ON VIEW trial_balance IS 'All postings by currency and kind of account; in each currency the balances add up to 0.';
COMMENT ON COLUMN trial_balance.currency IS 'ISO 4217 code of the accounts.';
COMMENT ON COLUMN trial_balance.kind IS 'Kind of account.';
COMMENT ON COLUMN trial_balance.normal_side IS 'Side on which accounts of this kind grow: debit or credit.';
COMMENT ON COLUMN trial_balance.debits IS 'Sum of the debits.';
COMMENT ON COLUMN trial_balance.credits IS 'Sum of the credits.';
COMMENT ON COLUMN trial_balance.balance IS 'Credits less debits.';

GRANT SELECT ON owned_accounts, reconciliation, trial_balance TO avdaily_readonly, avdaily_app;
