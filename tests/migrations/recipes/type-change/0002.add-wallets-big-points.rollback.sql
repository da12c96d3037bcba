-- 0002.add-wallets-big-points: the second column is gone
DROP TRIGGER wallets_copy_points_trigger ON wallets;

DROP FUNCTION copy_wallet_points();

ALTER TABLE wallets DROP COLUMN big_points;
