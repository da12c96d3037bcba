-- The one table of the TypeScript schema that none of its migrations makes; some databases have it from `db:push`.
CREATE TABLE bank_accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
  bank_code varchar(10) NOT NULL, bank_name varchar(100) NOT NULL, account_number varchar(20) NOT NULL,
  account_name varchar(100) NOT NULL, is_verified boolean NOT NULL DEFAULT false, is_primary boolean NOT NULL DEFAULT false,
  created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()
);
INSERT INTO bank_accounts (user_id, bank_code, bank_name, account_number, account_name, is_verified, is_primary, created_at) VALUES
  ('00000000-0000-4000-8000-000000000001', '058', 'GTBank', '0123456789', 'Ada Obi', true, true, '2025-01-01'),
  ('00000000-0000-4000-8000-000000000001', '058', 'GTBank', '0123456789', 'Ada Obi again', true, true, '2025-02-01'),
  ('00000000-0000-4000-8000-000000000001', '044', 'Access', '1111111111', 'Ada Obi', false, true, '2025-03-01'),
  ('00000000-0000-4000-8000-000000000002', '58', 'GTBank', '222', 'Bad number', false, false, '2025-01-01');
