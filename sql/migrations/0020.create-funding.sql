-- 0020.create-funding: money can come into a wallet: asked for, then confirmed or failed by the provider, or unannounced
-- Why: a provider repeats its confirmation; the second one finds the transaction completed and posts nothing.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0019.create-posting-of-many

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- From the wallet or from the house money comes by other functions, out of an account that they debit.
CREATE FUNCTION check_funding_source(p_payment_source text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_payment_source IN ('bank_transfer', 'debit_card', 'cash', 'ussd') IS NOT TRUE THEN
    RAISE EXCEPTION 'a wallet cannot be funded by "%"', coalesce(p_payment_source, 'NULL')
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'Use bank_transfer, debit_card, cash or ussd.';
  END IF;
END $$;

COMMENT ON FUNCTION check_funding_source(text) IS 'Raises 22023 for a source that is not outside the house.';

CREATE FUNCTION request_funding_at(
  p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text,
  p_idempotency_key text, p_currency text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid := app_uuid();
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'request_funding',
      jsonb_build_array(trim_scale(p_amount), p_payment_source, p_provider, p_provider_reference, p_currency)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_funding_source(p_payment_source);
  PERFORM check_user_acts(p_user_id);
  PERFORM open_wallet(p_user_id, p_currency);
  PERFORM check_bounds(p_amount, 100, 1000000, 'a funding');
  PERFORM check_limits(p_user_id, 'wallet_funding', p_amount, p_at);
  INSERT INTO transactions (
    id, user_id, amount, currency, type, payment_source, reference, description, provider, provider_reference, created_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, p_currency, 'wallet_funding', p_payment_source, mint_reference('FND', p_user_id, v_id),
    'Wallet funding', p_provider, p_provider_reference, p_at, p_at
  )
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION request_funding_at(uuid, numeric, text, text, text, text, text, timestamptz)
  IS 'request_funding() at a given time.';

CREATE FUNCTION request_funding(
  p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text DEFAULT NULL,
  p_provider_reference text DEFAULT NULL, p_idempotency_key text DEFAULT NULL, p_currency text DEFAULT 'NGN'
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN request_funding_at(
    p_user_id, p_amount, p_payment_source, p_provider, p_provider_reference, p_idempotency_key, p_currency, now()
  );
END $$;

COMMENT ON FUNCTION request_funding(uuid, numeric, text, text, text, text, text)
  IS 'A pending funding of 100 to 1,000,000 within the tier''s single limit; no money moves until post_funding().';

-- One statement does all: the row that it completes is the lock, so of two confirmations one finds nothing to do.
CREATE FUNCTION post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
BEGIN
  WITH done AS (
    UPDATE transactions SET status = 'completed', completed_at = p_at, updated_at = p_at
    WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_funding' AND status = 'pending'
    RETURNING *
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance + done.amount, updated_at = p_at
    FROM done
    WHERE wallets.user_id = p_user_id
    RETURNING wallets.account_id, wallets.balance
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, p_transaction_id, settlement.id, wallet.account_id, done.amount, wallet.balance, done.currency
    FROM done, wallet, ledger_accounts AS settlement
    WHERE settlement.kind = 'settlement' AND settlement.currency = done.currency
  )
  SELECT done.* INTO v_row FROM done, wallet;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_funding');
    IF v_row.status <> 'completed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_funding_at(uuid, uuid, timestamptz) IS 'post_funding() at a given time.';

CREATE FUNCTION post_funding(p_user_id uuid, p_transaction_id uuid) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_funding_at(p_user_id, p_transaction_id, now());
END $$;

COMMENT ON FUNCTION post_funding(uuid, uuid)
  IS 'Completes a pending funding: settlement → wallet. Repeated, it returns the same row and posts nothing.';

CREATE FUNCTION get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
BEGIN
  SELECT * INTO v_row FROM transactions WHERE user_id = p_user_id AND id = p_transaction_id AND type = coalesce(p_type, type);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no % %', p_user_id, coalesce(p_type, 'transaction'), p_transaction_id
      USING ERRCODE = 'AV016',  -- transaction_not_found
        DETAIL = json_build_object('transaction_id', p_transaction_id)::text;
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION get_own_transaction(uuid, uuid, text) IS 'The user''s transaction; AV016 if there is none of this type, another user''s included.';

CREATE FUNCTION refuse_transaction_status(p_row transactions, p_needed text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'transaction % is %, not %', p_row.id, p_row.status, p_needed
    USING ERRCODE = 'AV017',  -- transaction_status_refused
      DETAIL = json_build_object('transaction_id', p_row.id, 'status', p_row.status, 'needed', p_needed)::text;
END $$;

COMMENT ON FUNCTION refuse_transaction_status(transactions, text) IS 'Raises AV017 for a transaction that is not in the state needed.';

CREATE FUNCTION fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamptz) RETURNS transactions
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_row transactions;
BEGIN
  UPDATE transactions SET status = 'failed', failed_at = p_at, failure_reason = p_reason, updated_at = p_at
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_funding' AND status = 'pending'
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_funding');
    IF v_row.status <> 'failed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION fail_funding_at(uuid, uuid, text, timestamptz) IS 'fail_funding() at a given time.';

CREATE FUNCTION fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS transactions
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN fail_funding_at(p_user_id, p_transaction_id, p_reason, now());
END $$;

COMMENT ON FUNCTION fail_funding(uuid, uuid, text) IS 'Fails a pending funding with the provider''s reason; no money moves.';

-- Money that is in our bank account already is not refused for a limit: it is the user's.
CREATE FUNCTION post_deposit_at(
  p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  PERFORM check_funding_source(p_payment_source);
  -- Two without a name are two deposits: a repeated message would pay twice.
  IF num_nulls(p_provider, p_provider_reference) > 0 THEN
    RAISE EXCEPTION 'a deposit needs its provider and the provider''s reference'
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'For cash, name the till and its receipt.';
  END IF;
  WITH written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, provider, provider_reference,
      created_at, completed_at, updated_at
    )
    SELECT v_id, p_user_id, p_amount, wallets.currency, 'wallet_funding', 'completed', p_payment_source,
      mint_reference('DEP', p_user_id, v_id), 'Deposit', p_provider, p_provider_reference, p_at, p_at, p_at
    FROM wallets WHERE wallets.user_id = p_user_id
    ON CONFLICT DO NOTHING
    RETURNING *
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance + p_amount, updated_at = p_at
    FROM written
    WHERE wallets.user_id = p_user_id
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, v_id, settlement.id, wallet.account_id, p_amount, wallet.balance, wallet.currency
    FROM wallet, ledger_accounts AS settlement
    WHERE settlement.kind = 'settlement' AND settlement.currency = wallet.currency
  )
  SELECT written.* INTO v_row FROM written;
  IF FOUND THEN
    RETURN v_row;
  END IF;
  SELECT * INTO v_row FROM transactions WHERE provider = p_provider AND provider_reference = p_provider_reference;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  IF v_row.user_id <> p_user_id OR v_row.amount <> p_amount OR v_row.status <> 'completed' THEN
    RAISE EXCEPTION 'provider reference "%" belongs to another deposit', p_provider_reference
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_provider_reference)::text;
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_deposit_at(uuid, numeric, text, text, text, timestamptz) IS 'post_deposit() at a given time.';

CREATE FUNCTION post_deposit(
  p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_deposit_at(p_user_id, p_amount, p_payment_source, p_provider, p_provider_reference, now());
END $$;

COMMENT ON FUNCTION post_deposit(uuid, numeric, text, text, text)
  IS 'Money that arrived unannounced (a transfer to the user''s virtual account): settlement → wallet, once per provider reference.';

ALTER FUNCTION check_funding_source(text) OWNER TO avdaily_ledger;
ALTER FUNCTION request_funding_at(uuid, numeric, text, text, text, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION request_funding(uuid, numeric, text, text, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_funding_at(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_funding(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION get_own_transaction(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_transaction_status(transactions, text) OWNER TO avdaily_ledger;
ALTER FUNCTION fail_funding_at(uuid, uuid, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION fail_funding(uuid, uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION post_deposit_at(uuid, numeric, text, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_deposit(uuid, numeric, text, text, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION request_funding(uuid, numeric, text, text, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_funding(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION fail_funding(uuid, uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_deposit(uuid, numeric, text, text, text) TO avdaily_app;
