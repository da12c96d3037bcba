-- 0002.index-wallets-by-user: the wallets of a user are found by index
-- Why: without it each DELETE of a user would read all wallets.
-- Locks: wallets ShareUpdateExclusiveLock; scans wallets; builds wallets_user_id_idx
-- Runtime: two reads of the table, and a wait for the transactions that are open
-- Rollback: the index goes
-- transactional: false
CREATE INDEX CONCURRENTLY wallets_user_id_idx ON wallets (user_id);
