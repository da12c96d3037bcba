-- 0021.create-transfers: a user can send money to another user's wallet
-- Why: two movements through transfer_clearing, each with its own user's transaction, so that both statements show it.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0020.create-funding

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION post_transfer_at(
  p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamptz
) RETURNS transactions LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_incoming_id CONSTANT uuid := app_uuid();
  v_day CONSTANT timestamptz := app_day_start(app_day(p_at));
  v_day_end CONSTANT timestamptz := app_day_start(app_day(p_at) + 1);
  v_month CONSTANT timestamptz := app_day_start(date_trunc('month', app_day(p_at)::timestamp)::date);
  v_month_end CONSTANT timestamptz := app_day_start((date_trunc('month', app_day(p_at)::timestamp) + '1 month')::date);
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_transfer',
      jsonb_build_array(p_recipient_id, trim_scale(p_amount), p_description)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  -- By user_id, whoever sends: two users who pay each other at once do not wait in a circle. In a statement of its own, so
  -- that the next one sees what other calls have committed while this one waited.
  PERFORM FROM wallets WHERE user_id IN (p_user_id, p_recipient_id) ORDER BY user_id FOR NO KEY UPDATE;
  WITH sent AS (
    SELECT coalesce(sum(amount), 0) AS this_month,
      coalesce(sum(amount) FILTER (WHERE created_at >= v_day AND created_at < v_day_end), 0) AS this_day
    FROM transactions
    WHERE user_id = p_user_id AND created_at >= v_month AND created_at < v_month_end
      AND status IN ('pending', 'completed')
      -- What breached_limit() counts, word for word: a refusal that it cannot name would be repeated for ever.
      AND (
        type = 'wallet_withdrawal'
        OR type = 'group_contribution' AND payment_source = 'wallet'
        OR type = 'transfer' AND transfer_id = id
      )
  ),
  -- Every rule stands here, the recipient's too: either all of it is written or nothing.
  sender AS (
    UPDATE wallets SET balance = wallets.balance - p_amount, updated_at = p_at
    FROM "user" AS owner, kyc_limits, sent, wallets AS target, "user" AS recipient
    WHERE wallets.user_id = p_user_id AND wallets.is_active AND wallets.balance >= p_amount AND wallets.receivable_balance = 0
      AND owner.id = p_user_id AND owner.is_active AND NOT owner.is_suspended
      AND kyc_limits.tier = owner.kyc_tier AND p_amount <= kyc_limits.single_limit
      AND sent.this_day + p_amount <= kyc_limits.daily_limit AND sent.this_month + p_amount <= kyc_limits.monthly_limit
      AND target.user_id = p_recipient_id AND target.user_id <> p_user_id AND target.is_active
      AND target.currency = wallets.currency
      AND recipient.id = p_recipient_id AND recipient.is_active AND NOT recipient.is_suspended
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  receiver AS (
    UPDATE wallets SET balance = wallets.balance + p_amount, updated_at = p_at
    FROM sender
    WHERE wallets.user_id = p_recipient_id
    RETURNING wallets.account_id, wallets.balance
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, transfer_id, counterparty_id,
      created_at, completed_at, updated_at
    )
    SELECT side.id, side.user_id, p_amount, sender.currency, 'transfer', 'completed', 'wallet',
      mint_reference('TRF', side.user_id, side.id), p_description, v_id, side.other_id, p_at, p_at, p_at
    FROM sender, receiver,
      (VALUES (v_id, p_user_id, p_recipient_id), (v_incoming_id, p_recipient_id, p_user_id)) AS side (id, user_id, other_id)
    RETURNING *
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), side.user_id, side.id, side.debit_account_id, side.credit_account_id, p_amount, side.debit_balance_after,
      side.credit_balance_after, sender.currency
    FROM sender, receiver, ledger_accounts AS clearing,
      LATERAL (
        VALUES
          (p_user_id, v_id, sender.account_id, clearing.id, sender.balance::numeric, NULL::numeric),
          (p_recipient_id, v_incoming_id, clearing.id, receiver.account_id, NULL, receiver.balance)
      ) AS side (user_id, id, debit_account_id, credit_account_id, debit_balance_after, credit_balance_after)
    WHERE clearing.kind = 'transfer_clearing' AND clearing.currency = sender.currency
  )
  SELECT written.* INTO v_row FROM written WHERE written.id = v_id;
  IF NOT FOUND THEN
    PERFORM refuse_transfer(p_user_id, p_recipient_id, p_amount, p_at);
  END IF;
  RETURN v_row;
END $$;

COMMENT ON FUNCTION post_transfer_at(uuid, uuid, numeric, text, text, timestamptz) IS 'post_transfer() at a given time.';

-- Called when nothing was written: it finds the reason and raises it.
CREATE FUNCTION refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_currency text;
  v_other text;
BEGIN
  IF p_user_id = p_recipient_id THEN
    RAISE EXCEPTION 'cannot transfer from a wallet to itself'
      USING ERRCODE = 'AV023',  -- own_wallet
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_limits(p_user_id, 'transfer', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount);
  SELECT wallets.currency INTO v_other
  FROM wallets JOIN "user" ON "user".id = wallets.user_id
  WHERE wallets.user_id = p_recipient_id AND wallets.is_active AND "user".is_active AND NOT "user".is_suspended;
  IF NOT FOUND THEN
    -- One answer for unknown, deactivated, suspended and frozen: the sender learns nothing about the other.
    RAISE EXCEPTION 'user % cannot receive money', p_recipient_id
      USING ERRCODE = 'AV022',  -- recipient_unavailable
        DETAIL = json_build_object('recipient_id', p_recipient_id)::text;
  END IF;
  SELECT currency INTO v_currency FROM wallets WHERE user_id = p_user_id;
  IF v_currency <> v_other THEN
    RAISE EXCEPTION 'the wallets are in different currencies: % and %', v_currency, v_other
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', v_currency, 'given', v_other)::text;
  END IF;
  PERFORM refuse_race();
END $$;

COMMENT ON FUNCTION refuse_transfer(uuid, uuid, numeric, timestamptz) IS 'Raises the reason for which post_transfer() found nothing to do.';

CREATE FUNCTION post_transfer(
  p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text DEFAULT NULL, p_idempotency_key text DEFAULT NULL
) RETURNS transactions LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN post_transfer_at(p_user_id, p_recipient_id, p_amount, p_description, p_idempotency_key, now());
END $$;

COMMENT ON FUNCTION post_transfer(uuid, uuid, numeric, text, text)
  IS 'Wallet → transfer_clearing → the other''s wallet, within the sender''s limits; the sender''s transaction.';

ALTER FUNCTION post_transfer_at(uuid, uuid, numeric, text, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION refuse_transfer(uuid, uuid, numeric, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_transfer(uuid, uuid, numeric, text, text) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION post_transfer(uuid, uuid, numeric, text, text) TO avdaily_app;
