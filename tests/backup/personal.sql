-- Somebody in every column that sql/anonymise.sql has a rule for, in each shape that the application writes; by a superuser.
SET session_replication_role = replica;
CREATE TEMPORARY TABLE ada AS SELECT * FROM "user" ORDER BY id LIMIT 1;
UPDATE "user" SET name = 'Adaeze Nwosu-Obi', email = 'adaeze.nwosu@mail.example.ng', phone_number = '+2348031234567',
  phone_verified = true, date_of_birth = '1991-07-19', image = 'https://cdn.example.ng/faces/adaeze.jpg',
  kyc_data = '{"bvn": "22345678901", "nin": 12345678901, "mother": {"name": "Ngozi Nwosu"}, "aliases": ["Ada N.", "DJ Ada"]}',
  biometric_public_key = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE-adaeze', suspension_reason = 'Adaeze shared her PIN with a friend',
  is_suspended = true, suspended_at = now()
WHERE id = (SELECT id FROM ada);
INSERT INTO account (user_id, provider_id, account_id, access_token, refresh_token, id_token, password)
SELECT id, 'google', '109876543210987654321', convert_to('access token of adaeze, encrypted', 'UTF8'),
  convert_to('refresh token of adaeze, encrypted', 'UTF8'), convert_to('id token of adaeze, encrypted', 'UTF8'),
  '$argon2id$v=19$m=65536,t=3,p=4$c2FsdG9mYWRhZXpl$aGFzaG9mdGhlcGFzc3dvcmRvZmFkYWV6ZQ' FROM ada;
INSERT INTO session (user_id, token_hash, refresh_token_hash, refresh_token_expires_at, expires_at, ip_address, user_agent, device_id)
SELECT id, sha256('session of adaeze'), sha256('refresh of adaeze'), now(), now() + interval '1 day', '102.89.23.45',
  'AVDaily/2.1 (Adaeze''s Tecno Camon)', 'tecno-camon-7781-adaeze' FROM ada;
INSERT INTO session (user_id, token_hash, expires_at, ip_address) SELECT id, sha256('other'), now() + interval '1 hour', '2c0f:f5c0:4a1:b2::77' FROM ada;
INSERT INTO biometric_auth (user_id, device_id, device_name, public_key)
SELECT id, 'tecno-camon-7781-adaeze', 'Adaeze''s Tecno', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE-device' FROM ada;
INSERT INTO push_tokens (user_id, token, platform, device_id, device_name)
SELECT id, 'ExponentPushToken[adaeze-0001]', 'android', 'tecno-camon-7781-adaeze', 'Adaeze''s Tecno' FROM ada;
INSERT INTO verification (identifier, value_hash, expires_at) VALUES
  ('reset-password:adaeze.nwosu@mail.example.ng', sha256('code 1'), now() + interval '1 hour'), ('+2348031234567', sha256('code 2'), now() + interval '1 hour');
INSERT INTO phone_verification (phone_number, otp_hash, expires_at) VALUES ('+2348031234567', sha256('code 3'), now() + interval '1 hour');
UPDATE kyc_verification SET first_name = 'Adaeze', last_name = 'Nwosu-Obi', address = '14 Adeola Odeku, Victoria Island',
  date_of_birth = '1991-07-19', government_id_type = 'nin', government_id_number = convert_to('12345678901 under a key of the app', 'UTF8'),
  government_id_last_four = '8901', government_id_hash = sha256('12345678901'), government_id_image = 's3://kyc/adaeze-front.jpg',
  selfie_image = 's3://kyc/adaeze-selfie.jpg', verification_data = '{"match": 0.98, "document": {"holder": "NWOSU-OBI ADAEZE"}}',
  status = 'rejected', rejection_reason = 'The photo shows Ngozi, not Adaeze', verified_at = now()
