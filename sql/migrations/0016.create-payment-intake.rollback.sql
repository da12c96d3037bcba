-- 0016.create-payment-intake: neither idempotency keys nor payment events exist
DROP TABLE payment_events;
DROP TABLE idempotency_keys;
