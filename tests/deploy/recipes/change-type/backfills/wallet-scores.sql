-- wallet-scores: every wallet has a score

SELECT id FROM wallets WHERE score IS NULL;

UPDATE wallets SET score = points WHERE id = ANY(:id) AND score IS NULL;
