-- 0063.create-group-checks: groups whose totals, pool or payments the ledger does not explain can be listed
-- Why: a pool belongs to many, so it is checked from three sides: the group's totals, the rounds, and each member's payments.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the views.
-- depends: 0062.create-money-checks

CREATE VIEW group_pool_postings AS
SELECT ajo_groups.id AS group_id, ledger_postings.entry_id, ledger_postings.amount, transactions.type AS transaction_type,
  counter_account.kind AS counter_kind,
  sum(ledger_postings.amount) OVER (PARTITION BY ajo_groups.id ORDER BY ledger_postings.entry_id) AS pool_balance,
  lead(ledger_postings.transaction_id) OVER (PARTITION BY ajo_groups.id ORDER BY ledger_postings.entry_id)
    IS DISTINCT FROM ledger_postings.transaction_id AS is_last_of_transaction
FROM ajo_groups
JOIN ledger_postings ON ledger_postings.account_id = ajo_groups.pool_account_id
LEFT JOIN transactions
  ON transactions.user_id = ledger_postings.user_id AND transactions.id = ledger_postings.transaction_id
LEFT JOIN ledger_accounts AS counter_account ON counter_account.id = ledger_postings.counter_account_id;

COMMENT ON VIEW group_pool_postings IS 'What went into and out of each group''s pool, with the running balance that no row keeps.';
COMMENT ON COLUMN group_pool_postings.group_id IS 'The group.';
COMMENT ON COLUMN group_pool_postings.entry_id IS 'The movement: ledger_entries.id.';
COMMENT ON COLUMN group_pool_postings.amount IS 'Into the pool positive, out of it negative; in the group''s currency.';
COMMENT ON COLUMN group_pool_postings.transaction_type IS 'Type of the transaction that moved it.';
COMMENT ON COLUMN group_pool_postings.counter_kind IS 'Kind of the other account.';
COMMENT ON COLUMN group_pool_postings.pool_balance IS 'What the pool holds after it.';
COMMENT ON COLUMN group_pool_postings.is_last_of_transaction IS 'Whether the next movement of the pool belongs to another transaction.';

CREATE VIEW integrity_of_groups AS
SELECT 'group_totals' AS name, ajo_groups.id::text AS row_id,
  format(
    'collected %s, disbursed %s, fees %s, refunded %s; posted %s, %s, %s, %s', total_collected, total_disbursed, total_fees,
    total_refunded, pool.collected, pool.disbursed, pool.fees, pool.refunded
  ) AS detail
FROM ajo_groups
LEFT JOIN (
  SELECT group_id,
    coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS collected,
    coalesce(-sum(amount) FILTER (WHERE amount < 0 AND counter_kind = 'wallet' AND transaction_type = 'group_payout'), 0)
      AS disbursed,
    coalesce(-sum(amount) FILTER (WHERE amount < 0 AND counter_kind = 'fee_income'), 0) AS fees,
    coalesce(-sum(amount) FILTER (WHERE amount < 0 AND transaction_type = 'refund'), 0) AS refunded
  FROM group_pool_postings
  GROUP BY group_id
) AS pool ON pool.group_id = ajo_groups.id
WHERE (total_collected, total_disbursed, total_fees, total_refunded) IS DISTINCT FROM (
  coalesce(pool.collected, 0), coalesce(pool.disbursed, 0), coalesce(pool.fees, 0), coalesce(pool.refunded, 0)
)
UNION ALL
-- After each payout the pool is empty; between payouts it holds what the open round has collected.
SELECT 'group_pools', ajo_groups.id::text,
  format('holds %s for %s collected; not empty after %s payouts', pool.balance, rounds.collected, pool.unfinished)
FROM ajo_groups
CROSS JOIN LATERAL (
  SELECT coalesce(sum(collected), 0) AS collected
  FROM ajo_rounds
  WHERE ajo_rounds.group_id = ajo_groups.id AND ajo_rounds.status = 'open'
) AS rounds
JOIN (
  SELECT group_id, sum(amount) AS balance,
    count(*) FILTER (WHERE transaction_type = 'group_payout' AND is_last_of_transaction AND pool_balance <> 0) AS unfinished
  FROM group_pool_postings
  GROUP BY group_id
) AS pool ON pool.group_id = ajo_groups.id
WHERE pool.balance <> rounds.collected OR pool.unfinished > 0
UNION ALL
SELECT 'group_round_totals', ajo_rounds.id::text,
  format('collected %s of %s, the contributions say %s of %s', ajo_rounds.collected, ajo_rounds.expected, paid.collected,
    paid.expected)
FROM ajo_rounds
CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount), 0) AS expected,
    coalesce(sum(amount) FILTER (WHERE status IN ('completed', 'covered')), 0) AS collected
  FROM group_contributions
  WHERE group_contributions.group_id = ajo_rounds.group_id AND group_contributions.round = ajo_rounds.round
    AND group_contributions.status IN ('pending', 'late', 'completed', 'covered')
) AS paid
WHERE (ajo_rounds.collected, ajo_rounds.expected) IS DISTINCT FROM (paid.collected, paid.expected)
UNION ALL
-- What a member paid, the deposit included, and what he covered for others and did not get back yet. On cancellation members
-- settle with each other beside the contributions: those groups are left out.
SELECT 'group_member_totals', group_members.id::text,
  format('contributed %s, the contributions say %s', total_contributed, paid.amount)
FROM group_members
JOIN ajo_groups ON ajo_groups.id = group_members.group_id AND ajo_groups.status <> 'cancelled'
CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount), 0) AS amount
  FROM group_contributions
  WHERE group_contributions.group_id = group_members.group_id
    AND CASE group_contributions.status
      WHEN 'completed' THEN group_contributions.user_id
      WHEN 'covered' THEN group_contributions.covered_by
    END = group_members.user_id
) AS paid
WHERE group_members.total_contributed <> paid.amount
UNION ALL
SELECT 'group_payments_not_as_posted', payment.row_id::text,
  format('%s of %s, transaction %s of %s is %s', payment.kind, payment.amount, coalesce(payment.transaction_id::text, '-'),
    coalesce(transactions.amount::text, '-'), coalesce(transactions.status, 'not there'))
FROM (
  SELECT 'contribution' AS kind, id AS row_id, user_id, transaction_id, amount
  FROM group_contributions
  WHERE status = 'completed'
  UNION ALL
  SELECT 'cover', id, covered_by, cover_transaction_id, amount
  FROM group_contributions
  WHERE status = 'covered'
  UNION ALL
  SELECT 'payout', id, user_id, transaction_id, amount
  FROM group_payouts
  WHERE status = 'completed'
) AS payment
LEFT JOIN transactions
  ON transactions.user_id = payment.user_id AND transactions.id = payment.transaction_id
WHERE (transactions.status, transactions.amount) IS DISTINCT FROM ('completed', payment.amount);

COMMENT ON VIEW integrity_of_groups IS 'Totals, pools, rounds and payments of groups that do not agree: none in a sound database.';
COMMENT ON COLUMN integrity_of_groups.name IS 'The check.';
COMMENT ON COLUMN integrity_of_groups.row_id IS 'The group, round, member, contribution or payout.';
COMMENT ON COLUMN integrity_of_groups.detail IS 'What it says and what the ledger says.';

GRANT SELECT ON group_pool_postings, integrity_of_groups TO avdaily_readonly, avdaily_app;
