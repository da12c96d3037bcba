-- wallet-titles: every wallet has a title

SELECT id FROM wallets WHERE title IS NULL;

UPDATE wallets SET title = label WHERE id = ANY(:id) AND title IS NULL;
