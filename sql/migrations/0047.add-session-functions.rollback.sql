-- 0047.add-session-functions: no function begins, refreshes or ends a session
REVOKE SELECT, INSERT, UPDATE, DELETE ON session FROM avdaily_ledger;
DROP FUNCTION revoke_user_sessions(uuid, uuid);
DROP FUNCTION rotate_refresh_token(bytea, bytea, bytea, inet, text);
DROP FUNCTION rotate_refresh_token_at(bytea, bytea, bytea, inet, text, timestamptz);
DROP FUNCTION create_session(uuid, bytea, bytea, inet, text, text);
DROP FUNCTION create_session_at(uuid, bytea, bytea, inet, text, text, timestamptz);
