-- 0007.create-audit-log: who did what to whom is kept by month, and can be neither changed nor deleted
-- Why: the original's audit was a mock, and its rows could be changed. A row names an actor and a subject by id and holds the
--   values of chosen columns only, so that a person can be forgotten while the log stays as it was written.
-- Locks: new tables only; SHARE ROW EXCLUSIVE on "user" for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the log with every row in it; keep a backup.
-- depends: 0006.create-access-control

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- bigint, not uuid: the hash chain of 0008 is in the order of the ids. Partitioned, because it only grows: a month can be
-- moved away. No foreign key points here, for it would need created_at too.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  user_id uuid,
  subject_user_id uuid,
  action text NOT NULL,
  resource text NOT NULL,
  resource_id uuid,
  status text DEFAULT 'success' NOT NULL,
  ip_address inet,
  user_agent text,
  metadata jsonb DEFAULT '{}' NOT NULL,
  error_message text,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT audit_log_pkey PRIMARY KEY (id, created_at),
  -- RESTRICT: who acted is never forgotten, and nobody acts who does not exist.
  CONSTRAINT audit_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT audit_log_subject_user_id_fkey FOREIGN KEY (subject_user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT audit_log_action_format_check CHECK (action ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)+$'),
  CONSTRAINT audit_log_action_length_check CHECK (char_length(action) <= 100),
  CONSTRAINT audit_log_resource_format_check CHECK (resource ~ '^[a-z][a-z_]{1,49}$'),
  CONSTRAINT audit_log_status_values_check CHECK (status IN ('success', 'failure', 'denied', 'warning')),
  -- An address names a person, its network does not: /24, or /48 of IPv6.
  CONSTRAINT audit_log_ip_address_network_check CHECK (
    ip_address = network(set_masklen(ip_address, CASE family(ip_address) WHEN 4 THEN 24 ELSE 48 END))::inet
  ),
  CONSTRAINT audit_log_user_agent_length_check CHECK (char_length(user_agent) <= 1000),
  CONSTRAINT audit_log_metadata_object_check CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT audit_log_metadata_length_check CHECK (octet_length(metadata::text) <= 8000),
  -- A code or a class of error: no address fits in.
  CONSTRAINT audit_log_error_message_format_check CHECK (error_message ~ '^[A-Za-z0-9_:. -]{1,200}$'),
  CONSTRAINT audit_log_created_at_finite_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);

-- The months come from ensure_partitions(); what falls outside waits here until it carries it over.
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

-- What one actor did, newest first, and the foreign key's; then the same of a subject, and of one object.
CREATE INDEX audit_log_user_id_created_at_idx ON audit_log (user_id, created_at);
CREATE INDEX audit_log_subject_user_id_created_at_idx ON audit_log (subject_user_id, created_at);
CREATE INDEX audit_log_resource_id_created_at_idx ON audit_log (resource_id, created_at);
-- list_audit_events: what everybody did, newest first; rows come in its order, so it costs a writer next to nothing.
CREATE INDEX audit_log_created_at_id_idx ON audit_log (created_at, id);

CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_log');
-- A trigger for TRUNCATE is not inherited: each partition needs its own.
CREATE TRIGGER audit_log_refuse_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_log');
CREATE TRIGGER audit_log_default_refuse_truncate BEFORE TRUNCATE ON audit_log_default
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_log');

-- The application says SET LOCAL app.user_id = '…' at the start of its transaction. Nobody set it: a job, or psql.
CREATE FUNCTION audit_actor() RETURNS uuid LANGUAGE sql STABLE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

COMMENT ON FUNCTION audit_actor() IS 'The user for whom the current transaction acts (setting app.user_id), or null.';

-- Arguments: the table's name, the column with the subject's user id ('' for none), then the columns whose values are kept.
-- Of all other columns only the name is kept when they change. No column with personal data may be among the arguments.
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_old CONSTANT jsonb := CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  v_new CONSTANT jsonb := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  v_row CONSTANT jsonb := CASE TG_OP WHEN 'DELETE' THEN v_old ELSE v_new END;
  v_changed jsonb := '[]';
  v_kept_old jsonb := '{}';
  v_kept_new jsonb := '{}';
  v_key text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_agg(key ORDER BY key) INTO v_changed
    FROM jsonb_object_keys(v_new) AS key
    WHERE v_old -> key IS DISTINCT FROM v_new -> key AND key <> 'updated_at';
    IF v_changed IS NULL THEN
      RETURN NULL;  -- only updated_at, or nothing at all
    END IF;
  END IF;
  -- Expressions without a query: a registration is audited too, and many come at once.
  FOR argument IN 2 .. TG_NARGS - 1 LOOP
    v_key := TG_ARGV[argument];
    IF v_old -> v_key IS DISTINCT FROM v_new -> v_key THEN
      v_kept_old := CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE v_kept_old || jsonb_build_object(v_key, v_old -> v_key) END;
      v_kept_new := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE v_kept_new || jsonb_build_object(v_key, v_new -> v_key) END;
    END IF;
  END LOOP;
  INSERT INTO audit_log (user_id, subject_user_id, action, resource, resource_id, metadata)
  VALUES (
    audit_actor(), (v_row ->> TG_ARGV[1])::uuid, TG_ARGV[0] || '.' || lower(TG_OP), TG_ARGV[0], (v_row ->> 'id')::uuid,
    jsonb_build_object('changed', v_changed, 'old', v_kept_old, 'new', v_kept_new)
  );
  RETURN NULL;
