-- 0040.add-grant-functions: roles and permissions are given to users and taken from them by functions that check who asks
-- Why: a right is given by somebody who has it, never by whoever reaches the database; so an application that was taken over
--   cannot make its user an administrator without acting as one, and that is in the audit log.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; grants stay as they are.
-- depends: 0009.guard-access-control

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Nobody gives more than they have, or takes from somebody above them.
CREATE FUNCTION require_authority_over_role(p_user_id uuid, p_role text) RETURNS uuid LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_role_id CONSTANT uuid := (SELECT id FROM roles WHERE name = p_role);
  v_permission text;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:users');
  IF v_role_id IS NULL THEN
    RAISE EXCEPTION 'there is no role "%"', p_role
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('role', p_role)::text;
  END IF;
  FOR v_permission IN
    SELECT permissions.name FROM role_permissions
    JOIN permissions ON permissions.id = role_permissions.permission_id
    WHERE role_permissions.role_id = v_role_id
    ORDER BY permissions.name
  LOOP
    PERFORM require_permission(p_user_id, v_permission);
  END LOOP;
  RETURN v_role_id;
END $$;

COMMENT ON FUNCTION require_authority_over_role(uuid, text) IS
  'The role''s id; refuses with AV082 unless the user has admin:users and every permission of the role.';

CREATE FUNCTION require_authority_over_permission(p_user_id uuid, p_permission text) RETURNS uuid LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_permission_id CONSTANT uuid := (SELECT id FROM permissions WHERE name = p_permission);
BEGIN
  PERFORM require_permission(p_user_id, 'admin:users');
  IF v_permission_id IS NULL THEN
    RAISE EXCEPTION 'there is no permission "%"', p_permission
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('permission', p_permission)::text;
  END IF;
  PERFORM require_permission(p_user_id, p_permission);
  RETURN v_permission_id;
END $$;

COMMENT ON FUNCTION require_authority_over_permission(uuid, text) IS
  'The permission''s id; refuses with AV082 unless the user has admin:users and the permission itself.';

CREATE FUNCTION require_future(p_expires_at timestamptz) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_expires_at <= now() OR NOT isfinite(p_expires_at) THEN
    RAISE EXCEPTION 'a grant cannot end at %: that is past, or no moment', p_expires_at
      USING ERRCODE = 'AV084',  -- expiry_not_in_the_future
        DETAIL = json_build_object('expires_at', p_expires_at, 'now', now())::text;
  END IF;
END $$;

COMMENT ON FUNCTION require_future(timestamptz) IS 'Refuses with AV084 an end that has passed; null is no end.';

-- Only a user who can act again some day is given something.
CREATE FUNCTION require_active_user(p_user_id uuid) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  v_is_active CONSTANT boolean := (SELECT is_active FROM "user" WHERE id = p_user_id);
BEGIN
  IF v_is_active IS NULL THEN
    RAISE EXCEPTION 'there is no user %', coalesce(p_user_id::text, 'without an id')
      USING ERRCODE = 'AV050',  -- user_not_found
        DETAIL = json_build_object('user_id', p_user_id)::text;
  ELSIF NOT v_is_active THEN
    RAISE EXCEPTION 'user % is deactivated', p_user_id
      USING ERRCODE = 'AV051',  -- user_deactivated
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;

COMMENT ON FUNCTION require_active_user(uuid) IS 'Refuses with AV050 an unknown user, with AV051 a deactivated one.';

CREATE FUNCTION assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamptz DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  PERFORM require_future(p_expires_at);
  INSERT INTO user_roles (user_id, role_id, assigned_by, expires_at)
  VALUES (p_user_id, require_authority_over_role(p_assigned_by, p_role), p_assigned_by, p_expires_at)
  ON CONFLICT ON CONSTRAINT user_roles_user_id_role_id_key DO UPDATE
  SET assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at, expires_at = excluded.expires_at
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION assign_role(uuid, text, uuid, timestamptz) IS
  'Gives a role, or gives it anew with another end (null: none); returns the id of the row in user_roles.';

CREATE FUNCTION revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_role_id CONSTANT uuid := require_authority_over_role(p_revoked_by, p_role);
BEGIN
  DELETE FROM user_roles WHERE user_id = p_user_id AND role_id = v_role_id;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION revoke_role(uuid, text, uuid) IS 'Takes a role; false if the user had it not. The last administrator stays.';

CREATE FUNCTION grant_user_permission(
  p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamptz DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  PERFORM require_future(p_expires_at);
  INSERT INTO user_permissions (user_id, permission_id, assigned_by, expires_at)
  VALUES (p_user_id, require_authority_over_permission(p_assigned_by, p_permission), p_assigned_by, p_expires_at)
  ON CONFLICT ON CONSTRAINT user_permissions_user_id_permission_id_key DO UPDATE
  SET assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at, expires_at = excluded.expires_at
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION grant_user_permission(uuid, text, uuid, timestamptz) IS
  'Gives one permission directly, or gives it anew with another end (null: none); returns the id of the row.';

CREATE FUNCTION revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_permission_id CONSTANT uuid := require_authority_over_permission(p_revoked_by, p_permission);
BEGIN
  DELETE FROM user_permissions WHERE user_id = p_user_id AND permission_id = v_permission_id;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION revoke_user_permission(uuid, text, uuid) IS
  'Takes a direct grant; false if there was none. What comes by a role stays.';

GRANT INSERT, UPDATE, DELETE ON user_roles, user_permissions TO avdaily_ledger;
ALTER FUNCTION require_authority_over_role(uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION require_authority_over_permission(uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION require_active_user(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION assign_role(uuid, text, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_role(uuid, text, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION grant_user_permission(uuid, text, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_user_permission(uuid, text, uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION require_future(timestamptz) TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION assign_role(uuid, text, uuid, timestamptz) TO avdaily_app;
GRANT EXECUTE ON FUNCTION revoke_role(uuid, text, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION grant_user_permission(uuid, text, uuid, timestamptz) TO avdaily_app;
GRANT EXECUTE ON FUNCTION revoke_user_permission(uuid, text, uuid) TO avdaily_app;
