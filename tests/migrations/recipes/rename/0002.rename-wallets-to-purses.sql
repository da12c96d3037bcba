-- 0002.rename-wallets-to-purses: the table is named purses, and a view has its old name
-- Why: the old application reads and writes through the view, the new one knows the new name; both run side by side.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the table has its old name again
-- lint-ignore renaming-table: the view has the old name, in the same transaction
ALTER TABLE wallets RENAME TO purses;

CREATE VIEW wallets AS SELECT id, user_id, label, points, theme, nickname FROM purses;
