-- 0002.add-wallets-currency: wallets have a column for their currency, which new rows must fill
-- Why: a constant as default would fill it at once; this one is computed from other columns.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds, however large the table is: nothing is read, because NOT VALID leaves the old rows alone
-- Rollback: the column goes, and its values with it
ALTER TABLE wallets ADD COLUMN currency text;

ALTER TABLE wallets ALTER COLUMN currency SET DEFAULT 'NGN';

ALTER TABLE wallets ADD CONSTRAINT wallets_currency_set_check CHECK (currency IS NOT NULL) NOT VALID;
