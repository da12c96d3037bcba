-- 0003.add-wallets-user-key: a new wallet must belong to a user
-- Why: NOT VALID leaves the old rows unread, so that both tables are locked for an instant only.
-- Locks: wallets ShareRowExclusiveLock, users ShareRowExclusiveLock
-- Runtime: milliseconds; writers of both tables wait that long, readers do not
-- Rollback: the rule goes
ALTER TABLE wallets ADD CONSTRAINT wallets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
