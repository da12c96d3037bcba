-- The audit log and its chain, and whether the data is sound.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.

-- name: record_audit_event(user_id, action, resource, resource_id, status, subject_user_id, metadata, ip_address, user_agent, error_message)$
-- Notes what somebody did to what; returns the number of the row. No personal data in the metadata.
-- column id: not null
-- parameter user_id: may be null
SELECT record_audit_event(
  p_user_id => :user_id, p_action => :action, p_resource => :resource, p_resource_id => :resource_id,
  p_status => coalesce(:status, 'success'), p_subject_user_id => :subject_user_id,
  p_metadata => coalesce(:metadata::jsonb, '{}'), p_ip_address => :ip_address, p_user_agent => :user_agent,
  p_error_message => :error_message
) AS id;

-- name: list_audit_events(from_at, until_at, before_at, before_id, page_size)
-- Everything that was noted in a period, from_at <= time < until_at, newest first.
SELECT a.id, a.user_id, a.subject_user_id, a.action, a.resource, a.resource_id, a.status, a.ip_address, a.metadata,
  a.error_message, a.created_at
FROM audit_log AS a
WHERE a.created_at >= :from_at AND a.created_at < :until_at
  AND (a.created_at, a.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::bigint, 9223372036854775807)
  )
ORDER BY a.created_at DESC, a.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_user_audit_events(user_id, from_at, until_at, before_at, before_id, page_size)
-- What a user did in a period, from_at <= time < until_at, newest first.
SELECT a.id, a.subject_user_id, a.action, a.resource, a.resource_id, a.status, a.ip_address, a.metadata,
  a.error_message, a.created_at
FROM audit_log AS a
WHERE a.user_id = :user_id AND a.created_at >= :from_at AND a.created_at < :until_at
  AND (a.created_at, a.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::bigint, 9223372036854775807)
  )
ORDER BY a.created_at DESC, a.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_subject_audit_events(subject_user_id, from_at, until_at, before_at, before_id, page_size)
-- What was done to a user in a period, from_at <= time < until_at, newest first.
SELECT a.id, a.user_id, a.action, a.resource, a.resource_id, a.status, a.metadata, a.error_message, a.created_at
FROM audit_log AS a
WHERE a.subject_user_id = :subject_user_id AND a.created_at >= :from_at AND a.created_at < :until_at
  AND (a.created_at, a.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::bigint, 9223372036854775807)
  )
ORDER BY a.created_at DESC, a.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_resource_audit_events(resource_id, from_at, until_at, before_at, before_id, page_size)
-- What happened to one row, such as a role or a group, in a period, from_at <= time < until_at, newest first.
SELECT a.id, a.user_id, a.subject_user_id, a.action, a.resource, a.status, a.metadata, a.error_message, a.created_at
FROM audit_log AS a
WHERE a.resource_id = :resource_id AND a.created_at >= :from_at AND a.created_at < :until_at
  AND (a.created_at, a.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::bigint, 9223372036854775807)
  )
ORDER BY a.created_at DESC, a.id DESC
LIMIT least(:page_size::int, 100);

-- name: seal_audit_log(page_size)^
-- Chains the rows that are final by hashes; keep the head somewhere else.
-- rows: exactly 1
-- column sealed_rows: not null
SELECT s.sealed_rows, s.head_id, s.head_hash
FROM seal_audit_log(p_limit => least(:page_size::int, 100000)) AS s;

-- name: verify_audit_chain(head_id, head_hash)^
-- Computes the whole chain again: whether it is intact, or the first broken row and why.
-- rows: exactly 1
-- columns is_intact, checked_rows: not null
SELECT v.is_intact, v.checked_rows, v.first_broken_id, v.reason
FROM verify_audit_chain(p_head_id => :head_id, p_head_hash => :head_hash) AS v;

-- name: check_integrity()
-- Every check of the data with how often it failed and the first rows; nothing failed in a sound database.
-- columns name, severity, findings, sample: not null
SELECT c.name, c.severity, c.count AS findings, c.sample
FROM check_integrity() AS c
ORDER BY c.name
LIMIT 1000;

-- name: reconcile_wallets()^
-- How many wallets have a balance that the ledger does not explain, and the first ten of them.
-- plan: seq scan, it compares every wallet with every posting
WITH wrong AS MATERIALIZED (
  SELECT r.row_id FROM reconciliation AS r WHERE r.kind = 'wallet' AND r.difference <> 0
)
SELECT 'wallet_balances' AS name, 'error' AS severity, (SELECT count(*) FROM wrong) AS findings,
  ARRAY(SELECT w.row_id::text FROM wrong AS w ORDER BY w.row_id LIMIT 10) AS sample;

-- name: reconcile_plans()^
-- How many plans have an amount that the ledger does not explain, and the first ten of them.
-- plan: seq scan, it compares every plan with every posting
WITH wrong AS MATERIALIZED (
  SELECT r.row_id FROM reconciliation AS r WHERE r.kind = 'plan' AND r.difference <> 0
)
SELECT 'plan_balances' AS name, 'error' AS severity, (SELECT count(*) FROM wrong) AS findings,
  ARRAY(SELECT w.row_id::text FROM wrong AS w ORDER BY w.row_id LIMIT 10) AS sample;

-- name: trial_balance()
-- Debits and credits of every kind of account; the balances of a currency add up to 0.
-- columns currency, kind, accounts, debits, credits, balance: not null
SELECT b.currency, b.kind, b.accounts, b.debits, b.credits, b.balance
FROM trial_balance() AS b
ORDER BY b.currency, b.kind
LIMIT 1000;
