-- 0048.add-one-time-codes: no function compares a code or uses up a token
REVOKE SELECT, DELETE ON verification FROM avdaily_ledger;
REVOKE SELECT, UPDATE, DELETE ON phone_verification FROM avdaily_ledger;
DROP FUNCTION consume_verification(text, bytea);
DROP FUNCTION consume_verification_at(text, bytea, timestamptz);
DROP FUNCTION verify_phone_otp(uuid, text, bytea);
DROP FUNCTION verify_phone_otp_at(uuid, text, bytea, timestamptz);
