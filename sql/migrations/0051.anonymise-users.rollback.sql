-- 0051.anonymise-users: no function anonymises a user
REVOKE UPDATE, DELETE ON bank_accounts FROM avdaily_ledger;
REVOKE SELECT, DELETE ON account, biometric_auth FROM avdaily_ledger;
DROP FUNCTION anonymise_user(uuid, uuid);
DROP FUNCTION erase_records_of("user");
DROP FUNCTION list_anonymisation_blockers(uuid);
