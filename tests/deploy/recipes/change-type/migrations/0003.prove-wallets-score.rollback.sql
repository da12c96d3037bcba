-- 0003.prove-wallets-score: the rule is there, not proven for old rows

ALTER TABLE wallets DROP CONSTRAINT wallets_score_set_check;
ALTER TABLE wallets ADD CONSTRAINT wallets_score_set_check CHECK (score IS NOT NULL) NOT VALID;
