-- anonymise.sql: a copy of the database without anybody's personal data
-- Why: developers need real amounts and real shapes, not real people. `avdaily-sql backup --anonymise` runs this file in a
--   copy of its own, checks the copy and dumps it. By hand, in a copy that nobody else is in, never in the live database:
--     psql -X -1 -v ON_ERROR_STOP=1 -d COPY -c "SET avdaily.anonymise_key = 'at least 16 characters'" -f sql/anonymise.sql
-- How: each value is replaced by what a keyed hash makes of it. The same value and key give the same replacement, in every
--   table; without the key no dictionary of names or numbers leads back. Ids, amounts and times stay as they are.
-- To extend: a new column with text, JSON, bytes, a date or an address gets a row in the table of rules below; without one
--   the last statement but one stops everything.

-- What a value becomes: one function a kind

CREATE FUNCTION pg_temp.keyed(p_kind text, p_value text) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(key || sha256(key || convert_to(p_kind || ':' || p_value, 'UTF8')))
  FROM convert_to(current_setting('avdaily.anonymise_key'), 'UTF8') AS key
$$;

-- Hexadecimal, at most 64 characters.
CREATE FUNCTION pg_temp.code(p_value text, p_width integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT left(encode(pg_temp.keyed('code', p_value), 'hex'), p_width)
$$;

-- Free text says nothing any more, and equal texts stay equal.
CREATE FUNCTION pg_temp.words(p_kind text, p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT p_kind || ' ' || pg_temp.code(p_value, 12)
$$;

-- Words of our own functions, such as insufficient_funds, are no free text.
CREATE FUNCTION pg_temp.reason(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_value ~ '^[a-z]+(_[a-z]+)+$' THEN p_value ELSE pg_temp.words('Text', p_value) END
$$;

-- Three syllables that are no language: nobody takes them for a person.
CREATE FUNCTION pg_temp.made_up(p_hash bytea, p_first integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT initcap(string_agg(
    substr('bdfgklmnprstvz', 1 + get_byte(p_hash, n) % 14, 1) || substr('aeiou', 1 + get_byte(p_hash, n + 16) % 5, 1), '' ORDER BY n
  ))
  FROM generate_series(p_first, p_first + 2) AS n
$$;

CREATE FUNCTION pg_temp.person(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT pg_temp.made_up(hash, 0) || ' ' || pg_temp.made_up(hash, 3)
  FROM pg_temp.keyed('person', lower(p_value)) AS hash
$$;

CREATE FUNCTION pg_temp.email(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'person-' || pg_temp.code(lower(p_value), 20) || '@example.invalid'
$$;

-- Six rounds of a Feistel network: two numbers never become the same one, so that what is unique stays unique.
CREATE FUNCTION pg_temp.digits(p_value text, p_width integer) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_half CONSTANT integer := p_width / 2;
  v_modulus CONSTANT bigint := (10::numeric ^ v_half)::bigint;
  v_digits text := regexp_replace(p_value, '[^0-9]', '', 'g');
  v_left bigint;
  v_right bigint;
  v_next bigint;
BEGIN
  IF length(v_digits) NOT BETWEEN 1 AND p_width THEN
    v_digits := (('x' || left(encode(pg_temp.keyed('digits', p_value), 'hex'), 15))::bit(60)::bigint % (v_modulus * v_modulus))::text;
  END IF;
  v_digits := lpad(v_digits, p_width, '0');
  v_left := left(v_digits, v_half)::bigint;
  v_right := right(v_digits, v_half)::bigint;
  FOR v_round IN 1 .. 6 LOOP
    v_next := ('x' || left(encode(pg_temp.keyed('round ' || v_round || ' of ' || p_width, v_right::text), 'hex'), 15))::bit(60)::bigint;
    v_next := (v_left + v_next % v_modulus) % v_modulus;
    v_left := v_right;
    v_right := v_next;
  END LOOP;
  RETURN lpad(v_left::text, v_half, '0') || lpad(v_right::text, v_half, '0');
END $$;

-- No country has a code that begins with 9 and leaves 14 digits: nobody can be called.
CREATE FUNCTION pg_temp.phone(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT '+9' || pg_temp.digits(p_value, 14)
$$;

CREATE FUNCTION pg_temp.born(p_value date) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT date '1950-01-01' + (get_byte(hash, 0) * 256 + get_byte(hash, 1)) % 18262
  FROM pg_temp.keyed('born', p_value::text) AS hash
$$;

CREATE FUNCTION pg_temp.bytes(p_value bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT pg_temp.keyed('bytes', encode(p_value, 'hex'))
$$;

-- The shape of a hash without a password that anybody knows.
CREATE FUNCTION pg_temp.password(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT '$argon2id$v=19$m=65536,t=3,p=4$' || pg_temp.code('salt' || p_value, 22) || '$' || pg_temp.code('hash' || p_value, 43)
$$;

-- Private networks, of the same width.
CREATE FUNCTION pg_temp.address(p_value inet) RETURNS inet LANGUAGE sql STABLE AS $$
  SELECT network(set_masklen(
    CASE family(p_value)
      WHEN 4 THEN format('10.%s.%s.%s', get_byte(hash, 0), get_byte(hash, 1), get_byte(hash, 2))::inet
      ELSE ('fd' || regexp_replace(left(encode(hash, 'hex'), 30), '^(..)(.{4})(.{4})(.{4}).*$', '\1:\2:\3:\4::1'))::inet
    END, masklen(p_value)
  ))::inet
  FROM pg_temp.keyed('address', p_value::text) AS hash
$$;

-- reset:somebody@somewhere keeps its first word; the rest is what it is in the other tables.
CREATE FUNCTION pg_temp.identifier(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT prefix || CASE
    WHEN rest ~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN pg_temp.email(rest)
    WHEN rest ~ '^\+[1-9][0-9]{1,14}$' THEN pg_temp.phone(rest)
    ELSE pg_temp.code(rest, 32)
  END
  FROM coalesce(substring(p_value FROM '^[a-z_-]+:'), '') AS prefix, substr(p_value, 1 + length(prefix)) AS rest
$$;

-- Ids lead to rows that are replaced themselves; amounts stay; all other text is somebody's.
CREATE FUNCTION pg_temp.leaf(p_value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN p_value ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN p_value
    WHEN p_value ~ '^-?[0-9]{1,5}$|^-?[0-9]{1,13}\.[0-9]{2}$|^$' THEN p_value
    WHEN p_value ~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN pg_temp.email(p_value)
    WHEN p_value ~ '^\+[1-9][0-9]{1,14}$' THEN pg_temp.phone(p_value)
    WHEN p_value ~ '^[0-9]+$' THEN pg_temp.digits(p_value, CASE WHEN length(p_value) > 10 THEN 14 ELSE 10 END)
    ELSE pg_temp.words('Text', p_value)
  END
$$;

-- The structure stays; under the names of the list a single word stays, too.
CREATE FUNCTION pg_temp.json(p_value jsonb, p_name text DEFAULT '') RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'object' THEN (
      SELECT coalesce(jsonb_object_agg(
        CASE WHEN key ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$' THEN key ELSE pg_temp.code(key, 16) END, pg_temp.json(value, key)
      ), '{}')
      FROM jsonb_each(p_value)
    )
    WHEN 'array' THEN (
      SELECT coalesce(jsonb_agg(pg_temp.json(value, p_name) ORDER BY place), '[]')
      FROM jsonb_array_elements(p_value) WITH ORDINALITY AS element (value, place)
    )
    WHEN 'string' THEN
      CASE
        WHEN p_name IN (
          'amount', 'changed', 'channel', 'currency', 'day', 'event', 'from', 'kind', 'outcome', 'period', 'role', 'status', 'tier',
          'to', 'type'
        ) AND p_value #>> '{}' ~ '^[a-z][a-z_]{0,30}$|^[A-Z]{3}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN p_value
        ELSE to_jsonb(pg_temp.leaf(p_value #>> '{}'))
      END
    WHEN 'number' THEN
      CASE
        WHEN p_name = 'amount' OR abs(p_value::numeric) < 100000 THEN p_value
        ELSE to_jsonb(pg_temp.digits(p_value #>> '{}', 14)::numeric)
      END
    ELSE p_value
  END;
END $$;

-- The rules: one row a column. keep: holds words of ours, numbers of ours, or what everybody may know.

CREATE TEMPORARY TABLE anonymise_rules (
  table_name text NOT NULL,
  column_name text NOT NULL,
  rule text NOT NULL,
  -- Of the migrations' own history; all other tables are in the schema of the search path.
  is_history boolean DEFAULT false NOT NULL,
  CONSTRAINT anonymise_rules_pkey PRIMARY KEY (table_name, column_name)
);

INSERT INTO anonymise_rules (table_name, column_name, rule) VALUES
  -- The user's own id is no secret; another provider's is an account there.
  ('account', 'account_id', 'CASE WHEN account_id = user_id::text THEN account_id ELSE pg_temp.code(account_id, 32) END'),
  ('account', 'access_token', 'pg_temp.bytes(access_token)'),
  ('account', 'id_token', 'pg_temp.bytes(id_token)'),
  ('account', 'password', 'pg_temp.password(password)'),
  ('account', 'provider_id', 'keep'),
  ('account', 'refresh_token', 'pg_temp.bytes(refresh_token)'),
  ('account', 'scope', 'keep'),
  ('ajo_groups', 'cancellation_reason', $$pg_temp.words('Text', cancellation_reason)$$),
  ('ajo_groups', 'contribution_frequency', 'keep'),
  ('ajo_groups', 'currency', 'keep'),
  ('ajo_groups', 'default_policy', 'keep'),
  ('ajo_groups', 'description', $$pg_temp.words('Text', description)$$),
  ('ajo_groups', 'end_date', 'keep'),
  ('ajo_groups', 'group_name', $$pg_temp.words('Group', group_name)$$),
  -- Base 64 in capitals: 36 signs, so that ten of them are enough for millions of groups.
  ('ajo_groups', 'invite_code',
    $$left(translate(upper(encode(pg_temp.keyed('invite', invite_code), 'base64')), '+/=' || chr(10), '09Z'), 10)$$),
  ('ajo_groups', 'next_payout_date', 'keep'),
  ('ajo_groups', 'rotation_order', 'keep'),
  ('ajo_groups', 'start_date', 'keep'),
  ('ajo_groups', 'status', 'keep'),
  ('ajo_rounds', 'due_date', 'keep'),
  ('ajo_rounds', 'status', 'keep'),
  -- Sealed anew below.
  ('audit_chain', 'hash', 'keep'),
  ('audit_log', 'action', 'keep'),
  ('audit_log', 'error_message', $$'error.' || pg_temp.code(error_message, 12)$$),
  ('audit_log', 'ip_address', 'pg_temp.address(ip_address)'),
  ('audit_log', 'metadata',
    $$CASE WHEN octet_length(pg_temp.json(metadata)::text) <= 8000 THEN pg_temp.json(metadata) ELSE '{}' END$$),
  ('audit_log', 'resource', 'keep'),
  ('audit_log', 'status', 'keep'),
  ('audit_log', 'user_agent', $$pg_temp.words('Agent', user_agent)$$),
  ('auto_save_attempts', 'day', 'keep'),
  ('auto_save_attempts', 'outcome', 'keep'),
  ('bank_accounts', 'account_name', 'pg_temp.person(account_name)'),
  ('bank_accounts', 'account_number', 'pg_temp.digits(account_number, 10)'),
  ('bank_accounts', 'bank_code', 'keep'),
  ('bank_accounts', 'bank_name', 'keep'),
  ('biometric_auth', 'device_id', $$pg_temp.words('device', device_id)$$),
  ('biometric_auth', 'device_name', $$pg_temp.words('Device', device_name)$$),
  ('biometric_auth', 'public_key', 'pg_temp.code(public_key, 64)'),
  ('daily_analytics', 'currency', 'keep'),
  ('daily_analytics', 'date', 'keep'),
  ('group_contributions', 'cover_source', 'keep'),
  ('group_contributions', 'currency', 'keep'),
  ('group_contributions', 'due_date', 'keep'),
  ('group_contributions', 'failure_reason', 'pg_temp.reason(failure_reason)'),
  ('group_contributions', 'status', 'keep'),
  ('group_invitations', 'invited_email', 'pg_temp.email(invited_email)'),
  ('group_invitations', 'invited_phone', 'pg_temp.phone(invited_phone)'),
  ('group_invitations', 'status', 'keep'),
  ('group_members', 'removal_reason', $$pg_temp.words('Text', removal_reason)$$),
  ('group_members', 'role', 'keep'),
  ('group_members', 'status', 'keep'),
  ('group_payouts', 'currency', 'keep'),
  ('group_payouts', 'scheduled_date', 'keep'),
  ('group_payouts', 'status', 'keep'),
  ('idempotency_keys', 'key', 'pg_temp.code(key, 64)'),
  ('idempotency_keys', 'operation', 'keep'),
  ('idempotency_keys', 'request_hash', 'pg_temp.bytes(request_hash)'),
  ('interest_accruals', 'day', 'keep'),
  ('kyc_verification', 'address', $$pg_temp.words('Address', address)$$),
  ('kyc_verification', 'date_of_birth', 'pg_temp.born(date_of_birth)'),
  ('kyc_verification', 'first_name', $$split_part(pg_temp.person(first_name), ' ', 1)$$),
  ('kyc_verification', 'government_id_hash', 'pg_temp.bytes(government_id_hash)'),
  ('kyc_verification', 'government_id_image', $$'https://example.invalid/' || pg_temp.code(government_id_image, 24)$$),
  ('kyc_verification', 'government_id_last_four', 'pg_temp.digits(government_id_last_four, 4)'),
  ('kyc_verification', 'government_id_number', 'pg_temp.bytes(government_id_number)'),
  ('kyc_verification', 'government_id_type', 'keep'),
  ('kyc_verification', 'last_name', $$split_part(pg_temp.person(last_name), ' ', 2)$$),
  ('kyc_verification', 'rejection_reason', $$pg_temp.words('Text', rejection_reason)$$),
  ('kyc_verification', 'selfie_image', $$'https://example.invalid/' || pg_temp.code(selfie_image, 24)$$),
  ('kyc_verification', 'status', 'keep'),
  ('kyc_verification', 'verification_data', 'pg_temp.json(verification_data)'),
  ('ledger_accounts', 'currency', 'keep'),
  ('ledger_accounts', 'kind', 'keep'),
  ('ledger_accounts', 'normal_side', 'keep'),
  ('ledger_entries', 'currency', 'keep'),
  ('notifications', 'channel', 'keep'),
  ('notifications', 'data', 'pg_temp.json(data)'),
  ('notifications', 'failure_reason', $$pg_temp.words('Text', failure_reason)$$),
  ('notifications', 'message', $$pg_temp.words('Text', message)$$),
  ('notifications', 'status', 'keep'),
  ('notifications', 'title', $$pg_temp.words('Title', title)$$),
  ('notifications', 'type', 'keep'),
  ('payment_events', 'currency', 'keep'),
  ('payment_events', 'event_id', 'pg_temp.code(event_id, 32)'),
  ('payment_events', 'event_type', 'keep'),
  ('payment_events', 'payload', 'pg_temp.json(payload)'),
  ('payment_events', 'provider', 'keep'),
  ('payment_events', 'provider_reference', 'pg_temp.code(provider_reference, 32)'),
  ('payment_events', 'result', 'pg_temp.reason(result)'),
  ('payment_events', 'status', 'keep'),
  ('permissions', 'action', 'keep'),
  ('permissions', 'description', 'keep'),
  ('permissions', 'display_name', 'keep'),
  ('permissions', 'name', 'keep'),
  ('permissions', 'resource', 'keep'),
  ('phone_verification', 'otp_hash', 'pg_temp.bytes(otp_hash)'),
  ('phone_verification', 'phone_number', 'pg_temp.phone(phone_number)'),
  ('push_tokens', 'device_id', $$pg_temp.words('device', device_id)$$),
  ('push_tokens', 'device_name', $$pg_temp.words('Device', device_name)$$),
  ('push_tokens', 'platform', 'keep'),
  ('push_tokens', 'token', 'pg_temp.code(token, 64)'),
  ('rewards', 'currency', 'keep'),
  ('rewards', 'description', $$pg_temp.words('Text', description)$$),
  ('rewards', 'grant_key', 'pg_temp.code(grant_key, 32)'),
  ('rewards', 'metadata', 'pg_temp.json(metadata)'),
  ('rewards', 'reward_name', $$pg_temp.words('Reward', reward_name)$$),
  ('rewards', 'reward_type', 'keep'),
  ('rewards', 'status', 'keep'),
  ('roles', 'description', 'keep'),
  ('roles', 'display_name', 'keep'),
  ('roles', 'name', 'keep'),
  ('savings_milestones', 'badge_icon', 'keep'),
  ('savings_milestones', 'description', $$pg_temp.words('Text', description)$$),
  ('savings_milestones', 'milestone_name', $$pg_temp.words('Milestone', milestone_name)$$),
  ('savings_milestones', 'milestone_type', 'keep'),
  ('savings_plans', 'auto_save_from', 'keep'),
  ('savings_plans', 'currency', 'keep'),
  ('savings_plans', 'end_date', 'keep'),
  ('savings_plans', 'last_contribution_on', 'keep'),
  ('savings_plans', 'plan_name', $$pg_temp.words('Plan', plan_name)$$),
  ('savings_plans', 'start_date', 'keep'),
  ('savings_plans', 'status', 'keep'),
  ('scheduled_notifications', 'channel', 'keep'),
  ('scheduled_notifications', 'data', 'pg_temp.json(data)'),
  ('scheduled_notifications', 'message', $$pg_temp.words('Text', message)$$),
  ('scheduled_notifications', 'recurring_pattern', 'keep'),
  ('scheduled_notifications', 'status', 'keep'),
  ('scheduled_notifications', 'title', $$pg_temp.words('Title', title)$$),
  ('scheduled_notifications', 'type', 'keep'),
  ('session', 'device_id', $$pg_temp.words('device', device_id)$$),
  ('session', 'ip_address', 'pg_temp.address(ip_address)'),
  ('session', 'refresh_token_hash', 'pg_temp.bytes(refresh_token_hash)'),
  ('session', 'token_hash', 'pg_temp.bytes(token_hash)'),
  ('session', 'user_agent', $$pg_temp.words('Agent', user_agent)$$),
  ('transactions', 'currency', 'keep'),
  ('transactions', 'description', $$pg_temp.words('Text', description)$$),
  ('transactions', 'failure_reason', 'pg_temp.reason(failure_reason)'),
  ('transactions', 'metadata', 'pg_temp.json(metadata)'),
  ('transactions', 'payment_source', 'keep'),
  ('transactions', 'provider', 'keep'),
  ('transactions', 'provider_reference', 'pg_temp.code(provider_reference, 32)'),
  -- Ours are made of capitals, ids and days, and keep a job from posting twice; others came from outside.
  ('transactions', 'reference',
    $$CASE WHEN reference ~ '^[A-Z]{2,8}(-[0-9a-f]{1,12}){5,12}$' THEN reference ELSE pg_temp.code(reference, 32) END$$),
  ('transactions', 'status', 'keep'),
  ('transactions', 'type', 'keep'),
  ('user', 'biometric_public_key', 'pg_temp.code(biometric_public_key, 64)'),
  ('user', 'date_of_birth', 'pg_temp.born(date_of_birth)'),
  ('user', 'email', 'pg_temp.email(email)'),
  ('user', 'image', $$'https://example.invalid/' || pg_temp.code(image, 24)$$),
  ('user', 'kyc_data', 'pg_temp.json(kyc_data)'),
  ('user', 'kyc_status', 'keep'),
  ('user', 'name', 'pg_temp.person(name)'),
  ('user', 'phone_number', 'pg_temp.phone(phone_number)'),
  ('user', 'suspension_reason', $$pg_temp.words('Text', suspension_reason)$$),
  ('user_analytics', 'currency', 'keep'),
  ('user_analytics', 'last_contribution_date', 'keep'),
  ('verification', 'identifier', 'pg_temp.identifier(identifier)'),
  ('verification', 'value_hash', 'pg_temp.bytes(value_hash)'),
  ('wallets', 'currency', 'keep'),
  ('wallets', 'freeze_reason', $$pg_temp.words('Text', freeze_reason)$$),
  ('withdrawal_limits', 'period', 'keep');

-- Who applied a migration, and from which machine, is no developer's business either.
INSERT INTO anonymise_rules (table_name, column_name, rule, is_history) VALUES
  ('_yoyo_log', 'comment', $$pg_temp.words('Text', comment)$$, true),
  ('_yoyo_log', 'hostname', $$pg_temp.words('host', hostname)$$, true),
  ('_yoyo_log', 'id', 'keep', true),
  ('_yoyo_log', 'migration_hash', 'keep', true),
  ('_yoyo_log', 'migration_id', 'keep', true),
  ('_yoyo_log', 'operation', 'keep', true),
  ('_yoyo_log', 'username', $$pg_temp.words('user', username)$$, true),
  ('_yoyo_migration', 'migration_hash', 'keep', true),
  ('_yoyo_migration', 'migration_id', 'keep', true),
  -- A key of a row, which may be anything: a backfill that was under way begins again.
  ('avdaily_backfill', 'after_key', 'NULL', true),
  ('avdaily_backfill', 'checksum', 'keep', true),
  ('avdaily_backfill', 'name', 'keep', true),
  ('avdaily_format', 'application_version', 'keep', true),
  ('avdaily_log', 'application_version', 'keep', true),
  ('avdaily_log', 'database_user', $$pg_temp.words('user', database_user)$$, true),
  ('avdaily_log', 'git_revision', 'keep', true),
  ('avdaily_log', 'host', $$pg_temp.words('host', host)$$, true),
  ('avdaily_log', 'migration_id', 'keep', true),
  ('avdaily_log', 'operation', 'keep', true),
  ('avdaily_log', 'os_user', $$pg_temp.words('user', os_user)$$, true),
  ('avdaily_log', 'raw_checksum', 'keep', true),
  ('avdaily_log', 'reason', $$pg_temp.words('Text', reason)$$, true),
  ('avdaily_log', 'token_checksum', 'keep', true),
  ('avdaily_log', 'yoyo_log_id', 'keep', true),
  ('avdaily_progress', 'migration_id', 'keep', true),
  ('avdaily_progress', 'operation', 'keep', true),
  ('avdaily_progress', 'token_checksum', 'keep', true),
  ('avdaily_push', 'migration_id', 'keep', true),
  ('avdaily_push', 'raw_checksum', 'keep', true),
  ('avdaily_push', 'rollback', 'keep', true);

-- A key that can be guessed is none; a column that nobody judged may hold anything.
DO $$
DECLARE
  v_unjudged text;
BEGIN
  IF length(coalesce(current_setting('avdaily.anonymise_key', true), '')) < 16 THEN
    RAISE EXCEPTION 'the key of the replacements must have at least 16 characters';
  END IF;
  IF EXISTS (SELECT FROM pg_largeobject_metadata) THEN
    RAISE EXCEPTION 'there are large objects, and no rule says what they hold';
  END IF;
  SELECT string_agg(format('%I.%I.%I', n.nspname, c.relname, a.attname), ', ' ORDER BY n.nspname, c.relname, a.attnum)
  INTO v_unjudged
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type AS t ON t.oid = a.atttypid
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND t.typtype <> 'e'
    -- What can hold neither a name nor a number of anybody.
    AND coalesce(nullif(t.typbasetype, 0), t.oid) <> ALL (ARRAY[
      'boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'uuid', 'timestamptz', 'timestamp', 'time',
      'timetz', 'interval', 'oid', 'xid8'
    ]::regtype[]::oid[])
    AND NOT EXISTS (
      SELECT FROM anonymise_rules AS judged
      WHERE judged.table_name = c.relname AND judged.column_name = a.attname
        AND n.nspname = CASE WHEN judged.is_history THEN 'avdaily_migrations' ELSE current_schema() END
    );
  IF v_unjudged IS NOT NULL THEN
    RAISE EXCEPTION 'no rule says what becomes of %', v_unjudged USING HINT = 'Add a row to anonymise_rules in sql/anonymise.sql.';
  END IF;
END $$;

-- One pass over each table, without its triggers: they guard history and balances, write audit rows, and set updated_at.
DO $$
DECLARE
  v_guarded regclass;
  v_change record;
  v_triggers CONSTANT regclass[] := ARRAY(
    SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND c.relnamespace = current_schema()::regnamespace
  );
BEGIN
  FOREACH v_guarded IN ARRAY v_triggers LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', v_guarded);
  END LOOP;
  FOR v_change IN
    SELECT format(
      'UPDATE %I.%I SET %s', n.nspname, c.relname, string_agg(format('%I = %s', a.attname, r.rule), ', ' ORDER BY a.attnum)
    ) AS command
    FROM anonymise_rules AS r
    JOIN pg_namespace AS n ON n.nspname = CASE WHEN r.is_history THEN 'avdaily_migrations' ELSE current_schema() END
    JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.table_name AND c.relkind IN ('r', 'p')
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = r.column_name AND NOT a.attisdropped
    WHERE r.rule <> 'keep'
    GROUP BY n.nspname, c.relname
    ORDER BY n.nspname, c.relname
  LOOP
    EXECUTE v_change.command;
  END LOOP;

  -- The rows of the audit log are others now: a chain of their own, up to the last of them, since nobody else is in this copy.
  IF to_regclass('audit_chain') IS NOT NULL THEN
    TRUNCATE audit_chain;
    INSERT INTO audit_seal_state (final_id) SELECT coalesce(max(id), 0) FROM audit_log
    ON CONFLICT (only_row) DO UPDATE SET final_id = excluded.final_id, waiting_id = NULL, waiting_xact = NULL;
    PERFORM seal_audit_log(2147483647);
  END IF;

  FOREACH v_guarded IN ARRAY v_triggers LOOP
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', v_guarded);
  END LOOP;
END $$;

DROP TABLE anonymise_rules;
