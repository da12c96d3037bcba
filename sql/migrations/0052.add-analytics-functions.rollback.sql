-- 0052.add-analytics-functions: no function computes the figures of users and days
DROP FUNCTION upsert_daily_analytics(date, text);
DROP FUNCTION refresh_user_analytics(uuid);
DROP FUNCTION refresh_user_analytics_at(uuid, timestamptz);
DROP FUNCTION list_streaks(uuid);
DROP FUNCTION list_contributions(uuid);
