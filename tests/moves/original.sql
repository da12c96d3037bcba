-- The schema of the TypeScript package after its three migrations: tables, columns, defaults and keys as it makes them, its gaps
-- included (no CHECK, no trigger, timestamps without time zone, secrets in plain text). Constraints have PostgreSQL's names.
CREATE TABLE todo (id serial PRIMARY KEY, text text NOT NULL, completed boolean DEFAULT false NOT NULL);

CREATE TABLE "user" (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, email text NOT NULL UNIQUE, email_verified boolean NOT NULL,
  image text, phone_number varchar(20) UNIQUE, phone_verified boolean DEFAULT false, date_of_birth date,
  kyc_tier integer NOT NULL DEFAULT 0, kyc_status varchar(20) NOT NULL DEFAULT 'pending', kyc_data jsonb, kyc_verified_at timestamp,
  biometric_enabled boolean DEFAULT false, biometric_public_key text, is_active boolean NOT NULL DEFAULT true,
  is_suspended boolean DEFAULT false, suspended_at timestamp, suspension_reason text,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX user_email_idx ON "user" (email);
CREATE INDEX user_phone_number_idx ON "user" (phone_number);
CREATE INDEX user_kyc_tier_idx ON "user" (kyc_tier);
CREATE INDEX user_kyc_status_idx ON "user" (kyc_status);
CREATE INDEX user_is_active_idx ON "user" (is_active);

CREATE TABLE session (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), expires_at timestamp NOT NULL, token text NOT NULL UNIQUE,
  refresh_token text UNIQUE, refresh_token_expires_at timestamp, created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(), ip_address text, user_agent text, device_id varchar(255),
  last_activity_at timestamp, user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE
);
CREATE INDEX session_user_id_idx ON session (user_id);

CREATE TABLE account (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id text NOT NULL, provider_id text NOT NULL,
  user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, access_token text, refresh_token text, id_token text,
  access_token_expires_at timestamp, refresh_token_expires_at timestamp, scope text, password text,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE verification (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), identifier text NOT NULL, value text NOT NULL, expires_at timestamp NOT NULL,
  created_at timestamp, updated_at timestamp
);

