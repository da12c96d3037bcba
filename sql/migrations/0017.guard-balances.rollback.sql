-- 0017.guard-balances: the tables accept any balance again
DROP TRIGGER savings_plans_guard_insert ON savings_plans;
DROP TRIGGER savings_plans_guard_balance ON savings_plans;
DROP TRIGGER wallets_guard_insert ON wallets;
DROP TRIGGER wallets_guard_balance ON wallets;
DROP FUNCTION refuse_balance_change();
