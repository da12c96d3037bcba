-- 0046.add-registration: one call makes a user with wallet, preferences, figures and the role user, or nothing at all
-- Why: the original made them one by one; a crash between left users without a wallet, and a retry a second account.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; the users stay.
-- depends: 0045.create-rewards

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- A caller that minted the id may repeat the call: it gets the user that the first one made.
CREATE FUNCTION register_user(
  p_user_id uuid, p_name text, p_email text, p_phone_number text DEFAULT NULL, p_date_of_birth date DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := coalesce(p_user_id, app_uuid());
  v_email CONSTANT text := lower(btrim(p_email));
  v_role_id CONSTANT uuid := (SELECT id FROM roles WHERE name = 'user');
  v_constraint text;
BEGIN
  IF v_role_id IS NULL THEN
    RAISE EXCEPTION 'the role "user" is missing'
      USING ERRCODE = 'AV072',  -- role_user_missing
        DETAIL = json_build_object('role', 'user')::text,
        HINT = 'avdaily-sql seed';
  END IF;
  BEGIN
    INSERT INTO "user" (id, name, email, phone_number, date_of_birth)
    VALUES (v_id, btrim(p_name), v_email, p_phone_number, p_date_of_birth);
  EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF EXISTS (SELECT FROM "user" WHERE id = p_user_id AND email = v_email) THEN
      RETURN p_user_id;
    ELSIF v_constraint = 'user_phone_number_key' THEN
      -- The number is personal: it is in no error and so in no log.
      RAISE EXCEPTION 'the phone number belongs to another user'
        USING ERRCODE = 'AV057',  -- phone_taken
          DETAIL = json_build_object('field', 'phone_number')::text;
    ELSIF v_constraint = 'user_email_key' THEN
      RAISE EXCEPTION 'the e-mail address belongs to another user'
        USING ERRCODE = 'AV056',  -- email_taken
          DETAIL = json_build_object('field', 'email')::text;
    END IF;
    RAISE;
  END;
  PERFORM open_wallet(v_id);
  INSERT INTO notification_preferences (user_id) VALUES (v_id);
  INSERT INTO user_analytics (user_id) VALUES (v_id);
  INSERT INTO user_roles (user_id, role_id) VALUES (v_id, v_role_id);
  RETURN v_id;
END $$;

COMMENT ON FUNCTION register_user(uuid, text, text, text, date) IS
  'Makes a user with everything that every user has; p_user_id null mints an id. Returns the id, also of an equal earlier call.';

-- For what a person does: unknown, deactivated and suspended users do nothing. The row stays locked against a suspension
-- until the end of the transaction, so that nothing slips in beside it.
CREATE FUNCTION require_acting_user(p_user_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM "user" WHERE id = p_user_id FOR SHARE;
  PERFORM require_active_user(p_user_id);
  IF (SELECT is_suspended FROM "user" WHERE id = p_user_id) THEN
    RAISE EXCEPTION 'user % is suspended', p_user_id
      USING ERRCODE = 'AV052',  -- user_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;

COMMENT ON FUNCTION require_acting_user(uuid) IS
  'Refuses with AV050, AV051 or AV052 an unknown, deactivated or suspended user; keeps the row locked for share.';

CREATE FUNCTION require_reason(p_reason text, p_minimum integer) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF char_length(coalesce(btrim(p_reason), '')) NOT BETWEEN p_minimum AND 500 THEN
    RAISE EXCEPTION 'a reason has % to 500 characters, this one has %', p_minimum, char_length(coalesce(btrim(p_reason), ''))
      USING ERRCODE = 'AV055',  -- reason_length
        DETAIL = json_build_object(
          'minimum', p_minimum, 'maximum', 500, 'given', char_length(coalesce(btrim(p_reason), ''))
        )::text;
  END IF;
END $$;

COMMENT ON FUNCTION require_reason(text, integer) IS 'Refuses with AV055 a reason that is too short or too long.';

GRANT INSERT, UPDATE ON "user" TO avdaily_ledger;
ALTER FUNCTION register_user(uuid, text, text, text, date) OWNER TO avdaily_ledger;
ALTER FUNCTION require_acting_user(uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION require_reason(text, integer) TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION register_user(uuid, text, text, text, date) TO avdaily_app;
