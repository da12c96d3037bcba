-- wallet-looks: every wallet has its row in the new table

SELECT id FROM wallets WHERE NOT EXISTS (SELECT FROM wallet_looks WHERE wallet_id = wallets.id);

INSERT INTO wallet_looks (wallet_id, theme) SELECT id, theme FROM wallets WHERE id = ANY(:id) FOR NO KEY UPDATE
ON CONFLICT (wallet_id) DO NOTHING;
