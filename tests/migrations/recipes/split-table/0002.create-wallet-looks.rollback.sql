-- 0002.create-wallet-looks: the new table is gone
DROP TRIGGER wallets_copy_look_trigger ON wallets;

DROP FUNCTION copy_wallet_look();

DROP TABLE wallet_looks;
