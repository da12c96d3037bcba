-- 0007.create-audit-log: no audit log exists
DROP FUNCTION record_audit_event(uuid, text, text, uuid, text, uuid, jsonb, inet, text, text);
DROP FUNCTION audit_change();
DROP FUNCTION audit_actor();
DROP TABLE audit_log;