WHERE id = (SELECT id FROM kyc_verification ORDER BY id LIMIT 1);
INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name)
SELECT id, '058', 'GTBank', '0123456789', 'NWOSU-OBI ADAEZE' FROM ada;
UPDATE transactions SET description = 'School fees of Chidubem', provider = 'paystack', provider_reference = 'T685312322670591',
  reference = 'rent-to-mama-ngozi', metadata = '{"payer": "Adaeze Nwosu-Obi", "card": {"last4": "4081", "bin": 408408999999}}',
  status = 'failed', failure_reason = 'Adaeze asked us to stop', failed_at = now()
WHERE id = (SELECT id FROM transactions ORDER BY id LIMIT 1);
INSERT INTO payment_events (provider, event_id, event_type, provider_reference, payload, status, result, processed_at)
VALUES ('paystack', 'evt-adaeze-1', 'funding_failed', 'T685312322670591',
  '{"customer": {"email": "adaeze.nwosu@mail.example.ng", "phone": "+2348031234567"}, "amount": "5000.00"}',
  'ignored', 'Nobody called Adaeze asked', now());
INSERT INTO idempotency_keys (user_id, key, operation, request_hash) SELECT id, 'adaeze-2026-11-23-fees', 'transfer', sha256('x') FROM ada;
INSERT INTO rewards (user_id, reward_type, reward_name, description, points, grant_key, metadata)
SELECT id, 'points', 'Birthday of Adaeze', 'Happy birthday, Adaeze', 5, 'birthday:adaeze:2026', '{"for": "Adaeze"}' FROM ada;
INSERT INTO savings_milestones (user_id, milestone_type, milestone_name, description)
SELECT id, 'early_bird', 'Adaeze the early bird', 'Adaeze saved before six' FROM ada;
UPDATE savings_plans SET plan_name = 'Wedding of Adaeze' WHERE id = (SELECT id FROM savings_plans ORDER BY id LIMIT 1);
UPDATE wallets SET is_active = false, frozen_at = now(), freeze_reason = 'Adaeze lost her telephone' WHERE user_id = (SELECT id FROM ada);
UPDATE ajo_groups SET group_name = 'Nwosu family purse', description = 'Call Ngozi on 08031234567', invite_code = 'NWOSU-01',
  status = 'cancelled', cancellation_reason = 'Chidubem moved to Enugu' WHERE id = (SELECT id FROM ajo_groups ORDER BY id LIMIT 1);
UPDATE group_members SET removal_reason = 'Adaeze went abroad', status = 'left', removed_at = now()
WHERE id = (SELECT id FROM group_members ORDER BY id LIMIT 1);
UPDATE group_contributions SET failure_reason = 'Adaeze has no money' WHERE id = (SELECT id FROM group_contributions ORDER BY id LIMIT 1);
INSERT INTO group_invitations (group_id, invited_by, invited_email, invited_phone, expires_at)
SELECT ajo_groups.id, ada.id, 'adaeze.nwosu@mail.example.ng', '+2348031234567', now() + interval '1 hour' FROM ajo_groups, ada ORDER BY 1 LIMIT 1;
INSERT INTO notifications (user_id, type, channel, title, message, data, status, failure_reason)
SELECT id, 'security', 'email', 'Hello Adaeze', 'Somebody signed in from Ikeja, Adaeze', '{"who": "Adaeze", "seen": ["Ikeja Mall"]}',
  'failed', 'mailbox of adaeze is full' FROM ada;
INSERT INTO scheduled_notifications (user_id, type, channel, title, message, data, scheduled_for, first_scheduled_for)
SELECT id, 'security', 'sms', 'Reminder for Adaeze', 'Adaeze, pay Ngozi', '{"name": "Ngozi Nwosu"}', now(), now() FROM ada;
INSERT INTO audit_log (user_id, action, resource, ip_address, user_agent, metadata, error_message)
SELECT id, 'auth.sign_in', 'session', '102.89.23.0/24', 'AVDaily/2.1 (Adaeze''s Tecno Camon)',
  '{"email": "adaeze.nwosu@mail.example.ng", "changed": ["phone_number"]}', 'Denied: Adaeze Nwosu-Obi' FROM ada;
SET session_replication_role = origin;
