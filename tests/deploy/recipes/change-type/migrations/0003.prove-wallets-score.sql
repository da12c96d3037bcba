-- 0003.prove-wallets-score: every wallet is proven to have a score
-- Why: a file of its own, so that what follows holds its lock for milliseconds.
-- Locks: wallets ShareUpdateExclusiveLock: others read and write
-- Runtime: grows with the rows
-- Rollback: the rule is there, not proven for old rows
-- phase: post after 24h

ALTER TABLE wallets VALIDATE CONSTRAINT wallets_score_set_check;
