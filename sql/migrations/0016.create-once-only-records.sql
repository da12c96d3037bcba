-- 0016.create-once-only-records: a repeated request, webhook, auto-save or interest run can be told from a new one by a key
-- Why: networks and jobs repeat. A client's key makes its second call return the first one's result; a provider's event is
--   stored once and posted in a second, idempotent step; a plan has one auto-save attempt and one accrual a day.
-- Locks: none on existing tables but a brief SHARE ROW EXCLUSIVE on "user" and savings_plans for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the four tables.
-- depends: 0015.create-ledger

CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL,
  key text COLLATE "C" NOT NULL,
  operation text NOT NULL,
  request_hash bytea NOT NULL,
  result_id uuid,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key),
  CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT idempotency_keys_key_length_check CHECK (length(key) BETWEEN 8 AND 200),
  CONSTRAINT idempotency_keys_request_hash_length_check CHECK (octet_length(request_hash) = 32)
);

-- delete_idempotency_keys(): keys that no client repeats any more.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

COMMENT ON TABLE idempotency_keys IS 'What a user''s key stands for: the same key and request give the same result, another request is a conflict.';
COMMENT ON COLUMN idempotency_keys.user_id IS 'Owner of the key; another user''s equal key is another key.';
COMMENT ON COLUMN idempotency_keys.key IS 'Chosen by the client, 8 to 200 characters.';
COMMENT ON COLUMN idempotency_keys.operation IS 'The function that was called; application: and a name for work of the application.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of the operation and its arguments.';
-- No foreign key: the key is written before the row it stands for, in the same transaction, so neither exists alone.
COMMENT ON COLUMN idempotency_keys.result_id IS 'Id of the row that the call made; NULL while work of the application under a reserved key is not done.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When the first call was made.';

CREATE TABLE payment_events (
  id uuid DEFAULT app_uuid() NOT NULL,
  provider provider_name NOT NULL,
  event_id provider_key NOT NULL,
  event_type text NOT NULL,
  provider_reference provider_key,
  amount positive_amount,
  currency currency_code,
  payload json_map NOT NULL,
  status text DEFAULT 'received' NOT NULL,
  result text,
  created_at timestamptz DEFAULT now() NOT NULL,
  processed_at timestamptz,
  CONSTRAINT payment_events_pkey PRIMARY KEY (id),
  CONSTRAINT payment_events_provider_event_id_key UNIQUE (provider, event_id),
  CONSTRAINT payment_events_event_type_values_check CHECK (
    event_type IN ('funding_succeeded', 'funding_failed', 'payout_succeeded', 'payout_failed', 'chargeback', 'other')
  ),
  CONSTRAINT payment_events_status_values_check CHECK (status IN ('received', 'processed', 'ignored', 'rejected')),
  CONSTRAINT payment_events_result_length_check CHECK (length(result) BETWEEN 1 AND 500),
  CONSTRAINT payment_events_processed_at_of_status_check CHECK ((status = 'received') = (processed_at IS NULL))
);

-- Events that wait to be processed, oldest first.
CREATE INDEX payment_events_created_at_received_idx ON payment_events (created_at) WHERE status = 'received';

COMMENT ON TABLE payment_events IS 'Inbox of provider webhooks, after the application verified their signature; each event once.';
COMMENT ON COLUMN payment_events.id IS 'Event id of ours (UUID v7).';
COMMENT ON COLUMN payment_events.provider IS 'Payment provider, lower case.';
COMMENT ON COLUMN payment_events.event_id IS 'The provider''s id of the event; unique by provider.';
COMMENT ON COLUMN payment_events.event_type IS 'What happened, in our words; other is stored and ignored.';
COMMENT ON COLUMN payment_events.provider_reference IS 'The provider''s reference of the payment: transactions.provider_reference.';
COMMENT ON COLUMN payment_events.amount IS 'What the provider says was paid, in currency; compared with the transaction.';
COMMENT ON COLUMN payment_events.currency IS 'ISO 4217 code that the provider says.';
COMMENT ON COLUMN payment_events.payload IS 'The event as received, a JSON object without card data.';
COMMENT ON COLUMN payment_events.status IS 'received (to be processed, again if its transaction was not there yet), then processed, ignored (nothing to do) or rejected (a person must look).';
COMMENT ON COLUMN payment_events.result IS 'What processing did, or why not.';
COMMENT ON COLUMN payment_events.created_at IS 'When it was stored.';
COMMENT ON COLUMN payment_events.processed_at IS 'When it was processed.';