CREATE TABLE kyc_verification (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, tier integer NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'pending', first_name varchar(100), last_name varchar(100), date_of_birth date, address text,
  government_id_type varchar(50), government_id_number varchar(100), government_id_image text, selfie_image text,
  verification_data jsonb, verified_by uuid, verified_at timestamp, rejection_reason text,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE phone_verification (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), phone_number varchar(20) NOT NULL, otp varchar(6) NOT NULL,
  expires_at timestamp NOT NULL, verified boolean DEFAULT false, attempts integer DEFAULT 0, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE biometric_auth (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  device_id varchar(255) NOT NULL, device_name varchar(255), public_key text NOT NULL, is_active boolean DEFAULT true,
  last_used_at timestamp, created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE savings_plans (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  plan_name varchar(100) NOT NULL, daily_amount numeric(15, 2) NOT NULL, cycle_duration integer NOT NULL,
  target_amount numeric(15, 2), current_amount numeric(15, 2) NOT NULL DEFAULT 0, minimum_balance numeric(15, 2) NOT NULL DEFAULT 0,
  auto_save_enabled boolean NOT NULL DEFAULT false, auto_save_time time NOT NULL DEFAULT '09:00:00',
  status varchar(20) NOT NULL DEFAULT 'active', start_date date NOT NULL, end_date date NOT NULL,
  interest_rate numeric(5, 4) NOT NULL DEFAULT 0, contribution_streak integer NOT NULL DEFAULT 0,
  total_contributions integer NOT NULL DEFAULT 0, version integer NOT NULL DEFAULT 1, currency varchar(3) NOT NULL,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX savings_plans_auto_save_idx ON savings_plans (auto_save_enabled, auto_save_time);

CREATE TABLE transactions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  plan_id uuid REFERENCES savings_plans ON DELETE SET NULL, amount numeric(15, 2) NOT NULL, currency varchar(3) NOT NULL,
  type varchar(20) NOT NULL, status varchar(20) NOT NULL DEFAULT 'pending', payment_source varchar(20) NOT NULL,
  reference varchar(100) NOT NULL UNIQUE, description varchar(255), metadata varchar(1000),
  created_at timestamp NOT NULL DEFAULT now(), completed_at timestamp, updated_at timestamp NOT NULL DEFAULT now(),
  failed_at timestamp, failure_reason varchar(255)
);
CREATE INDEX transactions_user_id_idx ON transactions (user_id);

CREATE TABLE wallets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL UNIQUE REFERENCES "user" ON DELETE CASCADE,
  balance numeric(15, 2) NOT NULL DEFAULT 0, currency varchar(3) NOT NULL, is_active boolean NOT NULL DEFAULT true,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE ajo_groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organizer_id uuid NOT NULL REFERENCES "user" ON DELETE RESTRICT,
  group_name varchar(100) NOT NULL, description text, member_count integer NOT NULL, current_member_count integer NOT NULL DEFAULT 1,
  contribution_amount numeric(15, 2) NOT NULL, contribution_frequency varchar(20) NOT NULL, rotation_order varchar(20) NOT NULL,
  current_round integer NOT NULL DEFAULT 1, current_position integer NOT NULL DEFAULT 0,
  status varchar(20) NOT NULL DEFAULT 'recruiting', service_fee_rate numeric(5, 4) NOT NULL DEFAULT 0.0200,
  total_collected numeric(15, 2) NOT NULL DEFAULT 0, total_disbursed numeric(15, 2) NOT NULL DEFAULT 0, currency varchar(3) NOT NULL,
  start_date date, next_payout_date date, end_date date, is_private boolean NOT NULL DEFAULT false, invite_code varchar(20) UNIQUE,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE group_members (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), group_id uuid NOT NULL REFERENCES ajo_groups ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, role varchar(20) NOT NULL DEFAULT 'member', position integer,
  status varchar(20) NOT NULL DEFAULT 'active', has_received_payout boolean NOT NULL DEFAULT false, payout_received_at timestamp,
  total_contributed numeric(15, 2) NOT NULL DEFAULT 0, missed_contributions integer NOT NULL DEFAULT 0,
  joined_at timestamp NOT NULL DEFAULT now(), removed_at timestamp, removal_reason text, UNIQUE (group_id, user_id)
);

CREATE TABLE group_contributions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), group_id uuid NOT NULL REFERENCES ajo_groups ON DELETE CASCADE,
  member_id uuid NOT NULL REFERENCES group_members ON DELETE CASCADE, user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  round integer NOT NULL, amount numeric(15, 2) NOT NULL, currency varchar(3) NOT NULL, status varchar(20) NOT NULL DEFAULT 'pending',
  transaction_id uuid, due_date date NOT NULL, paid_at timestamp, created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE group_payouts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), group_id uuid NOT NULL REFERENCES ajo_groups ON DELETE CASCADE,
  member_id uuid NOT NULL REFERENCES group_members ON DELETE CASCADE, user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  round integer NOT NULL, amount numeric(15, 2) NOT NULL, service_fee numeric(15, 2) NOT NULL, net_amount numeric(15, 2) NOT NULL,
  currency varchar(3) NOT NULL, status varchar(20) NOT NULL DEFAULT 'pending', transaction_id uuid, scheduled_date date NOT NULL,
  disbursed_at timestamp, created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE group_invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), group_id uuid NOT NULL REFERENCES ajo_groups ON DELETE CASCADE,
  invited_by uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, invited_user_id uuid REFERENCES "user" ON DELETE CASCADE,
  invited_phone varchar(20), invited_email varchar(255), status varchar(20) NOT NULL DEFAULT 'pending', expires_at timestamp NOT NULL,
  accepted_at timestamp, rejected_at timestamp, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE roles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(50) NOT NULL UNIQUE, display_name varchar(100) NOT NULL,
  description text, is_system boolean NOT NULL DEFAULT false, created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE permissions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(100) NOT NULL UNIQUE, display_name varchar(150) NOT NULL,
  description text, resource varchar(50) NOT NULL, action varchar(50) NOT NULL, is_system boolean NOT NULL DEFAULT false,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE role_permissions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), role_id uuid NOT NULL REFERENCES roles ON DELETE CASCADE,
  permission_id uuid NOT NULL REFERENCES permissions ON DELETE CASCADE, created_at timestamp NOT NULL DEFAULT now(),
  UNIQUE (role_id, permission_id)
);

CREATE TABLE user_roles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  role_id uuid NOT NULL REFERENCES roles ON DELETE CASCADE, assigned_by uuid REFERENCES "user" ON DELETE SET NULL,
  assigned_at timestamp NOT NULL DEFAULT now(), expires_at timestamp, UNIQUE (user_id, role_id)
);

CREATE TABLE user_permissions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  permission_id uuid NOT NULL REFERENCES permissions ON DELETE CASCADE, assigned_by uuid REFERENCES "user" ON DELETE SET NULL,
  assigned_at timestamp NOT NULL DEFAULT now(), expires_at timestamp, UNIQUE (user_id, permission_id)
);

