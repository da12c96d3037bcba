-- 0001.create-wallets: nothing is left

DROP TABLE wallets;