-- What was received never changes; only what we did with it, once.
CREATE TRIGGER payment_events_refuse_change BEFORE UPDATE ON payment_events
  FOR EACH ROW WHEN (
    OLD.status <> 'received' AND OLD.* IS DISTINCT FROM NEW.*
    OR (
      OLD.id, OLD.provider, OLD.event_id, OLD.event_type, OLD.provider_reference, OLD.amount, OLD.currency, OLD.payload,
      OLD.created_at
    ) IS DISTINCT FROM (
      NEW.id, NEW.provider, NEW.event_id, NEW.event_type, NEW.provider_reference, NEW.amount, NEW.currency, NEW.payload,
      NEW.created_at
    )
  ) EXECUTE FUNCTION refuse_change('payment_events');
CREATE TRIGGER payment_events_refuse_delete BEFORE DELETE ON payment_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change('payment_events');
CREATE TRIGGER payment_events_refuse_truncate BEFORE TRUNCATE ON payment_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payment_events');

GRANT SELECT (user_id, key, operation, result_id, created_at) ON idempotency_keys TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, DELETE, UPDATE (result_id) ON idempotency_keys TO avdaily_ledger;
-- The payload may name people: reports do not need it.
GRANT SELECT (id, provider, event_id, event_type, provider_reference, amount, currency, status, result, created_at, processed_at)
  ON payment_events TO avdaily_readonly;
GRANT SELECT ON payment_events TO avdaily_app;
GRANT SELECT, INSERT, UPDATE ON payment_events TO avdaily_ledger;

CREATE TABLE auto_save_attempts (
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  day date NOT NULL,
  amount positive_amount NOT NULL,
  outcome text NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT auto_save_attempts_pkey PRIMARY KEY (user_id, plan_id, day),
  CONSTRAINT auto_save_attempts_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT auto_save_attempts_outcome_values_check CHECK (
    outcome IN ('saved', 'insufficient_funds', 'wallet_frozen', 'debt_outstanding', 'user_inactive')
  )
);

COMMENT ON TABLE auto_save_attempts IS 'What the auto-save of a day did with a plan; its row makes a second attempt on that day impossible.';
COMMENT ON COLUMN auto_save_attempts.user_id IS 'Owner of the plan.';
COMMENT ON COLUMN auto_save_attempts.plan_id IS 'The plan.';
COMMENT ON COLUMN auto_save_attempts.day IS 'The Lagos day; with owner and plan it is the transaction''s reference (ASV-…).';
COMMENT ON COLUMN auto_save_attempts.amount IS 'What was to be saved: the daily amount, or less if less was missing to the target.';
COMMENT ON COLUMN auto_save_attempts.outcome IS 'saved, or why not: insufficient_funds, wallet_frozen, debt_outstanding, user_inactive.';
COMMENT ON COLUMN auto_save_attempts.created_at IS 'When it was tried.';

CREATE TABLE interest_accruals (
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  day date NOT NULL,
  balance money_amount NOT NULL,
  interest_rate yearly_rate NOT NULL,
  amount numeric(20, 8) NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT interest_accruals_pkey PRIMARY KEY (user_id, plan_id, day),
  CONSTRAINT interest_accruals_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id)
    REFERENCES savings_plans (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT interest_accruals_amount_of_balance_check CHECK (amount = round(balance * interest_rate / 365, 8))
);

COMMENT ON TABLE interest_accruals IS 'Interest earned by a plan on a day; what is not yet posted, fractions of a kobo included, is carried here.';
COMMENT ON COLUMN interest_accruals.user_id IS 'Owner of the plan.';
COMMENT ON COLUMN interest_accruals.plan_id IS 'The plan.';
COMMENT ON COLUMN interest_accruals.day IS 'The Lagos day that earned it.';
COMMENT ON COLUMN interest_accruals.balance IS 'Balance of the plan at the end of that day.';
COMMENT ON COLUMN interest_accruals.interest_rate IS 'Yearly rate of the plan on that day.';
COMMENT ON COLUMN interest_accruals.amount IS 'balance × interest_rate ÷ 365, eight decimals of a naira.';
COMMENT ON COLUMN interest_accruals.created_at IS 'When it was accrued.';

CREATE TRIGGER auto_save_attempts_refuse_change BEFORE UPDATE OR DELETE ON auto_save_attempts
  FOR EACH ROW EXECUTE FUNCTION refuse_change('auto_save_attempts');
CREATE TRIGGER auto_save_attempts_refuse_truncate BEFORE TRUNCATE ON auto_save_attempts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('auto_save_attempts');
CREATE TRIGGER interest_accruals_refuse_change BEFORE UPDATE OR DELETE ON interest_accruals
  FOR EACH ROW EXECUTE FUNCTION refuse_change('interest_accruals');
CREATE TRIGGER interest_accruals_refuse_truncate BEFORE TRUNCATE ON interest_accruals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('interest_accruals');

GRANT SELECT ON auto_save_attempts TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON auto_save_attempts TO avdaily_ledger;
GRANT SELECT ON interest_accruals TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT ON interest_accruals TO avdaily_ledger;
