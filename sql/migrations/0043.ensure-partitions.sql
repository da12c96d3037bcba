-- 0043.ensure-partitions: one function makes the months of audit_log and notifications ahead of time, and empties DEFAULT
-- Why: an insert never fails for want of a month, because DEFAULT takes it; and no month is forgotten, because `up`, `apply` and
--   the daily job call this. It is the one way round the append-only trigger, so it says in the log what it moved.
-- Locks: none on tables; a call with a month to make takes, for milliseconds, SHARE ROW EXCLUSIVE on "user" and ACCESS EXCLUSIVE
--   on DEFAULT, on the whole table only for this month or where rows wait in DEFAULT.
-- Runtime: milliseconds.
-- Rollback: drops the functions; the partitions stay with their rows.
-- depends: 0042.create-notifications

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Months of UTC: their bounds do not depend on the session, and are those of the ids (version 7).
CREATE FUNCTION missing_partitions(p_table text, p_months_ahead integer, p_at timestamptz)
RETURNS TABLE (partition_name text, starts_at timestamptz, ends_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  v_this_month CONSTANT timestamp := date_trunc('month', p_at AT TIME ZONE 'UTC');
BEGIN
  RETURN QUERY EXECUTE format(
    $query$
    SELECT name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
    FROM (
      SELECT month, %1$L || to_char(month, '_YYYY_MM') AS name
      FROM generate_series($1, $1 + make_interval(months => $2), interval '1 month') AS month
      UNION
      -- Past months that wait in DEFAULT because nobody called this in time.
      SELECT month, %1$L || to_char(month, '_YYYY_MM')
      FROM (SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month FROM %2$I) AS waiting
      WHERE month < $1
    ) AS wanted
    WHERE to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)) IS NULL
    ORDER BY month
    $query$,
    p_table, p_table || '_default'
  ) USING v_this_month, p_months_ahead;
END $$;

COMMENT ON FUNCTION missing_partitions(text, integer, timestamptz) IS
  'The months for which a partitioned table has no partition: this one, those ahead, and past ones with rows in DEFAULT.';

CREATE FUNCTION has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  v_has_rows boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at < $1)', p_table || '_default')
  INTO v_has_rows
  USING (SELECT max(ends_at) FROM missing_partitions(p_table, p_months_ahead, p_at));
  RETURN v_has_rows;
END $$;

COMMENT ON FUNCTION has_waiting_rows(text, integer, timestamptz) IS 'Whether DEFAULT has rows of a month that is missing.';

-- Made as a table of its own, filled, then attached: DEFAULT then holds none of its rows any more. (Detaching and attaching
-- DEFAULT instead would, for the foreign keys, lock out everybody who reads "user".)
CREATE FUNCTION make_partition(p_table text, p_partition text, p_starts_at timestamptz, p_ends_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_columns CONSTANT text := (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = quote_ident(p_table)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  );
  v_rows bigint;
BEGIN
  EXECUTE format(
    'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)',
    p_partition, p_table
  );
  EXECUTE format(
    'INSERT INTO %1$I (%2$s) SELECT %2$s FROM %3$I WHERE created_at >= $1 AND created_at < $2',
    p_partition, v_columns, p_table || '_default'
  ) USING p_starts_at, p_ends_at;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  EXECUTE format('DELETE FROM %I WHERE created_at >= $1 AND created_at < $2', p_table || '_default')
  USING p_starts_at, p_ends_at;
  EXECUTE format(
    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, p_partition,
    -- Not as the session writes times: before PostgreSQL 18 the IST of Kolkata is read back as that of Jerusalem.
    to_char(p_starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD 00:00:00+00'), to_char(p_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD 00:00:00+00')
  );
  RETURN v_rows;
END $$;

COMMENT ON FUNCTION make_partition(text, text, timestamptz, timestamptz) IS
  'Makes one month of a table from the rows that wait for it in DEFAULT; returns how many.';

CREATE FUNCTION make_partitions(p_table text, p_months_ahead integer, p_at timestamptz)
RETURNS TABLE (partition_name text, carried_rows bigint) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_month record;
  v_append_only CONSTANT boolean := EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = quote_ident(p_table)::regclass AND tgname = p_table || '_refuse_change'
  );
  v_is_in_use CONSTANT boolean := has_waiting_rows(p_table, p_months_ahead, p_at) OR EXISTS (
    SELECT FROM missing_partitions(p_table, 0, p_at)
  );
  v_carried bigint := 0;
