-- 0002.add-wallets-title: only the label is there

DROP TRIGGER wallets_same_title_trigger ON wallets;
DROP FUNCTION same_wallet_title();
ALTER TABLE wallets DROP COLUMN title;
