-- 0011.create-ledger-accounts: the registry of accounts does not exist
DROP TABLE ledger_accounts;
