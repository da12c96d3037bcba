-- 0062.create-money-checks: whatever the ledger does not explain can be listed
-- Why: money is right when every balance is the sum of its postings, every transaction says what was posted for it, and what is
--   on its way adds up to what waits. A restore gone wrong, a dropped trigger or a superuser can break that.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the view.
-- depends: 0061.create-row-checks

CREATE VIEW integrity_of_money AS
SELECT
  CASE kind
    WHEN 'wallet' THEN 'wallet_balances'
    WHEN 'receivable' THEN 'receivable_balances'
    WHEN 'plan' THEN 'plan_balances'
    ELSE 'group_deposit_balances'
  END AS name,
  row_id::text AS row_id,
  format('balance %s, postings %s', balance, posted) AS detail
FROM reconciliation
WHERE difference <> 0
UNION ALL
-- Both sides of a movement stand in one row: the sum is 0 unless a side is no registered account, or one of another currency.
SELECT 'trial_balance', currency, format('balances add up to %s', sum(balance))
FROM trial_balance
GROUP BY currency
HAVING sum(balance) <> 0
UNION ALL
-- Within one account the order of the ids is the order of its balances, and of its times: balances at a time are read by it. A time
-- that goes back is a clock that was set back, or a posting with a time of its own (a seed, a test) after a later one.
SELECT found.name, checked.entry_id::text,
  CASE found.name
    WHEN 'posting_times'
    THEN format('account %s: posted at %s, after %s', checked.account_id, checked.created_at, checked.previous_at)
    ELSE format('account %s: balance after is %s, must be %s', checked.account_id, coalesce(checked.balance_after::text, 'missing'),
      checked.expected)
  END
FROM (
  SELECT
    running.*, coalesce(running.created_at < running.previous_at, false) AS goes_back,
    running.balance_after IS DISTINCT FROM running.expected
      AND (running.balance_after IS NOT NULL OR running.kind <> 'group_pool') AS is_broken
  FROM (
    SELECT
      ledger_postings.entry_id, ledger_postings.account_id, ledger_postings.created_at, ledger_postings.balance_after,
      ledger_accounts.kind, lag(ledger_postings.created_at) OVER history AS previous_at,
      CASE ledger_accounts.normal_side WHEN 'debit' THEN -1 ELSE 1 END * sum(ledger_postings.amount) OVER history AS expected
    FROM ledger_postings
    JOIN ledger_accounts ON ledger_accounts.id = ledger_postings.account_id
    WHERE ledger_accounts.kind IN ('wallet', 'receivable', 'plan', 'group_deposit', 'group_pool')
    WINDOW history AS (PARTITION BY ledger_postings.account_id ORDER BY ledger_postings.entry_id)
  ) AS running
) AS checked
CROSS JOIN LATERAL (VALUES ('balance_sequence', checked.is_broken), ('posting_times', checked.goes_back)) AS found (name, is_found)
WHERE (checked.is_broken OR checked.goes_back) AND found.is_found
UNION ALL
-- A wallet withdrawal moves its amount twice, into clearing and out of it, and its fee on top.
SELECT 'transactions_not_as_posted', transactions.id::text,
  format('%s of %s, posted %s', transactions.type, transactions.amount, coalesce(posted.amount, 0))
FROM transactions
LEFT JOIN (
  SELECT ledger_entries.user_id, ledger_entries.transaction_id,
    sum(ledger_entries.amount) FILTER (WHERE debit_account.kind IS DISTINCT FROM 'payout_clearing') AS amount
  FROM ledger_entries
  LEFT JOIN ledger_accounts AS debit_account ON debit_account.id = ledger_entries.debit_account_id
  GROUP BY ledger_entries.user_id, ledger_entries.transaction_id
) AS posted ON posted.user_id = transactions.user_id AND posted.transaction_id = transactions.id
WHERE transactions.status = 'completed'
  AND transactions.amount + CASE transactions.type WHEN 'wallet_withdrawal' THEN transactions.fee_amount ELSE 0 END
    <> coalesce(posted.amount, 0)
UNION ALL
SELECT 'unfinished_transactions_posted', transactions.id::text,
  format('%s %s, but the accounts %s moved', transactions.status, transactions.type, moved.accounts)
