-- Wallets: what is in them, and what goes in and out.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- Whatever moves money is one call of a function of the database, which checks limits, posts to the ledger and is
-- repeatable with an idempotency key; a refusal is an error of class AV (docs/sqlstates.md).

-- name: get_wallet(user_id)^
-- The wallet of one user, or nothing if the user has none.
SELECT w.id, w.user_id, w.balance, w.currency, w.is_active, w.frozen_at, w.freeze_reason, w.receivable_balance AS owed,
  w.created_at, w.updated_at
FROM wallets AS w
WHERE w.user_id = :user_id;

-- name: get_wallet_balance(user_id)^
-- Balance, how much of it can be spent, and what is on its way in and out.
SELECT w.balance, w.currency,
  CASE WHEN w.is_active AND w.receivable_balance = 0 THEN w.balance ELSE 0.00 END AS available,
  coalesce(p.incoming, 0.00) AS pending_in, coalesce(p.outgoing, 0.00) AS pending_out, w.receivable_balance AS owed
FROM wallets AS w
CROSS JOIN LATERAL (
  SELECT sum(t.amount) FILTER (WHERE t.type = 'wallet_funding') AS incoming,
    sum(t.amount + t.fee_amount) FILTER (WHERE t.type = 'wallet_withdrawal') AS outgoing
  FROM transactions AS t
  WHERE t.user_id = w.user_id AND t.status = 'pending'
) AS p
WHERE w.user_id = :user_id;

-- name: create_wallet(user_id, currency)^
-- Opens the user's wallet; the one that exists if there is one.
-- columns id, user_id, balance, currency, is_active, created_at: not null
SELECT w.id, w.user_id, w.balance, w.currency, w.is_active, w.created_at
FROM open_wallet(p_user_id => :user_id, p_currency => :currency) AS w;

-- name: fund_wallet(user_id, amount, payment_source, provider, provider_reference, idempotency_key, currency)^
-- Notes that money is coming in: a pending transaction, nothing posted yet.
-- columns id, amount, currency, type, status, payment_source, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.type, t.status, t.payment_source, t.reference, t.provider, t.provider_reference,
  t.created_at
FROM request_funding(
  p_user_id => :user_id, p_amount => :amount, p_payment_source => :payment_source, p_provider => :provider,
  p_provider_reference => :provider_reference, p_idempotency_key => :idempotency_key, p_currency => :currency
) AS t;

-- name: confirm_wallet_funding(user_id, transaction_id)^
-- The money has come: posts a pending funding once, however often it is called.
-- columns id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.status, t.reference, t.created_at, t.completed_at
FROM post_funding(p_user_id => :user_id, p_transaction_id => :transaction_id) AS t;

-- name: fail_wallet_funding(user_id, transaction_id, reason)^
-- The money will not come.
-- columns id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.status, t.reference, t.created_at, t.failed_at, t.failure_reason
FROM fail_funding(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason) AS t;

-- name: deposit_into_wallet(user_id, amount, payment_source, provider, provider_reference)^
-- Posts money that has come without being asked for, once for each reference of the provider.
-- columns id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.status, t.reference, t.created_at, t.completed_at
FROM post_deposit(
  p_user_id => :user_id, p_amount => :amount, p_payment_source => :payment_source, p_provider => :provider,
  p_provider_reference => :provider_reference
) AS t;

-- name: withdraw_wallet(user_id, amount, bank_account_id, idempotency_key)^
-- Holds money and fee for a transfer to the user's bank account; settle or void it later.
-- columns id, amount, fee_amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.fee_amount, t.currency, t.status, t.reference, t.bank_account_id, t.created_at
FROM post_withdrawal_hold(
  p_user_id => :user_id, p_amount => :amount, p_bank_account_id => :bank_account_id,
  p_idempotency_key => :idempotency_key
) AS t;

-- name: settle_withdrawal(user_id, transaction_id)^
-- The bank has the money.
-- columns id, amount, fee_amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.fee_amount, t.currency, t.status, t.reference, t.created_at, t.completed_at
FROM post_withdrawal_settlement(p_user_id => :user_id, p_transaction_id => :transaction_id) AS t;

-- name: void_withdrawal(user_id, transaction_id, reason)^
-- The bank did not take it: money and fee go back into the wallet.
-- columns id, amount, fee_amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.fee_amount, t.currency, t.status, t.reference, t.created_at, t.failed_at, t.failure_reason
FROM post_withdrawal_void(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason) AS t;

