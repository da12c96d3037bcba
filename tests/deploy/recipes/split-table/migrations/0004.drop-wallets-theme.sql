-- 0004.drop-wallets-theme: only the new table has the theme
-- Why: nobody writes the old column any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the column comes back with the values of the new table
-- phase: post

DROP TRIGGER wallets_copy_theme_trigger ON wallets;
DROP FUNCTION copy_theme_to_looks();
ALTER TABLE wallets DROP COLUMN theme;
