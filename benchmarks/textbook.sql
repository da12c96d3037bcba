-- The textbook ledger in two makes, for comparison only: a balance row per account, two legs per transfer, both accounts
-- locked in one order, one plpgsql function.
--   pgledger: as https://github.com/pgr0ss/pgledger is built (its shape, the text is ours): text ids of prefix and ULID, made by
--             three functions that ask the catalog for uuidv7() and call it by EXECUTE; an index on the event's time; each
--             account locked by its own query; a function that checks each account's limits.
--   lean:     the same idea at the least cost: uuid ids, one lock query, no such functions.

CREATE SCHEMA pgledger;

CREATE FUNCTION pgledger.has_uuidv7() RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'uuidv7')
$$;

CREATE FUNCTION pgledger.uuidv7() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_id uuid;
BEGIN
  IF pgledger.has_uuidv7() THEN
    EXECUTE 'SELECT uuidv7()' INTO v_id;
    RETURN v_id;
  END IF;
  RETURN app_uuid();
END $$;

CREATE FUNCTION pgledger.ulid(p_id uuid) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v CONSTANT bytea := uuid_send(p_id);
  e CONSTANT text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
BEGIN
  RETURN substr(e, 1 + ((get_byte(v, 0) >> 5) & 7), 1)
    || substr(e, 1 + (get_byte(v, 0) & 31), 1)
    || substr(e, 1 + ((get_byte(v, 1) >> 3) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 1) & 7) << 2) | (get_byte(v, 2) >> 6)), 1)
    || substr(e, 1 + ((get_byte(v, 2) >> 1) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 2) & 1) << 4) | (get_byte(v, 3) >> 4)), 1)
    || substr(e, 1 + (((get_byte(v, 3) & 15) << 1) | (get_byte(v, 4) >> 7)), 1)
    || substr(e, 1 + ((get_byte(v, 4) >> 2) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 4) & 3) << 3) | (get_byte(v, 5) >> 5)), 1)
    || substr(e, 1 + (get_byte(v, 5) & 31), 1)
    || substr(e, 1 + ((get_byte(v, 6) >> 3) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 6) & 7) << 2) | (get_byte(v, 7) >> 6)), 1)
    || substr(e, 1 + ((get_byte(v, 7) >> 1) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 7) & 1) << 4) | (get_byte(v, 8) >> 4)), 1)
    || substr(e, 1 + (((get_byte(v, 8) & 15) << 1) | (get_byte(v, 9) >> 7)), 1)
    || substr(e, 1 + ((get_byte(v, 9) >> 2) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 9) & 3) << 3) | (get_byte(v, 10) >> 5)), 1)
    || substr(e, 1 + (get_byte(v, 10) & 31), 1)
    || substr(e, 1 + ((get_byte(v, 11) >> 3) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 11) & 7) << 2) | (get_byte(v, 12) >> 6)), 1)
    || substr(e, 1 + ((get_byte(v, 12) >> 1) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 12) & 1) << 4) | (get_byte(v, 13) >> 4)), 1)
    || substr(e, 1 + (((get_byte(v, 13) & 15) << 1) | (get_byte(v, 14) >> 7)), 1)
    || substr(e, 1 + ((get_byte(v, 14) >> 2) & 31), 1)
    || substr(e, 1 + (((get_byte(v, 14) & 3) << 3) | (get_byte(v, 15) >> 5)), 1)
    || substr(e, 1 + (get_byte(v, 15) & 31), 1);
END $$;