FROM transactions
CROSS JOIN LATERAL (
  SELECT string_agg(account.id::text, ', ' ORDER BY account.id) AS accounts
  FROM (
    SELECT ledger_postings.account_id AS id
    FROM ledger_postings
    WHERE ledger_postings.user_id = transactions.user_id AND ledger_postings.transaction_id = transactions.id
    GROUP BY ledger_postings.account_id
    HAVING sum(ledger_postings.amount) <> 0
  ) AS account
) AS moved
WHERE transactions.status <> 'completed' AND (transactions.status, transactions.type) <> ('pending', 'wallet_withdrawal')
  AND moved.accounts IS NOT NULL
UNION ALL
SELECT 'entries_without_transaction', ledger_entries.id::text,
  format('transaction %s of user %s is not there', ledger_entries.transaction_id, ledger_entries.user_id)
FROM ledger_entries
WHERE NOT EXISTS (
  SELECT FROM transactions
  WHERE transactions.user_id = ledger_entries.user_id AND transactions.id = ledger_entries.transaction_id
)
UNION ALL
-- A transfer by its sender's transaction; a member's repayment to the organizer, which has none, by its group.
SELECT 'transfer_clearing', coalesce(transactions.transfer_id::text, transactions.metadata ->> 'group_id'),
  format('%s did not arrive', sum(ledger_postings.amount))
FROM ledger_postings
JOIN ledger_accounts ON ledger_accounts.id = ledger_postings.account_id AND ledger_accounts.kind = 'transfer_clearing'
JOIN transactions ON transactions.user_id = ledger_postings.user_id AND transactions.id = ledger_postings.transaction_id
GROUP BY coalesce(transactions.transfer_id::text, transactions.metadata ->> 'group_id')
HAVING sum(ledger_postings.amount) <> 0
UNION ALL
-- What is held for a payout is what its withdrawal asked for, until the bank has paid or refused.
SELECT 'payout_clearing', transactions.id::text,
  format('%s %s of %s, held %s', transactions.status, transactions.type, transactions.amount, coalesce(held.amount, 0))
FROM transactions
LEFT JOIN (
  SELECT ledger_postings.user_id, ledger_postings.transaction_id, sum(ledger_postings.amount) AS amount
  FROM ledger_postings
  JOIN ledger_accounts ON ledger_accounts.id = ledger_postings.account_id AND ledger_accounts.kind = 'payout_clearing'
  GROUP BY ledger_postings.user_id, ledger_postings.transaction_id
) AS held ON held.user_id = transactions.user_id AND held.transaction_id = transactions.id
WHERE coalesce(held.amount, 0)
  <> CASE WHEN (transactions.status, transactions.type) = ('pending', 'wallet_withdrawal') THEN transactions.amount ELSE 0 END
UNION ALL
-- Before its end only the target completes a plan, and then withdrawals are free: what it holds and what was taken reach it.
SELECT 'completed_plans_below_target', savings_plans.id::text,
  format('completed before %s with %s, withdrawn %s, target %s', savings_plans.end_date, savings_plans.current_amount,
    taken.amount, savings_plans.target_amount)
FROM savings_plans
CROSS JOIN LATERAL (
  SELECT coalesce(sum(transactions.amount), 0) AS amount
  FROM transactions
  WHERE transactions.user_id = savings_plans.user_id AND transactions.plan_id = savings_plans.id
    AND transactions.type = 'withdrawal' AND transactions.status = 'completed'
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal
      WHERE reversal.user_id = transactions.user_id AND reversal.reverses_id = transactions.id
    )
) AS taken
WHERE savings_plans.status = 'completed' AND savings_plans.end_date > greatest(app_today(), app_day(savings_plans.completed_at))
  AND savings_plans.current_amount + taken.amount < savings_plans.target_amount;

COMMENT ON VIEW integrity_of_money IS 'Balances, transactions and clearing accounts that the ledger does not explain: none in a sound database.';
COMMENT ON COLUMN integrity_of_money.name IS 'The check.';
COMMENT ON COLUMN integrity_of_money.row_id IS 'The row with the balance, the transaction, the entry or the currency.';
COMMENT ON COLUMN integrity_of_money.detail IS 'What it says and what the ledger says.';

GRANT SELECT ON integrity_of_money TO avdaily_readonly, avdaily_app;
