-- 0008.create-audit-chain: each audit row can be sealed into a chain of hashes, and a changed past is found
-- Why: the triggers of 0007 stop everybody but the tables' owner. A hash over each row and the hash before it makes an owner's
--   change visible too. Sealed afterwards and not with each row: a chain in the writer's path lets one writer in at a time.
-- Locks: new tables only.
-- Runtime: milliseconds.
-- Rollback: drops the chain; the log stays, and a new chain can be sealed over it.
-- depends: 0007.create-audit-log

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE TABLE audit_chain (
  audit_id bigint NOT NULL,
  hash bytea NOT NULL,
  sealed_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT audit_chain_pkey PRIMARY KEY (audit_id),
  CONSTRAINT audit_chain_hash_sha256_check CHECK (octet_length(hash) = 32)
);

CREATE TRIGGER audit_chain_refuse_change BEFORE UPDATE OR DELETE ON audit_chain
  FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_chain');
CREATE TRIGGER audit_chain_refuse_truncate BEFORE TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_chain');

-- An id below the highest visible one may still belong to a running transaction. It is known to be final when every
-- transaction that was running when the highest id was read has ended: so that id waits here, with the number from which on
-- transactions began later.
CREATE TABLE audit_seal_state (
  only_row boolean DEFAULT true NOT NULL,
  final_id bigint DEFAULT 0 NOT NULL,
  waiting_id bigint,
  waiting_xact xid8,
  CONSTRAINT audit_seal_state_pkey PRIMARY KEY (only_row),
  CONSTRAINT audit_seal_state_only_row_check CHECK (only_row),
  CONSTRAINT audit_seal_state_waiting_whole_check CHECK ((waiting_id IS NULL) = (waiting_xact IS NULL))
);

-- Columns by name, time as microseconds: the same bytes whatever the session's settings, and after a column was added.
CREATE FUNCTION audit_row_hash(p_previous bytea, p_row audit_log) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(coalesce(p_previous, '') || convert_to(jsonb_build_array(
  p_row.id, p_row.user_id, p_row.subject_user_id, p_row.action, p_row.resource, p_row.resource_id, p_row.status,
  host(p_row.ip_address), masklen(p_row.ip_address), p_row.user_agent, p_row.metadata, p_row.error_message,
  (extract(epoch FROM p_row.created_at) * 1000000)::bigint
)::text, 'UTF8'));

COMMENT ON FUNCTION audit_row_hash(bytea, audit_log) IS 'The hash that chains one row of audit_log to the hash before it.';

-- Call it by itself, from a job: rows of transactions older than every running one are sealed, in the order of their ids.
-- In a transaction that has written before, it seals only what an earlier call has seen.
CREATE FUNCTION seal_audit_log(p_limit integer DEFAULT 100000)
RETURNS TABLE (sealed_rows bigint, head_id bigint, head_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_wrote_before CONSTANT boolean := pg_current_xact_id_if_assigned() IS NOT NULL;
  v_state audit_seal_state;
  v_highest bigint;
  v_xact xid8;
  v_oldest xid8;
  v_row audit_log;
BEGIN
  IF p_limit IS NULL OR p_limit < 1 THEN
    RAISE EXCEPTION 'the limit of rows must be at least 1, not %', p_limit USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('seal_audit_log in ' || current_schema(), 0));

  -- First the highest id, then our own number: who has taken a smaller id has a smaller number than ours.
  SELECT max(id) INTO v_highest FROM audit_log;
  v_xact := pg_current_xact_id();
  SELECT pg_snapshot_xmin(pg_current_snapshot()) INTO v_oldest;
  SELECT * INTO v_state FROM audit_seal_state;
  v_state.final_id := coalesce(v_state.final_id, 0);
  -- A number above ours comes from another server's dump: its transactions are not running here.
  IF v_state.waiting_xact <= v_oldest OR v_state.waiting_xact > v_xact THEN
    v_state.final_id := greatest(v_state.final_id, v_state.waiting_id);
    v_state.waiting_id := NULL;
    v_state.waiting_xact := NULL;
  END IF;
  IF NOT v_wrote_before AND v_oldest = v_xact THEN  -- nobody else is writing
    v_state.final_id := greatest(v_state.final_id, v_highest);
  ELSIF NOT v_wrote_before AND v_state.waiting_id IS NULL THEN
    v_state.waiting_id := v_highest;
    v_state.waiting_xact := CASE WHEN v_highest IS NOT NULL THEN v_xact END;
  END IF;
  INSERT INTO audit_seal_state (final_id, waiting_id, waiting_xact)
  VALUES (v_state.final_id, v_state.waiting_id, v_state.waiting_xact)
  ON CONFLICT ON CONSTRAINT audit_seal_state_pkey
  DO UPDATE SET final_id = excluded.final_id, waiting_id = excluded.waiting_id, waiting_xact = excluded.waiting_xact;

  sealed_rows := 0;
  SELECT audit_id, hash INTO head_id, head_hash FROM audit_chain ORDER BY audit_id DESC LIMIT 1;
  FOR v_row IN
    SELECT * FROM audit_log WHERE id > coalesce(head_id, 0) AND id <= v_state.final_id ORDER BY id LIMIT p_limit
  LOOP
    head_id := v_row.id;
    head_hash := audit_row_hash(head_hash, v_row);
    INSERT INTO audit_chain (audit_id, hash) VALUES (head_id, head_hash);
    sealed_rows := sealed_rows + 1;
  END LOOP;
  RETURN NEXT;
