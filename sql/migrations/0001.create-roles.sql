-- 0001.create-roles: the three database roles exist, and a new function is executable by nobody but its owner
-- Why: the application executes functions and cannot write money tables (avdaily_app), reports read (avdaily_readonly), and
--   what moves money belongs to a role without login (avdaily_ledger), so that no client can be that role.
-- Locks: catalog rows only; two databases of one server that apply this at once wait for each other's commit.
-- Runtime: milliseconds.
-- Rollback: revokes this schema's grants; the roles stay, because roles belong to the server and other databases use them.

-- Roles live in the server, this file runs once a database: so each step looks first, and tolerates another database's
-- migration that does the same at this moment.
DO $$
DECLARE
  needed CONSTANT text[] := ARRAY['avdaily_ledger', 'avdaily_app', 'avdaily_readonly'];
  administrator_lines text;
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY needed LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = role_name);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database's migration committed it between our look and our CREATE
    END;
  END LOOP;

  -- ALTER FUNCTION … OWNER TO avdaily_ledger needs membership. Since PostgreSQL 16 the creator of a role has only ADMIN
  -- on it; a superuser has everything; an owner whom the administrator made a member has it already. Only when it is
  -- missing is it granted: an unconditional GRANT from two databases fails with "tuple concurrently updated".
  FOR attempt IN 1..2 LOOP
    EXIT WHEN pg_has_role('avdaily_ledger', 'USAGE');
    BEGIN
      EXECUTE format('GRANT avdaily_ledger TO %I', current_user);
    EXCEPTION WHEN internal_error OR unique_violation THEN
      IF attempt = 2 THEN
        RAISE;
      END IF;
    END;
  END LOOP;
  IF NOT pg_has_role('avdaily_ledger', 'USAGE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'its membership of avdaily_ledger is without INHERIT';
  END IF;

  -- The owner of a function needs CREATE on its schema. Whoever may not GRANT gets a warning only, so the outcome is judged.
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO avdaily_ledger', current_schema());
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO avdaily_app, avdaily_readonly', current_schema());
  IF NOT has_schema_privilege('avdaily_ledger', current_schema(), 'CREATE') THEN
    RAISE insufficient_privilege USING MESSAGE = format('it does not own schema "%s"', current_schema());
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  SELECT string_agg(line, ' ' ORDER BY step, line) INTO administrator_lines
  FROM (
    SELECT 1, format('CREATE ROLE %I NOLOGIN;', name)
    FROM unnest(needed) AS name
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
    UNION ALL
    SELECT 2, format('GRANT avdaily_ledger TO %I;', current_user)
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'avdaily_ledger' AND pg_has_role(oid, 'MEMBER'))
    UNION ALL
    SELECT 3, format('ALTER SCHEMA %I OWNER TO %I;', nspname, current_user)
    FROM pg_namespace
    WHERE nspname = current_schema() AND NOT pg_has_role(nspowner, 'MEMBER')
  ) AS missing (step, line);
  RAISE EXCEPTION 'role "%" may not set up the database roles', current_user
    USING ERRCODE = 'insufficient_privilege',
      DETAIL = format('%s. Nothing was changed.', SQLERRM),
      HINT = 'An administrator runs this once: ' || coalesce(administrator_lines, format(
        'ALTER ROLE %1$I INHERIT; REVOKE avdaily_ledger FROM %1$I; GRANT avdaily_ledger TO %1$I;', current_user));
END $$;

-- PostgreSQL lets PUBLIC execute every new function: avdaily_readonly could then move money. Without IN SCHEMA on purpose:
-- defaults of a schema only add to the global ones and cannot take this one away.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
