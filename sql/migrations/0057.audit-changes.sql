-- 0057.audit-changes: changes of KYC, of standing and of wallet freezes are written into the audit log by the tables themselves
-- Why: whoever changes them, by a function, psql or a script, leaves a trace. Only values of columns without personal data are
--   kept; of a reason or a name the log says that it changed, not what it says. (Groups have their triggers in 0030, rights in 0009.)
-- Locks: SHARE ROW EXCLUSIVE on kyc_verification, "user" and wallets, for a moment.
-- Runtime: milliseconds.
-- Rollback: drops the triggers; the log stays.
-- depends: 0056.add-delivery-functions

CREATE TRIGGER kyc_verification_audit AFTER INSERT OR UPDATE OR DELETE ON kyc_verification
  FOR EACH ROW EXECUTE FUNCTION audit_change('kyc_verification', 'user_id', 'tier', 'status', 'verified_by');

-- Only what concerns standing: a changed picture is nobody's business.
CREATE TRIGGER user_audit AFTER UPDATE ON "user" FOR EACH ROW
  WHEN (
    (OLD.kyc_tier, OLD.kyc_status, OLD.is_active, OLD.is_suspended, OLD.suspension_reason, OLD.anonymised_at)
    IS DISTINCT FROM (NEW.kyc_tier, NEW.kyc_status, NEW.is_active, NEW.is_suspended, NEW.suspension_reason, NEW.anonymised_at)
  )
  EXECUTE FUNCTION audit_change('user', 'id', 'kyc_tier', 'kyc_status', 'is_active', 'is_suspended', 'anonymised_at');
CREATE TRIGGER user_audit_delete AFTER DELETE ON "user"
  FOR EACH ROW EXECUTE FUNCTION audit_change('user', '', 'kyc_tier', 'is_active', 'is_suspended');

-- The balance changes with every movement and has the ledger for its history.
CREATE TRIGGER wallets_audit AFTER UPDATE OF is_active, freeze_reason ON wallets FOR EACH ROW
  WHEN (OLD.is_active <> NEW.is_active OR OLD.freeze_reason IS DISTINCT FROM NEW.freeze_reason)
  EXECUTE FUNCTION audit_change('wallets', 'user_id', 'is_active', 'frozen_at');

-- No function deletes a wallet: whoever does it by hand leaves a trace.
CREATE TRIGGER wallets_audit_delete AFTER DELETE ON wallets
  FOR EACH ROW EXECUTE FUNCTION audit_change('wallets', 'user_id', 'is_active');