CREATE TABLE audit_log (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid REFERENCES "user" ON DELETE SET NULL, action varchar(100) NOT NULL,
  resource varchar(50) NOT NULL, resource_id uuid, status varchar(20) NOT NULL, ip_address varchar(45), user_agent text,
  metadata text, error_message text, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE user_analytics (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL UNIQUE REFERENCES "user" ON DELETE CASCADE,
  total_saved numeric(15, 2) NOT NULL DEFAULT 0, total_withdrawn numeric(15, 2) NOT NULL DEFAULT 0,
  total_interest_earned numeric(15, 2) NOT NULL DEFAULT 0, current_streak integer NOT NULL DEFAULT 0,
  longest_streak integer NOT NULL DEFAULT 0, total_contributions integer NOT NULL DEFAULT 0,
  completed_plans integer NOT NULL DEFAULT 0, active_plans integer NOT NULL DEFAULT 0, currency varchar(3) NOT NULL,
  last_contribution_date date, created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE daily_analytics (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), date date NOT NULL, total_users integer NOT NULL DEFAULT 0,
  active_users integer NOT NULL DEFAULT 0, new_users integer NOT NULL DEFAULT 0, total_savings_plans integer NOT NULL DEFAULT 0,
  active_savings_plans integer NOT NULL DEFAULT 0, total_contributions integer NOT NULL DEFAULT 0,
  total_contribution_amount numeric(15, 2) NOT NULL DEFAULT 0, total_withdrawals integer NOT NULL DEFAULT 0,
  total_withdrawal_amount numeric(15, 2) NOT NULL DEFAULT 0, active_ajo_groups integer NOT NULL DEFAULT 0,
  currency varchar(3) NOT NULL, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE savings_milestones (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  plan_id uuid REFERENCES savings_plans ON DELETE CASCADE, milestone_type varchar(50) NOT NULL, milestone_name varchar(100) NOT NULL,
  description varchar(255), badge_icon varchar(100), reward_points integer NOT NULL DEFAULT 0,
  achieved_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE rewards (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  reward_type varchar(50) NOT NULL, reward_name varchar(100) NOT NULL, description varchar(255), value numeric(15, 2),
  points integer NOT NULL DEFAULT 0, status varchar(20) NOT NULL DEFAULT 'active', expires_at timestamp, redeemed_at timestamp,
  metadata jsonb, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, type varchar(50) NOT NULL,
  channel varchar(20) NOT NULL, title varchar(200) NOT NULL, message text NOT NULL, data jsonb,
  status varchar(20) NOT NULL DEFAULT 'pending', is_read boolean NOT NULL DEFAULT false, read_at timestamp, sent_at timestamp,
  failure_reason text, created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE notification_preferences (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL UNIQUE REFERENCES "user" ON DELETE CASCADE,
  push_enabled boolean NOT NULL DEFAULT true, push_contribution_reminders boolean NOT NULL DEFAULT true,
  push_milestones boolean NOT NULL DEFAULT true, push_group_activity boolean NOT NULL DEFAULT true,
  push_payment_updates boolean NOT NULL DEFAULT true, sms_enabled boolean NOT NULL DEFAULT false,
  sms_contribution_reminders boolean NOT NULL DEFAULT false, sms_milestones boolean NOT NULL DEFAULT false,
  sms_payment_updates boolean NOT NULL DEFAULT false, email_enabled boolean NOT NULL DEFAULT true,
  email_weekly_report boolean NOT NULL DEFAULT true, email_milestones boolean NOT NULL DEFAULT true,
  email_group_activity boolean NOT NULL DEFAULT true, email_payment_updates boolean NOT NULL DEFAULT true,
  quiet_hours_enabled boolean NOT NULL DEFAULT false, quiet_hours_start varchar(5), quiet_hours_end varchar(5),
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE push_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, token text NOT NULL UNIQUE,
  platform varchar(20) NOT NULL, device_id varchar(255), device_name varchar(255), is_active boolean NOT NULL DEFAULT true,
  last_used_at timestamp, created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE scheduled_notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE, type varchar(50) NOT NULL,
  channel varchar(20) NOT NULL, title varchar(200) NOT NULL, message text NOT NULL, data jsonb, scheduled_for timestamp NOT NULL,
  is_recurring boolean NOT NULL DEFAULT false, recurring_pattern varchar(50), status varchar(20) NOT NULL DEFAULT 'pending',
  sent_at timestamp, created_at timestamp NOT NULL DEFAULT now()
);

CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('0000', 1), ('0001', 2), ('0002', 3);
