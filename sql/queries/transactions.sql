-- Transactions: reading them, ending what is pending, and the inbox of payment providers.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- Lists are pages, newest first: a page begins behind before_at and before_id, the first one without them.
-- amount has no sign. wallet_change is what a transaction put into the user's wallet, negative what it took out, fees
-- and penalties included; 0 while nothing has moved, and again when all of it came back.

-- name: get_transaction(user_id, transaction_id)^
-- One transaction of the user.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.metadata, t.provider,
  t.provider_reference, t.bank_account_id, t.counterparty_id, t.reverses_id, t.created_at, t.completed_at, t.failed_at,
  t.cancelled_at, t.failure_reason, t.updated_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.id = :transaction_id;

-- name: get_transaction_by_reference(user_id, reference)^
-- The user's transaction with this reference.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.created_at, t.completed_at,
  t.failed_at, t.cancelled_at, t.failure_reason
FROM transactions AS t
WHERE t.reference = :reference AND t.user_id = :user_id;

-- name: get_transaction_by_provider_reference(provider, provider_reference)^
-- The transaction that a provider's message is about, and whose it is.
SELECT t.id, t.user_id, t.amount, t.currency, t.type, t.status, t.reference, t.created_at
FROM transactions AS t
WHERE t.provider = :provider AND t.provider_reference = :provider_reference;

-- name: list_user_transactions(user_id, before_at, before_id, page_size)
-- All transactions of the user.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.counterparty_id, t.reverses_id,
  t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_plan_transactions(user_id, plan_id, before_at, before_id, page_size)
-- The transactions of one plan of the user; plan_change is what each put into the plan, negative what it took out.
-- columns plan_change: not null
SELECT t.id, t.amount, t.fee_amount, t.penalty_amount, plan_change(t.user_id, t.plan_id, t.id) AS plan_change,
  t.currency, t.type, t.status, t.reference, t.description, t.reverses_id, t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.plan_id = :plan_id
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_transactions_by_status(user_id, status, before_at, before_id, page_size)
-- The user's transactions in one state: pending, completed, failed or cancelled.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.counterparty_id, t.reverses_id,
  t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.status = :status
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_transactions_by_type(user_id, type, before_at, before_id, page_size)
-- The user's transactions of one type, such as contribution or wallet_funding.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.counterparty_id, t.reverses_id,
  t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.type = :type
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_transactions_by_source(user_id, payment_source, before_at, before_id, page_size)
-- The user's transactions by where the money came from, such as wallet or bank_transfer.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.counterparty_id, t.reverses_id,
  t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.payment_source = :payment_source
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: get_transaction_history(user_id, from_at, until_at, type, status, before_at, before_id, page_size)
-- The user's transactions of a period, from_at <= time < until_at, of one type and state if they are given.
-- columns wallet_change: not null
SELECT t.id, t.plan_id, t.amount, t.fee_amount, t.penalty_amount, wallet_change(t.user_id, t.id) AS wallet_change,
  t.currency, t.type, t.status, t.payment_source, t.reference, t.description, t.counterparty_id, t.reverses_id,
  t.created_at, t.completed_at
