-- 0048.add-one-time-codes: codes sent by SMS and tokens sent by e-mail are compared in the database, and work once
-- Why: a guess is counted where it is compared, under a lock: a thousand guesses at once are still five. A guess that fails is
--   an outcome and not an error, because an error would roll back the count.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; the codes stay.
-- depends: 0047.add-session-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- p_user_id is null before there is a user; with one, the number must be the user's, and is then marked as verified.
CREATE FUNCTION verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamptz)
RETURNS TABLE (outcome text, attempts_left integer) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_code phone_verification;
BEGIN
  IF p_user_id IS NOT NULL
    AND (SELECT phone_number FROM "user" WHERE id = p_user_id) IS DISTINCT FROM p_phone_number
  THEN
    RAISE EXCEPTION 'the phone number is not the one of user %', p_user_id
      USING ERRCODE = 'AV059',  -- phone_of_another
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  SELECT * INTO v_code FROM phone_verification
  WHERE phone_number = p_phone_number
  ORDER BY created_at DESC, id DESC
  LIMIT 1
  FOR UPDATE;
  outcome := CASE
    WHEN v_code.id IS NULL THEN 'unknown'
    WHEN v_code.verified THEN 'used'
    WHEN v_code.expires_at <= p_at THEN 'expired'
    WHEN v_code.attempts >= 5 THEN 'exhausted'
    WHEN v_code.otp_hash = p_otp_hash THEN 'verified'
    ELSE 'wrong'
  END;
  IF outcome IN ('verified', 'wrong') THEN
    UPDATE phone_verification SET attempts = attempts + 1, verified = (outcome = 'verified') WHERE id = v_code.id
    RETURNING * INTO v_code;
  END IF;
  IF outcome = 'verified' AND p_user_id IS NOT NULL THEN
    UPDATE "user" SET phone_verified = true, updated_at = p_at WHERE id = p_user_id AND phone_number = p_phone_number;
  END IF;
  attempts_left := CASE WHEN outcome = 'wrong' THEN 5 - v_code.attempts ELSE 0 END;
  RETURN NEXT;
END $$;

COMMENT ON FUNCTION verify_phone_otp_at(uuid, text, bytea, timestamptz) IS 'verify_phone_otp() at a given moment.';

CREATE FUNCTION verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea)
RETURNS TABLE (outcome text, attempts_left integer) LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM verify_phone_otp_at(p_user_id, p_phone_number, p_otp_hash, now())
$$;

COMMENT ON FUNCTION verify_phone_otp(uuid, text, bytea) IS
  'Compares with the newest code of the number and counts it; outcome: verified, wrong, used, expired, exhausted, unknown.';

-- Deleted in any case: a token that came too late is of no use either.
CREATE FUNCTION consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_is_valid boolean;
BEGIN
  DELETE FROM verification WHERE identifier = p_identifier AND value_hash = p_value_hash
  RETURNING expires_at > p_at INTO v_is_valid;
  RETURN coalesce(v_is_valid, false);
END $$;

COMMENT ON FUNCTION consume_verification_at(text, bytea, timestamptz) IS 'consume_verification() at a given moment.';

CREATE FUNCTION consume_verification(p_identifier text, p_value_hash bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT consume_verification_at(p_identifier, p_value_hash, now())
$$;

COMMENT ON FUNCTION consume_verification(text, bytea) IS
  'Uses up a one-time token: true for one caller, if it had not expired; false for everybody else.';

GRANT SELECT, UPDATE, DELETE ON phone_verification TO avdaily_ledger;
GRANT SELECT, DELETE ON verification TO avdaily_ledger;
ALTER FUNCTION verify_phone_otp_at(uuid, text, bytea, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION verify_phone_otp(uuid, text, bytea) OWNER TO avdaily_ledger;
ALTER FUNCTION consume_verification_at(text, bytea, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION consume_verification(text, bytea) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION verify_phone_otp(uuid, text, bytea) TO avdaily_app;
GRANT EXECUTE ON FUNCTION consume_verification(text, bytea) TO avdaily_app;
