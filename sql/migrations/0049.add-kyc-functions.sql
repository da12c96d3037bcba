-- 0049.add-kyc-functions: a user asks for the next KYC tier, somebody else decides, and request and user change together
-- Why: a tier is a limit on money. It rises by one, never falls, is never decided by its own user, and is never approved in one
--   table and missing in the other.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; requests and tiers stay.
-- depends: 0048.add-one-time-codes

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Everybody who touches the tier locks the user first: two requests or two decisions at once come one after the other.
CREATE FUNCTION require_next_kyc_tier(p_user_id uuid, p_tier integer) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_tier CONSTANT integer := (SELECT kyc_tier FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE);
BEGIN
  PERFORM require_acting_user(p_user_id);
  IF p_tier IS DISTINCT FROM v_tier + 1 THEN
    RAISE EXCEPTION 'a user of tier % cannot rise to tier %', v_tier, coalesce(p_tier::text, 'null')
      USING ERRCODE = 'AV060',  -- kyc_tier_step
        DETAIL = json_build_object('user_id', p_user_id, 'current_tier', v_tier, 'tier', p_tier)::text,
        HINT = 'Tiers are reached one after the other, and never lost.';
  END IF;
END $$;

COMMENT ON FUNCTION require_next_kyc_tier(uuid, integer) IS
  'Locks the user; refuses with AV060 a tier that is not the next one, with AV050 to AV052 a user who may not act.';

CREATE FUNCTION submit_kyc(p_request kyc_verification) RETURNS uuid LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_given CONSTANT jsonb := jsonb_strip_nulls(to_jsonb(p_request));
  v_missing text[];
BEGIN
  PERFORM require_next_kyc_tier(p_request.user_id, p_request.tier);
  SELECT array_agg(field) INTO v_missing
  FROM unnest(
    ARRAY['first_name', 'last_name', 'date_of_birth', 'address'] || CASE p_request.tier WHEN 2 THEN ARRAY[
      'government_id_type', 'government_id_number', 'government_id_last_four', 'government_id_hash', 'government_id_image',
      'selfie_image'
    ] END
  ) AS field
  WHERE coalesce(v_given ->> field, '') = '';
  IF v_missing IS NOT NULL THEN
    RAISE EXCEPTION 'a request for tier % lacks %', p_request.tier, array_to_string(v_missing, ', ')
      USING ERRCODE = 'AV064',  -- kyc_incomplete
        DETAIL = json_build_object('tier', p_request.tier, 'missing', v_missing)::text;
  END IF;
  IF EXISTS (
    SELECT FROM kyc_verification
    WHERE user_id = p_request.user_id AND tier = p_request.tier AND status IN ('pending', 'under_review')
  ) THEN
    RAISE EXCEPTION 'a request of user % for tier % is open already', p_request.user_id, p_request.tier
      USING ERRCODE = 'AV061',  -- kyc_request_open
        DETAIL = json_build_object('user_id', p_request.user_id, 'tier', p_request.tier)::text;
  END IF;
  p_request.id := app_uuid();
  p_request.status := 'pending';
  p_request.created_at := now();
  p_request.updated_at := now();
  INSERT INTO kyc_verification SELECT p_request.*;
  -- Whoever has a tier keeps it, and its status, while the next one is decided.
  UPDATE "user" SET kyc_status = 'pending', updated_at = now() WHERE id = p_request.user_id AND kyc_tier = 0;
  RETURN p_request.id;
END $$;

COMMENT ON FUNCTION submit_kyc(kyc_verification) IS 'The common part of submit_kyc_tier1() and submit_kyc_tier2().';

CREATE FUNCTION submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  v_request.user_id := p_user_id;
  v_request.tier := 1;
  v_request.first_name := p_first_name;
  v_request.last_name := p_last_name;
  v_request.date_of_birth := p_date_of_birth;
  v_request.address := p_address;
  RETURN submit_kyc(v_request);
END $$;

COMMENT ON FUNCTION submit_kyc_tier1(uuid, text, text, date, text) IS 'Asks for tier 1; returns the id of the request.';

