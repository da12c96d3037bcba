-- 0050.add-standing-functions: a user is suspended, reinstated or deactivated by one call that ends the sessions too
-- Why: the original left the sessions of a suspended user alive, and wrote no audit.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; suspensions stay as they are.
-- depends: 0049.add-kyc-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- A moderator does not suspend an administrator. A suspended user has no permission: so what the grants say counts here,
-- not effective_permissions.
CREATE FUNCTION require_authority_over_user(p_user_id uuid, p_acting_user_id uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_permission text;
BEGIN
  PERFORM require_permission(p_acting_user_id, 'admin:users');
  FOR v_permission IN
    SELECT permissions.name FROM user_roles
    JOIN role_permissions ON role_permissions.role_id = user_roles.role_id
    JOIN permissions ON permissions.id = role_permissions.permission_id
    WHERE user_roles.user_id = p_user_id AND (user_roles.expires_at IS NULL OR user_roles.expires_at > now())
    UNION
    SELECT permissions.name FROM user_permissions
    JOIN permissions ON permissions.id = user_permissions.permission_id
    WHERE user_permissions.user_id = p_user_id AND (user_permissions.expires_at IS NULL OR user_permissions.expires_at > now())
    ORDER BY 1
  LOOP
    PERFORM require_permission(p_acting_user_id, v_permission);
  END LOOP;
END $$;

COMMENT ON FUNCTION require_authority_over_user(uuid, uuid) IS
  'Refuses with AV082 unless the acting user has admin:users and every permission that the user was given.';

CREATE FUNCTION suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM require_reason(p_reason, 10);
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  PERFORM require_authority_over_user(p_user_id, p_suspended_by);
  PERFORM require_active_user(p_user_id);
  UPDATE "user"
  SET is_suspended = true, suspended_at = now(), suspension_reason = btrim(p_reason), updated_at = now()
  WHERE id = p_user_id AND NOT is_suspended;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is suspended already', p_user_id
      USING ERRCODE = 'AV053',  -- already_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  RETURN revoke_user_sessions(p_user_id);
END $$;

COMMENT ON FUNCTION suspend_user(uuid, uuid, text) IS
  'Blocks an active user for a reason of 10 to 500 characters and ends the sessions; returns how many were ended.';

CREATE FUNCTION reinstate_user(p_user_id uuid, p_reinstated_by uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM require_authority_over_user(p_user_id, p_reinstated_by);
  UPDATE "user"
  SET is_suspended = false, suspended_at = NULL, suspension_reason = NULL, updated_at = now()
  WHERE id = p_user_id AND is_suspended;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is not suspended', p_user_id
      USING ERRCODE = 'AV054',  -- not_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;

COMMENT ON FUNCTION reinstate_user(uuid, uuid) IS 'Ends a suspension; the sessions stay ended.';

-- The soft delete: whoever asks for it for somebody else needs authority over them.
CREATE FUNCTION deactivate_user(p_user_id uuid, p_deactivated_by uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  PERFORM require_self_or_authority(p_user_id, p_deactivated_by);
  PERFORM require_active_user(p_user_id);
  UPDATE "user" SET is_active = false, updated_at = now() WHERE id = p_user_id;
  RETURN revoke_user_sessions(p_user_id);
END $$;

COMMENT ON FUNCTION deactivate_user(uuid, uuid) IS
  'Ends an account at the wish of its user or of somebody with authority, and its sessions; returns how many were ended.';

CREATE FUNCTION reactivate_user(p_user_id uuid, p_reactivated_by uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM require_authority_over_user(p_user_id, p_reactivated_by);
  UPDATE "user" SET is_active = true, updated_at = now()
  WHERE id = p_user_id AND NOT is_active AND anonymised_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is active, unknown or anonymised', p_user_id
      USING ERRCODE = 'AV058',  -- not_deactivated
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;

COMMENT ON FUNCTION reactivate_user(uuid, uuid) IS 'Opens a deactivated account again; an anonymised one stays closed.';

CREATE FUNCTION require_self_or_authority(p_user_id uuid, p_acting_user_id uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF p_acting_user_id IS DISTINCT FROM p_user_id OR audit_actor() <> p_user_id THEN
    PERFORM require_authority_over_user(p_user_id, p_acting_user_id);
  ELSE
    PERFORM set_config('app.user_id', p_user_id::text, true);
  END IF;
END $$;

COMMENT ON FUNCTION require_self_or_authority(uuid, uuid) IS
  'Refuses with AV082 whoever is neither the user nor has authority over them; makes that person the actor.';

ALTER FUNCTION require_authority_over_user(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION suspend_user(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION reinstate_user(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION deactivate_user(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION reactivate_user(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION require_self_or_authority(uuid, uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION suspend_user(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION reinstate_user(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION deactivate_user(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION reactivate_user(uuid, uuid) TO avdaily_app;
