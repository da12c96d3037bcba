-- What an operator asks of a running server. Nothing here is about the application's data.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- Run with: avdaily-sql run list_blocked_sessions. Members of pg_monitor see the sessions of all users.

-- name: list_sessions()
-- Who is connected, and what they do.
SELECT a.pid, a.usename AS username, a.application_name, a.client_addr, a.state, a.wait_event_type, a.wait_event,
  a.backend_start, a.state_change, left(a.query, 200) AS query
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
ORDER BY a.backend_start, a.pid
LIMIT 200;

-- name: list_blocked_sessions()
-- Who waits for whom, longest first.
SELECT w.pid AS waiting_pid, w.usename AS waiting_user, now() - w.state_change AS waiting_for,
  left(w.query, 200) AS waiting_query, b.pid AS blocking_pid, b.usename AS blocking_user, b.state AS blocking_state,
  now() - b.xact_start AS blocking_transaction_age, left(b.query, 200) AS blocking_query
FROM pg_stat_activity AS w
CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker (pid)
JOIN pg_stat_activity AS b ON b.pid = blocker.pid
WHERE w.datname = current_database()
ORDER BY w.state_change, w.pid, b.pid
LIMIT 200;

-- name: list_locks()
-- Locks on tables of this database, those that are waited for first.
SELECT l.pid, l.relation::regclass::text AS relation, l.mode, l.granted, a.usename AS username,
  now() - a.xact_start AS transaction_age, left(a.query, 200) AS query
FROM pg_locks AS l
JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND a.datname = current_database() AND l.pid <> pg_backend_pid()
ORDER BY l.granted, a.xact_start, l.pid, l.relation, l.mode
LIMIT 200;

-- name: list_long_queries(longer_than)
-- Queries that have been running for longer than an interval.
SELECT a.pid, a.usename AS username, a.application_name, now() - a.query_start AS running_for, a.wait_event_type,
  a.wait_event, left(a.query, 1000) AS query
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.state = 'active' AND a.pid <> pg_backend_pid()
  AND a.query_start < now() - :longer_than::interval
ORDER BY a.query_start, a.pid
LIMIT 200;

-- name: list_long_transactions(longer_than)
-- Transactions that have been open for longer than an interval; they keep vacuum from its work.
SELECT a.pid, a.usename AS username, a.application_name, a.state, now() - a.xact_start AS open_for,
  age(a.backend_xmin) AS xmin_age, left(a.query, 1000) AS last_query
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start < now() - :longer_than::interval
ORDER BY a.xact_start, a.pid
LIMIT 200;

-- name: list_table_sizes()
-- Tables with their indexes by size on disk.
SELECT c.oid::regclass::text AS table_name, c.reltuples::bigint AS estimated_rows, pg_table_size(c.oid) AS table_bytes,
  pg_indexes_size(c.oid) AS index_bytes, pg_total_relation_size(c.oid) AS total_bytes
FROM pg_class AS c
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = current_schema()::regnamespace
ORDER BY pg_total_relation_size(c.oid) DESC, c.oid
LIMIT 200;

-- name: list_index_sizes()
-- Indexes by size, with how often each was used since the statistics were reset.
SELECT i.indexrelid::regclass::text AS index_name, i.relid::regclass::text AS table_name,
  pg_relation_size(i.indexrelid) AS index_bytes, i.idx_scan AS scans
FROM pg_stat_user_indexes AS i
WHERE i.schemaname = current_schema()
ORDER BY pg_relation_size(i.indexrelid) DESC, i.indexrelid
LIMIT 200;

-- name: list_unused_indexes()
-- Indexes that no query has used since the statistics were reset and that keep no rule; look at replicas, too.
SELECT i.indexrelid::regclass::text AS index_name, i.relid::regclass::text AS table_name,
  pg_relation_size(i.indexrelid) AS index_bytes
FROM pg_stat_user_indexes AS i
JOIN pg_index AS x ON x.indexrelid = i.indexrelid
WHERE i.schemaname = current_schema() AND i.idx_scan = 0 AND NOT x.indisunique
  AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
ORDER BY pg_relation_size(i.indexrelid) DESC, i.indexrelid
LIMIT 200;

-- name: list_duplicate_indexes()
-- Pairs of indexes of a table over the same columns, with the same order and the same condition.
SELECT a.indrelid::regclass::text AS table_name, a.indexrelid::regclass::text AS index_name,
  b.indexrelid::regclass::text AS duplicate_name, pg_relation_size(b.indexrelid) AS duplicate_bytes
