-- 0002.create-shared-functions: what every later table shares exists once: ids, the business day, money, two triggers
-- Why: one place decides how an id looks, when a day ends in Lagos, what an amount of money is, how a row refuses change.
--   id uuid DEFAULT app_uuid() NOT NULL                       every uuid key
--   balance money_amount DEFAULT 0 NOT NULL                   every column of naira with two decimals
--   app_today(), app_day(t), app_day_start(day)               never a date cast: the session's time zone would decide
--   CREATE TRIGGER t_set_updated_at BEFORE UPDATE ON t FOR EACH ROW
--     WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();
--   CREATE TRIGGER t_refuse_change BEFORE UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION refuse_change('t');
--   CREATE TRIGGER t_refuse_truncate BEFORE TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('t');
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops them; fails while a table still uses one, and that is right.
-- depends: 0001.create-roles

-- Bodies that name our own objects find them in the schema that the file is applied to, whatever the caller's path.
DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- UUID version 7 (RFC 9562): 48 bits of milliseconds, then random. New rows land at the right edge of the index instead of
-- anywhere in it. A random v4 already has the right variant; its first six bytes become the time, and two bits make the
-- version 4 a 7. PostgreSQL 18 has uuidv7(); this body is the same on 15 to 18, and RETURN lets the planner inline it.
CREATE FUNCTION app_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
  set_bit(
    set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000) FROM 3)
        FROM 1 FOR 6
      ),
      52, 1
    ),
    53, 1
  ),
  'hex'
)::uuid;

COMMENT ON FUNCTION app_uuid() IS 'A new UUID version 7: sorted by its millisecond of creation, random below it.';

-- The business day is the day in Lagos (UTC+1, no summer time); 23:30 UTC is already tomorrow.
CREATE FUNCTION app_day(p_at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (p_at AT TIME ZONE 'Africa/Lagos')::date;

COMMENT ON FUNCTION app_day(timestamptz) IS 'The business day (Africa/Lagos) on which a moment falls.';

-- For index ranges: created_at >= app_day_start(day) AND created_at < app_day_start(day + 1).
CREATE FUNCTION app_day_start(p_day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_day::timestamp AT TIME ZONE 'Africa/Lagos';

COMMENT ON FUNCTION app_day_start(date) IS 'The moment at which a business day (Africa/Lagos) begins.';

CREATE FUNCTION app_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
RETURN app_day(now());

COMMENT ON FUNCTION app_today() IS 'The business day (Africa/Lagos) of the current transaction.';

-- Assigning to the domain rounds 0.005 to 0.01 without a word: functions take plain numeric and judge it first.
CREATE DOMAIN money_amount AS numeric(15, 2)
  CONSTRAINT money_amount_not_negative_check CHECK (VALUE >= 0)
  -- NaN is greater than every number in PostgreSQL: only an upper bound refuses it.
  CONSTRAINT money_amount_upper_bound_check CHECK (VALUE <= 9999999999999.99);

COMMENT ON DOMAIN money_amount IS 'An amount of money, two decimals, 0 to 9999999999999.99; never NaN.';

-- A backstop: functions and queries set updated_at themselves. WHEN in the trigger keeps an UPDATE that changes nothing free
-- of the call, and keeps its updated_at.
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

COMMENT ON FUNCTION set_updated_at() IS 'Trigger: a changed row carries the time of the transaction that changed it.';

-- The table's name comes as an argument: on a partition or a shard TG_TABLE_NAME is not the name that people know.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'cannot % rows of "%": the table is append-only', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV090',  -- append_only
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'Correct it with a new row, for example a reversal.';
END $$;

COMMENT ON FUNCTION refuse_change() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE with AV090; the argument is the table''s name.';

-- A DEFAULT runs with the rights of whoever inserts. The trigger functions need no grant: only CREATE TRIGGER asks for one.
GRANT EXECUTE ON FUNCTION app_uuid() TO avdaily_app, avdaily_ledger;
GRANT EXECUTE ON FUNCTION app_day(timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION app_day_start(date) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION app_today() TO avdaily_app, avdaily_readonly, avdaily_ledger;
