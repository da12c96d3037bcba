-- 0005.require-wallets-currency: currency is NOT NULL
-- Why: PostgreSQL believes the proven rule and does not read the table again.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the proven rule stands in its place again
-- lint-ignore adding-not-nullable-field: the proven rule spares the read
ALTER TABLE wallets ALTER COLUMN currency SET NOT NULL;

-- lint-ignore ban-drop-constraint: the stronger rule is in force
ALTER TABLE wallets DROP CONSTRAINT wallets_currency_set_check;
