-- staging/001.staff: one administrator to begin with
-- Why: somebody must be able to give roles; people and money of a staging system come through the application.
-- Again: finds the administrator by id or email and changes nothing. No account row: sign-in is set up by hand.

WITH people AS (
  INSERT INTO "user" (id, name, email, email_verified, kyc_tier, kyc_status, kyc_verified_at)
  VALUES ('00000000-0000-7000-8000-000000000001', 'Test Admin', 'admin@avdaily.test', true, 2, 'approved', now())
  ON CONFLICT DO NOTHING
  RETURNING id
)
INSERT INTO user_roles (user_id, role_id)
SELECT people.id, roles.id FROM people JOIN roles ON roles.name = 'admin';
