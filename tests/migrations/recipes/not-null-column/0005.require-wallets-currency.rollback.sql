-- 0005.require-wallets-currency: the rule stands in the place of NOT NULL
ALTER TABLE wallets ADD CONSTRAINT wallets_currency_set_check CHECK (currency IS NOT NULL) NOT VALID;

-- lint-ignore constraint-missing-not-valid: a rollback may take its time
ALTER TABLE wallets VALIDATE CONSTRAINT wallets_currency_set_check;

-- lint-ignore ban-drop-not-null: it was so before
ALTER TABLE wallets ALTER COLUMN currency DROP NOT NULL;
