-- 0049.add-kyc-functions: no function asks for a KYC tier or decides about one
REVOKE SELECT, INSERT, UPDATE ON kyc_verification FROM avdaily_ledger;
DROP FUNCTION reject_kyc(uuid, uuid, uuid, text);
DROP FUNCTION approve_kyc(uuid, uuid, uuid);
DROP FUNCTION start_kyc_review(uuid, uuid, uuid);
DROP FUNCTION open_kyc_request(uuid, uuid, uuid, text);
DROP FUNCTION submit_kyc_tier2(uuid, text, text, date, text, text, bytea, text, bytea, text, text);
DROP FUNCTION submit_kyc_tier1(uuid, text, text, date, text);
DROP FUNCTION submit_kyc(kyc_verification);
DROP FUNCTION require_next_kyc_tier(uuid, integer);
