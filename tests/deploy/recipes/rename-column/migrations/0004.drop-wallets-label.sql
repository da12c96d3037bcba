-- 0004.drop-wallets-label: only the title is there
-- Why: nobody knows the label any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds; one transaction, so that no row is written without trigger while the old column is there
-- Rollback: the label comes back with the titles
-- phase: post

-- Believes the proven rule, and reads nothing.
ALTER TABLE wallets ALTER COLUMN title SET NOT NULL;
ALTER TABLE wallets DROP CONSTRAINT wallets_title_set_check;
DROP TRIGGER wallets_same_title_trigger ON wallets;
DROP FUNCTION same_wallet_title();
ALTER TABLE wallets DROP COLUMN label;