END $$;

COMMENT ON FUNCTION audit_change() IS
  'Trigger: writes a change into audit_log; arguments: table, column of the subject''s user id, columns whose values are kept.';

-- For what no table shows: a sign-in, a refusal, an export. The application may write any event but no free text: keys of
-- metadata come from this list, none of them made for names, addresses or numbers of people.
CREATE FUNCTION record_audit_event(
  p_user_id uuid,
  p_action text,
  p_resource text,
  p_resource_id uuid DEFAULT NULL,
  p_status text DEFAULT 'success',
  p_subject_user_id uuid DEFAULT NULL,
  p_metadata jsonb DEFAULT '{}',
  p_ip_address inet DEFAULT NULL,
  p_user_agent text DEFAULT NULL,
  p_error_message text DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_allowed CONSTANT text[] := ARRAY[
    'amount', 'channel', 'count', 'currency', 'format', 'from_status', 'method', 'partition', 'permission', 'reason_code',
    'reference', 'request_id', 'role', 'route', 'tier', 'to_status', 'version'
  ];
  v_refused text;
  v_id bigint;
BEGIN
  IF p_user_id <> audit_actor() THEN
    RAISE EXCEPTION 'the transaction acts for another user than %', p_user_id
      USING ERRCODE = 'AV082',  -- permission_denied
        DETAIL = json_build_object('user_id', p_user_id, 'app_user_id', audit_actor(), 'permission', NULL)::text;
  END IF;
  SELECT key INTO v_refused FROM jsonb_each(p_metadata)
  WHERE key <> ALL (v_allowed) OR jsonb_typeof(value) IN ('object', 'array') OR char_length(value::text) > 100
    OR value::text LIKE '%@%'
  ORDER BY key LIMIT 1;
  IF v_refused IS NOT NULL THEN
    RAISE EXCEPTION 'audit metadata cannot hold "%"', v_refused
      USING ERRCODE = 'AV085',  -- audit_metadata_refused
        DETAIL = json_build_object('key', v_refused, 'allowed', v_allowed)::text,
        HINT = 'Send short plain values under the keys listed, and people by their ids.';
  END IF;

  -- The transaction's number before the row's: seal_audit_log() relies on that order.
  PERFORM pg_current_xact_id();
  INSERT INTO audit_log (
    user_id, subject_user_id, action, resource, resource_id, status, ip_address, user_agent, metadata, error_message
  ) VALUES (
    p_user_id, p_subject_user_id, p_action, p_resource, p_resource_id, p_status,
    network(set_masklen(p_ip_address, CASE family(p_ip_address) WHEN 4 THEN 24 ELSE 48 END))::inet,
    left(p_user_agent, 1000), p_metadata, p_error_message
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION record_audit_event(uuid, text, text, uuid, text, uuid, jsonb, inet, text, text) IS
  'Appends one event; p_user_id is the actor, null for nobody known. Of an address only the network is kept.';

COMMENT ON TABLE audit_log IS 'What was done, by whom, to whom; append-only, one partition a month (UTC).';
COMMENT ON COLUMN audit_log.id IS 'Rises with each row; a gap is a transaction that was rolled back.';
COMMENT ON COLUMN audit_log.user_id IS 'Who did it; null for a job or nobody known.';
COMMENT ON COLUMN audit_log.subject_user_id IS 'To whom it was done; null where it concerns no single user.';
COMMENT ON COLUMN audit_log.action IS 'What was done, such as user_roles.insert or auth.sign_in.';
COMMENT ON COLUMN audit_log.resource IS 'The table, or the part of the application.';
COMMENT ON COLUMN audit_log.resource_id IS 'The row; null where it concerns no single row.';
COMMENT ON COLUMN audit_log.status IS 'success, failure, denied or warning.';
COMMENT ON COLUMN audit_log.ip_address IS 'The network of the client, /24 or /48 of IPv6: never the whole address.';
COMMENT ON COLUMN audit_log.user_agent IS 'User-Agent header of the client, at most 1000 characters.';
COMMENT ON COLUMN audit_log.metadata IS 'Names of changed columns and values of columns without personal data.';
COMMENT ON COLUMN audit_log.error_message IS 'A code or class of error, at most 200 characters, without values.';
COMMENT ON COLUMN audit_log.created_at IS 'When the transaction that did it began; decides the partition.';

-- No id and no created_at: neither the order nor the time can be forged by what runs as the owner of the functions.
GRANT INSERT (
  user_id, subject_user_id, action, resource, resource_id, status, ip_address, user_agent, metadata, error_message
) ON audit_log TO avdaily_ledger;
GRANT SELECT ON audit_log TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION audit_actor() TO avdaily_ledger;
ALTER FUNCTION audit_change() OWNER TO avdaily_ledger;
ALTER FUNCTION record_audit_event(uuid, text, text, uuid, text, uuid, jsonb, inet, text, text) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION record_audit_event(uuid, text, text, uuid, text, uuid, jsonb, inet, text, text) TO avdaily_app;
