-- 0044.create-analytics: no figures of users or days are kept
DROP TABLE daily_analytics;
DROP TABLE user_analytics;
