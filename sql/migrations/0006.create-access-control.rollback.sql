-- 0006.create-access-control: no role, permission or grant exists
DROP FUNCTION has_permission(uuid, text);
DROP VIEW effective_permissions;
DROP TABLE user_permissions;
DROP TABLE user_roles;
DROP TABLE role_permissions;
DROP TABLE permissions;
DROP TABLE roles;
