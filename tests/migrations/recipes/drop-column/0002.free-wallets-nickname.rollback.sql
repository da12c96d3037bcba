-- 0002.free-wallets-nickname: every wallet has a nickname
UPDATE wallets SET nickname = label WHERE nickname IS NULL;

-- lint-ignore adding-not-nullable-field: a rollback may take its time
ALTER TABLE wallets ALTER COLUMN nickname SET NOT NULL;