FROM transactions AS t
WHERE t.user_id = :user_id AND t.created_at >= coalesce(:from_at::timestamptz, '-infinity')
  AND t.created_at < coalesce(:until_at::timestamptz, 'infinity') AND t.type = coalesce(:type::text, t.type)
  AND t.status = coalesce(:status::text, t.status)
  AND (t.created_at, t.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT least(:page_size::int, 100);

-- name: complete_transaction(user_id, transaction_id)^
-- Ends a pending funding or withdrawal well: posts what came in, or settles what went out.
-- columns id, amount, currency, type, status, reference: not null
SELECT (x.result).id, (x.result).amount, (x.result).currency, (x.result).type, (x.result).status, (x.result).reference,
  (x.result).completed_at
FROM (
  SELECT CASE (SELECT t.type FROM transactions AS t WHERE t.user_id = :user_id AND t.id = :transaction_id)
      WHEN 'wallet_funding' THEN post_funding(p_user_id => :user_id, p_transaction_id => :transaction_id)
      ELSE post_withdrawal_settlement(p_user_id => :user_id, p_transaction_id => :transaction_id)
    END AS result
) AS x;

-- name: fail_transaction(user_id, transaction_id, reason)^
-- Ends a pending funding or withdrawal badly; what was held goes back into the wallet.
-- columns id, amount, currency, type, status, reference: not null
SELECT (x.result).id, (x.result).amount, (x.result).currency, (x.result).type, (x.result).status, (x.result).reference,
  (x.result).failed_at, (x.result).failure_reason
FROM (
  SELECT CASE (SELECT t.type FROM transactions AS t WHERE t.user_id = :user_id AND t.id = :transaction_id)
      WHEN 'wallet_funding'
        THEN fail_funding(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason)
      ELSE post_withdrawal_void(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason)
    END AS result
) AS x;

-- name: cancel_transaction(user_id, transaction_id)^
-- The user takes a withdrawal back that has not been sent yet.
-- columns id, amount, currency, type, status, reference: not null
SELECT t.id, t.amount, t.currency, t.type, t.status, t.reference, t.cancelled_at
FROM post_withdrawal_cancellation(p_user_id => :user_id, p_transaction_id => :transaction_id) AS t;

-- name: reverse_transaction(user_id, transaction_id, reason)^
-- Undoes a completed transaction by a new one with opposite postings, once; returns the new one.
-- columns id, amount, currency, type, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.type, t.status, t.reference, t.reverses_id, t.created_at
FROM post_reversal(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason) AS t;

-- name: charge_back_funding(user_id, transaction_id, reason)^
-- The provider took a funding back: out of the wallet, and what that cannot give is owed.
-- columns id, amount, currency, type, status, reference, created_at: not null
SELECT t.id, t.amount, t.currency, t.type, t.status, t.reference, t.reverses_id, t.created_at
FROM post_chargeback(p_user_id => :user_id, p_transaction_id => :transaction_id, p_reason => :reason) AS t;

-- name: get_daily_transaction_total(user_id, types, day)$
-- The sum of the user's completed transactions of these types on one day in Lagos.
-- Of transfers what was sent. What was reversed does not count.
SELECT coalesce(sum(t.amount), 0.00) AS total
FROM transactions AS t
WHERE t.user_id = :user_id AND t.status = 'completed' AND t.type = ANY(:types::text[])
  AND (t.type <> 'transfer' OR t.transfer_id = t.id)
  AND t.created_at >= app_day_start(:day::date) AND t.created_at < app_day_start(:day::date + 1)
  AND NOT EXISTS (
    SELECT FROM transactions AS v WHERE v.user_id = t.user_id AND v.reverses_id = t.id AND v.status = 'completed'
  );

-- name: get_monthly_transaction_total(user_id, types, day)$
-- The sum of the user's completed transactions of these types in the Lagos month of a day.
-- Of transfers what was sent. What was reversed does not count.
SELECT coalesce(sum(t.amount), 0.00) AS total
FROM transactions AS t
WHERE t.user_id = :user_id AND t.status = 'completed' AND t.type = ANY(:types::text[])
  AND (t.type <> 'transfer' OR t.transfer_id = t.id)
  AND t.created_at >= app_day_start(date_trunc('month', :day::date::timestamp)::date)
  AND t.created_at < app_day_start((date_trunc('month', :day::date::timestamp) + interval '1 month')::date)
  AND NOT EXISTS (
    SELECT FROM transactions AS v WHERE v.user_id = t.user_id AND v.reverses_id = t.id AND v.status = 'completed'
  );

-- name: get_withdrawal_usage(user_id, plan_id)
-- What the user has withdrawn to the bank this day, week (from Monday) and month, beside what is allowed; and out of
-- one plan, or of all of them without plan_id. What was reversed does not count.
SELECT l.period, l.max_count, l.max_amount, count(t.id) FILTER (WHERE t.type = 'wallet_withdrawal') AS used_count,
  coalesce(sum(t.amount) FILTER (WHERE t.type = 'wallet_withdrawal'), 0.00) AS used_amount,
  count(t.id) FILTER (WHERE t.type = 'withdrawal' AND t.plan_id = coalesce(:plan_id::uuid, t.plan_id)) AS plan_count,
  coalesce(
    sum(t.amount) FILTER (WHERE t.type = 'withdrawal' AND t.plan_id = coalesce(:plan_id::uuid, t.plan_id)), 0.00
  ) AS plan_amount
FROM withdrawal_limits AS l
LEFT JOIN transactions AS t ON t.user_id = :user_id AND t.type IN ('wallet_withdrawal', 'withdrawal')
  AND t.status IN ('pending', 'completed')
  AND t.created_at >= app_day_start(date_trunc(l.period, app_today()::timestamp)::date)
  AND NOT EXISTS (
    SELECT FROM transactions AS v WHERE v.user_id = t.user_id AND v.reverses_id = t.id AND v.status = 'completed'
  )
GROUP BY l.period, l.max_count, l.max_amount
ORDER BY l.max_amount, l.period
LIMIT 10;

-- name: has_pending_withdrawal(user_id)$
-- Whether a withdrawal of the user waits for the bank.
SELECT EXISTS (
  SELECT FROM transactions AS t
  WHERE t.user_id = :user_id AND t.type = 'wallet_withdrawal' AND t.status = 'pending'
) AS is_pending;

-- name: list_stale_transactions(type, older_than, after_at, after_id, page_size)
-- Pending transactions of one type that are older than an interval, of all users, the oldest first.
SELECT t.id, t.user_id, t.amount, t.currency, t.type, t.provider, t.provider_reference, t.reference, t.created_at
FROM transactions AS t
WHERE t.status = 'pending' AND t.type = :type AND t.created_at < now() - :older_than::interval
  AND (t.created_at, t.id) > (
    coalesce(:after_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY t.created_at, t.id
LIMIT least(:page_size::int, 100);

-- name: claim_transactions_for_processing(provider, page_size)
-- Gives a worker pending withdrawals to send through a provider; two workers never get the same one.
-- columns id, user_id, amount, fee_amount, currency, reference, created_at: not null
SELECT t.id, t.user_id, t.amount, t.fee_amount, t.currency, t.reference, t.bank_account_id, t.created_at
FROM claim_withdrawals(p_provider => :provider, p_limit => least(:page_size::int, 100)) AS t
ORDER BY t.created_at, t.id
LIMIT 100;

-- name: record_payment_event(provider, event_id, event_type, payload, provider_reference, amount, currency)^
-- Keeps a provider's message; the same message again gives the row of the first time.
-- columns id, provider, event_id, event_type, status, created_at: not null
SELECT e.id, e.provider, e.event_id, e.event_type, e.status, e.result, e.created_at, e.processed_at
FROM record_payment_event(
  p_provider => :provider, p_event_id => :event_id, p_event_type => :event_type, p_payload => :payload,
  p_provider_reference => :provider_reference, p_amount => :amount, p_currency => :currency
) AS e;

-- name: process_payment_event(event_id)^
-- Does what a kept message asks for, once.
-- columns id, event_type, status: not null
SELECT e.id, e.event_type, e.status, e.result, e.processed_at
FROM process_payment_event(p_id => :event_id) AS e;

-- name: list_unprocessed_payment_events(after_at, after_id, page_size)
-- Messages of providers that were kept and not acted upon yet, the oldest first.
SELECT e.id, e.provider, e.event_id, e.event_type, e.provider_reference, e.amount, e.currency, e.created_at
FROM payment_events AS e
WHERE e.status = 'received'
  AND (e.created_at, e.id) > (
    coalesce(:after_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY e.created_at, e.id
LIMIT least(:page_size::int, 100);

-- name: reserve_idempotency_key(user_id, key, operation, request)^
-- Takes a key for work that no function does, such as a call of a provider. With is_new do it and complete the key;
-- else result_id says what it led to, None while it is not done. Functions that move money take their keys themselves.
-- rows: exactly 1
-- columns is_new, created_at: not null
SELECT r.is_new, r.result_id, r.created_at
FROM reserve_idempotency_key(
  p_user_id => :user_id, p_key => :key, p_operation => :operation, p_request => :request
) AS r;

-- name: complete_idempotency_key(user_id, key, result_id)$
-- Notes what the work under a reserved key led to; false if there is no such key, or it is complete.
-- column was_reserved: not null
SELECT complete_idempotency_key(p_user_id => :user_id, p_key => :key, p_result_id => :result_id) AS was_reserved;

-- name: delete_idempotency_keys(before_at, page_size)$
-- Forgets keys that no client repeats any more; returns how many. Call it until it returns 0.
-- column keys: not null
SELECT delete_idempotency_keys(p_before => :before_at, p_limit => least(:page_size::int, 10000)) AS keys;
