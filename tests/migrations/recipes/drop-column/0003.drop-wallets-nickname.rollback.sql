-- 0003.drop-wallets-nickname: the column is there, and empty
ALTER TABLE wallets ADD COLUMN nickname text;
