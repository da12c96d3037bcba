-- A bank of 10,000 users to look at plans, not at money: rows are written past triggers and foreign keys, nothing reconciles.
-- Ids rise with the row, as those of app_uuid() do; of what waits (pending, open, due) there is little, as in real life.
SET session_replication_role = replica;

CREATE FUNCTION pg_temp.key(p_kind integer, p_number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex(p_kind), 8, '0') || lpad(to_hex(p_number), 24, '0'))::uuid;
CREATE FUNCTION pg_temp.hash(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN sha256(convert_to(p_text, 'UTF8'));
CREATE FUNCTION pg_temp.moment(p_share numeric) RETURNS timestamptz LANGUAGE sql STABLE
RETURN now() - interval '400 days' * (1 - p_share);

INSERT INTO "user" (id, name, email, phone_number, kyc_tier, kyc_status, created_at)
SELECT pg_temp.key(1, n), 'Large ' || n, 'large' || n || '@avdaily.test', '+23470' || lpad(n::text, 8, '0'), n % 3,
  CASE WHEN n % 3 = 0 THEN 'pending' ELSE 'approved' END, pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO session (id, user_id, token_hash, refresh_token_hash, refresh_token_expires_at, expires_at, created_at)
SELECT pg_temp.key(2, n), pg_temp.key(1, n), pg_temp.hash('t' || n), pg_temp.hash('r' || n), pg_temp.moment(n / 10000.0) + interval '30 days',
  pg_temp.moment(n / 10000.0) + interval '30 days', pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO account (id, user_id, provider_id, account_id, created_at)
SELECT pg_temp.key(3, n), pg_temp.key(1, n), 'google', n::text, pg_temp.moment(n / 10000.0) FROM generate_series(1, 10000) AS n;
INSERT INTO verification (id, identifier, value_hash, expires_at, created_at)
SELECT pg_temp.key(4, n), 'email:' || n, pg_temp.hash('v' || n), pg_temp.moment(n / 10000.0) + interval '1 day', pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO phone_verification (id, phone_number, otp_hash, expires_at, created_at)
SELECT pg_temp.key(5, n), '+23470' || lpad(n::text, 8, '0'), pg_temp.hash('o' || n), pg_temp.moment(n / 10000.0) + interval '1 hour',
  pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO biometric_auth (id, user_id, device_id, public_key)
SELECT pg_temp.key(6, n), pg_temp.key(1, n), 'device', 'key' FROM generate_series(1, 10000) AS n;
INSERT INTO kyc_verification (id, user_id, tier, status, verified_at, created_at)
SELECT pg_temp.key(7, n), pg_temp.key(1, n), 1, CASE WHEN n % 50 = 0 THEN 'pending' ELSE 'approved' END,
  CASE WHEN n % 50 <> 0 THEN now() END, pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO notification_preferences (id, user_id) SELECT pg_temp.key(8, n), pg_temp.key(1, n) FROM generate_series(1, 10000) AS n;
INSERT INTO user_analytics (id, user_id, current_streak, longest_streak, total_contributions, last_contribution_date)
SELECT pg_temp.key(9, n), pg_temp.key(1, n), n % 100, 100, 1, app_today() FROM generate_series(1, 10000) AS n;
INSERT INTO user_roles (id, user_id, role_id)
SELECT pg_temp.key(10, n), pg_temp.key(1, n), roles.id FROM generate_series(1, 10000) AS n JOIN roles ON roles.name = 'user';
INSERT INTO user_permissions (id, user_id, permission_id)
SELECT pg_temp.key(11, n), pg_temp.key(1, n), permissions.id
FROM generate_series(1, 10000) AS n JOIN permissions ON permissions.name = 'analytics:read';
INSERT INTO push_tokens (id, user_id, token, platform)
SELECT pg_temp.key(12, n), pg_temp.key(1, n), 'token number ' || n, 'android' FROM generate_series(1, 10000) AS n;

-- Accounts 1 to 10,000 are of wallets, the next 20,000 of plans, the next 20,000 of groups and their members.
INSERT INTO ledger_accounts (id, kind, normal_side)
SELECT pg_temp.key(13, n),
  CASE WHEN n <= 10000 THEN 'wallet' WHEN n <= 30000 THEN 'plan' WHEN n <= 35000 THEN 'group_pool' ELSE 'group_deposit' END, 'credit'
FROM generate_series(1, 50000) AS n;
INSERT INTO wallets (id, user_id, account_id)
SELECT pg_temp.key(14, n), pg_temp.key(1, n), pg_temp.key(13, n) FROM generate_series(1, 10000) AS n;
INSERT INTO bank_accounts (id, user_id, bank_code, bank_name, account_number, account_name)
SELECT pg_temp.key(15, n), pg_temp.key(1, n), '044', 'Bank', lpad(n::text, 10, '0'), 'Large' FROM generate_series(1, 10000) AS n;
INSERT INTO savings_plans (
  id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, auto_save_enabled, status, start_date, end_date,
  interest_rate, completed_at, interest_posted_at
)
SELECT pg_temp.key(16, n), pg_temp.key(1, (n + 1) / 2), pg_temp.key(13, n + 10000), 'Plan', 100, 30, 3000, n % 4 = 0,
  CASE WHEN n % 3 = 0 THEN 'completed' ELSE 'active' END, app_today() - 10, app_today() + 20, 0.05,
  CASE WHEN n % 3 = 0 THEN now() END, CASE WHEN n % 3 = 0 AND n % 100 <> 0 THEN now() END
FROM generate_series(1, 20000) AS n;
INSERT INTO transactions (
  id, user_id, plan_id, amount, type, status, payment_source, reference, provider, provider_reference, bank_account_id, created_at,
  completed_at
)
SELECT pg_temp.key(17, n), pg_temp.key(1, 1 + n % 10000), CASE WHEN n % 10 < 7 THEN pg_temp.key(16, 2 * (1 + n % 10000)) END, 100,
  CASE WHEN n % 10 < 7 THEN 'contribution' WHEN n % 10 = 7 THEN 'wallet_withdrawal' ELSE 'wallet_funding' END,
  CASE WHEN n % 10 >= 7 AND n > 59500 THEN 'pending' ELSE 'completed' END, 'wallet', 'LRG-' || n,
  CASE WHEN n % 10 = 8 THEN 'paystack' END, CASE WHEN n % 10 = 8 THEN 'reference ' || n END,
  CASE WHEN n % 10 = 7 THEN pg_temp.key(15, 1 + n % 10000) END, pg_temp.moment(n / 60000.0),
  CASE WHEN n % 10 >= 7 AND n > 59500 THEN NULL ELSE pg_temp.moment(n / 60000.0) END
FROM generate_series(1, 60000) AS n;
INSERT INTO ledger_entries (user_id, transaction_id, debit_account_id, credit_account_id, amount, currency, created_at)
SELECT pg_temp.key(1, 1 + n % 10000), pg_temp.key(17, n), pg_temp.key(13, 1 + n % 10000), pg_temp.key(13, 10000 + 2 * (1 + n % 10000)), 100,
  'NGN', pg_temp.moment(n / 60000.0)
FROM generate_series(1, 60000) AS n;
INSERT INTO idempotency_keys (user_id, key, operation, request_hash, result_id, created_at)
SELECT pg_temp.key(1, n), 'key number ' || n, 'post_contribution', pg_temp.hash('q' || n), pg_temp.key(17, n), pg_temp.moment(n / 10000.0)
FROM generate_series(1, 10000) AS n;
INSERT INTO payment_events (id, provider, event_id, event_type, payload, status, created_at, processed_at)
SELECT pg_temp.key(18, n), 'paystack', 'event ' || n, 'other', '{}', CASE WHEN n > 9950 THEN 'received' ELSE 'processed' END,
  pg_temp.moment(n / 10000.0), CASE WHEN n <= 9950 THEN now() END
FROM generate_series(1, 10000) AS n;
INSERT INTO auto_save_attempts (user_id, plan_id, day, amount, outcome)
SELECT pg_temp.key(1, 2 * n), pg_temp.key(16, 4 * n), app_today() - day, 100, 'saved'
FROM generate_series(1, 5000) AS n CROSS JOIN generate_series(1, 4) AS day;
INSERT INTO savings_milestones (id, user_id, milestone_type, milestone_name)
SELECT pg_temp.key(19, n), pg_temp.key(1, n), 'first_contribution', 'First' FROM generate_series(1, 10000) AS n;
INSERT INTO rewards (id, user_id, reward_type, reward_name, points, grant_key, expires_at)
SELECT pg_temp.key(20, n), pg_temp.key(1, n), 'points', 'Welcome', 5, 'welcome', now() + interval '1 year' FROM generate_series(1, 10000) AS n;
INSERT INTO daily_analytics (id, date) SELECT pg_temp.key(21, n), DATE '2010-01-01' + n FROM generate_series(1, 5000) AS n;

-- 5,000 groups of three, most of them running.
INSERT INTO ajo_groups (
  id, organizer_id, group_name, member_count, current_member_count, contribution_amount, contribution_frequency, rotation_order,
  status, start_date, next_payout_date, end_date, invite_code, pool_account_id, created_at
)
SELECT pg_temp.key(22, n), pg_temp.key(1, 2 * n), 'Group ' || n, 5, 3, 1000, 'weekly', 'sequential',
  CASE WHEN n % 10 = 0 THEN 'recruiting' ELSE 'active' END, app_today(), app_today() + n % 60, app_today() + 100,
  'L' || lpad(n::text, 7, '0'), pg_temp.key(13, 30000 + n), pg_temp.moment(n / 5000.0)
FROM generate_series(1, 5000) AS n;
INSERT INTO group_members (id, group_id, user_id, role, position, deposit_account_id)
SELECT pg_temp.key(23, n), pg_temp.key(22, (n + 2) / 3), pg_temp.key(1, n % 10000 + 1), CASE n % 3 WHEN 1 THEN 'organizer' ELSE 'member' END,
  1 + n % 3, pg_temp.key(13, 35000 + n)
FROM generate_series(1, 15000) AS n;
INSERT INTO ajo_rounds (id, group_id, round, recipient_member_id, due_date, status, opened_at)
SELECT pg_temp.key(24, n), pg_temp.key(22, (n + 2) / 3), 1 + n % 3, pg_temp.key(23, n), app_today() + 7 * (1 + n % 3)::integer,
  CASE n % 3 WHEN 0 THEN 'open' ELSE 'scheduled' END, CASE n % 3 WHEN 0 THEN now() END
FROM generate_series(1, 15000) AS n;
INSERT INTO group_contributions (id, group_id, member_id, user_id, round, amount, due_date)
SELECT pg_temp.key(25, n), pg_temp.key(22, (n + 2) / 3), pg_temp.key(23, n), pg_temp.key(1, n % 10000 + 1), 1, 1000, app_today() + 7
FROM generate_series(1, 15000) AS n;
INSERT INTO group_invitations (id, group_id, invited_by, invited_phone, invited_email, status, expires_at, accepted_at, invited_user_id, created_at)
SELECT pg_temp.key(26, n), pg_temp.key(22, n), pg_temp.key(1, 2 * n), '+23490' || lpad(n::text, 8, '0'), 'guest' || n || '@avdaily.test',
  CASE WHEN n % 5 = 0 THEN 'pending' ELSE 'accepted' END, now() + interval '7 days', CASE WHEN n % 5 <> 0 THEN now() END,
  pg_temp.key(1, 2 * n - 1), now() - interval '1 hour'
FROM generate_series(1, 5000) AS n;

INSERT INTO notifications (id, user_id, type, channel, title, message, status, sent_at, read_at, created_at)
SELECT pg_temp.key(27, n), pg_temp.key(1, 1 + n % 10000), 'milestone', 'push', 'Title', 'Message',
  CASE WHEN n > 29900 THEN 'pending' ELSE 'sent' END, CASE WHEN n <= 29900 THEN now() END, CASE WHEN n < 25000 THEN now() END,
  now() - interval '20 days' * (1 - n / 30000.0)
FROM generate_series(1, 30000) AS n;
INSERT INTO scheduled_notifications (id, user_id, type, channel, title, message, scheduled_for, first_scheduled_for, status, sent_at)
SELECT pg_temp.key(28, n), pg_temp.key(1, n), 'weekly_report', 'email', 'Title', 'Message', pg_temp.moment(n / 9000.0),
  pg_temp.moment(n / 9000.0), CASE WHEN n > 8900 THEN 'pending' ELSE 'sent' END, CASE WHEN n <= 8900 THEN now() END
FROM generate_series(1, 10000) AS n;
INSERT INTO audit_log (user_id, subject_user_id, action, resource, resource_id, created_at)
SELECT pg_temp.key(1, 1 + n % 10000), pg_temp.key(1, 1 + (n + 1) % 10000), 'group_members.insert', 'group_members',
  pg_temp.key(23, 1 + n % 15000), now() - interval '20 days' * (1 - n / 30000.0)
FROM generate_series(1, 30000) AS n;

RESET session_replication_role;
ANALYZE;
