-- 0005.create-kyc: KYC requests and phone verifications cannot be kept
DROP TABLE phone_verification;
DROP TABLE kyc_verification;
