-- 0003.fill-wallets-big-points: the rule is not proven for the old rows; the values do no harm
-- transactional: true
ALTER TABLE wallets DROP CONSTRAINT wallets_big_points_set_check;

ALTER TABLE wallets ADD CONSTRAINT wallets_big_points_set_check CHECK (big_points IS NOT NULL) NOT VALID;
