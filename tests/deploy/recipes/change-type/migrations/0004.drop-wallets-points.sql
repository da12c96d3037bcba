-- 0004.drop-wallets-points: only the score is there
-- Why: nobody knows the points any more.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds; one transaction, so that no row is written without trigger while the old column is there
-- Rollback: the points come back; a score that no integer holds would make it fail, and nothing would change
-- phase: post

ALTER TABLE wallets ALTER COLUMN score SET DEFAULT 0;
-- Believes the proven rule, and reads nothing.
ALTER TABLE wallets ALTER COLUMN score SET NOT NULL;
ALTER TABLE wallets DROP CONSTRAINT wallets_score_set_check;
DROP TRIGGER wallets_same_score_trigger ON wallets;
DROP FUNCTION same_wallet_score();
ALTER TABLE wallets DROP COLUMN points;
