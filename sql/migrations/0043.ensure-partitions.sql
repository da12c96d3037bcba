-- 0043.ensure-partitions: one function makes the months of audit_log and notifications ahead of time, and empties DEFAULT
-- Why: an insert never fails for want of a month, because DEFAULT takes it; and no month is forgotten, because `up`, `apply` and
--   the daily job call this. It is the one way round the append-only trigger, so it copies every row and says so in the log.
-- Locks: none on tables; a call takes ACCESS EXCLUSIVE on a table only when it has a month to make, for milliseconds.
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

-- DEFAULT cannot stay attached while a month is made that some of its rows belong to: so it is detached, its rows of past
-- months and of the months made are inserted through the parent, and what is left of it is attached again.
CREATE FUNCTION carry_over_default(p_table text, p_ends_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_columns CONSTANT text := (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = quote_ident(p_table)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  );
  v_rows bigint;
BEGIN
  EXECUTE format(
    'INSERT INTO %1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM %3$I WHERE created_at < $1',
    p_table, v_columns, p_table || '_default'
  ) USING p_ends_at;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  -- Detached, it is a table without the row triggers of its parent.
  EXECUTE format('DELETE FROM %I WHERE created_at < $1', p_table || '_default') USING p_ends_at;
  RETURN v_rows;
END $$;

COMMENT ON FUNCTION carry_over_default(text, timestamptz) IS
  'Moves the rows before a moment from the detached DEFAULT partition into the months; returns how many.';

CREATE FUNCTION make_partitions(p_table text, p_months_ahead integer, p_at timestamptz)
RETURNS TABLE (partition_name text, carried_rows bigint) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_month record;
  v_made text[] := '{}';
  v_ends_at CONSTANT timestamptz := (SELECT max(ends_at) FROM missing_partitions(p_table, p_months_ahead, p_at));
  v_default CONSTANT text := p_table || '_default';
  v_has_rows boolean;
  v_append_only CONSTANT boolean := EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = quote_ident(p_table)::regclass AND tgname = p_table || '_refuse_truncate'
  );
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at < $1)', v_default) INTO v_has_rows USING v_ends_at;
  FOR v_month IN SELECT * FROM missing_partitions(p_table, p_months_ahead, p_at) LOOP
    IF v_has_rows AND v_made = '{}' THEN
      EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, v_default);
    END IF;
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
      v_month.partition_name, p_table, v_month.starts_at, v_month.ends_at
    );
    IF v_append_only THEN
      EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)',
        v_month.partition_name || '_refuse_truncate', v_month.partition_name, p_table
      );
    END IF;
    v_made := v_made || v_month.partition_name;
  END LOOP;
  carried_rows := 0;
  IF v_has_rows THEN
    carried_rows := carry_over_default(p_table, v_ends_at);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', p_table, v_default);
    INSERT INTO audit_log (user_id, action, resource, metadata)
    VALUES (audit_actor(), 'partitions.carry_over', p_table, jsonb_build_object('count', carried_rows));
  END IF;
  FOREACH partition_name IN ARRAY v_made LOOP
    RETURN NEXT;
    carried_rows := 0;
  END LOOP;
END $$;

COMMENT ON FUNCTION make_partitions(text, integer, timestamptz) IS
  'Makes the missing months of one table, which the caller has locked, and empties DEFAULT into them.';

-- Locked all at once or not at all: after 100 ms everything taken is given back and tried again, so that no transaction which
-- holds one of these tables and wants another is caught in a deadlock. "user" because of the foreign keys.
CREATE FUNCTION ensure_partitions_at(p_months_ahead integer, p_at timestamptz)
RETURNS TABLE (table_name text, partition_name text, carried_rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '100ms' AS $$
DECLARE
  v_tables text[];
BEGIN
  IF p_months_ahead IS NULL OR p_months_ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'the months ahead must be 0 to 24, not %', coalesce(p_months_ahead::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR attempt IN 1..50 LOOP
    SELECT array_agg(name ORDER BY name) INTO v_tables
    FROM unnest(ARRAY['audit_log', 'notifications']) AS name
    WHERE EXISTS (SELECT FROM missing_partitions(name, p_months_ahead, p_at));
    IF v_tables IS NULL THEN
      RETURN;
    END IF;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('ensure_partitions in ' || current_schema(), 0));
      LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE;
      EXECUTE format(
        'LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', (SELECT string_agg(quote_ident(name), ', ') FROM unnest(v_tables) AS name)
      );
      RETURN QUERY
      SELECT locked.name, made.partition_name, made.carried_rows
      FROM unnest(v_tables) AS locked (name), make_partitions(locked.name, p_months_ahead, p_at) AS made;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 50 THEN
        RAISE EXCEPTION 'could not lock % within 50 attempts', array_to_string(v_tables, ' and ')
          USING ERRCODE = 'lock_not_available', HINT = 'A long transaction holds them. Nothing is lost: DEFAULT takes the rows.';
      END IF;
    END;
    PERFORM pg_sleep(0.05 + random() * 0.1);
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