-- name: transfer_between_wallets(user_id, recipient_id, amount, description, idempotency_key)^
-- Sends money to another user; both statements show it. Returns the sender's transaction.
-- columns id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.status, t.reference, t.counterparty_id, t.created_at, t.completed_at
FROM post_transfer(
  p_user_id => :user_id, p_recipient_id => :recipient_id, p_amount => :amount, p_description => :description,
  p_idempotency_key => :idempotency_key
) AS t;

-- name: repay_debt(user_id, amount)^
-- Pays back part or all of what is owed after a chargeback.
-- columns id, amount, currency, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.status, t.reference, t.created_at
FROM post_debt_repayment(p_user_id => :user_id, p_amount => :amount) AS t;

-- name: set_wallet_active(user_id, is_active, reason)^
-- Freezes a wallet, for a reason of 10 to 500 characters, or lets money leave it again.
-- parameter reason: may be null
-- columns id, user_id, balance, currency, is_active: not null
SELECT (x.wallet).id, (x.wallet).user_id, (x.wallet).balance, (x.wallet).currency, (x.wallet).is_active,
  (x.wallet).frozen_at, (x.wallet).freeze_reason
FROM (
  SELECT CASE
      WHEN :is_active::boolean THEN unfreeze_wallet(p_user_id => :user_id)
      ELSE freeze_wallet(p_user_id => :user_id, p_reason => :reason)
    END AS wallet
) AS x;

-- name: get_wallet_statement(user_id, from_at, until_at, after_position, page_size)
-- Opening balance, each movement with the balance after it, closing balance, for from_at <= time < until_at.
-- In the order of posting; a page begins behind the last line's position, the first one without it. Days are days in
-- Lagos: a month is from its first midnight there to the next one's. Fees are lines of type fee.
-- columns line, at, position, balance: not null
SELECT s.line, s.at, s.position, s.transaction_id, s.type, s.description, s.reference, s.counterparty_id, s.amount,
  s.balance
FROM (
  SELECT w.line, w.at, w.transaction_id, w.type, w.description, w.reference, w.counterparty_id, w.amount, w.balance,
    coalesce(w.entry_id, CASE w.line WHEN 'opening' THEN 0 ELSE 9223372036854775807 END) AS position
  FROM wallet_statement(p_user_id => :user_id, p_from => :from_at, p_until => :until_at) AS w
) AS s
WHERE s.position > coalesce(:after_position::bigint, -1)
ORDER BY s.position
LIMIT least(:page_size::int, 1000);

-- name: get_wallet_balance_at(user_id, at)$
-- The balance just before a moment, by the ledger; nothing without a wallet.
SELECT wallet_balance_at(p_user_id => :user_id, p_at => :at) AS balance;

-- name: get_wallet_transaction_summary(user_id, from_at, until_at)^
-- What came in and went out in a period, from_at <= time < until_at, by the ledger.
SELECT w.currency, coalesce(sum(p.amount) FILTER (WHERE p.side = 'credit'), 0.00) AS credits,
  coalesce(-sum(p.amount) FILTER (WHERE p.side = 'debit'), 0.00) AS debits, coalesce(sum(p.amount), 0.00) AS net,
  count(p.entry_id) AS entries
FROM wallets AS w
LEFT JOIN ledger_postings AS p ON p.account_id = w.account_id AND p.currency = w.currency
  AND p.created_at >= :from_at AND p.created_at < :until_at
WHERE w.user_id = :user_id
GROUP BY w.currency;

-- name: create_bank_account(user_id, bank_code, bank_name, account_number, account_name, is_primary)<!
-- Keeps a bank account that the user may withdraw to once it is verified.
INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name, is_primary)
VALUES (:user_id, :bank_code, :bank_name, :account_number, :account_name, :is_primary)
RETURNING id, bank_code, bank_name, account_number, account_name, is_verified, is_primary, created_at;

-- name: list_bank_accounts(user_id, after_id, page_size)
-- The user's bank accounts, the oldest first; is_primary marks the one to propose.
SELECT b.id, b.bank_code, b.bank_name, b.account_number, b.account_name, b.is_verified, b.is_primary, b.created_at
FROM bank_accounts AS b
WHERE b.user_id = :user_id
  AND b.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY b.id
LIMIT least(:page_size::int, 100);

-- name: verify_bank_account(user_id, bank_account_id)!
-- The bank has confirmed whose account it is.
UPDATE bank_accounts SET is_verified = true, updated_at = now() WHERE user_id = :user_id AND id = :bank_account_id;
