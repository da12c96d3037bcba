-- 0012.create-wallets: neither wallets nor bank accounts exist
DROP TABLE bank_accounts;
DROP TABLE wallets;
DROP FUNCTION check_wallet();
