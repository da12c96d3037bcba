-- 0024.create-plan-postings: no money moves between wallets and plans
DROP FUNCTION post_plan_cancellation(uuid, uuid, integer);
DROP FUNCTION post_plan_cancellation_at(uuid, uuid, integer, timestamptz);
DROP FUNCTION post_plan_withdrawal(uuid, uuid, numeric, text);
DROP FUNCTION post_plan_withdrawal_at(uuid, uuid, numeric, text, timestamptz);
DROP FUNCTION post_from_plan(savings_plans, numeric, uuid, timestamptz);
DROP FUNCTION plan_penalty(savings_plans, numeric);
DROP FUNCTION early_withdrawal_penalty(numeric);
DROP FUNCTION plan_withdrawal_fee(numeric);
DROP FUNCTION post_contribution(uuid, uuid, numeric, text);
DROP FUNCTION refuse_contribution(uuid, uuid, numeric, timestamptz);
DROP FUNCTION post_contribution_at(uuid, uuid, numeric, text, timestamptz);
