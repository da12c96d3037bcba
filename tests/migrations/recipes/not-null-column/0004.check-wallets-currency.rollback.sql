-- 0004.check-wallets-currency: the rule is not proven for the old rows
ALTER TABLE wallets DROP CONSTRAINT wallets_currency_set_check;

ALTER TABLE wallets ADD CONSTRAINT wallets_currency_set_check CHECK (currency IS NOT NULL) NOT VALID;
