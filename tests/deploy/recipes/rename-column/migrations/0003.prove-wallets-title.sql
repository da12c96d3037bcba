-- 0003.prove-wallets-title: every wallet is proven to have a title
-- Why: a file of its own, so that what follows holds its lock for milliseconds.
-- Locks: wallets ShareUpdateExclusiveLock: others read and write
-- Runtime: grows with the rows
-- Rollback: the rule is there, not proven for old rows
-- phase: post after 24h

ALTER TABLE wallets VALIDATE CONSTRAINT wallets_title_set_check;
