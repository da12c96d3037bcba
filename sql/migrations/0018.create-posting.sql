-- 0018.create-posting: accounts can be opened, and a function of any domain can post a movement of one user or of many
-- Why: one place writes balance, transaction and ledger entry together, in the one order of locks that cannot deadlock.
--   Who may call: functions owned by avdaily_ledger only; nothing here is granted but open_wallet().
--   The order of locks everywhere: idempotency key; group; transactions; wallets by user_id; plans by id; other rows. NO KEY
--   UPDATE, so that foreign keys do not wait.
--   One user, from the wallet:  v := post_wallet_debit(p_user_id, 500, v_pool_account, 'group_contribution', p_at, 'Round 3');
--   One user, into the wallet:  v := post_wallet_credit(p_user_id, 4900, v_pool_account, 'group_payout', p_at, 'Round 3', 100);
--                               takes 5,000 from the pool: 4,900 to the wallet, the fee of 100 to fee_income
--   Neither side a wallet:      v := post_movement(p_user_id, v_from, v_to, 500, 'group_contribution', p_at, 'Covered');
--   Many users:                 SELECT * FROM post_wallet_debits(v_user_ids, v_amounts, v_accounts, 'group_contribution', p_at, …)
--                               who cannot pay gets an outcome and no posting; nothing is raised for it
--   All return ids of transactions; the caller checks bounds and states of its own rows first, and keeps its own totals.
--   New accounts: open_wallet(p_user_id); open_ledger_account('group_pool', 'NGN') or 'group_deposit' gives an account id.
--   The house's accounts: system_account('fee_income', 'NGN'). References: mint_reference('GRC', p_user_id, v_id).
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0017.create-money-checks

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION open_ledger_account(p_kind text, p_currency text) RETURNS uuid
LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO ledger_accounts (kind, currency, normal_side)
  VALUES (
    p_kind, p_currency,
    CASE
      WHEN p_kind IN ('settlement', 'receivable', 'interest_expense', 'reward_expense') THEN 'debit' ELSE 'credit'
    END
  )
  RETURNING id
$$;

COMMENT ON FUNCTION open_ledger_account(text, text) IS 'A new account of this kind; its id goes into the account_id of its owner''s row.';

CREATE FUNCTION system_account(p_kind text, p_currency text) RETURNS uuid LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT id FROM ledger_accounts
  WHERE kind = p_kind AND currency = p_currency
    AND kind IN (
      'payout_clearing', 'transfer_clearing', 'settlement', 'fee_income', 'penalty_income',
      'interest_expense', 'reward_expense', 'opening_equity'
    )
$$;

COMMENT ON FUNCTION system_account(text, text) IS 'The house''s one account of a kind and currency.';

