-- 0003.drop-old-name-of-purses: nothing is named wallets any more
-- Why: last, when every application knows the new name.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the view is there again
-- lint-ignore ban-drop-view: no application knows the old name any more
DROP VIEW wallets;
