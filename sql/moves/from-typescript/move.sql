-- move: what the TypeScript package kept in "original" is in our tables; wallets and plans begin with an opening balance in the ledger
-- Why: the old sums do not explain the old balances, so posting the old transactions would invent money. As in any change of books
--   each balance is carried over once, against opening_equity, and the old books stay as they are, to be read.
-- Before: aside.sql, avdaily-sql apply, avdaily-sql seed --env production. One transaction: a row that breaks a rule, a finding "stop" of
--   look.sql, a count or a sum that differs at the end, and nothing has happened.
-- Times: the old ones have no zone. They are read as UTC, which is what a server writes that nobody set up otherwise; say so if
--   it was another: PGOPTIONS="-c avdaily.move_timezone=Africa/Lagos"
\set ON_ERROR_STOP on
\set QUIET on

BEGIN;

SET LOCAL search_path = original, pg_catalog;
\ir look.sql
SET LOCAL search_path = public, pg_temp;

DO $$
DECLARE
  v_first record;
BEGIN
  SELECT * INTO v_first FROM move_findings WHERE level = 'stop' ORDER BY what LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'cannot move: % (% rows, for example %)', v_first.what, v_first.rows, v_first.for_example
      USING HINT = 'Correct them (' || v_first.advice || '), then run this again; nothing was changed.';
  END IF;
  IF NOT EXISTS (SELECT FROM roles WHERE name = 'user') THEN
    RAISE EXCEPTION 'the roles are missing' USING HINT = 'avdaily-sql seed --env production';
  END IF;
  IF EXISTS (SELECT FROM "user") THEN
    RAISE EXCEPTION 'there are users already: this runs once, into empty tables';
  END IF;
END $$;

CREATE FUNCTION pg_temp.moment(p_at timestamp) RETURNS timestamptz LANGUAGE sql STABLE
RETURN p_at AT TIME ZONE coalesce(nullif(current_setting('avdaily.move_timezone', true), ''), 'UTC');

CREATE FUNCTION pg_temp.address(p_text text) RETURNS inet LANGUAGE plpgsql AS $$
BEGIN
  RETURN p_text::inet;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;

