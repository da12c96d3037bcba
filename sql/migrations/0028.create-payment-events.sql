-- 0028.create-payment-events: a provider's webhook is stored once and then posted, once, however often it comes
-- Why: storing first means that nothing is lost while we are slow; the event's status and the transaction's make posting
--   idempotent. What does not fit (another amount, or none) is kept as rejected for a person to look at. What comes before its
--   transaction stays received and is processed again, for seven days.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions.
-- depends: 0027.create-corrections

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION record_payment_event(
  p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text DEFAULT NULL,
  p_amount numeric DEFAULT NULL, p_currency text DEFAULT NULL
) RETURNS payment_events LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_event payment_events;
BEGIN
  IF p_amount IS NOT NULL AND NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  INSERT INTO payment_events (provider, event_id, event_type, provider_reference, amount, currency, payload)
  VALUES (p_provider, p_event_id, p_event_type, p_provider_reference, p_amount, p_currency, p_payload)
  ON CONFLICT ON CONSTRAINT payment_events_provider_event_id_key DO NOTHING
  RETURNING * INTO v_event;
  IF NOT FOUND THEN
    SELECT * INTO STRICT v_event FROM payment_events WHERE provider = p_provider AND event_id = p_event_id;
  END IF;
  RETURN v_event;
END $$;

COMMENT ON FUNCTION record_payment_event(text, text, text, jsonb, text, numeric, text)
  IS 'Stores a webhook whose signature the application has verified; repeated, it returns the first one.';

CREATE FUNCTION process_payment_event_at(p_id uuid, p_at timestamptz) RETURNS payment_events
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_event payment_events;
  v_row transactions;
  v_status text := 'rejected';
  v_result text;
BEGIN
  SELECT * INTO v_event FROM payment_events WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no payment event %', p_id
      USING ERRCODE = 'AV028',  -- event_not_found
        DETAIL = json_build_object('event_id', p_id)::text;
  END IF;
  IF v_event.status <> 'received' THEN
    RETURN v_event;
  END IF;
  SELECT * INTO v_row FROM transactions
  WHERE provider = v_event.provider AND provider_reference = v_event.provider_reference
  FOR NO KEY UPDATE;
  IF v_event.event_type = 'other' THEN
    v_status := 'ignored';
    v_result := 'nothing to post';
  ELSIF v_row.id IS NULL THEN
    v_result := 'no transaction has this provider reference';
    -- A provider can be quicker than the commit that stores its reference.
    IF v_event.provider_reference IS NOT NULL AND p_at < v_event.created_at + interval '7 days' THEN
      v_status := 'received';
    END IF;
  ELSIF v_row.type <> (CASE WHEN v_event.event_type LIKE 'payout%' THEN 'wallet_withdrawal' ELSE 'wallet_funding' END) THEN
    v_result := 'transaction ' || v_row.id || ' is a ' || v_row.type;
  ELSIF v_event.amount <> v_row.amount OR v_event.currency <> v_row.currency THEN
    v_result := 'the provider says ' || concat_ws(' ', v_event.amount, v_event.currency) || ', transaction ' || v_row.id
      || ' is of ' || v_row.amount || ' ' || v_row.currency;
  -- A refusal may come without an amount: it gives back what we hold. Money that came or went must be said to the kobo.
  ELSIF v_event.event_type NOT LIKE '%failed' AND num_nulls(v_event.amount, v_event.currency) > 0 THEN
    v_result := 'the provider names no ' || CASE WHEN v_event.amount IS NULL THEN 'amount' ELSE 'currency' END;
  ELSIF v_event.event_type = 'chargeback' THEN
    IF v_row.status = 'completed'
      AND NOT EXISTS (SELECT FROM transactions WHERE user_id = v_row.user_id AND reverses_id = v_row.id)
    THEN
      PERFORM post_chargeback_at(v_row.user_id, v_row.id, 'Chargeback', p_at);
      v_status := 'processed';
      v_result := 'charged back';
    ELSE
      v_result := 'transaction ' || v_row.id || ' cannot be charged back: ' || v_row.status || ', or charged back already';
    END IF;
  ELSIF v_row.status = 'pending' THEN
    IF v_event.event_type = 'funding_succeeded' THEN
      PERFORM post_funding_at(v_row.user_id, v_row.id, p_at);
    ELSIF v_event.event_type = 'funding_failed' THEN
      PERFORM fail_funding_at(v_row.user_id, v_row.id, 'The provider said so', p_at);
    ELSIF v_event.event_type = 'payout_succeeded' THEN
      PERFORM post_withdrawal_settlement_at(v_row.user_id, v_row.id, p_at);
    ELSE
      PERFORM undo_withdrawal(v_row.user_id, v_row.id, 'failed', 'The provider said so', p_at);
    END IF;
    v_status := 'processed';
    v_result := 'transaction ' || v_row.id || ' ended';
  ELSIF (v_row.status = 'completed') = (v_event.event_type LIKE '%succeeded') THEN
    v_status := 'ignored';
    v_result := 'transaction ' || v_row.id || ' was ' || v_row.status || ' already';
  ELSE
    -- The money is somewhere else than our books say: only a person can decide.
    v_result := 'transaction ' || v_row.id || ' is ' || v_row.status;
  END IF;
  UPDATE payment_events
  SET status = v_status, result = v_result, processed_at = CASE WHEN v_status <> 'received' THEN p_at END
  WHERE id = p_id
  RETURNING * INTO v_event;
  RETURN v_event;
