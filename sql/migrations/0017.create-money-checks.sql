-- 0017.create-money-checks: one place judges an amount, a repeated request, a limit and a wallet that is to be debited
-- Why: every post_* function refuses for the same reasons, with the same SQLSTATE and the same values in DETAIL (JSON).
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0016.create-once-only-records

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- NaN is greater than every number: the upper bound refuses it, and Infinity. NULL is no amount either.
CREATE FUNCTION is_money(p_amount numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(p_amount > 0 AND p_amount <= 9999999999999.99 AND p_amount = round(p_amount, 2), false);

COMMENT ON FUNCTION is_money(numeric) IS 'Whether it is a positive amount with at most two decimals.';

CREATE FUNCTION refuse_amount(p_amount numeric) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  -- A number may have 131,072 digits, and the log keeps every message.
  v_shown CONSTANT text := left(p_amount::text, 40);
BEGIN
  RAISE EXCEPTION 'amount % is not a positive number with at most two decimals', coalesce(v_shown, 'NULL')
    USING ERRCODE = '22023',  -- invalid_parameter_value
      DETAIL = json_build_object('amount', v_shown)::text,
      HINT = 'Amounts go from 0.01 to 9999999999999.99.';
END $$;

COMMENT ON FUNCTION refuse_amount(numeric) IS 'Raises 22023 for what is_money() rejects.';

CREATE FUNCTION check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF p_amount NOT BETWEEN p_minimum AND p_maximum THEN
    RAISE EXCEPTION '% of % is not between % and %', p_what, p_amount, p_minimum, p_maximum
      USING ERRCODE = 'AV006',  -- amount_out_of_bounds
        DETAIL = json_build_object(
          'needed', round(p_amount, 2)::text, 'minimum', round(p_minimum, 2)::text, 'maximum', round(p_maximum, 2)::text
        )::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_bounds(numeric, numeric, numeric, text) IS 'Raises AV006 for an amount outside the bounds of its operation.';

-- The key is written before the row that it stands for, in the caller's transaction: a refused call leaves no key. Two calls
-- at once: the second waits here for the first one's end. Usage:
--   v_id := app_uuid();
--   v_first := claim_idempotency_key(p_user_id, p_idempotency_key, 'post_x', jsonb_build_array(…)::text, v_id);
--   IF v_first <> v_id THEN RETURN the row with the id v_first; END IF;
CREATE FUNCTION claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid)
RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_hash CONSTANT bytea := sha256(convert_to(p_operation || '|' || p_request, 'UTF8'));
  v_first record;
BEGIN
  INSERT INTO idempotency_keys (user_id, key, operation, request_hash, result_id)
  SELECT id, p_key, p_operation, v_hash, p_result_id FROM "user" WHERE id = p_user_id
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
  IF FOUND THEN
    RETURN p_result_id;
  END IF;
  SELECT request_hash, result_id INTO v_first FROM idempotency_keys WHERE user_id = p_user_id AND key = p_key;
  IF NOT FOUND THEN
    PERFORM check_user_acts(p_user_id);
  END IF;
  IF v_first.request_hash <> v_hash THEN
    RAISE EXCEPTION 'idempotency key "%" was used for another request', p_key
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_key)::text,
        HINT = 'Use a new key for a new request.';
  END IF;
  RETURN v_first.result_id;
END $$;

COMMENT ON FUNCTION claim_idempotency_key(uuid, text, text, text, uuid)
  IS 'The id given, if the user''s key is new; the first call''s id, if it repeats that request; AV018 for another request, AV004 for an unknown user.';

-- Read after the wallet is locked, in a statement of its own: two calls at once then see each other's rows.
CREATE FUNCTION breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH period (name, since, until) AS (
    SELECT name, app_day_start(date_trunc(name, app_day(p_at)::timestamp)::date),
      app_day_start((date_trunc(name, app_day(p_at)::timestamp) + ('1 ' || name)::interval)::date)
    FROM unnest(ARRAY['day', 'week', 'month']) AS name
  ),
  -- Money sent out of the wallet to others: completed, or held and pending.
  sent AS (
    SELECT period.name, coalesce(sum(transactions.amount), 0) AS total,
      coalesce(sum(transactions.amount) FILTER (WHERE transactions.type = 'wallet_withdrawal'), 0) AS withdrawn,
      count(*) FILTER (WHERE transactions.type = 'wallet_withdrawal') AS withdrawals
    FROM period
    LEFT JOIN transactions ON transactions.user_id = p_user_id
      AND transactions.created_at >= period.since AND transactions.created_at < period.until
      AND transactions.status IN ('pending', 'completed')
      AND (
        transactions.type = 'wallet_withdrawal'
        -- Not what a deposit covers: it left the wallet, and counted, when the deposit was paid.
        OR transactions.type = 'group_contribution' AND transactions.payment_source = 'wallet'
        OR transactions.type = 'transfer' AND transactions.transfer_id = transactions.id
      )
    GROUP BY period.name
  ),
  tier AS (
    SELECT kyc_limits.* FROM kyc_limits JOIN "user" ON "user".kyc_tier = kyc_limits.tier WHERE "user".id = p_user_id
  ),
  rule (name, maximum, used, needed, amount_left) AS (
    SELECT 'kyc_single', single_limit, 0, p_amount, single_limit
    FROM tier WHERE p_type IN ('wallet_funding', 'contribution', 'transfer', 'wallet_withdrawal')
    UNION ALL
    SELECT 'kyc_daily', daily_limit, total, p_amount, daily_limit - total
    FROM tier, sent WHERE sent.name = 'day' AND p_type IN ('transfer', 'wallet_withdrawal', 'group_contribution')
    UNION ALL
    SELECT 'kyc_monthly', monthly_limit, total, p_amount, monthly_limit - total
    FROM tier, sent WHERE sent.name = 'month' AND p_type IN ('transfer', 'wallet_withdrawal', 'group_contribution')
    UNION ALL
    SELECT 'withdrawal_amount_' || period, max_amount, withdrawn, p_amount, max_amount - withdrawn
    FROM withdrawal_limits JOIN sent ON sent.name = period WHERE p_type = 'wallet_withdrawal'
    UNION ALL
    SELECT 'withdrawal_count_' || period, max_count, withdrawals, 1, CASE WHEN withdrawals < max_count THEN p_amount ELSE 0 END
    FROM withdrawal_limits JOIN sent ON sent.name = period WHERE p_type = 'wallet_withdrawal'
  )
  SELECT jsonb_build_object(
    'limit', name, 'maximum', maximum::text, 'used', used::text, 'needed', CASE name ~ 'count' WHEN true THEN '1' ELSE round(needed, 2)::text END
  )
  FROM rule
  WHERE used + needed > maximum
  -- The strictest is the one that leaves least.
  ORDER BY amount_left, name
  LIMIT 1
