-- 0016.create-once-only-records: neither keys, events, attempts nor accruals exist
DROP TABLE interest_accruals;
DROP TABLE auto_save_attempts;
DROP TABLE payment_events;
DROP TABLE idempotency_keys;
