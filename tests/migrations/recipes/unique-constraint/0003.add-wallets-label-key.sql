-- 0003.add-wallets-label-key: no user has two wallets of one label, as a constraint
-- Why: it takes the index over, so nothing is built or read.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the index is built again, under a lock that stops writers; drop the constraint by hand on a large table
ALTER TABLE wallets ADD CONSTRAINT wallets_user_id_label_key UNIQUE USING INDEX wallets_user_id_label_key;
