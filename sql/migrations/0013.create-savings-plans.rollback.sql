-- 0013.create-savings-plans: savings plans do not exist
DROP TABLE savings_plans;
DROP FUNCTION check_savings_plan();
DROP FUNCTION user_part(uuid);
