-- 0041.add-role-administration: roles and permissions themselves are made, changed and dropped by functions that check who asks
-- Why: what a role may do is as much a right as having it: only somebody with admin:system changes it, and adds no permission
--   that they lack. The role admin has every permission, always.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; roles and permissions stay as they are.
-- depends: 0040.add-grant-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION create_role(p_user_id uuid, p_name text, p_display_name text, p_description text DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  INSERT INTO roles (name, display_name, description) VALUES (p_name, p_display_name, p_description)
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION create_role(uuid, text, text, text) IS
  'Makes a role without permissions and returns its id; p_user_id is who asks, with admin:system.';

-- The key of a role is its name; only what people read changes here.
CREATE FUNCTION update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  UPDATE roles SET display_name = p_display_name, description = p_description, updated_at = now() WHERE name = p_name;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION update_role(uuid, text, text, text) IS
  'Changes what people read of a role; false if there is none of that name; p_user_id is who asks, with admin:system.';

CREATE FUNCTION delete_role(p_user_id uuid, p_name text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_role_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  -- The lock keeps out a grant that comes while we count.
  SELECT id INTO v_role_id FROM roles WHERE name = p_name FOR UPDATE;
  IF EXISTS (SELECT FROM user_roles WHERE role_id = v_role_id) THEN
    RAISE EXCEPTION 'role "%" cannot be deleted while users have it', p_name
      USING ERRCODE = 'AV086',  -- role_in_use
        DETAIL = json_build_object(
          'role', p_name, 'users', (SELECT count(*) FROM user_roles WHERE role_id = v_role_id)
        )::text,
        HINT = 'Take it from them with revoke_role() first.';
  END IF;
  DELETE FROM role_permissions WHERE role_id = v_role_id;
  DELETE FROM roles WHERE id = v_role_id;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION delete_role(uuid, text) IS
  'Deletes a role that nobody has; false if there is none of that name; p_user_id is who asks, with admin:system.';

CREATE FUNCTION create_permission(
  p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  INSERT INTO permissions (name, display_name, description, resource, action)
  VALUES (p_resource || ':' || p_action, p_display_name, p_description, p_resource, p_action)
  RETURNING id INTO v_id;
  -- Somebody must have it, or nobody could ever give it.
  INSERT INTO role_permissions (role_id, permission_id) SELECT id, v_id FROM roles WHERE name = 'admin';
  RETURN v_id;
END $$;

COMMENT ON FUNCTION create_permission(uuid, text, text, text, text) IS
  'Makes a permission, gives it to the role admin and returns its id; p_user_id is who asks, with admin:system.';

-- Both the role and the permission must be there, and the one who asks must have the permission.
CREATE FUNCTION require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text)
RETURNS role_permissions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_pair role_permissions;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  SELECT id INTO v_pair.role_id FROM roles WHERE name = p_role;
  SELECT id INTO v_pair.permission_id FROM permissions WHERE name = p_permission;
  IF v_pair.role_id IS NULL OR v_pair.permission_id IS NULL THEN
    RAISE EXCEPTION 'there is no role "%" or no permission "%"', p_role, p_permission
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('role', p_role, 'permission', p_permission)::text;
  END IF;
  PERFORM require_permission(p_user_id, p_permission);
  RETURN v_pair;
END $$;

COMMENT ON FUNCTION require_authority_over_role_permission(uuid, text, text) IS
  'The ids of role and permission; refuses with AV082 unless the user has admin:system and the permission itself.';

CREATE FUNCTION grant_role_permission(p_user_id uuid, p_role text, p_permission text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_pair CONSTANT role_permissions := require_authority_over_role_permission(p_user_id, p_role, p_permission);
BEGIN
  INSERT INTO role_permissions (role_id, permission_id) VALUES (v_pair.role_id, v_pair.permission_id)
  ON CONFLICT ON CONSTRAINT role_permissions_role_id_permission_id_key DO NOTHING;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION grant_role_permission(uuid, text, text) IS
  'Adds a permission to a role; false if it was there; p_user_id is who asks, with admin:system and the permission.';

CREATE FUNCTION revoke_role_permission(p_user_id uuid, p_role text, p_permission text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_pair CONSTANT role_permissions := require_authority_over_role_permission(p_user_id, p_role, p_permission);
BEGIN
  IF p_role = 'admin' THEN
    RAISE EXCEPTION 'the role admin cannot lose a permission'
      USING ERRCODE = 'AV080',  -- system_object
        DETAIL = json_build_object('role', p_role, 'permission', p_permission)::text;
  END IF;
  DELETE FROM role_permissions WHERE role_id = v_pair.role_id AND permission_id = v_pair.permission_id;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION revoke_role_permission(uuid, text, text) IS
  'Takes a permission from a role; false if it was not there; p_user_id is who asks, with admin:system and the permission.';

GRANT INSERT, DELETE ON roles, role_permissions TO avdaily_ledger;
GRANT INSERT ON permissions TO avdaily_ledger;
ALTER FUNCTION create_role(uuid, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION update_role(uuid, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION delete_role(uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION create_permission(uuid, text, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION require_authority_over_role_permission(uuid, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION grant_role_permission(uuid, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION revoke_role_permission(uuid, text, text) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION create_role(uuid, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION update_role(uuid, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION delete_role(uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION create_permission(uuid, text, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION grant_role_permission(uuid, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION revoke_role_permission(uuid, text, text) TO avdaily_app;
