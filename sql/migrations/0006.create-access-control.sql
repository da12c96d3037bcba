-- 0006.create-access-control: roles, permissions and their grants exist, and one view says what each user may do now
-- Why: the original kept roles in process memory and asked no table. Here every question has one answer, has_permission(),
--   which knows expiry, suspension and deactivation; and nobody can lock the administrators out of their own house.
-- Locks: new tables; SHARE ROW EXCLUSIVE on "user" for the foreign keys and one trigger.
-- Runtime: milliseconds.
-- Rollback: drops them with every role and grant; the users stay.
-- depends: 0005.create-kyc

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE TABLE roles (
  id uuid DEFAULT app_uuid() NOT NULL,
  name text NOT NULL,
  display_name text NOT NULL,
  description text,
  is_system boolean DEFAULT false NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT roles_pkey PRIMARY KEY (id),
  CONSTRAINT roles_name_key UNIQUE (name),
  CONSTRAINT roles_name_format_check CHECK (name ~ '^[a-z][a-z_]{1,49}$'),
  CONSTRAINT roles_display_name_length_check CHECK (length(btrim(display_name)) BETWEEN 1 AND 100),
  CONSTRAINT roles_description_length_check CHECK (length(description) <= 500)
);

CREATE TABLE permissions (
  id uuid DEFAULT app_uuid() NOT NULL,
  name text NOT NULL,
  display_name text NOT NULL,
  description text,
  resource text NOT NULL,
  action text NOT NULL,
  is_system boolean DEFAULT false NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT permissions_pkey PRIMARY KEY (id),
  CONSTRAINT permissions_name_key UNIQUE (name),
  CONSTRAINT permissions_resource_action_key UNIQUE (resource, action),
  -- Two spellings of one right would be two rights.
  CONSTRAINT permissions_name_matches_resource_action_check CHECK (name = resource || ':' || action),
  CONSTRAINT permissions_resource_format_check CHECK (resource ~ '^[a-z][a-z_]{1,49}$'),
  CONSTRAINT permissions_action_format_check CHECK (action ~ '^[a-z][a-z_]{1,48}$'),
  CONSTRAINT permissions_display_name_length_check CHECK (length(btrim(display_name)) BETWEEN 1 AND 150),
  CONSTRAINT permissions_description_length_check CHECK (length(description) <= 500)
);

CREATE TABLE role_permissions (
  id uuid DEFAULT app_uuid() NOT NULL,
  role_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT role_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT role_permissions_role_id_permission_id_key UNIQUE (role_id, permission_id),
  CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE RESTRICT,
  CONSTRAINT role_permissions_permission_id_fkey
    FOREIGN KEY (permission_id) REFERENCES permissions (id) ON DELETE RESTRICT
);

CREATE TABLE user_roles (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  assigned_by uuid,
  assigned_at timestamptz DEFAULT now() NOT NULL,
  expires_at timestamptz,
  CONSTRAINT user_roles_pkey PRIMARY KEY (id),
  CONSTRAINT user_roles_user_id_role_id_key UNIQUE (user_id, role_id),
  CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE RESTRICT,
  CONSTRAINT user_roles_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT user_roles_expires_after_assignment_check CHECK (expires_at > assigned_at)
);

CREATE TABLE user_permissions (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  assigned_by uuid,
  assigned_at timestamptz DEFAULT now() NOT NULL,
  expires_at timestamptz,
  CONSTRAINT user_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT user_permissions_user_id_permission_id_key UNIQUE (user_id, permission_id),
  CONSTRAINT user_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT user_permissions_permission_id_fkey
    FOREIGN KEY (permission_id) REFERENCES permissions (id) ON DELETE RESTRICT,
  CONSTRAINT user_permissions_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT user_permissions_expires_after_assignment_check CHECK (expires_at > assigned_at)
);

-- Which roles have a permission; also the foreign key's.
CREATE INDEX role_permissions_permission_id_idx ON role_permissions (permission_id);
-- Who has a role (the last administrator is looked for here), and what one administrator has given.
CREATE INDEX user_roles_role_id_idx ON user_roles (role_id);
CREATE INDEX user_roles_assigned_by_idx ON user_roles (assigned_by);
CREATE INDEX user_permissions_permission_id_idx ON user_permissions (permission_id);
CREATE INDEX user_permissions_assigned_by_idx ON user_permissions (assigned_by);

CREATE TRIGGER roles_set_updated_at BEFORE UPDATE ON roles FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER permissions_set_updated_at BEFORE UPDATE ON permissions FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

-- UNION, not UNION ALL: a right that comes by two ways is still one row.
CREATE VIEW effective_permissions AS
SELECT user_roles.user_id, permissions.id AS permission_id, permissions.name, permissions.resource, permissions.action
FROM user_roles
JOIN "user" ON "user".id = user_roles.user_id
JOIN role_permissions ON role_permissions.role_id = user_roles.role_id
JOIN permissions ON permissions.id = role_permissions.permission_id
WHERE "user".is_active AND NOT "user".is_suspended
  AND (user_roles.expires_at IS NULL OR user_roles.expires_at > now())
