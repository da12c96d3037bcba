-- back: the tables of the TypeScript package stand in public again, as before aside.sql
-- Why: until somebody has written into the new tables there is a way back that loses nothing. Ours must be gone first:
--   avdaily-sql rollback --all
\set ON_ERROR_STOP on
\set QUIET on

BEGIN;
SET LOCAL lock_timeout = '2s';

DO $$
DECLARE
  v_table record;
BEGIN
  IF to_regclass('public."user"') IS NOT NULL THEN
    RAISE EXCEPTION 'public still holds a table "user"' USING HINT = 'avdaily-sql rollback --all';
  END IF;
  IF to_regclass('original.session') IS NULL THEN
    RAISE EXCEPTION 'the tables of the schema "original" are not whole' USING HINT = 'Restore the backup from before the move.';
  END IF;
  IF to_regrole('avdaily_app') IS NOT NULL THEN
    REVOKE ALL ON ALL TABLES IN SCHEMA original FROM avdaily_app, avdaily_readonly;
  END IF;
  FOR v_table IN
    SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'original'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname
  LOOP
    EXECUTE format('ALTER TABLE %s SET SCHEMA public', v_table.name);
  END LOOP;
  DROP SCHEMA original;
END $$;

COMMIT;
