-- Queries that fail, each in its own way.

-- name: get_wrong_column(id)^
-- The error is in line 3 of the statement, behind characters of several bytes.
SELECT id, -- ₦ and é before the place
       '₦₦₦' AS naira,
       lable
  FROM items
 WHERE id = :id;

-- name: get_wrong_type(id)^
SELECT id FROM items WHERE id = 'not a uuid'::uuid AND id = :id;

-- name: get_division(divisor)$
SELECT 1 / :divisor::int;

-- name: get_refused(needed, available)$
SELECT refuse(:needed, :available);

-- name: get_by_token_hash(token_hash)^
SELECT id FROM secrets WHERE token_hash = :token_hash::bytea;

-- name: create_secret(token_hash)!
INSERT INTO secrets (token_hash) VALUES (:token_hash);

-- name: get_by_password(password)^
SELECT id FROM secrets WHERE id = :password::uuid;

-- name: get_twice(id)^
SELECT id, id FROM items WHERE id = :id;

-- name: get_nothing(id)^
UPDATE items SET label = label WHERE id = :id;
