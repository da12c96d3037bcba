-- 0042.create-notifications: no messages, preferences, devices or planned messages are kept
DROP TABLE scheduled_notifications;
DROP TABLE push_tokens;
DROP TABLE notification_preferences;
DROP TABLE notifications;
