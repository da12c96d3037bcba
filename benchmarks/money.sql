-- The statements of money.py, one under each "-- name:". Those of pgbench take :a and :b, two different users of the active
-- ones, and :n, a number that makes a reference new; the others take psycopg's %(…)s.

-- name: people
\set a random(1, :active)
\set b 1 + (:a + random(0, :active - 2)) % :active
\set n random(1, 9000000000000)

-- name: contribution, ours
SELECT id FROM post_contribution(bench_id(0, :a), bench_id(3, :a), 10);

-- name: contribution, pgledger
SELECT id FROM pgledger.transfer(bench_id(1, :a)::text, bench_id(2, :a)::text, 10);

-- name: contribution, lean
SELECT id FROM lean.transfer(bench_id(1, :a), bench_id(2, :a), 10);

-- name: transfer, ours
SELECT id FROM post_transfer(bench_id(0, :a), bench_id(0, :b), 1);

-- name: transfer, pgledger
SELECT id FROM pgledger.transfer(bench_id(1, :a)::text, bench_id(1, :b)::text, 1);

-- name: transfer, lean
SELECT id FROM lean.transfer(bench_id(1, :a), bench_id(1, :b), 1);

-- name: deposit, ours
SELECT id FROM post_deposit(
  bench_id(0, :a), 100, 'bank_transfer', 'bench', concat_ws('-', :run::bigint, :client_id::integer, :n::bigint)
);

-- name: deposit, pgledger
SELECT id FROM pgledger.transfer((SELECT id FROM pgledger.accounts WHERE name = 'settlement'), bench_id(1, :a)::text, 100);

-- name: deposit, lean
SELECT id FROM lean.transfer((SELECT id FROM lean.accounts WHERE name = 'settlement'), bench_id(1, :a), 100);

-- name: auto-save
SELECT saved FROM post_auto_saves(app_today() - %(days_ago)s::integer, %(part)s, %(parts)s);

-- name: one call a plan
SELECT id FROM post_contribution(bench_id(0, %(number)s), bench_id(3, %(number)s), 10);

-- The original's way, six statements a plan, each its own transaction; it reads both balances and writes them back.
-- name: original 1
SELECT id, user_id, daily_amount, current_amount FROM original.savings_plans WHERE id = bench_id(3, %(number)s);

-- name: original 2
SELECT id, balance FROM original.wallets WHERE user_id = %(user_id)s;

-- name: original 3
INSERT INTO original.transactions (user_id, plan_id, amount, type, status, reference)
VALUES (%(user_id)s, %(plan_id)s, %(amount)s, 'auto_save', 'pending', gen_random_uuid()::text)
RETURNING id;

-- name: original 4
UPDATE original.wallets SET balance = %(wallet_after)s WHERE id = %(wallet_id)s;

-- name: original 5
UPDATE original.savings_plans SET current_amount = %(plan_after)s, streak = streak + 1, version = version + 1
WHERE id = %(plan_id)s;

-- name: original 6
UPDATE original.transactions SET status = 'completed', completed_at = now() WHERE id = %(transaction_id)s;

-- name: wrong balances
SELECT count(*)
FROM (
  SELECT account_id, balance FROM wallets UNION ALL SELECT account_id, current_amount FROM savings_plans
) AS held
LEFT JOIN (
  SELECT account_id, sum(amount) AS amount FROM ledger_postings GROUP BY account_id
) AS posted USING (account_id)
WHERE held.balance <> coalesce(posted.amount, 0);
