-- 0027.create-corrections: a completed operation can be undone by a reversal, a funding charged back, a debt repaid
-- Why: what is posted never changes; a correction is a new transaction with the opposite movements, once per original.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0026.create-interest

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Wallets and plans are locked by the caller.
CREATE FUNCTION move_balance(p_account_id uuid, p_change numeric, p_at timestamptz) RETURNS numeric
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_balance numeric;
BEGIN
  SELECT balance INTO v_balance FROM wallets WHERE account_id = p_account_id;
  IF NOT FOUND THEN
    SELECT current_amount INTO v_balance FROM savings_plans WHERE account_id = p_account_id;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF v_balance + p_change < 0 THEN
    RAISE EXCEPTION 'the account holds % and % is needed', v_balance, -p_change
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', (-p_change)::text, 'available', v_balance::text)::text;
  END IF;
  UPDATE wallets SET balance = balance + p_change, updated_at = p_at WHERE account_id = p_account_id;
  UPDATE savings_plans SET current_amount = current_amount + p_change, updated_at = p_at WHERE account_id = p_account_id;
  RETURN v_balance + p_change;
END $$;

COMMENT ON FUNCTION move_balance(uuid, numeric, timestamptz)
  IS 'Changes the balance of the wallet or plan with this account and returns it; NULL for an account without a balance row.';

CREATE FUNCTION post_opposite(p_original transactions, p_reason text, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_entry ledger_entries;
  v_row transactions;
BEGIN
  INSERT INTO transactions (
    id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, reverses_id, transfer_id,
    counterparty_id, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_original.user_id, p_original.plan_id, p_original.amount, p_original.currency, 'reversal', 'completed', 'system',
    mint_reference('REV', p_original.user_id, v_id), p_reason, p_original.id, p_original.transfer_id,
    p_original.counterparty_id, p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  FOR v_entry IN
    SELECT * FROM ledger_entries WHERE user_id = p_original.user_id AND transaction_id = p_original.id ORDER BY id DESC
  LOOP
    PERFORM post_entry(
      p_original.user_id, v_id, v_entry.credit_account_id, v_entry.debit_account_id, v_entry.amount, v_entry.currency, p_at,
      move_balance(v_entry.credit_account_id, -v_entry.amount, p_at),
      move_balance(v_entry.debit_account_id, v_entry.amount, p_at)
    );
  END LOOP;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_opposite(transactions, text, timestamptz)
  IS 'A reversal of one transaction: each of its movements the other way round, the last one first.';

CREATE FUNCTION lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[]) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
  v_reason text;
BEGIN
  -- The original's lock makes a second reversal wait, and then find the first.
  PERFORM FROM transactions WHERE user_id = p_user_id AND id = p_transaction_id FOR NO KEY UPDATE;
  v_row := get_own_transaction(p_user_id, p_transaction_id, NULL);
  IF v_row.status <> 'completed' THEN
    PERFORM refuse_transaction_status(v_row, 'completed');
  END IF;
  v_reason := CASE
    WHEN v_row.type <> ALL (p_types) THEN 'a ' || v_row.type || ' is corrected in another way'
    WHEN v_row.transfer_id <> v_row.id THEN 'the sender''s transaction reverses both sides'
    WHEN EXISTS (SELECT FROM transactions WHERE user_id = p_user_id AND reverses_id = p_transaction_id) THEN 'it is reversed already'
  END;
  IF v_reason IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % cannot be reversed: %', p_transaction_id, v_reason
      USING ERRCODE = 'AV020',  -- not_reversible
        DETAIL = json_build_object('transaction_id', p_transaction_id, 'type', v_row.type, 'reason', v_reason)::text;
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION lock_for_reversal(uuid, uuid, text[])
  IS 'The completed transaction of one of these types, locked; AV016, AV017 or AV020 when it cannot be reversed.';

CREATE FUNCTION post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_original CONSTANT transactions := lock_for_reversal(
    p_user_id, p_transaction_id, ARRAY['contribution', 'auto_save', 'withdrawal', 'interest', 'transfer']
  );
  v_other transactions;
BEGIN
  PERFORM FROM wallets WHERE user_id IN (p_user_id, v_original.counterparty_id) ORDER BY user_id FOR NO KEY UPDATE;
  IF v_original.type IN ('contribution', 'auto_save') THEN
    PERFORM uncount_contribution(v_original, p_at);
  ELSIF v_original.plan_id IS NOT NULL THEN
    PERFORM lock_plan(p_user_id, v_original.plan_id, ARRAY['active', 'paused', 'completed']);
  END IF;
  IF v_original.type = 'transfer' THEN
    -- Both sides were written with one time: it leads to the other row through the index of its user's history.
    SELECT * INTO STRICT v_other FROM transactions
    WHERE user_id = v_original.counterparty_id AND created_at = v_original.created_at AND transfer_id = v_original.id;
    PERFORM post_opposite(v_other, p_reason, p_at);
  END IF;
  RETURN post_opposite(v_original, p_reason, p_at);
END $$;

COMMENT ON FUNCTION post_reversal_at(uuid, uuid, text, timestamptz) IS 'post_reversal() at a given time.';

CREATE FUNCTION post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_reversal_at(p_user_id, p_transaction_id, p_reason, now());
END $$;

COMMENT ON FUNCTION post_reversal(uuid, uuid, text)
  IS 'Undoes a contribution, auto-save, plan withdrawal, interest or (by its sender) a transfer, once; for staff, so a frozen wallet does not stop it.';

CREATE FUNCTION post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_original CONSTANT transactions := lock_for_reversal(p_user_id, p_transaction_id, ARRAY['wallet_funding']);
  v_id CONSTANT uuid := app_uuid();
  v_settlement CONSTANT uuid := system_account('settlement', v_original.currency);
  v_taken numeric;
  v_wallet wallets;
  v_row transactions;
BEGIN
  SELECT * INTO STRICT v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_taken := least(v_wallet.balance, v_original.amount);
  UPDATE wallets
  SET balance = balance - v_taken, receivable_balance = receivable_balance + v_original.amount - v_taken, updated_at = p_at,
    receivable_account_id = CASE
      WHEN v_taken < v_original.amount
      THEN coalesce(receivable_account_id, open_ledger_account('receivable', v_original.currency))
      ELSE receivable_account_id
    END
  WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, reverses_id, created_at, completed_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, v_original.amount, v_original.currency, 'reversal', 'completed', 'system',
    mint_reference('CHB', p_user_id, v_id), p_reason, v_original.id, p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  IF v_taken > 0 THEN
    PERFORM post_entry(
      p_user_id, v_id, v_wallet.account_id, v_settlement, v_taken, v_original.currency, p_at, v_wallet.balance
    );
  END IF;
  IF v_taken < v_original.amount THEN
    PERFORM post_entry(
      p_user_id, v_id, v_wallet.receivable_account_id, v_settlement, v_original.amount - v_taken, v_original.currency, p_at,
      v_wallet.receivable_balance
    );
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_chargeback_at(uuid, uuid, text, timestamptz) IS 'post_chargeback() at a given time.';

CREATE FUNCTION post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_chargeback_at(p_user_id, p_transaction_id, p_reason, now());
END $$;

COMMENT ON FUNCTION post_chargeback(uuid, uuid, text)
  IS 'The provider took a funding back: wallet → settlement; what the wallet cannot cover the user owes (receivable), and moves no money until it is repaid.';

CREATE FUNCTION post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  IF v_wallet.receivable_balance < p_amount THEN
    RAISE EXCEPTION 'user % owes %, not %', p_user_id, v_wallet.receivable_balance, round(p_amount, 2)
      USING ERRCODE = 'AV027',  -- debt_exceeded
        DETAIL = json_build_object('owed', v_wallet.receivable_balance::text, 'needed', round(p_amount, 2)::text)::text;
  END IF;
  PERFORM move_balance(v_wallet.account_id, -p_amount, p_at);
  UPDATE wallets SET receivable_balance = receivable_balance - p_amount WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_wallet.currency, 'refund', 'completed', 'wallet', mint_reference('RPY', p_user_id, v_id),
    'Repayment after a chargeback', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, v_wallet.receivable_account_id, p_amount, v_wallet.currency, p_at, v_wallet.balance,
    v_wallet.receivable_balance
  );
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_debt_repayment_at(uuid, numeric, timestamptz) IS 'post_debt_repayment() at a given time.';

