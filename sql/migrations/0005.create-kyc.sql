-- 0005.create-kyc: requests to rise to a KYC tier, and phone numbers under verification, can be kept
-- Why: a tier decides how much money a person may move, so its proof is kept with who decided and when; numbers of documents
--   only encrypted by the application, with a keyed hash that shows when two people present the same document.
-- Locks: none on rows; CREATE TABLE with a foreign key takes SHARE ROW EXCLUSIVE on "user" for a moment.
-- Runtime: milliseconds.
-- Rollback: drops both tables; the proofs of identity are gone.
-- depends: 0004.create-authentication

CREATE TABLE kyc_verification (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  tier integer NOT NULL,
  status text DEFAULT 'pending' NOT NULL,
  first_name text,
  last_name text,
  date_of_birth date,
  address text,
  government_id_type text,
  government_id_number bytea,
  government_id_last_four text,
  government_id_hash bytea,
  government_id_image text,
  selfie_image text,
  verification_data jsonb,
  verified_by uuid,
  verified_at timestamptz,
  rejection_reason text,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT kyc_verification_pkey PRIMARY KEY (id),
  CONSTRAINT kyc_verification_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT kyc_verification_verified_by_fkey FOREIGN KEY (verified_by) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT kyc_verification_tier_range_check CHECK (tier BETWEEN 1 AND 2),
  CONSTRAINT kyc_verification_status_values_check CHECK (status IN ('pending', 'under_review', 'approved', 'rejected')),
  CONSTRAINT kyc_verification_first_name_length_check CHECK (char_length(first_name) BETWEEN 1 AND 100),
  CONSTRAINT kyc_verification_last_name_length_check CHECK (char_length(last_name) BETWEEN 1 AND 100),
  CONSTRAINT kyc_verification_date_of_birth_plausible_check CHECK (date_of_birth >= DATE '1900-01-01'),
  CONSTRAINT kyc_verification_address_length_check CHECK (char_length(address) BETWEEN 1 AND 500),
  CONSTRAINT kyc_verification_government_id_type_values_check CHECK (
    government_id_type IN ('nin', 'bvn', 'passport', 'drivers_license', 'voters_card')
  ),
  -- A nonce of 12 bytes, a tag of 16, and something between them: a number in plain text is shorter.
  CONSTRAINT kyc_verification_government_id_number_encrypted_check CHECK (octet_length(government_id_number) > 28),
  CONSTRAINT kyc_verification_government_id_last_four_shape_check CHECK (government_id_last_four ~ '^[0-9A-Z]{4}$'),
  CONSTRAINT kyc_verification_government_id_hash_sha256_check CHECK (octet_length(government_id_hash) = 32),
  CONSTRAINT kyc_verification_government_id_whole_check CHECK (
    num_nonnulls(government_id_type, government_id_number, government_id_last_four, government_id_hash) IN (0, 4)
  ),
  CONSTRAINT kyc_verification_verification_data_object_check CHECK (jsonb_typeof(verification_data) = 'object'),
  CONSTRAINT kyc_verification_decision_dated_check CHECK ((status IN ('approved', 'rejected')) = (verified_at IS NOT NULL)),
  CONSTRAINT kyc_verification_decider_decided_check CHECK (verified_by IS NULL OR verified_at IS NOT NULL),
  CONSTRAINT kyc_verification_not_by_oneself_check CHECK (verified_by <> user_id),
  CONSTRAINT kyc_verification_rejection_reason_present_check CHECK ((status = 'rejected') = (rejection_reason IS NOT NULL)),
  CONSTRAINT kyc_verification_rejection_reason_length_check CHECK (char_length(rejection_reason) BETWEEN 1 AND 500)
);

-- get_kyc_status: WHERE user_id = … ORDER BY created_at DESC LIMIT 1; index of the foreign key
CREATE INDEX kyc_verification_user_id_created_at_idx ON kyc_verification (user_id, created_at);
-- One open request per user and tier: submit_kyc_tier1 and submit_kyc_tier2 insert ON CONFLICT DO NOTHING.
CREATE UNIQUE INDEX kyc_verification_user_id_tier_open_key ON kyc_verification (user_id, tier)
  WHERE status IN ('pending', 'under_review');
-- One document carries one person per tier; a rejected or open request of another person does not block it.
CREATE UNIQUE INDEX kyc_verification_government_id_hash_tier_approved_key ON kyc_verification (government_id_hash, tier)
  WHERE status = 'approved';
-- list_pending_kyc, first come first served: WHERE tier = … AND status IN ('pending', 'under_review') ORDER BY created_at, id
CREATE INDEX kyc_verification_tier_created_at_id_open_idx ON kyc_verification (tier, created_at, id)
  WHERE status IN ('pending', 'under_review');
-- Index of the foreign key: what did this reviewer decide
CREATE INDEX kyc_verification_verified_by_idx ON kyc_verification (verified_by) WHERE verified_by IS NOT NULL;

