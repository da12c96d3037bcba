-- 0001.create-tables: both tables are gone
DROP TABLE wallets;

DROP TABLE users;
