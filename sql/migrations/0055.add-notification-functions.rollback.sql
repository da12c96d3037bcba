-- 0055.add-notification-functions: no function makes a message, reads it or knows a device
DROP FUNCTION deactivate_push_token(uuid, text);
DROP FUNCTION register_push_token(uuid, text, text, text, text);
DROP FUNCTION mark_all_notifications_read(uuid);
DROP FUNCTION mark_notification_read(uuid, uuid, timestamptz);
DROP FUNCTION create_notification(uuid, text, text, text, text, jsonb);
DROP FUNCTION create_notification_at(uuid, text, text, text, text, jsonb, timestamptz);
DROP FUNCTION deliverable_from(notification_preferences, text, text, timestamptz);
DROP FUNCTION quiet_until(time, time, timestamptz);
DROP FUNCTION is_notification_wanted(notification_preferences, text, text);