CREATE FUNCTION pg_temp.phone(p_number text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN regexp_replace(p_number, '[ ().-]', '', 'g') ~ '^\+[1-9][0-9]{1,14}$' THEN regexp_replace(p_number, '[ ().-]', '', 'g')
  WHEN regexp_replace(p_number, '[ ().-]', '', 'g') ~ '^0[789][0-9]{9}$' THEN '+234' || substr(regexp_replace(p_number, '[ ().-]', '', 'g'), 2)
  WHEN regexp_replace(p_number, '[ ().-]', '', 'g') ~ '^[1-9][0-9]{9,14}$' THEN '+' || regexp_replace(p_number, '[ ().-]', '', 'g')
END;

CREATE FUNCTION pg_temp.json_object_or_null(p_value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE jsonb_typeof(p_value) WHEN 'object' THEN p_value END;

CREATE FUNCTION pg_temp.clock(p_text text) RETURNS time LANGUAGE sql IMMUTABLE
RETURN CASE WHEN p_text ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN p_text::time END;

-- A PHC string stays; scrypt as salt:key in hexadecimal and bcrypt are only written otherwise. Nothing else is a hash.
CREATE FUNCTION pg_temp.password(p_text text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN p_text ~ '^\$[a-z0-9-]{1,32}(\$v=[0-9]{1,10})?\$[a-z0-9-]{1,32}=[A-Za-z0-9/+.,=-]+\$[A-Za-z0-9/+]{11,64}\$[A-Za-z0-9/+]{16,}$' THEN p_text
  WHEN p_text ~ '^[0-9a-f]{32}:[0-9a-f]{128}$' THEN
    '$scrypt$ln=14,r=16,p=1$' || rtrim(encode(convert_to(split_part(p_text, ':', 1), 'UTF8'), 'base64'), '=') || '$'
    || rtrim(translate(encode(decode(split_part(p_text, ':', 2), 'hex'), 'base64'), E'\n', ''), '=')
  WHEN p_text ~ '^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$' THEN
    '$bcrypt$r=' || substr(p_text, 5, 2) || '$' || translate(substr(p_text, 8, 22), '.', '+') || '$' || translate(substr(p_text, 30, 31), '.', '+')
END;

-- People.
INSERT INTO "user" (
  id, name, email, email_verified, image, phone_number, phone_verified, date_of_birth, kyc_tier, kyc_status, kyc_verified_at,
  biometric_enabled, biometric_public_key, is_active, is_suspended, suspended_at, suspension_reason, created_at, updated_at
)
SELECT id, coalesce(nullif(btrim(name), ''), 'No name'), lower(btrim(email)), email_verified, image, pg_temp.phone(phone_number),
  coalesce(phone_verified, false) AND pg_temp.phone(phone_number) IS NOT NULL,
  CASE WHEN date_of_birth >= DATE '1900-01-01' THEN date_of_birth END, kyc_tier,
  CASE kyc_status WHEN 'verified' THEN 'approved' ELSE kyc_status END, pg_temp.moment(kyc_verified_at),
  coalesce(biometric_enabled, false), biometric_public_key, is_active, coalesce(is_suspended, false),
  CASE WHEN is_suspended THEN pg_temp.moment(coalesce(suspended_at, updated_at)) END,
  CASE
    WHEN is_suspended AND char_length(suspension_reason) BETWEEN 10 AND 500 THEN suspension_reason
    WHEN is_suspended THEN 'Suspended before the move: ' || coalesce(nullif(left(btrim(suspension_reason), 400), ''), 'no reason was kept')
  END,
  pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM original."user";

INSERT INTO account (id, user_id, provider_id, account_id, password, scope, created_at, updated_at)
SELECT DISTINCT ON (provider_id, account_id)
  id, user_id, provider_id, account_id, pg_temp.password(password), scope, pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM original.account
ORDER BY provider_id, account_id, (password IS NULL), updated_at DESC, id;

INSERT INTO session (
  id, user_id, token_hash, expires_at, refresh_token_hash, refresh_token_expires_at, ip_address, user_agent, device_id,
  last_activity_at, created_at, updated_at
)
SELECT id, user_id, sha256(convert_to(token, 'UTF8')), pg_temp.moment(expires_at), sha256(convert_to(refresh_token, 'UTF8')),
  CASE WHEN refresh_token IS NOT NULL THEN pg_temp.moment(coalesce(refresh_token_expires_at, expires_at)) END,
  pg_temp.address(ip_address), left(user_agent, 1000), nullif(device_id, ''), pg_temp.moment(last_activity_at),
  least(pg_temp.moment(created_at), now()), pg_temp.moment(updated_at)
FROM original.session
WHERE pg_temp.moment(expires_at) > now();

-- The hash of a short code is soon guessed: those are not taken, and codes for telephones, which live minutes, neither.
INSERT INTO verification (id, identifier, value_hash, expires_at, created_at)
SELECT id, identifier, sha256(convert_to(value, 'UTF8')), pg_temp.moment(expires_at), least(coalesce(pg_temp.moment(created_at), now()), now())
FROM original.verification
WHERE pg_temp.moment(expires_at) > now() AND length(value) >= 20 AND length(identifier) BETWEEN 1 AND 320
ON CONFLICT ON CONSTRAINT verification_identifier_value_hash_key DO NOTHING;

INSERT INTO biometric_auth (id, user_id, device_id, device_name, public_key, is_active, last_used_at, created_at, updated_at)
SELECT DISTINCT ON (user_id, device_id)
  id, user_id, device_id, nullif(device_name, ''), public_key, coalesce(is_active, true), pg_temp.moment(last_used_at),
  pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM original.biometric_auth
WHERE device_id <> '' AND char_length(public_key) BETWEEN 1 AND 4000
ORDER BY user_id, device_id, updated_at DESC, id;

-- Without the numbers of documents: they are encrypted by the application, which has the key.
INSERT INTO kyc_verification (
  id, user_id, tier, status, first_name, last_name, date_of_birth, address, government_id_image, selfie_image, verification_data,
  verified_by, verified_at, rejection_reason, created_at, updated_at
)
SELECT request.id, request.user_id, request.tier, request.state, nullif(btrim(first_name), ''), nullif(btrim(last_name), ''),
  CASE WHEN date_of_birth >= DATE '1900-01-01' THEN date_of_birth END, nullif(left(btrim(address), 500), ''), government_id_image,
  selfie_image, pg_temp.json_object_or_null(verification_data),
  CASE
    WHEN request.state IN ('approved', 'rejected') AND verified_by <> request.user_id
      AND EXISTS (SELECT FROM original."user" WHERE "user".id = verified_by)
    THEN verified_by
  END,
  CASE WHEN request.state IN ('approved', 'rejected') THEN pg_temp.moment(coalesce(verified_at, updated_at)) END,
  CASE
    WHEN request.state = 'rejected' THEN coalesce(
      nullif(left(btrim(rejection_reason), 500), ''),
      CASE WHEN request.nth > 1 THEN 'Replaced by a later request.' ELSE 'Rejected before the move; no reason was kept.' END
    )
  END,
  pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM (
  SELECT *,
    CASE
      WHEN status = 'verified' THEN 'approved'
      WHEN status IN ('pending', 'under_review') AND nth > 1 THEN 'rejected'
      ELSE status
    END AS state
  FROM (
    SELECT *, row_number() OVER (
      PARTITION BY user_id, tier, status IN ('pending', 'under_review') ORDER BY created_at DESC, id
    ) AS nth
    FROM original.kyc_verification
  ) AS numbered
) AS request
WHERE tier IN (1, 2);

DO $$
BEGIN
  -- No migration of the package makes this table: some databases have it.
  IF to_regclass('original.bank_accounts') IS NOT NULL THEN
    INSERT INTO bank_accounts (
      id, user_id, bank_code, bank_name, account_number, account_name, is_verified, is_primary, created_at, updated_at
    )
    SELECT id, user_id, bank_code, bank_name, account_number, account_name, is_verified,
      is_primary AND row_number() OVER (PARTITION BY user_id ORDER BY is_primary DESC, created_at DESC, id) = 1,
      pg_temp.moment(created_at), pg_temp.moment(updated_at)
    FROM (
      SELECT DISTINCT ON (user_id, bank_code, account_number) * FROM original.bank_accounts
      WHERE bank_code ~ '^[0-9]{3}$' AND account_number ~ '^[0-9]{10}$'
      ORDER BY user_id, bank_code, account_number, created_at DESC, id
    ) AS newest;
  END IF;
END $$;

-- Who may do what: the seeded roles keep their rights, others are taken with theirs.
INSERT INTO permissions (name, display_name, description, resource, action)
SELECT name, display_name, left(description, 500), resource, action
FROM original.permissions
WHERE name = resource || ':' || action AND resource ~ '^[a-z][a-z_]{1,49}$' AND action ~ '^[a-z][a-z_]{1,48}$' AND btrim(display_name) <> ''
ON CONFLICT (name) DO NOTHING;

WITH taken AS (
  INSERT INTO roles (name, display_name, description)
  SELECT name, display_name, left(description, 500) FROM original.roles
  WHERE name ~ '^[a-z][a-z_]{1,49}$' AND btrim(display_name) <> ''
  ON CONFLICT (name) DO NOTHING
  RETURNING id, name
)
INSERT INTO role_permissions (role_id, permission_id)
SELECT taken.id, permissions.id
FROM taken
JOIN original.roles AS old_role ON old_role.name = taken.name
JOIN original.role_permissions AS old_grant ON old_grant.role_id = old_role.id
JOIN original.permissions AS old_permission ON old_permission.id = old_grant.permission_id
JOIN permissions ON permissions.name = old_permission.name;

INSERT INTO user_roles (id, user_id, role_id, assigned_by, assigned_at, expires_at)
SELECT given.id, given.user_id, roles.id, given.assigned_by, pg_temp.moment(given.assigned_at), pg_temp.moment(given.expires_at)
FROM original.user_roles AS given
JOIN original.roles AS old_role ON old_role.id = given.role_id
JOIN roles ON roles.name = old_role.name
WHERE given.expires_at IS NULL OR given.expires_at > given.assigned_at;

INSERT INTO user_roles (user_id, role_id)
SELECT "user".id, roles.id FROM "user" JOIN roles ON roles.name = 'user'
ON CONFLICT (user_id, role_id) DO NOTHING;

INSERT INTO user_permissions (id, user_id, permission_id, assigned_by, assigned_at, expires_at)
SELECT given.id, given.user_id, permissions.id, given.assigned_by, pg_temp.moment(given.assigned_at), pg_temp.moment(given.expires_at)
FROM original.user_permissions AS given
JOIN original.permissions AS old_permission ON old_permission.id = given.permission_id
JOIN permissions ON permissions.name = old_permission.name
WHERE given.expires_at IS NULL OR given.expires_at > given.assigned_at;

-- Money. Every user has a wallet; each wallet and plan has an account, and one that holds something an opening posting.
CREATE TEMP TABLE moved_wallets ON COMMIT DROP AS
SELECT coalesce(wallets.id, app_uuid()) AS id, "user".id AS user_id, app_uuid() AS account_id, app_uuid() AS transaction_id,
  round(coalesce(wallets.balance, 0)::numeric, 2) AS balance, coalesce(wallets.is_active, true) AS is_active,
  pg_temp.moment(coalesce(wallets.created_at, "user".created_at)) AS created_at,
  pg_temp.moment(coalesce(wallets.updated_at, "user".updated_at)) AS updated_at
FROM original."user" LEFT JOIN original.wallets ON wallets.user_id = "user".id;

CREATE TEMP TABLE moved_plans ON COMMIT DROP AS
SELECT plan.*, app_uuid() AS account_id, app_uuid() AS transaction_id, round(current_amount::numeric, 2) AS amount,
  pg_temp.moment(plan.created_at) AS made_at, pg_temp.moment(plan.updated_at) AS changed_at,
  CASE WHEN status = 'cancelled' AND round(current_amount::numeric, 2) > 0 THEN 'completed' ELSE status END AS state,
  (
    SELECT app_day(pg_temp.moment(max(coalesce(completed_at, created_at)))) FROM original.transactions
    WHERE plan_id = plan.id AND status = 'completed' AND type IN ('contribution', 'auto_save')
  ) AS last_contribution_on
FROM original.savings_plans AS plan;

-- A group that has collected nothing starts anew; one whose rotation is over stays in the old books.
CREATE TEMP TABLE moved_groups ON COMMIT DROP AS
SELECT *, app_uuid() AS pool_account_id,
  CASE WHEN upper(invite_code) ~ '^[A-Z0-9-]{6,10}$' THEN upper(invite_code) END AS code,
  pg_temp.moment(created_at) AS made_at, pg_temp.moment(updated_at) AS changed_at
FROM original.ajo_groups WHERE status IN ('recruiting', 'active');

CREATE TEMP TABLE moved_members ON COMMIT DROP AS
SELECT coalesce(member.id, app_uuid()) AS id, wanted.group_id, wanted.user_id, app_uuid() AS account_id,
  CASE WHEN wanted.user_id = wanted.organizer_id THEN 'organizer' ELSE 'member' END AS role,
  CASE WHEN wanted.user_id = wanted.organizer_id THEN 'active' ELSE member.status END AS status,
  coalesce(pg_temp.moment(member.joined_at), wanted.made_at) AS joined_at
FROM (
  SELECT moved_groups.id AS group_id, organizer_id, user_id, made_at
  FROM moved_groups JOIN original.group_members ON group_id = moved_groups.id
  WHERE group_members.status IN ('active', 'suspended') AND user_id <> organizer_id
  UNION ALL
  SELECT id, organizer_id, organizer_id, made_at FROM moved_groups
) AS wanted
LEFT JOIN original.group_members AS member ON member.group_id = wanted.group_id AND member.user_id = wanted.user_id;

GRANT SELECT ON moved_wallets, moved_plans, moved_groups, moved_members TO avdaily_ledger;
SET LOCAL ROLE avdaily_ledger;

INSERT INTO ledger_accounts (id, kind, normal_side)
SELECT account_id, 'wallet', 'credit' FROM moved_wallets
UNION ALL
SELECT account_id, 'plan', 'credit' FROM moved_plans
UNION ALL
SELECT pool_account_id, 'group_pool', 'credit' FROM moved_groups
UNION ALL
SELECT account_id, 'group_deposit', 'credit' FROM moved_members;

INSERT INTO wallets (id, user_id, account_id, balance, is_active, frozen_at, freeze_reason, created_at, updated_at)
SELECT id, user_id, account_id, balance, is_active, CASE WHEN NOT is_active THEN updated_at END,
  CASE WHEN NOT is_active THEN 'Frozen before the move; no reason was kept.' END, created_at, updated_at
FROM moved_wallets;

-- Whether the old system paid the interest of a completed plan cannot be told, so it is not paid again.
INSERT INTO savings_plans (
  id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, current_amount, minimum_balance,
  auto_save_enabled, auto_save_time, status, start_date, end_date, interest_rate, contribution_streak, last_contribution_on,
  total_contributions, version, completed_at, interest_posted_at, cancelled_at, created_at, updated_at
)
SELECT id, user_id, account_id, plan_name, daily_amount, cycle_duration, coalesce(target_amount, daily_amount * cycle_duration), amount,
  minimum_balance, auto_save_enabled AND state IN ('active', 'paused'), auto_save_time, state, start_date,
  -- One that was completed before its time is over today: its owner withdraws without a penalty.
  CASE state WHEN 'completed' THEN least(end_date, greatest(app_today(), start_date + 1)) ELSE end_date END, interest_rate,
  contribution_streak, last_contribution_on, total_contributions, version, CASE state WHEN 'completed' THEN changed_at END,
  CASE state WHEN 'completed' THEN changed_at END, CASE state WHEN 'cancelled' THEN changed_at END, made_at, changed_at
FROM moved_plans;

INSERT INTO transactions (
  id, user_id, plan_id, amount, type, status, payment_source, reference, description, metadata, completed_at
)
SELECT transaction_id, user_id, plan_id, amount, 'opening_balance', 'completed', 'system', mint_reference('OPN', user_id, transaction_id),
  'Carried over from the old books', '{"source": "typescript"}', now()
FROM (
  SELECT transaction_id, user_id, NULL::uuid AS plan_id, balance AS amount FROM moved_wallets
  UNION ALL
  SELECT transaction_id, user_id, id, amount FROM moved_plans
) AS opening
WHERE amount > 0;

INSERT INTO ledger_entries (
  user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
)
SELECT user_id, transaction_id, system_account('opening_equity', 'NGN'), account_id, amount, amount, 'NGN'
FROM (
  SELECT user_id, transaction_id, account_id, balance AS amount FROM moved_wallets
  UNION ALL
  SELECT user_id, transaction_id, account_id, amount FROM moved_plans
) AS opening
WHERE amount > 0;

INSERT INTO ajo_groups (
  id, organizer_id, group_name, description, member_count, current_member_count, contribution_amount, contribution_frequency,
  rotation_order, service_fee_rate, is_private, invite_code, pool_account_id, created_at, updated_at
)
SELECT id, organizer_id, btrim(group_name), description, member_count,
  (SELECT count(*) FROM moved_members WHERE moved_members.group_id = moved_groups.id), contribution_amount, contribution_frequency,
  rotation_order, service_fee_rate, is_private,
  CASE WHEN row_number() OVER (PARTITION BY code ORDER BY created_at, id) = 1 THEN code END, pool_account_id, made_at, changed_at
FROM moved_groups;

INSERT INTO group_members (id, group_id, user_id, role, status, deposit_account_id, joined_at, created_at, updated_at)
SELECT id, group_id, user_id, role, status, account_id, joined_at, joined_at, joined_at FROM moved_members;

RESET ROLE;

INSERT INTO group_invitations (id, group_id, invited_by, invited_user_id, invited_phone, invited_email, expires_at, created_at)
SELECT DISTINCT ON (group_id, coalesce(invited_user_id::text, pg_temp.phone(invited_phone), lower(invited_email)))
  id, group_id, invited_by, invited_user_id, CASE WHEN invited_user_id IS NULL THEN pg_temp.phone(invited_phone) END,
  CASE WHEN num_nonnulls(invited_user_id, pg_temp.phone(invited_phone)) = 0 THEN lower(invited_email) END,
  pg_temp.moment(expires_at), least(pg_temp.moment(created_at), now())
FROM original.group_invitations
WHERE status = 'pending' AND pg_temp.moment(expires_at) > now() AND group_id IN (SELECT id FROM moved_groups)
  AND coalesce(invited_user_id::text, pg_temp.phone(invited_phone), nullif(invited_email, '')) IS NOT NULL
  AND invited_user_id IS DISTINCT FROM invited_by
ORDER BY group_id, coalesce(invited_user_id::text, pg_temp.phone(invited_phone), lower(invited_email)), created_at DESC, id;

-- Figures of users are computed from the ledger, which begins today; the old ones stay in "original". A streak goes on in its plan.
INSERT INTO user_analytics (user_id, active_plans, completed_plans)
SELECT "user".id, count(savings_plans.id) FILTER (WHERE savings_plans.status = 'active'),
  count(savings_plans.id) FILTER (WHERE savings_plans.status = 'completed')
FROM "user" LEFT JOIN savings_plans ON savings_plans.user_id = "user".id
GROUP BY "user".id;

INSERT INTO daily_analytics (
  date, total_users, active_users, new_users, total_savings_plans, active_savings_plans, total_contributions,
  total_contribution_amount, total_withdrawals, total_withdrawal_amount, active_ajo_groups, currency, created_at
)
SELECT DISTINCT ON (date, currency)
  date, total_users, active_users, new_users, total_savings_plans, active_savings_plans, total_contributions,
  round(total_contribution_amount::numeric, 2), total_withdrawals, round(total_withdrawal_amount::numeric, 2), active_ajo_groups,
  currency, pg_temp.moment(created_at)
FROM original.daily_analytics
WHERE active_users BETWEEN 0 AND total_users AND new_users BETWEEN 0 AND total_users
  AND active_savings_plans BETWEEN 0 AND total_savings_plans AND total_contributions >= 0 AND total_withdrawals >= 0
  AND active_ajo_groups >= 0 AND currency ~ '^[A-Z]{3}$'
ORDER BY date, currency, created_at DESC, id;

INSERT INTO savings_milestones (id, user_id, plan_id, milestone_type, milestone_name, description, badge_icon, reward_points, achieved_at)
SELECT DISTINCT ON (user_id, plan_id, type)
  id, user_id, plan_id, type, milestone_name, nullif(description, ''), nullif(badge_icon, ''), greatest(reward_points, 0),
  pg_temp.moment(achieved_at)
FROM (
  SELECT *, CASE milestone_type
    WHEN 'first_save' THEN 'first_contribution' WHEN 'streak_7' THEN 'week_streak' WHEN 'streak_30' THEN 'month_streak'
    WHEN 'streak_90' THEN 'quarter_streak' WHEN 'streak_365' THEN 'year_streak' ELSE milestone_type
  END AS type
  FROM original.savings_milestones
) AS reached
WHERE type IN (
    'first_contribution', 'week_streak', 'month_streak', 'quarter_streak', 'year_streak', 'first_plan_completed',
    'five_plans_completed', 'ten_plans_completed', 'savings_champion', 'consistent_saver', 'goal_crusher', 'early_bird',
    'night_owl', 'goal_reached'
  )
  AND (plan_id IS NOT NULL) = (type IN ('goal_reached', 'goal_crusher')) AND milestone_name <> ''
ORDER BY user_id, plan_id, type, achieved_at, id;

-- A cashback that was paid is in the old books.
INSERT INTO rewards (id, user_id, reward_type, reward_name, description, value, points, status, expires_at, redeemed_at, metadata, created_at)
SELECT id, user_id, reward_type, reward_name, nullif(description, ''),
  CASE WHEN reward_type IN ('cashback', 'discount') THEN round(value::numeric, 2) END, CASE reward_type WHEN 'points' THEN points ELSE 0 END, status,
  pg_temp.moment(expires_at), CASE status WHEN 'redeemed' THEN pg_temp.moment(coalesce(redeemed_at, created_at)) END,
  pg_temp.json_object_or_null(metadata), pg_temp.moment(created_at)
FROM original.rewards
WHERE reward_type IN ('points', 'discount', 'cashback', 'badge') AND status IN ('active', 'redeemed', 'expired')
  AND (reward_type, status) <> ('cashback', 'redeemed') AND (reward_type <> 'points' OR points > 0)
  AND (reward_type NOT IN ('cashback', 'discount') OR round(value::numeric, 2) > 0)
  AND (expires_at IS NULL OR expires_at > created_at) AND (status <> 'expired' OR expires_at IS NOT NULL) AND reward_name <> '';

-- What waits is not taken: it would be sent a second time, or months late.
INSERT INTO notifications (id, user_id, type, channel, title, message, data, status, read_at, sent_at, failure_reason, deliver_after, created_at)
SELECT id, user_id, type, channel, title, message, pg_temp.json_object_or_null(data), CASE status WHEN 'failed' THEN 'failed' ELSE 'sent' END,
  CASE WHEN is_read OR status = 'read' THEN pg_temp.moment(coalesce(read_at, sent_at, created_at)) END,
  CASE WHEN status <> 'failed' THEN pg_temp.moment(coalesce(sent_at, created_at)) END,
  CASE status WHEN 'failed' THEN coalesce(nullif(left(failure_reason, 500), ''), 'no reason was kept') END, pg_temp.moment(created_at),
  pg_temp.moment(created_at)
FROM original.notifications
WHERE status IN ('sent', 'read', 'failed') AND channel IN ('push', 'sms', 'email', 'in_app')
  AND type IN (
    'contribution_reminder', 'milestone', 'group_activity', 'payment_update', 'auto_save_failed', 'weekly_report', 'kyc_update', 'security'
  )
  AND title <> '' AND char_length(message) BETWEEN 1 AND 4000;

INSERT INTO notification_preferences (
  id, user_id, push_enabled, push_contribution_reminders, push_milestones, push_group_activity, push_payment_updates, sms_enabled,
  sms_contribution_reminders, sms_milestones, sms_payment_updates, email_enabled, email_weekly_report, email_milestones,
  email_group_activity, email_payment_updates, quiet_hours_enabled, quiet_hours_start, quiet_hours_end, created_at, updated_at
)
SELECT id, user_id, push_enabled, push_contribution_reminders, push_milestones, push_group_activity, push_payment_updates, sms_enabled,
  sms_contribution_reminders, sms_milestones, sms_payment_updates, email_enabled, email_weekly_report, email_milestones,
  email_group_activity, email_payment_updates, quiet_hours_enabled AND is_quiet, CASE WHEN is_quiet THEN pg_temp.clock(quiet_hours_start) END,
  CASE WHEN is_quiet THEN pg_temp.clock(quiet_hours_end) END, pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM (
  SELECT *, coalesce(pg_temp.clock(quiet_hours_start) <> pg_temp.clock(quiet_hours_end), false) AS is_quiet
  FROM original.notification_preferences
) AS wishes;

INSERT INTO notification_preferences (user_id) SELECT id FROM "user" ON CONFLICT (user_id) DO NOTHING;

INSERT INTO push_tokens (id, user_id, token, platform, device_id, device_name, is_active, last_used_at, created_at, updated_at)
SELECT id, user_id, token, platform, nullif(device_id, ''), nullif(device_name, ''), is_active, pg_temp.moment(last_used_at),
  pg_temp.moment(created_at), pg_temp.moment(updated_at)
FROM original.push_tokens
WHERE platform IN ('ios', 'android', 'web') AND char_length(token) BETWEEN 10 AND 1000;

INSERT INTO scheduled_notifications (
  id, user_id, type, channel, title, message, data, scheduled_for, first_scheduled_for, is_recurring, recurring_pattern, created_at
)
SELECT id, user_id, type, channel, title, message, pg_temp.json_object_or_null(data), pg_temp.moment(scheduled_for),
  pg_temp.moment(scheduled_for), is_recurring, CASE WHEN is_recurring THEN recurring_pattern END, pg_temp.moment(created_at)
FROM original.scheduled_notifications
WHERE status = 'pending' AND pg_temp.moment(scheduled_for) > now() AND channel IN ('push', 'sms', 'email', 'in_app')
  AND (NOT is_recurring OR recurring_pattern IN ('daily', 'weekly', 'monthly'))
  AND type IN (
    'contribution_reminder', 'milestone', 'group_activity', 'payment_update', 'auto_save_failed', 'weekly_report', 'kyc_update', 'security'
  )
  AND title <> '' AND char_length(message) BETWEEN 1 AND 4000;

-- The old books can be read, and what in them is nobody's secret also by the application.
GRANT USAGE ON SCHEMA original TO avdaily_app, avdaily_readonly;
GRANT SELECT ON original.transactions, original.user_analytics, original.wallets, original.savings_plans TO avdaily_app, avdaily_readonly;

-- The proof: as many rows and the same kobo on both sides, and the ledger explains each of them.
CREATE TEMP VIEW move_proof AS
SELECT 'users' AS what, (SELECT count(*) FROM original."user")::numeric AS original, (SELECT count(*) FROM "user")::numeric AS ours
UNION ALL
SELECT 'plans', (SELECT count(*) FROM original.savings_plans), (SELECT count(*) FROM savings_plans)
UNION ALL
SELECT 'money in wallets', (SELECT coalesce(sum(round(balance::numeric, 2)), 0) FROM original.wallets), (SELECT coalesce(sum(balance), 0) FROM wallets)
UNION ALL
SELECT 'money in plans', (SELECT coalesce(sum(round(current_amount::numeric, 2)), 0) FROM original.savings_plans),
  (SELECT coalesce(sum(current_amount), 0) FROM savings_plans)
UNION ALL
SELECT 'money in the ledger',
  (SELECT coalesce(sum(round(balance::numeric, 2)), 0) FROM original.wallets)
    + (SELECT coalesce(sum(round(current_amount::numeric, 2)), 0) FROM original.savings_plans),
  (SELECT coalesce(sum(amount), 0) FROM ledger_entries)
UNION ALL
SELECT 'balances that the ledger does not explain', 0, (SELECT count(*) FROM reconciliation WHERE difference <> 0);

DO $$
DECLARE
  v_wrong record;
BEGIN
  SELECT * INTO v_wrong FROM move_proof WHERE original <> ours LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the move is not exact: % were %, would be %', v_wrong.what, v_wrong.original, v_wrong.ours
      USING HINT = 'Nothing was changed. Report it with what look.sql prints.';
  END IF;
END $$;

SELECT * FROM move_proof;

COMMIT;
