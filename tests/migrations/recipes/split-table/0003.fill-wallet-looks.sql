-- 0003.fill-wallet-looks: every wallet has its row in the new table
-- Why: a large table is filled in batches, by avdaily-sql backfill; for millions of rows leave this file out.
-- Locks: wallets RowShareLock, wallet_looks RowExclusiveLock; scans wallets
-- Runtime: grows with the rows
-- Rollback: the rows stay, nothing needs them
INSERT INTO wallet_looks (wallet_id, theme) SELECT id, theme FROM wallets
ON CONFLICT (wallet_id) DO NOTHING;
