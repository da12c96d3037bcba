-- 0047.add-session-functions: sessions begin, are refreshed and end by functions, and a stolen refresh token ends its family
-- Why: a refresh token works once. Seen a second time it is in two hands, and nobody knows whose is the honest one: so every
--   session that came from that sign-in ends. Two refreshes at once are one of these cases.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; the sessions stay.
-- depends: 0046.add-registration

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION create_session_at(
  p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text,
  p_at timestamptz
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  INSERT INTO session (
    user_id, token_hash, expires_at, refresh_token_hash, refresh_token_expires_at, ip_address, user_agent, device_id,
    last_activity_at, created_at, updated_at
  ) VALUES (
    p_user_id, p_token_hash, p_at + interval '30 days', p_refresh_token_hash,
    CASE WHEN p_refresh_token_hash IS NOT NULL THEN p_at + interval '30 days' END,
    p_ip_address, left(p_user_agent, 1000), p_device_id, p_at, p_at, p_at
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION create_session_at(uuid, bytea, bytea, inet, text, text, timestamptz) IS 'create_session() at a given moment.';

CREATE FUNCTION create_session(
  p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea DEFAULT NULL, p_ip_address inet DEFAULT NULL,
  p_user_agent text DEFAULT NULL, p_device_id text DEFAULT NULL
) RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT create_session_at(p_user_id, p_token_hash, p_refresh_token_hash, p_ip_address, p_user_agent, p_device_id, now())
$$;

COMMENT ON FUNCTION create_session(uuid, bytea, bytea, inet, text, text) IS
  'Begins a session of 30 days for somebody who has proved who they are; hashes are sha256. Returns the session''s id.';

-- An outcome and not an error: an error would roll back the end of the family. The refresh token is the key, for its bearer
-- has nothing else to show.
CREATE FUNCTION rotate_refresh_token_at(
  p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text,
  p_at timestamptz
) RETURNS TABLE (outcome text, user_id uuid, session_id uuid) LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  v_old session;
  v_user "user";
BEGIN
  SELECT * INTO v_old FROM session WHERE refresh_token_hash = p_refresh_token_hash;
  IF v_old.id IS NULL THEN
    outcome := 'unknown';
    RETURN NEXT;
    RETURN;
  END IF;
  user_id := v_old.user_id;
  -- First the user, as a suspension does; then the family: a lock on one row would not keep a brother from being refreshed.
  SELECT * INTO v_user FROM "user" WHERE id = v_old.user_id FOR SHARE;
  PERFORM pg_advisory_xact_lock(hashtextextended('session family ' || v_old.family_id, 0));
  SELECT * INTO v_old FROM session WHERE id = v_old.id FOR UPDATE;
  outcome := CASE
    WHEN v_old.id IS NULL THEN 'unknown'
    WHEN v_old.used_at IS NOT NULL THEN 'reused'
    WHEN v_old.revoked_at IS NOT NULL THEN 'revoked'
    WHEN v_old.refresh_token_expires_at <= p_at THEN 'expired'
    WHEN v_user.is_suspended OR NOT v_user.is_active THEN 'user_inactive'
    ELSE 'rotated'
  END;
  IF outcome = 'reused' THEN
    PERFORM FROM session
    WHERE session.user_id = v_old.user_id AND family_id = v_old.family_id AND revoked_at IS NULL
    ORDER BY id FOR UPDATE;
    UPDATE session SET revoked_at = p_at, updated_at = p_at
    WHERE session.user_id = v_old.user_id AND family_id = v_old.family_id AND revoked_at IS NULL;
  ELSIF outcome = 'rotated' THEN
    UPDATE session SET used_at = p_at, revoked_at = p_at, updated_at = p_at WHERE id = v_old.id;
    INSERT INTO session (
      user_id, family_id, token_hash, expires_at, refresh_token_hash, refresh_token_expires_at, ip_address, user_agent,
      device_id, last_activity_at, created_at, updated_at
    ) VALUES (
      v_old.user_id, v_old.family_id, p_new_token_hash, p_at + interval '30 days', p_new_refresh_token_hash,
      p_at + interval '30 days', p_ip_address, left(p_user_agent, 1000), v_old.device_id, p_at, p_at, p_at
    ) RETURNING id INTO session_id;
  END IF;
  RETURN NEXT;
END $$;

COMMENT ON FUNCTION rotate_refresh_token_at(bytea, bytea, bytea, inet, text, timestamptz) IS
  'rotate_refresh_token() at a given moment.';

CREATE FUNCTION rotate_refresh_token(
  p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet DEFAULT NULL,
  p_user_agent text DEFAULT NULL
) RETURNS TABLE (outcome text, user_id uuid, session_id uuid) LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM rotate_refresh_token_at(
    p_refresh_token_hash, p_new_token_hash, p_new_refresh_token_hash, p_ip_address, p_user_agent, now()
  )
$$;

COMMENT ON FUNCTION rotate_refresh_token(bytea, bytea, bytea, inet, text) IS
  'Exchanges a refresh token for a new session; outcome: rotated, reused (family revoked), revoked, expired, unknown, user_inactive.';

CREATE FUNCTION revoke_user_sessions(p_user_id uuid, p_except_session_id uuid DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_count integer;
BEGIN
  -- In the order of the ids, so that two calls do not wait for each other.
  PERFORM FROM session
  WHERE user_id = p_user_id AND revoked_at IS NULL AND id IS DISTINCT FROM p_except_session_id
  ORDER BY id FOR UPDATE;
  UPDATE session SET revoked_at = now(), updated_at = now()
  WHERE user_id = p_user_id AND revoked_at IS NULL AND id IS DISTINCT FROM p_except_session_id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION revoke_user_sessions(uuid, uuid) IS
  'Ends all sessions of a user, but the one given; returns how many.';

GRANT SELECT, INSERT, UPDATE, DELETE ON session TO avdaily_ledger;
ALTER FUNCTION create_session_at(uuid, bytea, bytea, inet, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION create_session(uuid, bytea, bytea, inet, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION rotate_refresh_token_at(bytea, bytea, bytea, inet, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION rotate_refresh_token(bytea, bytea, bytea, inet, text) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_user_sessions(uuid, uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION create_session(uuid, bytea, bytea, inet, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION rotate_refresh_token(bytea, bytea, bytea, inet, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION revoke_user_sessions(uuid, uuid) TO avdaily_app;
