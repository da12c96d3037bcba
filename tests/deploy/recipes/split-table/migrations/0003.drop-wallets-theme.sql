-- 0003.drop-wallets-theme: only the new table has the theme
-- Why: nobody writes the old column any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the column comes back with the values of the new table
-- phase: post after 24h

DROP TRIGGER wallets_copy_theme_trigger ON wallets;
DROP TRIGGER wallet_looks_copy_theme_trigger ON wallet_looks;
DROP FUNCTION copy_theme_to_looks();
DROP FUNCTION copy_theme_to_wallet();
ALTER TABLE wallets DROP COLUMN theme;
