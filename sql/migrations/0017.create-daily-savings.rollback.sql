-- 0017.create-daily-savings: neither auto-save attempts nor interest accruals exist
DROP TABLE interest_accruals;
DROP TABLE auto_save_attempts;
