-- testing/001.people: four people, one of each tier and an administrator, each with a wallet and its opening balance
-- Why: tests and developers need somebody to act as. Nobody can sign in: no account row, so no password.
-- Again: finds them by id or email and changes nothing; a balance that was used since stays as it is.

WITH people AS (
  INSERT INTO "user" (
    id, name, email, email_verified, phone_number, phone_verified, date_of_birth, kyc_tier, kyc_status, kyc_verified_at,
    created_at, updated_at
  )
  SELECT id::uuid, name, email, true, phone, true, DATE '1990-01-01', tier, status,
    CASE WHEN status = 'approved' THEN app_day_start(app_today() - 40) END,
    app_day_start(app_today() - 40), app_day_start(app_today() - 40)
  FROM (
    VALUES
      ('00000000-0000-7000-8000-000000000001', 'Test Admin', 'admin@avdaily.test', '+2348012345678', 2, 'approved'),
      ('00000000-0000-7000-8000-000000000002', 'Test User One', 'user1@avdaily.test', '+2348012345679', 1, 'approved'),
      ('00000000-0000-7000-8000-000000000003', 'Test User Two', 'user2@avdaily.test', '+2348012345680', 2, 'approved'),
      ('00000000-0000-7000-8000-000000000004', 'Test User Three', 'user3@avdaily.test', '+2348012345681', 0, 'pending')
  ) AS person (id, name, email, phone, tier, status)
  ON CONFLICT DO NOTHING
  RETURNING id, email
)
-- In the same statement, so that a role that was taken away since does not come back.
INSERT INTO user_roles (user_id, role_id, assigned_at)
SELECT people.id, roles.id, app_day_start(app_today() - 40)
FROM people
JOIN roles ON roles.name = CASE people.email WHEN 'admin@avdaily.test' THEN 'admin' ELSE 'user' END;

INSERT INTO kyc_verification (user_id, tier, status, first_name, last_name, verified_at, created_at, updated_at)
SELECT "user".id, reached.tier, 'approved', 'Test', split_part("user".name, ' ', 2), "user".created_at, "user".created_at, "user".created_at
FROM "user"
CROSS JOIN generate_series(1, 2) AS reached (tier)
WHERE "user".id BETWEEN '00000000-0000-7000-8000-000000000001' AND '00000000-0000-7000-8000-000000000004'
  AND reached.tier <= "user".kyc_tier
  AND NOT EXISTS (
    SELECT FROM kyc_verification AS earlier WHERE earlier.user_id = "user".id AND earlier.tier = reached.tier
  );

INSERT INTO notification_preferences (user_id)
SELECT id FROM "user"
WHERE id BETWEEN '00000000-0000-7000-8000-000000000001' AND '00000000-0000-7000-8000-000000000004'
ON CONFLICT (user_id) DO NOTHING;

INSERT INTO user_analytics (user_id)
SELECT id FROM "user"
WHERE id BETWEEN '00000000-0000-7000-8000-000000000001' AND '00000000-0000-7000-8000-000000000004'
ON CONFLICT (user_id) DO NOTHING;

-- Wallets and accounts with fixed ids; what is in a wallet came by a posting from opening_equity, so that all reconciles.
INSERT INTO ledger_accounts (id, kind, normal_side, created_at)
SELECT ('00000000-0000-7000-8000-0000000000a' || n)::uuid, 'wallet', 'credit', app_day_start(app_today() - 40)
FROM generate_series(1, 4) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO wallets (id, user_id, account_id, created_at, updated_at)
SELECT ('00000000-0000-7000-8000-0000000000b' || n)::uuid, ('00000000-0000-7000-8000-00000000000' || n)::uuid,
  ('00000000-0000-7000-8000-0000000000a' || n)::uuid, app_day_start(app_today() - 40), app_day_start(app_today() - 40)
FROM generate_series(1, 4) AS n
ON CONFLICT DO NOTHING;

-- The posting functions with a time of their own are for this role only; who applies migrations is a member of it.
SET LOCAL ROLE avdaily_ledger;

DO $$
BEGIN
  PERFORM post_wallet_credit(
    opening.user_id::uuid, opening.amount, system_account('opening_equity', 'NGN'), 'opening_balance',
    app_day_start(app_today() - 40), 'Opening balance'
  )
  FROM (
    VALUES
      ('00000000-0000-7000-8000-000000000001', 10000),
      ('00000000-0000-7000-8000-000000000002', 18000),
      ('00000000-0000-7000-8000-000000000003', 22500),
      ('00000000-0000-7000-8000-000000000004', 1000)
  ) AS opening (user_id, amount)
  WHERE NOT EXISTS (SELECT FROM transactions WHERE transactions.user_id = opening.user_id::uuid);
END $$;

RESET ROLE;
