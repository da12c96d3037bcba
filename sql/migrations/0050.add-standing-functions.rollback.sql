-- 0050.add-standing-functions: no function suspends, reinstates or deactivates a user
DROP FUNCTION require_self_or_authority(uuid, uuid);
DROP FUNCTION reactivate_user(uuid, uuid);
DROP FUNCTION deactivate_user(uuid, uuid);
DROP FUNCTION reinstate_user(uuid, uuid);
DROP FUNCTION suspend_user(uuid, uuid, text);
DROP FUNCTION require_authority_over_user(uuid, uuid);
