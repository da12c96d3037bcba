-- 0004.create-authentication: accounts, sessions, one-time tokens and devices of users can be kept, and none of them in plain text
-- Why: whoever reads a dump must not be able to sign in. What is only compared is stored as its sha256 (32 bytes), passwords
--   as a PHC string, and what must be sent on to a provider is encrypted by the application before it arrives here.
-- Locks: none on rows; CREATE TABLE with a foreign key takes SHARE ROW EXCLUSIVE on "user" for a moment.
-- Runtime: milliseconds.
-- Rollback: drops the four tables and their rows: everybody has to sign in again.
-- depends: 0003.create-users

CREATE TABLE account (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  provider_id text NOT NULL,
  account_id text NOT NULL,
  password text,
  access_token bytea,
  access_token_expires_at timestamptz,
  refresh_token bytea,
  refresh_token_expires_at timestamptz,
  id_token bytea,
  scope text,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_provider_id_account_id_key UNIQUE (provider_id, account_id),
  CONSTRAINT account_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT account_provider_id_length_check CHECK (char_length(provider_id) BETWEEN 1 AND 50),
  CONSTRAINT account_account_id_length_check CHECK (char_length(account_id) BETWEEN 1 AND 255),
  -- $id$v=…$parameters$salt$hash, for example of argon2id or scrypt: a password in plain text never looks like that.
  CONSTRAINT account_password_phc_check CHECK (
    password ~ '^\$[a-z0-9-]{1,32}(\$v=[0-9]{1,10})?\$[a-z0-9-]{1,32}=[A-Za-z0-9/+.,=-]+\$[A-Za-z0-9/+]{11,64}\$[A-Za-z0-9/+]{16,}$'
  ),
  -- A nonce of 12 bytes, a tag of 16, and something between them.
  CONSTRAINT account_access_token_encrypted_check CHECK (octet_length(access_token) > 28),
  CONSTRAINT account_refresh_token_encrypted_check CHECK (octet_length(refresh_token) > 28),
  CONSTRAINT account_id_token_encrypted_check CHECK (octet_length(id_token) > 28)
);

-- list_user_accounts: WHERE user_id = …
CREATE INDEX account_user_id_idx ON account (user_id);

CREATE TRIGGER account_set_updated_at BEFORE UPDATE ON account FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE account IS 'A way to sign in: a password of our own, or an account at an identity provider.';
COMMENT ON COLUMN account.id IS 'UUID version 7.';
COMMENT ON COLUMN account.user_id IS 'Whose way to sign in this is.';
COMMENT ON COLUMN account.provider_id IS 'Identity provider: credential for our own passwords, or for example google.';
COMMENT ON COLUMN account.account_id IS 'The user''s id at that provider; unique there.';
COMMENT ON COLUMN account.password IS 'Password hash as a PHC string; only for provider credential.';
COMMENT ON COLUMN account.access_token IS 'Provider''s access token, encrypted by the application.';
COMMENT ON COLUMN account.access_token_expires_at IS 'When access_token stops to work.';
COMMENT ON COLUMN account.refresh_token IS 'Provider''s refresh token, encrypted by the application.';
COMMENT ON COLUMN account.refresh_token_expires_at IS 'When refresh_token stops to work.';
COMMENT ON COLUMN account.id_token IS 'Provider''s identity token, encrypted by the application.';
COMMENT ON COLUMN account.scope IS 'Scopes that the provider granted, separated by blanks.';
COMMENT ON COLUMN account.created_at IS 'When the account was linked.';
COMMENT ON COLUMN account.updated_at IS 'When the row last changed.';

