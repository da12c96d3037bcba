-- 0029.create-statements: a wallet can be frozen, and its balance and movements at any time be read from the ledger
-- Why: what a statement says is computed from the postings, so that a balance by hand would show.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0028.create-payment-events

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION freeze_wallet(p_user_id uuid, p_reason text) RETURNS wallets
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_wallet wallets;
BEGIN
  UPDATE wallets
  SET is_active = false, frozen_at = coalesce(frozen_at, now()), freeze_reason = coalesce(freeze_reason, p_reason, ''),
    updated_at = now()
  WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  RETURN v_wallet;
END $$;

COMMENT ON FUNCTION freeze_wallet(uuid, text)
  IS 'No money leaves the wallet from now on; reason of 10 to 500 characters. A frozen one stays as it is.';

CREATE FUNCTION unfreeze_wallet(p_user_id uuid) RETURNS wallets
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_wallet wallets;
BEGIN
  UPDATE wallets SET is_active = true, frozen_at = NULL, freeze_reason = NULL, updated_at = now() WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  RETURN v_wallet;
END $$;

COMMENT ON FUNCTION unfreeze_wallet(uuid) IS 'Money may leave the wallet again.';

-- The balance after the last posting before the moment: two steps down an index, however long the account's history is. Accounts
-- without a balance row have no balance on their postings: theirs is the sum. That both are the same is what balance_sequence and
-- posting_times in check_integrity() watch over.
CREATE FUNCTION account_balance_at(p_account_id uuid, p_at timestamptz) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(
    (
      SELECT newest.balance_after
      FROM (
        (
          SELECT entry.created_at, entry.id, entry.debit_balance_after::numeric AS balance_after FROM ledger_entries AS entry
          WHERE entry.debit_account_id = account.id AND entry.currency = account.currency AND entry.created_at < p_at
          ORDER BY entry.created_at DESC, entry.id DESC
          LIMIT 1
        )
        UNION ALL
        (
          SELECT entry.created_at, entry.id, entry.credit_balance_after::numeric FROM ledger_entries AS entry
          WHERE entry.credit_account_id = account.id AND entry.currency = account.currency AND entry.created_at < p_at
          ORDER BY entry.created_at DESC, entry.id DESC
          LIMIT 1
        )
      ) AS newest
      ORDER BY newest.created_at DESC, newest.id DESC
      LIMIT 1
    ),
    CASE account.normal_side WHEN 'debit' THEN -1 ELSE 1 END * (
      SELECT sum(posting.amount) FROM ledger_postings AS posting
      WHERE posting.account_id = account.id AND posting.currency = account.currency AND posting.created_at < p_at
    ),
    0.00
  )
  FROM ledger_accounts AS account
  WHERE account.id = p_account_id
$$;

COMMENT ON FUNCTION account_balance_at(uuid, timestamptz)
  IS 'Balance of an account just before a moment, by the ledger, positive on its normal side; NULL for an unknown account.';

CREATE FUNCTION wallet_balance_at(p_user_id uuid, p_at timestamptz) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT account_balance_at(account_id, p_at) FROM wallets WHERE user_id = p_user_id
$$;

COMMENT ON FUNCTION wallet_balance_at(uuid, timestamptz) IS 'Balance of the user''s wallet just before a moment; NULL without a wallet.';

CREATE FUNCTION plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamptz) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT account_balance_at(account_id, p_at) FROM savings_plans WHERE user_id = p_user_id AND id = p_plan_id
$$;

COMMENT ON FUNCTION plan_balance_at(uuid, uuid, timestamptz) IS 'Balance of the user''s plan just before a moment; NULL without that plan.';

-- A transaction's amount has no sign: what it did to a wallet or a plan is told by its postings, fees and penalties among them.
CREATE FUNCTION wallet_change(p_user_id uuid, p_transaction_id uuid) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(sum(posting.amount), 0.00)
  FROM wallets
  JOIN ledger_postings AS posting ON posting.account_id = wallets.account_id
  WHERE wallets.user_id = p_user_id AND posting.user_id = p_user_id AND posting.transaction_id = p_transaction_id
$$;

COMMENT ON FUNCTION wallet_change(uuid, uuid)
  IS 'What a transaction put into its user''s wallet, negative what it took out; 0.00 while nothing has moved.';

CREATE FUNCTION plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(sum(posting.amount), 0.00)
  FROM savings_plans
  JOIN ledger_postings AS posting ON posting.account_id = savings_plans.account_id
  WHERE savings_plans.user_id = p_user_id AND savings_plans.id = p_plan_id
    AND posting.user_id = p_user_id AND posting.transaction_id = p_transaction_id
