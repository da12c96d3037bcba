-- Rows of every awkward kind that the TypeScript system wrote and the move takes: users …01 to …06.
INSERT INTO "user" (id, name, email, email_verified, phone_number, phone_verified, kyc_tier, kyc_status, kyc_data, is_active, is_suspended,
    suspended_at, suspension_reason, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 'Ada Obi', 'Ada@Example.com', true, '08012345678', true, 2, 'verified', '{"bvn": "22222222222"}', true, false, NULL, NULL, '2025-01-01 08:00', '2025-01-01 08:00'),
  ('00000000-0000-4000-8000-000000000002', 'Bola', 'bola@example.com', false, '2348012345679', NULL, 1, 'approved', NULL, true, NULL, NULL, NULL, '2025-01-01 23:30', '2025-01-01 23:30'),
  ('00000000-0000-4000-8000-000000000003', 'Chidi', 'chidi@example.com', true, '+2348012345680', true, 0, 'pending', NULL, true, true, NULL, 'fraud', '2025-01-02', '2025-02-02'),
  ('00000000-0000-4000-8000-000000000004', 'Dayo', 'dayo@example.com', false, 'call me', true, 0, 'under_review', '[1, 2]', true, false, NULL, NULL, '2025-01-03', '2025-01-03'),
  ('00000000-0000-4000-8000-000000000005', 'Efe', 'efe@example.com', true, NULL, true, 0, 'rejected', NULL, false, false, NULL, NULL, '2025-01-04', '2025-01-04'),
  ('00000000-0000-4000-8000-000000000006', '  ', 'nameless@example.com', true, NULL, false, 1, 'approved', NULL, true, false, NULL, NULL, '2025-01-05', '2025-01-05');

INSERT INTO session (expires_at, token, refresh_token, refresh_token_expires_at, ip_address, user_agent, user_id) VALUES
  (now() + interval '20 days', 'plain-session-token-of-ada-1', 'plain-refresh-of-ada', now() + interval '60 days', '10.1.2.3', 'Phone', '00000000-0000-4000-8000-000000000001'),
  (now() + interval '20 days', 'plain-session-token-of-bola-1', 'plain-refresh-of-bola', NULL, 'not an address', repeat('x', 2000), '00000000-0000-4000-8000-000000000002'),
  (now() - interval '1 day', 'expired-session-token-of-bola', NULL, NULL, NULL, NULL, '00000000-0000-4000-8000-000000000002');

INSERT INTO account (account_id, provider_id, user_id, access_token, refresh_token, password, created_at) VALUES
  ('ada', 'credential', '00000000-0000-4000-8000-000000000001', NULL, NULL, '00112233445566778899aabbccddeeff:' || repeat('ab', 64), '2025-01-01'),
  ('bola', 'credential', '00000000-0000-4000-8000-000000000002', NULL, NULL, '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', '2025-01-01'),
  ('chidi', 'credential', '00000000-0000-4000-8000-000000000003', NULL, NULL, 'hunter2', '2025-01-01'),
  ('dayo', 'credential', '00000000-0000-4000-8000-000000000004', NULL, NULL, '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGAAAAAAAAAAA', '2025-01-01'),
  ('g-1', 'google', '00000000-0000-4000-8000-000000000001', 'ya29.plain-access-token', 'plain-google-refresh-token', NULL, '2025-01-01'),
  ('g-1', 'google', '00000000-0000-4000-8000-000000000001', 'ya29.plain-access-token-2', NULL, NULL, '2025-02-01');

INSERT INTO verification (identifier, value, expires_at, created_at) VALUES
  ('ada@example.com', 'a-long-random-token-for-an-email', now() + interval '12 hours', NULL),
  ('ada@example.com', 'a-long-random-token-for-an-email', now() + interval '12 hours', NULL),
  ('bola@example.com', '123456', now() + interval '1 hour', now()),
  ('chidi@example.com', 'an-expired-long-random-token-xx', now() - interval '1 hour', now());

INSERT INTO phone_verification (phone_number, otp, expires_at) VALUES ('08012345678', '424242', now() + interval '5 minutes');

INSERT INTO biometric_auth (user_id, device_id, device_name, public_key, is_active, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 'phone-1', 'old', 'key-old', true, '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', 'phone-1', 'new', 'key-new', NULL, '2025-02-01', '2025-02-01');

