-- 0002.free-wallets-nickname: an application may leave the nickname out
-- Why: the old application still writes the column, the new one does not know it any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: every wallet must have a nickname again; those without one get their label, and the table is read
-- lint-ignore ban-drop-not-null: the new application leaves it out
ALTER TABLE wallets ALTER COLUMN nickname DROP NOT NULL;