CREATE FUNCTION post_debt_repayment(p_user_id uuid, p_amount numeric) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_debt_repayment_at(p_user_id, p_amount, now());
END $$;

COMMENT ON FUNCTION post_debt_repayment(uuid, numeric) IS 'Wallet → receivable: part or all of what is owed after a chargeback; a frozen wallet may pay too.';

CREATE FUNCTION post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamptz) RETURNS uuid
LANGUAGE sql SET search_path FROM CURRENT AS $$
  SELECT post_wallet_credit(
    p_user_id, p_amount, system_account('reward_expense', (SELECT currency FROM wallets WHERE user_id = p_user_id)), 'refund',
    p_at, p_description
  )
$$;

COMMENT ON FUNCTION post_cashback_at(uuid, numeric, text, timestamptz)
  IS 'Reward_expense → wallet, for a reward that its own function redeems once; the transaction''s id.';

-- For seeds and for taking over an older system: executable by avdaily_ledger only.
CREATE FUNCTION post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  SELECT * INTO v_row FROM transactions WHERE user_id = p_user_id AND type = 'opening_balance';
  IF FOUND THEN
    RETURN v_row;
  END IF;
  UPDATE wallets SET balance = balance + p_amount, updated_at = p_at WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_wallet.currency, 'opening_balance', 'completed', 'system', 'OPN-' || p_user_id,
    'Opening balance', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, system_account('opening_equity', v_wallet.currency), v_wallet.account_id, p_amount, v_wallet.currency,
    p_at, NULL, v_wallet.balance
  );
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_opening_balance(uuid, numeric, timestamptz)
  IS 'Opening_equity → wallet, once a user: a second call returns the first one''s transaction.';

ALTER FUNCTION move_balance(uuid, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_opposite(transactions, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION lock_for_reversal(uuid, uuid, text[]) OWNER TO avdaily_ledger;
ALTER FUNCTION post_reversal_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_reversal(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_chargeback_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_chargeback(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_debt_repayment_at(uuid, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_debt_repayment(uuid, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION post_cashback_at(uuid, numeric, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_opening_balance(uuid, numeric, timestamptz) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION post_reversal(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_chargeback(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_debt_repayment(uuid, numeric) TO avdaily_app;