INSERT INTO kyc_verification (user_id, tier, status, first_name, government_id_type, government_id_number, verified_by, verified_at, rejection_reason, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 1, 'verified', 'Ada', 'BVN', '22222222222', '00000000-0000-4000-8000-0000000000ff', NULL, NULL, '2025-01-01', '2025-01-02'),
  ('00000000-0000-4000-8000-000000000001', 2, 'approved', 'Ada', 'Passport', 'A01234567', '00000000-0000-4000-8000-000000000001', '2025-01-03', NULL, '2025-01-02', '2025-01-03'),
  ('00000000-0000-4000-8000-000000000004', 1, 'pending', 'Dayo', 'NIN', '33333333333', NULL, '2025-01-03', NULL, '2025-01-02', '2025-01-02'),
  ('00000000-0000-4000-8000-000000000004', 1, 'under_review', '', NULL, NULL, NULL, NULL, NULL, '2025-01-04', '2025-01-04'),
  ('00000000-0000-4000-8000-000000000005', 1, 'rejected', 'Efe', NULL, NULL, '00000000-0000-4000-8000-000000000001', '2025-01-05', NULL, '2025-01-04', '2025-01-05');

-- Chidi's wallet is frozen; Efe has none; amounts that sums of floats get wrong.
INSERT INTO wallets (id, user_id, balance, currency, is_active, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001', 0.10, 'NGN', true, '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-000000000002', 9007199254740.93, 'NGN', true, '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-000000000003', 2500.20, 'NGN', false, '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-0000000000a4', '00000000-0000-4000-8000-000000000004', 0, 'NGN', true, '2025-01-01', '2025-01-01');

INSERT INTO savings_plans (id, user_id, plan_name, daily_amount, cycle_duration, target_amount, current_amount, auto_save_enabled, status,
    start_date, end_date, interest_rate, contribution_streak, total_contributions, currency, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-000000000001', 'Rent', 100, 90, 9000, 3000.30, true, 'active', '2025-01-01', '2025-04-01', 0.05, 400, 400, 'NGN', '2025-01-01', '2025-01-31'),
  ('00000000-0000-4000-8000-0000000000b2', '00000000-0000-4000-8000-000000000001', 'Done', 100, 30, NULL, 3000, false, 'completed', '2025-01-01', '2025-01-31', 0.05, 30, 30, 'NGN', '2025-01-01', '2025-01-31'),
  ('00000000-0000-4000-8000-0000000000b3', '00000000-0000-4000-8000-000000000002', 'Given up', 50, 30, 1500, 250, true, 'cancelled', '2025-01-01', '2025-01-31', 0, 5, 5, 'NGN', '2025-01-01', '2025-01-10'),
  ('00000000-0000-4000-8000-0000000000b4', '00000000-0000-4000-8000-000000000002', 'Empty', 50, 30, 1500, 0, false, 'cancelled', '2025-01-01', '2025-01-31', 0, 0, 0, 'NGN', '2025-01-01', '2025-01-10'),
  ('00000000-0000-4000-8000-0000000000b5', '00000000-0000-4000-8000-000000000002', 'Waits', 50, 30, 1500, 0, false, 'paused', '2025-01-01', '2025-01-31', 0, 0, 0, 'NGN', '2025-01-01', '2025-01-10');

INSERT INTO transactions (user_id, plan_id, amount, currency, type, status, payment_source, reference, metadata, created_at, completed_at) VALUES
  ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1', 100, 'NGN', 'contribution', 'completed', 'bank', 'CON-1', '{"amount": 100.00000001}', '2025-01-30 23:30', '2025-01-30 23:30'),
  ('00000000-0000-4000-8000-000000000001', NULL, 5000, 'NGN', 'deposit', 'completed', 'card', 'DEP-1', 'not json', '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-000000000002', NULL, 1, 'NGN', 'refund', 'failed', 'crypto', 'REF-1', NULL, '2025-01-01', NULL);

INSERT INTO ajo_groups (id, organizer_id, group_name, member_count, current_member_count, contribution_amount, contribution_frequency, rotation_order,
    status, currency, invite_code, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-000000000001', 'Market Women Ajo', 10, 3, 1000, 'daily', 'sequential', 'recruiting', 'NGN', 'INV-ABC123', '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-000000000001', 'Friends Esusu', 5, 5, 5000, 'weekly', 'random', 'active', 'NGN', 'inv 1', '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-000000000002', 'Over', 5, 5, 5000, 'weekly', 'random', 'completed', 'NGN', NULL, '2025-01-01', '2025-01-01');
INSERT INTO group_members (id, group_id, user_id, role, position, status, joined_at) VALUES
  ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-000000000002', 'member', 1, 'active', '2025-01-02'),
  ('00000000-0000-4000-8000-0000000000d2', '00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-000000000001', 'member', 1, 'active', '2025-01-02'),
  ('00000000-0000-4000-8000-0000000000d3', '00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-000000000002', 'organizer', 1, 'active', '2025-01-02'),
  ('00000000-0000-4000-8000-0000000000d4', '00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-000000000003', 'member', 2, 'removed', '2025-01-02');
INSERT INTO group_invitations (group_id, invited_by, invited_user_id, invited_phone, invited_email, status, expires_at) VALUES
  ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-000000000001', NULL, '08011112222', 'New@Example.com', 'pending', now() + interval '3 days'),
  ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-000000000001', NULL, NULL, NULL, 'pending', now() + interval '3 days');

INSERT INTO roles (id, name, display_name) VALUES
  ('00000000-0000-4000-8000-0000000000e1', 'admin', 'Administrator'), ('00000000-0000-4000-8000-0000000000e2', 'user', 'User'),
  ('00000000-0000-4000-8000-0000000000e3', 'kyc_reviewer', 'Reviewer'), ('00000000-0000-4000-8000-0000000000e4', 'Bad Name', 'Bad');
INSERT INTO permissions (id, name, display_name, resource, action) VALUES
  ('00000000-0000-4000-8000-0000000000f1', 'user:read', 'Read', 'user', 'read'), ('00000000-0000-4000-8000-0000000000f2', 'group:moderate', 'Moderate', 'group', 'moderate'),
  ('00000000-0000-4000-8000-0000000000f3', 'savings', 'Create', 'savings', 'create');
INSERT INTO role_permissions (role_id, permission_id) VALUES
  ('00000000-0000-4000-8000-0000000000e3', '00000000-0000-4000-8000-0000000000f2'), ('00000000-0000-4000-8000-0000000000e2', '00000000-0000-4000-8000-0000000000f2');
INSERT INTO user_roles (user_id, role_id, assigned_by, expires_at) VALUES
  ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000e1', NULL, NULL),
  ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000e3', '00000000-0000-4000-8000-000000000001', NULL),
  ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000e2', NULL, '2020-01-01');
INSERT INTO user_permissions (user_id, permission_id) VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000f1');

INSERT INTO audit_log (user_id, action, resource, status, metadata) VALUES ('00000000-0000-4000-8000-000000000001', 'DO THINGS', 'Wallet', 'pending', 'oops');
INSERT INTO user_analytics (user_id, total_saved, current_streak, longest_streak, currency) VALUES ('00000000-0000-4000-8000-000000000001', 99999, 9, 1, 'NGN');
INSERT INTO daily_analytics (date, total_users, active_users, currency, created_at) VALUES
  ('2025-01-01', 1, 1, 'NGN', '2025-01-01'), ('2025-01-01', 3, 2, 'NGN', '2025-01-02'), ('2025-01-02', 1, 5, 'NGN', '2025-01-02');
INSERT INTO savings_milestones (user_id, plan_id, milestone_type, milestone_name, achieved_at) VALUES
  ('00000000-0000-4000-8000-000000000001', NULL, 'week_streak', 'Week', '2025-01-08'), ('00000000-0000-4000-8000-000000000001', NULL, 'week_streak', 'Week', '2025-01-09'),
  ('00000000-0000-4000-8000-000000000001', NULL, 'streak_30', 'Month', '2025-01-30'), ('00000000-0000-4000-8000-000000000001', NULL, 'invented', 'Invented', '2025-01-30');
INSERT INTO rewards (user_id, reward_type, reward_name, value, points, status, redeemed_at, expires_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 'points', 'Points', NULL, 50, 'active', NULL, NULL),
  ('00000000-0000-4000-8000-000000000001', 'cashback', 'Cash', 100, 0, 'redeemed', '2025-01-01', NULL),
  ('00000000-0000-4000-8000-000000000001', 'points', 'Nothing', NULL, 0, 'active', NULL, NULL);
INSERT INTO notifications (user_id, type, channel, title, message, status, is_read, read_at, sent_at, created_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 'milestone', 'push', 'T', 'M', 'read', true, NULL, '2025-01-01', '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', 'milestone', 'in_app', 'T', 'M', 'sent', true, '2025-01-02', NULL, '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', 'kyc_update', 'sms', 'T', 'M', 'failed', false, NULL, NULL, '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', 'milestone', 'push', 'T', 'M', 'pending', false, NULL, NULL, '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', 'unheard of', 'push', 'T', 'M', 'sent', false, NULL, NULL, '2025-01-01');
INSERT INTO notification_preferences (user_id, sms_enabled, quiet_hours_enabled, quiet_hours_start, quiet_hours_end) VALUES
  ('00000000-0000-4000-8000-000000000001', true, true, '22:00', '06:30'), ('00000000-0000-4000-8000-000000000002', false, true, '25:00', '06:00');
INSERT INTO push_tokens (user_id, token, platform) VALUES
  ('00000000-0000-4000-8000-000000000001', 'device-token-of-ada', 'android'), ('00000000-0000-4000-8000-000000000001', 'device-token-two', 'symbian');
INSERT INTO scheduled_notifications (user_id, type, channel, title, message, scheduled_for, is_recurring, recurring_pattern) VALUES
  ('00000000-0000-4000-8000-000000000001', 'weekly_report', 'email', 'T', 'M', now() + interval '3 days', true, 'weekly'),
  ('00000000-0000-4000-8000-000000000001', 'weekly_report', 'email', 'T', 'M', now() + interval '3 days', true, 'hourly'),
  ('00000000-0000-4000-8000-000000000001', 'weekly_report', 'email', 'T', 'M', now() - interval '3 days', false, NULL);
