-- 0019.create-posting-of-many: many wallets can be posted only one by one
DROP FUNCTION post_wallet_debit(uuid, numeric, uuid, text, timestamptz, text, jsonb, numeric);
DROP FUNCTION check_many(uuid[], numeric[], uuid[]);
DROP FUNCTION post_wallet_credits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[]);
DROP FUNCTION post_wallet_debits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[]);
