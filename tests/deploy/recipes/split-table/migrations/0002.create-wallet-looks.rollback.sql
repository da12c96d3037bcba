-- 0002.create-wallet-looks: only the old column is there

DROP TRIGGER wallets_copy_theme_trigger ON wallets;
DROP TABLE wallet_looks;
DROP FUNCTION copy_theme_to_looks();
DROP FUNCTION copy_theme_to_wallet();
