-- 0017.create-money-checks: none of the checks exists
DROP FUNCTION refuse_race();
DROP FUNCTION check_user_acts(uuid);
DROP FUNCTION check_wallet_debit(uuid, numeric);
DROP FUNCTION check_limits(uuid, text, numeric, timestamptz);
DROP FUNCTION breached_limit(uuid, text, numeric, timestamptz);
DROP FUNCTION claim_idempotency_key(uuid, text, text, text, uuid);
DROP FUNCTION check_bounds(numeric, numeric, numeric, text);
DROP FUNCTION refuse_amount(numeric);
DROP FUNCTION is_money(numeric);
