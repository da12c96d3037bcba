-- 0028.create-payment-events: webhooks can be neither stored nor posted
DROP FUNCTION delete_idempotency_keys(timestamptz, integer);
DROP FUNCTION complete_idempotency_key(uuid, text, uuid);
DROP FUNCTION reserve_idempotency_key(uuid, text, text, text);
DROP FUNCTION process_payment_event(uuid);
DROP FUNCTION process_payment_event_at(uuid, timestamptz);
DROP FUNCTION record_payment_event(text, text, text, jsonb, text, numeric, text);
