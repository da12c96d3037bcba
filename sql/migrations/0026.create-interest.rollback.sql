-- 0026.create-interest: no plan earns interest or matures
DROP FUNCTION post_interests(integer, integer);
DROP FUNCTION post_interests_at(integer, integer, timestamptz);
DROP FUNCTION mature_plans(date, integer, integer);
DROP FUNCTION mature_plans_at(date, integer, integer, timestamptz);
DROP FUNCTION accrue_interest(date, integer, integer);
DROP FUNCTION accrue_interest_at(date, integer, integer, timestamptz);
