-- 0060.create-reconciliation: neither reconciliation nor trial balance can be read
DROP VIEW trial_balance;
DROP VIEW reconciliation;
DROP VIEW owned_accounts;
