-- Proof of identity: requests, decisions and what a tier allows.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.

-- name: submit_kyc_tier1(user_id, first_name, last_name, date_of_birth, address)$
-- Asks for tier 1; one open request for each user and tier. Returns its id.
-- column id: not null
SELECT submit_kyc_tier1(
  p_user_id => :user_id, p_first_name => :first_name, p_last_name => :last_name, p_date_of_birth => :date_of_birth,
  p_address => :address
) AS id;

-- name: submit_kyc_tier2(user_id, first_name, last_name, date_of_birth, address, government_id_type, government_id_number, government_id_last_four, government_id_hash, government_id_image, selfie_image)$
-- Asks for tier 2 with a document: its number encrypted by the application, its keyed hash, its last four characters.
-- column id: not null
SELECT submit_kyc_tier2(
  p_user_id => :user_id, p_first_name => :first_name, p_last_name => :last_name, p_date_of_birth => :date_of_birth,
  p_address => :address, p_government_id_type => :government_id_type, p_government_id_number => :government_id_number,
  p_government_id_last_four => :government_id_last_four, p_government_id_hash => :government_id_hash,
  p_government_id_image => :government_id_image, p_selfie_image => :selfie_image
) AS id;

-- name: list_pending_kyc(tier, after_at, after_id, page_size)
-- Requests that wait for a decision, the oldest first.
SELECT k.id, k.user_id, k.tier, k.status, k.first_name, k.last_name, k.date_of_birth, k.government_id_type,
  k.government_id_last_four, k.created_at
FROM kyc_verification AS k
WHERE k.tier = :tier AND k.status IN ('pending', 'under_review')
  AND (k.created_at, k.id) > (
    coalesce(:after_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY k.created_at, k.id
LIMIT least(:page_size::int, 100);

-- name: start_kyc_review(user_id, kyc_id, reviewed_by)!
-- Somebody with kyc:review has taken up a request.
SELECT start_kyc_review(p_user_id => :user_id, p_kyc_id => :kyc_id, p_reviewed_by => :reviewed_by);

-- name: approve_kyc(user_id, kyc_id, verified_by)$
-- Grants a request: user and request change together. Returns the new tier.
-- column tier: not null
SELECT approve_kyc(p_user_id => :user_id, p_kyc_id => :kyc_id, p_verified_by => :verified_by) AS tier;

-- name: reject_kyc(user_id, kyc_id, verified_by, reason)!
-- Refuses a request with a reason of 1 to 500 characters; the tier stays as it was.
SELECT reject_kyc(p_user_id => :user_id, p_kyc_id => :kyc_id, p_verified_by => :verified_by, p_reason => :reason);

-- name: get_kyc_status(user_id)^
-- A user's tier, and the newest request if there is one.
SELECT u.id AS user_id, u.kyc_tier, u.kyc_status, u.kyc_verified_at, k.id AS request_id, k.tier AS request_tier,
  k.status AS request_status, k.rejection_reason, k.created_at AS requested_at, k.verified_at AS decided_at
FROM "user" AS u
LEFT JOIN LATERAL (
  SELECT r.id, r.tier, r.status, r.rejection_reason, r.created_at, r.verified_at
  FROM kyc_verification AS r
  WHERE r.user_id = u.id
  ORDER BY r.created_at DESC, r.id DESC
  LIMIT 1
) AS k ON true
WHERE u.id = :user_id;

-- name: get_kyc_limits(user_id)^
-- What the user's tier allows, in naira and plans.
SELECT l.tier, l.single_limit, l.daily_limit, l.monthly_limit, l.max_plans
FROM "user" AS u
JOIN kyc_limits AS l ON l.tier = u.kyc_tier
WHERE u.id = :user_id;
