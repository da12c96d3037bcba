-- 0002.add-wallets-score: only the points are there

DROP TRIGGER wallets_same_score_trigger ON wallets;
DROP FUNCTION same_wallet_score();
ALTER TABLE wallets DROP COLUMN score;
