-- 0061.create-row-checks: rows without an owner, rows that break a rule, and an unguarded schema can be listed
-- Why: constraints and triggers forbid each of these. A restore gone wrong, a dropped constraint or a superuser can still make
--   them. These views find what got in, and change nothing.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the views.
-- depends: 0060.create-reconciliation

-- One branch a check: a query with WHERE name = '…' runs that one only.
CREATE VIEW integrity_of_rows AS
SELECT 'wallets_without_user' AS name, wallets.id::text AS row_id, format('user %s is not there', wallets.user_id) AS detail
FROM wallets
WHERE NOT EXISTS (SELECT FROM "user" WHERE "user".id = wallets.user_id)
UNION ALL
SELECT 'plans_without_user', savings_plans.id::text, format('user %s is not there', savings_plans.user_id)
FROM savings_plans
WHERE NOT EXISTS (SELECT FROM "user" WHERE "user".id = savings_plans.user_id)
UNION ALL
SELECT 'transactions_without_owner', transactions.id::text,
  format('user %s or plan %s is not there', transactions.user_id, coalesce(transactions.plan_id::text, '-'))
FROM transactions
WHERE NOT EXISTS (SELECT FROM "user" WHERE "user".id = transactions.user_id)
  OR transactions.plan_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM savings_plans
    WHERE savings_plans.user_id = transactions.user_id AND savings_plans.id = transactions.plan_id
  )
UNION ALL
SELECT 'group_members_without_owner', group_members.id::text,
  format('user %s or group %s is not there', group_members.user_id, group_members.group_id)
FROM group_members
WHERE NOT EXISTS (SELECT FROM "user" WHERE "user".id = group_members.user_id)
  OR NOT EXISTS (SELECT FROM ajo_groups WHERE ajo_groups.id = group_members.group_id)
UNION ALL
SELECT 'wallets_below_zero', id::text, format('balance %s', balance)
FROM wallets
WHERE balance < 0
UNION ALL
SELECT 'plan_dates_reversed', id::text, format('from %s to %s', start_date, end_date)
FROM savings_plans
WHERE end_date <= start_date
UNION ALL
SELECT 'kyc_tier_unknown', id::text, format('tier %s', kyc_tier)
FROM "user"
WHERE kyc_tier NOT IN (0, 1, 2)
UNION ALL
SELECT 'transaction_amounts_not_positive', id::text, format('amount %s', amount)
FROM transactions
WHERE amount <= 0
UNION ALL
-- A member in default or suspended is still one; who left or was removed is not.
SELECT 'group_member_counts', ajo_groups.id::text, format('says %s members, has %s', current_member_count, members.present)
FROM ajo_groups
CROSS JOIN LATERAL (
  SELECT count(*) AS present
  FROM group_members
  WHERE group_members.group_id = ajo_groups.id AND group_members.status NOT IN ('left', 'removed')
) AS members
WHERE current_member_count <> members.present
UNION ALL
-- Figures are computed from time to time: they are judged only where no plan has changed since.
SELECT 'analytics_plan_counts', user_analytics.id::text,
  format('says %s active and %s completed plans, there are %s and %s', active_plans, completed_plans, plans.active, plans.completed)
FROM user_analytics
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status = 'active') AS active, count(*) FILTER (WHERE status = 'completed') AS completed,
    max(updated_at) AS changed_at
  FROM savings_plans
  WHERE savings_plans.user_id = user_analytics.user_id
) AS plans
WHERE (active_plans, completed_plans) IS DISTINCT FROM (plans.active, plans.completed)
  AND user_analytics.updated_at >= coalesce(plans.changed_at, user_analytics.updated_at)
UNION ALL
SELECT 'audit_chain', first_broken_id::text, reason
FROM verify_audit_chain()
WHERE NOT is_intact;

COMMENT ON VIEW integrity_of_rows IS 'Rows without an owner, rows that break a rule, counts that are wrong: nothing is listed in a sound database.';
COMMENT ON COLUMN integrity_of_rows.name IS 'The check.';
COMMENT ON COLUMN integrity_of_rows.row_id IS 'The row: its id.';
COMMENT ON COLUMN integrity_of_rows.detail IS 'What is wrong with it.';

CREATE VIEW integrity_of_schema AS
SELECT 'guards_disabled' AS name, format('%I.%I', pg_class.relname, pg_trigger.tgname) AS row_id, 'the trigger is disabled' AS detail
FROM pg_trigger
JOIN pg_class ON pg_class.oid = pg_trigger.tgrelid
WHERE pg_class.relnamespace = to_regnamespace(quote_ident(current_schema())) AND pg_trigger.tgenabled <> 'O'
UNION ALL
SELECT 'guards_disabled', format('%I.%I', pg_class.relname, pg_constraint.conname), 'the constraint was never proven for old rows'
FROM pg_constraint
JOIN pg_class ON pg_class.oid = pg_constraint.conrelid
WHERE pg_class.relnamespace = to_regnamespace(quote_ident(current_schema())) AND NOT pg_constraint.convalidated
UNION ALL
-- An id is unique by itself: an index that begins with it serves (user_id, id) as well.
SELECT 'foreign_keys_without_index', pg_constraint.conname, format('on table %I', pg_class.relname)
FROM pg_constraint
JOIN pg_class ON pg_class.oid = pg_constraint.conrelid
WHERE pg_constraint.contype = 'f' AND pg_constraint.conparentid = 0
  AND pg_class.relnamespace = to_regnamespace(quote_ident(current_schema()))
  AND NOT EXISTS (
    SELECT FROM pg_index
    JOIN pg_attribute ON pg_attribute.attrelid = pg_index.indrelid AND pg_attribute.attnum = pg_index.indkey[0]
    WHERE pg_index.indrelid = pg_constraint.conrelid AND pg_index.indisvalid AND (
      pg_attribute.attnum = ANY (pg_constraint.conkey) AND pg_attribute.attname <> 'user_id'
      OR (pg_index.indkey::smallint[])[0:cardinality(pg_constraint.conkey) - 1] @> pg_constraint.conkey
    )
  )
UNION ALL
SELECT 'statistics_outdated', relname, format('%s rows changed since the last ANALYZE', n_mod_since_analyze)
FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND n_mod_since_analyze > 10000;

COMMENT ON VIEW integrity_of_schema IS 'Guards that are switched off, missing indexes, tables whose statistics are old.';
COMMENT ON COLUMN integrity_of_schema.name IS 'The check.';
COMMENT ON COLUMN integrity_of_schema.row_id IS 'The trigger, constraint or table.';
COMMENT ON COLUMN integrity_of_schema.detail IS 'What is wrong with it.';

GRANT SELECT ON integrity_of_rows, integrity_of_schema TO avdaily_readonly, avdaily_app;
