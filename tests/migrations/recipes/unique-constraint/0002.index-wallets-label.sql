-- 0002.index-wallets-label: no user has two wallets of one label, as an index
-- Why: ADD CONSTRAINT would build it under a lock that stops every writer and reader.
-- Locks: wallets ShareUpdateExclusiveLock; scans wallets; builds wallets_user_id_label_key
-- Runtime: two reads of the table; if two rows are equal it fails, and the next run drops the INVALID index first
-- Rollback: the index goes
-- transactional: false
CREATE UNIQUE INDEX CONCURRENTLY wallets_user_id_label_key ON wallets (user_id, label);