CREATE FUNCTION pgledger.new_id(p_prefix text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT p_prefix || '_' || pgledger.ulid(pgledger.uuidv7())
$$;

CREATE TABLE pgledger.accounts (
  id text PRIMARY KEY DEFAULT pgledger.new_id('acct'), name text NOT NULL, currency text NOT NULL,
  balance numeric NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0, allow_negative boolean NOT NULL,
  allow_positive boolean NOT NULL DEFAULT true, metadata jsonb, created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE pgledger.transfers (
  id text PRIMARY KEY DEFAULT pgledger.new_id('tran'), from_account_id text NOT NULL REFERENCES pgledger.accounts,
  to_account_id text NOT NULL REFERENCES pgledger.accounts, amount numeric NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), event_at timestamptz NOT NULL DEFAULT now(), metadata jsonb,
  CHECK (amount > 0 AND from_account_id <> to_account_id)
);
CREATE INDEX ON pgledger.transfers (from_account_id);
CREATE INDEX ON pgledger.transfers (to_account_id);
CREATE INDEX ON pgledger.transfers (event_at);
CREATE TABLE pgledger.entries (
  id text PRIMARY KEY DEFAULT pgledger.new_id('entr'), account_id text NOT NULL REFERENCES pgledger.accounts,
  transfer_id text NOT NULL REFERENCES pgledger.transfers, amount numeric NOT NULL, previous_balance numeric NOT NULL,
  current_balance numeric NOT NULL, account_version bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON pgledger.entries (account_id);
CREATE INDEX ON pgledger.entries (transfer_id);

CREATE FUNCTION pgledger.check_balance(p_account pgledger.accounts) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT p_account.allow_negative AND p_account.balance < 0
    OR NOT p_account.allow_positive AND p_account.balance > 0
  THEN
    RAISE EXCEPTION 'account % may not have the balance %', p_account.id, p_account.balance;
  END IF;
END $$;

CREATE FUNCTION pgledger.transfer(p_from text, p_to text, p_amount numeric) RETURNS SETOF pgledger.transfers
LANGUAGE plpgsql AS $$
DECLARE
  v_ids CONSTANT text[] := ARRAY(SELECT DISTINCT id FROM unnest(ARRAY[p_from, p_to]) AS id ORDER BY id);
  v_id text;
  v_from pgledger.accounts;
  v_to pgledger.accounts;
BEGIN
  FOREACH v_id IN ARRAY v_ids LOOP
    PERFORM FROM pgledger.accounts WHERE id = v_id FOR UPDATE;
  END LOOP;
  IF p_amount <= 0 THEN
    RAISE EXCEPTION 'the amount must be positive';
  END IF;
  UPDATE pgledger.accounts SET balance = balance - p_amount, version = version + 1, updated_at = now()
  WHERE id = p_from RETURNING * INTO STRICT v_from;
  PERFORM pgledger.check_balance(v_from);
  UPDATE pgledger.accounts SET balance = balance + p_amount, version = version + 1, updated_at = now()
  WHERE id = p_to RETURNING * INTO STRICT v_to;
  PERFORM pgledger.check_balance(v_to);
  IF v_from.currency <> v_to.currency THEN
    RAISE EXCEPTION 'the currencies differ';
  END IF;
  INSERT INTO pgledger.transfers (from_account_id, to_account_id, amount) VALUES (p_from, p_to, p_amount)
  RETURNING id INTO v_id;
  INSERT INTO pgledger.entries (account_id, transfer_id, amount, previous_balance, current_balance, account_version)
  VALUES (p_from, v_id, -p_amount, v_from.balance + p_amount, v_from.balance, v_from.version);
  INSERT INTO pgledger.entries (account_id, transfer_id, amount, previous_balance, current_balance, account_version)
  VALUES (p_to, v_id, p_amount, v_to.balance - p_amount, v_to.balance, v_to.version);
  RETURN QUERY SELECT * FROM pgledger.transfers WHERE id = v_id;
END $$;

CREATE SCHEMA lean;

CREATE TABLE lean.accounts (
  id uuid PRIMARY KEY DEFAULT app_uuid(), name text NOT NULL, currency text NOT NULL, balance numeric NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 0, allow_negative boolean NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE lean.transfers (
  id uuid PRIMARY KEY DEFAULT app_uuid(), from_account_id uuid NOT NULL REFERENCES lean.accounts,
  to_account_id uuid NOT NULL REFERENCES lean.accounts, amount numeric NOT NULL CHECK (amount > 0),
  created_at timestamptz NOT NULL DEFAULT now(), metadata jsonb, CHECK (from_account_id <> to_account_id)
);
CREATE INDEX ON lean.transfers (from_account_id);
CREATE INDEX ON lean.transfers (to_account_id);
CREATE TABLE lean.entries (
  id uuid PRIMARY KEY DEFAULT app_uuid(), account_id uuid NOT NULL REFERENCES lean.accounts,
  transfer_id uuid NOT NULL REFERENCES lean.transfers, amount numeric NOT NULL, previous_balance numeric NOT NULL,
  current_balance numeric NOT NULL, account_version bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON lean.entries (account_id);
CREATE INDEX ON lean.entries (transfer_id);

CREATE FUNCTION lean.transfer(p_from uuid, p_to uuid, p_amount numeric) RETURNS lean.transfers LANGUAGE plpgsql AS $$
DECLARE
  v_transfer lean.transfers;
  v_from lean.accounts;
  v_to lean.accounts;
BEGIN
  PERFORM FROM lean.accounts WHERE id IN (p_from, p_to) ORDER BY id FOR UPDATE;
  UPDATE lean.accounts SET balance = balance - p_amount, version = version + 1, updated_at = now()
  WHERE id = p_from RETURNING * INTO STRICT v_from;
  UPDATE lean.accounts SET balance = balance + p_amount, version = version + 1, updated_at = now()
  WHERE id = p_to RETURNING * INTO STRICT v_to;
  IF v_from.currency <> v_to.currency THEN
    RAISE EXCEPTION 'the currencies differ';
  END IF;
  IF v_from.balance < 0 AND NOT v_from.allow_negative THEN
    RAISE EXCEPTION 'the account would be negative';
  END IF;
  INSERT INTO lean.transfers (from_account_id, to_account_id, amount) VALUES (p_from, p_to, p_amount)
  RETURNING * INTO v_transfer;
  INSERT INTO lean.entries (account_id, transfer_id, amount, previous_balance, current_balance, account_version)
  VALUES (p_from, v_transfer.id, -p_amount, v_from.balance + p_amount, v_from.balance, v_from.version);
  INSERT INTO lean.entries (account_id, transfer_id, amount, previous_balance, current_balance, account_version)
  VALUES (p_to, v_transfer.id, p_amount, v_to.balance - p_amount, v_to.balance, v_to.version);
  RETURN v_transfer;
END $$;
