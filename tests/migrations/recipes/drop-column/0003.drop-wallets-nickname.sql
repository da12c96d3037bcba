-- 0003.drop-wallets-nickname: wallets have no nickname
-- Why: last, when no application reads or writes it any more; take a backup first, its values are gone.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds: the column is only hidden, its space comes back as rows are written
-- Rollback: the column comes back empty; what was in it is in the backup only
-- lint-ignore ban-drop-column: no application uses it any more
ALTER TABLE wallets DROP COLUMN nickname;