END $$;

COMMENT ON FUNCTION seal_audit_log(integer) IS
  'Chains the audit rows that are final, at most p_limit; returns how many, and the head to be kept somewhere else.';

-- Whoever can write every table can also compute a new chain: only a head kept elsewhere (p_head_id, p_head_hash) shows that.
CREATE FUNCTION verify_audit_chain(p_head_id bigint DEFAULT NULL, p_head_hash bytea DEFAULT NULL)
RETURNS TABLE (is_intact boolean, checked_rows bigint, first_broken_id bigint, reason text)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  v_hash bytea;
  v_link record;
BEGIN
  checked_rows := 0;
  FOR v_link IN
    SELECT coalesce(chain.audit_id, log.id) AS id, chain.hash, log.id IS NULL AS is_missing, log AS entry
    FROM audit_log AS log
    FULL JOIN audit_chain AS chain ON chain.audit_id = log.id
    WHERE coalesce(chain.audit_id, log.id) <= (SELECT max(audit_id) FROM audit_chain)
    ORDER BY 1, log.created_at
  LOOP
    reason := CASE
      WHEN v_link.is_missing THEN 'the row is missing'
      WHEN v_link.hash IS NULL THEN 'the row has no link in the chain'
      WHEN audit_row_hash(v_hash, v_link.entry) <> v_link.hash THEN 'the row or its hash was changed'
      WHEN v_link.id = p_head_id AND v_link.hash <> p_head_hash THEN 'the chain was computed anew'
    END;
    IF reason IS NOT NULL THEN
      first_broken_id := v_link.id;
      EXIT;
    END IF;
    v_hash := v_link.hash;
    checked_rows := checked_rows + 1;
  END LOOP;
  IF reason IS NULL AND NOT EXISTS (SELECT FROM audit_chain WHERE audit_id = p_head_id) AND p_head_id IS NOT NULL THEN
    first_broken_id := p_head_id;
    reason := 'the chain ends before this row';
  END IF;
  is_intact := reason IS NULL;
  RETURN NEXT;
END $$;

COMMENT ON FUNCTION verify_audit_chain(bigint, bytea) IS
  'Computes the whole chain again; one row: intact or not, rows checked, the first broken id and why.';

COMMENT ON TABLE audit_chain IS 'One hash for each sealed row of audit_log, over the row and the hash before it; append-only.';
COMMENT ON COLUMN audit_chain.audit_id IS 'The row of audit_log; no foreign key, for a missing row has to show.';
COMMENT ON COLUMN audit_chain.hash IS 'sha256 of the previous hash and the row, 32 bytes.';
COMMENT ON COLUMN audit_chain.sealed_at IS 'When the row was sealed.';

COMMENT ON TABLE audit_seal_state IS 'How far seal_audit_log() has come: one row.';
COMMENT ON COLUMN audit_seal_state.only_row IS 'Always true: there is one row.';
COMMENT ON COLUMN audit_seal_state.final_id IS 'No transaction can add a row of audit_log up to this id any more.';
COMMENT ON COLUMN audit_seal_state.waiting_id IS 'Becomes final_id when every transaction below waiting_xact has ended.';
COMMENT ON COLUMN audit_seal_state.waiting_xact IS 'The first transaction number that began after waiting_id was read.';

GRANT SELECT, INSERT ON audit_chain TO avdaily_ledger;
GRANT SELECT, INSERT, UPDATE ON audit_seal_state TO avdaily_ledger;
GRANT SELECT ON audit_chain TO avdaily_app, avdaily_readonly;
GRANT SELECT ON audit_seal_state TO avdaily_readonly;
ALTER FUNCTION seal_audit_log(integer) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION audit_row_hash(bytea, audit_log) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION seal_audit_log(integer) TO avdaily_app;
GRANT EXECUTE ON FUNCTION verify_audit_chain(bigint, bytea) TO avdaily_app, avdaily_readonly;
