-- 0003.prove-wallets-title: the rule is there, not proven for old rows

ALTER TABLE wallets DROP CONSTRAINT wallets_title_set_check;
ALTER TABLE wallets ADD CONSTRAINT wallets_title_set_check CHECK (title IS NOT NULL) NOT VALID;