-- It carries the owner's id: in a database cut into cells it stays unique, and says where to look.
CREATE FUNCTION mint_reference(p_prefix text, p_user_id uuid, p_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- The casts keep it immutable, and so inlined: uuid || text alone is only stable.
RETURN p_prefix || '-' || p_user_id::text || '-' || p_id::text;

COMMENT ON FUNCTION mint_reference(text, uuid, uuid) IS 'A transaction''s unique reference: three letters, the owner''s id, the transaction''s id.';

CREATE FUNCTION open_wallet(p_user_id uuid, p_currency text DEFAULT 'NGN') RETURNS wallets
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_wallet wallets;
BEGIN
  -- Two calls at once: the second waits here and finds the first one's wallet, and no account is opened in vain.
  PERFORM pg_advisory_xact_lock(hashtextextended('open_wallet ' || p_user_id, 0));
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id;
  IF NOT FOUND THEN
    IF system_account('settlement', p_currency) IS NULL THEN
      RAISE EXCEPTION 'the house keeps no accounts in %', p_currency
        USING ERRCODE = 'AV005',  -- currency_mismatch
          DETAIL = json_build_object('expected', 'NGN', 'given', p_currency)::text;
    END IF;
    INSERT INTO wallets (user_id, account_id, currency)
    SELECT id, open_ledger_account('wallet', p_currency), p_currency FROM "user" WHERE id = p_user_id
    RETURNING * INTO v_wallet;
  END IF;
  IF v_wallet.id IS NULL THEN
    PERFORM check_user_acts(p_user_id);
  END IF;
  IF v_wallet.currency <> p_currency THEN
    RAISE EXCEPTION 'the wallet of user % is in %, not in %', p_user_id, v_wallet.currency, p_currency
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', v_wallet.currency, 'given', p_currency)::text;
  END IF;
  RETURN v_wallet;
END $$;

COMMENT ON FUNCTION open_wallet(uuid, text) IS 'The user''s wallet, opened if there is none.';

-- now() is when the caller's transaction began. It may have waited for a lock since, behind a posting that began later and is
-- done: dated by now(), the two would change places, and the balance between them could be one that never was, even a negative
-- one. So a posting takes the clock's time, and takes it while it holds its accounts. Given another time (tests, seeds), that one.
CREATE FUNCTION posting_time(p_at timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE
RETURN CASE WHEN p_at = now() THEN clock_timestamp() ELSE p_at END;

COMMENT ON FUNCTION posting_time(timestamptz)
  IS 'The time of a ledger entry: the clock''s, if the operation is of now; only to be called while the accounts are locked.';

-- The lowest step: one row of the ledger. Balances after are NULL for accounts without a balance row.
CREATE FUNCTION post_entry(
  p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric,
  p_currency text, p_at timestamptz, p_debit_balance_after numeric DEFAULT NULL, p_credit_balance_after numeric DEFAULT NULL
) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO ledger_entries (
    created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
    credit_balance_after, currency
  )
  VALUES (
    posting_time(p_at), p_user_id, p_transaction_id, p_debit_account_id, p_credit_account_id, p_amount, p_debit_balance_after,
    p_credit_balance_after, p_currency
  )
$$;

COMMENT ON FUNCTION post_entry(uuid, uuid, uuid, uuid, numeric, text, timestamptz, numeric, numeric)
  IS 'One movement in the ledger, for a transaction that exists; the caller has moved the balances.';

CREATE FUNCTION post_movement(
  p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamptz,
  p_description text DEFAULT NULL, p_currency text DEFAULT 'NGN', p_metadata jsonb DEFAULT NULL,
  p_debit_balance_after numeric DEFAULT NULL, p_credit_balance_after numeric DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at, completed_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, p_currency, p_type, 'completed', 'system', mint_reference('MOV', p_user_id, v_id),
    p_description, p_metadata, p_at, p_at, p_at
  );
  PERFORM post_entry(
    p_user_id, v_id, p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_at, p_debit_balance_after,
    p_credit_balance_after
  );
  RETURN v_id;
END $$;

COMMENT ON FUNCTION post_movement(uuid, uuid, uuid, numeric, text, timestamptz, text, text, jsonb, numeric, numeric)
  IS 'A completed transaction and its movement between two accounts of which neither is a wallet; the transaction''s id.';

CREATE FUNCTION post_wallet_credit(
  p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamptz, p_description text DEFAULT NULL,
  p_fee_amount numeric DEFAULT 0, p_metadata jsonb DEFAULT NULL, p_account_balance_after numeric DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_fee_amount <> 0 AND NOT is_money(p_fee_amount) THEN
    PERFORM refuse_amount(p_fee_amount);
  END IF;
  UPDATE wallets SET balance = balance + p_amount, updated_at = p_at WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  INSERT INTO transactions (
    id, user_id, amount, fee_amount, currency, type, status, payment_source, reference, description, metadata, created_at,
    completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount + p_fee_amount, p_fee_amount, v_wallet.currency, p_type, 'completed', 'system',
    mint_reference('CRE', p_user_id, v_id), p_description, p_metadata, p_at, p_at, p_at
  );
  IF p_fee_amount > 0 THEN
    PERFORM post_entry(
      p_user_id, v_id, p_account_id, system_account('fee_income', v_wallet.currency), p_fee_amount, v_wallet.currency, p_at,
      p_account_balance_after + p_amount
    );
  END IF;
  PERFORM post_entry(
    p_user_id, v_id, p_account_id, v_wallet.account_id, p_amount, v_wallet.currency, p_at, p_account_balance_after,
    v_wallet.balance
  );
  RETURN v_id;
END $$;

COMMENT ON FUNCTION post_wallet_credit(uuid, numeric, uuid, text, timestamptz, text, numeric, jsonb, numeric)
  IS 'Credits one wallet with p_amount from an account, which gives p_fee_amount to fee_income on top; the transaction''s id.';

ALTER FUNCTION open_ledger_account(text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION system_account(text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION mint_reference(text, uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION open_wallet(uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION posting_time(timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_entry(uuid, uuid, uuid, uuid, numeric, text, timestamptz, numeric, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION post_movement(uuid, uuid, uuid, numeric, text, timestamptz, text, text, jsonb, numeric, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION post_wallet_credit(uuid, numeric, uuid, text, timestamptz, text, numeric, jsonb, numeric) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION open_wallet(uuid, text) TO avdaily_app;
