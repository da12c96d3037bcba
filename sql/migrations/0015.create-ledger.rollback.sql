-- 0015.create-ledger: the ledger does not exist
DROP VIEW ledger_postings;
DROP TABLE ledger_entries;
