-- 0019.create-posting-of-many: many wallets can be debited or credited in one statement, one movement each
-- Why: a group's round or a refund to all members costs one statement, not one call a member; who cannot pay is told apart
--   without an error, so that the others' payments stand.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0018.create-posting

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION post_wallet_debits(
  p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamptz,
  p_description text DEFAULT NULL, p_metadata jsonb DEFAULT NULL, p_account_balances_after numeric[] DEFAULT NULL
) RETURNS TABLE (user_id uuid, transaction_id uuid, outcome text)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  PERFORM check_many(p_user_ids, p_amounts, p_account_ids);
  PERFORM FROM wallets WHERE wallets.user_id = ANY (p_user_ids) ORDER BY wallets.user_id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH asked AS (
    SELECT * FROM unnest(p_user_ids, p_amounts, p_account_ids, p_account_balances_after) AS asked (user_id, amount, account_id, after)
  ),
  judged AS MATERIALIZED (
    SELECT asked.*, app_uuid() AS id,
      CASE
        WHEN wallets.user_id IS NULL THEN 'wallet_not_found'
        WHEN "user".is_suspended OR NOT "user".is_active THEN 'user_inactive'
        WHEN NOT wallets.is_active THEN 'wallet_frozen'
        WHEN wallets.receivable_balance > 0 THEN 'debt_outstanding'
        WHEN wallets.balance < asked.amount THEN 'insufficient_funds'
        WHEN breached_limit(asked.user_id, p_type, asked.amount, p_at) IS NOT NULL THEN 'limit_exceeded'
        ELSE 'posted'
      END AS outcome
    FROM asked
    LEFT JOIN wallets ON wallets.user_id = asked.user_id
    LEFT JOIN "user" ON "user".id = asked.user_id
  ),
  moved AS (
    UPDATE wallets
    SET balance = wallets.balance - judged.amount, updated_at = p_at
    FROM judged
    WHERE wallets.user_id = judged.user_id AND judged.outcome = 'posted'
    RETURNING wallets.user_id, judged.id, judged.amount, judged.account_id AS credit_account_id, judged.after,
      wallets.account_id, wallets.balance, wallets.currency
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at,
      completed_at, updated_at
    )
    SELECT moved.id, moved.user_id, moved.amount, moved.currency, p_type, 'completed', 'wallet',
      mint_reference('DEB', moved.user_id, moved.id), p_description, p_metadata, p_at, p_at, p_at
    FROM moved
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), moved.user_id, moved.id, moved.account_id, moved.credit_account_id, moved.amount, moved.balance,
      moved.after, moved.currency
    FROM moved
  )
  SELECT judged.user_id, CASE WHEN judged.outcome = 'posted' THEN judged.id END, judged.outcome
  FROM judged
  ORDER BY judged.user_id;
END $$;

COMMENT ON FUNCTION post_wallet_debits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[])
  IS 'Debits many wallets, one transaction and movement each, in one statement; per user the transaction, or why not.';

CREATE FUNCTION post_wallet_credits(
  p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamptz,
  p_description text DEFAULT NULL, p_metadata jsonb DEFAULT NULL, p_account_balances_after numeric[] DEFAULT NULL
) RETURNS TABLE (user_id uuid, transaction_id uuid)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  PERFORM check_many(p_user_ids, p_amounts, p_account_ids);
  PERFORM FROM wallets WHERE wallets.user_id = ANY (p_user_ids) ORDER BY wallets.user_id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT asked.*, app_uuid() AS id
    FROM unnest(p_user_ids, p_amounts, p_account_ids, p_account_balances_after) AS asked (user_id, amount, account_id, after)
  ),
  moved AS (
    UPDATE wallets
    SET balance = wallets.balance + asked.amount, updated_at = p_at
    FROM asked
    WHERE wallets.user_id = asked.user_id
    RETURNING wallets.user_id, asked.id, asked.amount, asked.account_id AS debit_account_id, asked.after,
      wallets.account_id, wallets.balance, wallets.currency
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at,
      completed_at, updated_at
    )
    SELECT moved.id, moved.user_id, moved.amount, moved.currency, p_type, 'completed', 'system',
      mint_reference('CRE', moved.user_id, moved.id), p_description, p_metadata, p_at, p_at, p_at
    FROM moved
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), moved.user_id, moved.id, moved.debit_account_id, moved.account_id, moved.amount, moved.after,
      moved.balance, moved.currency
    FROM moved
  )
  SELECT moved.user_id, moved.id FROM moved ORDER BY moved.user_id;
END $$;

COMMENT ON FUNCTION post_wallet_credits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[])
  IS 'Credits many wallets, one transaction and movement each, in one statement; frozen wallets too: what comes back arrives.';

CREATE FUNCTION check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_bad record;
BEGIN
  IF cardinality(p_user_ids) <> cardinality(p_amounts) OR cardinality(p_user_ids) <> cardinality(p_account_ids) THEN
    RAISE EXCEPTION 'users, amounts and accounts are not equally many' USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  SELECT amount INTO v_bad FROM unnest(p_amounts) AS amount WHERE NOT is_money(amount) LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_amount(v_bad.amount);
  END IF;
  -- One statement changes a row once: of a user's two debits one would be lost.
  SELECT user_id INTO v_bad FROM unnest(p_user_ids) AS user_id GROUP BY user_id HAVING count(*) > 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'user % is named twice', v_bad.user_id USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
END $$;

COMMENT ON FUNCTION check_many(uuid[], numeric[], uuid[]) IS 'Raises 22023 for arrays of unequal length, a bad amount or a user named twice.';

CREATE FUNCTION post_wallet_debit(
  p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamptz, p_description text DEFAULT NULL,
  p_metadata jsonb DEFAULT NULL, p_account_balance_after numeric DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_result record;
BEGIN
  SELECT * INTO v_result FROM post_wallet_debits(
    ARRAY[p_user_id], ARRAY[p_amount], ARRAY[p_account_id], p_type, p_at, p_description, p_metadata,
    ARRAY[p_account_balance_after]
  );
  IF v_result.outcome <> 'posted' THEN
    PERFORM check_wallet_debit(p_user_id, p_amount);
    PERFORM check_limits(p_user_id, p_type, p_amount, p_at);
    -- Never NULL: the caller would book what nobody paid.
    PERFORM refuse_race();
  END IF;
  RETURN v_result.transaction_id;
END $$;

COMMENT ON FUNCTION post_wallet_debit(uuid, numeric, uuid, text, timestamptz, text, jsonb, numeric)
  IS 'Debits one wallet in favour of an account; the transaction''s id. Raises what check_wallet_debit and check_limits raise.';

ALTER FUNCTION post_wallet_debits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[]) OWNER TO avdaily_ledger;
ALTER FUNCTION post_wallet_credits(uuid[], numeric[], uuid[], text, timestamptz, text, jsonb, numeric[]) OWNER TO avdaily_ledger;
ALTER FUNCTION check_many(uuid[], numeric[], uuid[]) OWNER TO avdaily_ledger;
ALTER FUNCTION post_wallet_debit(uuid, numeric, uuid, text, timestamptz, text, jsonb, numeric) OWNER TO avdaily_ledger;
