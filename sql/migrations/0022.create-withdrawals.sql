-- 0022.create-withdrawals: money can leave to a verified bank account: held first, then settled, or back to the wallet
-- Why: between our decision and the bank's answer the money is in payout_clearing, so that it cannot be spent twice and a
--   failed payout gives all of it back, the fee included.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0021.create-transfers

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION withdrawal_fee(p_amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(2000, 50 + round(greatest(p_amount - 100000, 0) * 0.005, 2));

COMMENT ON FUNCTION withdrawal_fee(numeric) IS 'Naira: 50, plus 0.5 % of what exceeds 100,000, half up to the kobo, at most 2,000.';

CREATE FUNCTION post_withdrawal_hold_at(
  p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_fee CONSTANT numeric := withdrawal_fee(p_amount);
  v_first uuid;
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_withdrawal_hold', jsonb_build_array(trim_scale(p_amount), p_bank_account_id)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_bounds(p_amount, 100, 1000000, 'a withdrawal');
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_bank_account(p_user_id, p_bank_account_id);
  PERFORM check_limits(p_user_id, 'wallet_withdrawal', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount + v_fee);
  UPDATE wallets SET balance = balance - (p_amount + v_fee), updated_at = p_at WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, fee_amount, currency, type, payment_source, reference, description, bank_account_id, created_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_fee, v_wallet.currency, 'wallet_withdrawal', 'wallet',
    mint_reference('WDR', p_user_id, v_id), 'Withdrawal to bank', p_bank_account_id, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, system_account('payout_clearing', v_wallet.currency), p_amount, v_wallet.currency,
    p_at, v_wallet.balance + v_fee
  );
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, system_account('fee_income', v_wallet.currency), v_fee, v_wallet.currency, p_at,
    v_wallet.balance
  );
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_withdrawal_hold_at(uuid, numeric, uuid, text, timestamptz) IS 'post_withdrawal_hold() at a given time.';

