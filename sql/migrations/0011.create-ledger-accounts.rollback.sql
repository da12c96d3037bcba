-- 0011.create-ledger-accounts: the registry of accounts does not exist
DROP FUNCTION touch_updated_at();
DROP FUNCTION refuse_balance_change();
DROP TABLE ledger_accounts;
