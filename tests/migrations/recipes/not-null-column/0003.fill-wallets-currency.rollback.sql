-- 0003.fill-wallets-currency: nothing is undone, the values do no harm
SELECT 1;
