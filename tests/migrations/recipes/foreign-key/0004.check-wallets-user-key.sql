-- 0004.check-wallets-user-key: every wallet belongs to a user
-- Why: the proof reads both tables, so it stands alone, with locks that let readers and writers through.
-- Locks: wallets ShareUpdateExclusiveLock, users RowShareLock; scans wallets; scans users
-- Runtime: one read of both tables
-- Rollback: the rule stands for new rows only again
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_user_id_fkey;
