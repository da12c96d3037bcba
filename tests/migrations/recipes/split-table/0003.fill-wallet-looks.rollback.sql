-- 0003.fill-wallet-looks: nothing is undone, the rows do no harm
SELECT 1;
