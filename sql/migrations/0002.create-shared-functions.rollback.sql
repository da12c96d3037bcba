-- 0002.create-shared-functions: none of the shared functions exists, nor the domain
DROP FUNCTION refuse_change();
DROP FUNCTION set_updated_at();
DROP DOMAIN money_amount;
DROP FUNCTION app_today();
DROP FUNCTION app_day_start(date);
DROP FUNCTION app_day(timestamptz);
DROP FUNCTION app_uuid();