CREATE TABLE session (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  family_id uuid DEFAULT app_uuid() NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  refresh_token_hash bytea,
  refresh_token_expires_at timestamptz,
  used_at timestamptz,
  revoked_at timestamptz,
  ip_address inet,
  user_agent text,
  device_id text,
  last_activity_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_token_hash_key UNIQUE (token_hash),
  CONSTRAINT session_refresh_token_hash_key UNIQUE (refresh_token_hash),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT session_token_hash_sha256_check CHECK (octet_length(token_hash) = 32),
  CONSTRAINT session_refresh_token_hash_sha256_check CHECK (octet_length(refresh_token_hash) = 32),
  CONSTRAINT session_expires_after_creation_check CHECK (expires_at > created_at),
  CONSTRAINT session_refresh_token_dated_check CHECK ((refresh_token_hash IS NULL) = (refresh_token_expires_at IS NULL)),
  CONSTRAINT session_used_has_refresh_token_check CHECK (used_at IS NULL OR refresh_token_hash IS NOT NULL),
  CONSTRAINT session_user_agent_length_check CHECK (char_length(user_agent) <= 1000),
  CONSTRAINT session_device_id_length_check CHECK (char_length(device_id) BETWEEN 1 AND 255)
);

-- list_user_sessions: WHERE user_id = …; rotate_refresh_token revokes WHERE user_id = … AND family_id = …
CREATE INDEX session_user_id_family_id_idx ON session (user_id, family_id);
-- delete_expired_sessions: WHERE expires_at < … ORDER BY expires_at
CREATE INDEX session_expires_at_idx ON session (expires_at);

CREATE TRIGGER session_set_updated_at BEFORE UPDATE ON session FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE session IS 'A signed-in device. A refresh makes a new row in the same family; the old one keeps used_at.';
COMMENT ON COLUMN session.id IS 'UUID version 7.';
COMMENT ON COLUMN session.user_id IS 'Who is signed in.';
COMMENT ON COLUMN session.family_id IS 'Common to all rows that one sign-in led to by refreshing; a reused token revokes the family.';
COMMENT ON COLUMN session.token_hash IS 'sha256 of the session token; the token itself is only with the client.';
COMMENT ON COLUMN session.expires_at IS 'End of the session, 30 days after sign-in unless refreshed.';
COMMENT ON COLUMN session.refresh_token_hash IS 'sha256 of the refresh token; NULL when the session cannot be refreshed.';
COMMENT ON COLUMN session.refresh_token_expires_at IS 'When the refresh token stops to work.';
COMMENT ON COLUMN session.used_at IS 'When the refresh token was exchanged. Seen again after that, it was stolen.';
COMMENT ON COLUMN session.revoked_at IS 'When the session was ended by sign-out, suspension or a reused refresh token.';
COMMENT ON COLUMN session.ip_address IS 'Address of the client at sign-in.';
COMMENT ON COLUMN session.user_agent IS 'User-Agent header of the client, at most 1000 characters.';
COMMENT ON COLUMN session.device_id IS 'The client''s own id of the device.';
COMMENT ON COLUMN session.last_activity_at IS 'When the session was last used, to the minute or so.';
COMMENT ON COLUMN session.created_at IS 'When the session began.';
COMMENT ON COLUMN session.updated_at IS 'When the row last changed.';

CREATE TABLE verification (
  id uuid DEFAULT app_uuid() NOT NULL,
  identifier text NOT NULL,
  value_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT verification_pkey PRIMARY KEY (id),
  -- consume_verification: DELETE … WHERE identifier = … AND value_hash = … RETURNING: one row, so it works once.
  CONSTRAINT verification_identifier_value_hash_key UNIQUE (identifier, value_hash),
  CONSTRAINT verification_identifier_length_check CHECK (char_length(identifier) BETWEEN 1 AND 320),
  CONSTRAINT verification_value_hash_sha256_check CHECK (octet_length(value_hash) = 32),
  CONSTRAINT verification_expires_after_creation_check CHECK (expires_at > created_at)
);

-- delete_expired_verifications: WHERE expires_at < …
CREATE INDEX verification_expires_at_idx ON verification (expires_at);