BEGIN
  -- The foreign keys of a new partition lock "user" anyway; first, as a transaction does that changes a user and is audited.
  LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE;
  IF v_is_in_use THEN
    -- Whoever waited for DEFAULT alone would then put a row there that belongs to the new month, and fail.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', p_table);
  ELSE
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', p_table || '_default');
    IF has_waiting_rows(p_table, p_months_ahead, p_at) THEN
      RAISE lock_not_available USING MESSAGE = 'a row came into DEFAULT in between';
    END IF;
  END IF;
  -- Nobody can reach DEFAULT before this transaction has ended, and by then the trigger is back.
  IF v_append_only THEN
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', p_table || '_default', p_table || '_refuse_change');
  END IF;
  FOR v_month IN SELECT * FROM missing_partitions(p_table, p_months_ahead, p_at) LOOP
    partition_name := v_month.partition_name;
    carried_rows := make_partition(p_table, partition_name, v_month.starts_at, v_month.ends_at);
    v_carried := v_carried + carried_rows;
    -- Row triggers are inherited; a trigger for TRUNCATE is not.
    IF v_append_only THEN
      EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)',
        partition_name || '_refuse_truncate', partition_name, p_table
      );
    END IF;
    RETURN NEXT;
  END LOOP;
  IF v_append_only THEN
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER %I', p_table || '_default', p_table || '_refuse_change');
  END IF;
  IF v_carried > 0 THEN
    INSERT INTO audit_log (user_id, action, resource, metadata)
    VALUES (audit_actor(), 'partitions.carry_over', p_table, jsonb_build_object('count', v_carried));
  END IF;
END $$;

COMMENT ON FUNCTION make_partitions(text, integer, timestamptz) IS
  'Makes the missing months of one table and empties DEFAULT into them.';

-- A lock that does not come within 100 ms is given up together with all others, and tried again: no transaction that holds one
-- of these tables and wants another is caught in a deadlock. Once one table is done its locks stay until the end of the
-- transaction; whoever waits for them may hold the next table. So that one is tried twice, and left to the next call.
CREATE FUNCTION ensure_partitions_at(p_months_ahead integer, p_at timestamptz)
RETURNS TABLE (table_name text, partition_name text, carried_rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '10s' AS $$
DECLARE
  v_attempts integer := 50;
BEGIN
  IF p_months_ahead IS NULL OR p_months_ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'the months ahead must be 0 to 24, not %', coalesce(p_months_ahead::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One at a time, and before anything is read: a second call would hold what it has read against the first.
  PERFORM pg_advisory_xact_lock(hashtextextended('ensure_partitions in ' || current_schema(), 0));
  PERFORM set_config('lock_timeout', '100ms', true);
  FOREACH table_name IN ARRAY ARRAY['audit_log', 'notifications'] LOOP
    FOR attempt IN 1..v_attempts LOOP
      EXIT WHEN NOT EXISTS (SELECT FROM missing_partitions(table_name, p_months_ahead, p_at));
      BEGIN
        RETURN QUERY
        SELECT table_name, made.partition_name, made.carried_rows FROM make_partitions(table_name, p_months_ahead, p_at) AS made;
        v_attempts := 2;
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        IF attempt = v_attempts AND v_attempts = 2 THEN
          RAISE WARNING 'could not lock "%": call ensure_partitions() again', table_name;
        ELSIF attempt = v_attempts THEN
          RAISE EXCEPTION 'could not lock "%" in % attempts', table_name, attempt
            USING ERRCODE = 'lock_not_available',
              HINT = 'A long transaction holds it. Nothing is lost: the DEFAULT partition takes the rows.';
        END IF;
      END;
      PERFORM pg_sleep(0.05 + random() * 0.1);
    END LOOP;
  END LOOP;
END $$;

COMMENT ON FUNCTION ensure_partitions_at(integer, timestamptz) IS 'ensure_partitions() at a given moment.';

CREATE FUNCTION ensure_partitions(p_months_ahead integer DEFAULT 3)
RETURNS TABLE (table_name text, partition_name text, carried_rows bigint)
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM ensure_partitions_at(p_months_ahead, now())
$$;

COMMENT ON FUNCTION ensure_partitions(integer) IS
  'Makes the partitions of this month and those ahead (0 to 24) that are missing; a row for each one made, none if all are there.';

-- Not avdaily_ledger's: only the tables' owner may partition them.
GRANT EXECUTE ON FUNCTION ensure_partitions_at(integer, timestamptz) TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION ensure_partitions(integer) TO avdaily_app;