CREATE FUNCTION check_bank_account(p_user_id uuid, p_bank_account_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_is_verified boolean;
BEGIN
  SELECT is_verified INTO v_is_verified FROM bank_accounts WHERE user_id = p_user_id AND id = p_bank_account_id;
  IF v_is_verified IS NOT TRUE THEN
    RAISE EXCEPTION 'user % has no verified bank account %', p_user_id, p_bank_account_id
      USING ERRCODE = 'AV019',  -- bank_account_unusable
        DETAIL = json_build_object(
          'bank_account_id', p_bank_account_id, 'reason', CASE WHEN v_is_verified IS NULL THEN 'unknown' ELSE 'not verified' END
        )::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_bank_account(uuid, uuid) IS 'Raises AV019 for a bank account that is not the user''s or not verified.';

CREATE FUNCTION post_withdrawal_hold(
  p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text DEFAULT NULL
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_withdrawal_hold_at(p_user_id, p_amount, p_bank_account_id, p_idempotency_key, now());
END $$;

COMMENT ON FUNCTION post_withdrawal_hold(uuid, numeric, uuid, text)
  IS 'Asks for a withdrawal of 100 to 1,000,000 within all limits: wallet → payout_clearing, and the fee → fee_income; pending.';

-- Several payout workers at once: each takes what no other has locked. Our reference is what the provider must not pay twice.
-- What a user asked for before staff blocked them waits until they are free again, or is voided; and so what would go to a bank
-- account that lost its verification since. Once sent, only the bank's answer counts: settlement looks at nothing of this.
CREATE FUNCTION claim_withdrawals(p_provider text, p_limit integer) RETURNS SETOF transactions
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  UPDATE transactions SET provider = p_provider, provider_reference = reference, updated_at = now()
  -- As an array: a join might read all of the table for a few ids.
  WHERE id = ANY (ARRAY(
    SELECT asked.id
    FROM transactions AS asked
    JOIN wallets ON wallets.user_id = asked.user_id AND wallets.is_active
    JOIN "user" AS owner ON owner.id = asked.user_id AND owner.is_active AND NOT owner.is_suspended
    JOIN bank_accounts ON bank_accounts.user_id = asked.user_id AND bank_accounts.id = asked.bank_account_id
      AND bank_accounts.is_verified
    WHERE asked.type = 'wallet_withdrawal' AND asked.status = 'pending' AND asked.provider_reference IS NULL
      -- A name that is taken holds up this one only, not all of them.
      AND NOT EXISTS (
        SELECT FROM transactions AS named WHERE named.provider = p_provider AND named.provider_reference = asked.reference
      )
    ORDER BY asked.created_at
    LIMIT least(p_limit, 1000)
    FOR NO KEY UPDATE OF asked SKIP LOCKED
  ))
  RETURNING transactions.*
$$;

COMMENT ON FUNCTION claim_withdrawals(text, integer)
  IS 'Takes up to p_limit (at most 1,000) pending withdrawals of users who may act to bank accounts still verified, oldest first, to be sent to a provider; each once.';

CREATE FUNCTION post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
BEGIN
  UPDATE transactions SET status = 'completed', completed_at = p_at, updated_at = p_at
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_withdrawal' AND status = 'pending'
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_withdrawal');
    IF v_row.status <> 'completed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
    RETURN v_row;
  END IF;
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('payout_clearing', v_row.currency), system_account('settlement', v_row.currency),
    v_row.amount, v_row.currency, p_at
  );
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_withdrawal_settlement_at(uuid, uuid, timestamptz) IS 'post_withdrawal_settlement() at a given time.';

CREATE FUNCTION post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_withdrawal_settlement_at(p_user_id, p_transaction_id, now());
END $$;

COMMENT ON FUNCTION post_withdrawal_settlement(uuid, uuid)
  IS 'The bank has paid: payout_clearing → settlement, completed. Repeated, it returns the same row and posts nothing.';

CREATE FUNCTION undo_withdrawal(
  p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
  v_wallet wallets;
BEGIN
  UPDATE transactions
  SET status = p_status, failure_reason = p_reason, updated_at = p_at,
    failed_at = CASE p_status WHEN 'failed' THEN p_at END, cancelled_at = CASE p_status WHEN 'cancelled' THEN p_at END
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_withdrawal' AND status = 'pending'
    AND (p_status = 'failed' OR provider_reference IS NULL)
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_withdrawal');
    IF v_row.status = 'pending' THEN
      RAISE EXCEPTION 'withdrawal % was sent to % already', v_row.id, v_row.provider
        USING ERRCODE = 'AV025',  -- withdrawal_sent
          DETAIL = json_build_object('transaction_id', v_row.id, 'provider', v_row.provider)::text;
    ELSIF v_row.status <> p_status THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
    RETURN v_row;
  END IF;
  UPDATE wallets SET balance = balance + v_row.amount + v_row.fee_amount, updated_at = p_at WHERE user_id = p_user_id
  RETURNING * INTO STRICT v_wallet;
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('payout_clearing', v_row.currency), v_wallet.account_id, v_row.amount, v_row.currency,
    p_at, NULL, v_wallet.balance - v_row.fee_amount
  );
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('fee_income', v_row.currency), v_wallet.account_id, v_row.fee_amount, v_row.currency,
    p_at, NULL, v_wallet.balance
  );
  RETURN v_row;
END $$;

COMMENT ON FUNCTION undo_withdrawal(uuid, uuid, text, text, timestamptz)
  IS 'Ends a pending withdrawal as failed or cancelled: amount and fee go back to the wallet, once.';

CREATE FUNCTION post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN undo_withdrawal(p_user_id, p_transaction_id, 'failed', p_reason, now());
END $$;

COMMENT ON FUNCTION post_withdrawal_void(uuid, uuid, text) IS 'The bank has refused: failed, amount and fee back to the wallet.';

CREATE FUNCTION post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN undo_withdrawal(p_user_id, p_transaction_id, 'cancelled', NULL, now());
END $$;

COMMENT ON FUNCTION post_withdrawal_cancellation(uuid, uuid)
  IS 'The user changes their mind before it was sent: cancelled, amount and fee back to the wallet; AV025 afterwards.';

ALTER FUNCTION post_withdrawal_hold_at(uuid, numeric, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION check_bank_account(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION post_withdrawal_hold(uuid, numeric, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION claim_withdrawals(text, integer) OWNER TO avdaily_ledger;
ALTER FUNCTION post_withdrawal_settlement_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_withdrawal_settlement(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION undo_withdrawal(uuid, uuid, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_withdrawal_void(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_withdrawal_cancellation(uuid, uuid) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION post_withdrawal_hold(uuid, numeric, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION claim_withdrawals(text, integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_withdrawal_settlement(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_withdrawal_void(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_withdrawal_cancellation(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION withdrawal_fee(numeric) TO avdaily_app, avdaily_readonly, avdaily_ledger;
