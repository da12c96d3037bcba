-- 0002.index-wallets-by-label: wallets are found by their label
-- Why: CREATE INDEX alone would stop every writer until it is built.
-- Locks: wallets ShareUpdateExclusiveLock; scans wallets; builds wallets_label_idx
-- Runtime: two reads of the table, and a wait for the transactions that are open; readers and writers go on
-- Rollback: the index goes
-- transactional: false
CREATE INDEX CONCURRENTLY wallets_label_idx ON wallets (label);
