-- Roles, permissions, and who has them.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- user_id is who asks where a catalogue is changed, and who is given something where a right is given.

-- name: create_role(user_id, name, display_name, description)$
-- Makes a role without permissions; returns its id.
-- column id: not null
SELECT create_role(
  p_user_id => :user_id, p_name => :name, p_display_name => :display_name, p_description => :description
) AS id;

-- name: get_role_by_name(name)^
-- One role by its key, such as admin.
SELECT r.id, r.name, r.display_name, r.description, r.is_system, r.created_at, r.updated_at
FROM roles AS r
WHERE r.name = :name;

-- name: list_roles(after_name, page_size)
-- All roles, by name.
SELECT r.id, r.name, r.display_name, r.description, r.is_system
FROM roles AS r
WHERE r.name > coalesce(:after_name::text, '')
ORDER BY r.name
LIMIT least(:page_size::int, 100);

-- name: update_role(user_id, name, display_name, description)$
-- Changes what people read of a role; false if there is none of that name.
-- column was_there: not null
-- parameter description: may be null
SELECT update_role(
  p_user_id => :user_id, p_name => :name, p_display_name => :display_name, p_description => :description
) AS was_there;

-- name: delete_role(user_id, name)$
-- Deletes a role that nobody has, never one of the system's; false if there is none of that name.
-- column was_there: not null
SELECT delete_role(p_user_id => :user_id, p_name => :name) AS was_there;

-- name: create_permission(user_id, resource, action, display_name, description)$
-- Makes the permission resource:action; returns its id.
-- column id: not null
SELECT create_permission(
  p_user_id => :user_id, p_resource => :resource, p_action => :action, p_display_name => :display_name,
  p_description => :description
) AS id;

-- name: list_permissions(after_name, page_size)
-- All permissions, by name.
SELECT p.id, p.name, p.display_name, p.description, p.resource, p.action, p.is_system
FROM permissions AS p
WHERE p.name > coalesce(:after_name::text, '')
ORDER BY p.name
LIMIT least(:page_size::int, 100);

-- name: grant_role_permission(user_id, role, permission)$
-- Adds a permission to a role; false if it was there.
-- column is_new: not null
SELECT grant_role_permission(p_user_id => :user_id, p_role => :role, p_permission => :permission) AS is_new;

-- name: revoke_role_permission(user_id, role, permission)$
-- Takes a permission from a role; false if it was not there.
-- column was_there: not null
SELECT revoke_role_permission(p_user_id => :user_id, p_role => :role, p_permission => :permission) AS was_there;

-- name: list_role_permissions(role, after_name, page_size)
-- What a role allows, by name.
SELECT p.id, p.name, p.display_name, p.resource, p.action
FROM roles AS r
JOIN role_permissions AS rp ON rp.role_id = r.id
JOIN permissions AS p ON p.id = rp.permission_id
WHERE r.name = :role AND p.name > coalesce(:after_name::text, '')
ORDER BY p.name
LIMIT least(:page_size::int, 100);

-- name: assign_role(user_id, role, assigned_by, expires_at)$
-- Gives a user a role, or gives it anew with another end; without an end it stays. Returns the id of the grant.
-- column id: not null
SELECT assign_role(
  p_user_id => :user_id, p_role => :role, p_assigned_by => :assigned_by, p_expires_at => :expires_at
) AS id;

-- name: revoke_role(user_id, role, revoked_by)$
-- Takes a role from a user; false if the user had it not. The last administrator stays.
-- column was_there: not null
SELECT revoke_role(p_user_id => :user_id, p_role => :role, p_revoked_by => :revoked_by) AS was_there;

-- name: grant_user_permission(user_id, permission, assigned_by, expires_at)$
-- Gives a user one permission directly; returns the id of the grant.
-- column id: not null
SELECT grant_user_permission(
  p_user_id => :user_id, p_permission => :permission, p_assigned_by => :assigned_by, p_expires_at => :expires_at
) AS id;

-- name: revoke_user_permission(user_id, permission, revoked_by)$
-- Takes a direct permission from a user; false if there was none. What comes by a role stays.
-- column was_there: not null
SELECT revoke_user_permission(
  p_user_id => :user_id, p_permission => :permission, p_revoked_by => :revoked_by
) AS was_there;

-- name: get_effective_permissions(user_id, after_name, page_size)
-- Everything the user may do now, by roles and directly; nothing when deactivated or suspended.
SELECT e.name, e.resource, e.action
FROM effective_permissions AS e
WHERE e.user_id = :user_id AND e.name > coalesce(:after_name::text, '')
ORDER BY e.name
LIMIT least(:page_size::int, 100);

-- name: has_permission(user_id, permission)$
-- Whether the user has a permission, such as wallet:read, now.
SELECT has_permission(p_user_id => :user_id, p_permission => :permission) AS is_allowed;

-- name: list_user_roles(user_id, after_name, page_size)
-- The user's roles with who gave them and when they end.
SELECT r.id, r.name, r.display_name, ur.assigned_by, ur.assigned_at, ur.expires_at
FROM user_roles AS ur
JOIN roles AS r ON r.id = ur.role_id
WHERE ur.user_id = :user_id AND (ur.expires_at IS NULL OR ur.expires_at > now())
  AND r.name > coalesce(:after_name::text, '')
ORDER BY r.name
LIMIT least(:page_size::int, 100);
