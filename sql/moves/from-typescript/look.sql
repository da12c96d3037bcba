-- look: what stands in the way of moving a database of the TypeScript package, what the move changes, and what it leaves behind
-- Why: a duplicate that our keys forbid must be known, and corrected by somebody who knows the people, before anything moves.
--   stop    the move refuses while there is such a row
--   change  the move writes it differently, as said
--   left    the move does not take it; it stays in the schema "original"
-- Changes nothing: it makes one view that lives as long as the session. The tables are found by search_path, before the move
--   and after they were put aside. Run it as often as you like:
--   psql -X -f look.sql "$DATABASE_URL"
\set ON_ERROR_STOP on
\set QUIET on

CREATE TEMP VIEW move_findings AS
WITH people AS (
  SELECT id, lower(btrim(email)) AS email,
    CASE
      WHEN digits ~ '^\+[1-9][0-9]{1,14}$' THEN digits
      WHEN digits ~ '^0[789][0-9]{9}$' THEN '+234' || substr(digits, 2)
      WHEN digits ~ '^[1-9][0-9]{9,14}$' THEN '+' || digits
    END AS phone
  FROM (SELECT id, email, regexp_replace(phone_number, '[ ().-]', '', 'g') AS digits FROM "user") AS written
), found (level, what, row_id, advice) AS (
  SELECT 'stop', 'two users have one e-mail address, but for its case', id::text, 'merge or change one of them'
  FROM (SELECT id, count(*) OVER (PARTITION BY email) AS times FROM people) AS same WHERE times > 1
  UNION ALL
  SELECT 'stop', 'two users have one phone number, written differently', id::text, 'take it from one of them'
  FROM (SELECT id, count(*) OVER (PARTITION BY phone) AS times FROM people WHERE phone IS NOT NULL) AS same WHERE times > 1
  UNION ALL
  SELECT 'stop', 'an e-mail address has no @, a blank in it, or over 254 characters', id::text, 'correct it'
  FROM people WHERE email !~ '^[^@[:space:]]+@[^@[:space:]]+$' OR length(email) > 254
  UNION ALL
  SELECT 'stop', 'a name has over 200 characters', id::text, 'shorten it' FROM "user" WHERE length(name) > 200
  UNION ALL
  SELECT 'stop', 'a KYC tier is not 0, 1 or 2, or a KYC status is unknown', id::text, 'decide what the person is'
  FROM "user" WHERE kyc_tier NOT IN (0, 1, 2) OR kyc_status NOT IN ('pending', 'under_review', 'approved', 'rejected', 'verified')
  UNION ALL
  SELECT 'stop', 'two users have one account of a provider', min(id::text), 'find out whose it is'
  FROM account GROUP BY provider_id, account_id HAVING count(DISTINCT user_id) > 1
  UNION ALL
  SELECT 'stop', 'a wallet holds less than zero, or no number', id::text, 'collect it or write it off, by hand, and say why'
  FROM wallets WHERE NOT (balance::numeric >= 0 AND balance::numeric <= 9999999999999.99)
  UNION ALL
  SELECT 'stop', 'a wallet or plan is not in NGN', id::text, 'the house keeps accounts in NGN only'
  FROM (SELECT id, currency FROM wallets UNION ALL SELECT id, currency FROM savings_plans) AS held WHERE currency <> 'NGN'
  UNION ALL
  SELECT 'stop', 'a plan holds less than zero, or no number', id::text, 'correct it by hand, and say why'
  FROM savings_plans WHERE NOT (current_amount::numeric >= 0 AND current_amount::numeric <= 9999999999999.99)
  UNION ALL
  SELECT 'stop', 'a plan breaks a rule: 10 to 50000 a day, 7 to 365 days, ends after its start, rate 0 to 1, a known status', id::text,
    'correct it with its owner'
  FROM savings_plans
  WHERE NOT (daily_amount BETWEEN 10 AND 50000 AND cycle_duration BETWEEN 7 AND 365 AND end_date > start_date
    AND interest_rate BETWEEN 0 AND 1 AND minimum_balance >= 0 AND coalesce(target_amount, 1) > 0 AND btrim(plan_name) <> ''
    AND contribution_streak >= 0 AND total_contributions >= 0 AND version >= 0
    AND status IN ('active', 'paused', 'completed', 'cancelled'))
  UNION ALL
  SELECT 'stop', 'a plan is completed, or cancelled with money in it, before it has begun', id::text, 'correct its dates with its owner'
  FROM savings_plans
  WHERE start_date >= current_date AND (status = 'completed' OR status = 'cancelled' AND round(current_amount::numeric, 2) > 0)
  UNION ALL
  SELECT 'stop', 'a transaction is pending', id::text, 'settle, fail or cancel it with the provider'
  FROM transactions WHERE status = 'pending'
  UNION ALL
  SELECT 'stop', 'a group that runs has collected or paid out money', id::text, 'finish or refund its rounds first'
  FROM ajo_groups
  WHERE status NOT IN ('completed', 'cancelled') AND (
    total_collected <> 0 OR total_disbursed <> 0
    OR EXISTS (SELECT FROM group_contributions WHERE group_id = ajo_groups.id AND status = 'completed')
    OR EXISTS (SELECT FROM group_payouts WHERE group_id = ajo_groups.id AND status IN ('processing', 'completed'))
  )
  UNION ALL
  SELECT 'stop', 'a group breaks a rule: 2 to 50 members and not more than it has places, up to 1000000, a known frequency and order',
    id::text, 'correct it with its organizer'
  FROM ajo_groups
  WHERE status NOT IN ('completed', 'cancelled') AND NOT (
    status IN ('recruiting', 'active') AND member_count BETWEEN 2 AND 50 AND contribution_amount > 0
    AND contribution_amount <= 1000000 AND contribution_frequency IN ('daily', 'weekly', 'monthly')
    AND rotation_order IN ('manual', 'random', 'sequential') AND service_fee_rate BETWEEN 0 AND 0.5 AND currency = 'NGN'
    AND btrim(group_name) <> '' AND coalesce(length(description), 0) <= 500
    AND member_count >= (
      SELECT count(*) FROM group_members
      WHERE group_id = ajo_groups.id AND status IN ('active', 'suspended') AND user_id <> ajo_groups.organizer_id
    ) + 1
  )
  UNION ALL
  SELECT 'stop', 'one organizer has two open groups of one name', min(id::text), 'rename one of them'
  FROM ajo_groups WHERE status NOT IN ('completed', 'cancelled') GROUP BY organizer_id, lower(group_name) HAVING count(*) > 1
  UNION ALL
  SELECT 'change', 'an amount has fractions of a kobo', id::text, 'rounded to the kobo, half away from zero'
  FROM (SELECT id, balance::numeric AS amount FROM wallets UNION ALL SELECT id, current_amount::numeric FROM savings_plans) AS held
  WHERE amount <> round(amount, 2)
  UNION ALL
  SELECT 'change', 'KYC status verified', id::text, 'approved' FROM "user" WHERE kyc_status = 'verified'
  UNION ALL
  SELECT 'change', 'a phone number is not written +234…', "user".id::text, 'written so'
  FROM "user" JOIN people USING (id) WHERE people.phone <> "user".phone_number
  UNION ALL
  SELECT 'change', 'a phone number is none', "user".id::text, 'left empty'
  FROM "user" JOIN people USING (id) WHERE "user".phone_number IS NOT NULL AND people.phone IS NULL
  UNION ALL
  SELECT 'change', 'a cancelled plan holds money', id::text, 'completed, so that its owner can withdraw'
  FROM savings_plans WHERE status = 'cancelled' AND round(current_amount::numeric, 2) > 0
  UNION ALL
  SELECT 'change', 'an active group has collected nothing', id::text, 'recruiting' FROM ajo_groups
  WHERE status = 'active' AND total_collected = 0
  UNION ALL
  SELECT 'change', 'a user has no wallet', id::text, 'gets an empty one'
  FROM "user" WHERE NOT EXISTS (SELECT FROM wallets WHERE wallets.user_id = "user".id)
  UNION ALL
  SELECT 'change', 'a second open KYC request of one tier', id::text, 'rejected, for the later one'
  FROM (
    SELECT id, row_number() OVER (PARTITION BY user_id, tier ORDER BY created_at DESC, id) AS nth
    FROM kyc_verification WHERE status IN ('pending', 'under_review')
  ) AS open WHERE nth > 1
  UNION ALL
  SELECT 'left', 'a transaction', id::text, 'the ledger begins with the opening balances' FROM transactions
  UNION ALL
  SELECT 'left', 'the number of an identity document', id::text, 'only the application can encrypt it'
  FROM kyc_verification WHERE government_id_number IS NOT NULL
  UNION ALL
  SELECT 'left', 'a token of another provider', id::text, 'the person signs in there again'
  FROM account WHERE num_nonnulls(access_token, refresh_token, id_token) > 0
  UNION ALL
  SELECT 'left', 'a password in no known form', id::text, 'the person sets a new one'
  FROM account
  WHERE password !~ '^\$[a-z0-9-]+(\$v=[0-9]+)?\$[a-z0-9-]+=[A-Za-z0-9/+.,=-]+\$[A-Za-z0-9/+]{11,64}\$[A-Za-z0-9/+]{16,}$'
    AND password !~ '^[0-9a-f]{32}:[0-9a-f]{128}$' AND password !~ '^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$'
  UNION ALL
  SELECT 'left', 'the second sign-in by fingerprint of one device', id::text, 'the newest is taken'
  FROM (SELECT id, row_number() OVER (PARTITION BY user_id, device_id ORDER BY updated_at DESC, id) AS nth FROM biometric_auth) AS device
  WHERE nth > 1
  UNION ALL
  SELECT 'left', 'a completed or cancelled group', id::text, 'its story is in "original"'
  FROM ajo_groups WHERE status IN ('completed', 'cancelled')
)
SELECT level, what, count(*) AS rows, min(row_id) AS for_example, advice
FROM found
GROUP BY level, what, advice;

SELECT * FROM move_findings ORDER BY array_position(ARRAY['stop', 'change', 'left'], level), what;
