-- 0010.create-money-limits: neither table of limits exists
DROP TABLE withdrawal_limits;
DROP TABLE kyc_limits;
