-- 0029.create-statements: wallets can be neither frozen nor read back in time
DROP FUNCTION trial_balance();
DROP FUNCTION wallet_statement(uuid, timestamptz, timestamptz);
DROP FUNCTION plan_change(uuid, uuid, uuid);
DROP FUNCTION wallet_change(uuid, uuid);
DROP FUNCTION plan_balance_at(uuid, uuid, timestamptz);
DROP FUNCTION wallet_balance_at(uuid, timestamptz);
DROP FUNCTION account_balance_at(uuid, timestamptz);
DROP FUNCTION unfreeze_wallet(uuid);
DROP FUNCTION freeze_wallet(uuid, text);