$$;

COMMENT ON FUNCTION breached_limit(uuid, text, numeric, timestamptz)
  IS 'The strictest limit that this amount would break for this user and type, with its values; NULL if none.';

CREATE FUNCTION check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_breach CONSTANT jsonb := breached_limit(p_user_id, p_type, p_amount, p_at);
BEGIN
  IF v_breach IS NOT NULL THEN
    RAISE EXCEPTION 'limit % of % would be exceeded: % used, % needed',
      v_breach ->> 'limit', v_breach ->> 'maximum', v_breach ->> 'used', v_breach ->> 'needed'
      USING ERRCODE = CASE
          WHEN v_breach ->> 'limit' = 'kyc_single' THEN 'AV007'  -- single_limit_exceeded
          WHEN v_breach ->> 'limit' LIKE 'kyc%' THEN 'AV008'  -- period_limit_exceeded
          ELSE 'AV009'  -- withdrawal_limit_exceeded
        END,
        DETAIL = v_breach::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_limits(uuid, text, numeric, timestamptz) IS 'Raises AV007, AV008 or AV009 with the strictest limit broken.';

CREATE FUNCTION check_wallet_debit(p_user_id uuid, p_amount numeric) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_wallet record;
BEGIN
  SELECT wallets.balance, wallets.is_active, wallets.receivable_balance, "user".is_active AS user_is_active, "user".is_suspended
  INTO v_wallet
  FROM wallets JOIN "user" ON "user".id = wallets.user_id
  WHERE wallets.user_id = p_user_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no wallet', p_user_id
      USING ERRCODE = 'AV002',  -- wallet_not_found
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM check_user_acts(p_user_id);
  IF NOT v_wallet.is_active THEN
    RAISE EXCEPTION 'the wallet of user % is frozen', p_user_id
      USING ERRCODE = 'AV003',  -- wallet_frozen
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  IF v_wallet.receivable_balance > 0 THEN
    RAISE EXCEPTION 'user % owes % after a chargeback', p_user_id, v_wallet.receivable_balance
      USING ERRCODE = 'AV021',  -- debt_outstanding
        DETAIL = json_build_object('owed', v_wallet.receivable_balance::text)::text,
        HINT = 'Call post_debt_repayment() first.';
  END IF;
  IF v_wallet.balance < p_amount THEN
    RAISE EXCEPTION 'the wallet holds % and % is needed', v_wallet.balance, round(p_amount, 2)
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', round(p_amount, 2)::text, 'available', v_wallet.balance::text)::text;
  END IF;
END $$;

COMMENT ON FUNCTION check_wallet_debit(uuid, numeric) IS 'Raises AV002, AV004, AV003, AV021 or AV001 when the user''s wallet cannot give this amount.';

CREATE FUNCTION check_user_acts(p_user_id uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_user record;
BEGIN
  SELECT is_active, is_suspended INTO v_user FROM "user" WHERE id = p_user_id;
  IF v_user.is_active AND NOT v_user.is_suspended THEN
    RETURN;
  END IF;
  RAISE EXCEPTION 'user % may not move money: %', p_user_id,
    CASE WHEN v_user.is_suspended THEN 'suspended' WHEN NOT v_user.is_active THEN 'deactivated' ELSE 'unknown' END
    USING ERRCODE = 'AV004',  -- user_inactive
      DETAIL = json_build_object(
        'user_id', p_user_id,
        'reason', CASE WHEN v_user.is_suspended THEN 'suspended' WHEN NOT v_user.is_active THEN 'deactivated' ELSE 'unknown' END
      )::text;
END $$;

COMMENT ON FUNCTION check_user_acts(uuid) IS 'Raises AV004 for a user who is unknown, deactivated or suspended.';

-- Between the statement that refused and the search for its reason another call has removed the reason.
CREATE FUNCTION refuse_race() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'another call changed the same rows at this moment'
    USING ERRCODE = 'serialization_failure', HINT = 'Call it again.';
END $$;

COMMENT ON FUNCTION refuse_race() IS 'Raises 40001: the call can be repeated as it is.';

ALTER FUNCTION is_money(numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_amount(numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION check_bounds(numeric, numeric, numeric, text) OWNER TO avdaily_ledger;
ALTER FUNCTION claim_idempotency_key(uuid, text, text, text, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION breached_limit(uuid, text, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION check_limits(uuid, text, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION check_wallet_debit(uuid, numeric) OWNER TO avdaily_ledger;
ALTER FUNCTION check_user_acts(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_race() OWNER TO avdaily_ledger;
