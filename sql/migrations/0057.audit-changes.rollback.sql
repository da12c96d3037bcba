-- 0057.audit-changes: changes of KYC, standing and wallets leave no audit row
DROP TRIGGER wallets_audit_delete ON wallets;
DROP TRIGGER wallets_audit ON wallets;
DROP TRIGGER user_audit_delete ON "user";
DROP TRIGGER user_audit ON "user";
DROP TRIGGER kyc_verification_audit ON kyc_verification;
