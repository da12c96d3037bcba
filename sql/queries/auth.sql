-- Users, sessions, accounts at other providers, one-time codes and devices.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- Hashes are sha256 (32 bytes), made by the application; no secret itself ever comes here.

-- name: create_user(user_id, name, email, phone_number, date_of_birth)$
-- Registers a user with wallet, preferences, figures and the role "user", and returns the id.
-- With an id minted by the caller the call may be repeated: it then returns that id again.
-- column id: not null
SELECT register_user(
  p_user_id => coalesce(:user_id::uuid, app_uuid()), p_name => :name, p_email => :email,
  p_phone_number => :phone_number, p_date_of_birth => :date_of_birth
) AS id;

-- name: get_user(user_id)^
-- One user by id.
SELECT u.id, u.name, u.email, u.email_verified, u.image, u.phone_number, u.phone_verified, u.date_of_birth, u.kyc_tier,
  u.kyc_status, u.kyc_verified_at, u.biometric_enabled, u.is_active, u.is_suspended, u.suspended_at,
  u.suspension_reason, u.created_at, u.updated_at
FROM "user" AS u
WHERE u.id = :user_id;

-- name: get_user_by_email(email)^
-- One user by e-mail address, in whatever case it is written.
SELECT u.id, u.name, u.email, u.email_verified, u.image, u.phone_number, u.phone_verified, u.date_of_birth, u.kyc_tier,
  u.kyc_status, u.kyc_verified_at, u.biometric_enabled, u.is_active, u.is_suspended, u.suspended_at,
  u.suspension_reason, u.created_at, u.updated_at
FROM "user" AS u
WHERE u.email = lower(btrim(:email::text));

-- name: get_user_by_phone(phone_number)^
-- One user by telephone number, in international form.
SELECT u.id, u.name, u.email, u.email_verified, u.image, u.phone_number, u.phone_verified, u.date_of_birth, u.kyc_tier,
  u.kyc_status, u.kyc_verified_at, u.biometric_enabled, u.is_active, u.is_suspended, u.suspended_at,
  u.suspension_reason, u.created_at, u.updated_at
FROM "user" AS u
WHERE u.phone_number = :phone_number;

-- name: update_user_profile(user_id, name, image, phone_number, date_of_birth)<!
-- Changes what a user may change; None leaves it as it is. Another number has to be verified anew.
UPDATE "user" AS u
SET name = coalesce(:name, u.name), image = coalesce(:image, u.image),
  phone_number = coalesce(:phone_number, u.phone_number), date_of_birth = coalesce(:date_of_birth, u.date_of_birth),
  phone_verified = u.phone_verified AND coalesce(:phone_number, u.phone_number) IS NOT DISTINCT FROM u.phone_number,
  updated_at = now()
WHERE u.id = :user_id AND u.is_active
RETURNING u.id, u.name, u.image, u.phone_number, u.phone_verified, u.date_of_birth, u.updated_at;

-- name: mark_email_verified(user_id, email)!
-- The address was proved to be the user's; nothing happens if the user has another one by now.
UPDATE "user" SET email_verified = true, updated_at = now()
WHERE id = :user_id AND email = lower(btrim(:email::text)) AND NOT email_verified;

-- name: mark_phone_verified(user_id, phone_number)!
-- The number was proved to be the user's; nothing happens if the user has another one by now.
UPDATE "user" SET phone_verified = true, updated_at = now()
WHERE id = :user_id AND phone_number = :phone_number AND NOT phone_verified;

-- name: email_exists(email)$
-- Whether a user has this address, in whatever case it is written.
SELECT EXISTS (SELECT FROM "user" WHERE email = lower(btrim(:email::text))) AS is_taken;

-- name: phone_exists(phone_number)$
-- Whether a user has this telephone number.
SELECT EXISTS (SELECT FROM "user" WHERE phone_number = :phone_number) AS is_taken;

-- name: deactivate_user(user_id, deactivated_by)$
-- Closes an account, which is how a user is deleted, and ends its sessions; returns how many.
-- column ended_sessions: not null
SELECT deactivate_user(p_user_id => :user_id, p_deactivated_by => :deactivated_by) AS ended_sessions;

