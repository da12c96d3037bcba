-- 0002.rename-wallets-to-purses: the table has its old name
DROP VIEW wallets;

-- lint-ignore renaming-table: the view that had the old name is gone
ALTER TABLE purses RENAME TO wallets;
