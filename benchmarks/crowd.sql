-- Users 1 … :users, each with a wallet and an opening balance that the ledger explains; users 1 … :plans with one plan that
-- saves every day. The same people in the textbook ledgers and in tables as the original has them. Ids are made from the
-- number, so that pgbench can name them. Run as a superuser: psql -v users=500000 -v plans=100000.

CREATE FUNCTION bench_id(p_kind integer, p_number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN ('0000000' || p_kind::text || '-0000-7000-8000-' || lpad(to_hex(p_number), 12, '0'))::uuid;
GRANT EXECUTE ON FUNCTION bench_id(integer, bigint) TO avdaily_app, avdaily_ledger;

INSERT INTO "user" (id, name, email, kyc_tier, kyc_status)
SELECT bench_id(0, n), 'Bench ' || n, 'bench' || n || '@avdaily.test', 2, 'approved'
FROM generate_series(1, :users) AS n;

-- Only the ledger's role may write balances.
SET ROLE avdaily_ledger;
INSERT INTO ledger_accounts (id, kind, normal_side)
SELECT bench_id(1, n), 'wallet', 'credit' FROM generate_series(1, :users) AS n;
INSERT INTO ledger_accounts (id, kind, normal_side)
SELECT bench_id(2, n), 'plan', 'credit' FROM generate_series(1, :plans) AS n;
INSERT INTO wallets (user_id, account_id, balance)
SELECT bench_id(0, n), bench_id(1, n), 1000000 FROM generate_series(1, :users) AS n;
INSERT INTO savings_plans (
  id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, auto_save_enabled, auto_save_time,
  start_date, end_date
)
SELECT bench_id(3, n), bench_id(0, n), bench_id(2, n), 'Bench', 100, 365, 1000000, true, '00:00', app_today() - 30,
  app_today() + 335
FROM generate_series(1, :plans) AS n;
INSERT INTO transactions (
  id, user_id, amount, type, status, payment_source, reference, created_at, completed_at
)
SELECT bench_id(4, n), bench_id(0, n), 1000000, 'opening_balance', 'completed', 'system', 'OPN-' || bench_id(0, n),
  now() - interval '40 days', now() - interval '40 days'
FROM generate_series(1, :users) AS n;
INSERT INTO ledger_entries (
  created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
)
SELECT now() - interval '40 days', bench_id(0, n), bench_id(4, n), house.id, bench_id(1, n), 1000000, 1000000, 'NGN'
FROM generate_series(1, :users) AS n, ledger_accounts AS house
WHERE house.kind = 'opening_equity';
RESET ROLE;

INSERT INTO pgledger.accounts (name, currency, allow_negative) VALUES ('settlement', 'NGN', true);
INSERT INTO pgledger.accounts (id, name, currency, balance, allow_negative)
SELECT bench_id(kind, n)::text, 'account', 'NGN', 1000000, false
FROM generate_series(1, :users) AS n, generate_series(1, 2) AS kind
WHERE kind = 1 OR n <= :plans;
INSERT INTO lean.accounts (name, currency, allow_negative) VALUES ('settlement', 'NGN', true);
INSERT INTO lean.accounts (id, name, currency, balance, allow_negative)
SELECT id::uuid, name, currency, balance, allow_negative FROM pgledger.accounts WHERE name = 'account';
CREATE INDEX ON pgledger.accounts (name) WHERE name = 'settlement';
CREATE INDEX ON lean.accounts (name) WHERE name = 'settlement';

-- The original's tables, with the columns and indexes that its auto-save touches.
CREATE SCHEMA original;
CREATE TABLE original.wallets (id uuid PRIMARY KEY, user_id uuid NOT NULL UNIQUE, balance numeric(15, 2) NOT NULL);
CREATE TABLE original.savings_plans (
  id uuid PRIMARY KEY, user_id uuid NOT NULL, daily_amount numeric(15, 2) NOT NULL,
  current_amount numeric(15, 2) NOT NULL, streak int NOT NULL DEFAULT 0, status varchar(20) NOT NULL DEFAULT 'active',
  version int NOT NULL DEFAULT 1
);
CREATE INDEX ON original.savings_plans (user_id);
CREATE INDEX ON original.savings_plans (status);
CREATE INDEX ON original.savings_plans (version);
CREATE TABLE original.transactions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, plan_id uuid REFERENCES original.savings_plans,
  amount numeric(15, 2) NOT NULL, type varchar(20) NOT NULL, status varchar(20) NOT NULL,
  reference varchar(100) NOT NULL UNIQUE, created_at timestamp NOT NULL DEFAULT now(), completed_at timestamp
);
CREATE INDEX ON original.transactions (type);
CREATE INDEX ON original.transactions (user_id);
CREATE INDEX ON original.transactions (plan_id);
CREATE INDEX ON original.transactions (status);
CREATE INDEX ON original.transactions (reference);
CREATE INDEX ON original.transactions (created_at);
INSERT INTO original.wallets SELECT bench_id(3, n), bench_id(0, n), 1000000 FROM generate_series(1, :users) AS n;
INSERT INTO original.savings_plans (id, user_id, daily_amount, current_amount)
SELECT bench_id(3, n), bench_id(0, n), 100, 0 FROM generate_series(1, :plans) AS n;