UNION
SELECT user_permissions.user_id, permissions.id, permissions.name, permissions.resource, permissions.action
FROM user_permissions
JOIN "user" ON "user".id = user_permissions.user_id
JOIN permissions ON permissions.id = user_permissions.permission_id
WHERE "user".is_active AND NOT "user".is_suspended
  AND (user_permissions.expires_at IS NULL OR user_permissions.expires_at > now());

-- Never null: an unknown user or permission is a no.
CREATE FUNCTION has_permission(p_user_id uuid, p_permission text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM effective_permissions
  WHERE effective_permissions.user_id = p_user_id AND effective_permissions.name = p_permission
);

COMMENT ON FUNCTION has_permission(uuid, text) IS
  'Whether the user has the permission (such as wallet:read) now, by a role or directly; false for anybody unknown.';

COMMENT ON TABLE roles IS 'Named sets of permissions.';
COMMENT ON COLUMN roles.id IS 'UUID version 7.';
COMMENT ON COLUMN roles.name IS 'Key in lower case, such as admin; a system role keeps it.';
COMMENT ON COLUMN roles.display_name IS 'What people read, 1 to 100 characters.';
COMMENT ON COLUMN roles.description IS 'What the role is for, at most 500 characters.';
COMMENT ON COLUMN roles.is_system IS 'The application relies on it: it can be neither deleted nor renamed.';
COMMENT ON COLUMN roles.created_at IS 'When the row was made.';
COMMENT ON COLUMN roles.updated_at IS 'When the row was last changed.';

COMMENT ON TABLE permissions IS 'Single rights, each an action on a resource.';
COMMENT ON COLUMN permissions.id IS 'UUID version 7.';
COMMENT ON COLUMN permissions.name IS 'resource:action, such as wallet:read.';
COMMENT ON COLUMN permissions.display_name IS 'What people read, 1 to 150 characters.';
COMMENT ON COLUMN permissions.description IS 'What the right allows, at most 500 characters.';
COMMENT ON COLUMN permissions.resource IS 'The part of name before the colon.';
COMMENT ON COLUMN permissions.action IS 'The part of name after the colon.';
COMMENT ON COLUMN permissions.is_system IS 'The application relies on it: it can be neither deleted nor renamed.';
COMMENT ON COLUMN permissions.created_at IS 'When the row was made.';
COMMENT ON COLUMN permissions.updated_at IS 'When the row was last changed.';

COMMENT ON TABLE role_permissions IS 'Which permissions a role has.';
COMMENT ON COLUMN role_permissions.id IS 'UUID version 7.';
COMMENT ON COLUMN role_permissions.role_id IS 'The role.';
COMMENT ON COLUMN role_permissions.permission_id IS 'The permission that the role has.';
COMMENT ON COLUMN role_permissions.created_at IS 'When the permission was added to the role.';

COMMENT ON TABLE user_roles IS 'Which roles a user has; a row past expires_at counts for nothing.';
COMMENT ON COLUMN user_roles.id IS 'UUID version 7.';
COMMENT ON COLUMN user_roles.user_id IS 'Who has the role.';
COMMENT ON COLUMN user_roles.role_id IS 'The role.';
COMMENT ON COLUMN user_roles.assigned_by IS 'Who gave it; null where registration or a seed did.';
COMMENT ON COLUMN user_roles.assigned_at IS 'When it was given, or last given anew.';
COMMENT ON COLUMN user_roles.expires_at IS 'From this moment on the role counts for nothing; null: no end.';

COMMENT ON TABLE user_permissions IS 'Permissions that a user has without a role; there is no way to deny one.';
COMMENT ON COLUMN user_permissions.id IS 'UUID version 7.';
COMMENT ON COLUMN user_permissions.user_id IS 'Who has the permission.';
COMMENT ON COLUMN user_permissions.permission_id IS 'The permission.';
COMMENT ON COLUMN user_permissions.assigned_by IS 'Who gave it; null where a seed did.';
COMMENT ON COLUMN user_permissions.assigned_at IS 'When it was given, or last given anew.';
COMMENT ON COLUMN user_permissions.expires_at IS 'From this moment on the grant counts for nothing; null: no end.';

COMMENT ON VIEW effective_permissions IS
  'What each active, unsuspended user may do now, by unexpired roles and direct grants, each right once.';
COMMENT ON COLUMN effective_permissions.user_id IS 'The user.';
COMMENT ON COLUMN effective_permissions.permission_id IS 'The permission.';
COMMENT ON COLUMN effective_permissions.name IS 'resource:action.';
COMMENT ON COLUMN effective_permissions.resource IS 'The part of name before the colon.';
COMMENT ON COLUMN effective_permissions.action IS 'The part of name after the colon.';

-- Nobody but a function writes these tables; the functions of 0009 check who asks.
GRANT SELECT ON roles, permissions, role_permissions, user_roles, user_permissions, effective_permissions
  TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION has_permission(uuid, text) TO avdaily_app, avdaily_readonly, avdaily_ledger;
