-- 0051.anonymise-users: what is personal about a user can be erased for good while the books stay as they are
-- Why: a person may ask to be forgotten, a ledger may not forget. So the row stays as a number without a name; whatever was
--   only there for the person is deleted. The audit log holds ids only and needs no change.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; who was anonymised stays so.
-- depends: 0050.add-standing-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Somebody to whom money or a promise is owed is still needed.
CREATE FUNCTION list_anonymisation_blockers(p_user_id uuid) RETURNS text[] LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(blocker.name ORDER BY blocker.name), '{}')
  FROM (
    SELECT 'wallet_balance' FROM wallets WHERE user_id = p_user_id AND balance > 0
    UNION ALL
    SELECT 'debt' FROM wallets WHERE user_id = p_user_id AND receivable_balance > 0
    UNION
    SELECT 'plan_balance' FROM savings_plans WHERE user_id = p_user_id AND current_amount > 0
    UNION
    SELECT 'pending_transactions' FROM transactions WHERE user_id = p_user_id AND status = 'pending'
    UNION
    SELECT 'group_deposit' FROM group_members WHERE user_id = p_user_id AND deposit_balance > 0
    UNION
    SELECT 'groups' FROM group_members
    JOIN ajo_groups ON ajo_groups.id = group_members.group_id
    WHERE group_members.user_id = p_user_id AND group_members.status NOT IN ('removed', 'left')
      AND ajo_groups.status IN ('recruiting', 'active', 'paused')
    UNION
    SELECT 'groups' FROM ajo_groups WHERE organizer_id = p_user_id AND status IN ('recruiting', 'active', 'paused')
  ) AS blocker (name)
$$;

COMMENT ON FUNCTION list_anonymisation_blockers(uuid) IS
  'What must be settled before a user can be anonymised: wallet_balance, debt, plan_balance, pending_transactions, group_deposit, groups.';

-- What others keep about the person: their document, their bank, who invited them. Rows to which money refers stay, masked.
CREATE FUNCTION erase_records_of(p_user "user") RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE kyc_verification
  SET first_name = NULL, last_name = NULL, date_of_birth = NULL, address = NULL, government_id_type = NULL,
    government_id_number = NULL, government_id_last_four = NULL, government_id_hash = NULL, government_id_image = NULL,
    selfie_image = NULL, verification_data = NULL,
    rejection_reason = CASE WHEN rejection_reason IS NOT NULL THEN 'erased' END, updated_at = now()
  WHERE user_id = p_user.id;
  DELETE FROM bank_accounts
  WHERE user_id = p_user.id
    AND NOT EXISTS (
      SELECT FROM transactions
      WHERE transactions.user_id = p_user.id AND transactions.bank_account_id = bank_accounts.id
    );
  UPDATE bank_accounts
  SET account_name = 'erased', account_number = masked.account_number, updated_at = now()
  FROM (
    SELECT id, lpad(row_number() OVER (ORDER BY id)::text, 10, '0') AS account_number
    FROM bank_accounts WHERE user_id = p_user.id
  ) AS masked
  WHERE bank_accounts.id = masked.id;
  UPDATE savings_plans SET plan_name = 'erased', updated_at = now() WHERE user_id = p_user.id;
  UPDATE group_invitations
  SET invited_email = 'erased-' || id || '@invalid', invited_phone = NULL,
    status = CASE status WHEN 'pending' THEN 'revoked' ELSE status END, updated_at = now()
  WHERE invited_user_id = p_user.id OR invited_email = p_user.email OR invited_phone = p_user.phone_number;
END $$;

COMMENT ON FUNCTION erase_records_of("user") IS 'The part of anonymise_user() that changes rows which stay.';

CREATE FUNCTION anonymise_user(p_user_id uuid, p_anonymised_by uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_user "user";
  v_blockers text[];
BEGIN
  -- The wallet before the user: what posts locks the wallet first, and asks for the user then.
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_user FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  IF v_user.id IS NULL THEN
    PERFORM require_active_user(p_user_id);
  END IF;
  PERFORM require_self_or_authority(p_user_id, p_anonymised_by);
  IF v_user.anonymised_at IS NOT NULL THEN
    RAISE EXCEPTION 'user % is anonymised already', p_user_id
      USING ERRCODE = 'AV071',  -- already_anonymised
        DETAIL = json_build_object('user_id', p_user_id, 'anonymised_at', v_user.anonymised_at)::text;
  END IF;
  v_blockers := list_anonymisation_blockers(p_user_id);
  IF v_blockers <> '{}' THEN
    RAISE EXCEPTION 'user % cannot be anonymised yet: %', p_user_id, array_to_string(v_blockers, ', ')
      USING ERRCODE = 'AV070',  -- anonymisation_blocked
        DETAIL = json_build_object('user_id', p_user_id, 'blockers', v_blockers)::text;
  END IF;

  PERFORM erase_records_of(v_user);
  DELETE FROM account WHERE user_id = p_user_id;
  DELETE FROM session WHERE user_id = p_user_id;
  DELETE FROM biometric_auth WHERE user_id = p_user_id;
  DELETE FROM push_tokens WHERE user_id = p_user_id;
  DELETE FROM notifications WHERE user_id = p_user_id;
  DELETE FROM scheduled_notifications WHERE user_id = p_user_id;
  DELETE FROM notification_preferences WHERE user_id = p_user_id;
  DELETE FROM verification WHERE identifier = v_user.email OR right(identifier, length(v_user.email) + 1) = ':' || v_user.email;
  DELETE FROM phone_verification WHERE phone_number = v_user.phone_number;
  DELETE FROM user_permissions WHERE user_id = p_user_id;
  DELETE FROM user_roles WHERE user_id = p_user_id;
  UPDATE "user"
  SET name = 'Anonymised user', email = 'anonymised-' || id || '@invalid', email_verified = false, image = NULL,
    phone_number = NULL, phone_verified = false, date_of_birth = NULL, kyc_data = NULL, biometric_enabled = false,
    biometric_public_key = NULL, is_active = false,
    suspension_reason = CASE WHEN is_suspended THEN 'erased with the account' END, anonymised_at = now(), updated_at = now()
  WHERE id = p_user_id;
END $$;

COMMENT ON FUNCTION anonymise_user(uuid, uuid) IS
  'Erases what is personal about a user who owes and is owed nothing, at their own wish or by authority; it cannot be undone.';

GRANT SELECT, DELETE ON account, biometric_auth TO avdaily_ledger;
GRANT UPDATE, DELETE ON bank_accounts TO avdaily_ledger;
ALTER FUNCTION list_anonymisation_blockers(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION erase_records_of("user") OWNER TO avdaily_ledger;
ALTER FUNCTION anonymise_user(uuid, uuid) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION anonymise_user(uuid, uuid) TO avdaily_app;