$$;

COMMENT ON FUNCTION plan_change(uuid, uuid, uuid)
  IS 'What a transaction put into a plan of its user, negative what it took out; 0.00 while nothing has moved.';

-- In the order of posting, which is the order in which the wallet was locked: no line shows a balance that never was. Times are in
-- the same order, unless the server's clock was set back; then the lines still add up, from opening to closing, and only the order
-- of the times looks odd. In the order of the times a line could show money that was spent before it had come.
CREATE FUNCTION wallet_statement(p_user_id uuid, p_from timestamptz, p_until timestamptz)
RETURNS TABLE (
  line text, at timestamptz, entry_id bigint, transaction_id uuid, type text, description text, reference text,
  counterparty_id uuid, amount numeric, balance numeric
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  IF (p_from <= p_until) IS NOT TRUE THEN
    RAISE EXCEPTION 'a statement from % cannot end at %', coalesce(p_from::text, 'NULL'), coalesce(p_until::text, 'NULL')
      USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  RETURN QUERY
  WITH wallet AS (
    SELECT account_id, currency, account_balance_at(account_id, p_from) AS opening FROM wallets WHERE user_id = p_user_id
  ),
  posting AS (
    SELECT posting.created_at, posting.entry_id, posting.transaction_id,
      -- A withdrawal's fee is a line of its own, and so is what comes back of a withdrawal that the bank refused.
      CASE counter.kind WHEN 'fee_income' THEN 'fee' ELSE transactions.type END AS type,
      CASE WHEN transactions.type = 'wallet_withdrawal' AND posting.amount > 0 THEN 'Returned: ' ELSE '' END
        || CASE counter.kind WHEN 'fee_income' THEN 'Fee: ' ELSE '' END || transactions.description AS description,
      transactions.reference, transactions.counterparty_id, posting.amount,
      wallet.opening + sum(posting.amount) OVER (ORDER BY posting.entry_id) AS balance
    FROM wallet
    JOIN ledger_postings AS posting ON posting.account_id = wallet.account_id AND posting.currency = wallet.currency
    JOIN transactions ON transactions.user_id = posting.user_id AND transactions.id = posting.transaction_id
    JOIN ledger_accounts AS counter ON counter.id = posting.counter_account_id
    WHERE posting.created_at >= p_from AND posting.created_at < p_until
  )
  SELECT 'opening', p_from, NULL::bigint, NULL::uuid, NULL, NULL, NULL, NULL::uuid, NULL::numeric, wallet.opening FROM wallet
  UNION ALL
  (SELECT 'posting', created_at, entry_id, transaction_id, type, description, reference, counterparty_id, amount, balance
   FROM posting ORDER BY entry_id)
  UNION ALL
  SELECT 'closing', p_until, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    wallet.opening + coalesce((SELECT sum(posting.amount) FROM posting), 0)
  FROM wallet;
END $$;

COMMENT ON FUNCTION wallet_statement(uuid, timestamptz, timestamptz)
  IS 'Opening balance, each posting with the balance after it, closing balance, for p_from ≤ time < p_until, in this order.';

CREATE FUNCTION trial_balance() RETURNS TABLE (currency text, kind text, accounts bigint, debits numeric, credits numeric, balance numeric)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT account.currency, account.kind, count(DISTINCT account.id), coalesce(-sum(posting.amount) FILTER (WHERE posting.side = 'debit'), 0),
    coalesce(sum(posting.amount) FILTER (WHERE posting.side = 'credit'), 0), coalesce(sum(posting.amount), 0)
  FROM ledger_accounts AS account
  LEFT JOIN ledger_postings AS posting ON posting.account_id = account.id
  GROUP BY account.currency, account.kind
  ORDER BY account.currency, account.kind
$$;

COMMENT ON FUNCTION trial_balance() IS 'Debits, credits and credits less debits of every kind of account; the last column sums to zero in each currency.';

ALTER FUNCTION freeze_wallet(uuid, text) OWNER TO avdaily_ledger;
ALTER FUNCTION unfreeze_wallet(uuid) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION freeze_wallet(uuid, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION unfreeze_wallet(uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION account_balance_at(uuid, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION wallet_balance_at(uuid, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION plan_balance_at(uuid, uuid, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION wallet_change(uuid, uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION plan_change(uuid, uuid, uuid) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION wallet_statement(uuid, timestamptz, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION trial_balance() TO avdaily_app, avdaily_readonly, avdaily_ledger;
