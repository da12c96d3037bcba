-- 0004.drop-wallets-theme: only the new table has the theme
-- Why: last, when no application writes the old column any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds: the column is only hidden, its space comes back as rows are written
-- Rollback: the column comes back with the values of the new table, as the last one
DROP TRIGGER wallets_copy_look_trigger ON wallets;

-- lint-ignore ban-drop-function: only the trigger called it
DROP FUNCTION copy_wallet_look();

-- lint-ignore ban-drop-column: no application uses it any more
ALTER TABLE wallets DROP COLUMN theme;