CREATE TRIGGER kyc_verification_set_updated_at BEFORE UPDATE ON kyc_verification FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE kyc_verification IS 'A request to rise to a KYC tier, with its proof and its decision.';
COMMENT ON COLUMN kyc_verification.id IS 'UUID version 7.';
COMMENT ON COLUMN kyc_verification.user_id IS 'Who asks.';
COMMENT ON COLUMN kyc_verification.tier IS 'The tier asked for: 1 basic, 2 full.';
COMMENT ON COLUMN kyc_verification.status IS 'pending, under_review, approved, rejected; the last two are final.';
COMMENT ON COLUMN kyc_verification.first_name IS 'First name as on the document.';
COMMENT ON COLUMN kyc_verification.last_name IS 'Last name as on the document.';
COMMENT ON COLUMN kyc_verification.date_of_birth IS 'Date of birth as on the document.';
COMMENT ON COLUMN kyc_verification.address IS 'Address of residence, at most 500 characters.';
COMMENT ON COLUMN kyc_verification.government_id_type IS 'nin, bvn, passport, drivers_license or voters_card.';
COMMENT ON COLUMN kyc_verification.government_id_number IS 'Number of the document, encrypted by the application; the key is not in the database.';
COMMENT ON COLUMN kyc_verification.government_id_last_four IS 'Last four characters of the number, so that support can ask for them.';
COMMENT ON COLUMN kyc_verification.government_id_hash IS 'HMAC-SHA-256 of type and number with the application''s key: equal documents have equal hashes.';
COMMENT ON COLUMN kyc_verification.government_id_image IS 'URL of the picture of the document.';
COMMENT ON COLUMN kyc_verification.selfie_image IS 'URL of the picture of the person.';
COMMENT ON COLUMN kyc_verification.verification_data IS 'What the KYC provider returned, without the number; a JSON object.';
COMMENT ON COLUMN kyc_verification.verified_by IS 'Who decided; NULL while open, or when the provider decided.';
COMMENT ON COLUMN kyc_verification.verified_at IS 'When it was approved or rejected; NULL while open.';
COMMENT ON COLUMN kyc_verification.rejection_reason IS 'Why it was rejected; NULL otherwise.';
COMMENT ON COLUMN kyc_verification.created_at IS 'When it was asked for.';
COMMENT ON COLUMN kyc_verification.updated_at IS 'When the row last changed.';

CREATE TABLE phone_verification (
  id uuid DEFAULT app_uuid() NOT NULL,
  phone_number text NOT NULL,
  otp_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  verified boolean DEFAULT false NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT phone_verification_pkey PRIMARY KEY (id),
  CONSTRAINT phone_verification_phone_number_e164_check CHECK (phone_number ~ '^\+[1-9][0-9]{1,14}$'),
  CONSTRAINT phone_verification_otp_hash_sha256_check CHECK (octet_length(otp_hash) = 32),
  CONSTRAINT phone_verification_expires_after_creation_check CHECK (expires_at > created_at),
  -- Five guesses at one of a million codes.
  CONSTRAINT phone_verification_attempts_range_check CHECK (attempts BETWEEN 0 AND 5)
);

-- verify_phone_otp, get_latest_phone_verification: WHERE phone_number = … ORDER BY created_at DESC LIMIT 1
CREATE INDEX phone_verification_phone_number_created_at_idx ON phone_verification (phone_number, created_at);
-- delete_expired_phone_verifications: WHERE expires_at < …
CREATE INDEX phone_verification_expires_at_idx ON phone_verification (expires_at);

COMMENT ON TABLE phone_verification IS 'A code that was sent to a phone number. Only the newest row of a number counts.';
COMMENT ON COLUMN phone_verification.id IS 'UUID version 7.';
COMMENT ON COLUMN phone_verification.phone_number IS 'Where the code went: E.164 with plus sign.';
COMMENT ON COLUMN phone_verification.otp_hash IS 'HMAC-SHA-256 of number and code with the application''s key: a bare hash of six digits is soon guessed.';
COMMENT ON COLUMN phone_verification.expires_at IS 'When the code stops to work.';
COMMENT ON COLUMN phone_verification.verified IS 'True once the code came back in time; it does not work twice.';
COMMENT ON COLUMN phone_verification.attempts IS 'Guesses so far, 0 to 5; at 5 the code no longer works.';
COMMENT ON COLUMN phone_verification.created_at IS 'When the code was sent.';

GRANT SELECT (
  id, user_id, tier, status, first_name, last_name, date_of_birth, address, government_id_type, government_id_last_four,
  government_id_image, selfie_image, verification_data, verified_by, verified_at, rejection_reason, created_at, updated_at
) ON kyc_verification TO avdaily_readonly;
GRANT SELECT (id, phone_number, expires_at, verified, attempts, created_at) ON phone_verification TO avdaily_readonly;
-- Requests and decisions go through functions, and so does the comparison of a code.
GRANT SELECT ON kyc_verification TO avdaily_app;
GRANT SELECT, INSERT, DELETE ON phone_verification TO avdaily_app;
