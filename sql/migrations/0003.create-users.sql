-- 0003.create-users: the table "user" exists: one row a person, with what identifies them, their KYC tier and their standing
-- Why: everything else hangs on it. Nothing that changes often (last seen, counters) is here: every financial row locks its
--   user's key for its foreign key, and a hot row would make those wait.
-- Locks: none on existing tables.
-- Runtime: milliseconds.
-- Rollback: drops the table and its rows.
-- depends: 0002.create-shared-functions

CREATE TABLE "user" (
  id uuid DEFAULT app_uuid() NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  email_verified boolean DEFAULT false NOT NULL,
  image text,
  phone_number text,
  phone_verified boolean DEFAULT false NOT NULL,
  date_of_birth date,
  kyc_tier integer DEFAULT 0 NOT NULL,
  kyc_status text DEFAULT 'pending' NOT NULL,
  kyc_data jsonb,
  kyc_verified_at timestamptz,
  biometric_enabled boolean DEFAULT false NOT NULL,
  biometric_public_key text,
  is_active boolean DEFAULT true NOT NULL,
  is_suspended boolean DEFAULT false NOT NULL,
  suspended_at timestamptz,
  suspension_reason text,
  anonymised_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT user_pkey PRIMARY KEY (id),
  CONSTRAINT user_email_key UNIQUE (email),
  CONSTRAINT user_phone_number_key UNIQUE (phone_number),
  CONSTRAINT user_name_length_check CHECK (char_length(name) BETWEEN 1 AND 200),
  -- Stored in lower case only: UNIQUE (email) is then unique whatever the case, and a look-up needs no expression index.
  CONSTRAINT user_email_lower_case_check CHECK (email = lower(email)),
  CONSTRAINT user_email_shape_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
  CONSTRAINT user_email_length_check CHECK (char_length(email) <= 254),
  -- E.164 with its plus sign: one number has one spelling, so that UNIQUE means one person.
  CONSTRAINT user_phone_number_e164_check CHECK (phone_number ~ '^\+[1-9][0-9]{1,14}$'),
  CONSTRAINT user_phone_verified_has_number_check CHECK (NOT phone_verified OR phone_number IS NOT NULL),
  CONSTRAINT user_date_of_birth_plausible_check CHECK (date_of_birth >= DATE '1900-01-01'),
  CONSTRAINT user_kyc_tier_range_check CHECK (kyc_tier BETWEEN 0 AND 2),
  CONSTRAINT user_kyc_status_values_check CHECK (kyc_status IN ('pending', 'under_review', 'approved', 'rejected')),
  CONSTRAINT user_kyc_data_object_check CHECK (jsonb_typeof(kyc_data) = 'object'),
  CONSTRAINT user_suspension_dated_check CHECK (is_suspended = (suspended_at IS NOT NULL)),
  CONSTRAINT user_suspension_reason_present_check CHECK (is_suspended = (suspension_reason IS NOT NULL)),
  CONSTRAINT user_suspension_reason_length_check CHECK (char_length(suspension_reason) BETWEEN 10 AND 500),
  -- An anonymised row is what remains of a person for the books: nobody may act as it again.
  CONSTRAINT user_anonymised_inactive_check CHECK (anonymised_at IS NULL OR NOT is_active)
);

-- list_active_users, list_new_users of a day: WHERE created_at >= … ORDER BY created_at, id
CREATE INDEX user_created_at_id_idx ON "user" (created_at, id);
-- list_users_by_kyc_tier: WHERE kyc_tier = … AND id > … ORDER BY id
CREATE INDEX user_kyc_tier_id_idx ON "user" (kyc_tier, id);
-- list_users_by_kyc_status: WHERE kyc_status = … AND id > … ORDER BY id
CREATE INDEX user_kyc_status_id_idx ON "user" (kyc_status, id);

CREATE TRIGGER user_set_updated_at BEFORE UPDATE ON "user" FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE "user" IS 'A person with an account. Rows are deactivated or anonymised, never deleted: money rows point here.';
COMMENT ON COLUMN "user".id IS 'UUID version 7: its first 48 bits are the millisecond of creation.';
COMMENT ON COLUMN "user".name IS 'Full name as the person gave it, 1 to 200 characters.';
COMMENT ON COLUMN "user".email IS 'Sign-in address, lower case, unique.';
COMMENT ON COLUMN "user".email_verified IS 'True once a token sent to the address came back.';
COMMENT ON COLUMN "user".image IS 'URL of the profile picture.';
COMMENT ON COLUMN "user".phone_number IS 'E.164 with plus sign, for example +2348012345678; unique.';
COMMENT ON COLUMN "user".phone_verified IS 'True once a code sent to phone_number came back; false again when the number changes.';
COMMENT ON COLUMN "user".date_of_birth IS 'Date of birth as declared; KYC checks it against the document.';
COMMENT ON COLUMN "user".kyc_tier IS '0 unverified, 1 basic, 2 full; decides the limits in kyc_limits. Never goes down, never skips one.';
COMMENT ON COLUMN "user".kyc_status IS 'approved from tier 1 on, also while a higher tier is asked for; at tier 0 the state of the newest request, else pending.';
COMMENT ON COLUMN "user".kyc_data IS 'What the KYC provider returned, without numbers of documents; a JSON object.';
COMMENT ON COLUMN "user".kyc_verified_at IS 'When the current tier was approved.';
COMMENT ON COLUMN "user".biometric_enabled IS 'Whether the person signs in with a fingerprint or face on some device.';
COMMENT ON COLUMN "user".biometric_public_key IS 'Public key of the first device; each device has its own in biometric_auth.';
COMMENT ON COLUMN "user".is_active IS 'False after deactivation: no sign-in, no movement of money.';
COMMENT ON COLUMN "user".is_suspended IS 'True while staff have blocked the account.';
COMMENT ON COLUMN "user".suspended_at IS 'When the current suspension began; NULL when there is none.';
COMMENT ON COLUMN "user".suspension_reason IS 'Why, in 10 to 500 characters; NULL when there is no suspension.';
COMMENT ON COLUMN "user".anonymised_at IS 'When the personal data was erased on request; the row stays for the books.';
COMMENT ON COLUMN "user".created_at IS 'When the person registered.';
COMMENT ON COLUMN "user".updated_at IS 'When the row last changed.';

GRANT SELECT ON "user" TO avdaily_readonly, avdaily_app, avdaily_ledger;
-- Registration, tier, suspension, deactivation and anonymisation go through functions; what is left is the person's own profile.
GRANT UPDATE (
  name, image, email_verified, phone_number, phone_verified, date_of_birth, biometric_enabled, biometric_public_key, updated_at
) ON "user" TO avdaily_app;
