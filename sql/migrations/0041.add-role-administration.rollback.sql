-- 0041.add-role-administration: no function makes, changes or drops a role or permission
REVOKE INSERT ON permissions FROM avdaily_ledger;
REVOKE INSERT, DELETE ON roles, role_permissions FROM avdaily_ledger;
DROP FUNCTION revoke_role_permission(uuid, text, text);
DROP FUNCTION grant_role_permission(uuid, text, text);
DROP FUNCTION require_authority_over_role_permission(uuid, text, text);
DROP FUNCTION create_permission(uuid, text, text, text, text);
DROP FUNCTION delete_role(uuid, text);
DROP FUNCTION update_role(uuid, text, text, text);
DROP FUNCTION create_role(uuid, text, text, text);