FROM pg_index AS a
JOIN pg_index AS b ON b.indrelid = a.indrelid AND b.indexrelid > a.indexrelid AND b.indkey::text = a.indkey::text
  AND b.indclass::text = a.indclass::text AND b.indoption::text = a.indoption::text
  AND b.indexprs::text IS NOT DISTINCT FROM a.indexprs::text AND b.indpred::text IS NOT DISTINCT FROM a.indpred::text
JOIN pg_class AS c ON c.oid = a.indrelid
WHERE c.relnamespace = current_schema()::regnamespace
ORDER BY pg_relation_size(b.indexrelid) DESC, a.indexrelid, b.indexrelid
LIMIT 200;

-- name: list_bloat()
-- Tables by dead rows and by excess_bytes: about how much more they take on disk than their rows need.
-- A page of 8192 bytes has 8168 for rows, each with a pointer of 4 and a header of 24, in steps of 8. Widths are the
-- planner's: look after ANALYZE; a tenth of a table is no bloat. None where the role may not see every column.
SELECT t.relid::regclass::text AS table_name, t.n_live_tup AS live_rows, t.n_dead_tup AS dead_rows,
  round(t.n_dead_tup * 100.0 / greatest(t.n_live_tup + t.n_dead_tup, 1), 1) AS dead_percent,
  pg_relation_size(t.relid) AS table_bytes,
  CASE
    WHEN w.data_bytes IS NOT NULL THEN greatest(
      0, pg_relation_size(t.relid)
        - 8192 * ceil(c.reltuples * (4 + 8 * ceil((24 + w.data_bytes) / 8)) / 8168 * 100 / w.fillfactor)::bigint
    )
  END AS excess_bytes
FROM pg_stat_user_tables AS t
JOIN pg_class AS c ON c.oid = t.relid
CROSS JOIN LATERAL (
  SELECT coalesce(min(o.option_value::int) FILTER (WHERE o.option_name = 'fillfactor'), 100) AS fillfactor,
    CASE
      WHEN c.reltuples = 0 THEN 0
      WHEN (SELECT count(*) FROM pg_stats AS s WHERE s.schemaname = t.schemaname AND s.tablename = t.relname) = (
        SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = t.relid AND a.attnum > 0 AND NOT a.attisdropped
      ) THEN (
        SELECT sum((1 - s.null_frac) * s.avg_width) FROM pg_stats AS s
        WHERE s.schemaname = t.schemaname AND s.tablename = t.relname
      )
    END AS data_bytes
  FROM pg_options_to_table(c.reloptions) AS o
) AS w
WHERE t.schemaname = current_schema()
ORDER BY excess_bytes DESC NULLS LAST, t.n_dead_tup DESC, t.relid
LIMIT 200;

-- name: get_cache_hits()^
-- How much of what was read came from memory, in per cent; None before anything was read.
SELECT round(sum(t.heap_blks_hit) * 100.0 / nullif(sum(t.heap_blks_hit + t.heap_blks_read), 0), 2) AS table_hit_percent,
  round(sum(t.idx_blks_hit) * 100.0 / nullif(sum(t.idx_blks_hit + t.idx_blks_read), 0), 2) AS index_hit_percent
FROM pg_statio_user_tables AS t;

-- name: list_vacuum_state()
-- When each table was cleaned and analysed last, and how old its oldest row is, oldest first.
SELECT t.relid::regclass::text AS table_name, t.last_vacuum, t.last_autovacuum, t.last_analyze, t.last_autoanalyze,
  t.n_mod_since_analyze AS changes_since_analyze, age(c.relfrozenxid) AS transaction_age
FROM pg_stat_user_tables AS t
JOIN pg_class AS c ON c.oid = t.relid
WHERE t.schemaname = current_schema()
ORDER BY age(c.relfrozenxid) DESC, t.relid
LIMIT 200;

-- name: list_replication_lag()
-- The server's standbys and how far they are behind, in bytes and time.
SELECT r.application_name, r.client_addr, r.state, r.sync_state,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn) END AS lag_bytes,
  r.write_lag, r.flush_lag, r.replay_lag
FROM pg_stat_replication AS r
ORDER BY r.application_name, r.pid
LIMIT 200;

-- name: list_sequence_usage()
-- How much of each sequence is used up, fullest first; None where the role may not see it.
SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename) AS sequence_name, s.last_value, s.max_value,
  CASE
    WHEN has_sequence_privilege(quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename), 'USAGE, SELECT')
    THEN round(coalesce(s.last_value, 0) * 100.0 / s.max_value, 6)
  END AS used_percent
FROM pg_sequences AS s
WHERE s.schemaname = current_schema()
ORDER BY used_percent DESC NULLS FIRST, s.sequencename
LIMIT 200;