CREATE FUNCTION submit_kyc_tier2(
  p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text,
  p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text,
  p_selfie_image text
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  v_request.user_id := p_user_id;
  v_request.tier := 2;
  v_request.first_name := p_first_name;
  v_request.last_name := p_last_name;
  v_request.date_of_birth := p_date_of_birth;
  v_request.address := p_address;
  v_request.government_id_type := p_government_id_type;
  v_request.government_id_number := p_government_id_number;
  v_request.government_id_last_four := p_government_id_last_four;
  v_request.government_id_hash := p_government_id_hash;
  v_request.government_id_image := p_government_id_image;
  v_request.selfie_image := p_selfie_image;
  RETURN submit_kyc(v_request);
END $$;

COMMENT ON FUNCTION submit_kyc_tier2(uuid, text, text, date, text, text, bytea, text, bytea, text, text) IS
  'Asks for tier 2 with a document, its number encrypted by the application; returns the id of the request.';

-- The request, locked, if it is open and may be decided by this person.
CREATE FUNCTION open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text) RETURNS kyc_verification
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  PERFORM require_permission(p_decided_by, p_permission);
  IF p_decided_by = p_user_id THEN
    RAISE EXCEPTION 'nobody decides about their own KYC request'
      USING ERRCODE = 'AV063',  -- kyc_self_review
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_request FROM kyc_verification WHERE id = p_kyc_id AND user_id = p_user_id FOR UPDATE;
  IF v_request.id IS NULL OR v_request.status NOT IN ('pending', 'under_review') THEN
    RAISE EXCEPTION 'user % has no open KYC request %', p_user_id, coalesce(p_kyc_id::text, 'without an id')
      USING ERRCODE = 'AV062',  -- kyc_request_not_open
        DETAIL = json_build_object('user_id', p_user_id, 'kyc_id', p_kyc_id, 'status', v_request.status)::text;
  END IF;
  RETURN v_request;
END $$;

COMMENT ON FUNCTION open_kyc_request(uuid, uuid, uuid, text) IS
  'Locks user and request; refuses with AV082, AV063 or AV062 who may not decide or what is not open.';

CREATE FUNCTION start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM open_kyc_request(p_user_id, p_kyc_id, p_reviewed_by, 'kyc:review');
  UPDATE kyc_verification SET status = 'under_review', updated_at = now() WHERE id = p_kyc_id;
  UPDATE "user" SET kyc_status = 'under_review', updated_at = now() WHERE id = p_user_id AND kyc_tier = 0;
END $$;

COMMENT ON FUNCTION start_kyc_review(uuid, uuid, uuid) IS 'Somebody with kyc:review has taken up the request.';

CREATE FUNCTION approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_request CONSTANT kyc_verification := open_kyc_request(p_user_id, p_kyc_id, p_verified_by, 'kyc:approve');
BEGIN
  PERFORM require_next_kyc_tier(p_user_id, v_request.tier);
  BEGIN
    UPDATE kyc_verification SET status = 'approved', verified_by = p_verified_by, verified_at = now(), updated_at = now()
    WHERE id = p_kyc_id;
  EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'the document of request % was approved for another user', p_kyc_id
      USING ERRCODE = 'AV065',  -- kyc_document_taken
        DETAIL = json_build_object('kyc_id', p_kyc_id, 'tier', v_request.tier)::text;
  END;
  UPDATE "user" SET kyc_tier = v_request.tier, kyc_status = 'approved', kyc_verified_at = now(), updated_at = now()
  WHERE id = p_user_id;
  RETURN v_request.tier;
END $$;

COMMENT ON FUNCTION approve_kyc(uuid, uuid, uuid) IS
  'Somebody with kyc:approve raises the user to the tier asked for; returns the tier.';

CREATE FUNCTION reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM require_reason(p_reason, 1);
  PERFORM open_kyc_request(p_user_id, p_kyc_id, p_verified_by, 'kyc:reject');
  UPDATE kyc_verification
  SET status = 'rejected', verified_by = p_verified_by, verified_at = now(), rejection_reason = btrim(p_reason),
    updated_at = now()
  WHERE id = p_kyc_id;
  UPDATE "user" SET kyc_status = 'rejected', updated_at = now() WHERE id = p_user_id AND kyc_tier = 0;
END $$;

COMMENT ON FUNCTION reject_kyc(uuid, uuid, uuid, text) IS
  'Somebody with kyc:reject refuses the request with a reason of 1 to 500 characters; the tier stays as it was.';

GRANT SELECT, INSERT, UPDATE ON kyc_verification TO avdaily_ledger;
ALTER FUNCTION require_next_kyc_tier(uuid, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION submit_kyc(kyc_verification) OWNER TO avdaily_ledger;
ALTER FUNCTION submit_kyc_tier1(uuid, text, text, date, text) OWNER TO avdaily_ledger;
ALTER FUNCTION submit_kyc_tier2(uuid, text, text, date, text, text, bytea, text, bytea, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION open_kyc_request(uuid, uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION start_kyc_review(uuid, uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION approve_kyc(uuid, uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION reject_kyc(uuid, uuid, uuid, text) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION submit_kyc_tier1(uuid, text, text, date, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION submit_kyc_tier2(uuid, text, text, date, text, text, bytea, text, bytea, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION start_kyc_review(uuid, uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION approve_kyc(uuid, uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION reject_kyc(uuid, uuid, uuid, text) TO avdaily_app;
