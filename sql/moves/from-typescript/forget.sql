-- forget: nothing in "original" holds a secret in plain text any more
-- Why: session tokens, passwords, codes and numbers of documents stay readable there until they are gone, in every backup too.
--   The books stay: users without what identifies documents, wallets, plans, transactions, groups, audit_log.
-- Cannot be undone. First the application has encrypted the numbers of documents into kyc_verification, and a last backup is made.
\set ON_ERROR_STOP on
\set QUIET on

BEGIN;
SET LOCAL lock_timeout = '2s';

DROP TABLE original.session, original.account, original.verification, original.phone_verification, original.biometric_auth,
  original.kyc_verification, original.push_tokens;
ALTER TABLE original."user" DROP COLUMN kyc_data, DROP COLUMN biometric_public_key;

COMMIT;
