-- aside: every table of the TypeScript package stands in the schema "original", and public is free
-- Why: the names are the same on both sides. Nothing is copied and nothing dropped: only the schema of each table changes, with
--   its indexes, keys and sequences, in one transaction. back.sql is the way back.
-- Locks: ACCESS EXCLUSIVE on each table, for milliseconds; waits at most two seconds for each. Stop the application first.
\set ON_ERROR_STOP on
\set QUIET on

BEGIN;
SET LOCAL lock_timeout = '2s';

DO $$
DECLARE
  v_table record;
BEGIN
  IF to_regclass('public."user"') IS NULL OR to_regclass('public.ledger_entries') IS NOT NULL THEN
    RAISE EXCEPTION 'public holds no database of the TypeScript package'
      USING HINT = 'Look where DATABASE_URL points: avdaily-sql db psql -c ''\dt''';
  END IF;
  CREATE SCHEMA original;
  FOR v_table IN
    SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname
  LOOP
    EXECUTE format('ALTER TABLE %s SET SCHEMA original', v_table.name);
  END LOOP;
  COMMENT ON SCHEMA original IS 'The database of the TypeScript package as it was on the day of the move.';
END $$;

COMMIT;
