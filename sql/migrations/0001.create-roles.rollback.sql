-- 0001.create-roles: this schema's grants and the default privileges are as PostgreSQL makes them; the roles stay
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

DO $$
BEGIN
  EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM avdaily_app, avdaily_readonly', current_schema());
  EXECUTE format('REVOKE USAGE, CREATE ON SCHEMA %I FROM avdaily_ledger', current_schema());
END $$;