CREATE TRIGGER verification_set_updated_at BEFORE UPDATE ON verification FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE verification IS 'A one-time token that was sent out: e-mail confirmation, password reset. Used up by deleting it.';
COMMENT ON COLUMN verification.id IS 'UUID version 7.';
COMMENT ON COLUMN verification.identifier IS 'What the token is for, for example email-verification:ada@example.com.';
COMMENT ON COLUMN verification.value_hash IS 'sha256 of the token; the token itself is only in the message.';
COMMENT ON COLUMN verification.expires_at IS 'When the token stops to work; 24 hours for e-mail.';
COMMENT ON COLUMN verification.created_at IS 'When the token was made.';
COMMENT ON COLUMN verification.updated_at IS 'When the row last changed.';

CREATE TABLE biometric_auth (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  device_id text NOT NULL,
  device_name text,
  public_key text NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  last_used_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT biometric_auth_pkey PRIMARY KEY (id),
  -- Also the index of the foreign key, and of get_biometric_by_device and list_user_biometrics.
  CONSTRAINT biometric_auth_user_id_device_id_key UNIQUE (user_id, device_id),
  CONSTRAINT biometric_auth_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT biometric_auth_device_id_length_check CHECK (char_length(device_id) BETWEEN 1 AND 255),
  CONSTRAINT biometric_auth_device_name_length_check CHECK (char_length(device_name) BETWEEN 1 AND 255),
  CONSTRAINT biometric_auth_public_key_length_check CHECK (char_length(public_key) BETWEEN 1 AND 4000)
);

CREATE TRIGGER biometric_auth_set_updated_at BEFORE UPDATE ON biometric_auth FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE biometric_auth IS 'A device that may sign in for a user with a key kept behind fingerprint or face; one row a device.';
COMMENT ON COLUMN biometric_auth.id IS 'UUID version 7.';
COMMENT ON COLUMN biometric_auth.user_id IS 'Whose device it is.';
COMMENT ON COLUMN biometric_auth.device_id IS 'The client''s own id of the device.';
COMMENT ON COLUMN biometric_auth.device_name IS 'What the person calls the device.';
COMMENT ON COLUMN biometric_auth.public_key IS 'Public key against which the device''s signatures are checked.';
COMMENT ON COLUMN biometric_auth.is_active IS 'False after the device was withdrawn.';
COMMENT ON COLUMN biometric_auth.last_used_at IS 'When the device last signed in.';
COMMENT ON COLUMN biometric_auth.created_at IS 'When the device was registered.';
COMMENT ON COLUMN biometric_auth.updated_at IS 'When the row last changed.';

-- Reports see who has which sign-in and when, never what could be used to sign in.
GRANT SELECT (
  id, user_id, provider_id, account_id, access_token_expires_at, refresh_token_expires_at, scope, created_at, updated_at
) ON account TO avdaily_readonly;
GRANT SELECT (
  id, user_id, family_id, expires_at, refresh_token_expires_at, used_at, revoked_at, ip_address, user_agent, device_id,
  last_activity_at, created_at, updated_at
) ON session TO avdaily_readonly;
GRANT SELECT (id, identifier, expires_at, created_at, updated_at) ON verification TO avdaily_readonly;
GRANT SELECT ON biometric_auth TO avdaily_readonly;

GRANT SELECT, INSERT, UPDATE, DELETE ON account TO avdaily_app;
-- Sessions begin and are refreshed by functions, which ask whether the user may act.
GRANT SELECT, DELETE ON session TO avdaily_app;
GRANT UPDATE (revoked_at, last_activity_at, updated_at) ON session TO avdaily_app;
GRANT SELECT, INSERT, DELETE ON verification TO avdaily_app;
GRANT SELECT, INSERT ON biometric_auth TO avdaily_app;
GRANT UPDATE (device_name, public_key, is_active, last_used_at, updated_at) ON biometric_auth TO avdaily_app;
