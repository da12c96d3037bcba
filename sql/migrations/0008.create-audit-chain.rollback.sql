-- 0008.create-audit-chain: the audit log has no chain
DROP FUNCTION verify_audit_chain(bigint, bytea);
DROP FUNCTION seal_audit_log(integer);
DROP FUNCTION audit_row_hash(bytea, audit_log);
DROP TABLE audit_seal_state;
DROP TABLE audit_chain;
