-- 0063.create-group-checks: groups that the ledger does not explain cannot be listed
DROP VIEW integrity_of_groups;
DROP VIEW group_pool_postings;
