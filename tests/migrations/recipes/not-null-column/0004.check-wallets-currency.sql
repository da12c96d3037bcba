-- 0004.check-wallets-currency: the rule is proven for the old rows, too
-- Why: the proof reads the whole table, so it stands alone, with a lock that lets readers and writers through.
-- Locks: wallets ShareUpdateExclusiveLock; scans wallets
-- Runtime: one read of the table
-- Rollback: the rule stands for new rows only again
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_currency_set_check;