-- name: reactivate_user(user_id, reactivated_by)!
-- Opens a closed account again.
SELECT reactivate_user(p_user_id => :user_id, p_reactivated_by => :reactivated_by);

-- name: anonymise_user(user_id, anonymised_by)!
-- Erases what is personal about a user who owes and is owed nothing; it cannot be undone.
SELECT anonymise_user(p_user_id => :user_id, p_anonymised_by => :anonymised_by);

-- name: suspend_user(user_id, suspended_by, reason)$
-- Blocks an active user for a reason of 10 to 500 characters and ends the sessions; returns how many.
-- column ended_sessions: not null
SELECT suspend_user(p_user_id => :user_id, p_suspended_by => :suspended_by, p_reason => :reason) AS ended_sessions;

-- name: reinstate_user(user_id, reinstated_by)!
-- Ends a suspension; the sessions stay ended.
SELECT reinstate_user(p_user_id => :user_id, p_reinstated_by => :reinstated_by);

-- name: list_active_users(after_at, after_id, page_size)
-- Users who may act, oldest first. A page begins behind after_at and after_id, the first one without them.
SELECT u.id, u.name, u.email, u.phone_number, u.kyc_tier, u.kyc_status, u.created_at
FROM "user" AS u
WHERE u.is_active AND NOT u.is_suspended
  AND (u.created_at, u.id) > (
    coalesce(:after_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY u.created_at, u.id
LIMIT least(:page_size::int, 100);

-- name: list_users_by_kyc_tier(kyc_tier, after_id, page_size)
-- Users of one tier, in the order of their ids.
SELECT u.id, u.name, u.email, u.phone_number, u.kyc_tier, u.kyc_status, u.is_active, u.created_at
FROM "user" AS u
WHERE u.kyc_tier = :kyc_tier AND u.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY u.id
LIMIT least(:page_size::int, 100);

-- name: list_users_by_kyc_status(kyc_status, after_id, page_size)
-- Users of one state of verification, in the order of their ids.
SELECT u.id, u.name, u.email, u.phone_number, u.kyc_tier, u.kyc_status, u.is_active, u.created_at
FROM "user" AS u
WHERE u.kyc_status = :kyc_status AND u.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY u.id
LIMIT least(:page_size::int, 100);

-- name: create_session(user_id, token_hash, refresh_token_hash, ip_address, user_agent, device_id)$
-- Begins a session of 30 days for somebody who has proved who they are; returns its id.
-- column id: not null
SELECT create_session(
  p_user_id => :user_id, p_token_hash => :token_hash, p_refresh_token_hash => :refresh_token_hash,
  p_ip_address => :ip_address, p_user_agent => :user_agent, p_device_id => :device_id
) AS id;

-- name: get_session_by_token_hash(token_hash)^
-- The session that a token opens, and its user; nothing when it expired or was ended.
SELECT s.id, s.user_id, s.expires_at, s.device_id, s.last_activity_at, s.created_at, u.kyc_tier, u.email_verified,
  u.phone_verified
FROM session AS s
JOIN "user" AS u ON u.id = s.user_id
WHERE s.token_hash = :token_hash AND s.expires_at > now() AND s.revoked_at IS NULL
  AND u.is_active AND NOT u.is_suspended;

-- name: touch_session(user_id, session_id)!
-- Notes that a session is in use, at most once a minute, so that reading stays cheap.
UPDATE session SET last_activity_at = now(), updated_at = now()
WHERE user_id = :user_id AND id = :session_id AND revoked_at IS NULL
  AND (last_activity_at IS NULL OR last_activity_at < now() - interval '1 minute');

-- name: rotate_refresh_token(refresh_token_hash, new_token_hash, new_refresh_token_hash, ip_address, user_agent)^
-- Exchanges a refresh token for a new session. The outcome is rotated, or reused (all sessions of that sign-in end:
-- somebody else has the token), revoked, expired, unknown, user_inactive. Commit whatever the outcome is.
-- rows: exactly 1
-- column outcome: not null
SELECT r.outcome, r.user_id, r.session_id
FROM rotate_refresh_token(
  p_refresh_token_hash => :refresh_token_hash, p_new_token_hash => :new_token_hash,
  p_new_refresh_token_hash => :new_refresh_token_hash, p_ip_address => :ip_address, p_user_agent => :user_agent
) AS r;

-- name: revoke_session(user_id, session_id)!
-- Ends one session of a user: signing out.
UPDATE session SET revoked_at = now(), updated_at = now()
WHERE user_id = :user_id AND id = :session_id AND revoked_at IS NULL;

-- name: revoke_user_sessions(user_id, except_session_id)$
-- Ends all sessions of a user but the one given; returns how many.
-- column ended_sessions: not null
SELECT revoke_user_sessions(p_user_id => :user_id, p_except_session_id => :except_session_id) AS ended_sessions;

-- name: delete_expired_sessions(page_size)!
-- Removes sessions that can be neither used nor refreshed, the oldest first; call it until it removes none.
DELETE FROM session
WHERE id = ANY(ARRAY(
  SELECT s.id FROM session AS s
  WHERE s.expires_at < now() AND (s.refresh_token_expires_at IS NULL OR s.refresh_token_expires_at < now())
  ORDER BY s.expires_at, s.id
  LIMIT least(:page_size::int, 10000)
  FOR UPDATE SKIP LOCKED
));

-- name: list_user_sessions(user_id, before_id, page_size)
-- Sessions of a user that are open, newest first.
SELECT s.id, s.ip_address, s.user_agent, s.device_id, s.last_activity_at, s.expires_at, s.created_at
FROM session AS s
WHERE s.user_id = :user_id AND s.expires_at > now() AND s.revoked_at IS NULL
  AND s.id < coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY s.id DESC
LIMIT least(:page_size::int, 100);

-- name: upsert_account(user_id, provider_id, account_id, password, access_token, access_token_expires_at, refresh_token, refresh_token_expires_at, id_token, scope)<!
-- Keeps how a user signs in: a password as PHC string, or tokens of a provider encrypted by the application.
-- Nothing when the account at that provider belongs to another user.
INSERT INTO account AS a (
  user_id, provider_id, account_id, password, access_token, access_token_expires_at, refresh_token,
  refresh_token_expires_at, id_token, scope
)
VALUES (
  :user_id, :provider_id, :account_id, :password, :access_token, :access_token_expires_at, :refresh_token,
  :refresh_token_expires_at, :id_token, :scope
)
ON CONFLICT ON CONSTRAINT account_provider_id_account_id_key DO UPDATE
SET password = excluded.password, access_token = excluded.access_token,
  access_token_expires_at = excluded.access_token_expires_at, refresh_token = excluded.refresh_token,
  refresh_token_expires_at = excluded.refresh_token_expires_at, id_token = excluded.id_token, scope = excluded.scope,
  updated_at = now()
WHERE a.user_id = excluded.user_id
RETURNING a.id, a.provider_id, a.account_id, a.created_at, a.updated_at;

-- name: get_account_by_provider(provider_id, account_id)^
-- The account that a sign-in names, with the password's PHC string to compare.
SELECT a.id, a.user_id, a.provider_id, a.account_id, a.password, a.scope, a.access_token_expires_at,
  a.refresh_token_expires_at, a.created_at
FROM account AS a
WHERE a.provider_id = :provider_id AND a.account_id = :account_id;

-- name: list_user_accounts(user_id, after_id, page_size)
-- How a user can sign in; no secrets.
SELECT a.id, a.provider_id, a.account_id, a.password IS NOT NULL AS has_password, a.scope, a.created_at, a.updated_at
FROM account AS a
WHERE a.user_id = :user_id
  AND a.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY a.id
LIMIT least(:page_size::int, 100);

-- name: delete_account(user_id, id)!
-- Removes one way of signing in.
DELETE FROM account WHERE user_id = :user_id AND id = :id;

-- name: create_verification(identifier, value_hash, expires_at)<!
-- Keeps a one-time token that was sent out; without a time it works for 24 hours.
INSERT INTO verification (identifier, value_hash, expires_at)
VALUES (:identifier, :value_hash, coalesce(:expires_at, now() + interval '24 hours'))
RETURNING id, identifier, expires_at;

-- name: consume_verification(identifier, value_hash)$
-- Uses up a one-time token: true for one caller, if it had not expired. Commit whatever the answer is.
-- column is_valid: not null
SELECT consume_verification(p_identifier => :identifier, p_value_hash => :value_hash) AS is_valid;

-- name: delete_verifications_by_identifier(identifier)!
-- Withdraws every token of one purpose, before a new one is sent.
DELETE FROM verification WHERE identifier = :identifier;

-- name: create_phone_verification(phone_number, otp_hash, expires_at)<!
-- Keeps a code that was sent by SMS; without a time it works for 10 minutes.
INSERT INTO phone_verification (phone_number, otp_hash, expires_at)
VALUES (:phone_number, :otp_hash, coalesce(:expires_at, now() + interval '10 minutes'))
RETURNING id, phone_number, expires_at;

-- name: verify_phone_otp(user_id, phone_number, otp_hash)^
-- Compares with the newest code of a number and counts the guess; outcome: verified, wrong, used, expired, exhausted,
-- unknown. With a user the number must be theirs and is marked as verified. Commit whatever the outcome is.
-- rows: exactly 1
-- parameter user_id: may be null
-- columns outcome, attempts_left: not null
SELECT v.outcome, v.attempts_left
FROM verify_phone_otp(p_user_id => :user_id, p_phone_number => :phone_number, p_otp_hash => :otp_hash) AS v;

-- name: get_latest_phone_verification(phone_number)^
-- The newest code sent to a number, without the code.
SELECT p.id, p.phone_number, p.expires_at, p.verified, p.attempts, p.created_at
FROM phone_verification AS p
WHERE p.phone_number = :phone_number
ORDER BY p.created_at DESC, p.id DESC
LIMIT 1;

-- name: register_biometric(user_id, device_id, device_name, public_key)<!
-- Keeps the public key of a device; a device that was known gets its new key and works again.
INSERT INTO biometric_auth AS b (user_id, device_id, device_name, public_key)
VALUES (:user_id, :device_id, :device_name, :public_key)
ON CONFLICT ON CONSTRAINT biometric_auth_user_id_device_id_key DO UPDATE
SET public_key = excluded.public_key, device_name = coalesce(excluded.device_name, b.device_name), is_active = true,
  updated_at = now()
RETURNING b.id, b.device_id, b.device_name, b.is_active, b.created_at, b.updated_at;

-- name: get_biometric_by_device(user_id, device_id)^
-- The key of a device of the user that may still be used.
SELECT b.id, b.device_id, b.device_name, b.public_key, b.last_used_at, b.created_at
FROM biometric_auth AS b
WHERE b.user_id = :user_id AND b.device_id = :device_id AND b.is_active;

-- name: list_user_biometrics(user_id, before_id, page_size)
-- Devices of a user, newest first.
SELECT b.id, b.device_id, b.device_name, b.is_active, b.last_used_at, b.created_at
FROM biometric_auth AS b
WHERE b.user_id = :user_id
  AND b.id < coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY b.id DESC
LIMIT least(:page_size::int, 100);

-- name: touch_biometric(user_id, device_id)!
-- Notes that a device was used.
UPDATE biometric_auth SET last_used_at = now(), updated_at = now()
WHERE user_id = :user_id AND device_id = :device_id AND is_active;

-- name: disable_biometric(user_id, device_id)!
-- One device may no longer be used.
UPDATE biometric_auth SET is_active = false, updated_at = now()
WHERE user_id = :user_id AND device_id = :device_id AND is_active;

-- name: revoke_user_biometrics(user_id)!
-- None of the user's devices may be used any longer.
UPDATE biometric_auth SET is_active = false, updated_at = now() WHERE user_id = :user_id AND is_active;
