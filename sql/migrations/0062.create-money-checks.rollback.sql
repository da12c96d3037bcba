-- 0062.create-money-checks: money that the ledger does not explain cannot be listed
DROP VIEW integrity_of_money;
