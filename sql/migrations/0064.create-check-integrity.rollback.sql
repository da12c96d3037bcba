-- 0064.create-check-integrity: the checks cannot be run in one call
DROP FUNCTION check_integrity();
DROP VIEW integrity_findings;
