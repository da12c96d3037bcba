-- 0018.create-posting: accounts cannot be opened and nothing can be posted
DROP FUNCTION post_wallet_credit(uuid, numeric, uuid, text, timestamptz, text, numeric, jsonb, numeric);
DROP FUNCTION post_movement(uuid, uuid, uuid, numeric, text, timestamptz, text, text, jsonb, numeric, numeric);
DROP FUNCTION post_entry(uuid, uuid, uuid, uuid, numeric, text, timestamptz, numeric, numeric);
DROP FUNCTION posting_time(timestamptz);
DROP FUNCTION open_wallet(uuid, text);
DROP FUNCTION mint_reference(text, uuid, uuid);
DROP FUNCTION system_account(text, text);
DROP FUNCTION open_ledger_account(text, text);
