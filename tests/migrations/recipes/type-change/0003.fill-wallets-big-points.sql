-- 0003.fill-wallets-big-points: both columns say the same in every row
-- Why: a large table is filled in batches, by avdaily-sql backfill; for millions of rows leave the UPDATE out.
-- Locks: wallets ShareUpdateExclusiveLock; scans wallets
-- Runtime: grows with the rows; readers and writers go on
-- Rollback: the values stay, nothing needs them
-- transactional: false
UPDATE wallets SET big_points = points WHERE big_points IS DISTINCT FROM points;

ALTER TABLE wallets VALIDATE CONSTRAINT wallets_big_points_set_check;
