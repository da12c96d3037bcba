-- 0002.add-wallets-currency: the column is gone
ALTER TABLE wallets DROP COLUMN currency;
