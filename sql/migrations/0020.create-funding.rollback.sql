-- 0020.create-funding: no wallet can be funded
DROP FUNCTION post_deposit(uuid, numeric, text, text, text);
DROP FUNCTION post_deposit_at(uuid, numeric, text, text, text, timestamptz);
DROP FUNCTION fail_funding(uuid, uuid, text);
DROP FUNCTION fail_funding_at(uuid, uuid, text, timestamptz);
DROP FUNCTION refuse_transaction_status(transactions, text);
DROP FUNCTION get_own_transaction(uuid, uuid, text);
DROP FUNCTION post_funding(uuid, uuid);
DROP FUNCTION post_funding_at(uuid, uuid, timestamptz);
DROP FUNCTION request_funding(uuid, numeric, text, text, text, text, text);
DROP FUNCTION request_funding_at(uuid, numeric, text, text, text, text, text, timestamptz);
DROP FUNCTION check_funding_source(text);
