-- 0023.create-plan-functions: no plan can be opened or changed
DROP FUNCTION uncount_contribution(transactions, timestamptz);
DROP FUNCTION complete_plan(uuid, uuid, integer);
DROP FUNCTION resume_plan(uuid, uuid, integer);
DROP FUNCTION pause_plan(uuid, uuid, integer);
DROP FUNCTION set_plan_status(uuid, uuid, integer, text, text);
DROP FUNCTION update_plan_settings(uuid, uuid, integer, text, numeric, boolean, time, numeric);
DROP FUNCTION check_plan_version(savings_plans, integer);
DROP FUNCTION lock_plan(uuid, uuid, text[]);
DROP FUNCTION create_savings_plan(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text);
DROP FUNCTION create_savings_plan_at(uuid, text, numeric, integer, numeric, boolean, time, numeric, numeric, date, text, timestamptz);
