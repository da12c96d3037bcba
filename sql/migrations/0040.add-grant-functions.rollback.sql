-- 0040.add-grant-functions: no function gives or takes a role or permission of a user
REVOKE INSERT, UPDATE, DELETE ON user_roles, user_permissions FROM avdaily_ledger;
DROP FUNCTION revoke_user_permission(uuid, text, uuid);
DROP FUNCTION grant_user_permission(uuid, text, uuid, timestamptz);
DROP FUNCTION revoke_role(uuid, text, uuid);
DROP FUNCTION assign_role(uuid, text, uuid, timestamptz);
DROP FUNCTION require_active_user(uuid);
DROP FUNCTION require_future(timestamptz);
DROP FUNCTION require_authority_over_permission(uuid, text);
DROP FUNCTION require_authority_over_role(uuid, text);
