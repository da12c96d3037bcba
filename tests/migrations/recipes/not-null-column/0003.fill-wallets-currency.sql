-- 0003.fill-wallets-currency: every wallet has a currency
-- Why: a large table is filled in batches, by avdaily-sql backfill; for millions of rows leave this file out.
-- Locks: wallets RowExclusiveLock; scans wallets
-- Runtime: grows with the rows; readers and writers of other rows go on
-- Rollback: the values stay, no column needs them
UPDATE wallets SET currency = CASE WHEN label LIKE '$%' THEN 'USD' ELSE 'NGN' END WHERE currency IS NULL;