END $$;

COMMENT ON FUNCTION process_payment_event_at(uuid, timestamptz) IS 'process_payment_event() at a given time.';

CREATE FUNCTION process_payment_event(p_id uuid) RETURNS payment_events
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN process_payment_event_at(p_id, now());
END $$;

COMMENT ON FUNCTION process_payment_event(uuid)
  IS 'Posts what a stored event says, once: processed, ignored or rejected with the reason; received still while its transaction is not there, up to seven days.';

-- For work of the application that no function does, such as a call of a provider: reserve and commit, do it, complete. The
-- prefix keeps its keys apart from those of the functions, so that neither can stand for the other.
CREATE FUNCTION reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text)
RETURNS TABLE (is_new boolean, result_id uuid, created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  v_operation CONSTANT text := 'application:' || p_operation;
  v_hash CONSTANT bytea := sha256(convert_to(v_operation || '|' || p_request, 'UTF8'));
  v_first idempotency_keys;
BEGIN
  INSERT INTO idempotency_keys (user_id, key, operation, request_hash) VALUES (p_user_id, p_key, v_operation, v_hash)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
  is_new := FOUND;
  SELECT * INTO STRICT v_first FROM idempotency_keys WHERE user_id = p_user_id AND key = p_key;
  IF v_first.request_hash <> v_hash THEN
    RAISE EXCEPTION 'idempotency key "%" was used for another request', p_key
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_key)::text,
        HINT = 'Use a new key for a new request.';
  END IF;
  result_id := v_first.result_id;
  created_at := v_first.created_at;
  RETURN NEXT;
END $$;

COMMENT ON FUNCTION reserve_idempotency_key(uuid, text, text, text)
  IS 'Takes a key for work of the application: new, or what it led to before (null: not done yet); AV018 for another request.';

CREATE FUNCTION complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE idempotency_keys SET result_id = p_result_id
  WHERE user_id = p_user_id AND key = p_key AND operation LIKE 'application:%' AND result_id IS NULL;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION complete_idempotency_key(uuid, text, uuid)
  IS 'Notes once what the work under a reserved key led to; false if there is no such key, or it is complete.';

CREATE FUNCTION delete_idempotency_keys(p_before timestamptz, p_limit integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_count bigint;
BEGIN
  -- A key that a client may still repeat must stay.
  IF (p_before <= now() - interval '7 days') IS NOT TRUE THEN
    RAISE EXCEPTION 'idempotency keys are kept for at least seven days' USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  -- As an array: a join might read all of the table for a few of its rows.
  DELETE FROM idempotency_keys
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < p_before ORDER BY created_at LIMIT p_limit
  ));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION delete_idempotency_keys(timestamptz, integer)
  IS 'Deletes up to p_limit keys made before a moment at least seven days ago; their number.';

ALTER FUNCTION record_payment_event(text, text, text, jsonb, text, numeric, text) OWNER TO avdaily_ledger;
ALTER FUNCTION process_payment_event_at(uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION process_payment_event(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION reserve_idempotency_key(uuid, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION complete_idempotency_key(uuid, text, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION delete_idempotency_keys(timestamptz, integer) OWNER TO avdaily_ledger;

GRANT EXECUTE ON FUNCTION record_payment_event(text, text, text, jsonb, text, numeric, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION process_payment_event(uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION reserve_idempotency_key(uuid, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION complete_idempotency_key(uuid, text, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION delete_idempotency_keys(timestamptz, integer) TO avdaily_app;
