-- 0009.guard-access-control: system roles and the last administrator stay, every change of rights is audited, and functions can ask who acts
-- Why: the application relies on roles by name, and a house without an administrator is locked for good: so both are refused
--   here, whoever asks, the tables' owner included.
-- Locks: SHARE ROW EXCLUSIVE on "user" and the tables of 0006 for their triggers.
-- Runtime: milliseconds.
-- Rollback: drops triggers and functions; roles and grants stay as they are.
-- depends: 0008.create-audit-chain

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION refuse_system_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'cannot % system rows of "%"', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV080',  -- system_object
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'The application relies on them by name. Take them away from users instead.';
END $$;

COMMENT ON FUNCTION refuse_system_change() IS 'Trigger: refuses with AV080; the argument is the table''s name.';

CREATE TRIGGER roles_refuse_system_delete BEFORE DELETE ON roles FOR EACH ROW
  WHEN (OLD.is_system OR OLD.name = 'admin') EXECUTE FUNCTION refuse_system_change('roles');
CREATE TRIGGER roles_refuse_system_rename BEFORE UPDATE ON roles FOR EACH ROW
  WHEN ((OLD.is_system OR OLD.name = 'admin') AND (NEW.name <> OLD.name OR NEW.is_system < OLD.is_system))
  EXECUTE FUNCTION refuse_system_change('roles');
CREATE TRIGGER roles_refuse_truncate BEFORE TRUNCATE ON roles
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_system_change('roles');
CREATE TRIGGER permissions_refuse_system_delete BEFORE DELETE ON permissions FOR EACH ROW
  WHEN (OLD.is_system) EXECUTE FUNCTION refuse_system_change('permissions');
CREATE TRIGGER permissions_refuse_system_rename BEFORE UPDATE ON permissions FOR EACH ROW
  WHEN (OLD.is_system AND (NEW.name <> OLD.name OR NEW.is_system < OLD.is_system))
  EXECUTE FUNCTION refuse_system_change('permissions');
CREATE TRIGGER permissions_refuse_truncate BEFORE TRUNCATE ON permissions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_system_change('permissions');
CREATE TRIGGER user_roles_refuse_truncate BEFORE TRUNCATE ON user_roles
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_system_change('user_roles');

-- An administrator with an end date does not count: the day after it nobody could be one. Called after the change, so that
-- one statement may replace the last administrator by another.
CREATE FUNCTION refuse_last_admin_removal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  v_admin_role CONSTANT uuid := (SELECT id FROM roles WHERE name = 'admin');
  v_user_id CONSTANT uuid := (to_jsonb(OLD) ->> TG_ARGV[0])::uuid;
BEGIN
  IF v_admin_role IS NULL
    OR to_jsonb(OLD) ->> 'role_id' <> v_admin_role::text
    OR NOT to_jsonb(OLD) ? 'role_id'
    AND NOT EXISTS (SELECT FROM user_roles WHERE user_id = v_user_id AND role_id = v_admin_role)
  THEN
    RETURN NULL;
  END IF;
  -- An UPDATE, though it changes nothing: two removals at once queue here, and the second sees the first.
  UPDATE roles SET updated_at = updated_at WHERE id = v_admin_role;
  IF NOT EXISTS (
    SELECT FROM user_roles
    JOIN "user" ON "user".id = user_roles.user_id
    WHERE user_roles.role_id = v_admin_role AND user_roles.expires_at IS NULL
      AND "user".is_active AND NOT "user".is_suspended
  ) THEN
    RAISE EXCEPTION 'the last administrator cannot be removed, suspended or given an end date'
      USING ERRCODE = 'AV081',  -- last_admin
        DETAIL = json_build_object('user_id', v_user_id)::text,
        HINT = 'Give the role admin, without an end, to somebody else first.';
  END IF;
  RETURN NULL;
END $$;

COMMENT ON FUNCTION refuse_last_admin_removal() IS
  'Trigger: refuses with AV081 what leaves no active administrator; the argument is the column of the user''s id.';

CREATE TRIGGER user_roles_keep_last_admin_on_delete AFTER DELETE ON user_roles FOR EACH ROW
  WHEN (OLD.expires_at IS NULL) EXECUTE FUNCTION refuse_last_admin_removal('user_id');
CREATE TRIGGER user_roles_keep_last_admin_on_update AFTER UPDATE ON user_roles FOR EACH ROW
  WHEN (
    OLD.expires_at IS NULL
    AND (NEW.expires_at IS NOT NULL OR NEW.user_id <> OLD.user_id OR NEW.role_id <> OLD.role_id)
  )
  EXECUTE FUNCTION refuse_last_admin_removal('user_id');
CREATE TRIGGER user_keep_last_admin AFTER UPDATE OF is_active, is_suspended ON "user" FOR EACH ROW
  WHEN (OLD.is_active AND NOT OLD.is_suspended AND (NEW.is_suspended OR NOT NEW.is_active))
  EXECUTE FUNCTION refuse_last_admin_removal('id');

CREATE TRIGGER roles_audit AFTER INSERT OR UPDATE OR DELETE ON roles
  FOR EACH ROW EXECUTE FUNCTION audit_change('roles', '', 'name', 'is_system');
CREATE TRIGGER permissions_audit AFTER INSERT OR UPDATE OR DELETE ON permissions
  FOR EACH ROW EXECUTE FUNCTION audit_change('permissions', '', 'name', 'is_system');
CREATE TRIGGER role_permissions_audit AFTER INSERT OR UPDATE OR DELETE ON role_permissions
  FOR EACH ROW EXECUTE FUNCTION audit_change('role_permissions', '', 'role_id', 'permission_id');
CREATE TRIGGER user_roles_audit AFTER INSERT OR UPDATE OR DELETE ON user_roles
  FOR EACH ROW EXECUTE FUNCTION audit_change('user_roles', 'user_id', 'role_id', 'assigned_by', 'expires_at');
CREATE TRIGGER user_permissions_audit AFTER INSERT OR UPDATE OR DELETE ON user_permissions
  FOR EACH ROW EXECUTE FUNCTION audit_change('user_permissions', 'user_id', 'permission_id', 'assigned_by', 'expires_at');

-- One transaction acts for one user: whoever signed in (app.user_id) cannot lend the act to an administrator.
CREATE FUNCTION require_permission(p_user_id uuid, p_permission text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF p_user_id IS NULL OR p_user_id <> audit_actor() OR NOT has_permission(p_user_id, p_permission) THEN
    RAISE EXCEPTION 'the acting user has no permission %', p_permission
      USING ERRCODE = 'AV082',  -- permission_denied
        DETAIL = json_build_object('user_id', p_user_id, 'app_user_id', audit_actor(), 'permission', p_permission)::text,
        HINT = 'Act as a user who has it, the same one as in the setting app.user_id.';
  END IF;
  -- So that the audit names the actor also where the caller set none.
  PERFORM set_config('app.user_id', p_user_id::text, true);
END $$;

COMMENT ON FUNCTION require_permission(uuid, text) IS
  'Refuses with AV082 unless the user has the permission; makes that user the actor of the transaction.';

GRANT UPDATE ON roles TO avdaily_ledger;
ALTER FUNCTION refuse_last_admin_removal() OWNER TO avdaily_ledger;
ALTER FUNCTION require_permission(uuid, text) OWNER TO avdaily_ledger;
