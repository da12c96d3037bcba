-- 0046.add-registration: no function makes a user
REVOKE INSERT, UPDATE ON "user" FROM avdaily_ledger;
DROP FUNCTION require_reason(text, integer);
DROP FUNCTION require_acting_user(uuid);
DROP FUNCTION register_user(uuid, text, text, text, date);
