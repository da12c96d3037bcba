-- 0064.create-check-integrity: one call tells whether the data is sound, and names the rows that are not
-- Why: the original's checker had a --fix that deleted wallets, plans and transactions. This one reads, and a person decides.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the function and the view.
-- depends: 0063.create-group-checks

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE VIEW integrity_findings AS
SELECT name, row_id, detail FROM integrity_of_rows
UNION ALL
SELECT name, row_id, detail FROM integrity_of_money
UNION ALL
SELECT name, row_id, detail FROM integrity_of_groups
UNION ALL
SELECT name, row_id, detail FROM integrity_of_schema;

COMMENT ON VIEW integrity_findings IS 'Everything that the integrity checks find; WHERE name = ''…'' runs that check only.';
COMMENT ON COLUMN integrity_findings.name IS 'The check.';
COMMENT ON COLUMN integrity_findings.row_id IS 'The row: its id, or the name of what has none.';
COMMENT ON COLUMN integrity_findings.detail IS 'What is wrong with it.';

-- One statement sees one moment: checks run while money moves, and take no lock.
CREATE FUNCTION check_integrity() RETURNS TABLE (name text, severity text, count bigint, sample text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT checks.name, checks.severity, count(findings.row_id),
    coalesce((array_agg(findings.row_id ORDER BY findings.row_id) FILTER (WHERE findings.row_id IS NOT NULL))[1:5], '{}')
  FROM (
    VALUES
      (1, 'wallets_without_user', 'error'),
      (2, 'plans_without_user', 'error'),
      (3, 'transactions_without_owner', 'error'),
      (4, 'group_members_without_owner', 'error'),
      (5, 'wallets_below_zero', 'error'),
      (6, 'plan_dates_reversed', 'error'),
      (7, 'kyc_tier_unknown', 'error'),
      (8, 'group_member_counts', 'error'),
      (9, 'transaction_amounts_not_positive', 'error'),
      (10, 'plan_balances', 'error'),
      (11, 'analytics_plan_counts', 'warning'),
      (12, 'foreign_keys_without_index', 'info'),
      (13, 'statistics_outdated', 'info'),
      (14, 'wallet_balances', 'error'),
      (15, 'receivable_balances', 'error'),
      (16, 'group_deposit_balances', 'error'),
      (17, 'trial_balance', 'error'),
      (18, 'balance_sequence', 'error'),
      (19, 'posting_times', 'info'),
      (20, 'transactions_not_as_posted', 'error'),
      (21, 'unfinished_transactions_posted', 'error'),
      (22, 'entries_without_transaction', 'error'),
      (23, 'transfer_clearing', 'error'),
      (24, 'payout_clearing', 'error'),
      (25, 'completed_plans_below_target', 'error'),
      (26, 'group_totals', 'error'),
      (27, 'group_pools', 'error'),
      (28, 'group_round_totals', 'error'),
      (29, 'group_member_totals', 'error'),
      (30, 'group_payments_not_as_posted', 'error'),
      (31, 'audit_chain', 'error'),
      (32, 'guards_disabled', 'error')
  ) AS checks (position, name, severity)
  LEFT JOIN integrity_findings AS findings ON findings.name = checks.name
  GROUP BY checks.position, checks.name, checks.severity
  ORDER BY checks.position
$$;

COMMENT ON FUNCTION check_integrity() IS
  'One row a check: error, warning or info, how many rows it found, the first five of them. Changes nothing.';

GRANT SELECT ON integrity_findings TO avdaily_readonly, avdaily_app;
GRANT EXECUTE ON FUNCTION check_integrity() TO avdaily_readonly, avdaily_app;
